package framing_test

import (
	"image"
	"image/color"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/framing"
)

// checkered is a scene in whose room a checkerboard hangs.
func checkered(s *kinect.Scene) *kinect.Scene {
	for y := range kinect.Height {
		for x := range kinect.Width {
			if !s.People[0].Mask.At(x, y) {
				s.Frame.Colour.Y[s.Frame.Colour.YOffset(x, y)] = uint8(16 + 219*((x/20+y/20)%2))
			}
		}
	}
	return s
}

// TestBlurHidesTheRoom: squares of 20 pixels, black and white, are one grey; the
// player is sharp, and no glow of theirs surrounds them.
func TestBlurHidesTheRoom(t *testing.T) {
	body := image.Rect(240, 120, 400, 480)
	s := checkered(shape([3]uint8{235, 60, 200}, [3]uint8{}, body))
	p := framing.NewFramer(framing.Options{Background: framing.Blur}).Render(s)
	lo, hi := uint8(255), uint8(0)
	for y := range kinect.Height {
		for x := range kinect.Width {
			if v := p.Y[p.YOffset(x, y)]; !image.Pt(x, y).In(body.Inset(-8)) {
				lo, hi = min(lo, v), max(hi, v)
			} else if image.Pt(x, y).In(body.Inset(8)) && v != 235 {
				t.Fatalf("the player is %d at %d,%d", v, x, y)
			}
		}
	}
	t.Logf("a checkerboard of 16 and 235 became %d to %d", lo, hi)
	if hi-lo > 22 {
		t.Errorf("the room shows: %d to %d", lo, hi)
	}
}

// TestBystandersBlur: who does not play is part of the room.
func TestBystandersBlur(t *testing.T) {
	s := shape([3]uint8{200, 90, 90}, [3]uint8{40, 128, 128}, image.Rect(100, 100, 220, 480))
	other := shape([3]uint8{}, [3]uint8{}, image.Rect(450, 200, 510, 440)).People[0]
	other.ID, other.Activity = 2, kinect.Passing
	s.People = append(s.People, other)
	for y := 200; y < 440; y++ {
		for x := 450; x < 510; x++ {
			s.Frame.Colour.Y[s.Frame.Colour.YOffset(x, y)] = uint8(40 + 195*(y/8%2))
		}
	}
	p := framing.NewFramer(framing.Options{Background: framing.Blur}).Render(s)
	for y := 260; y < 380; y += 8 {
		a, b := p.Y[p.YOffset(480, y)], p.Y[p.YOffset(480, y+8)]
		if a-b > 6 && b-a > 6 {
			t.Fatalf("stripes of the passer-by are left: %d and %d", a, b)
		}
	}
}

// TestKeepIsTheRoom: the camera's pixels, cropped.
func TestKeepIsTheRoom(t *testing.T) {
	s := shape([3]uint8{200, 90, 90}, [3]uint8{77, 111, 122}, image.Rect(260, 150, 380, 400))
	f := framing.NewFramer(framing.Options{Background: framing.Keep})
	var p *image.YCbCr
	for range 50 {
		p = f.Render(s)
	}
	count := 0
	for _, v := range p.Y {
		if v == 200 {
			count++
		} else if v != 77 && v < 70 {
			t.Fatalf("luma %d comes from nowhere", v)
		}
	}
	if was := 120 * 250; count < was*5/4 {
		t.Errorf("after the crop the player has %d pixels, %d before", count, was)
	}
}

// TestReplace fills the picture with the middle of another, whatever its shape.
func TestReplace(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(5, 5, 905, 105))
	for y := 5; y < 105; y++ {
		for x := 5; x < 905; x++ {
			wide.Set(x, y, color.NRGBA{200, 40, 40, 255})
			if x < 300 || x > 600 {
				wide.Set(x, y, color.NRGBA{0, 0, 255, 255}) // beside the middle
			}
		}
	}
	p := framing.NewFramer(framing.Options{Background: framing.Replace, Picture: wide}).Render(nil)
	y, cb, cr := color.RGBToYCbCr(200, 40, 40)
	want := [3]int{16 + int(y)*219/255, 128 + (int(cb)-128)*224/255, 128 + (int(cr)-128)*224/255}
	for _, at := range []image.Point{{1, 1}, {320, 240}, {638, 478}} {
		got := [3]int{int(p.Y[p.YOffset(at.X, at.Y)]), int(p.Cb[p.COffset(at.X, at.Y)]), int(p.Cr[p.COffset(at.X, at.Y)])}
		for i := range got {
			if d := got[i] - want[i]; d > 2 || d < -2 {
				t.Fatalf("%v is %v, want about %v", at, got, want)
			}
		}
	}
	plain := framing.NewFramer(framing.Options{}).Render(nil)
	if !same(framing.NewFramer(framing.Options{Background: framing.Replace}).Render(nil), plain) {
		t.Error("without a picture the background is not the corridor")
	}
}

// TestSilhouetteHidesTheRoom, whatever background is asked for.
func TestSilhouetteHidesTheRoom(t *testing.T) {
	for _, b := range []framing.Background{framing.Keep, framing.Blur} {
		s := shape([3]uint8{200, 90, 90}, [3]uint8{40, 128, 128}, shapes...)
		a := framing.NewFramer(framing.Options{Share: framing.Silhouette, Background: b}).Render(s)
		if !same(a, framing.NewFramer(framing.Options{Share: framing.Silhouette}).Render(s)) {
			t.Errorf("background %d shows behind a silhouette", b)
		}
	}
}

