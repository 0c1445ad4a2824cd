package gesture

import (
	"math"

	"cutout/kinect"
)

// The bones whose lengths are learnt; left and right share one.
const (
	upperArm = iota
	forearm
	torso // shoulder to hip
	thigh
	shin
	boneCount
)

// ofHeight are a grown body's bones as shares of its height, from Winter's segment tables
// (Biomechanics and Motor Control of Human Movement, figure 4.1), as kinect.Pose has them.
func ofHeight() [boneCount]float64 {
	return [boneCount]float64{0.172, 0.195, 0.294, 0.245, 0.246}
}

const (
	// enough measurements and a bone's length is believed.
	enough = 20
	// A bone may seem this much shorter or longer than it was learnt to be.
	stretch = 0.15
	// assumedHeight is that of somebody of whom nothing is known, m.
	assumedHeight = 1.6
	// People are between a small child and a very tall man, m.
	shortest, tallest = 0.85, 2.2
)

// bones are lengths of a body, in metres: medians, found by small steps.
type bones struct {
	length [boneCount]float64
	count  [boneCount]int
}

// limbs are the joints at the ends of each bone, and which bone it is.
func limbs() [10]struct {
	bone     int
	from, to kinect.JointName
} {
	return [10]struct {
		bone     int
		from, to kinect.JointName
	}{
		{upperArm, kinect.LeftShoulder, kinect.LeftElbow}, {upperArm, kinect.RightShoulder, kinect.RightElbow},
		{forearm, kinect.LeftElbow, kinect.LeftHand}, {forearm, kinect.RightElbow, kinect.RightHand},
		{torso, kinect.LeftShoulder, kinect.LeftHip}, {torso, kinect.RightShoulder, kinect.RightHip},
		{thigh, kinect.LeftHip, kinect.LeftKnee}, {thigh, kinect.RightHip, kinect.RightKnee},
		{shin, kinect.LeftKnee, kinect.LeftFoot}, {shin, kinect.RightKnee, kinect.RightFoot},
	}
}

// learn measures the bones both of whose ends are seen.
func (b *bones) learn(filters *[kinect.JointCount]filter) {
	for _, l := range limbs() {
		from, to := &filters[l.from], &filters[l.to]
		if !from.seen() || !to.seen() {
			continue
		}
		d := to.at.minus(from.at).length()
		switch n := b.count[l.bone]; {
		case n == 0:
			b.length[l.bone] = d
		default:
			step := b.length[l.bone] * max(0.1/float64(n), 0.002)
			b.length[l.bone] += math.Copysign(min(step, math.Abs(d-b.length[l.bone])), d-b.length[l.bone])
		}
		b.count[l.bone] = min(b.count[l.bone]+1, 1000)
	}
}

// seen reports whether the joint is measured now, and surely.
func (f *filter) seen() bool {
	return f.known && f.missed == 0 && f.sight == kinect.Seen && f.confidence > 0.3
}

// straighten keeps elbows and knees, which are found less well than hands and feet, at
// their bones' length from shoulders and hips.
func (b *bones) straighten(filters *[kinect.JointCount]filter) {
	for _, l := range limbs() {
		if l.bone != upperArm && l.bone != thigh || b.count[l.bone] < enough {
			continue
		}
		from, to := &filters[l.from], &filters[l.to]
		if !from.known || !to.known {
			continue
		}
		v := to.at.minus(from.at)
		d, want := v.length(), b.length[l.bone]
		if d > want*(1+stretch) || d < want*(1-stretch) && d > want/4 {
			k := max(want*(1-stretch), min(want*(1+stretch), d)) / d
			to.at = from.at.plus(k, v)
		}
	}
}

// size is the person's height standing, in metres: from the bones that are known well,
// else as measured, which for somebody seated is too little.
func (b *bones) size(measured kinect.Millimetres) float64 {
	sum, share := 0.0, 0.0
	for i, s := range ofHeight() {
		if b.count[i] >= enough {
			sum, share = sum+b.length[i], share+s
		}
	}
	h := assumedHeight
	switch {
	case share > 0.35:
		h = sum / share
	case measured > 0:
		h = float64(measured) / 1000
	}
	return max(shortest, min(tallest, h))
}

// arm is the length of a stretched arm, in metres.
func (b *bones) arm(size float64) float64 {
	s := ofHeight()
	a := size * (s[upperArm] + s[forearm])
	if b.count[upperArm] >= enough && b.count[forearm] >= enough {
		a = max(0.8*a, min(1.25*a, b.length[upperArm]+b.length[forearm]))
	}
	return a
}
