package mannequin

import "math"

// A dress is what a body wears.
type dress struct {
	top, bottom garment
	hair        hairdo
	skinPale    float64
	shoePale    float64
	shoe        float64 // thickness of the shoe, metres
	collar      float64
	bust        float64
	skirt       float64 // how far down the legs it goes, 0 none, 0.5 the knees, 1 the ankles
	flare       float64 // how much wider it is at its hem, metres
	coat        float64 // how far down the legs a coat or a long shirt goes
	bag         float64 // depth of a bag on the back, metres; 0 none
	grasps      [2]grasp
}

// A garment is a piece of cloth over a trunk and its limbs.
type garment struct {
	loose float64 // metres from the skin
	reach float64 // along the limb, 0 to 1, to which it goes
	cuff  float64 // metres more at its end
	hang  float64
	pale  float64
	folds folds
}

// slack is how far the cloth lies off the trunk at a height.
func (g *garment) slack(at float64) float64 {
	return g.loose * (0.4 + 0.6*ease(0.95, 0.5, at))
}

// sleeve is how far it lies off an arm at a place along it; -1 where the arm is bare.
func (g *garment) sleeve(at float64) float64 {
	if at > g.reach {
		return -1
	}
	return 0.6*g.loose*ease(-0.05, 0.3, at) + g.cuff*ease(0.1, 1, at/max(0.3, g.reach)) + 0.002
}

// leg is how far trousers lie off a leg.
func (g *garment) leg(at float64) float64 {
	if at > g.reach {
		return 0
	}
	return g.loose*ease(-0.02, 0.5, at) + g.cuff*ease(0.5, 1, at)
}

// folds are waves in a surface, in metres.
type folds struct {
	waves [3]struct {
		along       vec
		high, phase float64
	}
}

// at is the height of the folds at a place, which move along with a frame.
func (w *folds) at(p vec, f frame) float64 {
	if w.waves[0].high == 0 {
		return 0
	}
	q := f.local(p)
	var sum float64
	for i := range w.waves {
		v := &w.waves[i]
		sum += v.high * math.Sin(v.along.dot(q)+v.phase)
	}
	return sum
}

func newFolds(d dice, high float64) folds {
	var w folds
	for i := range w.waves {
		v := &w.waves[i]
		long := d.between(0.07, 0.22)
		v.along = vec{d.around(0, 1), d.around(0, 1), d.around(0, 0.6)}.unit().times(2 * math.Pi / long)
		v.high, v.phase = high*d.between(0.3, 1)*0.6, d.between(0, 2*math.Pi)
	}
	return w
}

// newDress makes up clothes for a body.
func newDress(d dice, b *build) dress {
	w := dress{skinPale: d.between(0.5, 0.8), shoePale: d.between(0.1, 0.7), shoe: d.between(0, 0.012), bust: d.between(0.004, 0.022)}
	w.top = garment{loose: d.between(0.002, 0.012), reach: d.between(0.28, 0.5), pale: d.between(0.25, 0.9)}
	switch d.pick(3, 3, 1, 1.2) {
	case 1: // long sleeves
		w.top.reach = d.between(0.85, 0.98)
	case 2: // none
		w.top.reach = -1
	case 3: // a sagging pullover or a coat
		w.top.loose, w.top.reach, w.top.cuff, w.top.hang = d.between(0.015, 0.035), 0.97, d.between(0, 0.03), d.between(0.3, 1)
		w.collar = d.between(0, 0.02)
	}
	w.top.folds = newFolds(d, d.between(0.001, 0.005)+0.15*w.top.loose)
	w.bottom = garment{loose: d.between(0.001, 0.014), reach: d.between(0.9, 0.99), pale: d.between(0.2, 0.8)}
	switch d.pick(4, 1, 1.3) {
	case 1:
		w.bottom.reach = d.between(0.3, 0.55)
	case 2:
		w.bottom.loose, w.bottom.cuff = d.between(0.012, 0.025), d.between(0, 0.035)
	}
	w.bottom.folds = newFolds(d, d.between(0.001, 0.004)+0.12*w.bottom.loose)
	if d.chance(0.14) {
		w.bottom.pale = d.between(0.02, 0.09) // black cloth swallows the light
	}
	if d.chance(0.05) {
		w.top.pale = d.between(0.03, 0.1)
	}
	if d.chance(0.12*b.woman + 0.02) {
		w.skirt, w.flare = d.between(0.3, 0.95), d.between(0, 0.09)
	}
	if d.chance(0.12) {
		w.coat = d.between(0.08, 0.5)
	}
	if d.chance(0.05) {
		w.bag = d.between(0.08, 0.2)
	}
	w.hair = newHair(d, b)
	return w
}

