package framing

import (
	"encoding/binary"
	"image"
	"math/bits"

	"cutout/kinect"
)

// A matte says how opaque the players' pixels are, on the frame's grid.
//
// A mask is ragged: depth is off by a pixel or two at an edge, and more at hair. So
// its inside is opaque, what is far from it clear, and in a band along the edge the
// colours decide where they tell the body from what is behind it (guide.go), else how
// much of the mask is around. Over time the band is steadied where the picture stands
// still.
type matte struct {
	seen, core, wide, deny, spare kinect.Mask
	filled                        kinect.Mask
	used                          region // what is not clear of the masks
	filler                        filler
	guide                         guide

	alphas [2][]uint8 // now and before, in turn
	spans  [2][]span
	now    int
	half2  []uint8 // of a quarter of the pixels
	spans2 []span
	tinted [halfHeight]span               // what is not clear of chroma
	wide2  [halfHeight * halfWords]uint64 // which of these are not clear
	core2  [halfHeight * halfWords]uint64 // which of these are opaque for sure
	// What is seen of the players: luma and chroma, multiplied with their opacity.
	luma, cb, cr []uint8
	before       *image.YCbCr // the picture of the last call
	steady       bool         // alphas before are known
	tamed        bool         // keep the players' colours from the key's
}

func newMatte() *matte {
	m := &matte{
		half2: make([]uint8, halfWidth*halfHeight), spans2: make([]span, halfHeight),
		luma: make([]uint8, kinect.Width*kinect.Height),
		cb:   make([]uint8, halfWidth*halfHeight), cr: make([]uint8, halfWidth*halfHeight),
	}
	for i := range m.alphas {
		m.alphas[i] = make([]uint8, kinect.Width*kinect.Height)
		m.spans[i] = make([]span, kinect.Height)
	}
	return m
}

func (m *matte) whole() alpha {
	return alpha{plane{m.alphas[m.now], kinect.Width, kinect.Width}, m.spans[m.now], m.wide[:], m.core[:]}
}

func (m *matte) half() alpha {
	return alpha{plane{m.half2, halfWidth, halfWidth}, m.spans2, m.wide2[:], m.core2[:]}
}

// planes are the players' pixels, multiplied with their opacity; chroma at the edges is
// from further inside.
func (m *matte) planes() []plane {
	return []plane{
		{m.luma, kinect.Width, kinect.Width}, {m.cb, halfWidth, halfWidth}, {m.cr, halfWidth, halfWidth},
	}
}

// planesOf are the channels of a picture of the frame's size.
func planesOf(p *image.YCbCr) [3]plane {
	at, c := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y), p.COffset(p.Rect.Min.X, p.Rect.Min.Y)
	return [3]plane{
		{p.Y[at:], p.YStride, kinect.Width}, {p.Cb[c:], p.CStride, halfWidth}, {p.Cr[c:], p.CStride, halfWidth},
	}
}

// reach is how many pixels the band of the edge is wide, inside and outside of the
// mask: registered depth is off by as much.
const reach = 3

// draw makes the matte of those people who play, with colour (of the frame's size
// and lying on its depth) to guide it, or nil. It reports whether anybody is there.
func (m *matte) draw(people []kinect.Person, depth []kinect.Millimetres, colour *image.YCbCr) bool {
	m.clean()
	m.collect(people)
	r := regionOf(&m.seen)
	if r.empty() {
		m.steady = false
		return false
	}
	m.used = r.wider(2 * reach).even()
	if len(depth) != kinect.Width*kinect.Height {
		depth = nil
	}
	m.filler.fill(&m.seen, &m.filled, r, depth, holePixels(people))
	m.trim()
	if colour != nil {
		m.guide.learn(m, colour)
	}
	m.now = 1 - m.now
	m.forget()
	for y := m.used.top; y < m.used.bottom; y += 2 {
		m.rows(y, colour)
	}
	m.reduce()
	if colour != nil {
		m.tint(colour)
	}
	m.before, m.steady = colour, true
	return true
}

// clean clears what the last call left in the masks.
func (m *matte) clean() {
	for _, k := range [...]*kinect.Mask{&m.seen, &m.filled, &m.core, &m.wide, &m.spare} {
		clear(k[m.used.top*words : m.used.bottom*words])
	}
	clear(m.deny[:])
}

