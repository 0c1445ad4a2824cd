package body

import "cutout/kinect"

// across is how many words a row of a mask has.
const across = kinect.Width / 64

// A refiner is where the edge of a figure is drawn at full resolution: pixels that
// were measured to be body, and pixels beside them without a reading.
type refiner struct {
	measured, gaps kinect.Mask
	above, below   kinect.Mask // scratch of fillSpeckle
}

// A past is what was somebody's in the last frames: the pixels that were measured, and
// the gaps that were closed.
type past struct {
	measured [2]kinect.Mask
	closed   kinect.Mask
}

// refine draws the figure: pixels at the body's distance, and pixels without a
// reading that are surrounded by it. A pixel that lately was measured as body needs
// fewer of them around it, which keeps flickering edges still.
func (t *Tracker) refine(depth []kinect.Millimetres, before *past) *kinect.Mask {
	r, f := &t.refiner, &t.figure
	r.measured, r.gaps = kinect.Mask{}, kinect.Mask{}
	top, down := max(0, f.box.top-1), min(gridHeight-1, f.box.down+1)
	left, right := max(0, f.box.left-1), min(gridWidth-1, f.box.right+1)
	for y := top; y <= down; y++ {
		for x := left; x <= right; x++ {
			t.refineCell(depth, x, y)
		}
	}
	mask := &kinect.Mask{}
	closeGaps(mask, &r.measured, &r.gaps, before, top*cell, (down+1)*cell)
	t.refiner.fillSpeckle(mask, cellsFor(speckleReach, f.distance)*cell, frame{top * cell, (down + 1) * cell, left * cell / 64, right*cell/64 + 1})
	bridge(mask, &r.gaps, t.grid.lost)
	before.measured[1] = before.measured[0]
	before.measured[0] = r.measured
	return mask
}

// refineCell decides about the pixels of a cell.
func (t *Tracker) refineCell(depth []kinect.Millimetres, x, y int) {
	f, g, r := &t.figure, &t.grid, &t.refiner
	i := y*gridWidth + x
	lo, hi, n := f.around(g, x, y)
	at := y*cell*across + x*cell/64
	shift := x * cell % 64
	if n == 0 && g.z[i] == 0 {
		for row := range cell {
			p := (y*cell+row)*kinect.Width + x*cell
			r.gaps[at] |= bitsOf(noneIn(four(depth[p:p+cell]))) << shift
			at += across
		}
		return
	}
	if n == 0 || f.shape[i] == notBody && t.kind[i] == support {
		return
	}
	if n == 9 && hi-lo <= 2*step(lo) && !t.overlooksFloor(x, y, hi) {
		for range cell {
			r.measured[at] |= 0xf << shift
			at += across
		}
		return
	}
	slack := step(lo)
	lo, hi = lo-slack, hi+slack
	floor := t.overlooksFloor(x, y, hi)
	for row := range cell {
		p := (y*cell+row)*kinect.Width + x*cell
		if v := four(depth[p : p+cell]); !floor && v&large == 0 {
			gaps, in := between(v, lo, hi)
			r.gaps[at] |= gaps << shift
			r.measured[at] |= in << shift
			at += across
			continue
		}
		for k, v := range depth[p : p+cell] {
			z := int32(v)
			switch {
			case z == 0:
				r.gaps[at] |= 1 << (shift + k)
			case z < lo || z > hi:
			case floor && t.pixelOnFloor(x*cell+k, y*cell+row, z):
			default:
				r.measured[at] |= 1 << (shift + k)
			}
		}
		at += across
	}
}

// between has a bit for each of four distances below 16384 that is missing, and one for
// each from lo to hi.
func between(v uint64, lo, hi int32) (missing, in uint64) {
	none := noneIn(v)
	low, high := uint64(max(1, min(lo, noReading)))*each, uint64(max(0, min(hi, noReading)))*each|signs
	return bitsOf(none), bitsOf(((v | signs) - low) & (high - v) & signs >> 15)
}

// bitsOf is four bits from the lowest of each lane.
func bitsOf(lanes uint64) uint64 { return lanes * 0x0001_0002_0004_0008 >> 48 & 0xf }

// around is the range of the body's distance in a cell and its eight neighbours, and
// in how many of the nine there is body.
func (f *figure) around(g *grid, x, y int) (lo, hi int32, n int) {
	lo = far
	left, right := max(0, x-1), min(gridWidth-1, x+1)
	top, down := max(0, y-1), min(gridHeight-1, y+1)
	n = 9 - (right-left+1)*(down-top+1) // the body goes on outside the picture
	for v := top; v <= down; v++ {
		at := v*gridWidth + left
		shape, z := f.shape[at:at+right-left+1], g.z[at:at+right-left+1]
		for u, s := range shape {
			if s != notBody {
				lo, hi = min(lo, z[u]), max(hi, z[u])
				n++
			}
		}
	}
	if hi == 0 {
		n = 0
	}
	return lo, hi, n
}

// nearFloor is below how many mm over the floor pixels are told from it one by one.
const nearFloor = 120

// overlooksFloor reports whether the floor is close enough to a cell at z for its pixels
// to be told apart one by one.
func (t *Tracker) overlooksFloor(x, y int, z int32) bool {
	return t.survey.floorKnown && t.survey.overFloor(x, y, z) < nearFloor
}

func (t *Tracker) pixelOnFloor(x, y int, z int32) bool {
	p := &t.survey.floor
	at := p.a*(float32(x)/cell-0.375-centreX) + p.b*(float32(y)/cell-0.375-centreY) + p.c
	return 1-at*float32(z) < t.survey.floorAllowance(z)*t.survey.floorSize
}

// A counter counts set bits in 64 places at once: the number in binary, a word for
// each of its digits.
type counter struct{ ones, twos, fours, eights uint64 }

func (c *counter) add(a, b, d uint64) {
	sum, carry := a^b^d, a&b|a&d|b&d
	k := c.ones & sum
	c.ones ^= sum
	// carry and k both count twice.
	two, four := carry^k, carry&k
	k = c.twos & two
	c.twos ^= two
	four2 := c.fours & (four | k)
	c.fours ^= four | k
	c.eights |= four2
}

// two and the others are the places with at least that many.
func (c *counter) two() uint64   { return c.eights | c.fours | c.twos }
func (c *counter) three() uint64 { return c.eights | c.fours | c.twos&c.ones }
func (c *counter) five() uint64  { return c.eights | c.fours&(c.twos|c.ones) }
func (c *counter) six() uint64   { return c.eights | c.fours&c.twos }
