package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// A readReport is what a receiver of a report can rely on.
type readReport struct {
	About       string
	Summary     []string
	Format      int
	Findings    []finding
	Kinects     []struct{ Serial, Model string }
	Answers     map[string]string
	Modes       []streamMeter
	Packets     []tappedStream
	Pictures    map[string][]byte
	System      struct{ Kernel, Libusb string }
	Calibration *kinect.Calibration
}

func readTheReport(t *testing.T, path string) readReport {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r readReport
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// results are the results of a step, in order.
func (r readReport) results(step string) (all []string) {
	for _, f := range r.Findings {
		if f.Step == step {
			all = append(all, f.Result)
		}
	}
	return all
}

// TestKinectDoctor: a healthy Kinect passes every step, and the report has all that
// somebody without a Kinect would want to know, and no pictures.
func TestKinectDoctor(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	k.SetPatience(patience)
	if err := k.Loop(virtual.Depth11Bit, depthFrames(4)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.json")
	out := output(t, bus, 0, "kinect", "doctor", "--for", "1s", "--report", path)
	r := readTheReport(t, path)
	for _, step := range []string{
		"system", "devices", "port", "open", "calibration", "streams", "losses", "latency", "scene",
		"modes", "controls", "registers", "motor", "led", "tilt", "close",
	} {
		results := r.results(step)
		if len(results) == 0 || slices.Contains(results, resultFailed) {
			t.Errorf("step %s: %v", step, results)
		}
		if !strings.Contains(out, step) || !strings.Contains(strings.Join(r.Summary, "\n"), step) {
			t.Errorf("step %s is missing on the screen or in the summary", step)
		}
	}
	if len(r.Modes) != 1+len(otherTrials()) {
		t.Errorf("%d modes were tried", len(r.Modes))
	}
	if want := virtual.Calibration(); r.Calibration == nil || r.Calibration.Register != want.Register {
		t.Errorf("the calibration is %+v", r.Calibration)
	}
	if got := r.Answers["constant shift"]; got != "c800" {
		t.Errorf("the constant shift's bytes are %q", got)
	}
	if len(r.Pictures) != 0 || r.Format != 1 || r.About == "" || len(r.Kinects) != 1 || r.System.Kernel == "" {
		t.Errorf("the report begins with %q, format %d, %d pictures, Kinects %v, system %v", r.About, r.Format, len(r.Pictures), r.Kinects, r.System)
	}
	checkTapped(t, r.Packets)
	if k.LED() != 1 || k.HalfDegrees() != 0 || k.Misuse() != 0 || k.Resets() != 0 {
		t.Errorf("left with light %d and tilt %d; %d misuses of libusb, %d resets", k.LED(), k.HalfDegrees(), k.Misuse(), k.Resets())
	}
}

// checkTapped looks that the packets of every mode were looked at.
func checkTapped(t *testing.T, streams []tappedStream) {
	t.Helper()
	var names []string
	for _, s := range streams {
		names = append(names, s.Stream+" "+s.Mode)
		layout := raw.LayoutOfDepth(kinect.Depth11Bit)
		if s.Mode == "11bit" && (s.Lengths["1760"] == 0 || s.Lengths["1144"] == 0 || s.Announced != 0 || len(s.Headers) < layout.Packets()) {
			t.Errorf("depth's packets: lengths %v, %d announced others, %d headers", s.Lengths, s.Announced, len(s.Headers))
		}
		if s.Packets == 0 || s.FirstPackets == 0 || s.NoHeader != 0 {
			t.Errorf("%s %s: %d packets, %d first, %d without header", s.Stream, s.Mode, s.Packets, s.FirstPackets, s.NoHeader)
		}
	}
	slices.Sort(names)
	want := []string{"depth 10bit", "depth 11bit", "video bayer", "video bayer-1280", "video infrared", "video infrared-1280", "video uyvy"}
	if !slices.Equal(names, want) {
		t.Errorf("packets of %v, want %v", names, want)
	}
}

// TestKinectDoctorTrouble: what is wrong is named, in the right step and with advice,
// and there is a report all the same.
func TestKinectDoctorTrouble(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	for _, c := range []struct {
		name, step, says string
		order            func()
	}{
		{"none", "devices", "045e:02ae", func() { k.Unplug(virtual.Reaped) }},
		{"no power", "devices", "power supply", func() { k.Unplug(virtual.Reaped); k.Plug(virtual.PartMotor) }},
		{"no power, 1473", "devices", "power supply", func() { k.SetModel(virtual.Model1473); k.Plug(virtual.PartHub) }},
		{"no power, for Windows", "devices", "power supply", func() { k.SetModel(virtual.ModelWindows); k.Plug(virtual.PartAudio) }},
		{"denied", "devices", "51-kinect.rules", func() { k.SetDenied(true) }},
		{"busy", "open", "gspca_kinect", func() { k.SetBusy(true) }},
		{"lossy", "losses", "port", func() { k.FaultRate(virtual.Depth, virtual.Drop, 0.01) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus.Reset()
			c.order()
			path := filepath.Join(t.TempDir(), "report.json")
			p := start(t, t.TempDir(), bus.Env(), "kinect", "doctor", "--still", "--json", "--for", "1s", "--report", path)
			for end := p.cmd; c.name == "lossy" && end != nil; end = nil {
				waitFinding(t, p, c.step)
				p.interrupt() // the other steps have their test above
			}
			if code := p.wait(); code != 1 {
				t.Errorf("exit code %d, want 1; it said:\n%s", code, p.output())
			}
			i := slices.IndexFunc(readTheReport(t, path).Findings, func(f finding) bool { return f.Step == c.step && f.Result == resultFailed })
			if i < 0 {
				t.Fatalf("step %s did not fail:\n%s", c.step, p.output())
			}
			if f := readTheReport(t, path).Findings[i]; !strings.Contains(f.Advice, c.says) {
				t.Errorf("the advice %q does not speak of %q", f.Advice, c.says)
			}
		})
	}
}

// waitFinding waits until a step was printed as JSON.
func waitFinding(t *testing.T, p *program, step string) {
	t.Helper()
	waitUntil(t, p, "step "+step, func() bool { return strings.Contains(p.output(), `"step":"`+step+`"`) })
}

// TestJudgements: what a step says of numbers that no virtual Kinect shows.
func TestJudgements(t *testing.T) {
	usual := usualTrial()
	for _, c := range []struct {
		name   string
		f      finding
		result string
	}{
		{"right rates", judgeRates("s", usual, &streamMeter{DepthFPS: 29.97, DepthFrames: 100, VideoFPS: 30.04, VideoFrames: 100}), resultOK},
		{"slow video", judgeRates("s", usual, &streamMeter{DepthFPS: 30, DepthFrames: 100, VideoFPS: 14, VideoFrames: 50}), resultWarning},
		{"no video", judgeRates("s", usual, &streamMeter{DepthFPS: 30, DepthFrames: 100}), resultFailed},
		{"no losses", judgeLosses(&streamMeter{DepthFrames: 150, VideoFrames: 150}), resultOK},
		{"a loss", judgeLosses(&streamMeter{DepthFrames: 150, VideoFrames: 150, LostDepth: 3}), resultWarning},
		{"many losses", judgeLosses(&streamMeter{DepthFrames: 150, VideoFrames: 150, LostVideo: 300}), resultFailed},
		{"slow reader", judgeLosses(&streamMeter{DepthFrames: 150, VideoFrames: 150, DroppedFrames: 9}), resultWarning},
		{"late frames", judgeTime(&streamMeter{Latency: [3]float64{1, 30, 90}}), resultWarning},
		{"busy processor", judgeTime(&streamMeter{CPUPercent: 80}), resultWarning},
		{"covered", judgeScene(&streamMeter{Readings: 2, Brightness: 100}), resultWarning},
		{"dark", judgeScene(&streamMeter{Readings: 80, Brightness: 2}), resultWarning},
		{"bright and far", judgeScene(&streamMeter{Readings: 80, Brightness: 90}), resultOK},
		{"asleep", examinePort(usb.FunctionCamera, usbNode{Name: "1-2.1", Speed: "480", Power: "auto", Writable: true}), resultWarning},
		{"behind a hub", examinePort(usb.FunctionCamera, usbNode{Name: "1-2.3.1", Speed: "480", Power: "on", Writable: true}), resultWarning},
		{"taken by the kernel", examinePort(usb.FunctionCamera, usbNode{Name: "1-2.1", Speed: "480", Interfaces: []usbInterface{{Driver: "gspca_kinect"}}, Writable: true}), resultWarning},
		{"full speed", examinePort(usb.FunctionCamera, usbNode{Name: "1-2.1", Speed: "12", Writable: true}), resultFailed},
		{"forbidden", examinePort(usb.FunctionMotor, usbNode{Name: "1-2.2", Speed: "12", Mode: "crw-rw-r--"}), resultFailed},
		{"a good port", examinePort(usb.FunctionCamera, usbNode{Name: "1-2.1", Speed: "480", Power: "on", Mode: "crw-rw-rw-", Writable: true}), resultOK},
	} {
		if c.f.Result != c.result {
			t.Errorf("%s: %+v, want %s", c.name, c.f, c.result)
		}
		if (c.f.Advice == "") != (c.result == resultOK) {
			t.Errorf("%s: advice %q with %s", c.name, c.f.Advice, c.result)
		}
	}
	if !growing(virtual.Calibration()) {
		t.Error("a good calibration is found bad")
	}
	bad := virtual.Calibration()
	bad.ConstShift = 0
	if growing(bad) {
		t.Error("a calibration under which nothing is near is found good")
	}
}

// usbTree is a sysfs with a Kinect's camera behind a hub, a webcam beside it, and the
// node of the first in /dev.
func usbTree(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, path string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
	const devices, controller = "sys/bus/usb/devices/", "sys/devices/pci0000:00/0000:00:14.0/"
	for _, d := range []struct{ name, vendor, product, speed, address string }{
		{"1-4.1", "045e", "02ae", "480", "9"},
		{"1-3", "046d", "0825", "480", "5"},
	} {
		dir := controller + "usb1/" + d.name
		for file, text := range map[string]string{
			"idVendor": d.vendor, "idProduct": d.product, "bcdDevice": "010b", "speed": d.speed, "busnum": "1", "devnum": d.address,
			"product": "Thing", "power/control": "auto", "descriptors": "\x12\x01",
		} {
			write(dir+"/"+file, text+"\n")
		}
		link("../../../devices/pci0000:00/0000:00:14.0/usb1/"+d.name, devices+d.name)
	}
	write(controller+"usb1/1-3/1-3:1.0/bInterfaceClass", "0e\n")
	link("../../../devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0", devices+"1-3:1.0")
	write(controller+"usb1/1-4.1/1-4.1:1.0/bInterfaceClass", "ff\n")
	link("/sys/bus/usb/drivers/gspca_kinect", controller+"usb1/1-4.1/1-4.1:1.0/driver")
	link("../../../devices/pci0000:00/0000:00:14.0/usb1/1-4.1/1-4.1:1.0", devices+"1-4.1:1.0")
	link("../../../devices/pci0000:00/0000:00:14.0/usb1", devices+"usb1")
	link("/sys/bus/pci/drivers/xhci_hcd", controller+"driver")
	write("dev/bus/usb/001/009", "")
	return root
}

// TestReadUSB reads what Linux tells of USB, from a copy of its files.
func TestReadUSB(t *testing.T) {
	nodes := readUSB(usbTree(t))
	if len(nodes) != 2 {
		t.Fatalf("%d devices, want 2: %+v", len(nodes), nodes)
	}
	k, known := nodeAt(nodes, 1, 9)
	if !known || !k.isKinect() || k.Controller != "xhci_hcd" || k.Power != "auto" || k.Interfaces[0].Driver != "gspca_kinect" ||
		k.Descriptors != "12010a" || !k.Writable || k.hubs() != 1 {
		t.Errorf("the Kinect is read as %+v", k)
	}
	d := &doctor{flags: doctorFlags{kinectFlags: kinectFlags{json: true}}, out: &strings.Builder{}}
	d.report.USB = nodes
	d.examineNeighbours([]usb.Found{{Bus: 1, Address: 9}})
	if len(d.findings) != 1 || d.findings[0].Step != "bandwidth" || !strings.Contains(d.findings[0].Says, "Thing") {
		t.Errorf("a webcam on the same bus is told as %+v", d.findings)
	}
	if nodes := readUSB(t.TempDir()); len(nodes) != 0 {
		t.Errorf("without sysfs there is %+v", nodes)
	}
}
