package puppet

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"cutout/kinect"
)

func someone(p kinect.Pose) Figure {
	return Figure{Pose: p, Height: 1700, Distance: 2900, Look: NewLook(3), Face: Face{Smile: 700}}
}

func TestCodesInvertTheFormula(t *testing.T) {
	// The formula of a Kinect's host software, from codes to millimetres.
	s := scaleOf(kinect.DefaultCalibration())
	for code := uint16(620); code <= lastCode; code++ {
		x := (float64(code)-800)/4 - 0.375
		m := x * 0.1042
		mm := 10 * (m*120/(7.5-m) + 120)
		if got := s.code(mm); mm > nearest && got != code {
			t.Errorf("%.1f mm is code %d, want %d", mm, got, code)
		}
	}
	for _, mm := range []float64{0, nearest - 1, furthest + 1, 1e6} {
		if got := s.code(mm); got != kinect.NoDisparity {
			t.Errorf("%v mm is code %d, want none", mm, got)
		}
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	f := someone(kinect.Pose{LeftShoulder: 80, RightShoulder: 120, Squat: 200})
	// Two rooms from one seed: their making has to be deterministic too.
	a, b := Render(f, parlour(), 7), Render(f, NewRoom(1), 7)
	if !slices.Equal(a.Codes, b.Codes) || *a.Truth != *b.Truth {
		t.Error("two renderings differ in depth")
	}
	if !bytes.Equal(a.Picture.Y, b.Picture.Y) || !bytes.Equal(a.Picture.Cb, b.Picture.Cb) || !bytes.Equal(a.Picture.Cr, b.Picture.Cr) {
		t.Error("two renderings differ in colour")
	}
	c := Render(f, parlour(), 8)
	if slices.Equal(a.Codes, c.Codes) {
		t.Error("another seed has the same noise")
	}
	if !bytes.Equal(a.Picture.Y, c.Picture.Y) {
		t.Error("another seed has another picture")
	}
}

func TestNoiseIsThatOfASensor(t *testing.T) {
	for name, f := range map[string]Figure{
		"room":   {Height: 1700, Distance: 2900, Side: 9000},
		"person": someone(kinect.Pose{LeftShoulder: 40, RightShoulder: 40}),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(parlour())
			r.stand(&f, postureOf(f.Pose))
			var changed [2048]int
			both, validity, pixels := 0, 0, 0
			last := r.depth(1)
			for seed := range uint64(30) {
				next := r.depth(seed + 2)
				for i, c := range next {
					pixels++
					if (c == kinect.NoDisparity) != (last[i] == kinect.NoDisparity) {
						validity++
					} else if c != kinect.NoDisparity {
						both++
						changed[apart(c, last[i])]++
					}
				}
				last = next
			}
			near := func(what string, n, of int, want, slack float64) {
				if got := 100 * float64(n) / float64(of); math.Abs(got-want) > slack {
					t.Errorf("%s: %.2f %%, want %.1f %% give or take %.1f", what, got, want, slack)
				} else {
					t.Logf("%s: %.2f %%", what, got)
				}
			}
			near("unchanged", changed[0], both, 72, 2)
			near("changed by one", changed[1], both, 26, 2)
			near("changed by two", changed[2], both, 1.2, 0.6)
			near("validity", validity, pixels, 0.8, 0.35)
			if more := both - changed[0] - changed[1] - changed[2]; more > both/1000 {
				t.Errorf("%d of %d codes changed by more than two", more, both)
			}
		})
	}
}

