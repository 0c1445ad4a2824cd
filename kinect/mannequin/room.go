package mannequin

// A room is what people stand in.
type room struct {
	back, left, right, ceiling float64 // metres from the sensor, and from the floor
	empty                      bool    // nothing is drawn
	things                     []thing
}

// A thing is a block of furniture.
type thing struct {
	frame
	half vec
	pale float32
}

func (r *room) draw(c *canvas) {
	if r.empty {
		return
	}
	s := stain{pale: 0.6}
	l, q, b, t := -r.left, r.right, -r.back, r.ceiling
	const front = 0.5
	c.quad([4]vec{{l, 0, front}, {q, 0, front}, {q, 0, b}, {l, 0, b}}, stain{pale: 0.4})
	c.quad([4]vec{{l, t, front}, {q, t, front}, {q, t, b}, {l, t, b}}, s)
	c.quad([4]vec{{l, 0, b}, {q, 0, b}, {q, t, b}, {l, t, b}}, s)
	c.quad([4]vec{{l, 0, front}, {l, t, front}, {l, t, b}, {l, 0, b}}, s)
	c.quad([4]vec{{q, 0, front}, {q, t, front}, {q, t, b}, {q, 0, b}}, s)
	for i := range r.things {
		th := &r.things[i]
		c.box(th.frame, th.half, stain{pale: th.pale})
	}
}

func newRoom(d dice) room {
	return room{back: d.between(2, 6.5), left: d.between(1, 4), right: d.between(1, 4), ceiling: d.between(2.2, 3)}
}
