package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cutout/kinect/usb/virtual"
	"cutout/netvideo/door"
)

// startBus builds a bus with virtual Kinects in a folder of the test's.
func startBus(t *testing.T, kinects int) *virtual.Bus {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler to build the virtual Kinect with")
	}
	bus, err := virtual.New(filepath.Join(t.TempDir(), "usb"), kinects)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	return bus
}

// TestKinectTrouble: a Kinect that can't be opened is answered with what is wrong
// and what to do; and with --sensor auto a puppet plays, which says why.
func TestKinectTrouble(t *testing.T) {
	bus := startBus(t, 1)
	kinect := bus.Kinects[0]
	for _, c := range []struct {
		name, says string
		order      func()
	}{
		{"no power", "12 V", func() { kinect.Unplug(virtual.Reaped); kinect.Plug(virtual.PartMotor) }},
		{"denied", "permission", func() { kinect.SetDenied(true) }},
		{"busy", "in use", func() { kinect.SetBusy(true) }},
		{"none", "no Kinect", func() { kinect.Unplug(virtual.Reaped) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus.Reset()
			c.order()
			p := start(t, t.TempDir(), bus.Env(), "play", "--solo", "--offscreen", "--sensor", "kinect")
			if code := p.wait(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			checkTrouble(t, p.output(), c.says)

			p = start(t, t.TempDir(), bus.Env(), "play", "--solo", "--offscreen", "--for", "1s")
			if code := p.wait(); code != 0 {
				t.Errorf("exit code %d with --sensor auto, want 0", code)
			}
			if out := p.output(); !strings.Contains(out, "a puppet, because") || !strings.Contains(out, c.says) {
				t.Errorf("it does not say why a puppet plays:\n%s", out)
			}
		})
	}
}

// TestTwoKinects plays with the one that is asked for.
func TestTwoKinects(t *testing.T) {
	bus := startBus(t, 2)
	bus.Kinects[0].SetSerial("A00000000000001A")
	bus.Kinects[1].SetSerial("B00000000000002B")
	bus.Kinects[1].Plug()
	p := start(t, t.TempDir(), bus.Env(), "play", "--solo", "--offscreen", "--for", "2s", "--sensor", "kinect:B00000000000002B")
	if code := p.wait(); code != 0 || !strings.Contains(p.output(), "B00000000000002B") {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
	p = start(t, t.TempDir(), bus.Env(), "play", "--solo", "--offscreen", "--sensor", "kinect:C3")
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d with a serial nobody has, want 1", code)
	}
	checkTrouble(t, p.output(), "A00000000000001A")
}

// TestUnpluggedMidMatch takes the Kinect away while it is played with, and gives it
// back: the game goes on, says so, and picks it up again.
func TestUnpluggedMidMatch(t *testing.T) {
	bus := startBus(t, 1)
	p := start(t, t.TempDir(), bus.Env(), "play", "--solo", "--offscreen", "--sensor", "kinect", "--for", "60s",
		"--shots", ".", "--events", "events.jsonl", "--stats", "stats.jsonl")
	p.waitNamed("solo")
	bus.Kinects[0].Unplug(virtual.Proto)
	p.waitEvent(1, "the sensor's loss", func(e event) bool { return e.is("sensorState") && e["live"] == false })
	bus.Kinects[0].Plug()
	p.waitEvent(1, "the sensor's return", func(e event) bool { return e.is("sensorState") && e["live"] == true })
	p.interrupt()
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
}

// TestDiskFull: pictures and events that can't be written cost no score; the match
// ends, and then the program says so.
func TestDiskFull(t *testing.T) {
	full := t.TempDir()
	if err := syscall.Mount("cutout-test", full, "tmpfs", 0, "size=16k"); err != nil {
		t.Skip("this test needs the right to mount a file system")
	}
	t.Cleanup(func() { _ = syscall.Unmount(full, syscall.MNT_DETACH) })
	dir := t.TempDir()
	p := start(t, dir, nil, "play", "--solo", "--offscreen", "--sensor", "puppet", "--walls", "1",
		"--shots", full, "--events", "events.jsonl", "--stats", "stats.jsonl")
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	checkTrouble(t, p.output(), "no space")
	podiums := 0
	for _, e := range readEvents(t, p.events) {
		if e.is("podium") {
			podiums++
		}
	}
	if podiums != 1 {
		t.Errorf("%d podiums, want the match to be finished", podiums)
	}
	if left, _ := filepath.Glob(filepath.Join(full, ".shot-*")); len(left) > 0 {
		t.Errorf("half-written pictures are left: %v", left)
	}
}

// TestNoOpenGL plays on a display without OpenGL.
func TestNoOpenGL(t *testing.T) {
	xvfb, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("no Xvfb here")
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	display := exec.Command(xvfb, "-displayfd", "3", "-screen", "0", "640x360x24", "-nolisten", "tcp", "-extension", "GLX")
	display.ExtraFiles = []*os.File{write}
	if err := display.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	defer func() { _ = display.Process.Kill(); _ = display.Wait() }()
	number, err := readDisplayNumber(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, t.TempDir(), []string{"DISPLAY=:" + number, "SteamEnv=1"}, "play", "--solo", "--sensor", "puppet", "--for", "5s")
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	checkTrouble(t, p.output(), "window")
}

// TestPortTaken: a game whose port is taken keeps its room on another.
func TestPortTaken(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("a room needs a network interface beside the loopback")
	}
	first := startHost(t, "--for", "120s", "--listen", "127.0.0.1:17880")
	a := first.waitNamed("invite")["link"].(string)
	second := startHost(t, "--for", "120s", "--listen", "127.0.0.1:17880")
	b := second.waitNamed("invite")["link"].(string)
	if strings.Contains(b, ":17880/") || a == b {
		t.Errorf("the links are %s and %s", a, b)
	}
}
