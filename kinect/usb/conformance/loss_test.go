package conformance_test

import (
	"context"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// near and far are the codes of the two frames that a lossy Kinect sends in turn.
const near, far = 600, 900

// lossy makes a Kinect send a near wall and a far one in turn, and lose one depth
// packet in five hundred.
func lossy(t *testing.T, k *virtual.Kinect) {
	t.Helper()
	var walls [2][]byte
	for i, code := range []uint16{near, far} {
		codes := make([]uint16, kinect.Width*kinect.Height)
		for j := range codes {
			codes[j] = code
		}
		walls[i] = virtual.Depth11Bit.Pack(codes)
	}
	if err := k.Loop(virtual.Depth11Bit, walls[:]); err != nil {
		t.Fatal(err)
	}
	k.FaultRate(virtual.Depth, virtual.Drop, 0.002)
}

// mixed counts the pixels of a frame that are of the other wall than most, and those
// without a reading.
func mixed(codes []uint16) (other, none int) {
	nears, fars := 0, 0
	for _, c := range codes {
		switch c {
		case near:
			nears++
		case far:
			fars++
		case kinect.NoDisparity:
			none++
		}
	}
	return min(nears, fars), none
}

// TestStalePixels: where packets are lost, libfreenect hands out the pixels of an
// older frame as if they were new, and says nothing. Ours have no reading there, and
// the frame says which rows.
func TestStalePixels(t *testing.T) {
	const frames = 60
	c, bus := consumer(t)
	lossy(t, bus.Kinects[0])
	depth, _ := take(t, c, bus, conformance.Formats{Depth: conformance.Depth11Bit, Video: conformance.NoVideo}, frames)
	stale := 0
	for _, f := range depth[1:] { // the first may be the one that began in its middle
		if other, none := mixed(words(f.Pixels)); other > 0 && none == 0 {
			stale++
		}
	}
	if stale == 0 {
		t.Errorf("none of libfreenect's %d frames has stale pixels; some should", frames)
	}
	t.Logf("%d of libfreenect's %d frames have pixels of the frame before", stale, frames)
	marked := ourLoss(t, frames)
	t.Logf("none of our %d has; %d have rows marked as lost", frames, marked)
}

// ourLoss receives frames with losses, wants each to be honest, and counts the marked.
func ourLoss(t *testing.T, frames int) (marked int) {
	t.Helper()
	bus, err := virtual.Attach()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	bus.Reset()
	k := bus.Kinects[0]
	k.SetPatience(10 * time.Second)
	lossy(t, k)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := usb.Open(ctx, usb.Options{Video: kinect.VideoOff, Queue: 2 * frames})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for n := 0; n < frames; {
		img, err := d.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if img.Depth == nil {
			continue
		}
		n++
		f := img.Depth
		other, none := mixed(f.Codes)
		if other > 0 {
			t.Errorf("frame %d has %d pixels of another", n, other)
		}
		if none > 0 != (f.LostPackets > 0) || none > 0 && !inLostRows(f) {
			t.Errorf("frame %d has %d pixels without a reading and says %+v", n, none, f.Quality)
		}
		if f.LostPackets > 0 {
			marked++
		}
	}
	if marked == 0 {
		t.Errorf("none of our %d frames lost a packet; some should", frames)
	}
	return marked
}

// inLostRows says that all pixels of a frame without a reading are in rows it says are lost.
func inLostRows(f *kinect.DepthFrame) bool {
	lost := make([]bool, kinect.Height)
	for _, r := range f.Lost {
		for y := r.From; y < r.To; y++ {
			lost[y] = true
		}
	}
	for i, c := range f.Codes {
		if c == kinect.NoDisparity && !lost[i/kinect.Width] {
			return false
		}
	}
	return true
}
