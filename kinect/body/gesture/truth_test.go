package gesture_test

import (
	"math"

	"cutout/kinect"
)

// held tells from the true joints whether somebody holds a gesture: strictly, so that it
// must be seen, or loosely, so that it may be.
func truly(g kinect.Gestures, f *figure, j *[kinect.JointCount]place, strict bool) bool {
	pick := func(s, l float64) float64 {
		if strict {
			return s
		}
		return l
	}
	right, up, front := f.axes()
	middle := plus(plus(place{}, 0.5, j[kinect.LeftShoulder]), 0.5, j[kinect.RightShoulder])
	h := f.height
	from := func(at, origin place) (side, high, before float64) {
		v := minus(at, origin)
		return dot(v, right) / h, dot(v, up) / h, dot(v, front) / h
	}
	both := true
	var sides [2]float64
	for i := range 2 {
		hand, shoulder, elbow := j[int(kinect.LeftHand)+i], j[int(kinect.LeftShoulder)+i], j[int(kinect.LeftElbow)+i]
		own := float64(2*i - 1)
		side, high, before := from(hand, middle)
		sides[i] = side
		out, rise, _ := from(hand, shoulder)
		reach := length(minus(hand, shoulder)) / (0.367 * h)
		elbowSide, _, _ := from(elbow, middle)
		switch g {
		case kinect.HandsUp:
			both = both && high > pick(0.06, -0.03)
		case kinect.TPose:
			share := 0.367 * reach
			both = both && reach > pick(0.93, 0.70) && math.Abs(rise) < pick(0.26, 0.56)*share && own*out > pick(0.93, 0.64)*share
		case kinect.ArmsCrossed:
			both = both && high < pick(0.05, 0.14) && high > pick(-0.2, -0.32) && before > pick(0.06, -0.02) && own*elbowSide > pick(0.05, -0.03)
		case kinect.HandOverMouth:
			beside, above, ahead := from(hand, plus(plus(j[kinect.Head], -0.042*h, up), 0.045*h, front))
			if math.Hypot(beside, above) < pick(0.03, 0.09) && ahead > pick(-0.02, -0.09) && ahead < pick(0.06, 0.13) {
				return true
			}
		}
	}
	if g == kinect.HandOverMouth {
		return false
	}
	if g == kinect.ArmsCrossed {
		return both && sides[0]-sides[1] > pick(0.08, 0)
	}
	return both
}
