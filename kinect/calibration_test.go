package kinect_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"cutout/kinect"
)

// TestPlaceAndBack: a pixel with its distance is a place, and that place is the pixel.
func TestPlaceAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := kinect.DefaultCalibration()
		c.ZeroPlane.ReferencePixel *= rapid.Float32Range(0.8, 1.2).Draw(t, "pixel")
		x, y := rapid.Float64Range(-10, 650).Draw(t, "x"), rapid.Float64Range(-10, 490).Draw(t, "y")
		mm := kinect.Millimetres(rapid.Uint16Range(1, math.MaxUint16).Draw(t, "mm"))
		bx, by, bmm, ok := c.Pixel(c.Place(x, y, mm))
		if !ok || bmm != mm || math.Abs(bx-x) > 1e-9 || math.Abs(by-y) > 1e-9 {
			t.Fatalf("(%g, %g) at %d mm came back as (%g, %g) at %d mm, %v", x, y, mm, bx, by, bmm, ok)
		}
	})
}

// TestPlaceAsLibfreenect compares with the formula of freenect_camera_to_world: twice the
// reference pixel times the distance over the reference distance, in the units that
// the device gives them in.
func TestPlaceAsLibfreenect(t *testing.T) {
	c := kinect.DefaultCalibration()
	for _, p := range [][2]int{{0, 0}, {639, 479}, {320, 240}, {100, 300}, {500, 20}} {
		for _, mm := range []kinect.Millimetres{500, 1193, 4000, 9757} {
			factor := 2 * float64(c.ZeroPlane.ReferencePixel) * float64(mm) / float64(c.ZeroPlane.ReferenceDistance)
			got := c.Place(float64(p[0]), float64(p[1]), mm)
			for axis, d := range map[string]float64{
				"x": got.X*1000 - float64(p[0]-320)*factor, "y": got.Y*1000 - float64(p[1]-240)*factor, "z": got.Z*1000 - float64(mm),
			} {
				if math.Abs(d) > 1e-6 {
					t.Errorf("%v at %d mm: %s is off by %g mm", p, mm, axis, d)
				}
			}
		}
	}
	// Right in the picture and down are positive.
	if p := c.Place(400, 300, 1000); p.X <= 0 || p.Y <= 0 || p.Z != 1 {
		t.Errorf("%+v", p)
	}
	if c.Place(7, 7, kinect.NoReading) != (kinect.Place{}) {
		t.Error("a pixel without a reading has a place")
	}
}

func TestNoPixel(t *testing.T) {
	c := kinect.DefaultCalibration()
	for _, p := range []kinect.Place{{}, {Z: -1}, {X: 1, Z: 0.0004}, {Z: 70}, {Z: math.NaN()}, {Z: math.Inf(1)}} {
		if _, _, mm, ok := c.Pixel(p); ok || mm != kinect.NoReading {
			t.Errorf("%+v has a pixel at %d mm", p, mm)
		}
	}
	// A calibration that says nothing has the usual focal length.
	for _, z := range []kinect.ZeroPlane{{}, {ReferencePixel: 1}, {ReferencePixel: float32(math.NaN()), ReferenceDistance: 1}} {
		c.ZeroPlane = z
		if p := c.Place(320+kinect.FocalLength, 240, 1000); math.Abs(p.X-1) > 1e-9 {
			t.Errorf("%+v: %+v", z, p)
		}
	}
}
