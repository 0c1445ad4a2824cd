package framing

import (
	"image"
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
	out        *image.YCbCr
	x0, y0     int // the cells in use, x1 and y1 exclusive
	x1, y1     int
	near, deep float32 // the depth's range, for brightness
}

func newRelief() *relief {
	return &relief{out: image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)}
}

// picture shades the masked pixels' depth. The picture is valid inside box only, and
// until the next call.
func (r *relief) picture(depth []kinect.Millimetres, mask *kinect.Mask, box image.Rectangle) *image.YCbCr {
	r.x0, r.y0 = max(0, box.Min.X/cell-1), max(0, box.Min.Y/cell-1)
	r.x1, r.y1 = min(gridWidth, (box.Max.X+cell-1)/cell+1), min(gridHeight, (box.Max.Y+cell-1)/cell+1)
	r.reduce(depth, mask)
	r.blur(&r.z, &r.smooth)
	r.blur(&r.smooth, &r.z)
	r.shadeAll()
	r.enlarge(box)
	return r.out
}

// reduce takes the mean distance of each cell's masked pixels.
func (r *relief) reduce(depth []kinect.Millimetres, mask *kinect.Mask) {
	var sum, squares, n float64
	for y := r.y0; y < r.y1; y++ {
		for x := r.x0; x < r.x1; x++ {
			total, count := 0, 0 // of the masked pixels
			for v := y * cell; v < (y+1)*cell; v++ {
				bits := mask[v*words+x*cell/64] >> (x * cell % 64)
				for k, d := range depth[v*kinect.Width+x*cell : v*kinect.Width+(x+1)*cell] {
					if d != 0 && bits>>k&1 != 0 {
						total += int(d)
						count++
					}
				}
			}
			i := y*gridWidth + x
			r.z[i] = 0
			if count > 0 {
				z := float64(total) / float64(count)
				r.z[i] = float32(z)
				sum, squares, n = sum+z, squares+z*z, n+1
			}
		}
	}
	mean := sum / max(1, n)
	spread := max(150, 1.5*math.Sqrt(max(0, squares/max(1, n)-mean*mean)))
	r.near, r.deep = float32(mean-spread), float32(mean+spread)
}

// blur averages each cell with those neighbours whose surface it shares. Cells
// without depth take their neighbours' mean, so that the body's edge has no hem.
func (r *relief) blur(from, to *[gridWidth * gridHeight]float32) {
	for y := r.y0; y < r.y1; y++ {
		for x := r.x0; x < r.x1; x++ {
			here := from[y*gridWidth+x]
			limit := here / 25
			sum, n := float32(0), float32(0)
			for v := max(r.y0, y-1); v < min(r.y1, y+2); v++ {
				for _, z := range from[v*gridWidth+max(r.x0, x-1) : v*gridWidth+min(r.x1, x+2)] {
					if z != 0 && (here == 0 || z-here < limit && here-z < limit) {
						sum, n = sum+z, n+1
					}
				}
			}
			to[y*gridWidth+x] = sum / max(1, n)
		}
	}
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

// enlarge draws the cells softly into the picture.
func (r *relief) enlarge(box image.Rectangle) {
	for y := max(0, box.Min.Y&^1-2); y < min(kinect.Height, box.Max.Y+2); y++ {
		r.line(r.out.Y[y*r.out.YStride:], &r.y, y, cell, box)
	}
	half := image.Rect(box.Min.X/2-1, box.Min.Y/2-1, box.Max.X/2+2, box.Max.Y/2+2)
	for y := max(0, half.Min.Y); y < min(kinect.Height/2, half.Max.Y); y++ {
		r.line(r.out.Cb[y*r.out.CStride:], &r.cb, y, cell/2, half)
		r.line(r.out.Cr[y*r.out.CStride:], &r.cr, y, cell/2, half)
	}
}

// line draws row y of a plane in which a cell is size pixels wide: whole cells, the
// last one in use going on to the right.
func (r *relief) line(to []uint8, from *[gridWidth * gridHeight]uint8, y, size int, box image.Rectangle) {
	row, f := between(y, size, r.y0, r.y1)
	a, b := from[row*gridWidth:(row+1)*gridWidth], from[min(row+1, r.y1-1)*gridWidth:]
	first := max(r.x0, box.Min.X/size-1)
	mixed := func(c int) int { return int(a[c])*(8-f) + int(b[c])*f }
	left := mixed(first)
	for c := first; c < r.x1 && c*size < box.Max.X+size; c++ {
		here, right := mixed(c), mixed(min(c+1, r.x1-1))
		at := to[c*size : (c+1)*size]
		spread(at, left, here, right)
		left = here
	}
}

// spread draws one cell, from values in eighths of its left neighbour, of itself and
// of its right neighbour.
func spread(to []uint8, left, here, right int) {
	if len(to) == 2 {
		to[0], to[1] = uint8((2*left+6*here+32)>>6), uint8((6*here+2*right+32)>>6)
		return
	}
	to[0], to[1] = uint8((3*left+5*here+32)>>6), uint8((left+7*here+32)>>6)
	to[2], to[3] = uint8((7*here+right+32)>>6), uint8((5*here+3*right+32)>>6)
}

// between is the cell whose middle lies at or before pixel y, and how many eighths of
// the way to the next one y is.
func between(y, size, first, end int) (cell, eighths int) {
	at := (2*y+1-size)*4/size + 8*size // in eighths of cells, kept positive
	cell, eighths = at/8-size, at%8
	if cell < first {
		return first, 0
	}
	if cell >= end-1 {
		return end - 1, 0
	}
	return cell, eighths
}
