package body

import (
	"cmp"
	"math"
	"slices"

	"cutout/kinect"
	"cutout/kinect/body/forest"
	"cutout/kinect/body/gesture"
)

// What speaks for an arm, besides the votes for its hand (1, and its share of all votes):
// each was found to help on made-up plays that no forest was grown on.
const (
	// byOther is for votes for the same joint of the other side: that there is a hand,
	// though perhaps not whose.
	byOther = 0.3
	// handExpected and elbowExpected are for being where the joint was expected, falling
	// off over strays mm.
	handExpected, elbowExpected = 0.5, 0.3
	strays                      = 120
	// byElbow is for all that speaks for the elbow.
	byElbow = 0.5
	// alongForearm and alongUpperArm are for body all along the bone; noElbow is instead
	// of the former where no elbow is to be seen.
	alongForearm, alongUpperArm, noElbow = 0.6, 0.3, 0.3
	// wrongBone is against a bone that is longer or shorter than it was before, fully
	// when by boneOff of it more than boneSlack.
	wrongBone, boneOff, boneSlack = 1, 0.5, 0.15
	// shared is against one place for two joints, of the weaker one's backing.
	shared = 0.8
	// sameMode is how near to each other, mm, two candidates are one.
	sameMode = 70
)

// A candidate is a place where an elbow or a hand may be.
type candidate struct {
	forest.Mode
	// backing is how much speaks for it.
	backing float32
}

// An arm is an elbow and a hand of a side, by their numbers; elbow is -1 for none.
type arm struct {
	elbow, hand int
	score       float32
}

// A side is what is known of one arm.
type side struct {
	shoulder      *forest.Mode // nil when it was not found
	elbows, hands []candidate
	arms          []arm
}

// modeOf is a place in mm.
func modeOf(p kinect.Place) forest.Mode {
	return forest.Mode{X: float32(p.X * 1000), Y: float32(p.Y * 1000), Z: float32(p.Z * 1000)}
}

// candidates lists where joint j may be: where its votes meet, and where those for the
// other side's meet.
func (l *limbs) candidates(list []candidate, j kinect.JointName, e *gesture.Expectation) []candidate {
	list = list[:0]
	for _, m := range l.modes[j] {
		list = append(list, candidate{Mode: m})
	}
	other := (j - kinect.LeftShoulder) ^ 1 + kinect.LeftShoulder
	for _, m := range l.modes[other] {
		if apart(l.modes[j], &m) {
			m.Weight = l.votes.Weight(j, &m)
			m.Share = m.Weight / max(1, l.total[j])
			list = append(list, candidate{Mode: m})
		}
	}
	weigh, at := float32(handExpected), modeOf(e.At[j])
	if j < kinect.LeftHand {
		weigh = elbowExpected
	}
	for i := range list {
		c := &list[i]
		c.backing = min(1, c.Weight/enough[j]) + c.Share + byOther*min(1, l.votes.Weight(other, &c.Mode)/enough[j])
		if e.Known[j] {
			d := float64(distance(&at, &c.Mode) / strays)
			c.backing += weigh * float32(math.Exp(-0.5*d*d))
		}
	}
	return list
}

// apart reports whether m is none of the modes.
func apart(modes []forest.Mode, m *forest.Mode) bool {
	for i := range modes {
		if distance(&modes[i], m) < sameMode {
			return false
		}
	}
	return true
}

// chooseArms leaves of the places for elbows and hands those that together are likeliest:
// that have votes, hang together with body along their bones, are where they were
// expected, and are not one arm taken for both.
func (l *limbs) chooseArms(e *gesture.Expectation) {
	for i := range l.sides {
		s := &l.sides[i]
		shoulder := kinect.LeftShoulder + kinect.JointName(i)
		s.shoulder = nil
		if m := l.modes[shoulder]; len(m) > 0 {
			s.shoulder = &m[0]
		}
		s.elbows = l.candidates(s.elbows, shoulder+2, e)
		s.hands = l.candidates(s.hands, shoulder+4, e)
		l.listArms(s, e)
	}
	a, b := &l.sides[0], &l.sides[1]
	best, first, second := float32(math.Inf(-1)), 0, 0
	for i := range a.arms {
		for k := range b.arms {
			x, y := &a.arms[i], &b.arms[k]
			score := x.score + y.score - doubled(&a.hands[x.hand], &b.hands[y.hand])
			if x.elbow >= 0 && y.elbow >= 0 {
				score -= byElbow * doubled(&a.elbows[x.elbow], &b.elbows[y.elbow])
			}
			if score > best {
				best, first, second = score, i, k
			}
		}
	}
	l.setArm(a, first, kinect.LeftShoulder)
	l.setArm(b, second, kinect.RightShoulder)
	l.dropDouble()
}