// collect joins the masks of those who play, and of the others.
func (m *matte) collect(people []kinect.Person) {
	m.used = region{bottom: kinect.Height} // until it is known better
	for i := range people {
		p := &people[i]
		if p.Mask == nil {
			continue
		}
		to := &m.deny
		if p.Activity == kinect.Playing {
			to = &m.seen
		}
		for k, w := range p.Mask {
			to[k] |= w
		}
	}
}

// trim finds the pixels that are the body's for sure, and those that may be.
func (m *matte) trim() {
	r := m.used
	shrink(&m.spare, &m.seen, r, false)
	shrink(&m.core, &m.spare, r, true)
	shrink(&m.spare, &m.core, r, false)
	for i := r.top * words; i < r.bottom*words; i++ {
		m.core[i] = m.spare[i] &^ m.filled[i] // the colours decide about holes
	}
	grow(&m.spare, &m.seen, r, false)
	grow(&m.wide, &m.spare, r, true)
	grow(&m.spare, &m.wide, r, false)
	for i := r.top * words; i < r.bottom*words; i++ {
		m.wide[i] = m.spare[i] &^ (m.deny[i] &^ m.seen[i])
	}
}

// forget clears the matte of two frames ago, and the last one's luma.
func (m *matte) forget() {
	for y, s := range m.spans[1-m.now] {
		if s.to != 0 {
			clear(m.luma[y*kinect.Width+s.from : y*kinect.Width+s.to])
		}
	}
	a, spans := m.alphas[m.now], m.spans[m.now]
	for y, s := range spans {
		if s.to != 0 {
			clear(a[y*kinect.Width+s.from : y*kinect.Width+s.to])
		}
	}
	clear(spans)
}

// rows draws rows y and y+1 of the matte; y is even.
func (m *matte) rows(y int, colour *image.YCbCr) {
	e := edger{m: m, y: y}
	for r := range 2 {
		e.row(r, colour)
	}
	for k := m.used.left; k < m.used.right; k++ {
		var band [2]uint64
		for r := range 2 {
			at := (y+r)*words + k
			wide, core := m.wide[at], m.core[at]
			if wide == 0 {
				continue
			}
			s := &m.spans[m.now][y+r]
			*s = s.union(span{k*64 + bits.TrailingZeros64(wide), k*64 + bits.Len64(wide)})
			spread64(e.out[r][k*64:][:64], core)
			if colour != nil {
				keep64(e.lit[r][k*64:][:64], e.luma[r][k*64:], core)
			}
			band[r] = wide &^ core
		}
		if band[0]|band[1] != 0 {
			e.word(band, k)
		}
	}
}

// spread64 turns bits into bytes of 0 and 255.
func spread64(out []uint8, w uint64) {
	for i := range 8 {
		binary.LittleEndian.PutUint64(out[8*i:], bytesOf[uint8(w>>(8*i))])
	}
}

// keep64 copies bytes whose bit is set, and clears the others.
func keep64(to, from []uint8, w uint64) {
	if w == ^uint64(0) {
		copy(to[:64], from)
		return
	}
	for i := range 8 {
		binary.LittleEndian.PutUint64(to[8*i:], binary.LittleEndian.Uint64(from[8*i:])&bytesOf[uint8(w>>(8*i))])
	}
}

// times is v multiplied with an opacity.
func times(v, a uint8) uint8 { return uint8((uint32(v)*uint32(a)*257 + 32768) >> 16) }

// bytesOf is 0 or 255 for each of eight bits.
var bytesOf = func() (t [256]uint64) {
	for w := range t {
		for i := range 8 {
			t[w] |= uint64(w) >> i & 1 * 0xff << (8 * i)
		}
	}
	return t
}()

