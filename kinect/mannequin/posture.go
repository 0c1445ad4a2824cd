package mannequin

import "math"

// Sides of a body.
const (
	left  = 0
	right = 1
)

// outwards is the sign of a side's direction along a frame's x axis.
func outwards(side int) float64 { return 1 - 2*float64(side) }

// A posture is how a body holds itself. All of it changes smoothly with its numbers,
// so that what lies between two postures is a posture too. Angles are in radians.
type posture struct {
	// root is the place on the floor that the body stands over; heading turns the body
	// to its left from facing straight along +z.
	root    vec
	heading float64
	// hips is where the middle between the hips lies over the root, in legs' lengths;
	// y counts from standing on straight legs, 0, downwards to -1.
	hips vec
	// The pelvis, the chest on it, and the head on that: bent forwards, tilted to the
	// left, twisted to the left.
	pelvis, chest, head vec
	arms                [2]armPosture
	legs                [2]legPosture
}

// An armPosture says where an arm is.
type armPosture struct {
	// wrist is where the wrist is from the shoulder, in arms' lengths, x outwards, in
	// the chest's axes.
	wrist vec
	// swivel lifts the elbow outwards from where it hangs by itself.
	swivel float64
	// bend of the wrist to the palm's side, tilt to the thumb's, roll of the palm: 0
	// with the thumb away from the elbow's point, positive turning the palm down or
	// back.
	bend, tilt, roll float64
	// curl of the fingers from 0, straight, to 1, a fist; index is the first finger's;
	// spread of the fingers.
	curl, index, spread float64
}

// A legPosture says where a leg is.
type legPosture struct {
	// ankle is where the ankle is over the root, in legs' lengths, x outwards in the
	// heading's axes; y is 0 on the floor.
	ankle vec
	// knee turns the knee outwards, toe the foot outwards, pitch lifts the toes.
	knee, toe, pitch float64
}

func mixed(a, b, t float64) float64 { return a + (b-a)*t }

// towards is the posture t of the way to q.
func (p *posture) towards(q *posture, t float64) posture {
	m := posture{
		root: p.root.to(q.root, t), heading: mixed(p.heading, q.heading, t), hips: p.hips.to(q.hips, t),
		pelvis: p.pelvis.to(q.pelvis, t), chest: p.chest.to(q.chest, t), head: p.head.to(q.head, t),
	}
	for s := range 2 {
		m.arms[s] = p.arms[s].towards(&q.arms[s], t)
		f, g := &p.legs[s], &q.legs[s]
		m.legs[s] = legPosture{
			ankle: f.ankle.to(g.ankle, t), knee: mixed(f.knee, g.knee, t),
			toe: mixed(f.toe, g.toe, t), pitch: mixed(f.pitch, g.pitch, t),
		}
	}
	return m
}

// towards is the arm t of the way to b: the hand goes around the shoulder, and rather
// before the body than behind it.
func (a *armPosture) towards(b *armPosture, t float64) armPosture {
	from, to := a.wrist.unit(), b.wrist.unit()
	far := mixed(a.wrist.len(), b.wrist.len(), t)
	way := from.to(to, t).plus(vec{0.2, 0, 0.6}.times((1 - from.dot(to)) * 2 * t * (1 - t)))
	return armPosture{
		wrist: way.unit().times(far), swivel: mixed(a.swivel, b.swivel, t),
		bend: mixed(a.bend, b.bend, t), tilt: mixed(a.tilt, b.tilt, t), roll: mixed(a.roll, b.roll, t),
		curl: mixed(a.curl, b.curl, t), index: mixed(a.index, b.index, t), spread: mixed(a.spread, b.spread, t),
	}
}

// A skeleton is where a posture puts a body's bones.
type skeleton struct {
	pelvis, chest, head    frame // at the hips' middle, the shoulders', the head's
	neck                   vec
	shoulder, elbow, wrist [2]vec
	// hand has y along the palm towards the fingers, x to the thumb's side of a left
	// hand, z out of its back; a right hand is its mirror image in x.
	hand             [2]frame
	hip, knee, ankle [2]vec
	foot             [2]frame // at the ankle, z to the toes
}