// TestBothPlay: two who play are both in the picture.
func TestBothPlay(t *testing.T) {
	s := shape([3]uint8{200, 90, 90}, [3]uint8{40, 128, 128}, image.Rect(100, 100, 200, 480))
	two := shape([3]uint8{}, [3]uint8{}, image.Rect(400, 100, 500, 480)).People[0]
	two.ID = 2
	s.People = append(s.People, two)
	a := framing.Unkey(framing.NewFramer(framing.Options{Background: framing.Key}).Render(s))
	for _, x := range []int{150, 450} {
		if a.A[a.AOffset(x, 300)] != 255 {
			t.Errorf("nobody at %d", x)
		}
	}
	if a.A[a.AOffset(300, 300)] != 0 {
		t.Error("somebody between them")
	}
}

// TestHolesClose: a patch without readings inside a body is the body's; one through
// which the room is seen is not.
func TestHolesClose(t *testing.T) {
	body, hole := image.Rect(240, 100, 400, 440), image.Rect(300, 200, 324, 224)
	for _, c := range []struct {
		reading kinect.Millimetres
		want    uint8
	}{{0, 255}, {2010, 255}, {3500, 0}} {
		s := shape([3]uint8{150, 100, 160}, [3]uint8{60, 140, 110}, body)
		mask := new(kinect.Mask)
		for y := range kinect.Height {
			for x := range kinect.Width {
				switch at := image.Pt(x, y); {
				case at.In(hole):
					s.Frame.Depth[y*kinect.Width+x] = c.reading
					if c.reading == 3500 {
						s.Frame.Colour.Y[s.Frame.Colour.YOffset(x, y)] = 60
						s.Frame.Colour.Cb[s.Frame.Colour.COffset(x, y)], s.Frame.Colour.Cr[s.Frame.Colour.COffset(x, y)] = 140, 110
					}
				case at.In(body):
					mask.Set(x, y)
				}
			}
		}
		s.People[0].Mask = mask
		a := framing.Unkey(framing.NewFramer(framing.Options{Background: framing.Key}).Render(s))
		if got := a.A[a.AOffset(312, 212)]; got != c.want {
			t.Errorf("a hole that reads %d is opaque by %d, want %d", c.reading, got, c.want)
		}
	}
}

// TestOldColour: a picture older than its depth is cut along the body of back then; one
// so old that nobody knows where the body was is not shown.
func TestOldColour(t *testing.T) {
	const tick = kinect.ClockHz / 30
	var made [5]*kinect.Scene
	at := func(i int) *kinect.Scene {
		if made[i] != nil {
			frame := *made[i].Frame
			return &kinect.Scene{Frame: &frame, People: made[i].People}
		}
		s := shape([3]uint8{200, 90, 160}, [3]uint8{60, 140, 110}, image.Rect(100+40*i, 100, 220+40*i, 480))
		s.Frame.Clock = uint32(i * tick)
		made[i] = s
		frame := *s.Frame
		return &kinect.Scene{Frame: &frame, People: s.People}
	}
	for late := range 5 {
		f := framing.NewFramer(framing.Options{Background: framing.Key}) // the view stays whole
		for k := range 4 {
			f.Render(at(k))
		}
		s := at(4)
		s.Frame.Colour, s.Frame.ColourAge = at(4-late).Frame.Colour, time.Duration(late)*time.Second/30
		p := f.Render(s)
		foreign := 0
		for _, y := range p.Y {
			if y > 55 && y < 65 {
				foreign++
			}
		}
		if foreign > 400 {
			t.Errorf("colour %d frames late: %d pixels of the room show", late, foreign)
		}
	}
	s := at(3)
	s.Frame.ColourAge = time.Second
	p, relief := framing.NewFramer(framing.Options{}).Render(s), at(3)
	relief.Frame.Colour = nil
	if !same(p, framing.NewFramer(framing.Options{}).Render(relief)) {
		t.Error("a picture that is a second old is shown")
	}
}

// TestUnkeyIsTheMatte: without a codec between, the opacity comes back, for clothes of
// any colour.
func TestUnkeyIsTheMatte(t *testing.T) {
	body := image.Rect(200, 100, 440, 440)
	for _, c := range [][3]uint8{{145, 54, 34}, {120, 70, 60}, {200, 128, 128}, {90, 200, 200}, {170, 166, 16}, {16, 128, 128}} {
		p := framing.NewFramer(framing.Options{Background: framing.Key}).Render(shape(c, [3]uint8{90, 140, 120}, body))
		a := framing.Unkey(p)
		wrong := 0
		for y := range kinect.Height {
			for x := range kinect.Width {
				in := image.Pt(x, y).In(body)
				if v := a.A[a.AOffset(x, y)]; in && v < 128 || !in && v >= 128 {
					wrong++
				}
			}
		}
		if wrong > 2*(240+340)*2 {
			t.Errorf("of a player in %v %d pixels are on the wrong side", c, wrong)
		}
	}
}
