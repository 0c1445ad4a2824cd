package mannequin

import "math"

// A figure is a body with what it wears, ready to be drawn in any posture.
type figure struct {
	build
	dress
	owner uint8
}

// draw draws the figure with its bones where k has them.
func (f *figure) draw(c *canvas, k *skeleton) {
	f.drawTrunk(c, k)
	f.drawHead(c, k)
	for s := range 2 {
		f.drawArm(c, k, s)
		f.drawHand(c, k, s)
		f.drawLeg(c, k, s)
		f.drawFoot(c, k, s)
	}
	f.drawGarments(c, k)
}

// of is the part of a side, given the left one: the right one follows it.
func of(leftPart Part, side int) Part { return leftPart + Part(side) }

// A level is the trunk's size at a height.
type level struct {
	at                       float64 // from the hips, 0, to the shoulders, 1
	man, woman, deep, square float64 // half a width and depth, in heights of a body
	front                    float64 // how far the middle lies to the front
}

// levels of the trunk, after NASA-STD-3000 figure 3.3.1.3-1 (chest breadth 280-380 mm
// and depth 210-280, waist breadth 270-360, hip breadth 310-390, shoulder breadth 440-530
// for grown Americans and Japanese), for 1.75 m.
var levels = [...]level{
	{-0.26, 0.045, 0.048, 0.040, 0.1, -0.004},
	{-0.20, 0.082, 0.088, 0.058, 0.1, -0.004},
	{-0.10, 0.095, 0.103, 0.067, 0.15, -0.006},
	{0.02, 0.098, 0.107, 0.070, 0.15, -0.008},
	{0.14, 0.094, 0.100, 0.066, 0.15, -0.002},
	{0.28, 0.087, 0.083, 0.061, 0.15, 0.003},
	{0.40, 0.086, 0.077, 0.060, 0.15, 0.004},
	{0.52, 0.089, 0.080, 0.062, 0.2, 0.004},
	{0.64, 0.094, 0.084, 0.066, 0.2, 0.004},
	{0.76, 0.099, 0.088, 0.068, 0.2, 0.003},
	{0.87, 0.104, 0.092, 0.064, 0.15, -0.001},
	{0.96, 0.104, 0.094, 0.053, 0.1, -0.006},
	{1.03, 0.090, 0.082, 0.044, 0, -0.008},
	{1.10, 0.052, 0.046, 0.038, 0, -0.006},
	{1.17, 0.034, 0.029, 0.031, 0, -0.004},
}

// drawTrunk draws the body from the crotch to the neck.
func (f *figure) drawTrunk(c *canvas, k *skeleton) {
	var rings [len(levels)]ring
	for i, l := range levels {
		t := ease(0.1, 0.8, l.at)
		g := k.pelvis.mix(k.chest, t)
		// A bent line from the hips, upwards, to the shoulders.
		g.at = spine(k, l.at, f.torso)
		g.at = g.place(vec{z: l.front * f.height})
		wide := mixed(l.man, l.woman, f.woman) * f.height * f.torsoWide
		if l.at > 0.9 {
			wide *= f.shoulderHalf / (0.107 * f.height)
		}
		deep := l.deep * f.height * f.torsoDeep
		bulge := f.belly * 0.045 * f.height * math.Exp(-sq((l.at-0.25)/0.22))
		g.at = g.place(vec{z: 0.8 * bulge})
		rings[i] = ring{
			frame: g, wide: wide + 0.7*bulge + f.top.slack(l.at), deep: deep + bulge + f.top.slack(l.at),
			square: l.square, pale: f.top.pale,
		}
	}
	bust := f.woman * (1 - f.child) * f.bust * f.height
	folds := f.top.folds
	skin := func(at vec, ring, corner int) float64 {
		l, t := levels[ring].at, &turns[corner]
		d := folds.at(at, k.chest)
		if t.s > 0 && bust > 0 {
			d += bust * math.Exp(-sq((l-0.68)/0.11)) * math.Exp(-sq((math.Abs(t.c)-0.45)/0.3)) * t.s
		}
		return d
	}
	c.tube(f.owner, rings[:], skin, func(middle vec, r *ring, _ int) (Part, float64) {
		return f.trunkPart(k, middle, r)
	})
}

