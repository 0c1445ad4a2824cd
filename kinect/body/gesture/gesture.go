// Package gesture makes one person's joints, as they were found frame by frame, into
// steadied joints, gestures and a cursor. It knows nothing of pictures: what it is
// given are places, the sensor's time and what is known about sight.
//
// All lengths are taken relative to the person, so that a child makes the same
// gestures as a grown-up, and all directions relative to which way is up. It
// computes on the processor alone, allocates nothing and starts nothing.
package gesture

import (
	"math"

	"cutout/kinect"
)

const (
	// period is a depth frame's time in seconds: the sensor sends 29.97 a second.
	period = 1001.0 / 30000
	// afresh is after how many seconds without a frame nothing of before counts.
	afresh = 1.0
)

// A Person is what is known about somebody's joints from the frames before. The zero
// value is somebody never seen. One goroutine may use it.
type Person struct {
	seen    bool
	clock   uint32
	filters [kinect.JointCount]filter
	against [6]float64 // s for which left and right have been found exchanged
	bones   bones
	top     [2]float64 // s for which a hand has been out at the picture's top, or 0
	held    [4]hold
	moves   [2]mover
	calm    calm
	pointer pointer
}

// found is a joint as it was found in a frame.
type found struct {
	ok         bool
	at         vec
	confidence float32
	sight      kinect.Sight
}

// Update replaces of.Joints, the joints as they were found in the frame of the sensor's
// time clock, by the steadied ones, and sets of.Gestures and of.Cursor from them.
// Joints that were not found have confidence 0; any may be missing. A joint's place is
// taken from Place where it has one, else from its pixel and depth, and the answer
// has all three the same. Joints that are missed for a few frames are held with
// falling confidence, as Hidden or OutOfView.
//
// of.Box and of.Silhouette's height are read if they are set. up is the direction
// upwards in the axes of kinect.Place, of any length; the zero Place means a sensor that
// looks straight ahead. Frames may be missing; a clock that stands still or runs
// backwards counts as one frame's time, and after more than a second everything
// begins anew. The first sight of somebody tells held gestures at once; later they
// settle. Whatever is put in, no answer has a number that is not finite.
func (p *Person) Update(of *kinect.Person, clock uint32, up kinect.Place) {
	dt, first := p.pass(clock)
	c := kinect.DefaultCalibration()
	raw := collect(&of.Joints, c)
	p.untangle(&raw, dt)
	for i := range p.filters {
		if f := &raw[i]; f.ok {
			p.filters[i].take(f.at, f.confidence, f.sight, dt)
		} else {
			p.filters[i].miss(dt)
		}
	}
	p.bones.learn(&p.filters)
	p.bones.straighten(&p.filters)
	for i := range p.filters {
		of.Joints[i] = p.filters[i].joint(c)
	}
	s := p.stance(of, vec(up), dt)
	of.Gestures = p.hold(&s, dt, first) | p.move(&s, dt)
	of.Cursor = p.point(&s, dt)
}

// pass is the time since the frame before, in seconds, and whether this is the first
// sight of the person.
func (p *Person) pass(clock uint32) (dt float64, first bool) {
	dt = float64(int32(clock-p.clock)) / kinect.ClockHz
	first = !p.seen
	if first || dt <= 0 {
		dt = period
	}
	if dt > afresh {
		*p = Person{bones: p.bones}
		dt = period
	}
	p.seen, p.clock = true, clock
	return max(dt, 1e-3), first
}

// collect reads the joints, and leaves out what cannot be.
func collect(joints *[kinect.JointCount]kinect.Joint, c kinect.Calibration) (raw [kinect.JointCount]found) {
	for i := range joints {
		j := &joints[i]
		if !(j.Confidence > 0) {
			continue
		}
		at := j.Place
		if at == (kinect.Place{}) {
			at = c.Place(float64(j.X), float64(j.Y), j.Depth)
		}
		f := found{ok: true, at: vec(at), confidence: min(1, j.Confidence), sight: j.Sight}
		if f.sight == kinect.Unknown || f.sight > kinect.OutOfView {
			f.sight = kinect.Seen
		}
		_, _, _, ok := c.Pixel(at)
		if f.ok = ok && f.at.finite(); f.ok {
			raw[i] = f
		}
	}
	return raw
}

// upwards is up at length 1: that of a level sensor where it is not known.
func upwards(up vec) vec {
	level := vec{Y: -1}
	if math.IsNaN(up.X + up.Y + up.Z) {
		return level
	}
	return up.unit(level)
}