func TestTruthIsTheForeground(t *testing.T) {
	room := parlour()
	empty := Render(Figure{Height: 1700, Distance: 2900, Side: 9000}, room, 1)
	if empty.Truth.Count() != 0 {
		t.Fatal("someone outside the picture is in it")
	}
	poses := []kinect.Pose{
		{}, {LeftShoulder: 165, RightShoulder: 165}, {Squat: 400, LeftHip: 30, RightHip: 30, LeftShoulder: 90},
		{Lean: 20, RightShoulder: 120, RightElbow: 60, Shift: -200},
	}
	scale := scaleOf(kinect.DefaultCalibration())
	for i, p := range poses {
		s := Render(someone(p), room, 1)
		lost := 0
		for px, code := range s.Codes {
			x, y := px%kinect.Width, px/kinect.Width
			// No part of a body is further than half a metre from its middle.
			isBody := code <= scale.code(3400) && code >= scale.code(2200)
			switch {
			case s.Truth.At(x, y) && code == kinect.NoDisparity:
				lost++
			case s.Truth.At(x, y) && !isBody:
				t.Fatalf("pose %d: (%d,%d) is body and has code %d", i, x, y, code)
			case !s.Truth.At(x, y) && code != kinect.NoDisparity && apart(code, room.solid[px]) > 1:
				t.Fatalf("pose %d: (%d,%d) is no body and has code %d, the room %d", i, x, y, code, room.solid[px])
			}
		}
		if n := s.Truth.Count(); n < 10000 || lost > n/8 {
			t.Errorf("pose %d: %d pixels of body, %d of them lost", i, n, lost)
		}
	}
}

func TestFurnitureHidesThePerson(t *testing.T) {
	room := parlour()
	f := someone(kinect.Pose{})
	f.Distance, f.Side = 4100, -1200 // behind the sofa's seat
	front := someone(kinect.Pose{})
	front.Distance, front.Side = 3000, -880
	hidden, seen := Render(f, room, 1).Truth.Count(), Render(front, room, 1).Truth.Count()
	if hidden > seen/3 || hidden < seen/20 {
		t.Errorf("behind the sofa %d pixels are seen, in front of it %d", hidden, seen)
	}
}

func TestProjectorShadowFallsToTheLeft(t *testing.T) {
	room := parlour()
	s := Render(someone(kinect.Pose{}), room, 1)
	left, right := 0, 0
	missing := func(x, y int) int {
		i := y*kinect.Width + x
		if s.Codes[i] == kinect.NoDisparity && room.codes[i] < marginal && room.codes[i] != kinect.NoDisparity {
			return 1
		}
		return 0
	}
	for y := 120; y < 300; y++ {
		first, last := kinect.Width, 0
		for x := range kinect.Width {
			if s.Truth.At(x, y) {
				first, last = min(first, x), x
			}
		}
		for d := 2; d <= 5; d++ {
			left += missing(first-d, y)
			right += missing(last+d, y)
		}
	}
	if left < 350 || left < 10*right {
		t.Errorf("%d pixels without a reading left of the body, %d right of it", left, right)
	}
}

func TestBlindColumns(t *testing.T) {
	f := someone(kinect.Pose{LeftShoulder: 90})
	f.Side = 1300
	s := Render(f, parlour(), 1)
	for y := range kinect.Height {
		for x := kinect.Width - blindColumns; x < kinect.Width; x++ {
			if c := s.Codes[y*kinect.Width+x]; c != kinect.NoDisparity {
				t.Fatalf("(%d,%d) has code %d", x, y, c)
			}
		}
	}
}

func TestFiguresAnywhereAndOfAnySize(t *testing.T) {
	room := parlour()
	for _, distance := range []kinect.Millimetres{0, 100, 400, 700, 1000, 5000, 9000, 20000, 65535} {
		for _, side := range []int{-3000, 0, 1500} {
			f := Figure{Pose: kinect.Pose{LeftShoulder: 100, RightShoulder: -40, Squat: 900}, Height: 2200, Distance: distance, Side: side}
			Render(f, room, 1) // must not panic
		}
	}
}

func TestPictureIsLimitedRange(t *testing.T) {
	s := Render(someone(kinect.Pose{}), parlour(), 1)
	for _, v := range s.Picture.Y {
		if v < 16 || v > 235 {
			t.Fatalf("luma %d", v)
		}
	}
	for i, v := range s.Picture.Cb {
		if w := s.Picture.Cr[i]; v < 16 || v > 240 || w < 16 || w > 240 {
			t.Fatalf("chroma %d %d", v, w)
		}
	}
}
