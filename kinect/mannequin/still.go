package mannequin

import "math"

// newSet makes up a sensor: its height, and its noise. The room comes with the people.
func newSet(d dice) *set {
	s := &set{height: d.between(0.4, 1.6)}
	s.sensor = sensor{seed: d.Uint64(), weak: float32(d.between(0.002, 0.009)), cut: d.chance(0.18), dazzle: 9, lossy: 0.02}
	if d.chance(0.12) {
		s.sensor.dazzle = float32(d.between(1.8, 2.8))
	}
	return s
}

// still takes one picture of anybody.
func (s *set) still(d dice) *Shot {
	// The first is the one whom the sensor was set up for.
	near := d.pick(3, 4, 4)
	far := [3][2]float64{{0.65, 1.5}, {1.3, 2.5}, {2.2, 4.5}}[near]
	postures, taken := s.cast(d, d.between(far[0], far[1]))
	b := &s.figures[0].build
	at := postures[0].root
	// Looking at the chest or the head from near, at any of the body from afar.
	target := vec{at.x * 0.5, b.height * d.between([3]float64{0.7, 0.55, 0.3}[near], 0.95), at.z}
	pitch := math.Atan2(target.y+postures[0].hips.y*b.leg()-s.height, -at.z)/degree + d.around(0, 4)
	s.eye = newEye(s.height, clamp(pitch, -27, 27)*degree, d.around(0, 1.2)*degree)
	for i := range postures {
		if d.chance(0.3) {
			s.turnHead(d, &postures[i])
		}
	}
	s.room.furnish(d, taken)
	if d.chance(0.25) {
		s.barrier(d, taken)
	}
	return s.shoot(postures, 0)
}

// turnHead has somebody look at the sensor.
func (s *set) turnHead(d dice, p *posture) {
	look := math.Atan2(-p.root.x, -p.root.z)
	p.head.z = clamp(look-p.heading, -1.2, 1.2) + d.around(0, 0.1)
}

// cast puts people into a room that is made for them, the first at a distance.
func (s *set) cast(d dice, far float64) (postures []posture, taken []pitch) {
	n := [6]int{1, 2, 3, 4, 5, 6}[d.pick(60, 22, 10, 4, 2, 2)]
	type seated struct {
		at            vec
		heading, high float64
	}
	var seats []seated
	back := 0.0
	for i := range n {
		b := newBuild(d)
		at, ok := s.spot(d, i, far, taken)
		if !ok {
			continue
		}
		s.figures = append(s.figures, &figure{build: b, dress: newDress(d, &b)})
		p, seat := randomPosture(d, &b, at, heading(d))
		if seat > 0 {
			seats = append(seats, seated{at, p.heading, seat})
		}
		postures = append(postures, p)
		taken = append(taken, pitch{at, 0.3})
		back = max(back, -at.z)
	}
	s.room = newRoom(d, back+0.15)
	for _, q := range seats {
		s.room.seat(d, q.at, q.heading, q.high)
	}
	return postures, taken
}

// heading is where people look: mostly at the sensor, sometimes aside, rarely away.
func heading(d dice) float64 {
	switch d.pick(66, 26, 8) {
	case 0:
		return d.around(0, 16) * degree
	case 1:
		return d.sign() * d.between(25, 95) * degree
	}
	return d.between(-math.Pi, math.Pi)
}

// spot is a place on the floor for person i where nobody else stands.
func (s *set) spot(d dice, i int, far float64, taken []pitch) (at vec, ok bool) {
	for range 20 {
		z := far
		if i > 0 {
			z = d.between(max(0.8, far-0.8), 4.5)
		}
		// The picture is 57 degrees wide.
		half := [3]float64{0.2, 0.4, 0.62}[d.pick(6, 3, 1)] * z
		at = vec{x: d.between(-half, half), z: -z}
		ok = true
		for _, t := range taken {
			ok = ok && math.Hypot(at.x-t.at.x, at.z-t.at.z) > 0.45
		}
		if ok {
			return at, true
		}
	}
	return at, false
}

// barrier puts a bed, a table or a desk between the sensor and the people.
func (s *set) barrier(d dice, taken []pitch) {
	near := 10.0
	for _, t := range taken {
		near = min(near, -t.at.z)
	}
	if near < 1.1 {
		return
	}
	deep := d.between(0.2, max(0.25, near-0.75))
	z := near - 0.22 - deep/2
	at := vec{x: d.between(-0.6, 0.6), z: -z}
	size := vec{d.between(0.6, 2.4), d.between(0.25, 0.85), deep}
	turn := d.around(0, 0.12)
	s.room.block(at, turn, size, d.between(0.2, 0.8))
	if d.chance(0.5) { // covers, cushions
		for range 2 + d.IntN(4) {
			p := at.plus(vec{d.between(-0.45, 0.45) * size.x, size.y, d.between(-0.4, 0.4) * deep})
			s.room.pillow(p, turn, vec{d.between(0.1, 0.4), d.between(0.03, 0.12), d.between(0.1, 0.3)}, 0.6)
		}
	}
}
