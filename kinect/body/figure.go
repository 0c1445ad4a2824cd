package body

// What a cell is to a body.
const (
	notBody uint8 = iota
	trunk         // the connected piece that the head sits on
	limb          // a piece of its own: a hand or a shin with no reading in between
)

// A figure is one body on the grid, while it is being looked at.
type figure struct {
	shape [cells]uint8
	// sums is the integral image of shape in its lower 16 bits, and above them that of
	// the cells that show something nearer, which hides what the figure has there.
	sums     [(gridWidth + 1) * (gridHeight + 1)]uint32
	box      part  // of all its cells
	distance int32 // median, mm
	head     spot
	member   [maxParts]bool // which parts belong to it
	axis     spot           // the middle of the trunk
	seeds    [maxSeeds]seed // places that may be heads, when the head was looked for
	nSeeds   int

	seen  [cells]bool // scratch of fillHoles
	stack []int32
}

// A spot is a place on the grid, with how sure we are, 0..1.
type spot struct {
	x, y  float32
	z     int32
	score float32
}

// A seed is a place that may be the head of one of several bodies, or, without a score,
// a body whose head is not to be seen.
type seed struct {
	spot
	kin int8 // the track whose it was, -1 for none
}

const (
	// Limits of a piece of body that may carry a head, mm²: a child of 1 m shows 0.2 m²,
	// two who stand close together at most 1.3.
	minArea, maxArea = 110_000, 1_300_000
	// hidesBy is how many mm nearer than a body something must be to hide part of it.
	hidesBy              = 200
	minHeight, maxHeight = 350, 2400
	maxWidth             = 2300
	maxDepth             = 1500
)

// couldBePerson goes by size alone.
func (p *part) couldBePerson() bool {
	return p.area > minArea && p.area < maxArea && p.width() < maxWidth &&
		p.height() > minHeight && p.height() < maxHeight && p.depth() < maxDepth &&
		!(p.left == 0 && p.right == gridWidth-1 && p.mean() > 1500) && !p.isBlock()
}

// isBlock: wider than a trunk and filled like one. With arms stretched out a person
// fills a third of the rectangle around.
func (p *part) isBlock() bool {
	return p.width() > 1000 && p.area > 0.6*float32(p.width())*float32(p.height())
}

// gather makes a figure of a part and of the small pieces that hang together with it.
func (t *Tracker) gather(k int) {
	f := &t.figure
	clear(f.member[:len(t.parts.list)])
	f.member[k] = true
	f.clear()
	f.box = t.parts.list[k]
	t.paint(k, trunk)
	t.attachKnown(k)
	// Twice, for a hand beyond a forearm.
	for range 2 {
		if !t.attach() {
			break
		}
	}
	f.measure(&t.grid)
	f.fillHoles(&t.grid)
	f.integrate(&t.grid)
}

// clear empties the figure's shape.
func (f *figure) clear() {
	for y := max(0, f.box.top); y <= f.box.down; y++ {
		clear(f.shape[y*gridWidth+f.box.left : y*gridWidth+f.box.right+1])
	}
	f.box = part{left: gridWidth, top: gridHeight, right: -1, down: -1, near: 1 << 30}
}

// paint takes a part's cells into the figure.
func (t *Tracker) paint(k int, as uint8) {
	p := &t.parts.list[k]
	for y := p.top; y <= p.down; y++ {
		for i := y*gridWidth + p.left; i <= y*gridWidth+p.right; i++ {
			if int(t.parts.id[i]) == k && t.figure.shape[i] == notBody {
				t.figure.shape[i] = as
			}
		}
	}
}

// attachKnown takes in the parts which were the same person's as part k in the frame
// before: what is left to see of somebody behind somebody else.
func (t *Tracker) attachKnown(k int) {
	f := &t.figure
	who := t.bodies.kin[k]
	if who < 0 {
		return
	}
	for m := range t.parts.list {
		if m != k && t.bodies.kin[m] == who && !t.taken[m] {
			f.member[m] = true
			f.box.join(&t.parts.list[m])
			t.paint(m, limb)
		}
	}
}

