package framing

import (
	"encoding/binary"
	"image"
	"math/bits"

	"cutout/kinect"
)

// The guide tells body from background by colour, as a guided filter does (He, Sun,
// Tang, "Guided Image Filtering", ECCV 2010, with three channels of guidance): in the
// window around each block of pixels, opacity is the linear function of luma and
// chroma that fits the mask best. How well it fits says how much it is worth.
type guide struct {
	sums    [blocksWide * blocksHigh]moments
	has     [blocksWide * blocksHigh]bool // sums are known
	lines   [blocksWide * blocksHigh]line
	touched []int32 // blocks with lines or sums
}

const (
	block      = 8 // pixels, across and down
	blocksWide = kinect.Width / block
	blocksHigh = kinect.Height / block
	// soft keeps the fit from following noise: the variance of a sensor's luma and
	// chroma, in their units squared.
	soft = 30
	// Fits that explain less than poor of the mask's variance count for nothing, those
	// that explain good or more decide alone.
	poor, good = 0.3, 0.65
	// crisp makes the edge of a fit steeper: a linear fit of a step is too flat.
	crisp = 1.7
)

// moments are sums over the pixels of a block: mask, and luma and chroma about 128.
type moments struct {
	n, p, y, b, r          int32
	py, pb, pr             int32
	yy, yb, yr, bb, br, rr int32
}

// A line is opacity as a function of colour, and how much it is worth, both in 1/fullOpacity.
type line struct{ y, b, r, one, worth int32 }

// fullOpacity is an opacity of one in fixed point. It leaves room in an int32 for lines as
// steep as soft lets them be.
const fullOpacity = 255 << fullBits

const fullBits = 12

// learn fits the lines of all blocks with pixels in the band.
func (g *guide) learn(m *matte, p *image.YCbCr) {
	for _, i := range g.touched {
		g.has[i], g.lines[i] = false, line{}
	}
	g.touched = g.touched[:0]
	for v := m.used.top / block; v <= (m.used.bottom-1)/block; v++ {
		for k := m.used.left; k < m.used.right; k++ {
			var band uint64
			for y := v * block; y < (v+1)*block; y++ {
				i := y*words + k
				band |= m.wide[i] &^ m.core[i]
			}
			for ; band != 0; band &^= 0xff << (bits.TrailingZeros64(band) &^ 7) {
				g.fit(m, p, k*64/block+bits.TrailingZeros64(band)/8, v)
			}
		}
	}
}

// fit finds the line of block (u, v).
func (g *guide) fit(m *matte, p *image.YCbCr, u, v int) {
	var s moments
	for j := max(0, v-1); j < min(blocksHigh, v+2); j++ {
		for i := max(0, u-1); i < min(blocksWide, u+2); i++ {
			at := j*blocksWide + i
			if !g.has[at] {
				g.has[at] = true
				g.touched = append(g.touched, int32(at))
				g.sums[at] = sum(m, p, i, j)
			}
			s.add(&g.sums[at])
		}
	}
	g.lines[v*blocksWide+u] = s.line()
}

func (s *moments) add(o *moments) {
	s.n, s.p, s.y, s.b, s.r = s.n+o.n, s.p+o.p, s.y+o.y, s.b+o.b, s.r+o.r
	s.py, s.pb, s.pr = s.py+o.py, s.pb+o.pb, s.pr+o.pr
	s.yy, s.yb, s.yr = s.yy+o.yy, s.yb+o.yb, s.yr+o.yr
	s.bb, s.br, s.rr = s.bb+o.bb, s.br+o.br, s.rr+o.rr
}

// sum looks at a block, four pixels at once, without those in holes: whether they are
// the body's is not known.
//
// Products are summed three at once, each in 21 bits: sixteen of 8-bit numbers fit.
func sum(m *matte, p *image.YCbCr, u, v int) moments {
	const third, part = 21, 1<<21 - 1
	x0, y0 := u*block, v*block
	k, shift := x0/64, x0%64
	var n, q, squares uint64      // samples, pixels in the mask, and red squared
	var all, byY, byB, byQ uint64 // luma, blue and red, and multiplied with each
	at, c := p.YOffset(p.Rect.Min.X+x0, p.Rect.Min.Y+y0), p.COffset(p.Rect.Min.X+x0, p.Rect.Min.Y+y0)
	for y := y0; y < y0+block; y += 2 {
		up, low := binary.LittleEndian.Uint64(p.Y[at:]), binary.LittleEndian.Uint64(p.Y[at+p.YStride:])
		luma := up&lanes + up>>8&lanes + low&lanes + low>>8&lanes + 2*(lanes/0xff)
		blue, red := binary.LittleEndian.Uint32(p.Cb[c:]), binary.LittleEndian.Uint32(p.Cr[c:])
		in := (m.seen[y*words+k]>>shift&0xff)<<8 | m.seen[(y+1)*words+k]>>shift&0xff
		no := (m.filled[y*words+k] | m.filled[(y+1)*words+k]) >> shift & 0xff
		at, c = at+2*p.YStride, c+p.CStride
		for range block / 2 {
			if no&3 == 0 {
				of := uint64(bits.OnesCount64(in & 0x303)) // of four
				y, b, r := luma>>2&0xff, uint64(blue&0xff), uint64(red&0xff)
				w := y | b<<third | r<<(2*third)
				n, q, squares = n+1, q+of, squares+r*r
				all, byY, byB, byQ = all+w, byY+w*y, byB+(w>>third)*b, byQ+w*of
			}
			luma, blue, red, in, no = luma>>16, blue>>8, red>>8, in>>2, no>>2
		}
	}
	s := moments{
		n: int32(n), p: int32(q), y: int32(all & part), b: int32(all >> third & part), r: int32(all >> (2 * third)),
		py: int32(byQ & part), pb: int32(byQ >> third & part), pr: int32(byQ >> (2 * third)),
		yy: int32(byY & part), yb: int32(byY >> third & part), yr: int32(byY >> (2 * third)),
		bb: int32(byB & part), br: int32(byB >> third), rr: int32(squares),
	}
	s.centre()
	return s
}

