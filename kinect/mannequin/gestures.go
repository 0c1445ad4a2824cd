package mannequin

import (
	"math"

	"cutout/kinect"
)

// newGesturing makes one gesture five times, with other poses between.
func newGesturing(d dice, b *build, at vec, g kinect.Gestures, p *play) *motion {
	m := &motion{sway: newSway(d)}
	m.to(standing(d, b, at), 0)
	for range 5 {
		m.rest(d.between(0.5, 1))
		switch g {
		case kinect.Wave:
			t := m.wave(d, b, at)
			p.events = append(p.events, event{frameAt(t), 0, g})
		case kinect.SwipeLeft, kinect.SwipeRight:
			t := m.swipe(d, b, at, g == kinect.SwipeLeft)
			p.events = append(p.events, event{frameAt(t), 0, g})
		default:
			q := b.gesturePose(d, at, g)
			m.to(q, b.hurry(m.last(), &q, 0.7))
			m.rest(d.between(0.8, 1.8))
		}
		q := standing(d, b, at)
		if d.chance(0.4) {
			q = b.gamePose(d, at)
		}
		m.to(q, b.hurry(m.last(), &q, 0.7))
	}
	m.rest(0.7)
	return m
}

// gesturePose holds a gesture, and no other than that.
func (b *build) gesturePose(d dice, at vec, g kinect.Gestures) posture {
	for {
		p := standing(d, b, at)
		switch g {
		case kinect.HandsUp:
			a := armPosture{wrist: vec{d.between(-0.1, 0.55), d.between(0.45, 1), d.between(-0.05, 0.3)}, swivel: d.around(0.2, 0.2)}
			p.arms = [2]armPosture{a, a}
		case kinect.TPose:
			a := armPosture{wrist: vec{1, d.around(0.02, 0.06), d.around(0.03, 0.08)}.unit().times(0.995), swivel: d.around(0.2, 0.3)}
			p.arms = [2]armPosture{a, a}
		case kinect.ArmsCrossed:
			b.foldArms(d, &p)
		case kinect.HandOverMouth:
			s := d.IntN(2)
			y, z := b.neck+b.head.y*0.42+d.around(0, 0.01), b.head.z+0.05
			p.arms[s] = b.touch(d, vec{d.around(0, 0.01), y, z})
			p.arms[s].roll, p.arms[s].bend = d.around(0.2, 0.3), d.around(0.2, 0.2)
		}
		for s := range 2 {
			j := &p.arms[s]
			j.wrist = j.wrist.plus(vec{d.around(0, 0.015), d.around(0, 0.015), d.around(0, 0.015)})
			b.randomFingers(d, j)
			if g == kinect.HandsUp {
				b.showPalm(&p, s)
			}
		}
		if b.held(b.pose(&p)) == g {
			return p
		}
	}
}

// wave raises a hand and waves it, two to four times to and fro; it tells when it had
// gone twice.
func (m *motion) wave(d dice, b *build, at vec) (twice float64) {
	p := standing(d, b, at)
	s := d.IntN(2)
	middle := vec{d.between(0.15, 0.4), d.between(0.3, 0.7), d.between(0.15, 0.4)}
	wide := d.between(0.14, 0.28)
	a := &p.arms[s]
	a.swivel, a.spread = d.around(0.1, 0.2), 0.6
	a.wrist = middle
	b.showPalm(&p, s)
	swing := func(side float64) posture {
		q := p
		q.arms[s].wrist = middle.plus(vec{x: side * wide, y: -0.3 * wide})
		q.arms[s].tilt = 0.35 * side
		return q
	}
	q := swing(1)
	m.to(q, b.hurry(m.last(), &q, 0.7))
	half := d.between(0.2, 0.36)
	times := 2 + d.IntN(3)
	for i := range times {
		m.to(swing(-1), half)
		m.to(swing(1), half)
		if i == 1 {
			twice = m.end()
		}
	}
	return twice
}

// swipe sweeps a raised hand to the person's own left or right; it tells when it
// arrives.
func (m *motion) swipe(d dice, b *build, at vec, toLeft bool) (done float64) {
	p := standing(d, b, at)
	s := d.IntN(2)
	from, to := vec{0.75, d.between(-0.1, 0.15), 0.5}, vec{-d.between(0.2, 0.5), d.between(-0.1, 0.15), 0.65}
	if toLeft == (s == left) { // outwards
		from, to = to, from
	}
	put := func(w vec) posture {
		q := p
		q.arms[s].wrist, q.arms[s].swivel, q.arms[s].curl = w, 0.4, 0.1
		b.showPalm(&q, s)
		return q
	}
	q := put(from)
	m.to(q, b.hurry(m.last(), &q, 0.6))
	m.rest(d.between(0.1, 0.3))
	q.arms[s].wrist = to
	m.to(q, d.between(0.26, 0.4))
	done = m.end()
	m.rest(d.between(0.1, 0.4))
	return done
}

