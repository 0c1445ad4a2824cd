package mannequin

import (
	"math"
	"slices"
)

// A mover says how somebody holds himself at a time, in seconds.
type mover interface{ posture(t float64) posture }

// A key is a posture at a time.
type key struct {
	at float64
	p  posture
}

// A motion goes through keys, from one to the next as limbs move when they are not
// pushed: with the least jerk (Flash and Hogan, The coordination of arm movements,
// 1985), standing still at each.
type motion struct {
	keys []key
	sway sway
}

func (m *motion) end() float64 { return m.keys[len(m.keys)-1].at }

func (m *motion) posture(t float64) posture {
	i := 1
	for i < len(m.keys)-1 && m.keys[i].at < t {
		i++
	}
	if len(m.keys) == 1 {
		p := m.keys[0].p
		m.sway.move(&p, t)
		return p
	}
	a, b := &m.keys[i-1], &m.keys[i]
	u := clamp((t-a.at)/(b.at-a.at), 0, 1)
	p := a.p.towards(&b.p, u*u*u*(10-15*u+6*u*u))
	m.sway.move(&p, t)
	return p
}

// to adds a key after a time.
func (m *motion) to(p posture, after float64) {
	at := 0.0
	if len(m.keys) > 0 {
		at = m.end() + after
	}
	m.keys = append(m.keys, key{at, p})
}

// last is the posture that the motion has come to.
func (m *motion) last() *posture { return &m.keys[len(m.keys)-1].p }

// rest keeps the last posture for a time.
func (m *motion) rest(long float64) { m.to(*m.last(), long) }

// A sway is what nobody keeps from doing: breathing and shifting weight.
type sway struct{ much, phase float64 }

func newSway(d dice) sway { return sway{d.between(0.3, 1.5), d.between(0, 6)} }

func (s sway) move(p *posture, t float64) {
	if s.much == 0 {
		return
	}
	w := func(hz, phase float64) float64 { return s.much * math.Sin(2*math.Pi*hz*t+s.phase*phase) }
	p.chest.x += 0.012*w(0.27, 1) + 0.006*w(1.1, 3)
	p.chest.y += 0.012 * w(0.41, 2)
	p.hips.x += 0.006*w(0.33, 5) + 0.003*w(0.9, 2)
	p.head.x += 0.02 * w(0.5, 4)
	p.head.z += 0.03 * w(0.23, 6)
	for side := range 2 {
		a := &p.arms[side]
		a.wrist = a.wrist.plus(vec{0.006 * w(0.7, 7+float64(side)), 0.006 * w(0.9, 2), 0.008 * w(0.6, 9)})
	}
}

// handSpeed is the highest speed of a hand between two poses of a lively game, m/s:
// unhurried reaching peaks at about one, boxers' and throwers' hands at several.
const handSpeed = 2.6

// hurry is how long a body takes from one posture to another when it is lively.
func (b *build) hurry(p, q *posture, lively float64) float64 {
	const steps = 8
	var gone [6]float64 // by hands, elbows and feet
	k, fastest := b.pose(p), 0.0
	for i := range steps {
		m := p.towards(q, float64(i+1)/steps)
		l := b.pose(&m)
		for s := range 2 {
			for n, step := range [3]vec{k.wrist[s].minus(l.wrist[s]), k.elbow[s].minus(l.elbow[s]), k.ankle[s].minus(l.ankle[s])} {
				gone[3*s+n] += step.len()
				fastest = max(fastest, 0.7*steps*step.len())
			}
		}
		k = l
	}
	far := max(fastest, slices.Max(gone[:]))
	// The way of least jerk has its highest speed at 15/8 of the mean.
	return max(0.3, 15.0/8*far/(handSpeed*lively))
}

