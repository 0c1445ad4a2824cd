package puppet

import (
	"math"
	"time"

	"cutout/kinect"
)

// topSpeed is how fast a person turns each joint, in units of kinect.Pose a second:
// lively, but no athlete. Whole-body angles are slower than arms.
var topSpeed = posture{
	lean: 130, head: 200, leftShoulder: 420, leftElbow: 520, rightShoulder: 420, rightElbow: 520,
	leftHip: 220, leftKnee: 300, rightHip: 220, rightKnee: 300, squat: 1800, shift: 700,
}

// ease is how a puppet stands when nothing is asked of it.
var ease = posture{leftShoulder: 13, leftElbow: 5, rightShoulder: 13, rightElbow: 5, leftHip: 4, rightHip: 4}

// handsUp is how it says that it is ready.
var handsUp = posture{leftShoulder: 160, leftElbow: 12, rightShoulder: 160, rightElbow: 12, leftHip: 5, rightHip: 5}

// A move brings the body to a goal. Times are since the puppet was made.
type move struct {
	start, arrive time.Duration
	goal          posture
	// sway is how much of its idle sway the body keeps, 0..1, and smile the face.
	sway  float64
	smile int
}

// A mover is a body's motion in time. It has no clock of its own: the same orders
// at the same times move the same.
type mover struct {
	// The move under way: from a place and with a speed.
	now        move
	from, fast posture
	// later moves follow in the order of their start.
	later []move
	// live is set while the body follows controls: it is drawn to goal.
	live *follower
	// sway and smile glide from their old values.
	sway, smile glide
	phase       float64 // of the idle sway, by the seed
}

func newMover(seed uint64) *mover {
	m := &mover{from: ease, phase: 100 * hash(int(seed), 11)}
	m.now = move{goal: ease, sway: 1, smile: 550}
	m.sway, m.smile = glide{to: 1}, glide{to: 550}
	return m
}

// A glide is a number that goes steadily from one value to another.
type glide struct {
	from, to   float64
	start, end time.Duration
}

func (g glide) at(t time.Duration) float64 {
	if t >= g.end {
		return g.to
	}
	return g.from + (g.to-g.from)*max(0, float64(t-g.start)/float64(g.end-g.start))
}

// order replaces all that is under way by moves in the order of their start.
func (m *mover) order(t time.Duration, moves ...move) {
	m.run(t)
	m.later = append(m.later[:0], moves...)
	m.run(t)
}

// freeze puts the body into a posture at once.
func (m *mover) freeze(t time.Duration, p posture) {
	m.live, m.later = nil, nil
	m.now, m.from, m.fast = move{start: t, arrive: t, goal: p, smile: 550}, p, posture{}
	m.sway, m.smile = glide{}, glide{to: 550}
}

// follow has the body drawn to a goal until the next order.
func (m *mover) follow(t time.Duration, goal posture, smile int) {
	m.run(t)
	if m.live == nil {
		p, v := m.place(t)
		m.live = &follower{at: t, place: p, speed: v}
		m.settle(t, 300*time.Millisecond, 0.5, smile)
	}
	m.later = m.later[:0]
	m.live.goal = goal
}

// run begins the moves whose time has come.
func (m *mover) run(t time.Duration) {
	for len(m.later) > 0 && m.later[0].start <= t {
		next := m.later[0]
		m.later = m.later[1:]
		m.from, m.fast = m.place(next.start)
		m.live = nil
		m.now = next
		m.now.arrive = max(next.arrive, next.start+m.shortest())
		m.restrain()
		m.settle(next.start, min(m.now.arrive-next.start, 300*time.Millisecond), next.sway, next.smile)
	}
	if m.live != nil {
		m.live.run(t)
	}
}

func (m *mover) settle(t, within time.Duration, sway float64, smile int) {
	m.sway = glide{m.sway.at(t), sway, t, t + within}
	m.smile = glide{m.smile.at(t), float64(smile), t, t + within}
}

// shortest is the time that a person needs for the move: a smooth one is, at its
// quickest, 15/8 as fast as on average.
func (m *mover) shortest() time.Duration {
	var seconds float64
	for i := range m.from {
		seconds = max(seconds, 15.0/8*math.Abs(m.now.goal[i]-m.from[i])/topSpeed[i])
	}
	return time.Duration(seconds * float64(time.Second))
}

