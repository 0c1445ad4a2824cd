package sourcetest

import (
	"image"
	"testing"
	"time"

	"cutout/kinect"
)

func TestEqual(t *testing.T) {
	depth := func(change func(*kinect.DepthFrame)) kinect.Image {
		d := &kinect.DepthFrame{Codes: []uint16{1, 2}, Clock: 3, At: time.Unix(4, 0)}
		change(d)
		return kinect.Image{Depth: d}
	}
	video := func(change func(*kinect.VideoFrame)) kinect.Image {
		v := &kinect.VideoFrame{Format: kinect.YCbCr, Width: 2, Height: 2, Clock: 3,
			Picture: image.NewYCbCr(image.Rect(0, 0, 2, 2), image.YCbCrSubsampleRatio420), Pixels: []byte{1}, Intensity: []uint16{1}}
		change(v)
		return kinect.Image{Video: v}
	}
	plain, picture := depth(func(*kinect.DepthFrame) {}), video(func(*kinect.VideoFrame) {})
	for what, same := range map[string][2]kinect.Image{
		"depth at another time": {plain, depth(func(d *kinect.DepthFrame) { d.At = time.Unix(9, 0) })},
		"video at another time": {picture, video(func(v *kinect.VideoFrame) { v.At = time.Unix(9, 0) })},
	} {
		if !Equal(same[0], same[1]) {
			t.Errorf("%s is not the same", what)
		}
	}
	for what, other := range map[string]kinect.Image{
		"code": depth(func(d *kinect.DepthFrame) { d.Codes[1]++ }), "clock": depth(func(d *kinect.DepthFrame) { d.Clock++ }),
		"mode":         depth(func(d *kinect.DepthFrame) { d.Mode++ }),
		"registration": depth(func(d *kinect.DepthFrame) { d.Registered = true }),
		"loss":         depth(func(d *kinect.DepthFrame) { d.Quality.LostPackets++ }),
		"lost row":     depth(func(d *kinect.DepthFrame) { d.Quality.Lost = []kinect.Rows{{From: 1, To: 2}} }),
		"stream":       picture,
	} {
		if Equal(plain, other) {
			t.Errorf("depth is the same with another %s", what)
		}
	}
	for what, other := range map[string]kinect.Image{
		"format": video(func(v *kinect.VideoFrame) { v.Format++ }), "width": video(func(v *kinect.VideoFrame) { v.Width++ }),
		"height": video(func(v *kinect.VideoFrame) { v.Height++ }), "pixel": video(func(v *kinect.VideoFrame) { v.Pixels[0]++ }),
		"intensity": video(func(v *kinect.VideoFrame) { v.Intensity[0]++ }), "luma": video(func(v *kinect.VideoFrame) { v.Picture.Y[0]++ }),
		"colour": video(func(v *kinect.VideoFrame) { v.Picture.Cr[0]++ }), "no picture": video(func(v *kinect.VideoFrame) { v.Picture = nil }),
	} {
		if Equal(picture, other) || Equal(other, picture) {
			t.Errorf("video is the same with another %s", what)
		}
	}
}

func TestCheckLeaks(t *testing.T) {
	if code := CheckLeaks(3); code != 3 {
		t.Errorf("without a leak 3 became %d", code)
	}
	end := make(chan struct{})
	defer close(end)
	go func() { <-end }()
	for code, want := range map[int]int{0: 1, 2: 2} {
		if got := CheckLeaks(code); got != want {
			t.Errorf("with a leak %d became %d", code, got)
		}
	}
}
