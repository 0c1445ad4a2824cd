package puppet

import (
	"math"

	"cutout/kinect"
)

// The angles of a posture, in the order of kinect.Pose.
const (
	lean = iota
	head
	leftShoulder
	leftElbow
	rightShoulder
	rightElbow
	leftHip
	leftKnee
	rightHip
	rightKnee
	squat
	shift
	numAngles
)

// A posture is a kinect.Pose with fractions of its units, so that motion is smooth.
type posture [numAngles]float64

func postureOf(p kinect.Pose) posture {
	return posture{
		float64(p.Lean), float64(p.Head), float64(p.LeftShoulder), float64(p.LeftElbow),
		float64(p.RightShoulder), float64(p.RightElbow), float64(p.LeftHip), float64(p.LeftKnee),
		float64(p.RightHip), float64(p.RightKnee), float64(p.Squat), float64(p.Shift),
	}
}

// poseOf is the pose of whole units.
func poseOf(a [numAngles]int16) kinect.Pose {
	return kinect.Pose{
		Lean: a[lean], Head: a[head], LeftShoulder: a[leftShoulder], LeftElbow: a[leftElbow],
		RightShoulder: a[rightShoulder], RightElbow: a[rightElbow], LeftHip: a[leftHip], LeftKnee: a[leftKnee],
		RightHip: a[rightHip], RightKnee: a[rightKnee], Squat: a[squat], Shift: a[shift],
	}
}

// pose rounds to whole units.
func (p posture) pose() kinect.Pose {
	var whole [numAngles]int16
	for i, v := range p {
		whole[i] = int16(math.Round(v))
	}
	return poseOf(whole)
}

// skeleton places the joints. Between whole units they move on straight lines,
// which differ from the true arcs by less than a thousandth of a limb.
func (p posture) skeleton() kinect.Skeleton {
	var whole [numAngles]int16
	var rest posture
	for i, v := range p {
		floor := math.Floor(v)
		whole[i], rest[i] = int16(floor), v-floor
	}
	base := poseOf(whole).Skeleton()
	from := joints(&base)
	var moved [numJoints][3]float64
	for i, share := range rest {
		if share < 1e-4 {
			continue
		}
		whole[i]++
		next := poseOf(whole).Skeleton()
		whole[i]--
		for j, to := range joints(&next) {
			moved[j][0] += share * float64(to.X-from[j].X)
			moved[j][1] += share * float64(to.Y-from[j].Y)
			moved[j][2] += share * float64(to.Z-from[j].Z)
		}
	}
	for j, joint := range from {
		joint.X += int(math.Round(moved[j][0]))
		joint.Y += int(math.Round(moved[j][1]))
		joint.Z += int(math.Round(moved[j][2]))
	}
	return base
}

const numJoints = 17

func joints(s *kinect.Skeleton) [numJoints]*kinect.Point {
	return [numJoints]*kinect.Point{
		&s.Head, &s.Neck, &s.Pelvis, &s.LeftShoulder, &s.LeftElbow, &s.LeftHand,
		&s.RightShoulder, &s.RightElbow, &s.RightHand, &s.LeftHip, &s.LeftKnee, &s.LeftAnkle, &s.LeftToe,
		&s.RightHip, &s.RightKnee, &s.RightAnkle, &s.RightToe,
	}
}
