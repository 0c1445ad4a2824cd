package gesture

import (
	"math"

	"cutout/kinect"
)

const (
	// The field that a hand reaches without stretching, in lengths of the arm: fieldWide by
	// fieldHigh, its middle fieldOut to the hand's own side of the shoulder and fieldUp
	// above it.
	fieldWide, fieldHigh = 1.0, 0.8
	fieldOut, fieldUp    = 0.12, -0.02
	// A hand begins to point this far before the shoulder and above the hips, and goes on
	// while it is this far, in lengths of the arm.
	pointBefore, pointOn = 0.38, 0.25
	pointAbove, aboveOn  = 0.12, 0.02
	// Two hands: the other takes over when it is this much further in front for
	// takeOver seconds.
	clearly, takeOver = 0.3, 0.35
	// pushFrom and pushTo are how far before the shoulder the hand is at Push 0 and 1, in
	// lengths of the arm.
	pushFrom, pushTo = 0.4, 0.92
	// A hand must point for pointTime seconds before there is a cursor, and not for
	// dropTime before there is none.
	pointTime, dropTime = 0.1, 0.15
	// anchorTime is how slowly, in seconds, the field follows the shoulder.
	anchorTime = 1.0
	// sticky is how far the hand may stray from the cursor, in arms, without the cursor
	// following at once; cursorRest is the cutoff in Hz within it, cursorMove without.
	sticky                 = 0.035
	cursorRest, cursorMove = 0.06, 7.0
)

// A pointer is who holds the cursor.
type pointer struct {
	active  bool
	hand    int // 0 left, 1 right
	time    float64
	rival   float64
	anchor  vec     // the shoulder, steadied much
	arm     float64 // its length when the cursor appeared, m: it may still be learnt
	at      [2]float64
	push    float64
	started bool
}

// point finds the cursor.
func (p *Person) point(s *stance, dt float64) kinect.Cursor {
	k := &p.pointer
	if !s.ok {
		k.drop(dt)
		return k.cursor()
	}
	if !k.active {
		k.choose(s, dt)
	} else {
		k.keep(s, dt)
	}
	if !k.active {
		return kinect.Cursor{}
	}
	k.follow(s, dt)
	return k.cursor()
}

// reach is how far a hand is held before its shoulder and above the hips, in arms.
func (s *stance) reach(i int) (before, above float64) {
	h := s.hand[i].at
	before = h.minus(s.shoulder[i]).dot(s.facing) / s.arm
	above = (h.minus(s.middle).dot(s.up) - s.hipsHeight) / s.arm
	return before, above
}

func (s *stance) points(i int, before, above float64) bool {
	b, a := s.reach(i)
	return s.hand[i].ok && b > before && a > above
}

// choose waits for a hand that is held out.
func (k *pointer) choose(s *stance, dt float64) {
	best, far := -1, 0.0
	for i := range s.hand {
		if b, _ := s.reach(i); s.points(i, pointBefore, pointAbove) && b > far {
			best, far = i, b
		}
	}
	if best < 0 || best != k.hand && k.time > 0 {
		k.time = 0
		k.hand = max(best, 0)
		return
	}
	k.hand = best
	if k.time += dt; k.time >= pointTime-1e-3 {
		*k = pointer{active: true, hand: best}
	}
}

// keep looks whether the hand still points, or the other does instead.
func (k *pointer) keep(s *stance, dt float64) {
	other := 1 - k.hand
	mine, _ := s.reach(k.hand)
	theirs, _ := s.reach(other)
	on := s.points(k.hand, pointOn, aboveOn)
	rival := s.points(other, pointBefore, pointAbove)
	if rival && (!on || theirs > mine+clearly) {
		if k.rival += dt; k.rival >= takeOver {
			*k = pointer{active: true, hand: other}
			return
		}
	} else {
		k.rival = 0
	}
	if on {
		k.time = 0
	} else if !rival {
		k.drop(dt)
	}
}

// drop ends pointing after a short while.
func (k *pointer) drop(dt float64) {
	if k.time += dt; k.active && k.time > dropTime {
		*k = pointer{}
	}
}

// follow moves the cursor with the hand.
func (k *pointer) follow(s *stance, dt float64) {
	shoulder := s.shoulder[k.hand]
	if !k.started {
		k.anchor, k.arm = shoulder, s.arm
	}
	k.anchor = k.anchor.plus(1-math.Exp(-dt/anchorTime), shoulder.minus(k.anchor))
	if !s.hand[k.hand].ok {
		return
	}
	own := float64(2*k.hand - 1) // the hand's own side
	v := s.hand[k.hand].at.minus(k.anchor)
	want := [2]float64{v.dot(s.aside)/k.arm - own*fieldOut, -v.dot(s.up)/k.arm + fieldUp}
	push := (v.dot(s.facing)/k.arm - pushFrom) / (pushTo - pushFrom)
	if !k.started {
		k.at, k.push, k.started = want, push, true
		return
	}
	dx, dy := want[0]-k.at[0], want[1]-k.at[1]
	open := max(0, min(1, (math.Hypot(dx, dy)/sticky-0.5)/1.0))
	a := gain(cursorRest+(cursorMove-cursorRest)*open*open, dt)
	k.at[0] += a * dx
	k.at[1] += a * dy
	k.push += gain(3, dt) * (push - k.push)
}

func (k *pointer) cursor() kinect.Cursor {
	if !k.active {
		return kinect.Cursor{}
	}
	within := func(v float64) float32 { return float32(max(0, min(1, v))) }
	return kinect.Cursor{
		Active: true, Hand: kinect.LeftHand + kinect.JointName(k.hand),
		X: within(k.at[0]/fieldWide + 0.5), Y: within(k.at[1]/fieldHigh + 0.5), Push: within(k.push),
	}
}
