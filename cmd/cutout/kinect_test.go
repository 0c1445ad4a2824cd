package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/recording"
	"cutout/kinect/recording/packets"
	"cutout/kinect/usb/virtual"
)

// output runs a command on a bus to its end and checks its exit code.
func output(t *testing.T, bus *virtual.Bus, code int, args ...string) string {
	t.Helper()
	p := start(t, t.TempDir(), bus.Env(), args...)
	if got := p.wait(); got != code {
		t.Errorf("%v: exit code %d, want %d; it said:\n%s", args, got, code, p.output())
	}
	return p.output()
}

// TestKinectList: what is on the bus, with its trouble and with what to do.
func TestKinectList(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 2)
	first, second := bus.Kinects[0], bus.Kinects[1]
	for _, c := range []struct {
		name      string
		order     func()
		kinects   int
		functions int // of the first
		says      []string
	}{
		{"one", func() {}, 1, 3, []string{"A00366902026050A", "1414", "camera", "motor", "audio", "02ae"}},
		{"two", func() { second.Plug() }, 2, 3, []string{"A00366902026050A", "A00362912415048A"}},
		{"model 1473", func() { first.SetModel(virtual.Model1473); first.Plug() }, 1, 3, []string{"1473", "can't be driven", "02c2"}},
		{"no power", func() { first.Unplug(virtual.Reaped); first.Plug(virtual.PartMotor) }, 1, 1, []string{"12 V", "advice", "power supply"}},
		{"no power, 1473", func() { first.SetModel(virtual.Model1473); first.Plug(virtual.PartHub) }, 1, 1, []string{"12 V", "advice", "power supply", "hub"}},
		{"no power, for Windows", func() { first.SetModel(virtual.ModelWindows); first.Plug(virtual.PartAudio) }, 1, 2, []string{"12 V", "Windows", "power supply"}},
		{"denied", func() { first.SetDenied(true) }, 1, 3, []string{"permission", "51-kinect.rules"}},
		{"none", func() { first.Unplug(virtual.Reaped) }, 0, 0, []string{"No Kinect", "045e:02ae"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus.Reset()
			c.order()
			text := output(t, bus, 0, "kinect", "list")
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("the list does not speak of %q:\n%s", s, text)
				}
			}
			var list kinectList
			if err := json.Unmarshal([]byte(output(t, bus, 0, "kinect", "list", "--json")), &list); err != nil {
				t.Fatal(err)
			}
			if len(list.Kinects) != c.kinects {
				t.Fatalf("%d Kinects, want %d", len(list.Kinects), c.kinects)
			}
			if c.kinects == 0 {
				if list.Advice == "" {
					t.Error("no advice on an empty bus")
				}
			} else if got := len(list.Kinects[0].Functions); got != c.functions {
				t.Errorf("%d functions, want %d", got, c.functions)
			}
		})
	}
}

// TestKinectRefused: every command says why it can't have the Kinect, and what to do.
func TestKinectRefused(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	for _, c := range []struct {
		name, says string
		order      func()
		args       []string
	}{
		{"none, watch", "no Kinect", func() { k.Unplug(virtual.Reaped) }, []string{"watch", "--for", "1s"}},
		{"none, tilt", "no Kinect", func() { k.Unplug(virtual.Reaped) }, []string{"tilt", "-5"}},
		{"no power, record", "12 V", func() { k.Unplug(virtual.Reaped); k.Plug(virtual.PartMotor) }, []string{"record", "out", "--for", "1s"}},
		{"denied, led", "permission", func() { k.SetDenied(true) }, []string{"led", "green"}},
		{"denied, watch", "permission", func() { k.SetDenied(true) }, []string{"watch", "--json", "--for", "1s"}},
		{"busy, record", "in use", func() { k.SetBusy(true) }, []string{"record", "out", "--for", "1s"}},
		{"busy, view", "in use", func() { k.SetBusy(true) }, []string{"view", "--offscreen", "--sensor", "kinect"}},
		{"another serial", "A00366902026050A", func() {}, []string{"watch", "--serial", "B2", "--for", "1s"}},
		{"busy, doctor", "failed", func() { k.SetBusy(true) }, []string{"doctor"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus.Reset()
			c.order()
			checkTrouble(t, output(t, bus, 1, append([]string{"kinect"}, c.args...)...), c.says)
		})
	}
}

// TestKinectUsage: wrong usage is answered before any Kinect is looked for.
func TestKinectUsage(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"kinect tilt 40", "40"},
		{"kinect tilt high", "high"},
		{"kinect tilt -99", "-99"},
		{"kinect tilt 1 2", "too much"},
		{"kinect tilt --up", "--up"},
		{"kinect led purple", "purple"},
		{"kinect led", "missing"},
		{"kinect watch --for -3s", "--for"},
		{"kinect watch --depth 12bit", "12bit"},
		{"kinect watch --video vhs", "vhs"},
		{"kinect watch --video infrared-1280", "infrared"},
		{"kinect record", "missing"},
		{"kinect play", "missing"},
		{"kinect play x --speed 1000", "1000"},
		{"kinect view --view x-ray", "x-ray"},
		{"kinect view --sensor lidar", "lidar"},
		{"kinect doctor --with-pictures", "report"},
		{"kinect list now", "now"},
		{"kinect dance", "dance"},
		{"kinect wacth", "wacth"},
	} {
		code, _, errOut := runOnce(t, strings.Fields(c.args)...)
		if code != 2 {
			t.Errorf("%s: exit code %d, want 2", c.args, code)
		}
		checkTrouble(t, errOut, c.says)
	}
	code, _, errOut := runOnce(t, "kinect", "play", "/nowhere/at/all", "--json")
	if code != 1 {
		t.Errorf("a recording that is nowhere: exit code %d, want 1", code)
	}
	checkTrouble(t, errOut, "/nowhere/at/all")
}