// restrain slows a body that comes with too much speed for a long move, so that it
// does not swing far past the goal.
func (m *mover) restrain() {
	seconds := (m.now.arrive - m.now.start).Seconds()
	for i := range m.fast {
		most := (2.5*math.Abs(m.now.goal[i]-m.from[i]) + topSpeed[i]/40) / max(seconds, 1e-3)
		m.fast[i] = max(-most, min(most, m.fast[i]))
	}
}

// place is where the move under way has the body at t, without its sway, and how
// fast it moves: the polynomial of fifth order that begins with the speed it had
// and ends at rest.
func (m *mover) place(t time.Duration) (p, v posture) {
	if m.live != nil {
		return m.live.place, m.live.speed
	}
	long := (m.now.arrive - m.now.start).Seconds()
	s := (t - m.now.start).Seconds() / long
	if t >= m.now.arrive {
		return m.now.goal, posture{}
	}
	s = max(0, s)
	for i := range p {
		way, push := m.now.goal[i]-m.from[i], m.fast[i]*long
		a, b, c := 10*way-6*push, -15*way+8*push, 6*way-3*push
		p[i] = m.from[i] + s*(push+s*s*(a+s*(b+s*c)))
		v[i] = (push + s*s*(3*a+s*(4*b+s*5*c))) / long
	}
	return p, v
}

// at is the posture and the face at t, which must not go back by more than a frame.
func (m *mover) at(t time.Duration) (posture, Face) {
	m.run(t)
	p, _ := m.place(t)
	if sway := m.sway.at(t); sway > 0 {
		idle(&p, t.Seconds()+m.phase, sway)
	}
	return p, Face{Smile: int(m.smile.at(t)), Closed: m.blinks(t.Seconds() + m.phase)}
}

// idle sways, breathes and looks around a little.
func idle(p *posture, t, much float64) {
	turn := func(period float64) float64 { return much * math.Sin(2*math.Pi*t/period) }
	breath := turn(3.6)
	p[lean] += 0.9 * turn(5.3)
	p[head] += 2.2*turn(7.9) + 0.8*turn(3.1)
	p[shift] += 5 * turn(5.9)
	p[leftShoulder] += 1.6*breath + 1.3*turn(4.7)
	p[rightShoulder] += 1.6*breath - 1.2*turn(6.1)
	p[leftElbow] += 3 * turn(6.7)
	p[rightElbow] += 3 * turn(5.1)
	p[squat] += 7 * (much + turn(4.4))
}

// blinks says whether the eyes are shut: for an eighth of a second every few.
func (m *mover) blinks(t float64) bool {
	const every = 3.3
	n := math.Floor(t / every)
	begin := (n + 0.8*hash(int(n), 5)) * every
	return t >= begin && t < begin+0.13
}

// A follower is a body on springs.
type follower struct {
	at           time.Duration
	place, speed posture
	goal         posture
}

const (
	springStep = time.Second / 240
	// springRate in radians a second: with critical damping a body is there in a
	// quarter of a second or so, unless topSpeed holds it back.
	springRate = 18
)

func (f *follower) run(t time.Duration) {
	const dt = float64(springStep) / float64(time.Second)
	if t-f.at > time.Second {
		f.at = t - time.Second // long settled
	}
	for f.at+springStep <= t {
		f.at += springStep
		for i := range f.place {
			pull := springRate*springRate*(f.goal[i]-f.place[i]) - 2*springRate*f.speed[i]
			f.speed[i] = max(-topSpeed[i], min(topSpeed[i], f.speed[i]+pull*dt))
			f.place[i] += f.speed[i] * dt
		}
	}
}

// perform is the orders that bring the body to a pose and keep it there.
func perform(t, arrive time.Duration, goal kinect.Pose) move {
	return move{start: t, arrive: arrive, goal: postureOf(goal), smile: 350}
}

// relax is the order to stand at ease.
func relax(t time.Duration) move {
	return move{start: t, arrive: t + 900*time.Millisecond, goal: ease, sway: 1, smile: 550}
}