const (
	// A loose piece of body is at most this large, mm²: a leg below a belt that gives
	// no reading is the largest.
	looseArea = 220_000
	// It is looked for at most this far away in the picture, mm, and in depth.
	looseGap, looseFront, looseBack = 90, 650, 150
	// Behind something nearer it may be this much further: a head over the arm of
	// somebody else. At most looseHidden cells.
	hiddenGap, looseHidden = 320, 24
)

// barred marks parts that attach need not look at.
const barred = -1

// within reports whether a part may touch the other when that is enlarged by margin.
func (p *part) within(q *part, margin int) bool {
	return p.left <= q.right+margin && p.right >= q.left-margin && p.top <= q.down+margin && p.down >= q.top-margin
}

// join enlarges the part's rectangle and depth to hold another's.
func (p *part) join(q *part) {
	p.left, p.right = min(p.left, q.left), max(p.right, q.right)
	p.top, p.down = min(p.top, q.top), max(p.down, q.down)
	p.near, p.far = min(p.near, q.near), max(p.far, q.far)
}

// attach takes the loose pieces around the figure into it, and reports whether there
// were any.
func (t *Tracker) attach() bool {
	f, g := &t.figure, &t.grid
	touch := &t.touch
	near := max(cellsFor(looseGap, max(nearest, f.box.near-looseFront)), min(looseHidden, cellsFor(hiddenGap, f.distance)))
	for k := range t.parts.list {
		p := &t.parts.list[k]
		touch[k] = 0
		if f.member[k] || t.taken[k] || p.area > looseArea || p.cells < 3 || p.resting*8 > p.cells || !p.within(&f.box, near) {
			touch[k] = barred
		}
	}
	box := f.box
	for y := max(0, box.top-near); y <= min(gridHeight-1, box.down+near); y++ {
		for x := max(0, box.left-near); x <= min(gridWidth-1, box.right+near); x++ {
			i := y*gridWidth + x
			id := t.parts.id[i]
			if id < 0 || touch[id] == barred {
				continue
			}
			if t.reaches(x, y, g.z[i]) {
				touch[id]++
			}
		}
	}
	any := false
	for k := range t.parts.list {
		if touch[k] >= 2 {
			any = true
			f.member[k] = true
			f.box.join(&t.parts.list[k])
			t.paint(k, limb)
		}
	}
	return any
}

// reaches reports whether the figure comes near a cell at z, in one of eight
// directions. What hides both lies between them for nothing.
func (t *Tracker) reaches(x, y int, z int32) bool {
	f, g := &t.figure, &t.grid
	most := min(6, cellsFor(looseGap, z))
	hidden := min(looseHidden, cellsFor(hiddenGap, z))
	for _, d := range compass {
		for k, far := 1, most; k <= far; k++ {
			u, v := x+k*d.x, y+k*d.y
			if uint(u) >= gridWidth || uint(v) >= gridHeight {
				break
			}
			j := v*gridWidth + u
			if f.shape[j] == notBody {
				if o := g.z[j]; o != 0 && o < z-hidesBy && far < hidden {
					far++
				}
				continue
			}
			if dz := g.z[j] - z; dz < looseFront && dz > -looseBack {
				return true
			}
			break
		}
	}
	return false
}

type direction struct{ x, y int }

var compass = [8]direction{{1, 0}, {0, 1}, {-1, 0}, {0, -1}, {1, 1}, {-1, 1}, {-1, -1}, {1, -1}}

