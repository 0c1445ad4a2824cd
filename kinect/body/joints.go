package body

import (
	"math"

	"cutout/kinect"
	"cutout/kinect/body/forest"
	"cutout/kinect/body/gesture"
)

const (
	// asked is about how many of a figure's cells vote; askedOfMany, where more than few
	// people are to be looked at in the same time.
	asked, askedOfMany, few = 400, 250, 2
	// Lengths, mm, that no upper arm and no forearm with its hand exceed: the 99th
	// percentile of tall men, and what depth and clothes add (NASA-STD-3000, volume 1,
	// figure 3.3.1.3-1).
	upperArmMost, forearmMost = 420, 440
	// together is how near to each other, mm, two hands are taken for one.
	together = 110
	// A joint is seen when a cell of the body is near it: beside mm in the picture, and
	// between front nearer and back further than the joint's middle.
	beside, front, back = 70, 190, 90
	// guess is the confidence in a place that is only likely.
	guess = 0.2
	// leastExpected is the share of enough from which votes near the expected place count.
	leastExpected = 0.1
	// sideModes is how many places are weighed up for an elbow or a hand.
	sideModes = 3
)

// enough is how much body, mm² as forest.Mode weighs it, speaks for a joint that is
// surely there: of made-up people's joints that were seen and found, about three
// quarters have more. With so much, 94 of 100 are within 100 mm of the truth, and with
// half of it 56: docs/bodies.md has the table.
var enough = [kinect.JointCount]float32{
	kinect.Head: 15000, kinect.Neck: 19000, kinect.LeftShoulder: 12000, kinect.RightShoulder: 12000,
	kinect.LeftElbow: 2000, kinect.RightElbow: 2000, kinect.LeftHand: 1900, kinect.RightHand: 1900,
	kinect.LeftHip: 9500, kinect.RightHip: 9500, kinect.LeftKnee: 3800, kinect.RightKnee: 3800,
	kinect.LeftFoot: 2800, kinect.RightFoot: 2800,
}

// likely is the confidence from which joints with body before them are oftener seen than
// hidden behind it.
const likely = 0.3

// A limbs is where a figure's joints are, while it is looked for.
type limbs struct {
	forest *forest.Forest
	view   forest.View
	votes  forest.Votes
	modes  [kinect.JointCount][]forest.Mode
	total  [kinect.JointCount]float32 // what all votes for a joint are worth
	sides  [2]side
}

// findJoints says where the joints of the figure are, expected somewhere.
func (t *Tracker) findJoints(e *gesture.Expectation) (joints [kinect.JointCount]kinect.Joint) {
	l := &t.limbs
	if l.forest == nil {
		l.forest = forest.Grown()
	}
	l.look(&t.figure, &t.grid)
	n := asked
	if t.bodies.n > few {
		n = askedOfMany
	}
	return l.find(n, e)
}

// find says where the joints of the view are, asking about asked of its cells.
func (l *limbs) find(asked int, e *gesture.Expectation) (joints [kinect.JointCount]kinect.Joint) {
	l.forest.Vote(&l.view, asked, &l.votes)
	for j := range l.modes {
		l.meet(kinect.JointName(j), e)
	}
	l.chooseArms(e)
	for j := range joints {
		if len(l.modes[j]) > 0 {
			joints[j] = l.joint(kinect.JointName(j), &l.modes[j][0])
		}
	}
	return joints
}

// meet finds where the votes for a joint meet: for elbows and hands several places, one of
// them near where it is expected.
func (l *limbs) meet(j kinect.JointName, e *gesture.Expectation) {
	n := 1
	arm := j >= kinect.LeftElbow && j <= kinect.RightHand
	if arm {
		n = sideModes
	}
	l.modes[j] = l.votes.Modes(j, n, l.modes[j][:0])
	if !arm || len(l.modes[j]) == 0 {
		return
	}
	l.total[j] = l.modes[j][0].Weight / l.modes[j][0].Share
	if !e.Known[j] {
		return
	}
	m := l.votes.Climb(modeOf(e.At[j]))
	if m.Weight > leastExpected*enough[j] && apart(l.modes[j], &m) {
		m.Share = m.Weight / l.total[j]
		l.modes[j] = append(l.modes[j], m)
	}
}

// look shows the figure to the forest.
func (l *limbs) look(f *figure, g *grid) {
	l.view.Clear()
	for y := f.box.top; y <= f.box.down; y++ {
		for x := f.box.left; x <= f.box.right; x++ {
			if i := y*gridWidth + x; f.shape[i] != notBody && g.z[i] > 0 {
				l.view.Put(x, y, g.z[i])
			}
		}
	}
	l.view.Close(&g.z)
}

// joint is the place of a mode as a joint.
func (l *limbs) joint(name kinect.JointName, m *forest.Mode) kinect.Joint {
	if m.Z < forest.Nearest || m.Weight <= 0 {
		return kinect.Joint{}
	}
	j := kinect.Joint{
		Place: kinect.Place{X: float64(m.X) / 1000, Y: float64(m.Y) / 1000, Z: float64(m.Z) / 1000},
		X:     int(math.Round(kinect.Width/2 + float64(m.X)*kinect.FocalLength/float64(m.Z))),
		Y:     int(math.Round(kinect.Height/2 + float64(m.Y)*kinect.FocalLength/float64(m.Z))),
		Depth: kinect.Millimetres(m.Z + 0.5),
	}
	j.Confidence = min(1, m.Weight/enough[name])
	switch {
	case uint(j.X) >= kinect.Width || uint(j.Y) >= kinect.Height:
		j.Sight = kinect.OutOfView
		j.Confidence /= 2
	case j.Confidence >= likely && l.sees(m):
		j.Sight = kinect.Seen
	default:
		j.Sight = kinect.Hidden
		j.Confidence /= 2
	}
	return j
}

// sees reports whether body is seen where a mode is.
func (l *limbs) sees(m *forest.Mode) bool {
	perMM := focal / m.Z
	x, y, r := m.X*perMM+centreX, m.Y*perMM+centreY, max(1, beside*perMM)
	for v := max(0, int(y-r+0.5)); v <= min(gridHeight-1, int(y+r+0.5)); v++ {
		for u := max(0, int(x-r+0.5)); u <= min(gridWidth-1, int(x+r+0.5)); u++ {
			if dz := float32(l.view.Z[v*gridWidth+u]) - m.Z; dz > -front && dz < back {
				return true
			}
		}
	}
	return false
}

func distance(a, b *forest.Mode) float32 {
	x, y, z := a.X-b.X, a.Y-b.Y, a.Z-b.Z
	return float32(math.Sqrt(float64(x*x + y*y + z*z)))
}