// doubled is what speaks against one place for two joints.
func doubled(a, b *candidate) float32 {
	if distance(&a.Mode, &b.Mode) >= together {
		return 0
	}
	return shared * min(a.backing, b.backing)
}

// mostArms of a side are weighed against the other's.
const mostArms = 8

// listArms lists the likeliest arms of a side. Any hand may do without an elbow: where
// the forearm points at the sensor none is to be seen.
func (l *limbs) listArms(s *side, e *gesture.Expectation) {
	s.arms = s.arms[:0]
	upper, fore := float32(upperArmMost), float32(forearmMost)
	for h := range s.hands {
		hand := &s.hands[h]
		alone := hand.backing
		if s.shoulder != nil {
			alone -= max(0, distance(s.shoulder, &hand.Mode)-upper-fore) / 100
		}
		s.arms = append(s.arms, arm{-1, h, alone + noElbow})
		for k := range s.elbows {
			elbow := &s.elbows[k]
			long := distance(&elbow.Mode, &hand.Mode)
			score := alone + byElbow*elbow.backing - max(0, long-fore)/100
			score += alongForearm * l.support(&elbow.Mode, &hand.Mode)
			score -= wrongLength(long, e.Forearm)
			if s.shoulder != nil {
				d := distance(s.shoulder, &elbow.Mode)
				score -= max(0, d-upper) / 100
				score += alongUpperArm * l.support(s.shoulder, &elbow.Mode)
				score -= wrongLength(d, e.UpperArm)
			}
			s.arms = append(s.arms, arm{k, h, score})
		}
	}
	slices.SortStableFunc(s.arms, func(a, b arm) int { return cmp.Compare(b.score, a.score) })
	s.arms = s.arms[:min(len(s.arms), mostArms)]
}

// wrongLength is what speaks against a bone of d mm that was found to be known m long, 0
// for not known.
func wrongLength(d float32, known float64) float32 {
	if known <= 0 {
		return 0
	}
	off := float32(math.Abs(float64(d)/(1000*known) - 1))
	return wrongBone * min(1, max(0, off-boneSlack)/boneOff)
}

// support is the share of the way between two joints along which there is body where a
// limb must be.
func (l *limbs) support(a, b *forest.Mode) float32 {
	const steps = 8
	sum := float32(0)
	for i := 1; i < steps; i++ {
		t := float32(i) / steps
		x, y, z := a.X+(b.X-a.X)*t, a.Y+(b.Y-a.Y)*t, a.Z+(b.Z-a.Z)*t
		if z < forest.Nearest {
			continue
		}
		u, v := int(x*focal/z+centreX+0.5), int(y*focal/z+centreY+0.5)
		if uint(u) >= gridWidth || uint(v) >= gridHeight {
			sum += 0.5
			continue
		}
		switch d := float32(l.view.Z[v*gridWidth+u]) - z; {
		case d < -130:
			sum += 0.4 // behind something
		case d < 40:
			sum++
		}
	}
	return sum / (steps - 1)
}

// setArm leaves the places of a side's arm k, if it has any. Where there is no elbow to
// go with the hand, it is halfway to the shoulder as far as anybody knows.
func (l *limbs) setArm(s *side, k int, shoulder kinect.JointName) {
	if k >= len(s.arms) {
		return
	}
	a := s.arms[k]
	hand := s.hands[a.hand].Mode
	l.modes[shoulder+4] = append(l.modes[shoulder+4][:0], hand)
	elbows := l.modes[shoulder+2][:0]
	switch {
	case a.elbow >= 0:
		elbows = append(elbows, s.elbows[a.elbow].Mode)
	case s.shoulder != nil:
		elbows = append(elbows, forest.Mode{
			X: (s.shoulder.X + hand.X) / 2, Y: (s.shoulder.Y + hand.Y) / 2, Z: (s.shoulder.Z + hand.Z) / 2,
			Weight: guess * enough[shoulder+2],
		})
	}
	l.modes[shoulder+2] = elbows
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
