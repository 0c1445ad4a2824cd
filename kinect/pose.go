package kinect

// A Pose is how a body stands, as integer angles in degrees seen from the sensor.
// Puppets are posed with it, walls are cut from it, and a held pose can become a
// wall. Left and right are the person's own; the person's left is at the right of
// the (unmirrored) picture, where x grows.
type Pose struct {
	// Lean tilts the torso from upright, positive towards the person's left; Head
	// tilts the head on top of that.
	Lean, Head int16
	// A shoulder is 0 with the arm hanging, 90 with the arm straight out to its
	// side, 180 straight up; negative crosses the body. An elbow turns the forearm
	// on from there, 0 being a straight arm.
	LeftShoulder, LeftElbow   int16
	RightShoulder, RightElbow int16
	// A hip is 0 with the leg straight down, positive out to its side; a knee turns
	// the shin on from there.
	LeftHip, LeftKnee   int16
	RightHip, RightKnee int16
	// Squat, 0..1000, bends both knees towards the sensor: the share of the legs'
	// length that is lost to sight, in thousandths.
	Squat int16
	// Shift moves the whole body sideways, in thousandths of its height, positive
	// towards the person's left.
	Shift int16
}

// Mirror is the pose as a mirror shows it: left and right change places.
func (p Pose) Mirror() Pose {
	return Pose{
		Lean: -p.Lean, Head: -p.Head,
		LeftShoulder: p.RightShoulder, LeftElbow: p.RightElbow,
		RightShoulder: p.LeftShoulder, RightElbow: p.LeftElbow,
		LeftHip: p.RightHip, LeftKnee: p.RightKnee,
		RightHip: p.LeftHip, RightKnee: p.LeftKnee,
		Squat: p.Squat, Shift: -p.Shift,
	}
}

// Towards is the pose that lies t thousandths of the way from p to q.
func (p Pose) Towards(q Pose, t int) Pose {
	mix := func(a, b int16) int16 { return a + int16((int(b)-int(a))*t/1000) }
	return Pose{
		Lean: mix(p.Lean, q.Lean), Head: mix(p.Head, q.Head),
		LeftShoulder: mix(p.LeftShoulder, q.LeftShoulder), LeftElbow: mix(p.LeftElbow, q.LeftElbow),
		RightShoulder: mix(p.RightShoulder, q.RightShoulder), RightElbow: mix(p.RightElbow, q.RightElbow),
		LeftHip: mix(p.LeftHip, q.LeftHip), LeftKnee: mix(p.LeftKnee, q.LeftKnee),
		RightHip: mix(p.RightHip, q.RightHip), RightKnee: mix(p.RightKnee, q.RightKnee),
		Squat: mix(p.Squat, q.Squat), Shift: mix(p.Shift, q.Shift),
	}
}

// Span is the unit of a Skeleton: a standing body is Span high.
const Span = 10000

// A Point is a place on a body in units of 1/Span of its standing height: X grows
// to the right of the picture, Y upwards from the floor, Z towards the sensor.
type Point struct{ X, Y, Z int }

// A Skeleton is where a pose puts the joints. The lower foot stands on Y = 0.
type Skeleton struct {
	Head, Neck, Pelvis                    Point
	LeftShoulder, LeftElbow, LeftHand     Point
	RightShoulder, RightElbow, RightHand  Point
	LeftHip, LeftKnee, LeftAnkle, LeftToe Point
	RightHip, RightKnee, RightAnkle       Point
	RightToe                              Point
}

// Lengths of a grown body in units of Span, rounded from Winter's segment tables
// (Biomechanics and Motor Control of Human Movement, figure 4.1).
const (
	ankleHeight  = 390
	shinLength   = 2460
	thighLength  = 2450
	torsoLength  = 2880 // hips to shoulders
	neckLength   = 520
	headLength   = 910 // middle of the neck to the head's centre
	shoulderHalf = 1150
	hipHalf      = 560
	upperArm     = 1720
	forearm      = 1950 // to the middle of the hand
	footLength   = 700
)

// Skeleton places the joints of the pose.
func (p Pose) Skeleton() Skeleton {
	var s Skeleton
	squat := clamp(int(p.Squat), 0, 900)
	shorten := Span * (1000 - squat) / 1000
	forward := thighLength * squat / 1000

	leg := func(side int, hipAngle, kneeAngle int16) (hip, knee, ankle, toe Point) {
		hip = Point{X: side * hipHalf}
		knee = along(hip, side, int(hipAngle), thighLength*shorten/Span)
		knee.Z = forward
		ankle = along(knee, side, int(hipAngle)+int(kneeAngle), shinLength*shorten/Span)
		ankle.Z = 0
		toe = Point{X: ankle.X + side*footLength/3, Y: ankle.Y - ankleHeight/2, Z: footLength}
		return hip, knee, ankle, toe
	}
	s.LeftHip, s.LeftKnee, s.LeftAnkle, s.LeftToe = leg(1, p.LeftHip, p.LeftKnee)
	s.RightHip, s.RightKnee, s.RightAnkle, s.RightToe = leg(-1, p.RightHip, p.RightKnee)

	lean := int(p.Lean)
	up := Point{X: Sin(lean), Y: Cos(lean)}
	at := func(upwards, sideways int) Point {
		return Point{
			X: (up.X*upwards + up.Y*sideways) / One,
			Y: (up.Y*upwards - up.X*sideways) / One,
		}
	}
	s.Neck = at(torsoLength+neckLength/2, 0)
	s.Head = along(s.Neck, 1, 180-lean-int(p.Head), headLength)
	s.LeftShoulder, s.RightShoulder = at(torsoLength, shoulderHalf), at(torsoLength, -shoulderHalf)
	s.LeftElbow = along(s.LeftShoulder, 1, int(p.LeftShoulder), upperArm)
	s.LeftHand = along(s.LeftElbow, 1, int(p.LeftShoulder)+int(p.LeftElbow), forearm)
	s.RightElbow = along(s.RightShoulder, -1, int(p.RightShoulder), upperArm)
	s.RightHand = along(s.RightElbow, -1, int(p.RightShoulder)+int(p.RightElbow), forearm)

	s.move(int(p.Shift)*Span/1000, ankleHeight-min(s.LeftAnkle.Y, s.RightAnkle.Y))
	return s
}

