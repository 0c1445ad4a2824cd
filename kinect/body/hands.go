package body

// Where hands are looked for, mm.
const (
	// chestBelow is how far the middle between the shoulders lies below the middle
	// of the head. Hands are raised above raisedBelow, about the chin, and lowered
	// again below loweredBelow, the shoulders' upper edge.
	chestBelow                = 310
	raisedBelow, loweredBelow = 130, 220
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

// arms finds the hands of a figure whose head is known.
type arms struct {
	chest       spot
	left, right spot // the person's own
}

// findHands looks for the ends of the body that are far from the chest.
func (t *Tracker) findHands() arms {
	f, g, w := &t.figure, &t.grid, &t.walker
	a := arms{chest: f.chest(g)}
	source := f.nearestCell(int(a.chest.x), int(a.chest.y))
	if source < 0 {
		return a
	}
	w.start(g, f, source)
	t.first = w.dist
	for range 3 {
		tip, ok := t.farthest(&a)
		if !ok {
			break
		}
		s := t.handAt(tip, &a)
		side := &a.right
		if t.leftSide(tip, &a) {
			side = &a.left
		}
		if s.score > side.score {
			*side = s
		}
		if a.left.score > sureHand && a.right.score > sureHand {
			break
		}
		w.again(g, f, tip)
	}
	return a
}

// chest is below the head, at the trunk's distance.
func (f *figure) chest(g *grid) spot {
	h := f.head
	c := spot{x: h.x, y: h.y + float32(chestBelow)*focal/float32(h.z), z: h.z}
	c.y = min(c.y, gridHeight-1)
	// A head that leans is not above the chest: take the middle of the body there.
	r := cellsFor(260, h.z)
	sum, n := 0, 0
	for x := max(0, int(c.x)-r); x <= min(gridWidth-1, int(c.x)+r); x++ {
		if i := int(c.y)*gridWidth + x; f.shape[i] == trunk && g.z[i] > h.z-200 {
			sum += x
			n++
		}
	}
	if n > 0 {
		c.x = (c.x + float32(sum)/float32(n)) / 2
	}
	if i := f.nearestCell(int(c.x), int(c.y)); i >= 0 {
		c.z = (g.z[i] + f.distance) / 2
	}
	return c
}

// nearestCell is the trunk's cell nearest to a place, in rings around it; -1 for none.
func (f *figure) nearestCell(x, y int) int {
	for r := range 12 {
		for v := max(0, y-r); v <= min(gridHeight-1, y+r); v++ {
			for u := max(0, x-r); u <= min(gridWidth-1, x+r); u++ {
				if f.shape[v*gridWidth+u] == trunk {
					return v*gridWidth + u
				}
			}
		}
	}
	return -1
}

// farthest is the cell where a hand may be that is furthest from the chest and from
// the arms found before.
func (t *Tracker) farthest(a *arms) (tip int32, ok bool) {
	f, g := &t.figure, &t.grid
	perMM := float32(focal) / float32(a.chest.z)
	lowest := min(f.box.down, int(a.chest.y+handBelow*perMM))
	best := int32(0)
	for y := f.box.top; y <= lowest; y++ {
		for x := f.box.left; x <= f.box.right; x++ {
			i := y*gridWidth + x
			d := t.walker.dist[i]
			if f.shape[i] == notBody || d >= far || d <= best || t.first[i] < handReach/2 {
				continue
			}
			if !f.mayBeHand(float32(x), float32(y), g.z[i], &a.chest, perMM) {
				continue
			}
			best, tip = d, int32(i)
		}
	}
	need := int32(handReach)
	if x, y := int(tip)%gridWidth, int(tip)/gridWidth; y < 2 || x < 2 || x > gridWidth-3 {
		need /= 2
	}
	return tip, t.first[tip] >= need && best >= 180
}

// mayBeHand leaves out the head, and the trunk and legs below the chest.
func (f *figure) mayBeHand(x, y float32, z int32, chest *spot, perMM float32) bool {
	dx, dy := (x-f.head.x)/perMM, (y-f.head.y)/perMM
	if dx*dx+dy*dy < headClear*headClear && z > f.head.z-headFront {
		return false
	}
	// The trunk may lean: its axis goes from the chest through its middle.
	lean := float32(0)
	if down := f.axis.y - chest.y; down > 100*perMM {
		lean = max(-0.6, min(0.6, (f.axis.x-chest.x)/down))
	}
	dx, dy = (x-chest.x-lean*max(0, y-chest.y))/perMM, (y-chest.y)/perMM
	return dy < -60 || abs(dx) > coreHalf+max(0, dy-250)/3 || z < chest.z-coreFront && dy < 350
}

// leftSide reports whether the way to a tip leaves the chest towards the person's
// left, which is the picture's right.
func (t *Tracker) leftSide(tip int32, a *arms) bool {
	at := tip
	for i := tip; i >= 0; i = t.walker.from[i] {
		at = i
		if t.first[i] < 260 {
			break
		}
	}
	root, end := float32(at%gridWidth)-a.chest.x, float32(tip%gridWidth)-a.chest.x
	return root+end/4 > 0
}

// handAt is the middle of the hand at the end of an arm: of the body within a hand's
// length of the tip.
func (t *Tracker) handAt(tip int32, a *arms) spot {
	f, g := &t.figure, &t.grid
	x, y, z := int(tip)%gridWidth, int(tip)/gridWidth, g.z[tip]
	r := cellsFor(130, z)
	var sx, sy, sz, n float32
	for v := max(0, y-r); v <= min(gridHeight-1, y+r); v++ {
		for u := max(0, x-r); u <= min(gridWidth-1, x+r); u++ {
			i := v*gridWidth + u
			dz := g.z[i] - z
			if f.shape[i] == notBody || dz > 130 || dz < -130 || (u-x)*(u-x)+(v-y)*(v-y) > r*r ||
				t.first[i] < t.first[tip]-150 {
				continue
			}
			sx, sy, sz, n = sx+float32(u), sy+float32(v), sz+float32(g.z[i]), n+1
		}
	}
	s := spot{x: float32(x), y: float32(y), z: z}
	if n > 0 {
		s = spot{x: sx / n, y: sy / n, z: int32(sz / n)}
	}
	s.score = min(1, 0.4+float32(t.first[tip]-handReach)/600)
	s.score = max(0.3, s.score)
	return s
}
