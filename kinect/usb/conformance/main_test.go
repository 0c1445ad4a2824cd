package conformance_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// TestMain gives this process a virtual Kinect, which our own driver uses;
// libfreenect gets another.
func TestMain(m *testing.M) {
	virtual.Main(func() int {
		code := m.Run()
		if err := freenect.close(); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
		return sourcetest.CheckLeaks(code)
	})
}

// patience is how long a test waits for libfreenect.
const patience = time.Minute

// freenect is what consumer gives: compiled once, as that takes seconds.
var freenect bench

// A bench is libfreenect and a bus for it.
type bench struct {
	once     sync.Once
	consumer *conformance.Consumer
	bus      *virtual.Bus
	dir      string
	err      error
}

func (b *bench) build() {
	if b.consumer, b.err = conformance.Build(); b.err != nil {
		return
	}
	if b.dir, b.err = os.MkdirTemp("", "conformance-"); b.err != nil {
		return
	}
	b.bus, b.err = virtual.New(b.dir, 1)
}

func (b *bench) close() error {
	var errs [3]error
	if b.consumer != nil {
		errs[0] = b.consumer.Close()
	}
	if b.bus != nil {
		errs[1] = b.bus.Close()
	}
	if b.dir != "" {
		errs[2] = os.RemoveAll(b.dir)
	}
	return errors.Join(errs[:]...)
}

// consumer is libfreenect and a bus for it, as if new.
func consumer(t testing.TB) (*conformance.Consumer, *virtual.Bus) {
	t.Helper()
	freenect.once.Do(freenect.build)
	if errors.Is(freenect.err, conformance.ErrNoFreenect) {
		t.Skip(freenect.err)
	}
	if freenect.err != nil {
		t.Fatal(freenect.err)
	}
	freenect.bus.Reset()
	freenect.bus.Kinects[0].SetPatience(10 * time.Second) // a starved machine is not a bad cable
	return freenect.consumer, freenect.bus
}

// take takes frames and wants that nothing was misused.
func take(t testing.TB, c *conformance.Consumer, bus *virtual.Bus, f conformance.Formats, n int) (depth, video []conformance.Frame) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	depth, video, err := c.Take(ctx, bus, f, n)
	if err != nil {
		t.Fatal(err)
	}
	events, err := bus.Kinects[0].Log()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Event == "misuse" || e.Event == "refused" {
			t.Errorf("%s: %s", e.Event, e.What)
		}
	}
	return depth, video
}

// develop shows libfreenect one frame of a mode, over and over, and gives what it
// makes of it in the end.
func develop(t testing.TB, c *conformance.Consumer, bus *virtual.Bus, m virtual.Mode, frame []byte, f conformance.Formats) []byte {
	t.Helper()
	if err := bus.Kinects[0].Loop(m, [][]byte{frame}); err != nil {
		t.Fatal(err)
	}
	depth, video := take(t, c, bus, f, 3)
	return slices.Concat(depth, video)[2].Pixels
}

// words reads the uint16 that libfreenect writes, in the machine's order.
func words(pixels []byte) []uint16 {
	out := make([]uint16, len(pixels)/2)
	for i := range out {
		out[i] = uint16(pixels[2*i]) | uint16(pixels[2*i+1])<<8
	}
	return out
}

// scene are codes as a room gives them: planes that slant, edges, shadows without a
// reading, and noise; all of them mean a distance below ten metres.
func scene(seed uint64) []uint16 {
	r := rand.New(rand.NewPCG(seed, 1))
	codes := make([]uint16, kinect.Width*kinect.Height)
	for i := range codes {
		x, y := i%kinect.Width, i/kinect.Width
		code := 880 + y/8 + x/20
		if d := (x-300)*(x-300)/2 + (y-240)*(y-240)/6; d < 4000 {
			code = 640 + d/80 // somebody
		} else if d < 5000 && x < 300 {
			code = kinect.NoDisparity // and the shadow
		}
		if code != kinect.NoDisparity {
			code = min(code+r.IntN(3), 1054)
		}
		if r.IntN(100) == 0 {
			code = r.IntN(1055)
		}
		codes[i] = uint16(code)
	}
	return codes
}
