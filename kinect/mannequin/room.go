package mannequin

import "math"

// A room is what people stand in.
type room struct {
	back, left, right, ceiling float64 // metres from the sensor, and from the floor
	turn                       float64 // of the walls against the sensor, radians
	floor, wall                float64 // paleness
	things                     []thing
}

// A thing is a piece of furniture: it draws itself.
type thing func(c *canvas)

// draw draws the walls and what stands between them.
func (r *room) draw(c *canvas) {
	const front = 0.6
	f := upright(vec{}, r.turn)
	at := func(x, y, z float64) vec { return f.place(vec{x, y, z}) }
	l, q, b, t := -r.left, r.right, -r.back, r.ceiling
	wall := stain{pale: float32(r.wall)}
	c.quad([4]vec{at(l, 0, front), at(q, 0, front), at(q, 0, b), at(l, 0, b)}, stain{pale: float32(r.floor)})
	c.quad([4]vec{at(l, t, front), at(q, t, front), at(q, t, b), at(l, t, b)}, wall)
	c.quad([4]vec{at(l, 0, b), at(q, 0, b), at(q, t, b), at(l, t, b)}, wall)
	c.quad([4]vec{at(l, 0, front), at(l, t, front), at(l, t, b), at(l, 0, b)}, wall)
	c.quad([4]vec{at(q, 0, front), at(q, t, front), at(q, t, b), at(q, 0, b)}, wall)
	for _, th := range r.things {
		th(c)
	}
}

// newRoom makes up walls; back is the least distance of the one behind.
func newRoom(d dice, back float64) room {
	r := room{
		back: back + d.between(0.1, 4), left: d.between(0.9, 4), right: d.between(0.9, 4), ceiling: d.between(2.2, 3.2),
		floor: d.between(0.15, 0.7), wall: d.between(0.35, 0.9),
	}
	switch {
	case d.chance(0.3):
		r.turn = d.around(0, 20) * degree
	case d.chance(0.2): // a hall, whose walls are too far away
		r.back, r.left, r.right, r.ceiling = r.back+6, 7, 7, 6
	}
	return r
}

// enclose moves the walls out so far that nobody at a place is in them, with so much
// space around.
func (r *room) enclose(at vec, space float64) {
	p := upright(vec{}, r.turn).local(at)
	r.left = max(r.left, space-p.x)
	r.right = max(r.right, space+p.x)
	r.back = max(r.back, space/2-p.z)
}

// block puts a block on the floor, turned by heading about its middle.
func (r *room) block(at vec, heading float64, size vec, pale float64) {
	f := upright(at.plus(vec{y: size.y / 2}), heading)
	r.things = append(r.things, func(c *canvas) { c.box(f, size.times(0.5), stain{pale: float32(pale)}) })
}

// pillow puts something round and soft somewhere.
func (r *room) pillow(at vec, heading float64, half vec, pale float64) {
	f := upright(at, heading)
	r.things = append(r.things, func(c *canvas) { c.ball(0, f, half, NoPart, pale, nil) })
}

// pole puts something round and upright on the floor.
func (r *room) pole(at vec, high, low, top, pale float64) {
	f := upright(at, 0)
	g := f
	g.at.y += high
	rings := []ring{{frame: f, wide: low, deep: low, pale: pale}, {frame: g, wide: top, deep: top, pale: pale}}
	r.things = append(r.things, func(c *canvas) { c.tube(0, rings, nil, nil) })
}

// seat puts a chair or a sofa under somebody who sits at a place.
func (r *room) seat(d dice, at vec, heading, high float64) {
	f := upright(vec{at.x, 0, at.z}, heading)
	pale := d.between(0.15, 0.8)
	sofa := d.chance(0.6)
	wide, deep := 0.45, 0.42
	if sofa {
		wide, deep = d.between(0.8, 2.2), 0.6
	}
	shift := 0.0
	if sofa {
		shift = d.between(-0.3, 0.3) * wide
	}
	middle := 0.14 - deep/2 + 0.12
	box := func(x, y, z float64, size vec) {
		p := f.place(vec{x + shift, 0, z})
		p.y = y
		r.block(p, heading, size, pale)
	}
	if sofa {
		box(0, 0.08, middle, vec{wide, high - 0.08, deep + 0.15})
		box(0, 0.08, middle-deep/2-0.1, vec{wide, high + d.between(0.3, 0.5), 0.22})
		for _, s := range [2]float64{-1, 1} {
			box(s*(wide/2+0.09), 0.08, middle, vec{0.18, high + 0.1, deep + 0.2})
		}
		return
	}
	box(0, high-0.05, middle, vec{wide, 0.05, deep})
	for i := range 4 {
		box((float64(i%2)-0.5)*0.4, 0, middle+(float64(i/2)-0.5)*0.38, vec{0.04, high - 0.05, 0.04})
	}
	if d.chance(0.7) {
		box(0, high+0.1, middle-deep/2, vec{wide, d.between(0.25, 0.45), 0.04})
	}
}

// A pitch is a place on the floor that is taken, round.
type pitch struct {
	at    vec
	reach float64
}

