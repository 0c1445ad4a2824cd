package body

import "cutout/kinect"

// The tracker thinks on a grid of 4x4-pixel cells, the size of kinect.Grid, and
// comes back to single pixels only along the body's edge.
const (
	cell       = kinect.Width / kinect.GridWidth
	gridWidth  = kinect.GridWidth
	gridHeight = kinect.GridHeight
	cells      = gridWidth * gridHeight

	// focal is kinect.FocalLength in cells; the optical axis passes through the
	// middle of the picture.
	focal   = kinect.FocalLength / cell
	centreX = (gridWidth - 1) / 2.0
	centreY = (gridHeight - 1) / 2.0

	// code is what one step of the disparity code changes 1/mm by: 2.7e-3 z² mm at
	// z metres (kinect/raw's formula, differentiated). Inverse distances are what
	// the sensor measures: noise is the same everywhere in them, and planes are
	// linear in the picture's coordinates.
	code = 2.9e-6
)

// A grid is a depth frame in cells.
type grid struct {
	z [cells]int32   // mm of the nearest surface in the cell; 0: no reading
	w [cells]float32 // 1/z, or 0
	// missing is set where most of the cell's pixels have no reading.
	missing [cells]bool
	// dx and dy are w's slopes per cell; smooth says that they could be measured.
	dx, dy [cells]float32
	smooth [cells]bool
	// readings is the number of cells with a distance.
	readings int
	// lost are the rows of pixels that mend bridged.
	lost []kinect.Rows
}

// step is the largest difference in depth, mm, between neighbouring cells of one
// surface at z: slopes of up to 60 degrees or so, plus three codes of noise. That is
// 25 mm, 12 a metre, and 5 a square metre, in binary fractions; the last metre that
// makes sense is the tenth.
func step(z int32) int32 {
	z = min(z, 10_000)
	return 25 + z*49>>12 + z*z*21>>22
}

// reduce fills the grid from a frame's distances.
func (g *grid) reduce(depth []kinect.Millimetres) {
	g.readings = 0
	for cy := range gridHeight {
		rows := depth[cy*cell*kinect.Width : (cy+1)*cell*kinect.Width]
		for cx := range gridWidth {
			i := cy*gridWidth + cx
			p := patchOf(rows, cx*cell)
			z, zeros := p.smooth()
			if z < 0 {
				z, zeros = p.surface()
			}
			if z < 0 {
				z, zeros = nearSurface(rows, cx*cell)
			}
			g.z[i], g.missing[i], g.w[i] = z, zeros > cell*cell/2, 0
			if z > 0 {
				g.w[i] = 1 / float32(z)
				g.readings++
			}
		}
	}
}

// Four distances in a word: their lowest and highest bits, and the two bits that are
// clear below 16384 mm, where four of them can be summed.
const (
	each  = 0x0001_0001_0001_0001
	signs = 0x8000_8000_8000_8000
	large = 0xc000_c000_c000_c000
)

// four is four distances of a row as a word.
func four(r []kinect.Millimetres) uint64 {
	_ = r[3]
	return uint64(r[0]) | uint64(r[1])<<16 | uint64(r[2])<<32 | uint64(r[3])<<48
}

// A patch is the distances of a cell, a row a word.
type patch struct{ a, b, c, d uint64 }

// patchOf is the cell from column x on.
func patchOf(rows []kinect.Millimetres, x int) patch {
	const w = kinect.Width
	return patch{four(rows[x : x+cell]), four(rows[w+x : w+x+cell]), four(rows[2*w+x : 2*w+x+cell]), four(rows[3*w+x : 3*w+x+cell])}
}

// total is the sum of distances below 16384.
func (p patch) total() int32 {
	sum := p.a + p.b + p.c + p.d
	sum = sum&0x0000_ffff_0000_ffff + sum>>16&0x0000_ffff_0000_ffff
	return int32(sum&0xffff_ffff + sum>>32)
}

// smooth is nearSurface for the many cells that show one surface and have all their
// readings, or none; else -1.
func (p patch) smooth() (z int32, zeros int) {
	any := p.a | p.b | p.c | p.d
	if any == 0 {
		return 0, cell * cell
	}
	middle := int32(p.b >> 16 & 0xffff)
	half := step(middle) / 2
	if any&large != 0 || middle <= half {
		return -1, 0
	}
	// A lane keeps its sign when it is no less than low, and no more than high.
	low, high := uint64(middle-half)*each, uint64(middle+half)*each|signs
	in := (p.a | signs) - low
	in &= (p.b | signs) - low
	in &= (p.c | signs) - low
	in &= (p.d | signs) - low
	in &= high - p.a
	in &= high - p.b
	in &= high - p.c
	in &= high - p.d
	if in&signs != signs {
		return -1, 0
	}
	return p.total() / (cell * cell), 0
}

// noReading stands for a missing reading where the nearest is looked for: further than
// all the others.
const noReading = 0x7fff

// surface is nearSurface for cells whose distances are all below 16384; else -1.
func (p patch) surface() (z int32, zeros int) {
	if (p.a|p.b|p.c|p.d)&large != 0 {
		return -1, 0
	}
	za, zb, zc, zd := noneIn(p.a), noneIn(p.b), noneIn(p.c), noneIn(p.d)
	zeros = int((za + zb + zc + zd) * each >> 48)
	n := cell*cell - zeros
	if n < 3 {
		return 0, zeros
	}
	q := patch{p.a | za*noReading, p.b | zb*noReading, p.c | zc*noReading, p.d | zd*noReading}
	near := q.lowest()
	if p.highest()-near <= step(near) {
		return p.total() / int32(n), zeros
	}
	for range 2 {
		sum, n, next := q.band(near, near+step(near))
		if n >= 3 {
			return sum / n, zeros
		}
		if next == noReading {
			break
		}
		near = next
	}
	return 0, zeros
}

