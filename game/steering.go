package game

import "math"

// keysHeld is what a puppet player's hands do at one tick, from whatever device.
type keysHeld struct {
	leftUp, leftDown, rightUp, rightDown bool // arms
	stepLeft, stepRight                  bool // towards the puppet's left or right
	leanLeft, leanRight                  bool
	crouch, up                           float64
	legLeft, legRight                    bool
	// aimLeft and aimRight come from a mouse button or a stick; nil when idle.
	aimLeft, aimRight *Aim
}

// A steering turns what is held into how a puppet shall stand. Keys move things at
// a pace, so that a tap is a small move; what is aimed stays where it was aimed.
type steering struct {
	leftAngle, rightAngle float64 // degrees; 0 hangs, 180 is straight up
	controls              Controls
}

// The paces of keys, in units a second.
const (
	armPace  = 190 // degrees
	stepPace = 0.9
	leanPace = 3.5 // also crouching and legs, towards what is held
)

// tick advances the steering by dt seconds.
func (s *steering) tick(k keysHeld, dt float64) Controls {
	c := &s.controls
	arm(&c.LeftHand, &s.leftAngle, k.leftUp, k.leftDown, k.aimLeft, 1, dt)
	arm(&c.RightHand, &s.rightAngle, k.rightUp, k.rightDown, k.aimRight, -1, dt)
	c.Step = bound(c.Step+(one(k.stepLeft)-one(k.stepRight))*stepPace*dt, -1, 1)
	c.Lean = towards(c.Lean, one(k.leanLeft)-one(k.leanRight), leanPace*dt)
	c.Crouch = towards(c.Crouch, k.crouch, leanPace*dt)
	c.LeftLeg = towards(c.LeftLeg, one(k.legLeft), leanPace*dt)
	c.RightLeg = towards(c.RightLeg, one(k.legRight), leanPace*dt)
	c.HandsUp = k.up > 0.5
	return *c
}

// arm moves one arm; side is +1 for the left.
func arm(hand *Aim, angle *float64, up, down bool, aim *Aim, side, dt float64) {
	switch {
	case aim != nil:
		*hand = *aim
		hand.On = true
		*angle = math.Atan2(side*aim.X, -aim.Y) * 180 / math.Pi
	case up != down:
		*angle = bound(*angle+(one(up)-one(down))*armPace*dt, 0, 180)
		sin, cos := math.Sincos(*angle * math.Pi / 180)
		*hand = Aim{X: side * sin, Y: -cos, On: *angle > 3}
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func bound(v, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, v)) }

// towards moves v to goal by at most step.
func towards(v, goal, step float64) float64 { return v + bound(goal-v, -step, step) }