// move shifts the whole skeleton.
func (s *Skeleton) move(dx, dy int) {
	for _, p := range []*Point{
		&s.Head, &s.Neck, &s.Pelvis, &s.LeftShoulder, &s.LeftElbow, &s.LeftHand,
		&s.RightShoulder, &s.RightElbow, &s.RightHand, &s.LeftHip, &s.LeftKnee, &s.LeftAnkle, &s.LeftToe,
		&s.RightHip, &s.RightKnee, &s.RightAnkle, &s.RightToe,
	} {
		p.X += dx
		p.Y += dy
	}
}

// Part names a limb of a body.
type Part uint8

// The parts of a body, as Limbs lists them.
const (
	PartHead Part = iota
	PartNeck
	PartTorso
	PartUpperArm
	PartForearm
	PartHand
	PartThigh
	PartShin
	PartFoot
)

// A Limb is a stretch of body between two points, round, as thick as its radius
// at each end.
type Limb struct {
	Part                 Part
	From, To             Point
	FromRadius, ToRadius int
}

// Limbs is the body around the skeleton. Their union is the body; what a puppet
// looks like and what a wall is cut from.
func (s *Skeleton) Limbs() []Limb {
	chest := Point{X: (s.LeftShoulder.X + s.RightShoulder.X) / 2, Y: (s.LeftShoulder.Y + s.RightShoulder.Y) / 2}
	// The ribs begin below the shoulders, or their round end would hide the neck.
	ribs := Point{X: chest.X + (s.Pelvis.X-chest.X)*3/10, Y: chest.Y + (s.Pelvis.Y-chest.Y)*3/10}
	return []Limb{
		{PartTorso, ribs, s.Pelvis, 900, 820},
		{PartTorso, s.LeftShoulder, s.LeftHip, 400, 440},
		{PartTorso, s.RightShoulder, s.RightHip, 400, 440},
		{PartTorso, s.LeftShoulder, s.RightShoulder, 400, 400},
		{PartTorso, s.LeftHip, s.RightHip, 520, 520},
		{PartNeck, chest, s.Head, 420, 320},
		{PartHead, s.Head, s.Head, 640, 640},
		{PartUpperArm, s.LeftShoulder, s.LeftElbow, 340, 270},
		{PartForearm, s.LeftElbow, s.LeftHand, 270, 210},
		{PartHand, s.LeftHand, s.LeftHand, 300, 300},
		{PartUpperArm, s.RightShoulder, s.RightElbow, 340, 270},
		{PartForearm, s.RightElbow, s.RightHand, 270, 210},
		{PartHand, s.RightHand, s.RightHand, 300, 300},
		{PartThigh, s.LeftHip, s.LeftKnee, 540, 400},
		{PartShin, s.LeftKnee, s.LeftAnkle, 390, 260},
		{PartFoot, s.LeftAnkle, s.LeftToe, 260, 190},
		{PartThigh, s.RightHip, s.RightKnee, 540, 400},
		{PartShin, s.RightKnee, s.RightAnkle, 390, 260},
		{PartFoot, s.RightAnkle, s.RightToe, 260, 190},
	}
}

// along goes from a joint by length in the direction that hangs down at 0 degrees
// and turns outwards, to the side (+1 or -1) it is on.
func along(from Point, side, degrees, length int) Point {
	return Point{
		X: from.X + side*Sin(degrees)*length/One,
		Y: from.Y - Cos(degrees)*length/One,
		Z: from.Z,
	}
}

// One is 1.0 in the fixed-point numbers that Sin and Cos return.
const One = 1 << 15

// Sin is the sine of whole degrees, times One: the same on every processor.
func Sin(degrees int) int {
	d := degrees % 360
	if d < 0 {
		d += 360
	}
	switch {
	case d <= 90:
		return sines[d]
	case d <= 180:
		return sines[180-d]
	case d <= 270:
		return -sines[d-180]
	default:
		return -sines[360-d]
	}
}

// Cos is the cosine of whole degrees, times One.
func Cos(degrees int) int { return Sin(degrees + 90) }

func clamp(v, lo, hi int) int { return max(lo, min(hi, v)) }

// sines holds round(sin(i degrees) * One) for 0 <= i <= 90.
var sines = [91]int{
	0, 572, 1144, 1715, 2286, 2856, 3425, 3993, 4560, 5126, 5690, 6252, 6813,
	7371, 7927, 8481, 9032, 9580, 10126, 10668, 11207, 11743, 12275, 12803, 13328, 13848,
	14365, 14876, 15384, 15886, 16384, 16877, 17364, 17847, 18324, 18795, 19261, 19720, 20174,
	20622, 21063, 21498, 21926, 22348, 22763, 23170, 23571, 23965, 24351, 24730, 25102, 25466,
	25822, 26170, 26510, 26842, 27166, 27482, 27789, 28088, 28378, 28660, 28932, 29197, 29452,
	29698, 29935, 30163, 30382, 30592, 30792, 30983, 31164, 31336, 31499, 31651, 31795, 31928,
	32052, 32166, 32270, 32365, 32449, 32524, 32588, 32643, 32688, 32723, 32748, 32763, 32768,
}
