package world

import (
	"errors"
	"fmt"

	"cutout/kinect"
)

// A Wall is one that players meet: the pose its hole is cut from.
type Wall struct {
	Name       string
	Difficulty int // 1, easy, to 5
	Pose       kinect.Pose
}

// MaxWalls is the most that one match may have.
const MaxWalls = 64

// Bounds of a wall that comes from outside.
const (
	maxWallName = 64
	maxAngle    = 270 // degrees, of any joint
	maxSquat    = 900 // thousandths of the legs
	maxShift    = 400 // thousandths of the height, either way
	// edge is how many cells of the plane a hole keeps clear at the sides and the
	// top, so that no hole leaves the plane.
	edge = 2
)

// Check says whether the wall can be played: its pose within bounds and its hole
// inside the plane.
func (w *Wall) Check() error {
	p := &w.Pose
	if len(w.Name) > maxWallName {
		return errors.New("the wall's name is too long")
	}
	if w.Difficulty < 0 || w.Difficulty > 5 {
		return fmt.Errorf("the wall's difficulty %d is not within 1 to 5", w.Difficulty)
	}
	for _, a := range []int16{
		p.Lean, p.Head, p.LeftShoulder, p.LeftElbow, p.RightShoulder, p.RightElbow,
		p.LeftHip, p.LeftKnee, p.RightHip, p.RightKnee,
	} {
		if a < -maxAngle || a > maxAngle {
			return fmt.Errorf("the wall's pose has an angle of %d degrees", a)
		}
	}
	if p.Squat < 0 || p.Squat > maxSquat || p.Shift < -maxShift || p.Shift > maxShift {
		return fmt.Errorf("the wall's pose squats by %d or shifts by %d thousandths", p.Squat, p.Shift)
	}
	return nil
}

// Pick chooses the n walls of a match from pool: easy ones first, none twice while
// the pool lasts, mirrored and shifted as the match goes on. The same arguments
// give the same walls. An empty pool gives none.
func Pick(seed uint64, pool []Wall, n int) []Wall {
	if len(pool) == 0 {
		return nil
	}
	r := random(seed)
	used := make([]bool, len(pool))
	left := len(pool)
	walls := make([]Wall, 0, n)
	for i := range n {
		if left == 0 {
			clear(used)
			left = len(pool)
		}
		k := choose(&r, pool, used, 1+4*i/max(1, n-1))
		used[k] = true
		left--
		walls = append(walls, vary(&r, pool[k], i, n))
	}
	return walls
}

// choose takes any unused pose of the wanted difficulty, or of the nearest there is.
func choose(r *random, pool []Wall, used []bool, want int) int {
	var near []int
	best := 0
	for k := range pool {
		if used[k] {
			continue
		}
		off := max(pool[k].Difficulty-want, want-pool[k].Difficulty)
		if len(near) == 0 || off < best {
			near, best = near[:0], off
		}
		if off == best {
			near = append(near, k)
		}
	}
	return near[r.below(len(near))]
}

// vary mirrors a wall by chance, and moves those of the second half to one side
// where the plane allows.
func vary(r *random, w Wall, i, n int) Wall {
	if r.below(2) == 1 {
		w.Pose = w.Pose.Mirror()
	}
	shift := int16(r.below(101) + 40) // 4 to 14 % of the height
	if r.below(2) == 1 {
		shift = -shift
	}
	moved := w
	moved.Pose.Shift += shift
	if 2*i < n || !moved.inside() {
		return w
	}
	return moved
}

// inside reports whether the hole keeps clear of the plane's edges.
func (w *Wall) inside() bool {
	if w.Check() != nil {
		return false
	}
	hole := HoleOf(w.Pose)
	for v := range kinect.GridHeight {
		for u := range kinect.GridWidth {
			if hole.At(u, v) && (u < edge || u >= kinect.GridWidth-edge || v < edge || v > PlaneFloor+edge) {
				return false
			}
		}
	}
	return true
}

// random is splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
// Generators, 2014): the same numbers on every machine and in every release.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }
