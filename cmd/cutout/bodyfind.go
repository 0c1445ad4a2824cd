package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/depthpng"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

// A bodyFinder looks at frame after frame and tells what it sees.
type bodyFinder struct {
	flags     bodyFlags
	out, err  io.Writer
	developer *raw.Developer
	chained   *body.Tracker // of --sequence
	seq       uint64        // frames of the sequence so far
	inputs    []os.FileInfo // no mask is written over one
	masks     map[string]int
	of        string // "3 of 7: "

	start, told time.Time
}

func newBodyFinder(f bodyFlags, out, errOut io.Writer) *bodyFinder {
	b := &bodyFinder{
		flags: f, out: out, err: errOut, developer: raw.NewDeveloper(kinect.DefaultCalibration()),
		masks: map[string]int{}, start: time.Now(),
	}
	if f.sequence {
		b.chained = body.NewTracker()
	}
	return b
}

// keepInputs notes the files that no mask may replace.
func (b *bodyFinder) keepInputs(inputs []bodyInput) error {
	if b.flags.masks == "" {
		return nil
	}
	for _, in := range inputs {
		info, err := os.Stat(in.path)
		if err != nil {
			return hint(fmt.Errorf("look at %s: %w", in.path, bare(err)), "name depth pictures (PNG), or the folder of a recording")
		}
		b.inputs = append(b.inputs, info)
	}
	return nil
}

// picture looks at one picture.
func (b *bodyFinder) picture(path string) error {
	frame, err := b.load(path)
	if err != nil {
		advice := "a depth picture is a PNG, 640x480, 16-bit grey: millimetres, or 11-bit codes with --raw11"
		if b.flags.codes {
			advice = "with --raw11 a picture is a PNG, 640x480, 16-bit grey, of codes from 0 to 2047; leave --raw11 out when it holds millimetres"
		}
		return hint(fmt.Errorf("look at %s: %w", path, bare(err)), "%s", advice)
	}
	tracker := b.chained
	if tracker == nil {
		tracker = body.NewTracker()
	}
	b.seq++
	frame.Seq, frame.Clock = b.seq, uint32(b.seq*kinect.ClockHz/30)
	b.progress(path)
	return b.tell(sighted{file: path, stem: stem(path)}, tracker.Update(frame))
}

func (b *bodyFinder) load(path string) (*kinect.Frame, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file") // opening a pipe would wait
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	frame := &kinect.Frame{}
	if !b.flags.codes {
		frame.Depth, err = depthpng.Millimetres(file)
		return frame, err
	}
	codes, err := depthpng.Codes(file)
	if err != nil {
		return nil, err
	}
	frame.Depth = make([]kinect.Millimetres, len(codes))
	b.developer.Millimetres(frame.Depth, codes)
	return frame, nil
}

// recording looks at every frame of a recording, as fast as it goes.
func (b *bodyFinder) recording(ctx context.Context, path string) (err error) {
	source, err := openPatient(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return b.watch(ctx, source, path, 1)
}

// sensor looks through a sensor, at its own pace.
func (b *bodyFinder) sensor(ctx context.Context, spec string) (err error) {
	s, err := openSensor(ctx, spec, puppet.Options{Seed: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.source.Close()) }()
	if !b.flags.json {
		if _, err := fmt.Fprintln(b.out, "Sensor:", s.choice); err != nil {
			return fmt.Errorf("say which sensor: %w", err)
		}
	}
	every := uint64(15)
	if b.flags.json {
		every = 1
	}
	return b.watch(ctx, s.source, spec, every)
}

// watch looks at a source's depth until it or ctx ends, and tells every so many frames.
func (b *bodyFinder) watch(ctx context.Context, source kinect.Source, name string, every uint64) error {
	tracker, up := body.NewTracker(), level{}
	var first time.Time
	for n := uint64(0); ; {
		img, err := source.Next(ctx)
		if ended(ctx, err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		d := img.Depth
		if d == nil {
			continue
		}
		if n++; n == 1 {
			first = d.At
		}
		up.tell(tracker, source)
		b.developer.Calibrate(source.Calibration())
		frame := &kinect.Frame{Seq: n, Clock: d.Clock, At: d.At, Quality: d.Quality}
		frame.Depth, _ = b.developer.Depth(d)
		scene := tracker.Update(frame)
		b.progress(fmt.Sprintf("%s, frame %d", name, n))
		if (n-1)%every != 0 {
			continue
		}
		at := sighted{file: name, frame: n, t: d.At.Sub(first), stem: fmt.Sprintf("%s-%06d", stem(name), n)}
		if err := b.tell(at, scene); err != nil {
			return err
		}
	}
}

// stem is what a file's masks are called: its name without folder and extension.
func stem(path string) string {
	if _, argument, found := strings.Cut(path, ":"); found && argument != "" {
		path = argument
	}
	path = filepath.Base(filepath.Clean(path))
	if path == "." || path == ".." || path == string(filepath.Separator) {
		return "frame"
	}
	return strings.TrimSuffix(path, filepath.Ext(path))
}

// A sighted is which frame was looked at.
type sighted struct {
	file  string
	frame uint64 // of a recording or a sensor, from 1
	t     time.Duration
	stem  string
}

// tell prints a scene and writes its mask.
func (b *bodyFinder) tell(at sighted, scene *kinect.Scene) error {
	line := bodyLineOf(at, scene)
	if b.flags.masks != "" {
		path, err := b.writeMask(at.stem, scene)
		if err != nil {
			return hint(err, "make room on the disk, or choose another folder with --masks")
		}
		line.Mask = path
	}
	if b.flags.json {
		return printJSON(b.out, line)
	}
	return line.print(b.out)
}

// writeMask writes who is where. Of several pictures of one name the later ones get a
// number.
func (b *bodyFinder) writeMask(name string, scene *kinect.Scene) (string, error) {
	b.masks[name]++
	if n := b.masks[name]; n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	path := filepath.Join(b.flags.masks, name+".png")
	if info, err := os.Stat(path); err == nil && slices.ContainsFunc(b.inputs, func(in os.FileInfo) bool { return os.SameFile(in, info) }) {
		return "", fmt.Errorf("the mask would replace the picture %s itself", path)
	}
	return path, writePNG(path, labels(scene))
}

// labels is a picture of who is where, nearer people before those behind. IDs above 255,
// which a long recording may reach, begin again with 1.
func labels(scene *kinect.Scene) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, kinect.Width, kinect.Height))
	people := slices.Clone(scene.People)
	slices.SortStableFunc(people, func(a, b kinect.Person) int { return int(b.Distance) - int(a.Distance) })
	for i := range people {
		p := &people[i]
		if p.Mask == nil {
			continue
		}
		box := p.Box.Intersect(m.Rect)
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				if p.Mask.At(x, y) {
					m.Pix[y*m.Stride+x] = uint8((p.ID-1)%255 + 1)
				}
			}
		}
	}
	return m
}

// progress says on a terminal what is being looked at, once that takes long; an empty
// what wipes it away.
func (b *bodyFinder) progress(what string) {
	if b.flags.sensor != "" || !isTerminal(b.err) || isTerminal(b.out) {
		return // with the table on the same terminal one sees how far it is
	}
	switch {
	case what == "" && !b.told.IsZero():
		fmt.Fprint(b.err, "\r\033[K")
	case what != "" && time.Since(b.start) > bodyPatience && time.Since(b.told) > bodyPatience/4:
		fmt.Fprintf(b.err, "\r\033[K%s%s", b.of, what)
		b.told = time.Now()
	}
}
