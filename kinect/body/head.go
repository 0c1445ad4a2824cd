package body

// headPattern is where body is and is not around the middle of a head, in mm: grown
// people's heads are 145 to 165 wide and 215 to 240 high (NASA-STD-3000, volume 1,
// figure 3.3.1.3-1), shoulders begin some 250 below the middle.
var headPattern = [...]struct {
	left, top, right, down int32
	body                   bool
	weight                 float32
	unseen                 float32 // its share of the weight when outside the picture
}{
	{-65, -95, 65, 95, true, 1.4, 0},      // the head
	{-220, -110, -125, 60, false, 0.6, 1}, // air at its sides
	{125, -110, 220, 60, false, 0.6, 1},
	{-90, -250, 90, -150, false, 0.6, 1}, // and above
	{-170, 230, 170, 320, true, 0.8, 0.7},
	{-120, 320, 120, 520, true, 0.6, 0.8},
}

// headAt is how much cell (x, y) at z looks like the middle of a head, 0..1.
func (f *figure) headAt(x, y int, z int32) float32 {
	scale := focal / float32(z)
	at := func(v int, mm int32) int { return v + int(float32(mm)*scale+1000.5) - 1000 }
	var score, total float32
	for i := range headPattern {
		p := &headPattern[i]
		total += p.weight
		left, right := at(x, p.left), at(x, p.right)
		top, down := at(y, p.top), at(y, p.down)
		share, seen := f.fill(left, top, max(right, left+1), max(down, top+1))
		switch {
		case !seen:
			score += p.weight * p.unseen
		case p.body:
			score += p.weight * share
		default:
			score += p.weight * (1 - share)
		}
	}
	return score / total
}

// findHead looks for the best head of the figure, and for all places that may be
// heads. before are those of the last frame.
func (f *figure) findHead(g *grid, before []spot) {
	f.head, f.nSeeds = spot{}, 0
	f.axis = f.middle()
	// First at every second place or so, then around the best of those.
	stride := max(1, min(3, cellsFor(35, f.distance)))
	bottom := min(f.box.down, f.box.top+cellsFor(1100, f.distance))
	for y := f.box.top; y <= bottom; y += stride {
		for x := f.box.left; x <= f.box.right; x += stride {
			f.tryHead(g, x, y, before)
		}
	}
	x, y := int(f.head.x), int(f.head.y)
	for v := max(0, y-stride+1); v < min(gridHeight, y+stride); v++ {
		for u := max(0, x-stride+1); u < min(gridWidth, x+stride); u++ {
			f.tryHead(g, u, v, before)
		}
	}
	f.centreHead(g)
}

// tryHead takes a cell for the head's middle if it is the best so far: near the
// trunk's axis and near where the head was counts a little.
func (f *figure) tryHead(g *grid, x, y int, before []spot) {
	i := y*gridWidth + x
	if f.shape[i] == notBody {
		return
	}
	mm := float32(g.z[i]) / focal // across a cell
	score := f.headAt(x, y, g.z[i])
	for _, b := range before {
		dx, dy := (float32(x)-b.x)*mm, (float32(y)-b.y)*mm
		if dx*dx+dy*dy < 150*150 && b.z-g.z[i] < 250 && g.z[i]-b.z < 250 {
			score += 0.05
			break
		}
	}
	if score >= seedScore {
		f.sow(spot{float32(x), float32(y), g.z[i], score})
	}
	score -= 0.12 * min(1, abs(float32(x)-f.axis.x)*mm/500)
	if score > f.head.score {
		f.head = spot{float32(x), float32(y), g.z[i], score}
	}
}

// seedRadius is how far apart, mm, two places that may be heads are at least.
const seedRadius = 200

// sow notes a place that may be a head, unless there is a better one near it.
func (f *figure) sow(s spot) {
	r := seedRadius * focal / float32(s.z)
	for i := range f.seeds[:f.nSeeds] {
		o := &f.seeds[i]
		dx, dy := s.x-o.x, s.y-o.y
		if dz := s.z - o.z; dx*dx+dy*dy < r*r && dz < seedRadius && dz > -seedRadius {
			if s.score > o.score {
				o.spot = s
			}
			return
		}
	}
	if f.nSeeds < maxSeeds {
		f.seeds[f.nSeeds] = seed{spot: s, kin: -1}
		f.nSeeds++
		return
	}
	worst := 0
	for i := range f.seeds {
		if f.seeds[i].score < f.seeds[worst].score {
			worst = i
		}
	}
	if s.score > f.seeds[worst].score {
		f.seeds[worst].spot = s
	}
}

