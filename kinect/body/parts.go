package body

// A part is a connected piece of surface.
type part struct {
	cells                  int
	area                   float32 // mm² as seen
	left, right, top, down int     // cells, inclusive
	near, far              int32   // mm
	sum                    int64   // of z
	furniture              bool
	resting                int // cells whose lower neighbour is structure or furniture
}

func (p *part) mean() int32 { return int32(p.sum / int64(max(1, p.cells))) }

// width and height are in mm at the part's own distance.
func (p *part) width() int32  { return mmAt(p.right-p.left+1, p.mean()) }
func (p *part) height() int32 { return mmAt(p.down-p.top+1, p.mean()) }
func (p *part) depth() int32  { return p.far - p.near }

// mmAt is how long n cells are at z.
func mmAt(n int, z int32) int32 { return int32(float32(n) * float32(z) * (1 / focal)) }

// cellsFor is how many cells mm take up at z, at least one.
func cellsFor(mm, z int32) int {
	return max(1, int(float32(mm)*focal/float32(max(1, z))+0.5))
}

// maxParts bounds how many parts a frame is looked at; the largest frames of noise
// have more, all of them specks.
const maxParts = 4096

// parts are the connected pieces of a frame.
type parts struct {
	parent [cells]int32
	id     [cells]int16 // index in list, -1 for none
	list   []part
}

// of is the part of a cell that has one, or an empty part.
func (p *parts) of(i int) *part {
	if k := p.id[i]; k >= 0 {
		return &p.list[k]
	}
	return &part{}
}

// label joins neighbouring cells of a kind (diagonals too) of one surface, and those which
// have at most gap cells without a reading between them.
func (p *parts) label(g *grid, kind *[cells]surface, of surface, gap int) {
	for i, k := range kind {
		p.parent[i] = -1
		if k == of {
			p.parent[i] = int32(i)
		}
	}
	for y := range gridHeight {
		for x := range gridWidth {
			if i := y*gridWidth + x; p.parent[i] >= 0 {
				p.joinAround(g, i, x, y, gap)
			}
		}
	}
	p.number(g)
}

// joinAround looks right, down and at both lower diagonals.
func (p *parts) joinAround(g *grid, i, x, y, gap int) {
	p.joinAlong(g, i, 1, min(gap, gridWidth-2-x))
	p.joinAlong(g, i, gridWidth, min(gap, gridHeight-2-y))
	if y+1 < gridHeight {
		if x > 0 {
			p.joinIf(g, i, i+gridWidth-1, 1)
		}
		if x+1 < gridWidth {
			p.joinIf(g, i, i+gridWidth+1, 1)
		}
	}
}

// joinAlong joins i to its neighbour in one direction, or over a gap.
func (p *parts) joinAlong(g *grid, i, stride, gap int) {
	for k := 1; k <= gap+1; k++ {
		j := i + k*stride
		if p.parent[j] >= 0 {
			p.joinIf(g, i, j, int32(k))
			return
		}
		if g.z[j] != 0 {
			return
		}
	}
}

func (p *parts) joinIf(g *grid, i, j int, far int32) {
	if p.parent[j] < 0 || p.parent[j] == p.parent[i] { // none, or joined already
		return
	}
	d := g.z[i] - g.z[j]
	limit := step(min(g.z[i], g.z[j]))
	limit += (far - 1) * limit / 2
	if d > limit || d < -limit {
		return
	}
	a, b := p.root(int32(i)), p.root(int32(j))
	if a < b {
		p.parent[b] = a
	} else {
		p.parent[a] = b
	}
}

func (p *parts) root(i int32) int32 {
	for p.parent[i] != i {
		p.parent[i] = p.parent[p.parent[i]]
		i = p.parent[i]
	}
	return i
}

// number measures the parts. Roots are the smallest index of their part, so that
// parts come in the order of their topmost cells.
func (p *parts) number(g *grid) {
	p.list = p.list[:0]
	for i := range p.parent {
		p.id[i] = -1
		if p.parent[i] < 0 {
			continue
		}
		r := p.root(int32(i))
		if int(r) == i {
			if len(p.list) == maxParts {
				continue
			}
			p.id[i] = int16(len(p.list))
			p.list = append(p.list, part{left: gridWidth, top: gridHeight, right: -1, down: -1, near: 1 << 30})
		}
		k := p.id[r]
		if k < 0 {
			continue
		}
		p.id[i] = k
		p.list[k].add(i%gridWidth, i/gridWidth, g.z[i])
	}
}

func (p *part) add(x, y int, z int32) {
	p.cells++
	p.area += float32(z) * float32(z) / (focal * focal)
	p.left, p.right = min(p.left, x), max(p.right, x)
	p.top, p.down = min(p.top, y), max(p.down, y)
	p.near, p.far = min(p.near, z), max(p.far, z)
	p.sum += int64(z)
}