// TestKinectHelp: every command says what it does, with an example.
func TestKinectHelp(t *testing.T) {
	for _, name := range []string{"", "list", "watch", "record", "play", "tilt", "led", "doctor", "view"} {
		code, out, _ := runOnce(t, append(append([]string{"kinect"}, strings.Fields(name)...), "--help")...)
		if code != 0 || !strings.Contains(out, "Examples:") || !strings.Contains(out, "cutout kinect "+name) {
			t.Errorf("kinect %s --help: exit code %d:\n%s", name, code, out)
		}
	}
}

// watchLines parses what `watch --json` has printed so far.
func watchLines(t *testing.T, text string) []watchLine {
	t.Helper()
	var all []watchLine
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var l watchLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, l)
	}
	return all
}

// waitLine waits until a line of `watch --json` suits.
func waitLine(t *testing.T, p *program, what string, suits func(watchLine) bool) watchLine {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if i := slices.IndexFunc(watchLines(t, p.output()), suits); i >= 0 {
			return watchLines(t, p.output())[i]
		}
	}
	t.Fatalf("waited in vain for %s; it said:\n%s", what, p.output())
	return watchLine{}
}

// TestKinectWatch: a line a second, with losses and repairs counted; unplugging shows,
// and so does the return; Ctrl-C is a clean end.
func TestKinectWatch(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	k.SetPatience(patience)
	p := start(t, t.TempDir(), bus.Env(), "kinect", "watch", "--json")
	healthy := waitLine(t, p, "both streams", func(l watchLine) bool { return l.DepthFPS > 5 && l.VideoFPS > 5 })
	if healthy.LostPackets != 0 || healthy.RepairedFrames != 0 || healthy.Restarts != 0 || !healthy.Live {
		t.Errorf("a healthy Kinect shows %+v", healthy)
	}
	for _, name := range []string{"depth_fps", "video_fps", "lost_packets", "repaired_frames", "restarts"} {
		if !strings.Contains(p.output(), `"`+name+`":`) {
			t.Errorf("a line without %s:\n%s", name, p.output())
		}
	}
	k.FaultNext(virtual.Depth, virtual.Drop, 1)
	waitLine(t, p, "the lost packet", func(l watchLine) bool { return l.LostPackets == 1 && l.RepairedFrames == 1 })
	k.Unplug(virtual.Proto)
	away := waitLine(t, p, "the Kinect's loss", func(l watchLine) bool { return !l.Live })
	if !strings.Contains(away.Trouble, "unplugged") || away.Advice == "" {
		t.Errorf("an unplugged Kinect is told as %+v", away)
	}
	k.Plug()
	waitLine(t, p, "its return", func(l watchLine) bool { return l.T > away.T && l.Live && l.DepthFPS > 5 })
	p.interrupt()
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d after Ctrl-C", code)
	}
}

// TestKinectMotor: the head and the light do what they are told.
func TestKinectMotor(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	output(t, bus, 0, "kinect", "tilt", "10")
	if got := k.HalfDegrees(); got != 20 {
		t.Errorf("tilted to %d half degrees, want 20", got)
	}
	output(t, bus, 0, "kinect", "tilt", "--serial", "A00366902026050A", "-5")
	if got := k.HalfDegrees(); got != -10 {
		t.Errorf("tilted to %d half degrees, want -10", got)
	}
	k.Accelerate(0, 579, 579)
	var facts struct {
		Degrees      float64
		G            float64
		Motion       string
		Acceleration struct{ X, Y, Z float64 }
	}
	if err := json.Unmarshal([]byte(output(t, bus, 0, "kinect", "tilt", "--json")), &facts); err != nil {
		t.Fatal(err)
	}
	if facts.Degrees != -5 || facts.Motion != "stopped" || facts.Acceleration.Z != 0.707 || facts.G != 1 {
		t.Errorf("it stands at %+v", facts)
	}
	output(t, bus, 0, "kinect", "led", "green")
	if got := k.LED(); got != 1 {
		t.Errorf("the light is %d, want 1 for green", got)
	}
	k.SetModel(virtual.Model1473)
	k.Plug()
	checkTrouble(t, output(t, bus, 1, "kinect", "tilt", "3"), "firmware")
}

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
	waitUntil(t, p, "ten frames of each stream", func() bool { return read().Depth >= 10 && last.Video >= 10 })
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