// pose puts a body into a posture.
func (b *build) pose(p *posture) *skeleton {
	k := new(skeleton)
	ground := upright(p.root, p.heading)
	b.stand(p, k, ground)
	bow := k.pelvis.turned(p.chest.x*0.5, p.chest.y*0.5, p.chest.z*0.5)
	waist := k.pelvis.place(vec{y: 0.38 * b.torso})
	k.chest = k.pelvis.turned(p.chest.x, p.chest.y, p.chest.z)
	k.chest.at = waist.plus(bow.y.times(0.2 * b.torso)).plus(k.chest.y.times(0.42 * b.torso))
	k.neck = k.chest.place(vec{y: 0.5 * b.neck, z: 0.006 * b.height})
	nape := k.chest.turned(p.head.x*0.4, p.head.y*0.5, p.head.z*0.5)
	k.head = k.chest.turned(p.head.x, p.head.y, p.head.z)
	k.head.at = k.neck.plus(nape.y.times(0.5 * b.neck)).plus(nape.z.times(0.012 * b.height)).
		plus(k.head.y.times(0.92 * b.head.y))
	for s := range 2 {
		b.reach(&p.arms[s], k, s)
	}
	return k
}

// stand places the pelvis and the legs.
func (b *build) stand(p *posture, k *skeleton, ground frame) {
	leg := b.leg()
	k.pelvis = ground.turned(p.pelvis.x, p.pelvis.y, p.pelvis.z)
	k.pelvis.at = ground.place(vec{p.hips.x * leg, b.ankle + leg*(1+p.hips.y), p.hips.z * leg})
	// No higher than the legs that stand on the floor reach.
	for s := range 2 {
		l := &p.legs[s]
		if l.ankle.y > 0.03 {
			continue
		}
		foot := ground.place(vec{outwards(s) * l.ankle.x * leg, b.ankle + l.ankle.y*leg, l.ankle.z * leg})
		hip := k.pelvis.place(vec{x: outwards(s) * b.hipHalf})
		flat := math.Hypot(hip.x-foot.x, hip.z-foot.z)
		reach := 0.995 * leg
		k.pelvis.at.y -= max(0, hip.y-foot.y-math.Sqrt(max(0.01*reach*reach, reach*reach-flat*flat)))
	}
	for s := range 2 {
		l := &p.legs[s]
		out := outwards(s)
		k.hip[s] = k.pelvis.place(vec{x: out * b.hipHalf})
		foot := ground.place(vec{out * l.ankle.x * leg, b.ankle + l.ankle.y*leg, l.ankle.z * leg})
		front := ground.z.about(ground.y, out*l.knee).plus(k.pelvis.z.times(0.5)).plus(vec{y: 0.25})
		k.knee[s], k.ankle[s] = joint(k.hip[s], foot, b.thigh, b.shin, front)
		f := ground
		f = f.turned(0, 0, out*l.toe)
		f = f.turned(-l.pitch, 0, 0)
		f.at = k.ankle[s]
		k.foot[s] = f
	}
}

// joint bends a limb of two bones so that it reaches from a towards b, with its middle
// joint on the side of pole; the end is on the way to b when that is too far, or too
// near.
func joint(a, b vec, first, second float64, pole vec) (middle, end vec) {
	way := b.minus(a)
	far := way.len()
	if far < 1e-6 {
		way, far = pole.across(vec{y: 1}), 1
	}
	way = way.times(1 / far)
	far = clamp(far, math.Abs(first-second)+0.12*(first+second), 0.998*(first+second))
	along := (first*first - second*second + far*far) / (2 * far)
	off := math.Sqrt(max(0, first*first-along*along))
	return a.plus(way.times(along)).plus(pole.across(way).times(off)), a.plus(way.times(far))
}

