package kinect_test

import (
	"context"
	"errors"
	"image"
	"io"
	"testing"
	"time"

	"cutout/kinect"
)

// A script is a Source of given images.
type script struct {
	kinect.Source
	images []kinect.Image
	err    error
}

func (s *script) Calibration() kinect.Calibration { return kinect.DefaultCalibration() }

func (s *script) Next(context.Context) (kinect.Image, error) {
	if len(s.images) == 0 {
		return kinect.Image{}, s.err
	}
	img := s.images[0]
	s.images = s.images[1:]
	return img, nil
}

// A marker is a Developer whose results say what they were made of.
type marker struct{ registered bool }

func (m marker) Calibrate(kinect.Calibration) {}

func (m marker) Depth(d *kinect.DepthFrame) ([]kinect.Millimetres, bool) {
	return []kinect.Millimetres{kinect.Millimetres(d.Codes[0])}, m.registered
}

func (m marker) Colour(v *kinect.VideoFrame) *image.YCbCr {
	return &image.YCbCr{Y: v.Pixels, Rect: image.Rect(0, 0, kinect.Width, kinect.Height)}
}

func depth(code uint16, clock uint32) kinect.Image {
	return kinect.Image{Depth: &kinect.DepthFrame{Codes: []uint16{code}, Clock: clock, At: time.Unix(int64(code), 0), Quality: kinect.Quality{LostPackets: int(code)}}}
}

func video(v byte, clock uint32) kinect.Image {
	return kinect.Image{Video: &kinect.VideoFrame{Pixels: []byte{v}, Clock: clock}}
}

func TestFramesPair(t *testing.T) {
	const ms = kinect.ClockHz / 1000
	src := &script{err: io.EOF, images: []kinect.Image{
		depth(1, 100*ms), video(7, 110*ms), depth(2, 133*ms), depth(3, 166*ms), video(8, 177*ms), video(9, 210*ms), depth(4, 200*ms),
	}}
	frames := kinect.NewFrames(src, marker{registered: true})
	var last *kinect.Frame
	for i, want := range []struct {
		colour byte
		age    time.Duration
	}{{}, {7, 23 * time.Millisecond}, {7, 56 * time.Millisecond}, {9, -10 * time.Millisecond}} {
		f, err := frames.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		n := i + 1
		if f.Seq != uint64(n) || f.Depth[0] != kinect.Millimetres(n) || f.LostPackets != n || !f.At.Equal(time.Unix(int64(n), 0)) || !f.Registered {
			t.Errorf("frame %d is %+v", n, f)
		}
		switch {
		case want.colour == 0 && f.Colour != nil:
			t.Errorf("frame %d has colour before the first picture", n)
		case want.colour != 0 && (f.Colour == nil || f.Colour.Y[0] != want.colour || f.ColourAge != want.age):
			t.Errorf("frame %d has colour %v of age %v, want %d of %v", n, f.Colour, f.ColourAge, want.colour, want.age)
		}
		if last != nil && last.Seq != f.Seq-1 {
			t.Errorf("frame %d changed its number to %d", n-1, last.Seq)
		}
		last = f
	}
	if _, err := frames.Next(context.Background()); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestFramesClockWraps pairs frames on both sides of the clock's end.
func TestFramesClockWraps(t *testing.T) {
	for _, c := range []struct {
		colour, depth uint32
		age           time.Duration
	}{
		{1<<32 - 60_000, 60_000, 2 * time.Millisecond},
		{60_000, 1<<32 - 60_000, -2 * time.Millisecond},
		{0, 1<<31 - 1, 35_791_394_116 * time.Nanosecond},
		{5, 5, 0},
	} {
		src := &script{images: []kinect.Image{video(1, c.colour), depth(1, c.depth)}}
		f, err := kinect.NewFrames(src, marker{}).Next(context.Background())
		if err != nil || f.ColourAge != c.age || f.Registered {
			t.Errorf("colour at %d and depth at %d: age %v, registered %v, %v; want %v", c.colour, c.depth, f.ColourAge, f.Registered, err, c.age)
		}
	}
}

func TestFramesError(t *testing.T) {
	broken := errors.New("broken")
	src := &script{images: []kinect.Image{video(1, 1)}, err: broken}
	if f, err := kinect.NewFrames(src, marker{}).Next(context.Background()); !errors.Is(err, broken) || f != nil {
		t.Errorf("%v, %v", f, err)
	}
}

// TestFramesOnOtherPictures: depth that was registered does not lie on infrared, nor on a
// picture of another size.
func TestFramesOnOtherPictures(t *testing.T) {
	for _, c := range []struct {
		v    kinect.VideoFrame
		want bool
	}{
		{kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height}, true},
		{kinect.VideoFrame{Format: kinect.UYVY, Width: kinect.Width, Height: kinect.Height}, true},
		{kinect.VideoFrame{Format: kinect.Infrared, Width: kinect.Width, Height: kinect.Height}, false},
		{kinect.VideoFrame{Format: kinect.BayerGRBG, Width: 1280, Height: 1024}, false},
	} {
		src := &script{images: []kinect.Image{{Video: &c.v}, depth(1, 1)}}
		f, err := kinect.NewFrames(src, sized{marker{registered: true}}).Next(context.Background())
		if err != nil || f.Registered != c.want || f.Colour == nil {
			t.Errorf("format %d of %d x %d: registered %v, %v", c.v.Format, c.v.Width, c.v.Height, f.Registered, err)
		}
	}
}

// sized makes pictures of the frame's size.
type sized struct{ marker }

func (sized) Colour(v *kinect.VideoFrame) *image.YCbCr {
	return &image.YCbCr{Rect: image.Rect(0, 0, v.Width, v.Height)}
}

// A follower keeps the calibrations it was given.
type follower struct {
	marker
	given *[]kinect.Calibration
}

func (f follower) Calibrate(c kinect.Calibration) { *f.given = append(*f.given, c) }

type calibrated struct {
	script
	now kinect.Calibration
}

func (c *calibrated) Calibration() kinect.Calibration { return c.now }

// TestFramesFollowCalibration: a calibration that becomes known, or changes, is used from
// the next frame on.
func TestFramesFollowCalibration(t *testing.T) {
	src := &calibrated{script: script{images: []kinect.Image{depth(1, 1), depth(2, 2)}}, now: kinect.DefaultCalibration()}
	var given []kinect.Calibration
	frames := kinect.NewFrames(src, follower{given: &given})
	for _, shift := range []int{200, 150} {
		src.now.ConstShift = shift
		if _, err := frames.Next(context.Background()); err != nil || given[len(given)-1].ConstShift != shift {
			t.Errorf("shift %d: given %+v, %v", shift, given, err)
		}
	}
}