// middle is what the trunk's mass is around. Limbs are thin: a cell counts only when
// body is all around it.
func (f *figure) middle() spot {
	r := max(1, cellsFor(90, f.distance))
	var sx, sy, n float32
	for y := f.box.top; y <= f.box.down; y += 2 {
		for x := f.box.left; x <= f.box.right; x += 2 {
			if f.shape[y*gridWidth+x] == notBody {
				continue
			}
			if share, _ := f.fill(x-r, y-r, x+r+1, y+r+1); share > 0.97 {
				sx, sy, n = sx+float32(x), sy+float32(y), n+1
			}
		}
	}
	if n == 0 {
		return spot{x: float32(f.box.left+f.box.right) / 2, y: float32(f.box.top+f.box.down) / 2}
	}
	return spot{x: sx / n, y: sy / n}
}

// centreHead moves the head to the middle of the body around it.
func (f *figure) centreHead(g *grid) {
	if f.head.score == 0 {
		return
	}
	for range 2 {
		h := &f.head
		rx, up, down := cellsFor(100, h.z), cellsFor(130, h.z), cellsFor(90, h.z)
		var sx, sy, sz, n float32
		for y := max(0, int(h.y)-up); y <= min(gridHeight-1, int(h.y)+down); y++ {
			for x := max(0, int(h.x)-rx); x <= min(gridWidth-1, int(h.x)+rx); x++ {
				i := y*gridWidth + x
				if f.shape[i] == notBody || g.z[i] < h.z-200 {
					continue
				}
				sx, sy, sz, n = sx+float32(x), sy+float32(y), sz+float32(g.z[i]), n+1
			}
		}
		if n == 0 {
			return
		}
		h.x, h.y, h.z = sx/n, sy/n, int32(sz/n)
	}
}

// headBehind is how far behind the middle of the body a head may be, mm: somebody
// leaning back.
const headBehind = 250

// headLow is how many mm above the floor the head of somebody new must be: people come
// walking.
const headLow = 750

// Somebody new whose head is mostly covered by somebody else's body is taken up to
// coveredFurthest mm away, when coveredArea mm² of them are seen: furniture, too, is
// seen past people.
const coveredFurthest, coveredArea = 3000, 200_000

// headFits reports whether somebody new may have the head there: not as low as a vase
// on a table, nor cut by the picture's side.
func (t *Tracker) headFits(h spot) bool {
	if t.survey.floorKnown && t.survey.overFloor(int(h.x), int(h.y), h.z) < headLow {
		return false
	}
	margin := cellsFor(200, h.z)
	return int(h.x) >= margin && int(h.x) < gridWidth-margin
}

// headIsFree reports whether there is air around the head: what is beside and above
// it lies further back. Corners of walls and shelves are stuck to something.
func (t *Tracker) headIsFree() bool {
	f, g := &t.figure, &t.grid
	h := f.head
	inner, outer := cellsFor(110, h.z), cellsFor(190, h.z)
	if h.z > f.distance+headBehind {
		return false // a cushion on a sofa
	}
	if !t.headFits(h) {
		return false
	}
	bad, n, all, hidden := 0, 0, 0, 0
	for y := max(0, int(h.y)-outer); y <= int(h.y); y++ {
		for x := max(0, int(h.x)-outer); x <= min(gridWidth-1, int(h.x)+outer); x++ {
			dx, dy := x-int(h.x), y-int(h.y)
			i := y*gridWidth + x
			if d := dx*dx + dy*dy; d < inner*inner || d > outer*outer || f.shape[i] != notBody {
				continue
			}
			z := g.z[i]
			if z != 0 && z < h.z-hidesBy && t.bodies.claim[i] != 0 {
				hidden++
				continue // by somebody nearer
			}
			all++
			if z != 0 && z < h.z+120 && t.kind[i] == structure {
				continue // beside a wall
			}
			n++
			if z != 0 && z < h.z+120 {
				bad++
			}
		}
	}
	if hidden > n && (h.z > coveredFurthest || f.box.area < coveredArea) {
		return false
	}
	return bad*4 <= n && n*3 >= all
}
