package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"cutout/kinect"
	"cutout/kinect/recording"
	"cutout/kinect/recording/packets"
	"cutout/kinect/usb/virtual"
)

// depthFrames are n frames of depth with a code that grows from frame to frame.
func depthFrames(n int) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		codes := make([]uint16, kinect.Width*kinect.Height)
		for j := range codes {
			codes[j] = uint16(600 + 10*i + j%8)
		}
		frames[i] = virtual.Depth11Bit.Pack(codes)
	}
	return frames
}

// bayerFrames are n mosaics.
func bayerFrames(n int) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = make([]byte, kinect.Width*kinect.Height)
		for j := range frames[i] {
			frames[i][j] = byte(40 + 16*i + j%3)
		}
	}
	return frames
}

// TestKinectRecord: what was recorded is what the sensor sent, in all three forms;
// nothing is overwritten; both kinds of recordings play.
func TestKinectRecord(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	k.SetPatience(patience)
	depth, bayer := depthFrames(6), bayerFrames(6)
	if err := k.Loop(virtual.Depth11Bit, depth); err != nil {
		t.Fatal(err)
	}
	if err := k.Loop(virtual.Bayer, bayer); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "kitchen")
	p := start(t, t.TempDir(), bus.Env(), "kinect", "record", dir, "--bayer", "--packets", "--json")
	var last recordLine
	read := func() recordLine {
		for line := range strings.Lines(p.output()) {
			if err := json.Unmarshal([]byte(line), &last); err != nil {
				t.Fatalf("%v in %q", err, line)
			}
		}
		return last
	}
	waitUntil(t, p, "some frames of each stream", func() bool { return read().Depth >= 3 && last.Video >= 3 })
	p.interrupt()
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d; it said:\n%s", code, p.output())
	}
	const depthMB, videoMB = 0.614, 0.921 + 0.307 // a file of each; packets come on top
	if read(); !last.Done || last.DroppedFrames != 0 || last.LostReads != 0 || last.FreeMB <= 0 ||
		last.MB < float64(last.Depth)*depthMB+float64(last.Video)*videoMB {
		t.Errorf("the recording ended with %+v", last)
	}
	source, err := recording.Open(dir, recording.Options{Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	n := checkDepth(t, source, depth)
	if n == 0 || !source.Calibration().Known {
		t.Errorf("%d frames read back; calibration %+v", n, source.Calibration())
	}
	file, err := packets.Open(filepath.Join(dir, packets.FileName), packets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := checkDepth(t, file, depth); n == 0 {
		t.Error("no frame came from the packets")
	}
	checkMosaics(t, dir, bayer, int(last.Video))

	checkTrouble(t, output(t, bus, 1, "kinect", "record", dir, "--for", "1s"), "already")
	for _, path := range []string{dir, filepath.Join(dir, packets.FileName)} {
		lines := watchLines(t, output(t, bus, 0, "kinect", "play", path, "--json"))
		if !slices.ContainsFunc(lines, func(l watchLine) bool { return l.DepthFPS > 0 && l.VideoFPS > 0 }) {
			t.Errorf("playing %s shows %+v", path, lines)
		}
	}
}

// checkDepth compares every whole depth frame of a source with those that were sent.
func checkDepth(t *testing.T, source kinect.Source, sent [][]byte) (n int) {
	t.Helper()
	defer source.Close()
	for {
		img, err := source.Next(t.Context())
		if err != nil {
			return n
		}
		if img.Depth == nil || !img.Depth.Whole() {
			continue
		}
		packed := virtual.Depth11Bit.Pack(img.Depth.Codes)
		if !slices.ContainsFunc(sent, func(f []byte) bool { return string(f) == string(packed) }) {
			t.Fatalf("frame %d is none that was sent", n)
		}
		n++
	}
}

// checkMosaics compares the raw mosaics with those that were sent.
func checkMosaics(t *testing.T, dir string, sent [][]byte, want int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "b-*.pgm"))
	if err != nil || len(names) != want {
		t.Fatalf("%d mosaics (%v) for %d pictures", len(names), err, want)
	}
	const header = "P5 640 480 255\n"
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pixels, ok := strings.CutPrefix(string(b), header)
		if !ok || !slices.ContainsFunc(sent, func(f []byte) bool { return string(f) == pixels }) {
			t.Fatalf("%s is none that was sent", name)
		}
	}
}

// TestKinectRecordDiskFull: a full disk ends the recording with an error, and what
// was saved plays.
func TestKinectRecordDiskFull(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := syscall.Mount("cutout-test", full, "tmpfs", 0, "size=24m"); err != nil {
		t.Skip("this test needs the right to mount a file system")
	}
	t.Cleanup(func() { _ = syscall.Unmount(full, syscall.MNT_DETACH) })
	bus := startBus(t, 1)
	depth := depthFrames(4)
	if err := bus.Kinects[0].Loop(virtual.Depth11Bit, depth); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(full, "r")
	out := output(t, bus, 1, "kinect", "record", dir, "--for", "60s")
	checkTrouble(t, out, "no space")
	source, err := recording.Open(dir, recording.Options{Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := checkDepth(t, source, depth); n < 3 {
		t.Errorf("only %d frames of a 24 MB disk play", n)
	}
}

// TestKinectPlay plays a recording of frames as counters where there is no display.
func TestKinectPlay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeRecording(t, dir, 12)
	p := start(t, t.TempDir(), []string{"DISPLAY=", "WAYLAND_DISPLAY="}, "kinect", "play", dir)
	if code := p.wait(); code != 0 || !strings.Contains(p.output(), "depth ") {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
	if _, err := os.Stat(filepath.Join(p.cmd.Dir, "out")); err == nil {
		t.Error("it left pictures that nobody asked for")
	}
}