// noneIn has 1 in the lanes that are 0.
func noneIn(v uint64) uint64 { return ^((v | signs) - each) & signs >> 15 }

// band is the sum and the number of the distances from near to far, and the lowest beyond.
func (p patch) band(near, far int32) (sum, n, next int32) {
	low, high := uint64(near)*each, uint64(far)*each|signs
	na, nb, nc, nd := (high-p.a)&signs, (high-p.b)&signs, (high-p.c)&signs, (high-p.d)&signs // not beyond
	ia, ib := ((p.a|signs)-low)&na>>15, ((p.b|signs)-low)&nb>>15
	ic, id := ((p.c|signs)-low)&nc>>15, ((p.d|signs)-low)&nd>>15
	in := patch{p.a & (ia * 0xffff), p.b & (ib * 0xffff), p.c & (ic * 0xffff), p.d & (id * 0xffff)}
	if n = int32((ia + ib + ic + id) * each >> 48); n >= 3 {
		return in.total(), n, 0
	}
	beyond := patch{p.a | na>>15*noReading, p.b | nb>>15*noReading, p.c | nc>>15*noReading, p.d | nd>>15*noReading}
	return 0, n, beyond.lowest()
}

// lowest is the least of the distances below 32768, highest the greatest.
func (p patch) lowest() int32 {
	v := lower(lower(p.a, p.b), lower(p.c, p.d))
	v = lower(v, v>>32|v<<32)
	return int32(min(v&0xffff, v>>16&0xffff))
}

func (p patch) highest() int32 {
	v := higher(higher(p.a, p.b), higher(p.c, p.d))
	v = higher(v, v>>32|v<<32)
	return int32(max(v&0xffff, v>>16&0xffff))
}

// noLess is all ones in the lanes in which a is no less than b, both below 32768.
func noLess(a, b uint64) uint64 { return ((a | signs) - b) & signs >> 15 * 0xffff }

// lower and higher are the lesser and the greater of each pair of lanes.
func lower(a, b uint64) uint64 {
	m := noLess(a, b)
	return b&m | a&^m
}

func higher(a, b uint64) uint64 {
	m := noLess(a, b)
	return a&m | b&^m
}

// nearSurface is the mean distance of the nearest surface that at least three
// pixels of a cell show (fewer are ragged edges), and how many have no reading.
func nearSurface(rows []kinect.Millimetres, x int) (z int32, zeros int) {
	var lo, hi uint16 = 65535, 0
	var sum, none uint32
	for y := range cell {
		r := rows[y*kinect.Width+x : y*kinect.Width+x+cell : y*kinect.Width+x+cell]
		a, b, c, d := uint16(r[0]), uint16(r[1]), uint16(r[2]), uint16(r[3])
		lo = min(lo, a-1, b-1, c-1, d-1) // no reading wraps around to the far end
		hi = max(hi, a, b, c, d)
		sum += uint32(a) + uint32(b) + uint32(c) + uint32(d)
		none += (uint32(a)-1)>>31 + (uint32(b)-1)>>31 + (uint32(c)-1)>>31 + (uint32(d)-1)>>31
	}
	zeros = int(none)
	n := cell*cell - zeros
	if n < 3 {
		return 0, zeros
	}
	near := int32(lo) + 1
	if int32(hi)-near <= step(near) {
		return int32(sum) / int32(n), zeros
	}
	return nearBand(rows, x, near), zeros
}

// nearBand is nearSurface in a cell with more than one surface, the nearest pixel
// being at near.
func nearBand(rows []kinect.Millimetres, x int, near int32) int32 {
	for range 2 {
		band := near + step(near)
		sum, n, next := int32(0), int32(0), int32(65535)
		for y := range cell {
			for _, v := range rows[y*kinect.Width+x : y*kinect.Width+x+cell] {
				z := int32(v)
				switch {
				case z < near:
				case z <= band:
					sum += z
					n++
				default:
					next = min(next, z)
				}
			}
		}
		if n >= 3 {
			return sum / n
		}
		near = next
	}
	return 0
}

// reach is how many cells away on either side the slopes are measured.
const reach = 2

// slopes measures how surfaces lean.
func (g *grid) slopes() {
	for y := range gridHeight {
		for x := range gridWidth {
			i := y*gridWidth + x
			g.smooth[i] = false
			if g.z[i] == 0 || g.z[i] > furthest+500 { // nobody plays so far away
				continue
			}
			limit := 2 * reach * step(g.z[i])
			dx, okx := g.slope(i, x, gridWidth, 1, limit)
			dy, oky := g.slope(i, y, gridHeight, gridWidth, limit)
			g.dx[i], g.dy[i], g.smooth[i] = dx, dy, okx && oky
		}
	}
}

// slope measures along one direction at cell i, which is the at-th of length in it;
// neighbours lie stride apart, and differ by limit mm at most.
func (g *grid) slope(i, at, length, stride int, limit int32) (float32, bool) {
	lo, hi := i, i
	if at >= reach && g.near(i, i-reach*stride, limit) {
		lo = i - reach*stride
	}
	if at+reach < length && g.near(i, i+reach*stride, limit) {
		hi = i + reach*stride
	}
	if lo == hi {
		return 0, false
	}
	return (g.w[hi] - g.w[lo]) * float32(stride) / float32(hi-lo), true
}

func (g *grid) near(i, j int, limit int32) bool {
	d := g.z[i] - g.z[j]
	return g.z[j] > 0 && d <= limit && d >= -limit
}
