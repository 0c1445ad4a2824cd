package body

import "slices"

const (
	// maxBodies is how many figures of a frame are looked at closely.
	maxBodies = 10
	// seedScore is how much a place must look like a head to be asked whether it is one.
	seedScore = 0.70
	// secondScore is how much a further head of one piece of surface must look like one:
	// shoulders of those who lean reach 0.8.
	secondScore = 0.85
	// maxSeeds is how many heads a piece of surface is asked for.
	maxSeeds = 8
	// keptArea is the least that somebody who is followed may show, mm².
	keptArea = 45_000
)

// A found body is a figure of one frame, before it is known whose it is.
type found struct {
	head, axis spot
	distance   int32
	box        part
	place      place
	look       look
	kin        int8 // the track it mostly was in the last frame, -1 for none
	isNew      bool // sure enough to be somebody new
}

// A look is what somebody is recognised by, mm: how high the head's top is above the
// optical axis, and how wide the trunk.
type look struct{ top, girth int32 }

// bodies are the figures of a frame.
type bodies struct {
	list [maxBodies]found
	n    int
	// claim is 1 + the index of the body that a cell belongs to, limbFlag besides.
	claim [cells]uint8
	// kin is the track that each part mostly was in the last frame, -1 for none, and
	// kinCells how many of its cells were each track's.
	kin      [maxParts]int8
	kinCells [maxParts][maxPeople]uint16
	// prior is 1 + the track whose a cell was in the last frame, and priorZ how far
	// away it was.
	prior  [cells]uint8
	priorZ [cells]int32
	// whole is a figure while it is being divided, in wholeBox.
	whole    [cells]uint8
	wholeBox part
	split    splitter
}

const limbFlag = 0x80

// seek finds the figures of the frame, nearest first.
func (t *Tracker) seek() {
	list := t.parts.list
	t.bodies.n = 0
	clear(t.bodies.claim[:])
	clear(t.taken[:len(list)])
	clear(t.furniture.used[:len(list)])
	t.kinships()
	t.order = t.order[:0]
	for k := range list {
		if p := &list[k]; p.mayHold() || t.bodies.kin[k] >= 0 && p.area > keptArea || t.periods > longest && p.area > minArea {
			t.order = append(t.order, k)
		}
	}
	slices.SortFunc(t.order, func(a, b int) int { return int(list[a].mean() - list[b].mean()) })
	for _, k := range t.order {
		if !t.taken[k] && t.bodies.n < maxBodies && !t.isFurniture(k) {
			t.examine(k)
		}
	}
}

// mayHold reports whether somebody new may be in a part, alone or with others.
func (p *part) mayHold() bool {
	return p.area > minArea && p.near < newFurthest && p.height() > minHeight
}

// kinships counts whose each part was in the last frame. After a longer time nothing
// of that is to be believed.
func (t *Tracker) kinships() {
	b := &t.bodies
	for k := range t.parts.list {
		b.kin[k] = -1
		b.kinCells[k] = [maxPeople]uint16{}
	}
	if t.periods > longest {
		clear(b.prior[:])
		return
	}
	for i, who := range b.prior {
		if who == 0 {
			continue
		}
		if k := t.parts.id[i]; k >= 0 && t.stayed(i) {
			b.kinCells[k][who-1]++
		}
	}
	for k := range t.parts.list {
		for s, n := range b.kinCells[k] {
			if 2*int(n) > t.parts.list[k].cells {
				b.kin[k] = int8(s)
			}
		}
	}
}

// stayed reports whether a cell is as far away as in the last frame.
func (t *Tracker) stayed(i int) bool {
	d := t.grid.z[i] - t.bodies.priorZ[i]
	limit := samePlace + step(t.grid.z[i])/2
	return d < limit && d > -limit
}

// examine looks at a part and what hangs together with it: one body, several, or none.
func (t *Tracker) examine(k int) {
	f := &t.figure
	p := &t.parts.list[k]
	t.gather(k)
	f.findHead(&t.grid, t.heads())
	fits := p.couldBePerson()
	n := t.chooseSeeds(k)
	if n > 1 || !fits {
		n = t.sift(n)
	}
	if n > 1 || n == 1 && !fits {
		if t.divide(n) {
			t.take()
			return
		}
	}
	kin := t.bodies.kin[k]
	if fits && (f.head.score >= keptScore || kin >= 0) || kin >= 0 && p.area < maxArea {
		t.keep(kin)
		t.take()
	}
}

// take marks the figure's parts as somebody's.
func (t *Tracker) take() {
	for k := range t.parts.list {
		t.taken[k] = t.taken[k] || t.figure.member[k]
	}
}

// heads are where the heads of those who are followed are expected.
func (t *Tracker) heads() []spot {
	t.expected = t.expected[:0]
	for i := range t.tracks {
		if k := &t.tracks[i]; k.id != 0 && k.head.score > 0 && k.missed <= longest {
			t.expected = append(t.expected, k.head)
		}
	}
	return t.expected
}

