package virtual_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cutout/kinect/usb/virtual"
)

// plug gives a bus with a Kinect of a model, with firmware, as if new.
func plug(t *testing.T, m virtual.Model) (*virtual.Bus, *virtual.Kinect) {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "virtual-"); shared.err == nil {
			shared.bus, shared.err = virtual.New(shared.dir, 1)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	bus, k := shared.bus, shared.bus.Kinects[0]
	bus.Reset()
	k.SetPatience(10 * time.Second) // a starved machine is not a bad cable
	k.SetModel(m)
	k.SetFirmware(true)
	k.Plug()
	t.Cleanup(func() {
		events, err := k.Log()
		if err != nil {
			t.Error(err)
		}
		for _, e := range events {
			if e.Event == "misuse" || e.Event == "refused" {
				t.Errorf("%s: %s", e.Event, e.What)
			}
		}
	})
	return bus, k
}

// run starts a program on a bus in a folder, and gives what ends it.
func run(t *testing.T, bus *virtual.Bus, dir string, env []string, args ...string) (end func() error) {
	t.Helper()
	program, err := exec.LookPath(args[0])
	if err != nil {
		t.Skipf("%v (Debian's freenect package has it)", err)
	}
	command := exec.Command(program, args[1:]...)
	command.Dir = dir
	command.Env = append(append(os.Environ(), bus.Env()...), env...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceValue(command.Wait)
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = end()
		if t.Failed() {
			t.Logf("%s said:\n%s", args[0], out.Bytes())
		}
	})
	return end
}

// await waits until the log has an event that suits.
func await(t *testing.T, k *virtual.Kinect, what string, suits func(virtual.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := k.Wait(ctx, suits); err != nil {
		t.Fatalf("waited in vain for %s: %v", what, err)
	}
}

func whole(m virtual.Mode) func(virtual.Event) bool {
	return func(e virtual.Event) bool {
		return e.Event == "frame" && e.Mode == m && e.Part == "whole" && e.Harmed() == 0
	}
}

// TestRegtest lets an unmodified program switch depth modes and keep a frame of each:
// the codes are those that were sent.
func TestRegtest(t *testing.T) {
	bus, k := plug(t, virtual.Model1414)
	frame := virtual.RandomFrame(1, virtual.Depth11Bit, 0)
	if err := k.Loop(virtual.Depth11Bit, [][]byte{frame}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := run(t, bus, dir, nil, "freenect-regtest")(); err != nil {
		t.Fatal(err)
	}
	pgm, err := os.ReadFile(filepath.Join(dir, "registration_test_depth_raw.pgm"))
	if err != nil {
		t.Fatal(err)
	}
	_, pixels, _ := bytes.Cut(pgm, []byte("\n"))
	codes := virtual.Depth11Bit.Unpack(frame)
	for i, c := range codes {
		if got := uint16(pixels[2*i]) | uint16(pixels[2*i+1])<<8; got != c {
			t.Fatalf("pixel %d is %d; sent was %d", i, got, c)
		}
	}
}

// TestTiltdemo lets libfreenect move and light each model: the older one through its
// motor, the newer ones through the audio function and its firmware.
func TestTiltdemo(t *testing.T) {
	for name, m := range map[string]virtual.Model{"1414": virtual.Model1414, "1473": virtual.Model1473, "Windows": virtual.ModelWindows} {
		t.Run(name, func(t *testing.T) {
			bus, k := plug(t, m)
			run(t, bus, t.TempDir(), nil, "freenect-tiltdemo")
			await(t, k, "a light", func(e virtual.Event) bool { return e.Event == "led" })
			await(t, k, "a tilt", func(e virtual.Event) bool { return e.Event == "tilt" })
			await(t, k, "depth", whole(virtual.Depth11Bit))
			if h := k.HalfDegrees(); h < -30 || h > 30 || h%2 != 0 {
				t.Errorf("it was told to tilt to %d half degrees; the demo stays within 15 degrees", h)
			}
		})
	}
}

// TestHiview streams 1280x1024 Bayer beside depth.
func TestHiview(t *testing.T) {
	bus, k := plug(t, virtual.Model1414)
	run(t, bus, t.TempDir(), []string{display(t)}, "freenect-hiview")
	await(t, k, "large Bayer frames", whole(virtual.BayerSXGA))
	await(t, k, "depth", whole(virtual.Depth11Bit))
}

// TestGlview presses the keys of libfreenect's viewer which switch the video's mode
// while it runs, and which mirror it.
func TestGlview(t *testing.T) {
	bus, k := plug(t, virtual.Model1414)
	screen := display(t)
	run(t, bus, t.TempDir(), []string{screen}, "freenect-glview")
	await(t, k, "Bayer", whole(virtual.Bayer))
	modes := []virtual.Mode{virtual.Infrared, virtual.UYVY, virtual.Bayer}
	for _, m := range modes {
		pressUntil(t, screen, "f", func() bool { return k.Sending(virtual.Video) == m })
	}
	pressUntil(t, screen, "m", func() bool { return k.Register(0x47) == 1 })
	await(t, k, "a mirrored frame", func(e virtual.Event) bool { return e.Mirrored && e.Part == "whole" })
	pressUntil(t, screen, "r", func() bool { return k.CMOS(0x106)&(1<<4) != 0 }) // raw colour
	pressUntil(t, screen, "plus", func() bool { return k.Register(0x15) != 0x1e })
	for _, m := range modes {
		await(t, k, "frames of "+m.String(), whole(m))
	}
}

// pressUntil presses a key until it did what it should.
func pressUntil(t *testing.T, screen, key string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the key %s never did what it should", key)
		}
		press(t, screen, key)
	}
}

// display starts an X server for the time of a test and gives its DISPLAY.
func display(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1400x1100x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	})
	number, err := io.ReadAll(io.LimitReader(r, 1))
	if err != nil || len(number) == 0 {
		t.Fatalf("Xvfb started no display: %v", err)
	}
	rest := make([]byte, 16)
	n, _ := r.Read(rest)
	return "DISPLAY=:" + strings.TrimSpace(string(slices.Concat(number, rest[:n])))
}

// press presses a key in the window under the middle of the screen's left half.
func press(t *testing.T, screen, key string) {
	t.Helper()
	command := exec.Command("xdotool", "mousemove", "200", "200", "key", key)
	command.Env = append(os.Environ(), screen)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v\n%s", err, out)
	}
}
