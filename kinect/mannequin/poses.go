package mannequin

import "math"

// randomPosture is any posture of a body that stands, or sits, at a place. It tells
// how high the seat is that it needs, in metres; 0 for none.
func randomPosture(d dice, b *build, at vec, heading float64) (p posture, seat float64) {
	p = posture{root: at, heading: heading}
	p.pelvis = vec{d.around(0.03, 0.06), d.around(0, 0.05), d.around(0, 0.08)}
	p.chest = vec{d.around(0.06, 0.10), d.around(0, 0.09), d.around(0, 0.16)}
	p.head = vec{d.around(0.05, 0.17), d.around(0, 0.12), d.around(0, 0.35)}
	if d.chance(0.1) {
		p.chest = vec{d.around(0.2, 0.35), d.around(0, 0.25), d.around(0, 0.35)}
	}
	seat = b.randomLegs(d, &p)
	b.randomArms(d, &p)
	return p, seat
}

// randomLegs takes a stance.
func (b *build) randomLegs(d dice, p *posture) (seat float64) {
	for s := range 2 {
		p.legs[s] = legPosture{ankle: vec{d.between(0.05, 0.2), 0, d.around(0, 0.05)}, knee: d.between(0, 0.25), toe: d.between(-0.05, 0.5)}
	}
	p.hips = vec{d.around(0, 0.03), -d.between(0, 0.03), 0}
	a, o := d.IntN(2), 0
	o = 1 - a
	switch d.pick(10, 4, 2, 2, 2, 2, 3, 0.7, 1, 0.7) {
	case 1: // a step
		step := d.between(0.08, 0.38)
		p.legs[a].ankle.z, p.legs[o].ankle.z = step, -step
		p.legs[o].ankle.y, p.legs[o].pitch = d.between(0, 0.25)*step, -d.between(0, 2)*step
		p.hips.z = d.around(0, 0.05)
	case 2: // legs apart
		p.legs[left].ankle.x, p.legs[right].ankle.x = d.between(0.2, 0.5), d.between(0.2, 0.5)
		p.legs[left].knee, p.legs[right].knee = d.between(0.2, 0.7), d.between(0.2, 0.7)
		p.hips.y = -d.between(0.02, 0.25)
	case 3: // a lunge, forwards or to the side
		p.hips.y = -d.between(0.12, 0.38)
		if d.chance(0.5) {
			p.legs[a].ankle.z, p.legs[o].ankle.z = d.between(0.3, 0.55), -d.between(0.2, 0.5)
			p.legs[o].ankle.y, p.legs[o].pitch = d.between(0, 0.1), -d.between(0, 0.7)
		} else {
			p.legs[a].ankle.x, p.legs[o].ankle.x = d.between(0.3, 0.5), d.between(0.3, 0.6)
			p.hips.x = outwards(a) * d.between(0.05, 0.3)
			p.legs[a].knee = d.between(0.4, 1)
		}
	case 4: // a squat
		p.hips.y, p.hips.z = -d.between(0.2, 0.65), -d.between(0, 0.25)
		p.pelvis.x += d.between(0, 0.6)
		for s := range 2 {
			p.legs[s].ankle.x, p.legs[s].knee = d.between(0.1, 0.3), d.between(0.1, 0.9)
		}
	case 5: // on one leg
		p.legs[a].ankle = vec{d.between(0, 0.5), d.between(0.1, 0.7), d.between(-0.35, 0.5)}
		p.legs[a].pitch = d.between(-0.8, 0.3)
		p.legs[o].ankle.x = d.between(-0.02, 0.08)
	case 6:
		return b.sit(d, p)
	case 7:
		b.kneel(d, p, a)
	case 8: // bent down
		p.pelvis.x, p.chest.x = d.between(0.2, 0.9), d.between(0.2, 0.7)
		p.hips.y, p.hips.z = -d.between(0.02, 0.2), -0.25*p.pelvis.x
		p.head.x = d.between(-0.6, 0.3)
	case 9: // a jump
		p.root.y = d.between(0.03, 0.3)
		for s := range 2 {
			p.legs[s].ankle.x, p.legs[s].pitch = d.between(0.05, 0.4), -d.between(0.2, 0.9)
		}
	}
	return 0
}

// sit sits down on a seat of the usual height, 0.38 to 0.5 m.
func (b *build) sit(d dice, p *posture) (seat float64) {
	seat = d.between(0.36, 0.5)
	hip := seat + 0.05*b.height
	p.hips.y = (hip-b.ankle)/b.leg() - 1
	p.hips.z = 0
	for s := range 2 {
		// The feet hang when the seat is high.
		hang := max(0, hip-0.97*b.shin-b.ankle) / b.leg()
		p.legs[s].ankle = vec{d.between(0.04, 0.25), hang, (b.thigh + d.between(-0.1, 0.25)*b.shin) / b.leg()}
		p.legs[s].knee = d.between(0, 0.5)
		if hang > 0 {
			p.legs[s].pitch = -0.3
		}
	}
	p.pelvis = vec{d.between(-0.45, 0.15), d.around(0, 0.04), d.around(0, 0.08)}
	p.chest.x = d.between(0, 0.5)
	return seat
}

