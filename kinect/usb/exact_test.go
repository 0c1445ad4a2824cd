package usb_test

import (
	"bytes"
	"context"
	"testing"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

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