// measure finds the figure's extent and its median distance.
func (f *figure) measure(g *grid) {
	old := f.box
	f.box = part{left: gridWidth, top: gridHeight, right: -1, down: -1, near: 1 << 30}
	var histogram [furthest/16 + 1]int32
	for y := max(0, old.top); y <= old.down; y++ {
		for x := old.left; x <= old.right; x++ {
			i := y*gridWidth + x
			if f.shape[i] == notBody {
				continue
			}
			f.box.add(x, y, g.z[i])
			histogram[min(g.z[i], furthest)/16]++
		}
	}
	half := int32(f.box.cells) / 2
	for k, n := range histogram {
		if half -= n; half < 0 {
			f.distance = int32(k)*16 + 8
			return
		}
	}
}

const (
	// Holes are spots without a reading which body surrounds: up to this high and wide,
	// mm. Higher ones are shadows between the legs or under an arm.
	holeHeight, holeWidth = 110, 420
)

// fillHoles takes in the holes of the figure, at the distance of its edge.
func (f *figure) fillHoles(g *grid) {
	for y := f.box.top; y <= f.box.down; y++ {
		clear(f.seen[y*gridWidth+f.box.left : y*gridWidth+f.box.right+1])
	}
	for y := f.box.top; y <= f.box.down; y++ {
		for x := f.box.left; x <= f.box.right; x++ {
			if i := y*gridWidth + x; g.z[i] == 0 && f.shape[i] == notBody && !f.seen[i] {
				f.fillHole(g, i)
			}
		}
	}
}

// fillHole looks at the connected cells without reading around cell i.
func (f *figure) fillHole(g *grid, i int) {
	hole := part{left: gridWidth, top: gridHeight, right: -1, down: -1}
	f.stack = append(f.stack[:0], int32(i))
	f.seen[i] = true
	body, other, sum := 0, 0, int32(0)
	for n := 0; n < len(f.stack); n++ {
		x, y := int(f.stack[n])%gridWidth, int(f.stack[n])/gridWidth
		hole.add(x, y, 0)
		for _, d := range compass[:4] {
			u, v := x+d.x, y+d.y
			if u < f.box.left || u > f.box.right || v < f.box.top || v > f.box.down {
				other++
				continue
			}
			switch j := v*gridWidth + u; {
			case f.shape[j] != notBody:
				body++
				sum += g.z[j]
			case g.z[j] != 0:
				other++
			case !f.seen[j]:
				f.seen[j] = true
				f.stack = append(f.stack, int32(j))
			}
		}
	}
	if body < 4*other || hole.down-hole.top+1 > cellsFor(holeHeight, f.distance) ||
		hole.right-hole.left+1 > cellsFor(holeWidth, f.distance) {
		return
	}
	for _, j := range f.stack {
		f.shape[j] = trunk
		g.z[j] = sum / int32(body)
	}
}

// integrate prepares fill.
func (f *figure) integrate(g *grid) {
	const hidden = 1 << 16
	limit := f.distance - hidesBy
	clear(f.sums[:gridWidth+1])
	for y := range gridHeight {
		row, at := uint32(0), (y+1)*(gridWidth+1)
		for x := range gridWidth {
			i := y*gridWidth + x
			if f.shape[i] != notBody {
				row++
			} else if z := g.z[i]; z != 0 && z < limit {
				row += hidden
			}
			f.sums[at+x+1] = f.sums[at-gridWidth-1+x+1] + row
		}
	}
}

// fill is the share of a rectangle (in cells, right and down exclusive) that is
// body; what lies outside the picture or behind something nearer is not counted. seen
// is false when most of it does.
func (f *figure) fill(left, top, right, down int) (share float32, seen bool) {
	left, right = max(left, 0), min(right, gridWidth)
	top, down = max(top, 0), min(down, gridHeight)
	if left >= right || top >= down {
		return 0, false
	}
	const w = gridWidth + 1
	n := f.sums[down*w+right] - f.sums[top*w+right] - f.sums[down*w+left] + f.sums[top*w+left]
	area := (right - left) * (down - top)
	open := area - int(n>>16)
	if open*3 < area {
		return 0, false
	}
	return float32(n&0xffff) / float32(open), true
}
