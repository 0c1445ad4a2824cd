package usb_test

import (
	"context"
	"fmt"
	"testing"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// checkModes wants images of the modes, and none of others.
func checkModes(t *testing.T, k *virtual.Kinect, d *usb.Device, depth kinect.DepthMode, video kinect.VideoMode) {
	t.Helper()
	if gotDepth, gotVideo := d.Modes(); gotDepth != depth || gotVideo != video {
		t.Errorf("Modes: %v and %v", gotDepth, gotVideo)
	}
	missing := 0
	if depth != kinect.DepthOff {
		missing += 2
	}
	if video != kinect.VideoOff {
		missing += 2
	}
	seen := map[bool]int{}
	for missing > 0 {
		img := next(t, d, func(kinect.Image) bool { return true })
		want := virtual.VideoMode(video)
		if img.Depth != nil {
			want = virtual.DepthMode(depth)
			if img.Depth.Mode != depth {
				t.Fatalf("a depth frame in mode %v instead of %v", img.Depth.Mode, depth)
			}
		}
		if e := checkImage(t, k, nil, img); e.Mode != want {
			t.Fatalf("a frame of mode %v instead of %v", e.Mode, want)
		}
		if seen[img.Depth != nil]++; seen[img.Depth != nil] <= 2 {
			missing--
		}
	}
}

// TestModes opens the Kinect in each mode.
func TestModes(t *testing.T) {
	for _, o := range []usb.Options{
		{Depth: kinect.Depth10Bit, Video: kinect.VideoUYVY}, {Video: kinect.VideoInfrared}, {Video: kinect.VideoBayerSXGA},
		{Depth: kinect.DepthOff, Video: kinect.VideoInfraredSXGA}, {Depth: kinect.DepthOff, Video: kinect.VideoBayerSXGA},
		{Depth: kinect.DepthOff, Video: kinect.VideoOff},
	} {
		t.Run(fmt.Sprintf("%v+%v", o.Depth, o.Video), func(t *testing.T) {
			k, _ := plugIn(t)
			o.Queue = 10
			checkModes(t, k, openDevice(t, o), o.Depth, o.Video)
		})
	}
	for _, o := range []usb.Options{
		{Video: kinect.VideoInfraredSXGA}, {Depth: 9}, {Video: 9},
	} {
		if d, err := usb.Open(t.Context(), o); err == nil {
			d.Close()
			t.Errorf("opened in %v and %v", o.Depth, o.Video)
		}
	}
}

// TestSetModes goes through the modes while the Device runs. From the return of
// SetModes on, frames and calibration are the new ones.
func TestSetModes(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Queue: 10})
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	for i, p := range pairs() {
		if i%3 == 1 { // two of three are enough to have every mode, and changes of one and of both
			continue
		}
		depth, video := kinect.DepthMode(p[0]), kinect.VideoMode(p[1])
		if err := d.SetModes(ctx, depth, video); err != nil {
			t.Fatal(err)
		}
		want := virtual.Calibration()
		want.Register = virtual.RegistrationAt(want.Register, video)
		if !video.Registers() {
			want.Register = kinect.Registration{}
		}
		if got := d.Calibration(); got != want {
			t.Errorf("%v: the calibration is %+v", video, got)
		}
		checkModes(t, k, d, depth, video)
	}
	if err := d.SetModes(ctx, kinect.Depth11Bit, kinect.VideoInfraredSXGA); err == nil {
		t.Error("the camera can't send both")
	}
	if s := d.Status(); s.Restarts != 0 || !s.Live || s.Trouble != nil {
		t.Errorf("%+v", s)
	}
}

// TestSetModesKeepsDepth: depth goes on without a gap while video changes.
func TestSetModesKeepsDepth(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Queue: 1000})
	last := next(t, d, isDepth).Depth
	for _, v := range []kinect.VideoMode{kinect.VideoInfrared, kinect.VideoUYVY, kinect.VideoOff, kinect.VideoBayer} {
		if err := d.SetModes(t.Context(), kinect.Depth11Bit, v); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			f := next(t, d, isDepth).Depth
			if ticks := f.Clock - last.Clock; ticks%2002155 != 0 { // some were thrown away with the old video
				t.Fatalf("%v: depth comes %d ticks after the frame before", v, ticks)
			}
			checkDepth(t, k, f)
			last = f
		}
	}
	if s := d.Status().Depth; s.LostPackets != 0 {
		t.Errorf("depth lost packets: %+v", s)
	}
}

// TestSetModesAfterReplug: a Kinect comes back in the modes it was told last.
func TestSetModesAfterReplug(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Queue: 10})
	if err := d.SetModes(t.Context(), kinect.Depth10Bit, kinect.VideoInfrared); err != nil {
		t.Fatal(err)
	}
	k.Unplug(virtual.Reaped)
	eventually(t, "it was seen to be unplugged", func() bool { return !d.Status().Live })
	if err := d.SetModes(t.Context(), kinect.Depth11Bit, kinect.VideoBayer); err == nil {
		t.Error("switched an absent Kinect")
	}
	k.Plug()
	if v := next(t, d, isVideo).Video; v.Format != kinect.Infrared {
		t.Errorf("it came back with format %d", v.Format)
	}
	if f := nextDepth(t, d); f.Mode != kinect.Depth10Bit {
		t.Errorf("it came back in %v", f.Mode)
	}
}
