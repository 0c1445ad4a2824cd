package kinect

import (
	"image"
	"math/bits"
)

// A Scene is what a tracker saw in one Frame. It never changes after it was made.
type Scene struct {
	Frame *Frame
	// People are those found, the player first if somebody plays, then the others
	// from near to far.
	People []Person
	// Floor is the plane people stand on, Space the part of it that is free.
	Floor Floor
	Space Space
}

// Player is the person who plays, or nil: the nearest in range who faces the sensor,
// until somebody else takes over for good.
func (s *Scene) Player() *Person {
	if s == nil || len(s.People) == 0 || s.People[0].Activity != Playing {
		return nil
	}
	return &s.People[0]
}

// A Person is one body in a Scene.
type Person struct {
	// ID stays the same from scene to scene while the person is tracked, through
	// crossings and short absences; from 1.
	ID int
	// Activity is what the person seems to be here for.
	Activity Activity
	// Box bounds the mask, in pixels of the frame.
	Box image.Rectangle
	// Mask is the body, at full resolution.
	Mask *Mask
	// Silhouette is the body as the game's rules see it.
	Silhouette *Silhouette
	// Joints are where the joints are, by JointName.
	Joints [JointCount]Joint
	// Distance of the body's middle from the sensor.
	Distance Millimetres
	// Facing is how much the person faces the sensor: 1 squarely, 0 from the side.
	Facing float32
	// Gestures are those held or made in this frame.
	Gestures Gestures
	// Cursor is the hand that points, if one does.
	Cursor Cursor
	// Room is how far the person may go before leaving the playing field.
	Room Room
}

// Activity is what somebody before the sensor does.
type Activity uint8

// Activities.
const (
	// Bystander is somebody who stands about but does not play.
	Bystander Activity = iota
	// Playing is somebody in range, facing the sensor, and not behind others who are.
	Playing
	// Passing is somebody who walks through the picture.
	Passing
	// Sitting is somebody on a chair or a sofa.
	Sitting
)

var activityNames = [...]string{"bystander", "playing", "passing", "sitting"}

// String is the name in statistics and JSON, such as "playing".
func (a Activity) String() string {
	if int(a) >= len(activityNames) {
		return "unknown"
	}
	return activityNames[a]
}

// Floor is the floor in the sensor's coordinates.
type Floor struct {
	// Known is false while no floor was seen and nothing else tells where it is.
	Known bool
	// Up is the direction upwards, of length 1, in the axes of Place (Y is down).
	Up Place
	// Height is how high, in metres, the sensor stands above the floor.
	Height float64
}

// Space is the free floor before the sensor, in millimetres: between Near and Far of
// it, from Left to Right of its axis (Left is negative). All zero while not known.
type Space struct{ Near, Far, Left, Right int }

// Room is how many millimetres a body may move towards and away from the sensor and
// to the picture's sides before it leaves the playing field or is cut off; negative is
// by how much it has. Top is what is left above raised hands.
type Room struct{ Near, Far, Left, Right, Top int }

// Mask is one bit a pixel of a 640x480 picture, row by row, least significant bit
// first: pixel (x, y) is bit x%64 of word y*10 + x/64.
type Mask [Width * Height / 64]uint64

// At reports whether pixel (x, y) is set; outside the picture it is not.
func (m *Mask) At(x, y int) bool {
	return uint(x) < Width && uint(y) < Height && m[(y*Width+x)>>6]>>(x&63)&1 != 0
}

// Set sets pixel (x, y), which must lie in the picture.
func (m *Mask) Set(x, y int) { m[(y*Width+x)>>6] |= 1 << (x & 63) }

// Count is the number of pixels set.
func (m *Mask) Count() int {
	n := 0
	for _, w := range m {
		n += bits.OnesCount64(w)
	}
	return n
}

const (
	// GridWidth and GridHeight are the size of the masks which the rules compare:
	// a quarter of the picture, small enough to send in one packet.
	GridWidth, GridHeight = 160, 120
)

// Grid is one bit a cell of a 160x120 mask, row by row from the top, least
// significant bit first. Grids compare with ==.
type Grid [GridWidth * GridHeight / 64]uint64

// At reports whether cell (x, y) is set; outside the grid it is not.
func (g *Grid) At(x, y int) bool {
	if uint(x) >= GridWidth || uint(y) >= GridHeight {
		return false
	}
	i := y*GridWidth + x
	return g[i>>6]>>(i&63)&1 != 0
}

// Set sets cell (x, y); outside the grid it does nothing.
func (g *Grid) Set(x, y int) {
	if uint(x) < GridWidth && uint(y) < GridHeight {
		i := y*GridWidth + x
		g[i>>6] |= 1 << (i & 63)
	}
}

// Count is the number of cells set.
func (g *Grid) Count() int {
	n := 0
	for _, w := range g {
		n += bits.OnesCount64(w)
	}
	return n
}

// And is the cells set in both g and h; AndNot those in g but not in h; Or those
// in either.
func (g Grid) And(h *Grid) Grid {
	for i := range g {
		g[i] &= h[i]
	}
	return g
}

// AndNot is the cells of g that are not in h.
func (g Grid) AndNot(h *Grid) Grid {
	for i := range g {
		g[i] &^= h[i]
	}
	return g
}

// Or is the cells set in g or in h.
func (g Grid) Or(h *Grid) Grid {
	for i := range g {
		g[i] |= h[i]
	}
	return g
}

// A Silhouette is a body in the picture's quarter-size grid (cell (x, y) covers
// pixels 4x..4x+3, 4y..4y+3, not mirrored), with what is needed to lay it into the
// plane of a wall. All integers, so that the rules compute the same everywhere.
type Silhouette struct {
	// Body are the cells that show the body.
	Body Grid
	// Unseen are the cells where the body may go on without the sensor seeing it:
	// behind something nearer, or without a reading beside the body.
	Unseen Grid
	// Distance of the body from the sensor's plane.
	Distance Millimetres
	// Height of the person standing, as well as it is known so far.
	Height Millimetres
	// FloorDrop is how many millimetres the floor at the person's feet lies below
	// the sensor's optical axis.
	FloorDrop int
}
