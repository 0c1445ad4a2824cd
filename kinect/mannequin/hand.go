package mannequin

// drawHand draws a palm, four fingers and a thumb.
func (f *figure) drawHand(c *canvas, k *skeleton, s int) {
	f.drawFingers(c, k.hand[s], f.fingers(s), of(LeftHand, s))
}

// A grasp is what the fingers do.
type grasp struct{ curl, index, spread float64 }

func (f *figure) fingers(s int) grasp { return f.grasps[s] }

// drawFingers draws a hand. Its length is Winter's; breadth 74-96 mm and thickness are
// NASA-STD-3000's, figure 3.3.1.3-1.
func (f *figure) drawFingers(c *canvas, g frame, hold grasp, part Part) {
	l, pale := f.hand, f.skinPale
	half := 0.21 * l * min(1.15, max(0.95, f.girth))
	at := func(x, y, z float64) vec { return g.place(vec{x * l, y * l, z * l}) }
	palm := []ring{}
	for _, q := range [...]struct{ y, x, wide, deep float64 }{
		{-0.06, 0, 0.66, 0.125}, {0.06, 0, 0.72, 0.13}, {0.2, 0.01, 0.92, 0.13}, {0.36, 0, 1, 0.115}, {0.48, 0, 0.97, 0.09},
	} {
		r := g
		r.at = at(q.x, q.y, 0)
		palm = append(palm, ring{frame: r, wide: q.wide * half, deep: q.deep * l * 0.9, square: 0.35, part: part, pale: pale})
	}
	c.tube(f.owner, palm, nil, nil)
	for i := range 4 {
		x := (0.155 - 0.104*float64(i))
		curl := hold.curl
		if i == 0 {
			curl = hold.index
		}
		lengths := [4]float64{0.42, 0.46, 0.43, 0.34}
		dir := g.y.plus(g.x.times(hold.spread * (1.5 - float64(i)) * 0.22)).unit()
		f.finger(c, at(x, 0.44, 0), dir, g.z.times(-1), lengths[i]*l, 0.048*l, curl, part)
	}
	// The thumb starts at the palm's side and folds over it.
	root := at(0.15, 0.14, -0.05)
	dir := g.x.times(0.75 - 0.45*hold.curl + 0.2*hold.spread).plus(g.y.times(0.75)).plus(g.z.times(-0.25 - 0.5*hold.curl)).unit()
	f.finger(c, root, dir, g.x.times(-0.8).plus(g.z.times(-0.3)).across(dir), 0.44*l, 0.058*l, hold.curl*0.45, part)
}

// finger draws a finger that curls towards a direction.
func (f *figure) finger(c *canvas, root, dir, towards vec, length, radius, curl float64, part Part) {
	axis := dir.cross(towards).unit()
	places := [5]vec{root}
	step := length / 4
	for i := 1; i < len(places); i++ {
		if i > 1 {
			dir = dir.about(axis, curl*75*degree)
		} else {
			dir = dir.about(axis, curl*50*degree)
		}
		places[i] = places[i-1].plus(dir.times(step))
	}
	wide := []float64{radius, radius, radius * 0.95, radius * 0.88, radius * 0.6}
	rings := path(places[:], axis, wide, wide)
	for i := range rings {
		rings[i].part, rings[i].pale = part, f.skinPale
	}
	c.thin(f.owner, rings)
}

// thin draws a tube with few corners, for what is a few pixels wide.
func (c *canvas) thin(owner uint8, rings []ring) {
	const corners = 6
	var before [corners]corner
	for i := range rings {
		r := &rings[i]
		var now [corners]corner
		for k := range now {
			t := &turns[k*around/corners]
			now[k] = c.corner(r.at.plus(r.x.times(t.c * r.wide)).plus(r.z.times(t.s * r.deep)))
		}
		st := stain{owner, r.part, float32(r.pale)}
		for k := range now {
			n := (k + 1) % corners
			if i > 0 {
				c.triangle(&before[k], &before[n], &now[n], st)
				c.triangle(&before[k], &now[n], &now[k], st)
			}
			if i == len(rings)-1 && k > 1 {
				c.triangle(&now[0], &now[k-1], &now[k], st)
			}
		}
		before = now
	}
}