// chooseSeeds leaves those of the figure's likely heads that are apart from each
// other, and adds the bodies without a head to be seen that were here before.
func (t *Tracker) chooseSeeds(k int) int {
	f := &t.figure
	slices.SortFunc(f.seeds[:f.nSeeds], func(a, b seed) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	n := 0
	for _, s := range f.seeds[:f.nSeeds] {
		s.kin = t.whose(s.spot)
		for _, o := range f.seeds[:n] {
			if o.kin == s.kin {
				s.kin = -1 // nobody has two
			}
		}
		apart := n == 0 || s.score >= secondScore || s.kin >= 0
		for _, o := range f.seeds[:n] {
			apart = apart && f.apart(&t.grid, s.spot, o.spot)
		}
		if apart {
			f.seeds[n] = s
			n++
		}
	}
	for s, was := range t.bodies.kinCells[k] {
		if mm := float32(f.distance) / focal; float32(was)*mm*mm < keptArea || n == maxSeeds {
			continue
		}
		if slices.ContainsFunc(f.seeds[:n], func(o seed) bool { return int(o.kin) == s }) {
			continue
		}
		if at := slices.IndexFunc(f.seeds[:n], func(o seed) bool { return o.kin < 0 }); at >= 0 {
			f.seeds[at].kin = int8(s) // they moved quickly
			continue
		}
		f.seeds[n] = seed{kin: int8(s)}
		n++
	}
	f.nSeeds = n
	return n
}

// sift leaves those of the figure's first n seeds that somebody had in the last frame,
// and those that may be somebody new; dividing a figure costs time.
func (t *Tracker) sift(n int) int {
	f := &t.figure
	m, asked := 0, false
	for _, s := range f.seeds[:n] {
		if s.kin < 0 && n > 1 && !asked {
			t.ask()
			asked = true
		}
		if s.kin >= 0 || s.z <= newFurthest && t.headFits(s.spot) && (n == 1 || t.looksLikeHead(s.spot)) {
			f.seeds[m] = s
			m++
		}
	}
	f.nSeeds = m
	return m
}

// whose is the track whose head was at a place, -1 for none.
func (t *Tracker) whose(s spot) int8 {
	best, near := int8(-1), float32(300)
	mm := float32(s.z) / focal
	for i := range t.tracks {
		k := &t.tracks[i]
		if k.id == 0 || k.missed > longest {
			continue
		}
		dz := abs(float32(s.z - k.head.z))
		if d := max(abs(s.x-k.head.x)*mm, abs(s.y-k.head.y)*mm, dz); d < near {
			best, near = int8(i), d
		}
	}
	return best
}

// apart reports whether two places are heads of two bodies: between them is air, or a
// step in depth; not body all the way.
func (f *figure) apart(g *grid, a, b spot) bool {
	mm := float32(min(a.z, b.z)) / focal
	dx, dy := b.x-a.x, b.y-a.y
	if dx*dx+dy*dy < (140/mm)*(140/mm) {
		return false
	}
	if abs(dy) > 2*abs(dx) { // one above the other
		return abs(float32(a.z-b.z)) > 250
	}
	n := int(max(abs(dx), abs(dy))) + 1
	gap, z := 0, a.z
	for i := 1; i < n; i++ {
		s := float32(i) / float32(n)
		j := int(a.y+dy*s+0.5)*gridWidth + int(a.x+dx*s+0.5)
		if f.shape[j] == notBody {
			gap++
			continue
		}
		if d := g.z[j] - z; d > 120 || d < -120 {
			return true
		}
		z = g.z[j]
	}
	return float32(gap)*mm > 50
}

// keep notes the figure as a body; kin is the track it was, or -1.
func (t *Tracker) keep(kin int8) {
	f, b := &t.figure, &t.bodies
	if f.box.cells == 0 {
		return
	}
	e := &b.list[b.n]
	*e = found{head: f.head, axis: f.axis, distance: f.distance, box: f.box, kin: kin}
	if e.head.score < keptScore && kin >= 0 {
		e.head = t.tracks[kin].head // covered: it is where it was
		e.head.z, e.head.score = f.distance, min(e.head.score, keptScore/2)
		f.head = e.head
	}
	e.place = place{x: int32((f.axis.x - centreX) * float32(f.distance) / focal), z: f.distance}
	e.look = look{t.headTop(), f.girth()}
	e.isNew = t.isNew(kin)
	b.n++
	for y := f.box.top; y <= f.box.down; y++ {
		for i := y*gridWidth + f.box.left; i <= y*gridWidth+f.box.right; i++ {
			switch f.shape[i] {
			case trunk:
				b.claim[i] = uint8(b.n)
			case limb:
				b.claim[i] = uint8(b.n) | limbFlag
			}
		}
	}
}

// load makes the figure of body k again.
func (t *Tracker) load(k int) {
	f, b := &t.figure, &t.bodies
	e := &b.list[k]
	f.clear()
	f.box, f.head, f.axis, f.distance = e.box, e.head, e.axis, e.distance
	for y := f.box.top; y <= f.box.down; y++ {
		for i := y*gridWidth + f.box.left; i <= y*gridWidth+f.box.right; i++ {
			switch c := b.claim[i]; {
			case int(c&^limbFlag) != k+1:
			case c&limbFlag != 0:
				f.shape[i] = limb
			default:
				f.shape[i] = trunk
			}
		}
	}
}

// girth is how wide the trunk is, mm: its cells within its own width of the axis, from
// the chest to the waist, a row.
func (f *figure) girth() int32 {
	top, down := int(f.head.y)+cellsFor(320, f.distance), int(f.head.y)+cellsFor(620, f.distance)
	r := cellsFor(260, f.distance)
	n, rows := 0, 0
	for y := max(0, top); y < min(gridHeight, down); y++ {
		rows++
		for x := max(0, int(f.axis.x)-r); x <= min(gridWidth-1, int(f.axis.x)+r); x++ {
			if f.shape[y*gridWidth+x] != notBody {
				n++
			}
		}
	}
	return mmAt(n, f.distance) / int32(max(1, rows))
}
