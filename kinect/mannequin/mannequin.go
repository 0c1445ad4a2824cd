// Package mannequin makes up people in rooms as an Xbox 360 Kinect would see them, and
// tells the whole truth about them: which pixels are theirs, which part of the body
// each shows, where the joints are, and what they do. Body-part forests are trained
// on its single shots, and trackers are measured on its sequences.
//
// The bodies are three-dimensional: a skeleton of bones (Winter, Biomechanics and
// Motor Control of Human Movement, figure 4.1) inside tubes of flesh and cloth as wide
// as NASA-STD-3000, volume I, section 3, measured people to be. They are drawn into a
// depth buffer with their room, and a sensor is looked through that quantises, loses,
// shades and strays as the real one does (see kinect/puppet).
//
// Everything follows from a seed: the same build makes the same bytes from it. Nothing
// is shared between shots, so that any number of goroutines may make them.
package mannequin

import "cutout/kinect"

// Part is a part of a body; left and right are the person's own.
type Part uint8

// The parts. The trunk is cut in four quarters at the middle of the body and at the
// lowest rib.
const (
	// NoPart is what is not a body.
	NoPart Part = iota
	Head
	Neck
	LeftUpperTorso
	RightUpperTorso
	LeftLowerTorso
	RightLowerTorso
	LeftShoulder
	RightShoulder
	LeftUpperArm
	RightUpperArm
	LeftForearm
	RightForearm
	LeftHand
	RightHand
	LeftThigh
	RightThigh
	LeftShin
	RightShin
	LeftFoot
	RightFoot
	// PartCount is how many there are, with NoPart.
	PartCount = iota
)

var partNames = [PartCount]string{
	"none", "head", "neck", "left_upper_torso", "right_upper_torso", "left_lower_torso", "right_lower_torso",
	"left_shoulder", "right_shoulder", "left_upper_arm", "right_upper_arm", "left_forearm", "right_forearm",
	"left_hand", "right_hand", "left_thigh", "right_thigh", "left_shin", "right_shin", "left_foot", "right_foot",
}

// String is the part's name, such as "left_hand".
func (p Part) String() string {
	if int(p) >= PartCount {
		return "unknown"
	}
	return partNames[p]
}

// A Truth is what is true of one person in a Shot.
type Truth struct {
	// Mask are the pixels in which the sensor sees the person, with clothes, hair and
	// what is carried, whether or not it has a reading there: as ragged as its blocks
	// of dots make outlines.
	Mask kinect.Mask
	// Joints are the joints' true places, their centres inside the body: a hand's is
	// the middle of the palm, a foot's the instep. Confidence is 1. Sight is Seen when
	// the joint's limb is visible around its pixel, Hidden behind something or behind
	// the person's own body, OutOfView outside the picture or behind the sensor.
	Joints [kinect.JointCount]kinect.Joint
	// Height is how tall the person stands barefoot, in metres.
	Height float64
	// Gestures are those that the body makes: the held ones in every frame in which its
	// bones have that pose, the others in the one frame in which they are completed.
	Gestures kinect.Gestures
	// ID is the same in all shots of a Play; from 1.
	ID int
}

// A Shot is one moment as the sensor sees it. It is the caller's.
type Shot struct {
	// Codes are kinect.Width*kinect.Height disparity codes, kinect.NoDisparity without
	// a reading.
	Codes []uint16
	// Frame has the same in millimetres. Its Clock runs at the sensor's pace through a
	// Play, and At with it; it has no colour.
	Frame *kinect.Frame
	// Parts is the part of a body that each pixel shows, NoPart outside of all masks.
	Parts []Part
	// People are those in the room, also those of whom nothing is seen.
	People []Truth
	// Up is the direction upwards in the axes of kinect.Place, of length 1, as an
	// accelerometer reads it; SensorHeight is the sensor's height over the floor in
	// metres.
	Up           kinect.Place
	SensorHeight float64
}

// Still is one moment with anybody, in any pose, at any place, in any room: half the
// time a single person, else two or more; sometimes with everything but the people cut
// away. The same seed gives the same shot.
func Still(seed uint64) *Shot {
	d := newDice(seed, 0x7374696c)
	s := newSet(d)
	return s.still(d)
}
