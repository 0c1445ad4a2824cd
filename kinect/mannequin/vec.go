package mannequin

import (
	"math"
	"math/rand/v2"
)

// A vec is a place or a direction in the room, in metres: x to the picture's right, y
// up from the floor, z towards the sensor, which stands above the origin. Everything
// before the sensor has a negative z.
type vec struct{ x, y, z float64 }

func (a vec) plus(b vec) vec      { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) minus(b vec) vec     { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(s float64) vec { return vec{a.x * s, a.y * s, a.z * s} }
func (a vec) dot(b vec) float64   { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) len() float64        { return math.Sqrt(a.dot(a)) }
func (a vec) cross(b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

// unit is a with length 1; the zero vec stays what it is.
func (a vec) unit() vec {
	if l := a.len(); l > 1e-12 {
		return a.times(1 / l)
	}
	return a
}

// to is the place t of the way from a to b.
func (a vec) to(b vec, t float64) vec { return a.plus(b.minus(a).times(t)) }

// about is a turned around an axis of length 1.
func (a vec) about(axis vec, angle float64) vec {
	s, c := math.Sincos(angle)
	return a.times(c).plus(axis.cross(a).times(s)).plus(axis.times(axis.dot(a) * (1 - c)))
}

// across is the part of a that is perpendicular to the direction d, of length 1;
// another perpendicular when there is none.
func (a vec) across(d vec) vec {
	p := a.minus(d.times(a.dot(d)))
	if p.len() < 1e-6 {
		p = vec{d.y, d.z, d.x}
		p = p.minus(d.times(p.dot(d)))
	}
	return p.unit()
}

// A frame is a piece of a body: where it is, and its axes of length 1: x to the
// person's left, y up, z to the front.
type frame struct{ at, x, y, z vec }

// upright is a frame on the floor, turned by heading to the person's left.
func upright(at vec, heading float64) frame {
	s, c := math.Sincos(heading)
	return frame{at: at, x: vec{c, 0, -s}, y: vec{y: 1}, z: vec{s, 0, c}}
}

// dir is a direction given in the frame's axes.
func (f frame) dir(v vec) vec {
	return f.x.times(v.x).plus(f.y.times(v.y)).plus(f.z.times(v.z))
}

// place is a place given in the frame's axes.
func (f frame) place(v vec) vec { return f.at.plus(f.dir(v)) }

// local is a place in the frame's axes.
func (f frame) local(p vec) vec {
	q := p.minus(f.at)
	return vec{q.dot(f.x), q.dot(f.y), q.dot(f.z)}
}

// turned is the frame bent forwards, tilted to the person's left and twisted to the
// left, in radians and in this order from the outside.
func (f frame) turned(bend, tilt, twist float64) frame {
	g := f
	turn := func(axis vec, angle float64) {
		g.x, g.y, g.z = g.x.about(axis, angle), g.y.about(axis, angle), g.z.about(axis, angle)
	}
	turn(g.y, twist)
	turn(g.z, -tilt)
	turn(g.x, bend)
	return g
}

// mix is the frame t of the way from f to g, which do not look opposite ways.
func (f frame) mix(g frame, t float64) frame {
	y := f.y.to(g.y, t).unit()
	x := f.x.to(g.x, t).across(y)
	return frame{at: f.at.to(g.at, t), x: x, y: y, z: x.cross(y)}
}

// dice throws everything that chance decides.
type dice struct{ *rand.Rand }

func newDice(seed, purpose uint64) dice { return dice{rand.New(rand.NewPCG(seed, purpose))} }

// between is even over lo to hi.
func (d dice) between(lo, hi float64) float64 { return lo + (hi-lo)*d.Float64() }

// around is normal with the deviation sd, at most two of them away.
func (d dice) around(mean, sd float64) float64 {
	return mean + sd*max(-2, min(2, d.NormFloat64()))
}

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// sign is +1 or -1.
func (d dice) sign() float64 { return float64(d.IntN(2)*2 - 1) }

// pick is an index, the more likely the larger its weight.
func (d dice) pick(weights ...float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at := d.Float64() * sum
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}

func clamp(v, lo, hi float64) float64 { return max(lo, min(hi, v)) }

// ease goes smoothly from 0 to 1 as v goes from lo to hi.
func ease(lo, hi, v float64) float64 {
	t := clamp((v-lo)/(hi-lo), 0, 1)
	return t * t * (3 - 2*t)
}

const degree = math.Pi / 180
