package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/usb/virtual"
)

// waitUntil waits until ok holds, while the program runs.
func waitUntil(t *testing.T, p *program, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case <-p.done:
			if ok() {
				return
			}
			t.Fatalf("ended (%v) before %s; it said:\n%s", p.err, what, p.output())
		default:
		}
	}
	t.Fatalf("waited in vain for %s; it said:\n%s", what, p.output())
}

// startBusWithRoom is a bus whose Kinect sees a wall 1193 mm away on the left (code
// 800), nothing on the right; red in colour; and an infrared ramp.
func startBusWithRoom(t *testing.T) *virtual.Bus {
	t.Helper()
	bus := startBus(t, 1)
	k := bus.Kinects[0]
	k.SetPatience(patience)
	codes := make([]uint16, kinect.Width*kinect.Height)
	mosaic := make([]byte, len(codes))
	for i := range codes {
		x, y := i%kinect.Width, i/kinect.Width
		codes[i] = 800
		if x > 400 {
			codes[i] = kinect.NoDisparity
		}
		mosaic[i] = 20
		if y%2 == 0 && x%2 == 1 {
			mosaic[i] = 230
		}
	}
	ramp := make([]uint16, 640*488)
	for i := range ramp {
		ramp[i] = uint16(i % 640 * 1023 / 639)
	}
	for mode, frame := range map[virtual.Mode][]byte{
		virtual.Depth11Bit: virtual.Depth11Bit.Pack(codes), virtual.Bayer: mosaic, virtual.Infrared: virtual.Infrared.Pack(ramp),
	} {
		if err := k.Loop(mode, [][]byte{frame}); err != nil {
			t.Fatal(err)
		}
	}
	return bus
}

// pictureAt reads a PNG and returns a colour, at thousandths of its size.
func pictureAt(t *testing.T, path string, x, y int) color.RGBA {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := m.Bounds()
	at := image.Pt(b.Dx()*x/1000, b.Dy()*y/1000)
	return color.RGBAModel.Convert(m.At(at.X, at.Y)).(color.RGBA)
}

// TestKinectView looks through a Kinect off-screen: the pictures show what it sees,
// and the camera was switched to infrared and back for them.
func TestKinectView(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("no Xvfb here")
	}
	bus := startBusWithRoom(t)
	dir := t.TempDir()
	output(t, bus, 0, "kinect", "view", "--sensor", "kinect", "--offscreen", "--shots", dir)
	shot := func(name string) string { return filepath.Join(dir, name+".png") }

	near, none := pictureAt(t, shot("depth"), 200, 300), pictureAt(t, shot("depth"), 700, 300)
	if near.R < 200 || near.B > 100 || none.R > 30 || none.G > 30 || none.B > 40 {
		t.Errorf("a wall at 1.2 m is drawn %v, and nothing %v", near, none)
	}
	red := pictureAt(t, shot("colour"), 200, 300)
	if red.R < 150 || red.G > 90 || red.B > 90 {
		t.Errorf("red is drawn %v", red)
	}
	dark, bright := pictureAt(t, shot("infrared"), 60, 300), pictureAt(t, shot("infrared"), 700, 300)
	if dark.R != dark.B || bright.R <= dark.R+60 {
		t.Errorf("an infrared ramp goes from %v to %v", dark, bright)
	}
	over := pictureAt(t, shot("overlay"), 200, 300)
	if over.R < over.B {
		t.Errorf("a near wall over a picture is drawn %v", over)
	}
	events, err := bus.Kinects[0].Log()
	if err != nil {
		t.Fatal(err)
	}
	const videoStream, colour, infrared = 0x05, 1, 3
	var switched []int
	for _, e := range events {
		if e.Event == "register" && e.Register == videoStream && e.Value != 0 {
			switched = append(switched, e.Value)
		}
	}
	if !slices.Contains(switched, infrared) || switched[0] != colour {
		t.Errorf("the video stream was set to %v", switched)
	}
}

// TestKinectViewUnplugged: the window stays, and goes on when the Kinect is back.
func TestKinectViewUnplugged(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("no Xvfb here")
	}
	bus := startBusWithRoom(t)
	k := bus.Kinects[0]
	p := start(t, t.TempDir(), bus.Env(), "kinect", "view", "--sensor", "kinect", "--offscreen", "--shots", ".", "--for", "120s")
	waitUntil(t, p, "the first picture", func() bool {
		_, err := os.Stat(filepath.Join(p.cmd.Dir, "depth.png"))
		return err == nil
	})
	opens := k.Opens()
	k.Unplug(virtual.Stale)
	k.Plug()
	waitUntil(t, p, "the Kinect's return", func() bool { return k.Opens() > opens && k.Claimed() })
	waitUntil(t, p, "the last picture of a tour that was disturbed", func() bool {
		_, err := os.Stat(filepath.Join(p.cmd.Dir, "infrared.png"))
		return err == nil
	})
	p.interrupt()
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
}

// startDisplay starts an X server for keys to be pressed on, and is its environment.
func startDisplay(t *testing.T) []string {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here", tool)
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	display := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x720x24", "-nolisten", "tcp")
	display.ExtraFiles = []*os.File{write}
	if err := display.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() { _ = display.Process.Kill(); _ = display.Wait() })
	number, err := readDisplayNumber(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"DISPLAY=:" + number, "SteamEnv=1", "LP_NUM_THREADS=1"}
}

// TestKinectViewKeys presses the keys of the window and looks at what the Kinect did.
func TestKinectViewKeys(t *testing.T) {
	t.Parallel()
	env := startDisplay(t)
	bus := startBusWithRoom(t)
	k := bus.Kinects[0]
	p := start(t, t.TempDir(), append(bus.Env(), env...), "kinect", "view", "--sensor", "kinect")
	press := func(key string) {
		cmd := exec.Command("xdotool", "key", key)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("press %s: %v: %s", key, err, out)
		}
	}
	// A key that comes before the window is there is lost: press until it works.
	pressUntil := func(key, what string, ok func() bool) {
		last := time.Time{}
		waitUntil(t, p, what, func() bool {
			if !ok() && time.Since(last) > 3*time.Second {
				press(key)
				last = time.Now()
			}
			return ok()
		})
	}
	register := func(number, value int) func() bool {
		return func() bool {
			events, err := k.Log()
			return err == nil && slices.ContainsFunc(events, func(e virtual.Event) bool {
				return e.Event == "register" && e.Register == number && e.Value == value
			})
		}
	}
	pressUntil("4", "infrared", register(0x05, 3))
	pressUntil("Up", "the head tilting up", func() bool { return k.HalfDegrees() > 0 })
	pressUntil("s", "the picture", func() bool {
		saved, _ := filepath.Glob(filepath.Join(p.cmd.Dir, "*.png"))
		return len(saved) > 0
	})
	press("Escape")
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
}