func sq(v float64) float64 { return v * v }

// spine is the place at a height of the trunk, 0 at the hips, 1 at the shoulders.
func spine(k *skeleton, at, torso float64) vec {
	if at <= 0 {
		return k.pelvis.place(vec{y: at * torso})
	}
	if at >= 1 {
		return k.chest.place(vec{y: (at - 1) * torso})
	}
	// Bézier with its handles along the pelvis' and the chest's axes.
	a, d := k.pelvis.at, k.chest.at
	h := d.minus(a).len() / 3
	b, e := a.plus(k.pelvis.y.times(h)), d.minus(k.chest.y.times(h))
	u := 1 - at
	return a.times(u * u * u).plus(b.times(3 * u * u * at)).plus(e.times(3 * u * at * at)).plus(d.times(at * at * at))
}

// trunkPart is what a patch of the trunk belongs to.
func (f *figure) trunkPart(k *skeleton, middle vec, r *ring) (Part, float64) {
	for s := range 2 {
		if middle.minus(k.shoulder[s]).len() < 0.055*f.height {
			return of(LeftShoulder, s), f.top.pale
		}
	}
	side := left
	if middle.minus(r.at).dot(r.x) < 0 {
		side = right
	}
	up := middle.minus(k.pelvis.at).dot(k.pelvis.y) / f.torso
	switch {
	case middle.minus(k.chest.at).dot(k.chest.y) > 0.07*f.torso && math.Abs(k.chest.local(middle).x) < 0.045*f.height:
		return Neck, f.skinPale
	case up > 0.5:
		return of(LeftUpperTorso, side), f.top.pale
	case up < -0.02:
		return of(LeftThigh, side), f.bottom.pale
	}
	return of(LeftLowerTorso, side), f.top.pale
}

// A sleeve is the radii of a limb, from its beginning to its end.
type sleeve struct {
	at, radius float64
}

// The limbs' radii in heights of a body, after the circumferences of NASA-STD-3000
// figure 3.3.1.3-1 (upper arm 270-370 mm, forearm 260-330, wrist 150-190, thigh 500-660,
// knee 340-430, calf 330-430, ankle 200-240) for 1.75 m.
var (
	armRadii = []sleeve{
		{-0.045, 0.020}, {-0.01, 0.030}, {0.05, 0.036}, {0.12, 0.034}, {0.22, 0.030}, {0.32, 0.028}, {0.42, 0.026}, {0.5, 0.0245},
		{0.55, 0.0245}, {0.62, 0.026}, {0.70, 0.0255}, {0.80, 0.022}, {0.90, 0.0175}, {0.97, 0.0155}, {1.0, 0.015},
	}
	legRadii = []sleeve{
		{-0.05, 0.048}, {0.04, 0.055}, {0.14, 0.054}, {0.24, 0.049}, {0.34, 0.044}, {0.43, 0.037}, {0.5, 0.034},
		{0.56, 0.032}, {0.64, 0.034}, {0.72, 0.0335}, {0.80, 0.029}, {0.88, 0.023}, {0.95, 0.0205}, {1.0, 0.021}, {1.04, 0.019},
	}
)

// bent is a line along a limb through its three joints, rounded at the middle one.
func bent(a, b, c vec, at float64) vec {
	p := func(t float64) vec {
		if t < 0.5 {
			return a.to(b, t*2)
		}
		return b.to(c, t*2-1)
	}
	const soft = 0.06
	if math.Abs(at-0.5) < soft {
		// Between the straight pieces: a parabola.
		t := (at - 0.5 + soft) / (2 * soft)
		return p(0.5-soft).to(b, t).to(b.to(p(0.5+soft), t), t)
	}
	return p(at)
}

