package body

// Where hands are looked for, mm.
const (
	// chestBelow is how far the middle between the shoulders lies below the middle
	// of the head.
	chestBelow = 310
	// A hand is at least this far from the chest along the arm, or half of that where
	// the picture cuts the arm off.
	handReach = 360
	// Hands hang no lower than this below the chest.
	handBelow = 700
	// coreHalf is half the width of the trunk, in which no hand is looked for unless
	// it is held this much in front.
	coreHalf, coreFront = 210, 130
	// headClear is how near to the head's middle no hand is looked for, unless it is
	// held headFront in front.
	headClear, headFront = 170, 110
	// With two hands as sure as this no third end is looked at.
	sureHand = 0.45
)

// arms are the chest and the hands of a figure whose head is known, in cells of the
// coarse grid.
type arms struct {
	head, chest spot
	lean        float32            // columns of the trunk per row below the chest
	left, right spot               // the person's own
	first       [coarseCells]int32 // distances from the chest
}

// toCoarse and fromCoarse change grids.
func (s spot) toCoarse() spot {
	s.x, s.y = (s.x-0.5)/2, (s.y-0.5)/2
	return s
}

func (s spot) fromCoarse() spot {
	s.x, s.y = 2*s.x+0.5, 2*s.y+0.5
	return s
}

// findHands looks for the ends of the body that are far from the chest: the
// person's own left and right hand, with score 0 when not found.
func (t *Tracker) findHands() (left, right spot) {
	c, w, a := &t.coarse, &t.walker, &t.arms
	c.from(&t.figure, &t.grid)
	a.left, a.right = spot{}, spot{}
	source := a.findChest(c, &t.figure)
	if source < 0 {
		return spot{}, spot{}
	}
	w.start(c, source)
	a.first = w.dist
	for range 3 {
		tip, ok := a.farthest(c, w)
		if !ok {
			break
		}
		s := a.handAt(c, tip)
		side := &a.right
		if a.leftSide(w, tip) {
			side = &a.left
		}
		if s.score > side.score {
			*side = s
		}
		if a.left.score > sureHand && a.right.score > sureHand {
			break
		}
		w.again(c, tip)
	}
	return a.left.fromCoarse(), a.right.fromCoarse()
}

// findChest looks below the head, and returns the cell to walk from, or -1.
func (a *arms) findChest(c *coarse, f *figure) int {
	a.head = f.head.toCoarse()
	h := a.head
	p := spot{x: h.x, y: min(h.y+chestBelow*coarseFocal/float32(h.z), coarseHeight-1), z: h.z}
	// A head that leans is not above the chest: take the middle of the body there.
	r := max(1, int(260*coarseFocal/float32(h.z)))
	sum, n := 0, 0
	for x := max(0, int(p.x)-r); x <= min(coarseWidth-1, int(p.x)+r); x++ {
		if i := int(p.y)*coarseWidth + x; c.shape[i] == trunk && c.z[i] > h.z-200 {
			sum += x
			n++
		}
	}
	if n > 0 {
		p.x = (p.x + float32(sum)/float32(n)) / 2
	}
	source := c.nearest(int(p.x), int(p.y))
	if source >= 0 {
		p.z = (c.z[source] + f.distance) / 2
	}
	a.chest = p
	axis := f.axis.toCoarse()
	a.lean = 0
	if down := axis.y - p.y; down > 100*coarseFocal/float32(p.z) {
		a.lean = max(-0.6, min(0.6, (axis.x-p.x)/down))
	}
	return source
}

// nearest is the trunk's cell nearest to a place, in rings around it; -1 for none.
func (c *coarse) nearest(x, y int) int {
	for r := range 7 {
		for v := max(0, y-r); v <= min(coarseHeight-1, y+r); v++ {
			for u := max(0, x-r); u <= min(coarseWidth-1, x+r); u++ {
				if c.shape[v*coarseWidth+u] == trunk {
					return v*coarseWidth + u
				}
			}
		}
	}
	return -1
}

// farthest is the cell where a hand may be that is furthest from the chest and from
// the arms found before.
func (a *arms) farthest(c *coarse, w *walker) (tip int32, ok bool) {
	perMM := float32(coarseFocal) / float32(a.chest.z)
	lowest := min(c.down, int(a.chest.y+handBelow*perMM))
	best := int32(0)
	for y := c.top; y <= lowest; y++ {
		for x := c.left; x <= c.right; x++ {
			i := y*coarseWidth + x
			d := w.dist[i]
			if c.shape[i] == notBody || d >= far || d <= best || a.first[i] < handReach/2 {
				continue
			}
			if a.mayBeHand(float32(x), float32(y), c.z[i], perMM) {
				best, tip = d, int32(i)
			}
		}
	}
	need := int32(handReach)
	if x, y := int(tip)%coarseWidth, int(tip)/coarseWidth; y < 1 || x < 1 || x > coarseWidth-2 {
		need /= 2
	}
	return tip, a.first[tip] >= need && best >= 180
}

// mayBeHand leaves out the head, and the trunk and legs below the chest.
func (a *arms) mayBeHand(x, y float32, z int32, perMM float32) bool {
	dx, dy := (x-a.head.x)/perMM, (y-a.head.y)/perMM
	if dx*dx+dy*dy < headClear*headClear && z > a.head.z-headFront {
		return false
	}
	dx, dy = (x-a.chest.x-a.lean*max(0, y-a.chest.y))/perMM, (y-a.chest.y)/perMM
	return dy < -60 || abs(dx) > coreHalf+max(0, dy-250)/3 || z < a.chest.z-coreFront && dy < 350
}

// leftSide reports whether the way to a tip leaves the chest towards the person's
// left, which is the picture's right.
func (a *arms) leftSide(w *walker, tip int32) bool {
	at := tip
	for i := tip; i >= 0; i = w.from[i] {
		at = i
		if a.first[i] < 260 {
			break
		}
	}
	root, end := float32(at%coarseWidth)-a.chest.x, float32(tip%coarseWidth)-a.chest.x
	return root+end/4 > 0
}

// handAt is the middle of the hand at the end of an arm: of the body within a hand's
// length of the tip.
func (a *arms) handAt(c *coarse, tip int32) spot {
	x, y, z := int(tip)%coarseWidth, int(tip)/coarseWidth, c.z[tip]
	r := max(1, int(130*coarseFocal/float32(z)+0.5))
	var sx, sy, sz, n float32
	for v := max(0, y-r); v <= min(coarseHeight-1, y+r); v++ {
		for u := max(0, x-r); u <= min(coarseWidth-1, x+r); u++ {
			i := v*coarseWidth + u
			dz := c.z[i] - z
			if c.shape[i] == notBody || dz > 130 || dz < -130 || (u-x)*(u-x)+(v-y)*(v-y) > r*r ||
				a.first[i] < a.first[tip]-150 {
				continue
			}
			sx, sy, sz, n = sx+float32(u), sy+float32(v), sz+float32(c.z[i]), n+1
		}
	}
	s := spot{x: float32(x), y: float32(y), z: z}
	if n > 0 {
		s = spot{x: sx / n, y: sy / n, z: int32(sz / n)}
	}
	s.score = max(0.3, min(1, 0.4+float32(a.first[tip]-handReach)/600))
	return s
}
