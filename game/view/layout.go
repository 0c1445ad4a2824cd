package view

import "math"

// The wall's plane as package world lays it out: a standing body is standing cells
// high, its feet on the lower edge of row floorRow-1, its middle on centreColumn.
const (
	floorRow     = 112
	centreColumn = 80
	standing     = 90
	// The wall's face goes a little beyond the grid at its top.
	wallTop, wallLeft, wallRight = -3, 0, 160
)

// maxTiles is how many friends have room beside the game.
const maxTiles = 8

// A rect is in pixels of the window, from the top left.
type rect struct{ x, y, w, h float64 }

func (r rect) right() float64  { return r.x + r.w }
func (r rect) bottom() float64 { return r.y + r.h }
func (r rect) midX() float64   { return r.x + r.w/2 }
func (r rect) midY() float64   { return r.y + r.h/2 }

// inset is r made smaller on all sides.
func (r rect) inset(d float64) rect { return rect{r.x + d, r.y + d, r.w - 2*d, r.h - 2*d} }

// in reports whether r lies within o.
func (r rect) in(o rect) bool {
	const slack = 0.01
	return r.x >= o.x-slack && r.y >= o.y-slack && r.right() <= o.right()+slack && r.bottom() <= o.bottom()+slack
}

// overlaps reports whether the two share any area.
func (r rect) overlaps(o rect) bool {
	return r.x < o.right() && o.x < r.right() && r.y < o.bottom() && o.y < r.bottom()
}

// A layout is where everything is in a window of w x h pixels. It was drawn for
// 1280x720; unit is how many pixels one of those is.
type layout struct {
	w, h, unit float64
	play       rect // what the friends' column leaves
	cell       float64
	vanishX    float64
	vanishY    float64
	floorY     float64

	score, wall, match, board rect
	title, prompt, invite     rect
	column                    rect // empty without friends
	tiles                     []rect
	notice                    rect
}

// layoutFor lays out a window with n friends; more than maxTiles are left out.
func layoutFor(w, h float64, n int) layout {
	n = min(n, maxTiles)
	u := min(w/1280, h/720)
	l := layout{w: w, h: h, unit: u, play: rect{0, 0, w, h}}
	if n > 0 {
		l.play.w = w - 308*u
	}
	l.cell = 4.9 * u
	l.vanishX = l.play.midX()
	l.vanishY = h * 0.46
	l.floorY = h - 96*u
	l.score = rect{22 * u, 20 * u, 250 * u, 132 * u}
	l.wall = rect{l.vanishX - 138*u, 14 * u, 276 * u, 58 * u}
	l.match = rect{l.play.right() - 222*u, h - 124*u, 200 * u, 104 * u}
	l.board = rect{22 * u, h - 214*u, 250 * u, 194 * u}
	l.title = rect{l.vanishX - 260*u, 16 * u, 520 * u, 96 * u}
	l.prompt = rect{l.vanishX - 270*u, h - 84*u, 540 * u, 72 * u}
	l.invite = rect{22 * u, h - 436*u, 236 * u, 416 * u}
	if l.prompt.x < l.invite.right()+10*u { // a narrow window, or friends beside
		l.prompt.x = l.invite.right() + 14*u
		l.prompt.w = min(l.prompt.w, l.play.right()-14*u-l.prompt.x)
	}
	l.notice = rect{l.vanishX - 300*u, h - 176*u, 600 * u, 56 * u}
	if l.notice.x < l.invite.right()+10*u {
		l.notice.x = l.invite.right() + 14*u
		l.notice.w = l.play.right() - 14*u - l.notice.x
	}
	l.layTiles(n)
	return l
}

// layTiles puts n tiles into one column, or two when there are more than four.
func (l *layout) layTiles(n int) {
	if n == 0 {
		return
	}
	u := l.unit
	l.column = rect{l.w - 308*u, 12 * u, 300 * u, l.h - 24*u}
	columns := 1
	if n > 4 {
		columns = 2
	}
	rows := (n + columns - 1) / columns
	inner := rect{l.column.x + 17*u, l.column.y + 48*u, l.column.w - 34*u, l.column.h - 62*u}
	gap := 11 * u
	w := (inner.w - gap*float64(columns-1)) / float64(columns)
	h := min((inner.h-gap*float64(rows-1))/float64(rows), w*1.2)
	if columns == 1 {
		h = min(h, w*0.75) // as wide as cameras see
	}
	for i := range n {
		c, r := float64(i%columns), float64(i/columns)
		l.tiles = append(l.tiles, rect{inner.x + c*(w+gap), inner.y + r*(h+gap), w, h})
	}
}

// A plane lays the wall's cells onto a picture: cell (u, v), seen in the mirror, at
// depth 1/near of the plane of play.
type plane struct {
	vanishX, vanishY float64
	floorY           float64
	cell             float64 // pixels
}

// plane is the layout's, scaled to a picture of another size.
func (l *layout) plane(scale float64) plane {
	return plane{l.vanishX * scale, l.vanishY * scale, l.floorY * scale, l.cell * scale}
}

// at is where the point (u, v) of the plane is in the picture.
func (p plane) at(u, v, near float64) (x, y float64) {
	x = p.vanishX + near*(centreColumn-u)*p.cell
	y = p.vanishY + near*(p.floorY-p.vanishY+(v-floorRow)*p.cell)
	return x, y
}

// vanish is the vanishing point in cells.
func (p plane) vanish() (u, v float64) {
	return centreColumn, floorRow - (p.floorY-p.vanishY)/p.cell
}

// cover is the part of a w x h picture, centred at (cx, cy) as well as can be, that
// fills an area of the given aspect ratio; share of it is shown, 1 all that fits.
func cover(w, h, aspect, cx, cy, share float64) rect {
	cw, ch := w, w/aspect
	if ch > h {
		cw, ch = h*aspect, h
	}
	cw, ch = cw*share, ch*share
	x := math.Max(0, math.Min(cx-cw/2, w-cw))
	y := math.Max(0, math.Min(cy-ch/2, h-ch))
	return rect{x, y, cw, ch}
}
