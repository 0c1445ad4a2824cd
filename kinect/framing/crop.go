package framing

import (
	"image"

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
	// picture, at 1 m; a head is 230 mm high.
	headRoom = 0.25 * kinect.FocalLength
	// relax is by which share of its size the space that the body has used lately
	// shrinks each frame: a waving arm does not make the picture breathe.
	relax = 0.004
	// slack is the dead zone: by which share of the view's width it may be off
	// before it moves.
	slack = 0.06
	// pull and brake make the view follow like a mass on a spring, critically damped
	// (brake = 2 √pull): there in half a second at 30 frames a second, no overshoot.
	pull, brake = 0.04, 0.4
	// away is for how many frames nobody must be there before the view goes back to
	// everything.
	away = 45
)

// A director decides which part of the picture is shown.
type director struct {
	now, speed view
	goal       view
	following  bool // goal is being approached
	used       [4]float32
	seen       bool // used is known
	absent     int
}

func newDirector() director { return director{now: whole, goal: whole} }

// follow moves the view on by a frame. Nobody being there is nil.
func (d *director) follow(p *kinect.Person) view {
	if p == nil {
		if d.absent++; d.absent > away {
			d.goal, d.following, d.seen = whole, true, false
		}
	} else {
		d.absent = 0
		d.use(p)
		d.aim()
	}
	d.move()
	return d.now
}

// use widens the space that the body uses to where it is now, and lets it shrink
// slowly.
func (d *director) use(p *kinect.Person) {
	b := wanted(p)
	edges := [4]float32{float32(b.Min.X), float32(b.Min.Y), float32(b.Max.X), float32(b.Max.Y)}
	if !d.seen {
		d.used, d.seen = edges, true
		return
	}
	for i, e := range edges {
		size := d.used[i%2+2] - d.used[i%2]
		if i < 2 {
			d.used[i] = min(e, d.used[i]+relax*size)
		} else {
			d.used[i] = max(e, d.used[i]-relax*size)
		}
	}
}

// wanted is what should be in the picture: the mask's box and room above the head.
func wanted(p *kinect.Person) image.Rectangle {
	b := p.Box
	if h := p.Joints[kinect.Head]; h.Confidence > 0 && h.Depth > 0 {
		b.Min.Y = min(b.Min.Y, h.Y-int(headRoom*1000/float32(h.Depth)))
	}
	return b.Intersect(image.Rect(0, 0, kinect.Width, kinect.Height))
}

// aim sets a new goal when the old one is off by more than the dead zone.
func (d *director) aim() {
	u := d.used
	w, h := (u[2]-u[0])*(1+2*margin), (u[3]-u[1])*(1+2*margin)
	g := view{(u[0] + u[2]) / 2, (u[1] + u[3]) / 2, max(narrowest, w, h*kinect.Width/kinect.Height)}
	g = g.inside()
	limit := slack * d.goal.width
	if off(g.x, d.goal.x) > limit || off(g.y, d.goal.y) > limit || off(g.width, d.goal.width) > limit {
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

// inside is the view moved and made smaller so that it lies within the picture.
func (v view) inside() view {
	v.width = min(v.width, kinect.Width)
	w, h := v.width/2, v.height()/2
	v.x = max(w, min(kinect.Width-w, v.x))
	v.y = max(h, min(kinect.Height-h, v.y))
	return v
}

// move lets the spring work for a frame.
func (d *director) move() {
	step := func(at, speed *float32, goal float32) {
		*speed += pull*(goal-*at) - brake**speed
		*at += *speed
	}
	step(&d.now.x, &d.speed.x, d.goal.x)
	step(&d.now.y, &d.speed.y, d.goal.y)
	step(&d.now.width, &d.speed.width, d.goal.width)
	d.now = d.now.inside()
}

func off(a, b float32) float32 { return max(a-b, b-a) }
