package view

import (
	"math"
	"testing"

	"cutout/game/world"
)

// TestLayout: in all windows from small to wide, with any number of friends, what
// is written stays in the window and does not cover what is written beside it.
func TestLayout(t *testing.T) {
	for _, size := range [][2]float64{{480, 270}, {640, 360}, {960, 540}, {1280, 720}, {1920, 1080}, {1024, 768}, {2560, 1080}} {
		for n := range maxTiles + 3 {
			l := layoutFor(size[0], size[1], n)
			window := rect{0, 0, size[0], size[1]}
			for name, r := range map[string]rect{"score": l.score, "wall": l.wall, "match": l.match, "board": l.board, "prompt": l.prompt, "invite": l.invite, "column": l.column} {
				if !r.in(window) {
					t.Errorf("%v, %d friends: %s %v is not in the window", size, n, name, r)
				}
				if name != "column" && n > 0 && r.overlaps(l.column) {
					t.Errorf("%v, %d friends: %s covers the friends", size, n, name)
				}
			}
			for _, pair := range [][2]rect{{l.score, l.wall}, {l.score, l.board}, {l.board, l.match}, {l.wall, l.match}, {l.invite, l.prompt}} {
				if pair[0].overlaps(pair[1]) {
					t.Errorf("%v, %d friends: %v covers %v", size, n, pair[0], pair[1])
				}
			}
			if len(l.tiles) != min(n, maxTiles) {
				t.Fatalf("%v: %d tiles for %d friends", size, len(l.tiles), n)
			}
			for i, r := range l.tiles {
				if !r.in(l.column) || r.w < 40 || r.h < 30 {
					t.Errorf("%v, %d friends: tile %d is %v in column %v", size, n, i, r, l.column)
				}
				for _, o := range l.tiles[:i] {
					if r.overlaps(o) {
						t.Errorf("%v, %d friends: tiles overlap", size, n)
					}
				}
			}
		}
	}
}

// TestPlane: a mirror, which grows towards the plane of play.
func TestPlane(t *testing.T) {
	l := layoutFor(1280, 720, 4)
	p := l.plane(1)
	leftX, _ := p.at(120, 50, 1) // the person's left is at the picture's right ...
	rightX, _ := p.at(40, 50, 1)
	if leftX >= rightX {
		t.Error("... and at the left of a mirror")
	}
	if _, y := p.at(80, floorRow, 1); y != l.floorY {
		t.Errorf("the floor is at %v, not %v", y, l.floorY)
	}
	u, v := p.vanish()
	for _, near := range []float64{0.2, 1, 3} {
		x, y := p.at(u, v, near)
		if math.Abs(x-l.vanishX) > 1e-9 || math.Abs(y-l.vanishY) > 1e-9 {
			t.Errorf("at %v the vanishing point moves to %v, %v", near, x, y)
		}
	}
	if standing != world.PlaneHeight || floorRow != world.PlaneFloor || centreColumn != world.PlaneCentre {
		t.Error("the view and the rules disagree about the plane")
	}
}

func TestCover(t *testing.T) {
	for _, c := range []struct {
		w, h, aspect, cx, cy, share float64
		want                        rect
	}{
		{640, 480, 4.0 / 3, 320, 240, 1, rect{0, 0, 640, 480}},
		{640, 480, 1, 0, 240, 1, rect{0, 0, 480, 480}},
		{640, 480, 2, 320, 0, 1, rect{0, 0, 640, 320}},
		{640, 480, 4.0 / 3, 640, 480, 0.5, rect{320, 240, 320, 240}},
	} {
		if got := cover(c.w, c.h, c.aspect, c.cx, c.cy, c.share); got != c.want {
			t.Errorf("cover(%v) = %v", c, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -5000: "-5,000", -500: "-500"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, not %s", n, got, want)
		}
	}
	for n, want := range map[int]string{1: "1ST", 2: "2ND", 3: "3RD", 4: "4TH", 11: "11TH", 12: "12TH", 21: "21ST", 113: "113TH"} {
		if got := ordinal(n); got != want {
			t.Errorf("ordinal(%d) = %s, not %s", n, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for want, v := range map[string]world.Verdict{
		"PERFECT!": {Outcome: world.Pass, Fit: 990, Fill: 800},
		"GREAT!":   {Outcome: world.Pass, Fit: 960, Fill: 600},
		"PASS":     {Outcome: world.Pass, Fit: 910, Fill: 600},
		"OUCH!":    {Outcome: world.Fail, Fit: 990, Fill: 300},
		"UNSEEN":   {Outcome: world.Unseen},
		"":         {},
	} {
		if got, _ := word(v); got != want {
			t.Errorf("%+v is called %q, not %q", v, got, want)
		}
	}
}
