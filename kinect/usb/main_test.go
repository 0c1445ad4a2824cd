package usb_test

import (
	"context"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// TestMain runs the tests in a child process which has a virtual Kinect in place
// of the machine's USB: everything below goes through the real gousb.
func TestMain(m *testing.M) {
	virtual.Main(func() int { return sourcetest.CheckLeaks(m.Run()) })
}

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

// plugIn resets the bus and gives its two Kinects; the second is not plugged in.
// Their clocks wait for a starved machine, which is not a bad driver. At the test's
// end nothing may have been misused, and nothing reset: it makes the audio function drop
// off the bus on some hosts (libfreenect issues 406, 431).
func plugIn(t *testing.T) (first, second *virtual.Kinect) {
	t.Helper()
	bus, err := virtual.Attach()
	if err != nil {
		t.Fatal(err)
	}
	bus.Reset()
	for _, k := range bus.Kinects {
		k.SetPatience(5 * time.Second)
	}
	t.Cleanup(func() {
		for _, k := range bus.Kinects {
			if n := k.Resets(); n != 0 {
				t.Errorf("the Kinect was reset %d times", n)
			}
			if k.Misuse() == 0 {
				continue
			}
			events, _ := k.Log()
			for _, e := range events {
				if e.Event == "misuse" {
					t.Errorf("misuse of libusb: %s", e.What)
				}
			}
		}
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	return bus.Kinects[0], bus.Kinects[1]
}

// openDevice opens the Kinect, and closes it when the test ends.
func openDevice(t *testing.T, o usb.Options) *usb.Device {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := usb.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

// nextDepth waits for a depth frame.
func nextDepth(t *testing.T, d kinect.Source) *kinect.DepthFrame {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		img, err := d.Next(ctx)
		if err != nil {
			t.Fatalf("waiting for a depth frame: %v (status %+v)", err, d.Status())
		}
		if img.Depth != nil {
			return img.Depth
		}
	}
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
