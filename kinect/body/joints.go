package body

import (
	"math"

	"cutout/kinect"
	"cutout/kinect/body/forest"
)

const (
	// asked is about how many of a figure's cells vote.
	asked = 600
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
}

// findJoints says where the joints of the figure are.
func (t *Tracker) findJoints() (joints [kinect.JointCount]kinect.Joint) {
	l := &t.limbs
	if l.forest == nil {
		l.forest = forest.Grown()
	}
	l.look(&t.figure, &t.grid)
	l.forest.Vote(&l.view, asked, &l.votes)
	for j := range l.modes {
		n := 1
		if arm := j >= int(kinect.LeftElbow) && j <= int(kinect.RightHand); arm {
			n = sideModes
		}
		l.modes[j] = l.votes.Modes(kinect.JointName(j), n, l.modes[j][:0])
	}
	l.chooseArms()
	for j := range joints {
		if len(l.modes[j]) > 0 {
			joints[j] = l.joint(kinect.JointName(j), &l.modes[j][0])
		}
	}
	return joints
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

// An arm is one of the modes of an elbow and one of the hand's, -1 for none.
type arm struct {
	elbow, hand int
	score       float32
}

// chooseArms puts first the elbows and hands that together are likeliest: those with
// the most votes that hang together, and not one hand taken for both.
func (l *limbs) chooseArms() {
	var left, right [sideModes * (sideModes + 1)]arm
	a := l.arms(left[:0], kinect.LeftShoulder)
	b := l.arms(right[:0], kinect.RightShoulder)
	if len(a) == 0 || len(b) == 0 {
		l.setArm(a, kinect.LeftShoulder)
		l.setArm(b, kinect.RightShoulder)
		return
	}
	best, at := float32(-1), [2]int{}
	for i := range a {
		for k := range b {
			score := a[i].score + b[k].score
			h, o := &l.modes[kinect.LeftHand][a[i].hand], &l.modes[kinect.RightHand][b[k].hand]
			if distance(h, o) < together {
				score -= 0.8 * min(a[i].score, b[k].score)
			}
			if score > best {
				best, at = score, [2]int{i, k}
			}
		}
	}
	l.setArm(a[at[0]:at[0]+1], kinect.LeftShoulder)
	l.setArm(b[at[1]:at[1]+1], kinect.RightShoulder)
	l.dropDouble()
}

// arms lists the arms of a side, named by its shoulder. Any hand may do without an
// elbow: where the forearm points at the sensor none is to be seen.
func (l *limbs) arms(list []arm, shoulder kinect.JointName) []arm {
	s, elbows, hands := l.modes[shoulder], l.modes[shoulder+2], l.modes[shoulder+4]
	for h := range hands {
		hand := backing(&hands[h], shoulder+4)
		if len(s) > 0 {
			hand -= max(0, distance(&s[0], &hands[h])-upperArmMost-forearmMost) / 100
		}
		list = append(list, arm{-1, h, hand})
		for e := range elbows {
			score := hand + 0.5*backing(&elbows[e], shoulder+2)
			score -= max(0, distance(&elbows[e], &hands[h])-forearmMost) / 100
			if len(s) > 0 {
				score -= max(0, distance(&s[0], &elbows[e])-upperArmMost) / 100
			}
			list = append(list, arm{e, h, score})
		}
	}
	return list
}

// backing is how much speaks for a mode: how much body, and how few other places.
func backing(m *forest.Mode, j kinect.JointName) float32 { return min(1, m.Weight/enough[j]) + m.Share }

// setArm puts the best of arms first. Where there is no elbow to go with the hand, it is
// halfway to the shoulder as far as anybody knows.
func (l *limbs) setArm(arms []arm, shoulder kinect.JointName) {
	if len(arms) == 0 {
		return
	}
	a := arms[0]
	for _, b := range arms[1:] {
		if b.score > a.score {
			a = b
		}
	}
	elbows, hands, s := l.modes[shoulder+2], l.modes[shoulder+4], l.modes[shoulder]
	hands[0], hands[a.hand] = hands[a.hand], hands[0]
	switch {
	case a.elbow >= 0:
		elbows[0], elbows[a.elbow] = elbows[a.elbow], elbows[0]
	case len(s) > 0:
		h := &hands[0]
		l.modes[shoulder+2] = append(elbows[:0], forest.Mode{
			X: (s[0].X + h.X) / 2, Y: (s[0].Y + h.Y) / 2, Z: (s[0].Z + h.Z) / 2, Weight: guess * enough[shoulder+2],
		})
	default:
		l.modes[shoulder+2] = elbows[:0]
	}
}

// dropDouble forgets the hand that is the other's shadow.
func (l *limbs) dropDouble() {
	a, b := l.modes[kinect.LeftHand], l.modes[kinect.RightHand]
	if len(a) == 0 || len(b) == 0 || distance(&a[0], &b[0]) >= together {
		return
	}
	switch {
	case a[0].Weight < b[0].Weight/2:
		l.modes[kinect.LeftHand] = a[:0]
	case b[0].Weight < a[0].Weight/2:
		l.modes[kinect.RightHand] = b[:0]
	}
}

func distance(a, b *forest.Mode) float32 {
	x, y, z := a.X-b.X, a.Y-b.Y, a.Z-b.Z
	return float32(math.Sqrt(float64(x*x + y*y + z*z)))
}
