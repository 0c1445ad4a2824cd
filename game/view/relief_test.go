package view

import (
	"testing"

	"cutout/game/internal/gametest"
	"cutout/kinect"
)

// TestRelief: cover follows the mask, normals point away from the middle of a limb,
// and nothing lies outside the box.
func TestRelief(t *testing.T) {
	s := gametest.Standing(sideways).Scene()
	p := s.Player()
	var r relief
	r.make(s.Frame, p)
	inside, covered, wrong := 0, 0, 0
	for y := range reliefHeight {
		for x := range reliefWidth {
			a := r.Pixels[4*(y*reliefWidth+x)+3]
			in := p.Mask.At(2*x, 2*y) && p.Mask.At(2*x+1, 2*y+1)
			if in {
				inside++
			}
			if a >= 128 {
				covered++
			}
			if a > 0 && (x < r.Box.Min.X || x >= r.Box.Max.X || y < r.Box.Min.Y || y >= r.Box.Max.Y) {
				t.Fatalf("texel (%d, %d) lies outside %v", x, y, r.Box)
			}
			if in != (a >= 128) {
				wrong++
			}
		}
	}
	if inside == 0 || wrong*8 > inside {
		t.Errorf("cover and mask differ in %d of %d texels (%d covered)", wrong, inside, covered)
	}
	// Across the torso, at the height of its middle: normals lean left, then right.
	y, x0, x1 := 0, reliefWidth, 0
	for i := range kinect.Height / 2 {
		if p.Mask.At(kinect.Width/2, 2*i) {
			y += i
			x0++
		}
	}
	y /= x0 - reliefWidth
	x0 = reliefWidth
	for x := range reliefWidth {
		if r.Pixels[4*(y*reliefWidth+x)+3] >= 128 {
			x0, x1 = min(x0, x), max(x1, x)
		}
	}
	left, right := r.Pixels[4*(y*reliefWidth+x0+2)], r.Pixels[4*(y*reliefWidth+x1-2)]
	if left > 100 || right < 156 {
		t.Errorf("normals at the edges of the torso are %d and %d", left, right)
	}
}

// TestReliefForgets: a smaller body leaves nothing of the larger one before it.
func TestReliefForgets(t *testing.T) {
	big, small := gametest.Standing(star).Scene(), gametest.Body{Pose: ease, Distance: 3600, Height: 1200, Drop: 700}.Scene()
	var twice, once relief
	twice.make(big.Frame, big.Player())
	twice.make(small.Frame, small.Player())
	once.make(small.Frame, small.Player())
	for i := range once.Pixels {
		if once.Pixels[i] != twice.Pixels[i] {
			t.Fatalf("byte %d differs", i)
		}
	}
	nobody := *small.Player()
	nobody.Box.Max = nobody.Box.Min
	twice.make(small.Frame, &nobody)
	if !twice.Box.Empty() {
		// An empty mask with a margin around it shows nothing.
		for i := 3; i < len(twice.Pixels); i += 4 {
			if twice.Pixels[i] > 128 {
				t.Fatal("a body without a box is drawn")
			}
		}
	}
}

// TestReliefNoDepth: a mask without any reading is still a body.
func TestReliefNoDepth(t *testing.T) {
	s := gametest.Standing(ease).Scene()
	clear(s.Frame.Depth)
	var r relief
	r.make(s.Frame, s.Player())
	n := 0
	for i := 3; i < len(r.Pixels); i += 4 {
		if r.Pixels[i] >= 128 {
			n++
		}
	}
	if n < 1000 {
		t.Errorf("%d texels are covered", n)
	}
}
