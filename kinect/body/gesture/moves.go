package gesture

import (
	"math"

	"cutout/kinect"
)

// Lengths are in shares of the person's height, times in seconds.
const (
	// A wave is waveSwings swings of the hand in a row, from side to side. A turn counts
	// once the way back is turnBack long; a swing when it is between leastSwing and
	// mostSwing, takes between shortestSwing and longestSwing, and rises or falls by less than
	// the share flatSwing of its length, as no circle does. The hand is raised above
	// waveHeight over the shoulders, the other below otherHeight. After a pause there may
	// be another wave.
	waveSwings                  = 3
	turnBack                    = 0.022
	leastSwing, mostSwing       = 0.045, 0.28
	shortestSwing, longestSwing = 0.09, 0.7
	flatSwing                   = 0.4
	waveHeight, otherHeight     = -0.06, -0.08
	wavePause                   = 0.3

	// A swipe is swipeLength long and at least swipeSpeed fast, within swipeLongest, held
	// swipeBefore in front of the shoulders, between swipeLow and swipeHigh of them, level to
	// the share flatSwing, after a rest of paused frames within pausedWithin. The next
	// one to the same side may come after swipeRest; to the other, which may be the hand's
	// way back, after swipeBack.
	swipeLength, swipeSpeed     = 0.21, 0.9
	swipeShortest, swipeLongest = 0.09, 0.42
	swipeBefore                 = 0.1
	swipeLow, swipeHigh         = -0.3, 0.1
	paused, pausedWithin        = 5, 0.04
	swipeRest, swipeBack        = 0.5, 1.0

	// history is how many frames of a hand's way are kept: swipeLongest and the rest before.
	history = 20

	// Who waves or swipes on purpose stands still: the head below calmBody and the other
	// hand below calmHand, heights a second, on average over calmTime.
	calmTime           = 0.4
	calmBody, calmHand = 0.1, 0.25
)

// A step is where a hand was: see stance.side, height and before.
type step struct {
	age, side, height, before float64 // age is counted from the person's first frame, s
	ok                        bool
}

// A mover looks at the way of one hand.
type mover struct {
	way  [history]step // a ring, next is where the next goes
	next int
	time float64

	// Wave: the last turn, the furthest since, the direction since, how many good
	// swings ended at the last turn.
	turnSide, turnTime float64
	farSide, farTime   float64
	towards            float64
	low, high          float64 // of the swing
	swings             int
	told               bool // of this wave

	swiped    float64 // direction of the last swipe
	sinceLast float64 // s
}

// calm is how much somebody has moved lately, in heights a second.
type calm struct{ body, hand [2]float64 }

// move finds waves and swipes.
func (p *Person) move(s *stance, dt float64) (g kinect.Gestures) {
	p.calm.learn(s, dt)
	for i := range p.moves {
		m := &p.moves[i]
		m.sinceLast += dt
		h := s.hand[i]
		if !s.ok || !h.ok {
			m.forget()
			continue
		}
		m.add(s, h.at, dt)
		if m.waves(s, i, p.calm.quiet(1-i)) {
			g |= kinect.Wave
		}
		if d := m.swipes(); d != 0 && m.swings < 2 && p.calm.quiet(1-i) && s.rests(1-i) {
			g |= m.swipe(d)
		}
	}
	return g
}

// learn follows how fast the body and the hands move.
func (c *calm) learn(s *stance, dt float64) {
	if !s.ok {
		return
	}
	k := 1 - math.Exp(-dt/calmTime)
	c.body[0] += k * (s.headSpeed.length()/s.size - c.body[0])
	for i, h := range s.hand {
		v := 0.0
		if h.ok {
			v = h.speed.minus(s.headSpeed).length() / s.size
		}
		c.hand[i] += k * (v - c.hand[i])
	}
}

// quiet reports whether the body and the other hand are at rest.
func (c *calm) quiet(other int) bool { return c.body[0] < calmBody && c.hand[other] < calmHand }

// rests reports whether a hand is as good as still just now: of two that go across, as
// arms that are crossed or opened do, neither swipes.
func (s *stance) rests(i int) bool {
	h := &s.hand[i]
	return !h.ok || h.speed.minus(s.headSpeed).length() < calmHand*s.size
}