// reduce makes the matte of the chroma: the mean of four.
func (m *matte) reduce() {
	a, spans := m.alphas[m.now], m.spans[m.now]
	for y := range halfHeight {
		if s := m.spans2[y]; s.to != 0 {
			clear(m.half2[y*halfWidth+s.from : y*halfWidth+s.to])
			clear(m.wide2[y*halfWords : (y+1)*halfWords])
			clear(m.core2[y*halfWords : (y+1)*halfWords])
		}
		s := spans[2*y].union(spans[2*y+1])
		if s.to == 0 {
			m.spans2[y] = s
			continue
		}
		s = span{s.from / 2, (s.to + 1) / 2}
		m.spans2[y] = s
		up, low := a[2*y*kinect.Width:][:kinect.Width], a[(2*y+1)*kinect.Width:][:kinect.Width]
		out := m.half2[y*halfWidth:][:halfWidth]
		for k := s.from / 64; k <= (s.to-1)/64; k++ {
			i := 2*y*words + 2*k
			wide := squeeze(m.wide[i]|m.wide[i+words], m.wide[i+1]|m.wide[i+1+words], false)
			core := squeeze(m.core[i]&m.core[i+words], m.core[i+1]&m.core[i+1+words], true)
			m.wide2[y*halfWords+k], m.core2[y*halfWords+k] = wide, core
			spread64(out[64*k:][:64], core)
			for band := wide &^ core; band != 0; band &= band - 1 {
				x := 64*k + bits.TrailingZeros64(band)
				p, q := binary.LittleEndian.Uint16(up[2*x:]), binary.LittleEndian.Uint16(low[2*x:])
				out[x] = uint8((int(p&0xff) + int(p>>8) + int(q&0xff) + int(q>>8) + 2) >> 2)
			}
		}
	}
}

// squeeze makes one bit of each two: whether either is set, or whether both are.
func squeeze(low, high uint64, both bool) uint64 {
	half := func(w uint64) uint64 {
		if both {
			w &= w >> 1
		} else {
			w |= w >> 1
		}
		w &= 0x5555_5555_5555_5555
		w = (w | w>>1) & 0x3333_3333_3333_3333
		w = (w | w>>2) & 0x0f0f_0f0f_0f0f_0f0f
		w = (w | w>>4) & 0x00ff_00ff_00ff_00ff
		w = (w | w>>8) & 0x0000_ffff_0000_ffff
		return (w | w>>16) & 0xffff_ffff
	}
	return half(low) | half(high)<<32
}

// tint takes the chroma of the players. At their edges, where a pixel of chroma holds
// some of what is behind, it is that of the opaque pixels beside it.
func (m *matte) tint(p *image.YCbCr) {
	for y := range halfHeight {
		s := m.spans2[y]
		toB, toR := m.cb[y*halfWidth:][:halfWidth], m.cr[y*halfWidth:][:halfWidth]
		if was := m.tinted[y]; was.to != 0 {
			clear(toB[was.from:was.to])
			clear(toR[was.from:was.to])
		}
		m.tinted[y] = s
		if s.to == 0 {
			continue
		}
		_, cb, cr := rowsOf(p, 2*y)
		row := m.half2[y*halfWidth:][:halfWidth]
		for k := s.from / 64; k <= (s.to-1)/64; k++ {
			i, x := y*halfWords+k, 64*k
			copy(toB[x:x+64], cb[x:])
			copy(toR[x:x+64], cr[x:])
			if m.tamed {
				tameRow(toB[x:x+64], toR[x:x+64])
			}
			keep64(toB[x:x+64], toB[x:x+64], m.core2[i])
			keep64(toR[x:x+64], toR[x:x+64], m.core2[i])
			for band := m.wide2[i] &^ m.core2[i]; band != 0; band &= band - 1 {
				x := x + bits.TrailingZeros64(band)
				if a := row[x]; a != 0 {
					b, r := m.borrow(p, x, y)
					toB[x], toR[x] = times(b, a), times(r, a)
				}
			}
		}
	}
}

// borrow is the chroma of a pixel that is not clear: its own where it is opaque, else
// the mean of the opaque ones up to two pixels away when there are any.
func (m *matte) borrow(p *image.YCbCr, x, y int) (cb, cr uint8) {
	c := p.COffset(p.Rect.Min.X, p.Rect.Min.Y) + y*p.CStride
	cb, cr = p.Cb[c+x], p.Cr[c+x]
	if m.half2[y*halfWidth+x] != 255 {
		var b, r, n int
		left, right := max(0, x-2), min(halfWidth, x+3)
		for v := max(-2, -y); v < min(halfHeight-y, 3); v += 2 {
			row := m.half2[(y+v)*halfWidth:][:right]
			blue, red := p.Cb[c+v*p.CStride:][:right], p.Cr[c+v*p.CStride:][:right]
			for u := left; u < right; u += 2 {
				k := (int(row[u]) + 1) >> 8 // 1 where it is opaque, else 0
				b, r, n = b+int(blue[u])*k, r+int(red[u])*k, n+k
			}
		}
		if n > 0 {
			cb, cr = uint8((b+n/2)/n), uint8((r+n/2)/n)
		}
	}
	if m.tamed {
		return tame(cb, cr)
	}
	return cb, cr
}
