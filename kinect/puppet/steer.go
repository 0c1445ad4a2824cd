package puppet

import (
	"math"

	"cutout/kinect"
)

// Controls are how a player wants the body to stand, as mouse, keys or a gamepad
// say it. Values out of range are cut to their range. The zero value stands at
// ease.
type Controls struct {
	// LeftHand and RightHand are the person's own.
	LeftHand, RightHand Aim
	// Lean -1..1, positive towards the person's left (the picture's right).
	Lean float64
	// Crouch 0..1.
	Crouch float64
	// Step -1..1 moves the whole body sideways, positive towards the person's left.
	Step float64
	// LeftLeg and RightLeg 0..1 spread the leg out to its side.
	LeftLeg, RightLeg float64
	// HandsUp raises both hands, whatever they aim at.
	HandsUp bool
}

// An Aim is where a hand shall go: X -1..1 towards the person's left (the
// picture's right), Y -1..1 upwards, from the point between the shoulders; (1, 0)
// is the left hand at the end of a straight arm. A hand that cannot get there
// points there. The hand hangs when On is false.
type Aim struct {
	X, Y float64
	On   bool
}

// How far the controls go, in units of kinect.Pose.
const (
	mostLean   = 30
	mostCrouch = 650
	mostStep   = 400
	mostSpread = 48
)

// limits are what a body does at most, as lowest and highest.
var limits = [numAngles][2]float64{
	lean: {-35, 35}, head: {-30, 30},
	leftShoulder: {-60, 200}, leftElbow: {-155, 155}, rightShoulder: {-60, 200}, rightElbow: {-155, 155},
	leftHip: {-15, 80}, leftKnee: {-120, 40}, rightHip: {-15, 80}, rightKnee: {-120, 40},
	squat: {0, 800}, shift: {-500, 500},
}

// A driver turns controls into postures. It remembers which way the elbows bend,
// so that they do not flip to and fro.
type driver struct {
	raised [2]bool // left, right: the forearm turns on upwards
}

func (d *driver) posture(c Controls) posture {
	p := ease
	p[lean] = mostLean * cut(c.Lean, -1, 1)
	p[head] = -p[lean] / 3 // the eyes stay level
	p[squat] = mostCrouch * cut(c.Crouch, 0, 1)
	p[shift] = mostStep * cut(c.Step, -1, 1)
	p[leftHip] += mostSpread * cut(c.LeftLeg, 0, 1)
	p[rightHip] += mostSpread * cut(c.RightLeg, 0, 1)
	if c.HandsUp {
		for _, i := range [...]int{leftShoulder, leftElbow, rightShoulder, rightElbow} {
			p[i] = handsUp[i]
		}
		return p
	}
	s := p.pose().Skeleton()
	if c.LeftHand.On {
		p[leftShoulder], p[leftElbow] = d.arm(&s, 0, c.LeftHand)
	}
	if c.RightHand.On {
		p[rightShoulder], p[rightElbow] = d.arm(&s, 1, c.RightHand)
	}
	for i, l := range limits {
		p[i] = cut(p[i], l[0], l[1])
	}
	return p
}

// arm is the angles that bring a hand to its aim.
func (d *driver) arm(s *kinect.Skeleton, side int, aim Aim) (shoulder, elbow float64) {
	out, joint := 1.0, s.LeftShoulder
	if side == 1 {
		out, joint = -1, s.RightShoulder
	}
	upper, fore := length(s.LeftShoulder, s.LeftElbow), length(s.LeftElbow, s.LeftHand)
	half := length(s.LeftShoulder, s.RightShoulder) / 2
	unit := half + upper + fore
	x := float64(s.LeftShoulder.X+s.RightShoulder.X)/2 + unit*cut(aim.X, -1, 1)
	y := float64(s.LeftShoulder.Y+s.RightShoulder.Y)/2 + unit*cut(aim.Y, -1, 1)
	dx, dy := out*(x-float64(joint.X)), y-float64(joint.Y)

	// The direction of the aim: 0 down, 90 outwards, 180 up; the other side's lower
	// quarter is negative.
	towards := math.Atan2(dx, -dy) * 180 / math.Pi
	if towards < -90 {
		towards += 360
	}
	far := cut(math.Hypot(dx, dy), math.Abs(upper-fore)+1, upper+fore)
	turn := corner(upper, far, fore)
	bend := 180 - corner(upper, fore, far)
	// High hands have the elbow below the arm, low ones beside the body.
	if towards > 55 {
		d.raised[side] = true
	} else if towards < 35 {
		d.raised[side] = false
	}
	if d.raised[side] {
		return towards - turn, bend
	}
	return towards + turn, -bend
}

// corner is the angle between the sides a and b of a triangle, across from c.
func corner(a, b, c float64) float64 {
	return math.Acos(cut((a*a+b*b-c*c)/(2*a*b), -1, 1)) * 180 / math.Pi
}

func length(a, b kinect.Point) float64 {
	return math.Sqrt(float64((a.X-b.X)*(a.X-b.X) + (a.Y-b.Y)*(a.Y-b.Y) + (a.Z-b.Z)*(a.Z-b.Z)))
}

// cut keeps v between lo and hi; what is no number becomes lo.
func cut(v, lo, hi float64) float64 {
	if v >= lo {
		return min(v, hi)
	}
	return lo
}
