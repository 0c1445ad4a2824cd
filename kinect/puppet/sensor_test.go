package puppet

import (
	"math"
	"testing"

	"cutout/kinect"
)

// TestGrain compares two frames of a still scene with what a recording of a still room
// showed: 72 % of the codes unchanged, 26 % changed by one, 1 % by two.
func TestGrain(t *testing.T) {
	g := NewGrain(3)
	frame := func(n uint64) []uint16 {
		codes := make([]uint16, kinect.Width*kinect.Height)
		for i := range codes {
			codes[i] = 900
			if i%kinect.Width < 100 {
				codes[i] |= Marginal
			}
		}
		g.Develop(codes, n)
		return codes
	}
	a, b := frame(1), frame(2)
	var moved [3]int
	var both, weak, lostWeak int
	for i, code := range a {
		switch {
		case i%kinect.Width < 100:
			if weak++; code == kinect.NoDisparity {
				lostWeak++
			}
		case code != kinect.NoDisparity && b[i] != kinect.NoDisparity:
			both++
			moved[max(int(code)-int(b[i]), int(b[i])-int(code))]++
		}
	}
	for n, want := range [3]float64{0.72, 0.26, 0.013} {
		if share := float64(moved[n]) / float64(both); math.Abs(share-want) > 0.04 {
			t.Errorf("%.3f of the codes moved by %d, not %.3f", share, n, want)
		}
	}
	if share := float64(lostWeak) / float64(weak); math.Abs(share-weakShare) > 0.05 {
		t.Errorf("%.2f of marginal pixels are lost, not %.2f", share, weakShare)
	}
	if again := frame(1); again[12345] != a[12345] || again[200001] != a[200001] {
		t.Error("the same frame came out otherwise")
	}
}

// TestCode compares with millimetres that a device's formula gives (cut to 1193 mm for code
// 800, to 2478 for 950).
func TestCode(t *testing.T) {
	for metres, want := range map[float64]float64{0.7059: 600, 1.1933: 800, 2.4785: 950, 3.8645: 1000} {
		if code := Code(1 / metres); math.Abs(code-want) > 0.5 {
			t.Errorf("%.3f m is code %.2f, not %.0f", metres, code, want)
		}
	}
}

// TestShade puts a near body before a wall: it takes readings from the wall to the left
// of it, as wide as the two disparities differ, and none to the right.
func TestShade(t *testing.T) {
	row := make([]uint16, kinect.Width)
	near, far := uint16(Code(1)+0.5), uint16(Code(1/3.0)+0.5)
	for x := range row {
		row[x] = far
		if x >= 300 && x < 340 {
			row[x] = near
		}
	}
	Shade(row)
	lost := 0
	for x, code := range row {
		if code == kinect.NoDisparity {
			if lost++; x >= 300 {
				t.Errorf("column %d is in the shadow", x)
			}
		}
	}
	if want := int(far-near) / 8; lost < want-2 || lost > want+2 {
		t.Errorf("a shadow of %d columns, not %d", lost, want)
	}
}
