package body

// People who touch each other are one piece of surface. Each cell of it goes to the
// body whose axis (head to hips) is nearest along the surface; a step in depth, where
// one stands before the other, counts as a detour. What was somebody's in the frame
// before, and is as far away as it was then, stays theirs unless the way is long.

const (
	// priorDetour is how far from its axis, mm, a cell that was somebody's in the last
	// frame begins, and bodyDetour the same for somebody whose head is not to be seen.
	priorDetour, bodyDetour = 150, 40
	// jumpCost is what a step in depth costs against the same way across.
	jumpCost = 3
	// axisLength is how far below the head's middle a body's axis goes, mm.
	axisLength = 750
	// samePlace is up to how many mm, besides the depth noise, a surface may have moved
	// since the last frame and be the same for sure.
	samePlace = 70
	// splitHop is how many cells without body a way may cross.
	splitHop = 4
	// splitBin is the queue's step in mm, and splitBins how many there are: nothing of a
	// body is further than 1.2 m from its axis, detours aside.
	splitBin, splitBins = 16, 85
)

// A splitter divides a figure among several bodies.
type splitter struct {
	dist   [cells]int32
	owner  [cells]int8 // index of the body, -1 for none
	bucket [splitBins]int32
	queue  []queued
}

// start forgets everything within the figure's box.
func (s *splitter) start(f *figure) {
	for y := f.box.top; y <= f.box.down; y++ {
		for i := y*gridWidth + f.box.left; i <= y*gridWidth+f.box.right; i++ {
			s.dist[i], s.owner[i] = far, -1
		}
	}
	for i := range s.bucket {
		s.bucket[i] = -1
	}
	s.queue = s.queue[:0]
}

// reach notes that a cell is dist from body b.
func (s *splitter) reach(cell int, dist int32, b int8) {
	bin := dist / splitBin
	if dist >= s.dist[cell] || bin >= splitBins {
		return
	}
	s.dist[cell], s.owner[cell] = dist, b
	s.queue = append(s.queue, queued{int32(cell), dist, s.bucket[bin]})
	s.bucket[bin] = int32(len(s.queue) - 1)
}

// axis makes the line below a head the middle of body b, as far as it is one surface.
func (s *splitter) axis(f *figure, g *grid, h spot, b int8) {
	x, z := int(h.x+0.5), h.z
	bottom := min(gridHeight-1, int(h.y)+cellsFor(axisLength, h.z))
	for y := max(0, int(h.y)); y <= bottom; y++ {
		i := y*gridWidth + x
		if f.shape[i] == notBody {
			continue
		}
		if d := g.z[i] - z; d > 3*step(z) || d < -3*step(z) {
			continue
		}
		z = (3*z + g.z[i]) / 4
		s.reach(i, 0, b)
	}
}

// spread gives every cell of the figure to the body that is nearest.
func (s *splitter) spread(f *figure, g *grid) {
	for bin := range s.bucket {
		for s.bucket[bin] >= 0 {
			q := s.queue[s.bucket[bin]]
			s.bucket[bin] = q.next
			if s.dist[q.cell] == q.dist {
				s.step(f, g, int(q.cell))
			}
		}
	}
}

// step goes on from a cell to its neighbours, and straight across gaps.
func (s *splitter) step(f *figure, g *grid, i int) {
	x, y := i%gridWidth, i/gridWidth
	z, from, b := g.z[i], s.dist[i], s.owner[i]
	mm := mmAt(1, z)
	for k, d := range compass {
		hop := 1
		if k < 4 {
			hop = splitHop
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
			dz := max(g.z[j]-z, z-g.z[j])
			across := int32(n) * mm
			if k >= 4 {
				across = across * 141 / 100
			}
			s.reach(j, from+across+jumpCost*max(0, dz-across), b)
			break
		}
	}
}
