package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// A report is everything a check found, for those who have no Kinect.
type report struct {
	About   string   `json:"about"`
	Summary []string `json:"summary"` // the steps, in words

	Format      int                 `json:"format"` // 1
	Made        time.Time           `json:"made"`
	Program     maker               `json:"program"`
	System      system              `json:"system"`
	Findings    []finding           `json:"findings"`
	Kinects     []listedKinect      `json:"kinects"`
	USB         []usbNode           `json:"usb"`
	Calibration *kinect.Calibration `json:"calibration"`
	Controls    map[string]any      `json:"controls"`
	// Answers are the payloads of the camera's answers, as hexadecimal digits.
	Answers map[string]string `json:"answers"`
	Modes   []*streamMeter    `json:"modes"`
	Packets []*tappedStream   `json:"packets"`
	// Pictures are PNG files, by the mode they show.
	Pictures map[string][]byte `json:"pictures,omitempty"`
}

const aboutReport = "A check of a Kinect by 'cutout kinect doctor'. The steps are in \"summary\". " +
	"It has the sensor's serial number and the names of the USB devices of this machine in it; look through it before you send it."

// maker is what made the report.
type maker struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	Gousb   string `json:"gousb"`
}

// A system is the machine that the Kinect was plugged into.
type system struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Cores  int    `json:"cores"`
	CPU    string `json:"cpu"`
	Kernel string `json:"kernel"`
	Distro string `json:"distribution"`
	Libusb string `json:"libusb"`
	// UsbfsMB is how much memory the kernel lends to transfers.
	UsbfsMB string `json:"usbfs_memory_mb"`
	// Autosuspend is the kernel's default, in seconds; -1 is never.
	Autosuspend string `json:"autosuspend"`
	// Modules are those of the kernel that are known to take the camera.
	Modules []string `json:"modules"`
}

func programFacts() maker {
	p := maker{Version: "(unknown)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	p.Version = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			p.Version = s.Value[:min(12, len(s.Value))]
		}
	}
	for _, m := range info.Deps {
		if strings.HasSuffix(m.Path, "/gousb") {
			p.Gousb = m.Version
		}
	}
	return p
}

func systemFacts() system {
	s := system{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(),
		Kernel: readFact("/proc/sys/kernel/osrelease"), Libusb: loadedLibrary("libusb-1.0"),
		UsbfsMB: readFact("/sys/module/usbcore/parameters/usbfs_memory_mb"), Autosuspend: readFact("/sys/module/usbcore/parameters/autosuspend"),
		CPU: fieldOf("/proc/cpuinfo", "model name", ":"), Distro: strings.Trim(fieldOf("/etc/os-release", "PRETTY_NAME", "="), `"`),
	}
	for _, m := range []string{"gspca_kinect", "gspca_main", "uvcvideo"} {
		if _, err := os.Stat(filepath.Join("/sys/module", m)); err == nil {
			s.Modules = append(s.Modules, m)
		}
	}
	return s
}

// fieldOf is the value of the first line of a file that begins with key.
func fieldOf(path, key, separator string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, separator); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// writeReport writes the whole file or none.
func (d *doctor) writeReport() error {
	r := &d.report
	r.About, r.Format, r.Made, r.Findings = aboutReport, 1, time.Now().UTC(), d.findings
	r.Packets = d.tap.all()
	for _, f := range d.findings {
		r.Summary = append(r.Summary, strings.Split(strings.TrimRight(f.text(), "\n"), "\n")...)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	path := d.flags.report
	file, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = file.Write(b.Bytes())
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("write the report: %w", err)
	}
	if !d.flags.json {
		_, err = fmt.Fprintf(d.out, "\nThe report is in %s (%d kB). docs/kinect.md says where to send it.\n", path, b.Len()/1000)
	}
	return err
}

// addPictures keeps the last pictures of a mode.
func (r *report) addPictures(t trial, m *streamMeter) {
	if r.Pictures == nil {
		r.Pictures = map[string][]byte{}
	}
	if m.depth != nil {
		grey := image.NewGray16(image.Rect(0, 0, kinect.Width, kinect.Height))
		for i, code := range m.depth.Codes[:min(len(m.depth.Codes), kinect.Width*kinect.Height)] {
			grey.Pix[2*i], grey.Pix[2*i+1] = byte(code>>8), byte(code)
		}
		r.addPicture("depth "+t.depth.String(), grey)
	}
	if v := m.video; v != nil {
		if v.Format == kinect.Infrared {
			grey := image.NewGray16(image.Rect(0, 0, v.Width, v.Height))
			for i, n := range v.Intensity[:min(len(v.Intensity), v.Width*v.Height)] {
				n <<= 6
				grey.Pix[2*i], grey.Pix[2*i+1] = byte(n>>8), byte(n)
			}
			r.addPicture("video "+t.video.String(), grey)
			return
		}
		r.addPicture("video "+t.video.String(), raw.NewDeveloper(kinect.DefaultCalibration()).Colour(v))
	}
}

func (r *report) addPicture(name string, m image.Image) {
	var b bytes.Buffer
	if _, taken := r.Pictures[name]; taken || png.Encode(&b, m) != nil {
		return
	}
	r.Pictures[name] = b.Bytes()
}