// drawArm draws from the shoulder to the wrist.
func (f *figure) drawArm(c *canvas, k *skeleton, s int) {
	var places [24]vec
	var wide, deep [24]float64
	n := len(armRadii)
	for i, r := range armRadii {
		places[i] = bent(k.shoulder[s], k.elbow[s], k.wrist[s], r.at)
		wide[i] = r.radius * f.height * f.girth
		deep[i] = wide[i] * mixed(1, 0.86, ease(0.75, 1, r.at)) // wrists are flat
		if slack := f.top.sleeve(r.at); slack >= 0 {
			wide[i] += slack
			deep[i] += slack
			// Wide sleeves hang down.
			places[i].y -= slack * f.top.hang
		}
	}
	rings := path(places[:n], k.hand[s].x, wide[:n], deep[:n])
	for i := range rings {
		rings[i].pale = f.skinPale
		if f.top.sleeve(armRadii[i].at) >= 0 {
			rings[i].pale = f.top.pale
		}
		switch at := armRadii[i].at; {
		case at < 0.12:
			rings[i].part = of(LeftShoulder, s)
		case at < 0.5:
			rings[i].part = of(LeftUpperArm, s)
		default:
			rings[i].part = of(LeftForearm, s)
		}
	}
	folds := f.top.folds
	c.tube(f.owner, rings, func(at vec, ring, _ int) float64 {
		if f.top.sleeve(armRadii[ring].at) < 0 {
			return 0
		}
		return 0.7 * folds.at(at, k.chest)
	}, nil)
}

// drawLeg draws from the hip to the ankle.
func (f *figure) drawLeg(c *canvas, k *skeleton, s int) {
	var places [24]vec
	var wide, deep [24]float64
	n := len(legRadii)
	for i, r := range legRadii {
		places[i] = bent(k.hip[s], k.knee[s], k.ankle[s], r.at)
		wide[i] = r.radius*f.height*f.girth*(1+0.06*f.woman*ease(0.5, 0.1, r.at)) + f.bottom.leg(r.at)
		deep[i] = wide[i]
		if r.at < 0.1 {
			places[i] = places[i].plus(k.pelvis.x.times(-outwards(s) * 0.004 * f.height))
		}
	}
	rings := path(places[:n], k.foot[s].x, wide[:n], deep[:n])
	for i := range rings {
		rings[i].pale = f.bottom.pale
		switch at := legRadii[i].at; {
		case at < 0.5:
			rings[i].part = of(LeftThigh, s)
		case at < 0.985:
			rings[i].part = of(LeftShin, s)
		default:
			rings[i].part = of(LeftFoot, s)
		}
	}
	folds := f.bottom.folds
	c.tube(f.owner, rings, func(at vec, _, _ int) float64 { return folds.at(at, k.pelvis) }, nil)
}

// drawFoot draws a foot in a shoe.
func (f *figure) drawFoot(c *canvas, k *skeleton, s int) {
	g, l, h := k.foot[s], f.foot, f.height
	type section struct{ z, wide, low, high float64 }
	sections := [...]section{
		{-0.26, 0.55, 0.2, 0.5}, {-0.22, 0.9, 0.02, 0.9}, {-0.08, 1, 0, 1.25}, {0.12, 1, 0, 1.3}, {0.32, 1.08, 0, 0.9},
		{0.52, 1.2, 0, 0.66}, {0.66, 1.1, 0.05, 0.5}, {0.73, 0.7, 0.15, 0.35},
	}
	var rings [len(sections)]ring
	half := 0.026*h + f.shoe
	for i, q := range sections {
		// x across, the tube along z, so its depth is the foot's height.
		r := frame{x: g.x, y: g.z, z: g.x.cross(g.z)}
		r.at = g.at.plus(g.z.times(q.z * l)).plus(g.y.times(-f.ankle + (q.low+q.high)/2*f.ankle))
		rings[i] = ring{frame: r, wide: q.wide * half, deep: (q.high-q.low)/2*f.ankle + f.shoe/2, square: 0.3, part: of(LeftFoot, s), pale: f.shoePale}
	}
	c.tube(f.owner, rings[:], nil, nil)
}
