package usb_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// TestByteExact streams ten seconds of random depth and Bayer frames, and wants
// each of them, whole and in order.
func TestByteExact(t *testing.T) {
	const seconds = 10
	k, _ := plugIn(t)
	k.SetClock(0xffffffff - 3*kinect.ClockHz)
	d := openDevice(t, usb.Options{Queue: 400})

	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	depth, video := collect(t, ctx, d, seconds*30)
	status := d.Status()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	compare(t, k, virtual.Depth, len(depth), func(i int) (uint32, int) { return depth[i].Clock, depth[i].LostPackets },
		func(i int, sent []byte) bool { return slices.Equal(depth[i].Codes, virtual.Depth11Bit.Unpack(sent)) })
	compare(t, k, virtual.Video, len(video), func(i int) (uint32, int) { return video[i].Clock, video[i].LostPackets },
		func(i int, sent []byte) bool { return slices.Equal(video[i].Pixels, sent) })
	for i := 1; i < len(depth); i++ {
		if ticks := depth[i].Clock - depth[i-1].Clock; ticks != 2002155 {
			t.Fatalf("depth frame %d comes %d ticks after the one before; a Kinect's come every 2002155", i, ticks)
		}
	}
	for name, s := range map[string]kinect.StreamStatus{"depth": status.Depth, "video": status.Video} {
		if s.LostPackets != 0 || s.RepairedFrames != 0 || s.DroppedFrames != 0 {
			t.Errorf("%s: %+v; nothing should be lost", name, s)
		}
	}
	pace := func(n int, span time.Duration) float64 { return float64(n-1) / span.Seconds() }
	t.Logf("%.2f depth and %.2f video frames a second by our clock",
		pace(len(depth), depth[len(depth)-1].At.Sub(depth[0].At)), pace(len(video), video[len(video)-1].At.Sub(video[0].At)))
	t.Logf("%d depth, %d video frames; the device's clock stood still for %v (engine late) and %v (host late)",
		len(depth), len(video), k.Paused(), k.Waited())
}

// collect reads until n frames of each stream are there.
func collect(t *testing.T, ctx context.Context, d kinect.Source, n int) (depth []*kinect.DepthFrame, video []*kinect.VideoFrame) {
	t.Helper()
	for len(depth) < n || len(video) < n {
		img, err := d.Next(ctx)
		if err != nil {
			t.Fatalf("after %d depth and %d video frames: %v", len(depth), len(video), err)
		}
		if img.Depth != nil {
			depth = append(depth, img.Depth)
		} else {
			video = append(video, img.Video)
		}
	}
	return depth, video
}

// compare matches n received frames with the device's log: they must be the first n
// whole frames it sent, one for one.
func compare(t *testing.T, k *virtual.Kinect, s virtual.Stream, n int, meta func(int) (uint32, int), same func(int, []byte) bool) {
	t.Helper()
	log, err := k.Frames(s)
	if err != nil {
		t.Fatal(err)
	}
	log = slices.DeleteFunc(log, func(e virtual.Event) bool { return e.Part != "whole" })
	if len(log) < n {
		t.Fatalf("%s: %d frames came, the device says it sent %d", s, n, len(log))
	}
	for i := range n {
		if log[i].Harmed() != 0 {
			t.Fatalf("%s frame %d did not leave the device whole: %+v", s, i, log[i])
		}
		clock, lost := meta(i)
		if clock != log[i].Clock || lost != 0 {
			t.Fatalf("%s frame %d has clock %d and lost %d packets; sent was %+v", s, i, clock, lost, log[i])
		}
		if !same(i, virtual.RandomFrame(k.Seed(), log[i].Mode, log[i].Source)) {
			t.Fatalf("%s frame %d differs from source frame %d", s, i, log[i].Source)
		}
	}
}

// TestChosenFrames streams frames that the test made: a loop of three, then
// whatever is fed.
func TestChosenFrames(t *testing.T) {
	k, _ := plugIn(t)
	flat := func(code uint16) []byte {
		codes := make([]uint16, kinect.Width*kinect.Height)
		for i := range codes {
			codes[i] = code
		}
		return virtual.Depth11Bit.Pack(codes)
	}
	grey := func(v byte) []byte { return bytes.Repeat([]byte{v}, kinect.Width*kinect.Height) }
	if err := k.Loop(virtual.Depth11Bit, [][]byte{flat(600), flat(700), flat(800)}); err != nil {
		t.Fatal(err)
	}
	if err := k.Loop(virtual.Bayer, [][]byte{grey(1)}); err != nil {
		t.Fatal(err)
	}
	d := openDevice(t, usb.Options{Queue: 100})
	for i := range uint16(7) {
		if f := nextDepth(t, d); f.LostPackets == 0 && f.Codes[1234] != 600+100*(i%3) {
			t.Fatalf("frame %d is of code %d", i, f.Codes[1234])
		}
	}
	for _, code := range []uint16{1000, 1001} {
		if err := k.Feed(virtual.Depth11Bit, flat(code)); err != nil {
			t.Fatal(err)
		}
		if err := k.Feed(virtual.Bayer, grey(byte(code))); err != nil {
			t.Fatal(err)
		}
		seen := func(img kinect.Image) bool {
			return img.Depth != nil && img.Depth.Codes[1234] == code || img.Video != nil && img.Video.Pixels[99] == byte(code)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		for found := 0; found < 4; { // depth and video, more than once
			img, err := d.Next(ctx)
			if err != nil {
				t.Fatalf("code %d never came: %v", code, err)
			}
			if seen(img) {
				found++
			}
		}
		cancel()
	}
	if err := k.Loop(virtual.Depth11Bit, [][]byte{{1, 2, 3}}); err == nil {
		t.Error("a frame of three bytes was accepted")
	}
}
