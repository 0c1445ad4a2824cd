package framing

import (
	"math/bits"

	"cutout/kinect"
)

// maskRow is row y of a mask; beyond the picture its outermost rows go on, as bodies
// do.
func maskRow(m *kinect.Mask, y int) *[words]uint64 {
	y = max(0, min(y, kinect.Height-1))
	return (*[words]uint64)(m[y*words:])
}

// A region is which rows and words of a mask are in use: from (exclusive of to).
type region struct{ top, bottom, left, right int }

// regionOf is where a mask is set.
func regionOf(m *kinect.Mask) region {
	r := region{top: kinect.Height, left: words}
	for y := range kinect.Height {
		row := maskRow(m, y)
		for k, w := range row {
			if w != 0 {
				r.top, r.bottom = min(r.top, y), y+1
				r.left, r.right = min(r.left, k), max(r.right, k+1)
			}
		}
	}
	return r
}

func (r region) empty() bool { return r.bottom == 0 }

// wider is the region with so many rows and a word more on each side.
func (r region) wider(rows int) region {
	return region{max(0, r.top-rows), min(kinect.Height, r.bottom+rows), max(0, r.left-1), min(words, r.right+1)}
}

// even is the region with pairs of rows only.
func (r region) even() region {
	r.top, r.bottom = r.top&^1, (r.bottom+1)&^1
	return r
}

// beside is word k of a row moved by one pixel to either side; the outermost pixels
// go on beyond the picture.
func beside(row *[words]uint64, k int) (fromLeft, fromRight uint64) {
	w := row[k]
	fromLeft, fromRight = w<<1|w&1, w>>1|w&(1<<63)
	if k > 0 {
		fromLeft = w<<1 | row[k-1]>>63
	}
	if k+1 < words {
		fromRight = w>>1 | row[k+1]<<63
	}
	return fromLeft, fromRight
}

// shrink takes a pixel off all around, at the corners too where square is set.
func shrink(to, from *kinect.Mask, r region, square bool) {
	for y := r.top; y < r.bottom; y++ {
		up, here, low := maskRow(from, y-1), maskRow(from, y), maskRow(from, y+1)
		out := maskRow(to, y)
		if square {
			var all [words]uint64
			for k := r.left; k < r.right; k++ {
				all[k] = up[k] & here[k] & low[k]
			}
			if r.left > 0 {
				all[r.left-1] = up[r.left-1] & here[r.left-1] & low[r.left-1]
			}
			if r.right < words {
				all[r.right] = up[r.right] & here[r.right] & low[r.right]
			}
			for k := r.left; k < r.right; k++ {
				a, b := beside(&all, k)
				out[k] = all[k] & a & b
			}
			continue
		}
		for k := r.left; k < r.right; k++ {
			a, b := beside(here, k)
			out[k] = here[k] & a & b & up[k] & low[k]
		}
	}
}

// grow adds a pixel all around, at the corners too where square is set.
func grow(to, from *kinect.Mask, r region, square bool) {
	for y := r.top; y < r.bottom; y++ {
		up, here, low := maskRow(from, y-1), maskRow(from, y), maskRow(from, y+1)
		out := maskRow(to, y)
		if square {
			var any [words]uint64
			for k := max(0, r.left-1); k < min(words, r.right+1); k++ {
				any[k] = up[k] | here[k] | low[k]
			}
			for k := r.left; k < r.right; k++ {
				a, b := beside(&any, k)
				out[k] = any[k] | a | b
			}
			continue
		}
		for k := r.left; k < r.right; k++ {
			a, b := beside(here, k)
			out[k] = here[k] | a | b | up[k] | low[k]
		}
	}
}

// A patch is the pixels around those of a word of two rows, out of six rows of a mask.
type patch struct{ low, high [6]uint64 }

// around prepares the patches of word k of rows y and y+1.
func (p *patch) around(m *kinect.Mask, y, k int) {
	for i := range p.low {
		row := maskRow(m, y+i-2)
		w := row[k]
		before, after := -(w & 1), -(w >> 63)
		if k > 0 {
			before = row[k-1]
		}
		if k+1 < words {
			after = row[k+1]
		}
		p.low[i] = w<<2 | before>>62
		p.high[i] = w>>62 | after<<2
	}
}

// A window is the pixels around four of two rows, a byte for each of six rows.
type window uint64

// window is that of the four pixels from bit s on.
func (p *patch) window(s int) window {
	var all uint64
	for i := range p.low {
		all |= ((p.low[i]>>s | p.high[i]<<(64-s)) & 0xff) << (8 * i)
	}
	return window(all)
}

// count is how many of the 25 pixels around pixel x of row y of the window are set.
func (w window) count(x, y int) int {
	return bits.OnesCount64(uint64(w) >> (8*y + x) & 0x1f_1f1f_1f1f)
}
