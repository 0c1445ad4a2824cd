// Package body finds the people in depth frames: their masks, silhouettes, heads
// and hands. It needs no view of the empty room first: a person is a connected body
// of human size, standing free of the floor and the furniture, and the first frame
// works as well as any other.
//
// A frame is reduced to a grid of 4x4-pixel cells. Large planes (floor, walls) and
// level tops of furniture are taken away; what is left falls apart into pieces where
// the depth jumps. Pieces of human size in which head and shoulders are found are
// people. Their edges are then drawn at full resolution.
//
// It computes on the processor alone, builds for the browser, and starts nothing.
package body

import (
	"math"

	"cutout/kinect"
)

// A Tracker follows people from frame to frame. One goroutine may use it.
type Tracker struct {
	grid    grid
	kind    [cells]surface
	survey  surveyor
	parts   parts
	figure  figure
	limbs   limbs
	refiner refiner

	tracks  [maxPeople]track
	lastID  int
	player  int // ID of the player, 0 for none
	rivalry int // frames for which somebody else has been nearer
	clock   uint32
	// periods is how many frames' time has gone by since the frame before: 1 from a
	// sensor that keeps its pace, 15 from a recording of two frames a second.
	periods int

	up kinect.Place // upwards as the accelerometer has it, of length 1; zero: not known

	touch     [maxParts]int32 // scratch of attach
	order     []int           // scratch of seek: parts, nearest first
	taken     [maxParts]bool  // scratch of seek: parts that belong to somebody
	expected  []spot          // scratch of heads
	seeds     [maxSeeds]seed  // scratch of divide
	bodies    bodies
	free      freeFloor
	furniture furniture
	assign    assignment
	assigned  [maxPeople]int8 // the body of each track, -1 for none
}

// NewTracker returns a Tracker that has seen nothing yet.
func NewTracker() *Tracker { return &Tracker{} }

// SetUp tells which way is up, in the axes of kinect.Place (Y is down: a level sensor's
// up is (0, -1, 0)), of any length, as the sensor's accelerometer measured it. Floors
// are looked for across it from the next frame on, and Floor.Up is it while no floor is
// seen. The zero Place, and one that is not a number, are "not known".
func (t *Tracker) SetUp(up kinect.Place) {
	n := math.Sqrt(up.X*up.X + up.Y*up.Y + up.Z*up.Z)
	if !(n > 1e-6) || math.IsInf(n, 0) {
		t.up, t.survey.up = kinect.Place{}, kinect.Place{}
		return
	}
	t.up = kinect.Place{X: up.X / n, Y: up.Y / n, Z: up.Z / n}
	t.survey.up = t.up
}

// Update looks for people in f, which must hold Width*Height distances (a frame of
// another size shows nobody). The player comes first in the Scene, then everybody from
// near to far. The Scene is new and never changes afterwards; what the Tracker carries
// over to the next frame (identity, height, floor) only steadies it. Somebody who has
// been the player stays it until somebody else has been nearer for a second or the
// player has been gone for two thirds of one; until then nobody plays.
func (t *Tracker) Update(f *kinect.Frame) *kinect.Scene {
	scene := &kinect.Scene{Frame: f}
	if f == nil || len(f.Depth) != kinect.Width*kinect.Height {
		return scene
	}
	t.grid.reduce(f.Depth)
	t.grid.mend(f.Quality.Lost)
	t.grid.slopes()
	t.survey.survey(&t.grid)
	t.classify()
	t.parts.label(&t.grid, &t.kind, free, 3)
	t.rest()
	t.age(f.Clock)
	t.seek()
	scene.People = t.choosePlayer(t.people(f.Depth))
	t.furnish()
	scene.Floor = t.floor()
	scene.Space = t.space()
	return scene
}

// rest counts how much of each part stands on something.
func (t *Tracker) rest() {
	for i := range cells - gridWidth {
		if k := t.parts.id[i]; k >= 0 && t.kind[i+gridWidth] >= structure {
			t.parts.list[k].resting++
		}
	}
}