// standing is somebody who stands and lets the arms hang.
func standing(d dice, b *build, at vec) posture {
	p := posture{root: at, heading: math.Atan2(-at.x, -at.z) + d.around(0, 0.1)}
	p.chest.x, p.head.x = d.between(0, 0.08), d.around(0.03, 0.06)
	for s := range 2 {
		p.legs[s] = legPosture{ankle: vec{d.between(0.08, 0.16), 0, d.around(0, 0.03)}, knee: 0.1, toe: d.between(0, 0.3)}
		p.arms[s] = armPosture{wrist: vec{d.between(0.1, 0.25), -0.95, d.between(-0.05, 0.15)}, curl: 0.3, index: 0.25}
	}
	return p
}

// newDance goes through lively game poses for a time, wandering as far as roam from a
// place.
func newDance(d dice, b *build, at vec, long, roam float64) *motion {
	m := &motion{sway: newSway(d)}
	m.to(standing(d, b, at), 0)
	m.rest(d.between(0.4, 0.8))
	lively := d.between(0.6, 1)
	for m.end() < long {
		p := b.gamePose(d, at.plus(vec{d.around(0, roam), 0, d.around(0, roam)}))
		m.to(p, b.hurry(m.last(), &p, lively*d.between(0.6, 1)))
		if d.chance(0.7) {
			m.rest(d.between(0.1, 1.2))
		}
	}
	return m
}

// gamePose is a pose that a wall with a hole in it may ask for, or that comes from
// dancing. It is none of the held gestures, nor near one.
func (b *build) gamePose(d dice, at vec) posture {
	for {
		p := standing(d, b, at)
		p.heading += d.around(0, 0.25)
		p.pelvis = vec{d.around(0.03, 0.05), d.around(0, 0.08), d.around(0, 0.1)}
		p.chest = vec{d.around(0.08, 0.1), d.around(0, 0.14), d.around(0, 0.2)}
		p.head = vec{d.around(0.03, 0.1), d.around(0, 0.12), d.around(0, 0.25)}
		b.gameLegs(d, &p)
		b.randomArms(d, &p)
		if b.held(b.pose(&p)) == 0 {
			return p
		}
	}
}

// gameLegs takes a stance from which the next is a moment away.
func (b *build) gameLegs(d dice, p *posture) {
	a := d.IntN(2)
	switch d.pick(8, 3, 3, 2, 1.5) {
	case 1: // a step
		step := d.between(0.08, 0.3)
		p.legs[a].ankle.z, p.legs[1-a].ankle.z = step, -step
	case 2: // legs apart
		for s := range 2 {
			p.legs[s].ankle.x, p.legs[s].knee = d.between(0.15, 0.45), d.between(0.1, 0.5)
		}
		p.hips.y, p.hips.x = -d.between(0, 0.2), d.around(0, 0.1)
	case 3: // a squat
		p.hips.y, p.hips.z, p.pelvis.x = -d.between(0.1, 0.45), -d.between(0, 0.15), d.between(0, 0.4)
		for s := range 2 {
			p.legs[s].ankle.x, p.legs[s].knee = d.between(0.12, 0.28), d.between(0.1, 0.7)
		}
	case 4: // on one leg
		p.legs[a].ankle = vec{d.between(0, 0.45), d.between(0.1, 0.55), d.between(-0.3, 0.35)}
		p.legs[1-a].ankle.x = d.between(0, 0.06)
	}
}

// newResting sits or stands about and moves the hands now and then.
func newResting(d dice, b *build, p posture, long float64) *motion {
	m := &motion{sway: newSway(d)}
	lap := func() posture {
		q := p
		for s := range 2 {
			q.arms[s] = b.touch(d, vec{d.between(-0.02, 0.2), -d.between(0.55, 0.85) * b.torso, d.between(0.12, 0.32)})
			q.arms[s].curl = 0.4
		}
		if d.chance(0.3) {
			q.arms[d.IntN(2)] = b.randomArm(d, &p, left)
		}
		q.head = vec{d.around(0.1, 0.12), d.around(0, 0.1), d.around(0, 0.4)}
		return q
	}
	m.to(lap(), 0)
	for m.end() < long {
		m.rest(d.between(0.5, 3))
		q := lap()
		m.to(q, b.hurry(m.last(), &q, 0.5))
	}
	return m
}
