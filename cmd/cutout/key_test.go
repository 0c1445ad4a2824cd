package main

import (
	"image"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/netvideo/codec/vp8"
)

// TestKeySurvivesTheCodec sends players before the key's colour through VP8, and
// compares what Unkey finds with where they were: intersection over union, at bit
// rates down to a fifth of the usual.
func TestKeySurvivesTheCodec(t *testing.T) {
	room := puppet.NewRoom(2)
	for _, kbps := range []int{150, 300, 700} {
		var worst, sum float64 = 1, 0
		n := 0
		for look := range uint64(3) {
			encoder, err := vp8.NewEncoder(vp8.EncoderOptions{Width: kinect.Width, Height: kinect.Height, FPS: 30, Kbps: kbps})
			if err != nil {
				t.Fatal(err)
			}
			decoder, err := vp8.NewDecoder(vp8.DecoderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			framer := framing.NewFramer(framing.Options{Background: framing.Key})
			for i := range 20 {
				pose := kinect.Pose{LeftShoulder: int16(40 + 4*i), RightShoulder: int16(90 - 2*i), RightElbow: -60, LeftHip: 15, RightHip: 15}
				s := puppet.Render(puppet.Figure{Pose: pose, Height: 1700, Distance: 2600, Look: puppet.NewLook(look)}, room, uint64(i))
				sent := framer.Render(&kinect.Scene{
					Frame:  &kinect.Frame{Colour: s.Picture, Registered: true},
					People: []kinect.Person{{ID: 1, Activity: kinect.Playing, Mask: s.Truth, Box: image.Rect(0, 0, kinect.Width, kinect.Height)}},
				})
				packet, err := encoder.Encode(sent, time.Duration(i)*time.Second/30)
				if err != nil {
					t.Fatal(err)
				}
				if len(packet.Data) == 0 {
					continue
				}
				got, err := decoder.Decode(packet.Data)
				if err != nil {
					t.Fatal(err)
				}
				iou := overlap(framing.Unkey(got), s.Truth)
				worst, sum, n = min(worst, iou), sum+iou, n+1
			}
			_, _ = encoder.Close(), decoder.Close()
		}
		t.Logf("%d kbit/s: IoU %.3f in the mean of %d pictures, %.3f at worst", kbps, sum/float64(n), n, worst)
		if sum/float64(n) < 0.95 || worst < 0.9 {
			t.Errorf("%d kbit/s: IoU %.3f in the mean, %.3f at worst", kbps, sum/float64(n), worst)
		}
	}
}

// overlap is the intersection over the union of a mask and what is mostly opaque.
func overlap(p *image.NYCbCrA, m *kinect.Mask) float64 {
	both, either := 0, 0
	for y := range kinect.Height {
		for x := range kinect.Width {
			a, b := p.A[p.AOffset(x, y)] >= 128, m.At(x, y)
			if a && b {
				both++
			}
			if a || b {
				either++
			}
		}
	}
	return float64(both) / float64(max(1, either))
}