// A walk goes from one place to another on foot and stands still before and after.
type walk struct {
	build    *build
	idle     posture
	from, to vec
	begin    float64 // seconds
	speed    float64 // m/s
	turns    bool    // back to the sensor at the end
	sway     sway
}

// end is when the walker has arrived.
func (w *walk) end() float64 { return w.begin + w.way().len()/w.speed*1.12 }

func (w *walk) way() vec { return w.to.minus(w.from) }

// stride is half of how far a foot goes before and behind the hips, in legs' lengths.
const stride = 0.34

func (w *walk) posture(t float64) posture {
	p := w.idle
	way := w.way()
	u := clamp((t-w.begin)/(w.end()-w.begin), 0, 1)
	// Steady but for the first and the last steps.
	const soft = 0.2
	gone := u
	switch {
	case u < soft:
		gone = u * u / (2 * soft)
	case u > 1-soft:
		gone = 1 - soft - (1-u)*(1-u)/(2*soft)
	default:
		gone = u - soft/2
	}
	gone /= 1 - soft
	p.root = w.from.plus(way.times(gone))
	going := min(1, u/soft, (1-u)/soft)
	aside := going
	if !w.turns {
		aside = min(1, u/soft)
	}
	p.heading = mixed(w.idle.heading, math.Atan2(way.x, way.z), ease(0, 1, aside))
	far := gone * way.len() / (4 * stride * w.build.leg())
	for s := range 2 {
		z, y, pitch := footfall(far + 0.5*float64(s))
		l := &p.legs[s]
		l.ankle = l.ankle.to(vec{0.07, y, z}, going)
		l.pitch = pitch * going
		a := &p.arms[s]
		a.wrist = a.wrist.to(vec{0.12, -0.93, -0.9 * z}, going)
	}
	p.hips.y -= 0.02 * going
	p.chest.x += 0.04 * going
	w.sway.move(&p, t)
	return p
}

// footfall is where a foot is, in legs' lengths before the hips and over the floor, and
// how far its toes are lifted: half of the time on the floor, half of it in the air.
func footfall(phase float64) (z, y, pitch float64) {
	_, f := math.Modf(phase)
	if f < 0.5 {
		return stride * (1 - 4*f), 0, 0.25 * max(0, 1-6*f)
	}
	q := (f - 0.5) * 2
	return stride * (2*ease(0, 1, q) - 1), 0.12 * math.Sin(math.Pi*q), 0.25*q - 0.7*(1-q)*math.Sin(math.Pi*min(1, q*1.3))
}

// crossing is two who walk past each other, one behind the other as the sensor sees it.
func (p *play) crossing(d dice, touching bool) {
	near := d.between(1.7, 2.4)
	gap := d.between(0.9, 1.3)
	if touching {
		gap = d.between(0.3, 0.4)
	}
	side := d.sign()
	last := 0.0
	for _, z := range [2]float64{near, near + gap} {
		f := somebody(d)
		half := d.between(0.30, 0.40) * z
		from, to := vec{x: side * half, z: -z}, vec{x: -side * d.between(0.30, 0.40) * z, z: -z - d.around(0, 0.03)}
		w := &walk{
			build: &f.build, idle: standing(d, &f.build, from), from: from, to: to,
			begin: d.between(0.7, 1), speed: d.between(0.7, 1.1), turns: true, sway: newSway(d),
		}
		side = -side
		p.enter(f, w)
		last = max(last, w.end())
	}
	p.length = frameAt(last + 0.8)
	p.build(d, near+gap, []pitch{{vec{x: -0.5, z: -near - gap/2}, 0.9}, {vec{z: -near - gap/2}, 0.9}, {vec{x: 0.5, z: -near - gap/2}, 0.9}})
}

// walkby is a player, and somebody who goes through the picture, mostly behind.
func (p *play) walkby(d dice) {
	f := somebody(d)
	far := d.between(1.7, 2.8)
	at := vec{x: d.around(0, 0.25), z: -far}
	m := newDance(d, &f.build, at, 7, 0.06)
	p.enter(f, m)
	g := somebody(d)
	z := far + d.between(0.7, 1.4)
	if far > 2.3 && d.chance(0.3) {
		z = far - d.between(0.8, 1)
	}
	side := d.sign()
	from, to := vec{x: side * (0.56*z + 0.5), z: -z}, vec{x: -side * (0.56*z + 0.5), z: -z - d.around(0, 0.2)}
	p.enter(g, &walk{build: &g.build, idle: standing(d, &g.build, from), from: from, to: to, begin: d.between(0.5, 1.5), speed: d.between(0.8, 1.4), sway: newSway(d)})
	p.length = frameAt(m.end())
	p.build(d, max(far, z), []pitch{{at, 1}, {vec{x: -0.6, z: -z}, 0.8}, {vec{x: 0.6, z: -z}, 0.8}, {vec{z: -z}, 0.8}})
}
