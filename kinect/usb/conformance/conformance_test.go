package conformance_test

import (
	"context"
	"testing"
	"time"

	"cutout/kinect/usb/conformance"
)

// TestFreenect runs the consumer for a second.
func TestFreenect(t *testing.T) {
	_, bus := consumer(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

// TestFreenectFails: no Kinect on the bus, and a context that is over.
func TestFreenectFails(t *testing.T) {
	c, bus := consumer(t)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Run(over, bus, conformance.Camtest, time.Second); err == nil {
		t.Error("it ran though the context was over")
	}
	bus.Kinects[0].Unplug(0)
	if _, err := c.Run(context.Background(), bus, conformance.Camtest, time.Second); err == nil {
		t.Error("it ran without a Kinect")
	}
}
