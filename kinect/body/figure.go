package body

// What a cell is to a body.
const (
	notBody uint8 = iota
	trunk         // the connected piece that the head sits on
	limb          // a piece of its own: a hand or a shin with no reading in between
)

// A figure is one body on the grid, while it is being looked at.
type figure struct {
	shape    [cells]uint8
	sums     [(gridWidth + 1) * (gridHeight + 1)]int32 // integral image of shape
	box      part                                      // of all its cells
	distance int32                                     // median, mm
	head     spot
	member   [maxParts]bool // which parts belong to it
	axis     spot           // the middle of the trunk

	seen  [cells]bool // scratch of fillHoles
	stack []int32
}

// A spot is a place on the grid, with how sure we are, 0..1.
type spot struct {
	x, y  float32
	z     int32
	score float32
}

const (
	// Limits of a piece of body that may carry a head, mm²: a child of 1 m shows 0.2 m²,
	// two who stand close together at most 1.3.
	minArea, maxArea     = 110_000, 1_300_000
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
	f.shape = [cells]uint8{}
	for i, id := range t.parts.id {
		if int(id) == k {
			f.shape[i] = trunk
		}
	}
	f.box = t.parts.list[k]
	// Twice, for a hand beyond a forearm.
	for range 2 {
		t.attach()
	}
	f.measure(&t.grid)
	f.fillHoles(&t.grid)
	f.integrate()
}

const (
	// A loose piece of body is at most this large, mm²: a leg below a belt that gives
	// no reading is the largest.
	looseArea = 220_000
	// It is looked for at most this far away in the picture, mm, and in depth.
	looseGap, looseFront, looseBack = 90, 650, 150
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

// attach takes the loose pieces around the figure into it.
func (t *Tracker) attach() {
	f, g := &t.figure, &t.grid
	touch := &t.touch
	near := cellsFor(looseGap, max(nearest, f.box.near-looseFront))
	for k := range t.parts.list {
		p := &t.parts.list[k]
		touch[k] = 0
		if f.member[k] || p.area > looseArea || p.cells < 3 || p.resting*8 > p.cells || !p.within(&f.box, near) {
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
	for k := range t.parts.list {
		if touch[k] >= 2 {
			f.member[k] = true
			f.box.join(&t.parts.list[k])
		}
	}
	for i, id := range t.parts.id {
		if id >= 0 && f.member[id] && f.shape[i] == notBody {
			f.shape[i] = limb
		}
	}
}

// reaches reports whether the figure comes near a cell at z, in one of eight
// directions, through nothing that is nearer than both.
func (t *Tracker) reaches(x, y int, z int32) bool {
	f, g := &t.figure, &t.grid
	far := min(6, cellsFor(looseGap, z))
	for _, d := range compass {
		for k := 1; k <= far; k++ {
			u, v := x+k*d.x, y+k*d.y
			if uint(u) >= gridWidth || uint(v) >= gridHeight {
				break
			}
			j := v*gridWidth + u
			if f.shape[j] == notBody {
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
	f.box = part{left: gridWidth, top: gridHeight, right: -1, down: -1, near: 1 << 30}
	var histogram [furthest/16 + 1]int32
	for i, s := range f.shape {
		if s == notBody {
			continue
		}
		f.box.add(i%gridWidth, i/gridWidth, g.z[i])
		histogram[min(g.z[i], furthest)/16]++
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
	f.seen = [cells]bool{}
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
func (f *figure) integrate() {
	for y := range gridHeight {
		row := int32(0)
		at := (y + 1) * (gridWidth + 1)
		for x := range gridWidth {
			if f.shape[y*gridWidth+x] != notBody {
				row++
			}
			f.sums[at+x+1] = f.sums[at-gridWidth-1+x+1] + row
		}
	}
}

// fill is the share of a rectangle (in cells, right and down exclusive) that is
// body; what lies outside the picture is not counted. seen is false when all does.
func (f *figure) fill(left, top, right, down int) (share float32, seen bool) {
	left, right = max(left, 0), min(right, gridWidth)
	top, down = max(top, 0), min(down, gridHeight)
	if left >= right || top >= down {
		return 0, false
	}
	const w = gridWidth + 1
	n := f.sums[down*w+right] - f.sums[top*w+right] - f.sums[down*w+left] + f.sums[top*w+left]
	return float32(n) / float32((right-left)*(down-top)), true
}
