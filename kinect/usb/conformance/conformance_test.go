package conformance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// consumer is libfreenect and a bus for it.
func consumer(t testing.TB) (*conformance.Consumer, *virtual.Bus) {
	t.Helper()
	c, err := conformance.Build()
	if errors.Is(err, conformance.ErrNoFreenect) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	bus, err := virtual.New(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), bus.Close()); err != nil {
			t.Error(err)
		}
	})
	bus.Kinects[0].SetPatience(10 * time.Second) // a starved machine is not a bad cable
	return c, bus
}

// TestFreenect runs the consumer for a second.
func TestFreenect(t *testing.T) {
	_, bus := consumer(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	u, err := conformance.Freenect(ctx, bus, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if u.CPU <= 0 || u.CPU > 10*time.Second || u.DepthFrames == 0 || u.VideoFrames == 0 {
		t.Errorf("it used %+v", u)
	}
	t.Logf("%+v", u)
}
