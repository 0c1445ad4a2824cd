package framing_test

import (
	"image"
	"testing"

	"cutout/kinect"
	"cutout/kinect/framing"
)

// strange is a picture that no camera of ours makes: too small, of another
// subsampling, with its corner at an odd place, or with planes that are too short.
func strange(p *image.YCbCr, how int) *image.YCbCr {
	all := image.Rect(0, 0, kinect.Width, kinect.Height)
	switch how {
	case 0:
		return image.NewYCbCr(image.Rect(0, 0, kinect.Width/2, kinect.Height/2), image.YCbCrSubsampleRatio420)
	case 1:
		return image.NewYCbCr(all, image.YCbCrSubsampleRatio444)
	case 2:
		return image.NewYCbCr(all.Add(image.Pt(1, 1)), image.YCbCrSubsampleRatio420)
	}
	short := *p
	short.Cr = short.Cr[:len(short.Cr)/2]
	return &short
}

// crowd is six players from edge to edge, the outermost cut off by it.
func crowd() []kinect.Person {
	var out []kinect.Person
	for i := range 6 {
		at := image.Rect(116*i, 40+20*i, 116*i+60, kinect.Height).Intersect(image.Rect(0, 0, kinect.Width, kinect.Height))
		p := shape([3]uint8{}, [3]uint8{}, at).People[0]
		p.ID = 10 + i
		out = append(out, p)
	}
	return out
}

// TestStrangePictures: what is no camera's picture is not shown; the body is shown as
// if there were none.
func TestStrangePictures(t *testing.T) {
	bare := shape([3]uint8{200, 90, 160}, [3]uint8{60, 140, 110}, shapes...)
	full := bare.Frame.Colour
	bare.Frame.Colour = nil
	for _, o := range []framing.Options{{Background: framing.Key}, {Background: framing.Keep}, {Background: framing.Key, Share: framing.Camera}} {
		want := framing.NewFramer(o).Render(bare)
		for how := range 4 {
			frame := *bare.Frame
			frame.Colour = strange(full, how)
			if !same(framing.NewFramer(o).Render(&kinect.Scene{Frame: &frame, People: bare.People}), want) {
				t.Errorf("%+v: strange picture %d shows", o, how)
			}
		}
		frame := *bare.Frame
		frame.Depth = frame.Depth[:pixels/2] // neither colour nor depth: the silhouette, or nothing
		p := framing.NewFramer(o).Render(&kinect.Scene{Frame: &frame, People: bare.People})
		silhouette := o.Share == framing.Cutout && o.Background == framing.Key
		if same(p, framing.NewFramer(o).Render(nil)) == silhouette {
			t.Errorf("%+v: without colour and depth the picture is wrong", o)
		}
	}
}

// TestCrowd: six players are all in the picture, those at its edges up to the last
// column and row.
func TestCrowd(t *testing.T) {
	s := shape([3]uint8{180, 100, 160}, [3]uint8{180, 100, 160})
	s.People = crowd()
	f := framing.NewFramer(framing.Options{Background: framing.Key})
	a := framing.Unkey(f.Render(s))
	for i := range 6 {
		if x := min(116*i+30, kinect.Width-5); a.A[a.AOffset(x, 300)] != 255 {
			t.Errorf("player %d is not there", i)
		}
	}
	for _, at := range []image.Point{{0, 300}, {639, 479}, {30, 479}} {
		if a.A[a.AOffset(at.X, at.Y)] != 255 {
			t.Errorf("a player at %v is cut off", at)
		}
	}
	if between := a.A[a.AOffset(88, 300)]; between != 0 {
		t.Errorf("between two players the picture is opaque by %d", between)
	}
	s.People = nil
	if !same(f.Render(s), f.Render(nil)) {
		t.Error("the crowd stays though gone")
	}
}