// furnish puts furniture where nobody stands.
func (r *room) furnish(d dice, taken []pitch) {
	free := func(at vec, reach float64) bool {
		for _, t := range taken {
			if math.Hypot(at.x-t.at.x, at.z-t.at.z) < reach+t.reach {
				return false
			}
		}
		return true
	}
	for range d.IntN(7) {
		at := vec{x: d.between(-r.left, r.right), z: -d.between(0.8, min(r.back, 5.5))}
		pale, heading := d.between(0.12, 0.85), d.pick(2, 1)
		turn := r.turn + float64(heading)*d.around(0, 0.8)
		switch d.pick(3, 2, 3, 2, 2, 2, 1) {
		case 0: // a table or a cupboard
			size := vec{d.between(0.3, 1.4), d.between(0.3, 1.1), d.between(0.3, 0.8)}
			if !free(at, 0.5*math.Hypot(size.x, size.z)) {
				continue
			}
			if d.chance(0.5) {
				r.table(d, at, turn, size, pale)
			} else {
				r.block(at, turn, size, pale)
			}
		case 1: // a shelf at the wall behind
			at.z = -r.back + 0.2
			if free(at, 0.5) {
				r.shelf(d, at, turn, pale)
			}
		case 2:
			if free(at, 0.5) {
				r.seat(d, at, d.between(-0.7, 0.7), d.between(0.36, 0.5))
			}
		case 3: // a lamp
			if free(at, 0.35) {
				high := d.between(0.7, 1.7)
				r.pole(at, 0.03, 0.14, 0.14, pale)
				r.pole(at, high, 0.015, 0.015, pale)
				at.y = high
				r.pole(at, d.between(0.2, 0.4), d.between(0.12, 0.25), d.between(0.06, 0.15), 0.8)
			}
		case 4:
			if free(at, 0.5) {
				r.plant(d, at)
			}
		case 5:
			r.curtain(d, pale)
		case 6: // a door's frame, or a pillar
			x := d.between(-r.left, r.right)
			for i := range 1 + d.IntN(2) {
				p := vec{x: x + 0.95*float64(i), z: -d.between(2.2, 4)}
				if free(p, 0.3) {
					r.block(p, r.turn, vec{d.between(0.08, 0.4), r.ceiling, d.between(0.1, 0.4)}, pale)
				}
			}
		}
	}
}

func (r *room) table(d dice, at vec, turn float64, size vec, pale float64) {
	top := at
	top.y = size.y - 0.04
	r.block(top, turn, vec{size.x, 0.04, size.z}, pale)
	f := upright(at, turn)
	for i := range 4 {
		leg := f.place(vec{(float64(i%2) - 0.5) * 0.9 * size.x, 0, (float64(i/2) - 0.5) * 0.9 * size.z})
		r.block(leg, turn, vec{0.05, size.y - 0.04, 0.05}, pale)
	}
	for range d.IntN(4) {
		on := f.place(vec{d.between(-0.4, 0.4) * size.x, 0, d.between(-0.4, 0.4) * size.z})
		on.y = size.y
		r.block(on, d.between(0, 3), vec{d.between(0.05, 0.3), d.between(0.02, 0.3), d.between(0.05, 0.25)}, d.between(0.05, 0.9))
	}
}

func (r *room) shelf(d dice, at vec, turn, pale float64) {
	f := upright(at, turn)
	wide, high := d.between(0.5, 1.6), d.between(0.8, 2.1)
	r.block(f.place(vec{z: -0.14}), turn, vec{wide, high, 0.02}, pale)
	for y := 0.02; y < high; y += 0.34 {
		p := at
		p.y = y
		r.block(p, turn, vec{wide, 0.025, 0.28}, pale)
		for x := -wide / 2; x < wide/2-0.1; x += 0.12 {
			if d.chance(0.6) {
				q := f.place(vec{x + 0.06, 0, d.between(-0.05, 0.05)})
				q.y = y + 0.025
				r.block(q, turn, vec{d.between(0.03, 0.1), d.between(0.1, 0.28), 0.2}, d.between(0.08, 0.8))
			}
		}
	}
}

func (r *room) plant(d dice, at vec) {
	r.pole(at, 0.3, 0.1, 0.14, 0.5)
	for range 6 + d.IntN(10) {
		p := at.plus(vec{d.around(0, 0.2), d.between(0.35, 1.3), d.around(0, 0.15)})
		r.pillow(p, d.between(0, 3), vec{d.between(0.04, 0.14), d.between(0.05, 0.2), d.between(0.02, 0.08)}, d.between(0.3, 0.6))
	}
}

// curtain hangs cloth in waves before the wall behind.
func (r *room) curtain(d dice, pale float64) {
	f := upright(vec{}, r.turn)
	x, wide, wave := d.between(-r.left, r.right), d.between(0.3, 1.2), d.between(0.1, 0.2)
	z, deep, top := -r.back+0.12, d.between(0.03, 0.06), d.between(1.9, r.ceiling)
	r.things = append(r.things, func(c *canvas) {
		edge := func(i int) vec {
			return f.place(vec{x + wide*float64(i)/24, 0, z + deep*math.Sin(wide*float64(i)/24/wave*2*math.Pi)})
		}
		for i := range 24 {
			a, b := edge(i), edge(i+1)
			c.quad([4]vec{a, b, b.plus(vec{y: top}), a.plus(vec{y: top})}, stain{pale: float32(pale)})
		}
	})
}
