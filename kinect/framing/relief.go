package framing

import (
	"math"

	"cutout/kinect"
)

// Reliefs are shaded on a grid of cells and drawn softly from there: single pixels
// step by whole disparity codes.
const (
	cell       = kinect.Width / kinect.GridWidth
	gridWidth  = kinect.GridWidth
	gridHeight = kinect.GridHeight
)

// A relief draws a depth picture as if it were lit by two coloured lamps.
type relief struct {
	z, smooth  [gridWidth * gridHeight]float32 // mm, 0 where there is nothing
	y, cb, cr  [gridWidth * gridHeight]uint8
	spans      [gridHeight]span // of the cells with depth
	x0, y0     int              // the cells in use, x1 and y1 exclusive
	x1, y1     int
	near, deep float32 // the depth's range, for brightness
}

// picture shades the masked pixels' depth, a cell a pixel. The picture is valid in
// and around the region only, and until the next call.
func (r *relief) picture(depth []kinect.Millimetres, mask *kinect.Mask, used region) [3]plane {
	r.x0, r.y0 = max(0, used.left*64/cell-2), max(0, used.top/cell-2)
	r.x1, r.y1 = min(gridWidth, used.right*64/cell+2), min(gridHeight, (used.bottom+cell-1)/cell+2)
	r.reduce(depth, mask)
	r.blur(&r.z, &r.smooth)
	r.blur(&r.smooth, &r.z)
	r.shadeAll()
	return [3]plane{{r.y[:], gridWidth, gridWidth}, {r.cb[:], gridWidth, gridWidth}, {r.cr[:], gridWidth, gridWidth}}
}

// reduce takes the mean distance of each cell's masked pixels.
func (r *relief) reduce(depth []kinect.Millimetres, mask *kinect.Mask) {
	var sum, squares, n float64
	for y := r.y0; y < r.y1; y++ {
		line := &r.spans[y]
		*line = span{}
		clear(r.z[y*gridWidth+r.x0 : y*gridWidth+r.x1])
		for x := r.x0; x < r.x1; x++ {
			k, s := y*cell*words+x*cell/64, x*cell%64
			bits := mask[k]>>s&0xf | mask[k+words]>>s&0xf<<4 | mask[k+2*words]>>s&0xf<<8 | mask[k+3*words]>>s&0xf<<12
			if bits == 0 {
				continue
			}
			if z := meanOf(depth[y*cell*kinect.Width+x*cell:], bits); z != 0 {
				r.z[y*gridWidth+x] = z
				*line = line.union(span{x, x + 1})
				w := float64(z)
				sum, squares, n = sum+w, squares+w*w, n+1
			}
		}
	}
	mean := sum / max(1, n)
	spread := max(150, 1.5*math.Sqrt(max(0, squares/max(1, n)-mean*mean)))
	r.near, r.deep = float32(mean-spread), float32(mean+spread)
}

// meanOf is the mean distance of those pixels of a cell whose bits are set; 0 without
// a reading.
func meanOf(depth []kinect.Millimetres, bits uint64) float32 {
	total, count := 0, 0
	for v := range cell {
		for _, d := range depth[v*kinect.Width:][:cell] {
			if bits&1 != 0 && d != 0 {
				total += int(d)
				count++
			}
			bits >>= 1
		}
	}
	return float32(total) / float32(max(1, count))
}

// blur averages each cell with those neighbours whose surface it shares. Cells
// without depth take their neighbours' mean, so that the body's edge has no hem.
func (r *relief) blur(from, to *[gridWidth * gridHeight]float32) {
	var before span // of the row above, before it grew
	for y := r.y0; y < r.y1; y++ {
		here := r.spans[y]
		part := before.union(here)
		if y+1 < r.y1 {
			part = part.union(r.spans[y+1])
		}
		before = here
		clear(to[y*gridWidth+r.x0 : y*gridWidth+r.x1])
		if part.to == 0 {
			continue
		}
		part = span{max(r.x0, part.from-1), min(r.x1, part.to+1)}
		r.spans[y] = part
		for x := part.from; x < part.to; x++ {
			to[y*gridWidth+x] = r.around(from, x, y)
		}
	}
}

// around is the mean of a cell and of its neighbours on the same surface.
func (r *relief) around(from *[gridWidth * gridHeight]float32, x, y int) float32 {
	here := from[y*gridWidth+x]
	lo, hi := here-here/25, here+here/25
	if here == 0 {
		lo, hi = 1, math.MaxUint16+1
	}
	sum, n := float32(0), float32(0)
	x0, x1 := max(r.x0, x-1), min(r.x1, x+2)
	for v := max(r.y0, y-1); v < min(r.y1, y+2); v++ {
		for _, z := range from[v*gridWidth+x0 : v*gridWidth+x1] {
			if z > lo && z < hi {
				sum, n = sum+z, n+1
			}
		}
	}
	return sum / max(1, n)
}

func (r *relief) shadeAll() {
	dark, cb, cr := night.ycc()
	for y := r.y0; y < r.y1; y++ {
		for x := r.x0; x < r.x1; x++ {
			i := y*gridWidth + x
			if r.z[i] == 0 {
				r.y[i], r.cb[i], r.cr[i] = dark, cb, cr
				continue
			}
			r.y[i], r.cb[i], r.cr[i] = r.shade(x, y).ycc()
		}
	}
}

// shade lights a cell with a pink lamp from the upper left and a blue one from the
// right; what is near is brighter.
func (r *relief) shade(x, y int) tint {
	z := r.z[y*gridWidth+x]
	pixel := z * cell / kinect.FocalLength // mm across a cell
	slope := func(a, b int) float32 {
		za, zb := r.z[a], r.z[b]
		if za == 0 || zb == 0 || za-zb > z/10 || zb-za > z/10 {
			return 0
		}
		return (zb - za) / (2 * pixel)
	}
	i := y*gridWidth + x
	nx, ny := float32(0), float32(0)
	if x > r.x0 && x+1 < r.x1 {
		nx = slope(i-1, i+1)
	}
	if y > r.y0 && y+1 < r.y1 {
		ny = slope(i-gridWidth, i+gridWidth)
	}
	nz := 1 / float32(math.Sqrt(float64(1+nx*nx+ny*ny)))
	nx, ny = nx*nz, ny*nz // what recedes to the right faces right
	key := max(0, -0.52*nx-0.55*ny+0.65*nz)
	fill := max(0, 0.85*nx-0.1*ny+0.3*nz)
	rim := (1 - nz) * (1 - nz)
	tone := 1.1 - 0.5*max(0, min(1, (z-r.near)/(r.deep-r.near)))
	c := violet.times(0.45).plus(tint{255, 160, 230}.times(0.78 * key)).plus(tint{60, 205, 255}.times(0.68 * fill))
	return c.times(tone).plus(cyan.times(0.5 * rim))
}
