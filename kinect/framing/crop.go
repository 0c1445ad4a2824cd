package framing

import (
	"math"

	"cutout/kinect"
)

// A view is a part of the picture, 4:3, in pixels of the frame.
type view struct{ x, y, width float32 } // its middle, and its width

func (v view) height() float32 { return v.width * kinect.Height / kinect.Width }

// whole is the view of everything.
var whole = view{kinect.Width / 2, kinect.Height / 2, kinect.Width}

const (
	// narrowest is the width of the closest view: what a player at 3.5 m fills.
	narrowest = 280
	// margin is the share of the body's size that is left free around it.
	margin = 0.10
	// headRoom is how many pixels above the middle of the head are always in the
	// picture, at 1 m, and headSide how many beside it; a head is 230 mm high and 160 mm
	// wide, a head of hair 100 mm more.
	headRoom, headSide = 0.25 * kinect.FocalLength, 0.14 * kinect.FocalLength
	// relax is by which share of its size the space that the bodies have used lately
	// shrinks each frame: a waving arm does not make the picture breathe, and who leaves
	// is let go over seconds.
	relax = 0.004
	// lead is how many frames ahead the operator looks, by the speed at which the space
	// in use grows; hasty is how many pixels a frame that speed is at most.
	lead, hasty = 9, 22
	// slack is the dead zone: by which share of the view's width it may be off
	// before it moves.
	slack = 0.06
	// arrived is how near to its goal, in pixels, the view comes to rest.
	arrived = 0.5
	// away is for how many frames nobody must be there before the view goes back to
	// everything.
	away = 45
)

// What the camera's motors can do, in pixels a frame, and a frame more every frame:
// at the most the picture is crossed in a second, after a third of a second to get up
// to that speed. Closing in is slow.
const (
	topSpeed, topInward = 20, 4
	push, pushInward    = 2.0, 0.25
	// pull is which share of its way the view goes in a frame when it is nearly there.
	pull = 0.12
)

// A director decides which part of the picture is shown, like a camera's operator:
// resting while all is well, then moving to where all is well again, early and gently.
type director struct {
	now, speed view
	goal       view
	following  bool // goal is being approached
	used       edges
	last, rate edges // needed in the last frame, and how fast each edge goes outwards
	seen       bool  // used is known
	absent     int
}

// edges are left, top, right and bottom of a part of the picture.
type edges [4]float32

func newDirector() director { return director{now: whole, goal: whole} }

// follow moves the view on by a frame.
func (d *director) follow(people []kinect.Person) view {
	if e, ok := needed(people); !ok {
		if d.absent++; d.absent > away {
			d.goal, d.following, d.seen = whole, true, false
		}
	} else {
		d.absent = 0
		d.use(e)
		d.aim()
	}
	d.move()
	return d.now
}

// needed is what has to be in the picture: those who play, with room above and beside
// their heads.
func needed(people []kinect.Person) (e edges, ok bool) {
	e = edges{kinect.Width, kinect.Height, 0, 0}
	for i := range people {
		p := &people[i]
		if p.Activity != kinect.Playing || p.Box.Empty() {
			continue
		}
		b := p.Box
		one := edges{float32(b.Min.X), float32(b.Min.Y), float32(b.Max.X), float32(b.Max.Y)}
		if h := &p.Joints[kinect.Head]; h.Confidence > 0 && h.Depth > 0 {
			metres := float32(h.Depth) / 1000
			x, y, side := float32(h.X), float32(h.Y), headSide/metres
			one = edges{min(one[0], x-side), min(one[1], y-headRoom/metres), max(one[2], x+side), one[3]}
		}
		one.cut()
		if one[0] < one[2] && one[1] < one[3] {
			ok = true
			e = edges{min(e[0], one[0]), min(e[1], one[1]), max(e[2], one[2]), max(e[3], one[3])}
		}
	}
	return e, ok
}

// cut leaves what lies in the picture.
func (e *edges) cut() {
	for i := range e {
		limit := float32(kinect.Width)
		if i%2 == 1 {
			limit = kinect.Height
		}
		e[i] = max(0, min(limit, e[i]))
	}
}

