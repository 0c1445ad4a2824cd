package kinect_test

import (
	"testing"

	"cutout/kinect"
)

func TestPlayer(t *testing.T) {
	var none *kinect.Scene
	if none.Player() != nil || (&kinect.Scene{}).Player() != nil {
		t.Error("a player in an empty scene")
	}
	s := &kinect.Scene{People: []kinect.Person{{ID: 4, Activity: kinect.Playing}, {ID: 5}}}
	if p := s.Player(); p != &s.People[0] {
		t.Errorf("player %+v", p)
	}
}

// TestMask sets every pixel once and checks that no other changed.
func TestMask(t *testing.T) {
	var m kinect.Mask
	for i := range kinect.Width * kinect.Height {
		x, y := i%kinect.Width, i/kinect.Width
		if m.At(x, y) {
			t.Fatalf("(%d, %d) is set before it was", x, y)
		}
		m.Set(x, y)
		if !m.At(x, y) || m[i/64]>>(i%64)&1 != 1 {
			t.Fatalf("(%d, %d) is not set", x, y)
		}
	}
	if n := m.Count(); n != kinect.Width*kinect.Height {
		t.Errorf("%d pixels", n)
	}
	for _, p := range [][2]int{{-1, 0}, {0, -1}, {kinect.Width, 0}, {0, kinect.Height}, {1 << 40, 5}} {
		if m.At(p[0], p[1]) {
			t.Errorf("%v lies outside and is set", p)
		}
	}
}

func TestGrid(t *testing.T) {
	var g kinect.Grid
	for _, p := range [][2]int{{-1, 0}, {0, -1}, {kinect.GridWidth, 0}, {0, kinect.GridHeight}} {
		g.Set(p[0], p[1])
		if g.At(p[0], p[1]) {
			t.Errorf("%v lies outside and is set", p)
		}
	}
	if g.Count() != 0 {
		t.Fatal("a cell outside set one inside")
	}
	for i := range kinect.GridWidth * kinect.GridHeight {
		g.Set(i%kinect.GridWidth, i/kinect.GridWidth)
		if g.Count() != i+1 || !g.At(i%kinect.GridWidth, i/kinect.GridWidth) {
			t.Fatalf("cell %d", i)
		}
	}
}

func TestGridSets(t *testing.T) {
	var a, b kinect.Grid
	for x := range 100 {
		a.Set(x, 7)
		b.Set(x+60, 7)
	}
	before := a
	for name, c := range map[string]struct{ got, want int }{
		"and": {func() int { g := a.And(&b); return g.Count() }(), 40}, "or": {func() int { g := a.Or(&b); return g.Count() }(), 160},
		"and not": {func() int { g := a.AndNot(&b); return g.Count() }(), 60},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d cells, want %d", name, c.got, c.want)
		}
	}
	if a != before {
		t.Error("an operation changed its operand")
	}
}
