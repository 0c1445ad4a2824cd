package viewer

import (
	"image"
	"testing"
	"time"

	"cutout/kinect"
)

const pixels = kinect.Width * kinect.Height

// wall is a picture of depth with one distance everywhere.
func wall(mm kinect.Millimetres) []kinect.Millimetres {
	d := make([]kinect.Millimetres, pixels)
	for i := range d {
		d[i] = mm
	}
	return d
}

func at(pix []byte, x, y int) [3]byte {
	return [3]byte(pix[4*(y*kinect.Width+x):])
}

func TestPalette(t *testing.T) {
	p := newPalette()
	if p.at(0) != nothing || p.at(65535) != p.at(10_000) {
		t.Errorf("no reading is %v, beyond the end %v", p.at(0), p.at(65535))
	}
	distance := func(a, b [3]byte) int {
		sum := 0
		for i := range a {
			d := int(a[i]) - int(b[i])
			sum += d * d
		}
		return sum
	}
	// A quarter further is another colour, everywhere that matters.
	for mm := kinect.Millimetres(600); mm < 6000; mm = mm * 5 / 4 {
		if distance(p.at(mm), p.at(mm*5/4)) < 900 || distance(p.at(mm), nothing) < 900 {
			t.Errorf("%d mm is %v, %d mm %v", mm, p.at(mm), mm*5/4, p.at(mm*5/4))
		}
	}
}

func TestDepthIsPainted(t *testing.T) {
	p := newPalette()
	mm, pix := wall(2000), make([]byte, 4*pixels)
	for y := 100; y < 104; y++ {
		for x := range kinect.Width {
			mm[y*kinect.Width+x] = 0
		}
	}
	for y := 200; y < 300; y++ { // a step towards us
		for x := 200; x < 300; x++ {
			mm[y*kinect.Width+x] = 1500
		}
	}
	p.depth(pix, mm, []kinect.Rows{{From: 100, To: 104}})
	if got := at(pix, 50, 50); got != p.at(2000) {
		t.Errorf("a flat wall is %v, want its plain colour %v", got, p.at(2000))
	}
	marked := 0
	for x := range kinect.Width {
		if at(pix, x, 102) == lost {
			marked++
		}
	}
	if marked < kinect.Width/3 {
		t.Errorf("only %d pixels of a lost row are marked", marked)
	}
	left, right := at(pix, 200, 250), at(pix, 300, 250)
	if sum(left) <= sum(p.at(1500)) || sum(right) >= sum(p.at(2000)) {
		t.Errorf("a step has edges %v and %v, want one brighter and one darker than its sides", left, right)
	}
	if pix[3] != 255 {
		t.Error("the picture is not opaque")
	}
}

func sum(c [3]byte) int { return int(c[0]) + int(c[1]) + int(c[2]) }

// flat is a 4:2:0 picture of one colour.
func flat(w, h int, y, cb, cr byte) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = y
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = cb, cr
	}
	return m
}

// TestColourIsPainted compares with the corners of BT.601, limited range.
func TestColourIsPainted(t *testing.T) {
	for _, c := range []struct {
		y, cb, cr byte
		want      [3]byte
	}{
		{16, 128, 128, [3]byte{0, 0, 0}},
		{235, 128, 128, [3]byte{255, 255, 255}},
		{81, 90, 240, [3]byte{255, 0, 0}},
		{145, 54, 34, [3]byte{0, 255, 0}},
		{41, 240, 110, [3]byte{0, 0, 255}},
	} {
		pix := make([]byte, 4*pixels)
		colour(pix, flat(kinect.Width, kinect.Height, c.y, c.cb, c.cr))
		got := at(pix, 320, 240)
		for i := range got {
			if d := int(got[i]) - int(c.want[i]); d < -3 || d > 3 {
				t.Errorf("Y %d Cb %d Cr %d is %v, want %v", c.y, c.cb, c.cr, got, c.want)
			}
		}
	}
}

func TestOverlayKeepsPictureAndDistance(t *testing.T) {
	p, mm := newPalette(), wall(900)
	mm[0] = 0
	dark, bright := make([]byte, 4*pixels), make([]byte, 4*pixels)
	p.overlay(dark, mm, flat(kinect.Width, kinect.Height, 40, 128, 128))
	p.overlay(bright, mm, flat(kinect.Width, kinect.Height, 200, 128, 128))
	if sum(at(dark, 9, 9)) >= sum(at(bright, 9, 9)) {
		t.Error("the picture's light does not show")
	}
	if c := at(bright, 9, 9); c[0] <= c[2] {
		t.Errorf("900 mm is %v over a bright picture", c)
	}
	if c := at(bright, 0, 0); c[0] != c[1] || c[1] != c[2] {
		t.Errorf("a pixel without reading is %v, want grey", c)
	}
}

func TestInfraredIsPainted(t *testing.T) {
	c := newCurve()
	pix := make([]byte, 16)
	c.infrared(pix, []uint16{0, 256, 1023, 5000})
	if pix[0] != 0 || pix[4] != 128 || pix[8] != 255 || pix[12] != 255 {
		t.Errorf("0, 256, 1023 and too much are %d, %d, %d, %d", pix[0], pix[4], pix[8], pix[12])
	}
}

// TestPointText: what the pointer says.
func TestPointText(t *testing.T) {
	source := &still{}
	p := newPicture(kinect.Width, kinect.Height, time.Now())
	if title, _ := pointText(p, source, 1, 1); title != "no distance here" {
		t.Errorf("without depth it says %q", title)
	}
	p.mm = wall(2000)
	p.mm[5] = 0
	title, detail := pointText(p, source, 320, 240)
	if title != "2000 mm" || detail != "x +0.00  y +0.00  z 2.00 m   pixel 320, 240" {
		t.Errorf("it says %q, %q", title, detail)
	}
	if title, _ = pointText(p, source, 5, 0); title != "no reading" {
		t.Errorf("without reading it says %q", title)
	}
	// Twice the focal length away, a pixel is two metres per 575.8.
	if _, detail = pointText(p, source, 320+288, 240); detail[:7] != "x +1.00" {
		t.Errorf("half a focal length to the side it says %q", detail)
	}
	tall := newPicture(640, 488, time.Now())
	tall.mm = wall(2000)
	if title, _ = pointText(tall, source, 10, 485); title != "no distance here" {
		t.Errorf("below the grid of depth it says %q", title)
	}
	large := newPicture(1280, 1024, time.Now())
	large.mm = wall(2000)
	if title, _ = pointText(large, source, 1279, 1023); title != "2000 mm" {
		t.Errorf("in the corner of a large picture it says %q", title)
	}
}