// kneel goes down on one knee or both.
func (b *build) kneel(d dice, p *posture, on int) {
	p.hips = vec{y: (b.thigh+0.04*b.height-b.ankle)/b.leg() - 1}
	for s := range 2 {
		p.legs[s].ankle = vec{d.between(0.06, 0.16), 0.02, -0.95 * b.shin / b.leg()}
		p.legs[s].pitch, p.legs[s].knee = -1.3, d.between(0, 0.2)
		if s != on && d.chance(0.6) {
			p.legs[s].ankle, p.legs[s].pitch = vec{d.between(0.08, 0.2), 0, 0.95 * b.thigh / b.leg()}, 0
		}
	}
}

// randomArms puts the arms anywhere people have them.
func (b *build) randomArms(d dice, p *posture) {
	switch d.pick(60, 22, 4, 4, 3) {
	case 0:
		for s := range 2 {
			p.arms[s] = b.randomArm(d, p, s)
		}
	case 1: // both alike
		p.arms[left] = b.randomArm(d, p, left)
		p.arms[right] = p.arms[left]
		j := &p.arms[right]
		j.wrist = j.wrist.plus(vec{d.around(0, 0.05), d.around(0, 0.05), d.around(0, 0.05)})
		j.swivel += d.around(0, 0.1)
	case 2:
		b.foldArms(d, p)
	case 3: // hands together
		at := vec{d.around(0, 0.05), -d.between(-0.1, 0.9) * b.torso, 0.1*b.height + d.between(0.05, 0.3)}
		for s := range 2 {
			p.arms[s] = b.touch(d, vec{outwards(s)*at.x + 0.02*b.height, at.y, at.z})
			p.arms[s].swivel = d.around(0.3, 0.3)
		}
	case 4: // both forwards
		for s := range 2 {
			p.arms[s] = b.aim(d, p, s, 0.3)
		}
	}
	for s := range 2 {
		a := &p.arms[s]
		b.randomGrip(d, p, s)
		if d.chance(0.03) {
			a.wrist = vec{d.around(0, 0.3), -0.8, d.between(-0.4, 0.2)}
		}
	}
}

// foldArms crosses the forearms before the chest.
func (b *build) foldArms(d dice, p *posture) {
	deep := (0.062+0.03*b.belly)*b.height*b.torsoDeep + 0.02*b.height
	above := d.IntN(2)
	for s := range 2 {
		out := deep + 0.045*b.height
		if s == above {
			out = deep + 0.075*b.height
		}
		p.arms[s] = armPosture{
			wrist:  b.from(vec{-d.between(0.1, 0.75) * b.shoulderHalf, -d.between(0.3, 0.55) * b.torso, out}),
			swivel: d.between(0, 0.5), roll: d.around(0, 0.4),
		}
	}
}

// from is a place in the chest's axes, x outwards, as an arm's wrist has it.
func (b *build) from(p vec) vec {
	return p.minus(vec{x: b.shoulderHalf}).times(1 / b.arm())
}

// touch has the hand at a place in the chest's axes, x outwards.
func (b *build) touch(d dice, p vec) armPosture {
	// The wrist lies short of it, on the way from where the elbow may be.
	elbow := vec{b.shoulderHalf + 0.55*b.upperArm, -0.75 * b.upperArm, 0.1 * b.upperArm}
	back := elbow.minus(p).unit().times(0.4 * b.hand)
	return armPosture{wrist: b.from(p.plus(back)), swivel: d.around(0.2, 0.35)}
}

// aim stretches an arm towards the sensor, more or less.
func (b *build) aim(d dice, p *posture, s int, stray float64) armPosture {
	k := b.pose(p)
	way := vec{y: d.between(0.5, 1.6)}.minus(k.chest.at)
	local := k.chest.local(k.chest.at.plus(way)).unit()
	local.x *= outwards(s)
	local = local.plus(vec{d.around(0, stray), d.around(0, stray), d.around(0, stray)}).unit()
	if local.z < -0.2 {
		local.z = 0
		local = local.unit()
	}
	return armPosture{wrist: local.times(d.between(0.55, 1)), swivel: d.around(0.3, 0.4)}
}

