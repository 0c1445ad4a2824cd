package conformance_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// TestEveryMode streams every mode through libfreenect in its raw format: it hands
// out the very bytes that were sent, and so is the virtual Kinect shown to speak as
// libfreenect expects, registers and all.
func TestEveryMode(t *testing.T) {
	const frames = 5
	c, bus := consumer(t)
	for _, m := range []struct {
		mode    virtual.Mode
		formats conformance.Formats
	}{
		{virtual.Depth11Bit, conformance.Formats{Depth: conformance.Depth11BitPacked, Video: conformance.NoVideo}},
		{virtual.Depth10Bit, conformance.Formats{Depth: conformance.Depth10BitPacked, Video: conformance.NoVideo}},
		{virtual.Bayer, conformance.Formats{Depth: conformance.NoDepth, Video: conformance.Bayer}},
		{virtual.UYVY, conformance.Formats{Depth: conformance.NoDepth, Video: conformance.UYVY}},
		{virtual.Infrared, conformance.Formats{Depth: conformance.NoDepth, Video: conformance.IR10Packed}},
		{virtual.BayerSXGA, conformance.Formats{Depth: conformance.NoDepth, Video: conformance.Bayer, SXGA: true}},
		{virtual.InfraredSXGA, conformance.Formats{Depth: conformance.NoDepth, Video: conformance.IR10Packed, SXGA: true}},
		{virtual.BayerSXGA, conformance.Formats{Depth: conformance.Depth11BitPacked, Video: conformance.Bayer, SXGA: true}},
	} {
		t.Run(fmt.Sprintf("%v %+v", m.mode, m.formats), func(t *testing.T) {
			bus.Reset()
			k := bus.Kinects[0]
			k.SetPatience(10 * time.Second)
			depth, video := take(t, c, bus, m.formats, frames)
			if m.formats.Depth != conformance.NoDepth {
				checkSent(t, k, depth, virtual.Depth)
			}
			if m.formats.Video != conformance.NoVideo {
				checkSent(t, k, video, virtual.Video)
			}
			if k.Sending(virtual.Depth) != virtual.Off || k.Sending(virtual.Video) != virtual.Off {
				t.Error("libfreenect stopped both streams and left; one is still sent")
			}
		})
	}
}

// checkSent wants raw frames to be the random ones that the log says were sent at
// their time, all but the first, which may be the one that began in its middle.
func checkSent(t *testing.T, k *virtual.Kinect, frames []conformance.Frame, s virtual.Stream) {
	t.Helper()
	log, err := k.Frames(s)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i, f := range frames {
		at := slices.IndexFunc(log, func(e virtual.Event) bool { return e.Part == "whole" && e.Clock == f.Clock })
		if at < 0 {
			if i > 0 {
				t.Errorf("%v frame %d has clock %d, which was not sent", s, i, f.Clock)
			}
			continue
		}
		if !bytes.Equal(f.Pixels, virtual.RandomFrame(k.Seed(), log[at].Mode, log[at].Source)) {
			t.Errorf("%v frame %d is not the one that was sent, %v %d", s, i, log[at].Mode, log[at].Source)
		}
		same++
	}
	if same < len(frames)-1 || same < 2 {
		t.Errorf("only %d of %d %v frames are as sent", same, len(frames), s)
	}
}
