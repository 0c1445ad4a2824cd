package view

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"cutout/game/world"
	"cutout/kinect"
)

func disc(cx, cy, r float64) *kinect.Grid {
	var g kinect.Grid
	for y := range kinect.GridHeight {
		for x := range kinect.GridWidth {
			if math.Hypot(float64(x)+0.5-cx, float64(y)+0.5-cy) < r {
				g.Set(x, y)
			}
		}
	}
	return &g
}

// TestFieldDisc compares with what a disc's distances are.
func TestFieldDisc(t *testing.T) {
	const cx, cy, r = 80, 60, 25
	var f field
	dist := f.distances(disc(cx, cy, r))
	worst := 0.0
	for y := range fieldHeight {
		for x := range fieldWidth {
			want := 2 * (math.Hypot((float64(x)+0.5)/2-cx, (float64(y)+0.5)/2-cy) - r)
			if math.Abs(want) < 50 && want > -40 { // the centre's kink is rounded off
				worst = max(worst, math.Abs(float64(dist[y*fieldWidth+x])-want))
			}
		}
	}
	if worst > 0.9 {
		t.Errorf("a distance is off by %.2f texels", worst)
	}
}

// TestFieldSmooth: on the rim of a hole the field has no steps: its slope is about 1
// and turns slowly.
func TestFieldSmooth(t *testing.T) {
	var f field
	g := world.HoleOf(dancer)
	dist := f.distances(&g)
	steep, n := 0, 0
	for y := 1; y < fieldHeight-1; y++ {
		for x := 1; x < fieldWidth-1; x++ {
			i := y*fieldWidth + x
			if dist[i] < -1 || dist[i] > 1 {
				continue
			}
			s := math.Hypot(float64(dist[i+1]-dist[i-1])/2, float64(dist[i+fieldWidth]-dist[i-fieldWidth])/2)
			n++
			if s < 0.6 || s > 1.25 {
				steep++
			}
		}
	}
	if n < 200 || steep*20 > n {
		t.Errorf("%d of %d points of the rim are rough", steep, n)
	}
}

// TestFieldSigns: well inside and well outside the signs are the grid's, whatever
// the grid; the empty and the full grid are far on their side.
func TestFieldSigns(t *testing.T) {
	var f field
	rapid.Check(t, func(t *rapid.T) {
		var g kinect.Grid
		for range rapid.IntRange(0, 6).Draw(t, "discs") {
			d := disc(rapid.Float64Range(0, 160).Draw(t, "x"), rapid.Float64Range(0, 120).Draw(t, "y"), rapid.Float64Range(1, 60).Draw(t, "r"))
			g = g.Or(d)
		}
		dist := f.distances(&g)
		for y := 1; y < kinect.GridHeight; y += 4 {
			for x := 2; x < kinect.GridWidth; x += 5 {
				same := true
				for dy := -6; dy <= 6; dy++ {
					for dx := -6; dx <= 6; dx++ {
						if uint(x+dx) < kinect.GridWidth && uint(y+dy) < kinect.GridHeight && g.At(x+dx, y+dy) != g.At(x, y) {
							same = false
						}
					}
				}
				if d := dist[2*y*fieldWidth+2*x]; same && (d < 0) != g.At(x, y) {
					t.Fatalf("cell (%d, %d) is %v, and its distance %v", x, y, g.At(x, y), d)
				}
				if math.IsNaN(float64(dist[2*y*fieldWidth+2*x])) {
					t.Fatal("not a number")
				}
			}
		}
	})
}

func TestEncode(t *testing.T) {
	in := []float32{-1000, -64, -10.25, 0, 0.5, 31, 63.9, 1000}
	out := make([]byte, 4*len(in))
	encode(in, out)
	for i, d := range in {
		got := (float32(out[4*i])/255 + float32(out[4*i+1])/255/256 - 0.5) * fieldRange // as the shaders do
		if want := max(-64, min(64, d)); math.Abs(float64(got-want)) > 0.01 {
			t.Errorf("%v comes back as %v", d, got)
		}
		if i > 0 && out[4*i] < out[4*i-4] {
			t.Error("not in order")
		}
	}
}