// newHair makes up a head of hair. Dark hair throws little of the light back.
func newHair(d dice, b *build) hairdo {
	h := hairdo{volume: d.between(0.002, 0.022), pale: d.between(0.06, 0.5), covers: d.Float64() * 0.5}
	if d.chance(0.35) {
		h.pale = d.between(0.02, 0.08)
	}
	if d.chance(0.15 + 0.5*b.woman) {
		h.covers, h.long = d.between(0.3, 1), d.between(0.01, 0.25)
	}
	if d.chance(0.04 + 0.15*b.woman) {
		h.bun = d.between(0.03, 0.06)
	}
	if d.chance(0.08) {
		h.hat, h.brim = d.between(0.005, 0.08), d.between(0, 0.09)
		if d.chance(0.4) {
			h.brim = 0
		}
	}
	return h
}

// drawGarments draws what hangs from the body: skirts, coats, bags.
func (f *figure) drawGarments(c *canvas, k *skeleton) {
	if f.skirt > 0 {
		f.drawSkirt(c, k, 0.2, f.skirt, f.flare, f.bottom.pale, &f.bottom.folds)
	}
	if f.coat > 0 {
		f.drawSkirt(c, k, 0.35, f.coat, 0.02+f.top.loose, f.top.pale, &f.top.folds)
	}
	if f.bag > 0 {
		g := k.chest
		g.at = k.chest.place(vec{y: -0.35 * f.torso, z: -0.07*f.height*f.torsoDeep - f.bag/2})
		for i, part := range [4]Part{LeftUpperTorso, RightUpperTorso, LeftLowerTorso, RightLowerTorso} {
			h := g
			h.at = g.place(vec{x: outwards(i%2) * 0.04 * f.height, y: (0.5 - float64(i/2)) * 0.5 * f.torso})
			c.ball(f.owner, h, vec{0.05 * f.height, 0.33 * f.torso, f.bag / 2}, part, 0.4, nil)
		}
	}
}

// drawSkirt draws cloth around both legs, from a height of the trunk down to a share
// of the legs.
func (f *figure) drawSkirt(c *canvas, k *skeleton, from, to, flare, pale float64, w *folds) {
	const steps = 9
	var rings [steps]ring
	leg := func(s int, t float64) vec { return bent(k.hip[s], k.knee[s], k.ankle[s], t) }
	h := f.height
	for i := range rings {
		t := -0.35*from + (to+0.35*from)*float64(i)/(steps-1)
		r := &rings[i]
		r.pale = pale
		if t < 0 {
			up := -t / 0.35
			r.frame = k.pelvis
			r.at = spine(k, up, f.torso).plus(k.pelvis.z.times(-0.004 * h))
			r.wide = mixed(0.1, 0.085, up/0.35)*h*f.torsoWide + 0.012
			r.deep = mixed(0.072, 0.063, up/0.35)*h*f.torsoDeep + 0.012 + 0.05*f.belly*h
			continue
		}
		l, q := leg(left, t), leg(right, t)
		apart := l.minus(q)
		radius := mixed(0.058, 0.035, ease(0, 0.5, t)) * h * f.girth
		r.frame = k.pelvis
		r.at = l.to(q, 0.5)
		r.y = rings[i-1].at.minus(r.at).unit()
		r.x = apart.across(r.y)
		if r.x.dot(k.pelvis.x) < 0.1 {
			r.x = k.pelvis.x.across(r.y)
		}
		r.z = r.x.cross(r.y)
		open := ease(0, 1, t)
		r.wide = math.Abs(apart.dot(r.x))/2 + radius + 0.01 + flare*open
		r.deep = math.Abs(apart.dot(r.z))/2 + radius*1.1 + 0.008 + flare*open
	}
	c.tube(f.owner, rings[:], func(at vec, ring, _ int) float64 {
		return w.at(at, k.pelvis) * (1 + float64(ring)/3)
	}, func(middle vec, r *ring, _ int) (Part, float64) {
		side := left
		if middle.minus(r.at).dot(r.x) < 0 {
			side = right
		}
		below := bent(k.hip[side], k.knee[side], k.ankle[side], 0)
		switch {
		case middle.minus(k.pelvis.at).dot(k.pelvis.y) > -0.02*f.torso:
			return of(LeftLowerTorso, side), pale
		case middle.minus(k.knee[side]).len() > middle.minus(below).len() || middle.minus(k.knee[side]).dot(k.hip[side].minus(k.knee[side])) > 0:
			return of(LeftThigh, side), pale
		}
		return of(LeftShin, side), pale
	})
}
