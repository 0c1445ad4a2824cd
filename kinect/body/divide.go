package body

// divide splits the figure among its first n seeds, and keeps those that turn out to
// be bodies. It reports whether there are any; if not, the figure is as before.
func (t *Tracker) divide(n int) bool {
	f, b := &t.figure, &t.bodies
	b.wholeBox = f.box
	for y := f.box.top; y <= f.box.down; y++ {
		from, to := y*gridWidth+f.box.left, y*gridWidth+f.box.right+1
		copy(b.whole[from:to], f.shape[from:to])
	}
	seeds := t.seeds[:copy(t.seeds[:], f.seeds[:n])]
	head, axis, distance := f.head, f.axis, f.distance
	for range 3 {
		t.partition(seeds)
		good := seeds[:0]
		kept := b.n
		for i, s := range seeds {
			t.isolate(int8(i))
			if b.n < maxBodies && t.isBody(s) {
				good = append(good, s)
				t.keep(s.kin)
			}
		}
		if len(good) == len(seeds) {
			return len(good) > 0
		}
		t.forget(kept)
		t.restore()
		if seeds = good; len(seeds) == 0 {
			break
		}
	}
	f.head, f.axis, f.distance = head, axis, distance
	f.measure(&t.grid)
	f.integrate(&t.grid)
	return false
}

// forget gives up the bodies from the n-th on.
func (t *Tracker) forget(n int) {
	b := &t.bodies
	for i := range b.claim {
		if int(b.claim[i]&^limbFlag) > n {
			b.claim[i] = 0
		}
	}
	b.n = n
}

// restore makes the figure whole again.
func (t *Tracker) restore() {
	f, b := &t.figure, &t.bodies
	f.clear()
	f.box = b.wholeBox
	for y := f.box.top; y <= f.box.down; y++ {
		from, to := y*gridWidth+f.box.left, y*gridWidth+f.box.right+1
		copy(f.shape[from:to], b.whole[from:to])
	}
}

// partition gives each cell of the figure to one of the seeds.
func (t *Tracker) partition(seeds []seed) {
	f, b := &t.figure, &t.bodies
	b.split.start(f)
	for i, s := range seeds {
		if s.score > 0 {
			b.split.axis(f, &t.grid, s.spot, int8(i))
		}
	}
	for y := f.box.top; y <= f.box.down; y++ {
		for x := f.box.left; x <= f.box.right; x++ {
			j := y*gridWidth + x
			if b.prior[j] == 0 || f.shape[j] == notBody || !t.stayed(j) {
				continue
			}
			for i, s := range seeds {
				if s.kin == int8(b.prior[j])-1 {
					detour := int32(priorDetour)
					if s.score == 0 {
						detour = bodyDetour
					}
					b.split.reach(j, detour, int8(i))
				}
			}
		}
	}
	b.split.spread(f, &t.grid)
}

// isolate makes the figure of a seed's share of the whole.
func (t *Tracker) isolate(i int8) {
	f, b := &t.figure, &t.bodies
	f.clear()
	f.box = b.wholeBox
	for y := f.box.top; y <= f.box.down; y++ {
		for j := y*gridWidth + f.box.left; j <= y*gridWidth+f.box.right; j++ {
			f.shape[j] = notBody
			if b.whole[j] != notBody && b.split.owner[j] == i {
				f.shape[j] = b.whole[j]
			}
		}
	}
	f.measure(&t.grid)
	f.integrate(&t.grid)
	f.findHead(&t.grid, t.heads())
}

// isBody reports whether the figure, a seed's share of a larger one, is a body: sure
// enough to be somebody new, where nobody was before.
func (t *Tracker) isBody(s seed) bool {
	f := &t.figure
	if s.kin >= 0 {
		return f.box.area > keptArea && f.box.width() < maxWidth && f.box.height() < maxHeight
	}
	return f.box.couldBePerson() && t.isNew(-1)
}