// reach places an arm and its hand.
func (b *build) reach(a *armPosture, k *skeleton, s int) {
	out, arm := outwards(s), b.arm()
	w := a.wrist
	// The shoulder goes along: up with a raised arm, forwards with one that reaches.
	up, ahead := clamp(w.y+0.25, 0, 1.25), clamp(w.z, -0.6, 1)
	shoulder := vec{
		x: b.shoulderHalf * (1 - 0.16*max(0, up-0.3) - 0.12*max(0, -w.x)),
		y: 0.030*b.height*up - 0.022*b.height, z: 0.022 * b.height * ahead,
	}
	mirror := func(v vec) vec { return vec{out * v.x, v.y, v.z} }
	k.shoulder[s] = k.chest.place(mirror(shoulder))
	wrist := vec{x: b.shoulderHalf}.plus(w.times(arm))
	wrist = b.outside(wrist, 0.03*b.height)
	way := wrist.minus(shoulder).unit()
	hang := elbowHang(way)
	bend := func(turn float64) (elbow, end, pole vec, deep float64) {
		pole = hang.about(way, a.swivel+turn)
		elbow, end = joint(shoulder, wrist, b.upperArm, b.forearm, pole)
		return elbow, end, pole, b.outside(elbow, 0.012*b.height).minus(elbow).len()
	}
	// The elbow turns outwards as far as it must to leave the trunk.
	const step, inside = 0.22, 0.004
	elbow, end, pole, deep := bend(0)
	for turn := 0.0; deep > inside && turn < 6*step; turn += step {
		before := deep
		if elbow, end, pole, deep = bend(turn + step); deep <= inside {
			elbow, end, pole, _ = bend(turn + step*(before-inside)/(before-deep))
		}
	}
	k.elbow[s], k.wrist[s] = k.chest.place(mirror(elbow)), k.chest.place(mirror(end))
	b.grip(a, k, s, mirror, elbow, end, pole)
}

// elbowHang is the side of the line from shoulder to wrist on which the elbow is by
// itself: below an arm that reaches forwards, behind one that hangs, before one that is
// raised. It changes smoothly with the line, except where no arm reaches.
func elbowHang(way vec) vec {
	ahead := vec{0.5, -0.25, 0.83}.unit()
	below := vec{0.45, -0.75, -0.3}.across(ahead)
	// Turned like ahead is, to way, by the shortest turn.
	axis, c := ahead.cross(way), ahead.dot(way)
	return below.plus(axis.cross(below)).plus(axis.cross(axis.cross(below)).times(1 / max(0.02, 1+c)))
}

// grip places the hand at the end of an arm; all is in the chest's axes of a left arm.
func (b *build) grip(a *armPosture, k *skeleton, s int, mirror func(vec) vec, elbow, wrist, pole vec) {
	fore := wrist.minus(elbow).unit()
	// With bent arm the thumb lies away from the elbow's point.
	thumb := pole.times(-1).across(fore).about(fore, a.roll)
	back := thumb.cross(fore) // of the hand: outwards when it hangs
	y := fore.about(thumb, -a.bend)
	y = y.about(back, -a.tilt)
	x := thumb.across(y)
	k.hand[s] = frame{at: k.wrist[s], x: k.chest.dir(mirror(x)), y: k.chest.dir(mirror(y)), z: k.chest.dir(mirror(x.cross(y)))}
}

// outside is a place in the chest's axes, moved out of the trunk if it lies in it:
// away from a line before the spine, so that most of it leads to the front.
func (b *build) outside(p vec, margin float64) vec {
	full := ease(-1.3*b.torso, -1.05*b.torso, p.y) * ease(0.3*b.torso, 0, p.y)
	wide := (0.094*b.height*b.torsoWide + margin) * full
	deep := ((0.062+0.03*b.belly)*b.height*b.torsoDeep + margin) * full
	if full < 0.01 {
		return p
	}
	x, z := p.x/wide, p.z/deep
	if x*x+z*z >= 1 {
		return p
	}
	// From the line at (0, -c) through the place to the ellipse: |(0,-c) + t·d| = 1.
	const c = 0.6
	dx, dz := x, z+c
	dd := dx*dx + dz*dz
	if dd < 1e-6 {
		dx, dz, dd = 0, 1e-3, 1e-6
	}
	t := (c*dz + math.Sqrt(c*c*dz*dz+dd*(1-c*c))) / dd
	return vec{t * dx * wide, p.y, (t*dz - c) * deep}
}
