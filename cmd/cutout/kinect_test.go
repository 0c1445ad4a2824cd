package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestKinectModes: watch streams in the modes that it is told, and only these; record
// takes the Kinect that it is told, and says how far it has come.
func TestKinectModes(t *testing.T) {
	t.Parallel()
	bus := startBus(t, 2)
	first, second := bus.Kinects[0], bus.Kinects[1]
	second.Plug()
	for _, c := range []struct {
		args         string
		depth, video bool
	}{
		{"--depth 10bit --video uyvy", true, true},
		{"--depth off --video infrared-1280", false, true},
		{"--depth 11bit --video off", true, false},
	} {
		p := start(t, t.TempDir(), bus.Env(), append([]string{"kinect", "watch", "--json"}, strings.Fields(c.args)...)...)
		l := waitLine(t, p, c.args, func(l watchLine) bool { return (l.DepthFPS > 0) == c.depth && (l.VideoFPS > 0) == c.video })
		p.interrupt()
		if code := p.wait(); code != 0 || !l.Live {
			t.Errorf("%s: exit code %d, %+v", c.args, code, l)
		}
	}
	opens := first.Opens()
	p := start(t, t.TempDir(), bus.Env(), "kinect", "record", "r", "--serial", "A00362912415048A")
	waitUntil(t, p, "progress", func() bool { return strings.Contains(p.output(), " depth and ") })
	if first.Claimed() || !second.Claimed() {
		t.Errorf("it records the other one, which was opened %d times", first.Opens()-opens)
	}
	p.interrupt()
	if code := p.wait(); code != 0 || !strings.Contains(p.output(), "Recorded into r; play it with") {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
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
