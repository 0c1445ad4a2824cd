package conformance_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// raws are the formats in which libfreenect hands out what it receives.
var raws = map[virtual.Mode]conformance.Formats{
	virtual.Depth11Bit:   {Depth: conformance.Depth11BitPacked, Video: conformance.NoVideo},
	virtual.Depth10Bit:   {Depth: conformance.Depth10BitPacked, Video: conformance.NoVideo},
	virtual.Bayer:        {Depth: conformance.NoDepth, Video: conformance.Bayer},
	virtual.UYVY:         {Depth: conformance.NoDepth, Video: conformance.UYVY},
	virtual.Infrared:     {Depth: conformance.NoDepth, Video: conformance.IR10Packed},
	virtual.BayerSXGA:    {Depth: conformance.NoDepth, Video: conformance.Bayer, SXGA: true},
	virtual.InfraredSXGA: {Depth: conformance.NoDepth, Video: conformance.IR10Packed, SXGA: true},
}

// TestEveryMode streams every mode through libfreenect: it hands out the very bytes
// that were sent, at random, in a loop or as they were fed. So is the virtual Kinect
// shown to speak as libfreenect expects, registers and all.
func TestEveryMode(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	for m, formats := range raws {
		t.Run(m.String(), func(t *testing.T) {
			bus.Reset()
			k.SetPatience(10 * time.Second)
			checkSent(t, k, slices.Concat(take(t, c, bus, formats, 5)), m)
			if k.Sending(virtual.Depth) != virtual.Off || k.Sending(virtual.Video) != virtual.Off {
				t.Error("libfreenect stopped both streams and left; one is still sent")
			}
			looped, fed := virtual.RandomFrame(1, m, 1), virtual.RandomFrame(2, m, 2)
			if !bytes.Equal(develop(t, c, bus, m, looped, formats), looped) {
				t.Error("the looped frame did not come")
			}
			if err := k.Feed(m, fed); err != nil {
				t.Fatal(err)
			}
			if f := slices.Concat(take(t, c, bus, formats, 3)); !bytes.Equal(f[2].Pixels, fed) {
				t.Error("the frame that was fed did not come")
			}
			if err := k.Loop(m, [][]byte{looped[1:]}); err == nil {
				t.Error("a frame that is a byte short was accepted")
			}
			if err := k.Feed(m, append(looped, 0)); err == nil {
				t.Error("a frame that is a byte long was accepted")
			}
		})
	}
}

// TestModels: libfreenect streams from every model, with and without firmware in the
// audio function, which it lights on newer ones before it uses the camera.
func TestModels(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	for name, m := range map[string]struct {
		model    virtual.Model
		firmware bool
		led      int
	}{
		"1414":                  {virtual.Model1414, false, 0},
		"1473":                  {virtual.Model1473, false, 0},
		"1473 with firmware":    {virtual.Model1473, true, 1},
		"Windows":               {virtual.ModelWindows, false, 0},
		"Windows with firmware": {virtual.ModelWindows, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bus.Reset()
			k.SetPatience(10 * time.Second)
			k.SetModel(m.model)
			k.SetFirmware(m.firmware)
			k.Plug()
			depth, video := take(t, c, bus, conformance.Formats{Depth: conformance.Depth11BitPacked, Video: conformance.Bayer}, 4)
			checkSent(t, k, depth, virtual.Depth11Bit)
			checkSent(t, k, video, virtual.Bayer)
			if k.LED() != m.led {
				t.Errorf("the light is %d instead of %d", k.LED(), m.led)
			}
		})
	}
}

// TestRegistrationOfMode: the registration that libfreenect asks for last is the one
// of the video mode it is in, and the camera answers by that.
func TestRegistrationOfMode(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	for resolution, f := range map[int]conformance.Formats{1: raws[virtual.Bayer], 2: raws[virtual.BayerSXGA]} {
		bus.Reset()
		k.SetPatience(10 * time.Second)
		take(t, c, bus, f, 2)
		events, err := k.Log()
		if err != nil {
			t.Fatal(err)
		}
		last := -1
		for _, e := range events {
			if e.Event == "algorithm" && e.Register == 0x40 {
				last = e.Value
			}
		}
		if last != resolution {
			t.Errorf("the last registration asked for was that of resolution %d, not %d", last, resolution)
		}
	}
}

// TestBothLarge streams depth and 1280x1024 Bayer at once.
func TestBothLarge(t *testing.T) {
	c, bus := consumer(t)
	depth, video := take(t, c, bus, conformance.Formats{Depth: conformance.Depth11BitPacked, Video: conformance.Bayer, SXGA: true}, 5)
	checkSent(t, bus.Kinects[0], depth, virtual.Depth11Bit)
	checkSent(t, bus.Kinects[0], video, virtual.BayerSXGA)
}

// TestMirror: what libfreenect's flags turn around comes turned around. It has no
// flag for infrared.
func TestMirror(t *testing.T) {
	c, bus := consumer(t)
	for m, formats := range raws {
		if m == virtual.Infrared || m == virtual.InfraredSXGA {
			continue
		}
		t.Run(m.String(), func(t *testing.T) {
			formats.Mirror = true
			frame := virtual.RandomFrame(3, m, 0)
			if !bytes.Equal(develop(t, c, bus, m, frame, formats), m.Mirror(frame)) {
				t.Error("the frame is not mirrored")
			}
		})
	}
}

// checkSent wants raw frames to be the random ones that the log says were sent at
// their time, all but the first, which may be the one that began in its middle.
func checkSent(t *testing.T, k *virtual.Kinect, frames []conformance.Frame, m virtual.Mode) {
	t.Helper()
	log, err := k.Frames(m.Stream())
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i, f := range frames {
		at := slices.IndexFunc(log, func(e virtual.Event) bool { return e.Part == "whole" && e.Mode == m && e.Clock == f.Clock })
		if at < 0 {
			if i > 0 {
				t.Errorf("%v frame %d has clock %d, which was not sent", m, i, f.Clock)
			}
			continue
		}
		if !bytes.Equal(f.Pixels, virtual.RandomFrame(k.Seed(), m, log[at].Source)) {
			t.Errorf("%v frame %d is not the one that was sent, %d", m, i, log[at].Source)
		}
		same++
	}
	if same < len(frames)-1 || same < 2 {
		t.Errorf("only %d of %d %v frames are as sent", same, len(frames), m)
	}
}
