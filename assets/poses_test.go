package assets_test

import (
	"testing"

	"cutout/assets"
	"cutout/game/world"
	"cutout/kinect"
)

// span of a standing body in kinect's units, against which slips are measured.
const (
	onFloor = 150 // a foot this near the floor stands on it
	raised  = 600 // a foot this high is meant to be in the air
	balance = 600 // how far the body's middle may be beyond the feet
)

func TestPosesArePlayable(t *testing.T) {
	poses := assets.Poses()
	if len(poses) < 40 {
		t.Fatalf("%d poses, want at least 40", len(poses))
	}
	levels := map[int]int{}
	names := map[string]bool{}
	for _, p := range poses {
		levels[p.Difficulty]++
		if p.Name == "" || names[p.Name] {
			t.Errorf("%q: the name is empty or used twice", p.Name)
		}
		names[p.Name] = true
		wall := world.Wall(p)
		if err := wall.Check(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		checkStance(t, p)
		checkPlane(t, p)
	}
	for d := 1; d <= 5; d++ {
		if levels[d] < 5 {
			t.Errorf("%d poses of difficulty %d, want at least 5", levels[d], d)
		}
	}
}

// checkStance: feet on the floor, nothing below it, and the weight above the feet.
func checkStance(t *testing.T, p assets.Pose) {
	t.Helper()
	s := p.Pose.Skeleton()
	stand := kinect.Pose{}.Skeleton().LeftAnkle.Y
	low, high := 1<<30, -1<<30
	for _, ankle := range []kinect.Point{s.LeftAnkle, s.RightAnkle} {
		up := ankle.Y - stand
		if up > onFloor && up < raised {
			t.Errorf("%s: a foot floats %d above the floor", p.Name, up)
		}
		if up <= onFloor {
			low, high = min(low, ankle.X), max(high, ankle.X)
		}
	}
	for _, l := range s.Limbs() {
		if below := min(l.From.Y-l.FromRadius, l.To.Y-l.ToRadius); below < -50 {
			t.Errorf("%s: part %d is %d below the floor", p.Name, l.Part, -below)
		}
	}
	body := world.BodyOf(p.Pose)
	sum := 0
	for v := range kinect.GridHeight {
		for u := range kinect.GridWidth {
			if body.At(u, v) {
				sum += 2*(u-world.PlaneCentre) + 1
			}
		}
	}
	middle := sum * kinect.Span / (2 * world.PlaneHeight * body.Count())
	if middle < low-balance || middle > high+balance {
		t.Errorf("%s: falls over, its middle at %d above feet from %d to %d", p.Name, middle, low, high)
	}
}

// checkPlane: the hole, mirrored or not, keeps clear of the plane's edges.
func checkPlane(t *testing.T, p assets.Pose) {
	t.Helper()
	for _, pose := range []kinect.Pose{p.Pose, p.Pose.Mirror()} {
		hole := world.HoleOf(pose)
		for u := range kinect.GridWidth {
			for v := range kinect.GridHeight {
				if hole.At(u, v) && (u < 2 || u >= kinect.GridWidth-2 || v < 1 || v > world.PlaneFloor+2) {
					t.Fatalf("%s: the hole reaches cell %d,%d", p.Name, u, v)
				}
			}
		}
	}
}

func TestPosesDiffer(t *testing.T) {
	poses := assets.Poses()
	for i, p := range poses {
		for _, q := range poses[:i] {
			for _, pose := range []kinect.Pose{q.Pose, q.Pose.Mirror()} {
				a, b := world.HoleOf(p.Pose), world.HoleOf(pose)
				either, both := a.Or(&b), a.And(&b)
				if both.Count()*100 > either.Count()*94 {
					t.Errorf("%s and %s share %d of %d cells", p.Name, q.Name, both.Count(), either.Count())
				}
			}
		}
	}
}

// outcome of a pose at the wall of another.
func outcome(body, wall kinect.Pose) (fit, fill int, o world.Outcome) {
	var seen kinect.Grid
	b, h := world.BodyOf(body), world.HoleOf(wall)
	return world.Judge(&b, &seen, &h)
}

func TestExactPosePassesAndStandingFails(t *testing.T) {
	for _, p := range assets.Poses() {
		fit, fill, o := outcome(p.Pose, p.Pose)
		if fit < 1000 || fill < 700 || o != world.Pass {
			t.Errorf("%s: its own pose has fit %d and fill %d", p.Name, fit, fill)
		}
		for _, arms := range []int16{4, 8, 12, 16} {
			stand := kinect.Pose{LeftShoulder: arms, RightShoulder: arms, LeftHip: 2, RightHip: 2}
			if fit, fill, o := outcome(stand, p.Pose); o == world.Pass {
				t.Errorf("%s: passed by just standing there, fit %d, fill %d", p.Name, fit, fill)
			}
		}
	}
}

// TestEightDegreesOff: every joint off by 8 degrees in one direction or the other;
// most such bodies still pass, stepping aside by up to two cells.
func TestEightDegreesOff(t *testing.T) {
	passed, all := 0, 0
	seed := uint32(1)
	off := func() int16 {
		seed = seed*1664525 + 1013904223
		return int16(seed>>31)*16 - 8
	}
	for _, p := range assets.Poses() {
		for range 8 {
			q := p.Pose
			for _, angle := range []*int16{
				&q.LeftShoulder, &q.LeftElbow, &q.RightShoulder, &q.RightElbow,
				&q.LeftHip, &q.LeftKnee, &q.RightHip, &q.RightKnee, &q.Head,
			} {
				*angle += off()
			}
			all++
			for shift := int16(-22); shift <= 22; shift += 11 {
				q.Shift = p.Pose.Shift + shift
				if _, _, o := outcome(q, p.Pose); o == world.Pass {
					passed++
					break
				}
			}
		}
	}
	t.Logf("%d of %d pass with every joint 8 degrees off", passed, all)
	if passed*100 < all*60 {
		t.Errorf("only %d of %d pass with every joint 8 degrees off", passed, all)
	}
}

// TestEveryMatchStaysInThePlane picks the walls of many matches, mirrored and
// shifted as they are.
func TestEveryMatchStaysInThePlane(t *testing.T) {
	var pool []world.Wall
	for _, p := range assets.Poses() {
		pool = append(pool, world.Wall(p))
	}
	shifted := 0
	for seed := range uint64(60) {
		for _, w := range world.Pick(seed, pool, 10) {
			if w.Pose.Shift != 0 {
				shifted++
			}
			checkPlane(t, assets.Pose(w))
		}
	}
	if shifted < 200 || shifted > 300 {
		t.Errorf("%d of 600 walls are shifted, want most of the second halves", shifted)
	}
}