// forget begins anew after the hand was lost.
func (m *mover) forget() {
	*m = mover{time: m.time, swiped: m.swiped, sinceLast: m.sinceLast}
}

func (m *mover) add(s *stance, at vec, dt float64) {
	m.time += dt
	m.way[m.next] = step{age: m.time, side: s.side(at), height: s.height(at), before: s.before(at), ok: true}
	m.next = (m.next + 1) % history
}

// ago is the step n frames ago.
func (m *mover) ago(n int) *step { return &m.way[(m.next-1-n+2*history)%history] }

// waves reports whether this frame completes a wave of hand i.
func (m *mover) waves(s *stance, i int, quiet bool) bool {
	now := m.ago(0)
	raised := now.height > waveHeight && !(s.hand[1-i].ok && s.height(s.hand[1-i].at) > otherHeight)
	if e := s.elbow[i]; e.ok && now.height < s.height(e.at)+0.04 {
		raised = false
	}
	if !raised || now.age-m.turnTime > longestSwing+wavePause {
		m.begin(now)
		return false
	}
	m.low, m.high = min(m.low, now.height), max(m.high, now.height)
	if (now.side-m.farSide)*m.towards >= 0 {
		m.farSide, m.farTime = now.side, now.age
	} else if math.Abs(now.side-m.farSide) > turnBack {
		m.turn(now)
	}
	length := math.Abs(m.farSide - m.turnSide)
	if m.told || m.swings < waveSwings-1 || length < leastSwing || !quiet {
		return false
	}
	m.told = true
	return true
}

// begin waits for the first swing.
func (m *mover) begin(now *step) {
	m.swings, m.towards, m.told = 0, 1, false
	m.turnSide, m.turnTime, m.farSide, m.farTime = now.side, now.age, now.side, now.age
	m.low, m.high = now.height, now.height
}

// turn ends a swing at the furthest place and begins the next.
func (m *mover) turn(now *step) {
	length, took := math.Abs(m.farSide-m.turnSide), m.farTime-m.turnTime
	good := length > leastSwing && length < mostSwing && took > shortestSwing && took < longestSwing && m.high-m.low < flatSwing*length
	if good {
		m.swings++
	} else {
		m.swings = 0
	}
	m.turnSide, m.turnTime = m.farSide, m.farTime
	m.farSide, m.farTime = now.side, now.age
	m.towards = -m.towards
	m.low, m.high = now.height, now.height
}

// swipes is the direction, +1 to the right, in which the hand went quickly across, held
// in front of the body; 0 when it did not.
func (m *mover) swipes() float64 {
	now, last := m.ago(0), m.ago(1)
	if !now.ok || !last.ok || now.before < swipeBefore {
		return 0
	}
	for n := 2; n < history-paused; n++ {
		from := m.ago(n)
		if !from.ok || now.age-from.age > swipeLongest || from.before < swipeBefore {
			return 0
		}
		d := now.side - from.side
		took := now.age - from.age
		if took < swipeShortest || math.Abs(d) < swipeLength || math.Abs(d) < swipeSpeed*took {
			continue
		}
		if m.straight(n, d) {
			return math.Copysign(1, d)
		}
	}
	return 0
}

// straight reports whether the last n steps went level and never back, from rest.
func (m *mover) straight(n int, d float64) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for k := n; k >= 0; k-- {
		st := m.ago(k)
		low, high = min(low, st.height), max(high, st.height)
		if k > 0 && (m.ago(k-1).side-st.side)*d < -0.01*math.Abs(d) {
			return false
		}
	}
	if high-low > flatSwing*math.Abs(d) || low < swipeLow || high > swipeHigh {
		return false
	}
	start := m.ago(n)
	for k := n + 1; k <= n+paused; k++ {
		b := m.ago(k)
		if !b.ok || math.Hypot(start.side-b.side, start.height-b.height) > pausedWithin {
			return false
		}
	}
	return true
}

// swipe tells of a swipe, if it is not the way back from the one before.
func (m *mover) swipe(d float64) kinect.Gestures {
	rest := swipeRest
	if d != m.swiped {
		rest = swipeBack
	}
	if m.swiped != 0 && m.sinceLast < rest {
		return 0
	}
	m.swiped, m.sinceLast = d, 0
	if d > 0 {
		return kinect.SwipeRight
	}
	return kinect.SwipeLeft
}
