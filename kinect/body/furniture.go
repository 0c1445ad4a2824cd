package body

// Furniture stays where it is: a part in which nobody was found, and which looks the
// same, is looked at again only every askAgain frames. askAgain is 200 ms.
const askAgain, maxFurniture = 6, 48

// furniture are the parts of the last frame in which nobody was.
type furniture struct {
	list   [maxFurniture]part
	n      int
	frames int
	used   [maxParts]bool // parts that were somebody's in this frame
}

// isFurniture reports whether nobody was in part k when it was last looked at.
func (t *Tracker) isFurniture(k int) bool {
	p := &t.parts.list[k]
	if t.bodies.kin[k] >= 0 || t.periods > longest || t.furniture.frames%askAgain == 0 {
		return false
	}
	for i := range t.furniture.list[:t.furniture.n] {
		o := &t.furniture.list[i]
		d := max(p.left-o.left, o.left-p.left, p.right-o.right, o.right-p.right, p.top-o.top, o.top-p.top, p.down-o.down, o.down-p.down)
		if c := p.cells - o.cells; d <= 2 && c*16 < p.cells && -c*16 < p.cells {
			return true
		}
	}
	return false
}

// furnish notes for the next frame in which parts nobody was.
func (t *Tracker) furnish() {
	f := &t.furniture
	f.n = 0
	f.frames++
	for _, k := range t.order {
		if !f.used[k] && f.n < maxFurniture {
			f.list[f.n] = t.parts.list[k]
			f.n++
		}
	}
}
