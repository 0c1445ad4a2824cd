package view

import (
	"math"

	"cutout/kinect"
)

const (
	fieldWidth, fieldHeight = 2 * kinect.GridWidth, 2 * kinect.GridHeight
	// fieldRange is the distance, in texels, that maps to the whole range of a
	// value; the shaders have the same number.
	fieldRange = 128
)

// A field computes signed distances to the edge of a grid's cells, twice as fine as
// the grid and smooth where the grid has steps. The zero value is ready.
type field struct {
	soft     []float32 // the grid blurred, per texel
	dist     []float32 // per texel, in texels, positive outside
	scratch  []float32
	hull     []int
	bound    []float32
	column   []float32
	envelope []float32
}

func (f *field) init() {
	if f.soft != nil {
		return
	}
	n := fieldWidth * fieldHeight
	f.soft, f.dist, f.scratch = make([]float32, n), make([]float32, n), make([]float32, n)
	f.hull, f.bound = make([]int, fieldWidth), make([]float32, fieldWidth+1)
	f.column, f.envelope = make([]float32, fieldWidth), make([]float32, fieldWidth)
}

// distances returns the field of g, row by row, valid until the next call.
func (f *field) distances(g *kinect.Grid) []float32 {
	f.init()
	f.soften(g)
	const far = 1e9
	for pass := range 2 {
		for i, s := range f.soft {
			f.scratch[i] = 0
			if (s >= 0.5) == (pass == 1) { // outside first, then inside
				f.scratch[i] = far
			}
		}
		f.transform(f.scratch)
		for i, s := range f.scratch {
			d := float32(math.Sqrt(float64(min(s, fieldRange*fieldRange))))
			switch {
			case pass == 0 && f.soft[i] < 0.5:
				f.dist[i] = d - 0.5
			case pass == 1 && f.soft[i] >= 0.5:
				f.dist[i] = 0.5 - d
			}
		}
	}
	f.refine()
	blur121(f.dist, f.scratch, fieldWidth, fieldHeight)
	blur121(f.dist, f.scratch, fieldWidth, fieldHeight)
	return f.dist
}

// soften blurs the cells with a spread of about 1.4, which takes away the steps and
// keeps limbs, and spreads them over the finer texels.
func (f *field) soften(g *kinect.Grid) {
	const w, h = kinect.GridWidth, kinect.GridHeight
	cells := f.scratch[:w*h]
	for y := range h {
		for x := range w {
			cells[y*w+x] = 0
			if g.At(x, y) {
				cells[y*w+x] = 1
			}
		}
	}
	for range 4 {
		blur121(cells, f.dist[:w*h], w, h)
	}
	// A texel's middle lies a quarter of a cell beside the cell's.
	for y := range fieldHeight {
		y0, y1 := y/2, min(max(y/2+2*(y&1)-1, 0), h-1)
		for x := range fieldWidth {
			x0, x1 := x/2, min(max(x/2+2*(x&1)-1, 0), w-1)
			f.soft[y*fieldWidth+x] = (9*cells[y0*w+x0] + 3*cells[y0*w+x1] + 3*cells[y1*w+x0] + cells[y1*w+x1]) / 16
		}
	}
}

// refine replaces distances close to the edge, which the transform knows to half a
// texel only, by those that the slope of the softened grid tells.
func (f *field) refine() {
	const w = fieldWidth
	for y := 1; y < fieldHeight-1; y++ {
		for i := y*w + 1; i < y*w+w-1; i++ {
			if d := f.dist[i]; d > 3 || d < -3 {
				continue
			}
			gx, gy := (f.soft[i+1]-f.soft[i-1])/2, (f.soft[i+w]-f.soft[i-w])/2
			slope := float32(math.Sqrt(float64(gx*gx + gy*gy)))
			if slope < 0.02 {
				continue
			}
			f.dist[i] = max(-4, min(4, (0.5-f.soft[i])/slope))
		}
	}
}

// blur121 convolves with 1 2 1 in both directions; the border repeats.
func blur121(p, scratch []float32, w, h int) {
	for y := range h {
		row, out := p[y*w:(y+1)*w], scratch[y*w:(y+1)*w]
		out[0] = (3*row[0] + row[1]) / 4
		for x := 1; x < w-1; x++ {
			out[x] = (row[x-1] + 2*row[x] + row[x+1]) / 4
		}
		out[w-1] = (row[w-2] + 3*row[w-1]) / 4
	}
	for y := range h {
		up, mid, down := scratch[max(y-1, 0)*w:], scratch[y*w:], scratch[min(y+1, h-1)*w:]
		out := p[y*w : (y+1)*w]
		for x := range out {
			out[x] = (up[x] + 2*mid[x] + down[x]) / 4
		}
	}
}

// transform replaces p, 0 at the seeds and huge elsewhere, by the squared distance
// to the nearest seed: Felzenszwalb and Huttenlocher's lower envelopes of parabolas
// (Theory of Computing 8, 2012), columns first.
func (f *field) transform(p []float32) {
	for x := range fieldWidth {
		col := f.column[:fieldHeight]
		for y := range col {
			col[y] = p[y*fieldWidth+x]
		}
		f.line(col)
		for y, v := range f.envelope[:fieldHeight] {
			p[y*fieldWidth+x] = v
		}
	}
	for y := range fieldHeight {
		row := p[y*fieldWidth : (y+1)*fieldWidth]
		f.line(row)
		copy(row, f.envelope)
	}
}

// line transforms one line into f.envelope.
func (f *field) line(v []float32) {
	k := 0
	f.hull[0] = 0
	f.bound[0], f.bound[1] = float32(math.Inf(-1)), float32(math.Inf(1))
	for q := 1; q < len(v); q++ {
		s := f.meet(v, q, f.hull[k])
		for s <= f.bound[k] {
			k--
			s = f.meet(v, q, f.hull[k])
		}
		k++
		f.hull[k] = q
		f.bound[k], f.bound[k+1] = s, float32(math.Inf(1))
	}
	k = 0
	for q := range v {
		for f.bound[k+1] < float32(q) {
			k++
		}
		d := float32(q - f.hull[k])
		f.envelope[q] = d*d + v[f.hull[k]]
	}
}

// meet is where the parabolas over q and r cross.
func (f *field) meet(v []float32, q, r int) float32 {
	return ((v[q] + float32(q*q)) - (v[r] + float32(r*r))) / float32(2*(q-r))
}

// encode writes distances as 16-bit numbers into the red (high) and green (low)
// bytes of RGBA texels.
func encode(dist []float32, rgba []byte) {
	for i, d := range dist {
		n := int(min(max(65280*(d/fieldRange+0.5), 0), 65279))
		rgba[4*i], rgba[4*i+1], rgba[4*i+2], rgba[4*i+3] = byte(n/256), byte(n%256), 0, 255
	}
}
