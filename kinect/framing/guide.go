package framing

import (
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

// A line is opacity as a function of colour, and how much it is worth.
type line struct{ y, b, r, one, worth float32 }

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
func sum(m *matte, p *image.YCbCr, u, v int) moments {
	var s moments
	x0, y0 := u*block, v*block
	k, shift := x0/64, x0%64
	for y := y0; y < y0+block; y += 2 {
		at, c := p.YOffset(p.Rect.Min.X+x0, p.Rect.Min.Y+y), p.COffset(p.Rect.Min.X+x0, p.Rect.Min.Y+y)
		up, low := p.Y[at:at+block], p.Y[at+p.YStride:at+p.YStride+block]
		cbs, crs := p.Cb[c:c+block/2], p.Cr[c:c+block/2]
		in := (m.seen[y*words+k]>>shift&0xff)<<8 | m.seen[(y+1)*words+k]>>shift&0xff
		no := (m.filled[y*words+k] | m.filled[(y+1)*words+k]) >> shift & 0xff
		for i := range block / 2 {
			if no>>(2*i)&3 != 0 {
				continue
			}
			q := int32(bits.OnesCount64(in & (0x303 << (2 * i)))) // of four
			l := (int32(up[2*i])+int32(up[2*i+1])+int32(low[2*i])+int32(low[2*i+1])+2)>>2 - 128
			b, r := int32(cbs[i])-128, int32(crs[i])-128
			s.n++
			s.p, s.y, s.b, s.r = s.p+q, s.y+l, s.b+b, s.r+r
			s.py, s.pb, s.pr = s.py+q*l, s.pb+q*b, s.pr+q*r
			s.yy, s.yb, s.yr = s.yy+l*l, s.yb+l*b, s.yr+l*r
			s.bb, s.br, s.rr = s.bb+b*b, s.br+b*r, s.rr+r*r
		}
	}
	return s
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
	l := line{
		y: (c0*py + c1*pb + c2*pr) / det,
		b: (c1*py + c3*pb + c4*pr) / det,
		r: (c2*py + c4*pb + c5*pr) / det,
	}
	explained := (l.y*py + l.b*pb + l.r*pr) / spread
	l.worth = max(0, min(1, (explained-poor)/(good-poor)))
	// Steeper about a half, about 128 no more, and weighed already.
	k := crisp * l.worth
	l.one = (p-l.y*(y+128)-l.b*(b+128)-l.r*(r+128)-0.5)*k + 0.5*l.worth
	l.y, l.b, l.r = l.y*k, l.b*k, l.r*k
	return l
}

// A mixture is the lines along a row of pixels, between those of the blocks around.
type mixture struct {
	above, below []line // two rows of blocks
	f            float32
	u            int // the blocks at hand are u and u+1
	left, right  line
}

func (x *mixture) begin(g *guide, y int) {
	at := (float32(y)+0.5)/block - 0.5
	v := int(max(0, min(at, blocksHigh-2)))
	x.f = max(0, min(1, at-float32(v)))
	x.above = g.lines[v*blocksWide : (v+1)*blocksWide]
	x.below = g.lines[(v+1)*blocksWide : (v+2)*blocksWide]
	x.u = -1
}

// at is the opacity of a pixel of that colour in column c, which by the mask's shape
// alone it would have shape of.
func (x *mixture) at(c int, shape float32, y, cb, cr uint8) float32 {
	u := min(max(0, (c-block/2)>>3), blocksWide-2)
	if u != x.u {
		x.u = u
		x.left = x.above[u].mix(&x.below[u], x.f)
		x.right = x.above[u+1].mix(&x.below[u+1], x.f)
	}
	f := (float32(c-block*u-block/2) + 0.5) / block // beyond the outermost blocks the lines go on
	l, r := &x.left, &x.right
	worth := l.worth + f*(r.worth-l.worth)
	if worth <= 0 {
		return shape
	}
	if worth > 1 {
		worth = 1
	}
	red, blue, luma := float32(cr), float32(cb), float32(y)
	value := l.one + l.y*luma + l.b*blue + l.r*red
	value += f * (r.one + r.y*luma + r.b*blue + r.r*red - value)
	if value < 0 {
		value = 0
	} else if value > worth {
		value = worth
	}
	return value + (1-worth)*shape
}

func (l *line) mix(o *line, f float32) line {
	return line{l.y + f*(o.y-l.y), l.b + f*(o.b-l.b), l.r + f*(o.r-l.r), l.one + f*(o.one-l.one), l.worth + f*(o.worth-l.worth)}
}
