package body

// A walker measures how far places on a body are from each other, going over the
// body's surface: hands are far from the chest, wherever they are held.
type walker struct {
	dist   [cells]int32 // mm; far for cells not reached
	from   [cells]int32 // the cell before, -1 at a source
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
	bridge = 6
)

// start forgets all distances and walks from one cell.
func (w *walker) start(g *grid, f *figure, source int) {
	for y := f.box.top; y <= f.box.down; y++ {
		for i := y*gridWidth + f.box.left; i <= y*gridWidth+f.box.right; i++ {
			w.dist[i] = far
		}
	}
	for i := range w.bucket {
		w.bucket[i] = -1
	}
	w.queue = w.queue[:0]
	w.reach(int32(source), 0, -1)
	w.walk(g, f)
}

// again makes the way to a cell a source too, and shortens the distances.
func (w *walker) again(g *grid, f *figure, cell int32) {
	w.queue = w.queue[:0]
	for i := cell; i >= 0; {
		back := w.from[i]
		w.reach(i, 0, -1)
		i = back
	}
	w.walk(g, f)
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
func (w *walker) walk(g *grid, f *figure) {
	for b := range w.bucket {
		for w.bucket[b] >= 0 {
			q := w.queue[w.bucket[b]]
			w.bucket[b] = q.next
			if w.dist[q.cell] == q.dist {
				w.spread(g, f, int(q.cell))
			}
		}
	}
}

// spread goes on from a cell to its neighbours, and straight across gaps.
func (w *walker) spread(g *grid, f *figure, i int) {
	x, y := i%gridWidth, i/gridWidth
	for k, d := range compass {
		hop := 1
		if k < 4 {
			hop = bridge
		}
		for n := 1; n <= hop; n++ {
			u, v := x+n*d.x, y+n*d.y
			if u < f.box.left || u > f.box.right || v < f.box.top || v > f.box.down {
				break
			}
			j := v*gridWidth + u
			if f.shape[j] == notBody {
				continue
			}
			dz := g.z[i] - g.z[j]
			dz = max(dz, -dz)
			if dz > step(g.z[i])*3/2 && (f.shape[i] == f.shape[j] || dz > looseFront) {
				break
			}
			across := int32(n) * g.z[i] * 100 / focalHundred
			if k >= 4 {
				across = across * 141 / 100
			}
			w.reach(int32(j), w.dist[i]+length(across, dz), int32(i))
			break
		}
	}
}

// focalHundred is focal in hundredths of a cell.
const focalHundred = 14395

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