// use widens the space that the bodies use to where they are now and are about to be,
// and lets it shrink slowly.
func (d *director) use(e edges) {
	if !d.seen {
		d.used, d.last, d.rate, d.seen = e, e, edges{}, true
		return
	}
	size := edges{d.used[2] - d.used[0], d.used[3] - d.used[1]}
	for i := range e {
		out := e[i] - d.last[i] // growing outwards is positive
		if i < 2 {
			out = -out
		}
		d.last[i] = e[i]
		// A leap is somebody who appeared, or a mistake: nothing to foresee.
		if out > hasty {
			out = 0
		}
		d.rate[i] += 0.35 * (out - d.rate[i])
		ahead := float32(lead) * max(0, d.rate[i]-1)
		if i < 2 {
			d.used[i] = min(e[i]-ahead, d.used[i]+relax*size[i%2])
		} else {
			d.used[i] = max(e[i]+ahead, d.used[i]-relax*size[i%2])
		}
	}
	d.used.cut()
}

// aim sets a new goal when the old one is off by more than the dead zone, or crops
// somebody.
func (d *director) aim() {
	u := d.used
	w, h := (u[2]-u[0])*(1+2*margin), (u[3]-u[1])*(1+2*margin)
	g := view{(u[0] + u[2]) / 2, (u[1] + u[3]) / 2, max(narrowest, w, h*kinect.Width/kinect.Height)}
	g = g.inside()
	limit := slack * d.goal.width
	if !d.goal.holds(d.last) || off(g.x, d.goal.x) > limit || off(g.y, d.goal.y) > limit || off(g.width, d.goal.width) > limit {
		d.following = true
	}
	if !d.following {
		return
	}
	d.goal = g
	if off(g.x, d.now.x)+off(g.y, d.now.y)+off(g.width, d.now.width) < 3 {
		d.following = false
	}
}

// holds says whether a part of the picture is in the view.
func (v view) holds(e edges) bool {
	w, h := v.width/2+arrived, v.height()/2+arrived
	return e[0] >= v.x-w && e[2] <= v.x+w && e[1] >= v.y-h && e[3] <= v.y+h
}

// inside is the view moved and made smaller so that it lies within the picture.
func (v view) inside() view {
	v.width = min(v.width, kinect.Width)
	w, h := v.width/2, v.height()/2
	v.x = max(w, min(kinect.Width-w, v.x))
	v.y = max(h, min(kinect.Height-h, v.y))
	return v
}

// move drives the camera for a frame. Its speed is what lets it stop in time at the
// goal, so that it never goes beyond.
func (d *director) move() {
	if off(d.now.x, d.goal.x)+off(d.now.y, d.goal.y)+off(d.now.width, d.goal.width) < arrived &&
		off(d.speed.x, 0)+off(d.speed.y, 0)+off(d.speed.width, 0) < arrived {
		d.speed = view{} // at rest
		return
	}
	drive(&d.now.x, &d.speed.x, d.goal.x, topSpeed, push)
	drive(&d.now.y, &d.speed.y, d.goal.y, topSpeed, push)
	if d.goal.width < d.now.width {
		drive(&d.now.width, &d.speed.width, d.goal.width, topInward, pushInward)
	} else {
		drive(&d.now.width, &d.speed.width, d.goal.width, topSpeed, push)
	}
	d.now = d.now.inside()
}

// drive moves one axis: as fast as it may, as it can still brake, and slower the nearer
// it is. Brakes are as strong whichever way it goes.
func drive(at, speed *float32, goal, top, gain float32) {
	way := goal - *at
	far := max(way, -way)
	want := min(top, float32(math.Sqrt(float64(1.6*gain*far))), pull*far+0.02, far)
	if way < 0 {
		want = -want
	}
	if *speed*want < 0 || off(want, 0) < off(*speed, 0) {
		gain = push
	}
	*speed += max(-gain, min(gain, want-*speed))
	*at += *speed
}

func off(a, b float32) float32 { return max(a-b, b-a) }
