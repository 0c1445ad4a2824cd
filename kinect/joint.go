package kinect

// JointName names a joint of a body; left and right are the person's own.
type JointName uint8

// The joints of a body.
const (
	Head JointName = iota
	Neck
	LeftShoulder
	RightShoulder
	LeftElbow
	RightElbow
	LeftHand
	RightHand
	LeftHip
	RightHip
	LeftKnee
	RightKnee
	LeftFoot
	RightFoot
	// JointCount is how many there are.
	JointCount = iota
)

var jointNames = [JointCount]string{
	"head", "neck", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_hand", "right_hand",
	"left_hip", "right_hip", "left_knee", "right_knee", "left_foot", "right_foot",
}

// String is the name in statistics and JSON, such as "left_hand".
func (n JointName) String() string {
	if n >= JointCount {
		return "unknown"
	}
	return jointNames[n]
}

// Bones are the pairs of joints that a line is drawn between.
func Bones() [][2]JointName {
	return [][2]JointName{
		{Head, Neck}, {Neck, LeftShoulder}, {Neck, RightShoulder},
		{LeftShoulder, LeftElbow}, {LeftElbow, LeftHand}, {RightShoulder, RightElbow}, {RightElbow, RightHand},
		{LeftShoulder, LeftHip}, {RightShoulder, RightHip}, {LeftHip, RightHip},
		{LeftHip, LeftKnee}, {LeftKnee, LeftFoot}, {RightHip, RightKnee}, {RightKnee, RightFoot},
	}
}

// A Joint is a place on a body.
type Joint struct {
	// X and Y are the pixel of the frame at which the joint lies, outside of it when
	// Sight is OutOfView, and Depth is its distance from the sensor's plane.
	X, Y  int
	Depth Millimetres
	// Place is the same in metres, through Place of the frame's grid.
	Place Place
	// Confidence is 0 (nothing is known; all else is zero) to 1.
	Confidence float32
	// Sight is whether the joint was seen.
	Sight Sight
}

// Sight is whether a joint was seen, and why not.
type Sight uint8

// Kinds of sight.
const (
	// Unknown joints have no place.
	Unknown Sight = iota
	// Seen joints are in the picture.
	Seen
	// Hidden joints are behind something; their place is an estimate.
	Hidden
	// OutOfView joints are where the sensor does not look; their place is an estimate.
	OutOfView
)

var sightNames = [...]string{"unknown", "seen", "hidden", "out_of_view"}

// String is the name in statistics and JSON, such as "out_of_view".
func (s Sight) String() string {
	if int(s) >= len(sightNames) {
		return sightNames[Unknown]
	}
	return sightNames[s]
}

// Gestures is a set of gestures.
type Gestures uint16

// The gestures. The first four are held and last as long as the pose; the others are
// set in the one frame in which they are completed.
const (
	// HandsUp: both hands above the shoulders, or both arms leave the picture at its top.
	HandsUp Gestures = 1 << iota
	// TPose: both arms straight out to the sides.
	TPose
	// ArmsCrossed: the forearms make a cross before the chest.
	ArmsCrossed
	// HandOverMouth: a hand covers the mouth.
	HandOverMouth
	// Wave: a raised hand went from side to side, at least twice.
	Wave
	// SwipeLeft and SwipeRight: a hand went quickly to the person's own left, or right.
	SwipeLeft
	SwipeRight
)

// Has reports whether all of h are in g.
func (g Gestures) Has(h Gestures) bool { return g&h == h }

var gestureNames = [...]string{"hands_up", "t_pose", "arms_crossed", "hand_over_mouth", "wave", "swipe_left", "swipe_right"}

// Names lists the set's gestures as statistics name them.
func (g Gestures) Names() []string {
	names := []string{}
	for i, name := range gestureNames {
		if g>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}

// A Cursor is a hand as a pointer, steadied.
type Cursor struct {
	// Active is set while a hand is held out to point; everything else is zero when not.
	Active bool
	// Hand is LeftHand or RightHand.
	Hand JointName
	// X and Y are where it points in the field that the hand reaches comfortably, 0 to
	// 1, as the person sees it in a mirror: X grows to the person's right, Y downwards.
	X, Y float32
	// Push is how far the hand is pushed forward, 0 (held before the shoulder) to 1 (the
	// arm stretched out towards the sensor).
	Push float32
}
