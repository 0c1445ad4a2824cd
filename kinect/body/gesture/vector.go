package gesture

import (
	"math"

	"cutout/kinect"
)

// A vec is a place or a direction, in metres, in the axes of kinect.Place.
type vec kinect.Place

// plus is v + k*w.
func (v vec) plus(k float64, w vec) vec { return vec{v.X + k*w.X, v.Y + k*w.Y, v.Z + k*w.Z} }

func (v vec) minus(w vec) vec { return v.plus(-1, w) }

func (v vec) dot(w vec) float64 { return v.X*w.X + v.Y*w.Y + v.Z*w.Z }

func (v vec) length() float64 { return math.Sqrt(v.dot(v)) }

func (v vec) cross(w vec) vec {
	return vec{v.Y*w.Z - v.Z*w.Y, v.Z*w.X - v.X*w.Z, v.X*w.Y - v.Y*w.X}
}

// finite reports whether v can be a place in a room: nothing is 100 m away.
func (v vec) finite() bool {
	return math.Abs(v.X) < 100 && math.Abs(v.Y) < 100 && math.Abs(v.Z) < 100
}

// unit is v at length 1, or otherwise where v has no direction.
func (v vec) unit(otherwise vec) vec {
	n := v.length()
	if !(n > 1e-6) || math.IsInf(n, 0) {
		return otherwise
	}
	return vec{}.plus(1/n, v)
}