// centre makes sums about 0 sums about 128.
func (s *moments) centre() {
	const c = 128
	n := s.n * c * c
	s.py, s.pb, s.pr = s.py-c*s.p, s.pb-c*s.p, s.pr-c*s.p
	s.yy, s.yb, s.yr = s.yy-2*c*s.y+n, s.yb-c*(s.y+s.b)+n, s.yr-c*(s.y+s.r)+n
	s.bb, s.br, s.rr = s.bb-2*c*s.b+n, s.br-c*(s.b+s.r)+n, s.rr-2*c*s.r+n
	s.y, s.b, s.r = s.y-c*s.n, s.b-c*s.n, s.r-c*s.n
}

// line is the best fit, by the normal equations of three unknowns.
func (s *moments) line() line {
	if s.n == 0 {
		return line{}
	}
	n := 1 / float32(s.n)
	p, y, b, r := float32(s.p)*n/4, float32(s.y)*n, float32(s.b)*n, float32(s.r)*n
	spread := p * (1 - p)
	if spread < 0.004 {
		return line{}
	}
	yy, bb, rr := float32(s.yy)*n-y*y+soft, float32(s.bb)*n-b*b+soft, float32(s.rr)*n-r*r+soft
	yb, yr, br := float32(s.yb)*n-y*b, float32(s.yr)*n-y*r, float32(s.br)*n-b*r
	py, pb, pr := float32(s.py)*n/4-p*y, float32(s.pb)*n/4-p*b, float32(s.pr)*n/4-p*r
	// The inverse of a symmetric matrix, by its cofactors.
	c0, c1, c2 := bb*rr-br*br, yr*br-yb*rr, yb*br-yr*bb
	c3, c4, c5 := yy*rr-yr*yr, yb*yr-yy*br, yy*bb-yb*yb
	det := yy*c0 + yb*c1 + yr*c2
	if det <= 0 {
		return line{} // rounding
	}
	ly, lb, lr := (c0*py+c1*pb+c2*pr)/det, (c1*py+c3*pb+c4*pr)/det, (c2*py+c4*pb+c5*pr)/det
	explained := (ly*py + lb*pb + lr*pr) / spread
	worth := max(0, min(1, (explained-poor)/(good-poor)))
	// Steeper about a half, about 128 no more, and weighed already.
	k := crisp * worth
	one := (p-ly*(y+128)-lb*(b+128)-lr*(r+128)-0.5)*k + 0.5*worth
	return line{int32(ly * k * fullOpacity), int32(lb * k * fullOpacity), int32(lr * k * fullOpacity), int32(one * fullOpacity), int32(worth * fullOpacity)}
}

// A mixture is the lines along two rows of pixels, between those of the blocks around.
type mixture struct {
	above, below []line // two rows of blocks
	f            int32  // how far down between them, in sixteenths
	u            int    // the blocks at hand are u and u+1
	left, right  line
}

// begin is for rows y and y+1; y is even.
func (x *mixture) begin(g *guide, y int) {
	at := 2*(y+1) - block // the row's middle, from the first blocks' middle, in half pixels
	v := max(0, min(at/(2*block), blocksHigh-2))
	x.f = int32(max(0, min(at-2*block*v, 2*block)))
	x.above = g.lines[v*blocksWide : (v+1)*blocksWide]
	x.below = g.lines[(v+1)*blocksWide : (v+2)*blocksWide]
	x.u = -2
}

// at makes left and right those around four pixels from column c on, a multiple of
// four. It returns how far right the middle of the first is between them, in sixteenths
// (beyond the outermost blocks the lines go on), and whether they are worth anything.
func (x *mixture) at(c int) (f int, worth bool) {
	u := min(max(0, (c-block/2)>>3), blocksWide-2)
	if u != x.u {
		if u == x.u+1 {
			x.left = x.right
		} else {
			x.left = x.above[u].mix(&x.below[u], x.f)
		}
		x.right = x.above[u+1].mix(&x.below[u+1], x.f)
		x.u = u
	}
	return 2*(c-block*u-block/2) + 1, x.left.worth|x.right.worth != 0
}

// mix goes from l to o as f goes from 0 to 16.
func (l *line) mix(o *line, f int32) line {
	if l.worth|o.worth == 0 {
		return line{}
	}
	between := func(a, b int32) int32 { return a + int32(int64(b-a)*int64(f)>>4) }
	return line{between(l.y, o.y), between(l.b, o.b), between(l.r, o.r), between(l.one, o.one), between(l.worth, o.worth)}
}

// along is a line for luma alone where the chroma is (cb, cr), f sixteenths right of
// the left blocks' middle, and its worth.
func (x *mixture) along(f int, cb, cr uint8) (one, luma, worth int) {
	l, r := &x.left, &x.right
	b, c := int(cb), int(cr)
	left := int(l.one) + int(l.b)*b + int(l.r)*c
	right := int(r.one) + int(r.b)*b + int(r.r)*c
	one = left + (right-left)*f>>4
	luma = int(l.y) + int(r.y-l.y)*f>>4
	worth = max(0, min(fullOpacity, int(l.worth)+int(r.worth-l.worth)*f>>4))
	return one, luma, worth
}
