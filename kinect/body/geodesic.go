package body

// Arms are followed on a grid of half the width and height: a forearm at 4 m is a cell
// and a half wide there.
const (
	coarseWidth, coarseHeight = gridWidth / 2, gridHeight / 2
	coarseCells               = coarseWidth * coarseHeight
	coarseFocal               = focal / 2
)

// A coarse is a figure on the grid of arms.
type coarse struct {
	shape                  [coarseCells]uint8
	z                      [coarseCells]int32
	left, right, top, down int
}

// from takes over a figure: trunk where any is, at the distance of the nearest.
func (c *coarse) from(f *figure, g *grid) {
	c.shape = [coarseCells]uint8{}
	c.left, c.right, c.top, c.down = f.box.left/2, f.box.right/2, f.box.top/2, f.box.down/2
	for y := f.box.top; y <= f.box.down; y++ {
		for x := f.box.left; x <= f.box.right; x++ {
			i := y*gridWidth + x
			s := f.shape[i]
			if s == notBody {
				continue
			}
			j := y/2*coarseWidth + x/2
			if c.shape[j] == notBody {
				c.shape[j], c.z[j] = s, g.z[i]
			} else {
				c.shape[j], c.z[j] = min(c.shape[j], s), min(c.z[j], g.z[i])
			}
		}
	}
}

// A walker measures how far places on a body are from each other, going over the
// body's surface: hands are far from the chest, wherever they are held.
type walker struct {
	dist   [coarseCells]int32 // mm; far for cells not reached
	from   [coarseCells]int32 // the cell before, -1 at a source
	bucket [buckets]int32
	queue  []queued
}

// A queued cell may be queued again with a shorter distance; the older entry is then
// passed over.
type queued struct{ cell, dist, next int32 }

const (
	far = 1 << 30
	// Distances are queued in steps of bucketSize mm, up to 3 m: no hand is further
	// from its chest.
	bucketSize = 8
	buckets    = 3000 / bucketSize
	// bridge is how many cells without body may lie between two pieces of it.
	bridge = 3
)

// start forgets all distances and walks from one cell.
func (w *walker) start(c *coarse, source int) {
	for i := range w.dist {
		w.dist[i] = far
	}
	for i := range w.bucket {
		w.bucket[i] = -1
	}
	w.queue = w.queue[:0]
	w.reach(int32(source), 0, -1)
	w.walk(c)
}

// again makes the way to a cell a source too, and shortens the distances.
func (w *walker) again(c *coarse, cell int32) {
	w.queue = w.queue[:0]
	for i := cell; i >= 0; {
		back := w.from[i]
		w.reach(i, 0, -1)
		i = back
	}
	w.walk(c)
}

// reach notes that a cell is dist from a source, coming from another cell.
func (w *walker) reach(cell, dist, from int32) {
	b := dist / bucketSize
	if dist >= w.dist[cell] && dist > 0 || b >= buckets {
		return
	}
	w.dist[cell], w.from[cell] = dist, from
	w.queue = append(w.queue, queued{cell, dist, w.bucket[b]})
	w.bucket[b] = int32(len(w.queue) - 1)
}

// walk spreads the queued distances.
func (w *walker) walk(c *coarse) {
	for b := range w.bucket {
		for w.bucket[b] >= 0 {
			q := w.queue[w.bucket[b]]
			w.bucket[b] = q.next
			if w.dist[q.cell] == q.dist {
				w.spread(c, int(q.cell))
			}
		}
	}
}

// spread goes on from a cell to its neighbours, and straight across gaps.
func (w *walker) spread(c *coarse, i int) {
	x, y := i%coarseWidth, i/coarseWidth
	for k, d := range compass {
		hop := 1
		if k < 4 {
			hop = bridge
		}
		for n := 1; n <= hop; n++ {
			u, v := x+n*d.x, y+n*d.y
			if u < c.left || u > c.right || v < c.top || v > c.down {
				break
			}
			j := v*coarseWidth + u
			if c.shape[j] == notBody {
				continue
			}
			dz := c.z[i] - c.z[j]
			dz = max(dz, -dz)
			if dz > step(c.z[i])*2 && (c.shape[i] == c.shape[j] || dz > looseFront) {
				break
			}
			across := int32(n) * c.z[i] * 100 / focalHundred
			if k >= 4 {
				across = across * 141 / 100
			}
			w.reach(int32(j), w.dist[i]+length(across, dz), int32(i))
			break
		}
	}
}

// focalHundred is coarseFocal in hundredths of a cell.
const focalHundred = 7198

// length is about the hypotenuse, at most 4 % off (the larger plus 0.4 of the smaller,
// or 1/16 less of it where the two are alike).
func length(a, b int32) int32 {
	if a < b {
		a, b = b, a
	}
	if b*2 < a {
		return max(1, a+b/4)
	}
	return a*7/8 + b/2
}