// randomArm puts one arm anywhere.
func (b *build) randomArm(d dice, p *posture, s int) armPosture {
	face := b.neck + b.head.y
	deep := 0.066 * b.height * b.torsoDeep
	switch d.pick(10, 26, 7, 4, 4, 4, 2, 8, 6, 9, 2, 3, 3, 2, 2) {
	case 0: // hanging
		return armPosture{wrist: vec{d.between(0.02, 0.3), -1, d.between(-0.15, 0.25)}.unit().times(d.between(0.9, 1)), swivel: d.around(0, 0.3)}
	case 1:
		return anywhere(d)
	case 2:
		return b.aim(d, p, s, 0.25)
	case 3: // on the hip
		a := b.touch(d, vec{0.1*b.height*b.torsoWide + 0.02, -d.between(0.7, 0.95) * b.torso, d.between(-0.03, 0.08)})
		a.swivel = d.between(0.3, 1)
		return a
	case 4: // on the head, or behind it
		a := b.touch(d, vec{d.between(-0.3, 1) * b.head.x, face + d.between(-0.2, 1.15)*b.head.y, d.between(-1.2, 0.8) * b.head.z})
		a.swivel = d.between(0.3, 1.3)
		return a
	case 5: // over the face
		a := b.touch(d, vec{d.between(-0.5, 0.8) * b.head.x, face + d.between(-0.8, 0.4)*b.head.y, b.head.z + d.between(0.02, 0.12)})
		a.swivel = d.between(-0.1, 0.9)
		return a
	case 6: // behind the back
		return b.touch(d, vec{d.between(-0.05, 0.08), -d.between(0.5, 0.95) * b.torso, -deep - 0.05})
	case 7: // up
		return armPosture{wrist: vec{d.between(-0.3, 0.55), 1, d.between(-0.25, 0.5)}.unit().times(d.between(0.75, 1)), swivel: d.around(0.4, 0.4)}
	case 8: // out to the side
		return armPosture{wrist: vec{1, d.between(-0.35, 0.35), d.between(-0.2, 0.45)}.unit().times(d.between(0.8, 1)), swivel: d.around(0.2, 0.4)}
	case 9: // the hand up beside the head or the shoulder
		return armPosture{wrist: vec{d.between(-0.1, 0.7), d.between(0, 0.75), d.between(0, 0.5)}, swivel: d.around(0.2, 0.4)}
	case 10: // at the ear
		return b.touch(d, vec{b.head.x + 0.02, face + d.between(-0.4, 0.4)*b.head.y, d.between(-0.02, 0.06)})
	case 11: // before the belly, as if holding something
		return b.touch(d, vec{d.between(-0.05, 0.2), -d.between(0.35, 0.8) * b.torso, deep + d.between(0.06, 0.3)})
	case 12: // across the chest
		return b.touch(d, vec{-d.between(0, 1.2) * b.shoulderHalf, -d.between(-0.1, 0.6) * b.torso, deep + d.between(0.03, 0.2)})
	case 13: // in a pocket
		return b.touch(d, vec{0.09*b.height*b.torsoWide + 0.03, -d.between(0.95, 1.15) * b.torso, d.between(-0.02, 0.08)})
	default: // down to the ground
		return armPosture{wrist: vec{d.between(-0.2, 0.3), -1, d.between(0.2, 0.7)}.unit().times(d.between(0.7, 1)), swivel: d.around(0, 0.3)}
	}
}

// anywhere is the wrist anywhere that it reaches, evenly over directions.
func anywhere(d dice) armPosture {
	for {
		v := vec{d.NormFloat64(), d.NormFloat64(), d.NormFloat64()}.unit()
		// Not far behind the body nor across it.
		if v.z < -0.45 || v.x < -0.6 || v.x < -0.2 && v.z < 0.2 {
			continue
		}
		return armPosture{wrist: v.times(math.Cbrt(d.between(0.04, 1))), swivel: d.around(0.25, 0.45)}
	}
}

// randomGrip turns the hand and does something with its fingers. Raised hands mostly
// show their palms.
func (b *build) randomGrip(d dice, p *posture, s int) {
	a := &p.arms[s]
	a.roll, a.bend, a.tilt = d.around(0, 0.6), d.around(0.05, 0.3), d.around(0, 0.2)
	if a.wrist.y > -0.3 && d.chance(0.5) {
		b.showPalm(p, s)
		a.roll += d.around(0, 0.3)
	}
	b.randomFingers(d, a)
}

func (b *build) randomFingers(d dice, a *armPosture) {
	switch d.pick(4, 5, 4, 1) {
	case 0: // flat
		a.curl, a.spread = d.between(0, 0.12), d.between(0, 1)
		a.index = a.curl
	case 1: // at ease
		a.curl, a.spread = d.between(0.15, 0.55), d.between(0, 0.4)
		a.index = a.curl * d.between(0.5, 1)
	case 2: // a fist
		a.curl, a.spread = d.between(0.85, 1), 0
		a.index = a.curl
	case 3: // pointing
		a.curl, a.index, a.spread = d.between(0.8, 1), d.between(0, 0.15), 0
	}
}

// showPalm rolls a hand so that its palm looks at the sensor as well as it can.
func (b *build) showPalm(p *posture, s int) {
	best, roll := math.Inf(-1), 0.0
	for r := -1.5; r <= 1.5; r += 0.25 {
		p.arms[s].roll = r
		k := b.pose(p)
		back := k.hand[s].z
		if see := back.dot(k.wrist[s].minus(vec{y: 1}).unit()); see > best {
			best, roll = see, r
		}
	}
	p.arms[s].roll = roll
}
