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
	m.used = r.wider(2 * reach)
	if len(depth) != kinect.Width*kinect.Height {
		depth = nil
	}
	m.filler.fill(&m.seen, &m.filled, r, depth)
	m.trim()
	if colour != nil {
		m.guide.learn(m, colour)
	}
	m.now = 1 - m.now
	m.forget()
	for y := m.used.top; y < m.used.bottom; y++ {
		m.row(y, colour)
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

// row draws a row of the matte.
func (m *matte) row(y int, colour *image.YCbCr) {
	core, wide := maskRow(&m.core, y), maskRow(&m.wide, y)
	out := m.alphas[m.now][y*kinect.Width : (y+1)*kinect.Width]
	var s span
	var edge edger
	for k := m.used.left; k < m.used.right; k++ {
		if wide[k] == 0 {
			continue
		}
		s = s.union(span{k*64 + bits.TrailingZeros64(wide[k]), k*64 + bits.Len64(wide[k])})
		spread64(out[k*64:k*64+64], core[k])
		if colour != nil {
			keep64(m.luma[y*kinect.Width+k*64:][:64], colour.Y[colour.YOffset(colour.Rect.Min.X+k*64, colour.Rect.Min.Y+y):], core[k])
		}
		if band := wide[k] &^ core[k]; band != 0 {
			if !edge.ready {
				edge.begin(m, y, colour)
			}
			edge.patch.around(&m.seen, y, k)
			edge.word(out, band, k)
		}
	}
	m.spans[m.now][y] = s
}

// spread64 turns bits into bytes of 0 and 255.
func spread64(out []uint8, w uint64) {
	for i := range 8 {
		binary.LittleEndian.PutUint64(out[8*i:], bytesOf(w>>(8*i)&0xff))
	}
}

// keep64 copies bytes whose bit is set, and clears the others.
func keep64(to, from []uint8, w uint64) {
	if w == ^uint64(0) {
		copy(to[:64], from)
		return
	}
	for i := range 8 {
		binary.LittleEndian.PutUint64(to[8*i:], binary.LittleEndian.Uint64(from[8*i:])&bytesOf(w>>(8*i)&0xff))
	}
}

// times is v multiplied with an opacity.
func times(v, a uint8) uint8 { return uint8((uint32(v)*uint32(a)*257 + 32768) >> 16) }

// bytesOf is 0 or 255 for each of eight bits.
func bytesOf(b uint64) uint64 {
	switch b {
	case 0:
		return 0
	case 255:
		return ^uint64(0)
	}
	b = b * 0x0101_0101_0101_0101 & 0x8040_2010_0804_0201
	b = (b + 0x7f7f_7f7f_7f7f_7f7f | b) & 0x8080_8080_8080_8080
	return b >> 7 * 0xff
}

// An edger decides about the pixels of a row that lie in the band.
type edger struct {
	ready     bool
	m         *matte
	y         int
	patch     patch
	luma      []uint8 // of the row; nil without colour
	cb, cr    []uint8
	last      []uint8 // luma of the picture before
	before    []uint8 // the matte before
	lit       []uint8 // the players' luma
	mix       mixture
	firstTime bool
}

func (e *edger) begin(m *matte, y int, colour *image.YCbCr) {
	e.ready, e.m, e.y = true, m, y
	e.before = m.alphas[1-m.now][y*kinect.Width : (y+1)*kinect.Width]
	e.firstTime = !m.steady || (m.before == nil) != (colour == nil)
	if colour == nil {
		return
	}
	e.luma, e.cb, e.cr = rowsOf(colour, y)
	e.lit = m.luma[y*kinect.Width : (y+1)*kinect.Width]
	e.mix.begin(&m.guide, y)
	if m.before != nil {
		e.last, _, _ = rowsOf(m.before, y)
	}
}

func rowsOf(p *image.YCbCr, y int) (luma, cb, cr []uint8) {
	at, c := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y+y), p.COffset(p.Rect.Min.X, p.Rect.Min.Y+y)
	return p.Y[at : at+kinect.Width], p.Cb[c : c+halfWidth], p.Cr[c : c+halfWidth]
}

// word decides about band pixels of word k.
func (e *edger) word(out []uint8, band uint64, k int) {
	for ; band != 0; band &= band - 1 {
		s := bits.TrailingZeros64(band)
		x := k*64 + s
		shape := shape[e.patch.count(s)]
		if e.luma != nil {
			shape = e.mix.at(x, shape, e.luma[x], e.cb[x>>1], e.cr[x>>1])
		}
		a := int32(shape*255 + 0.5)
		if !e.firstTime {
			a = e.steadied(x, a)
		}
		out[x] = uint8(a)
		if e.luma != nil {
			e.lit[x] = times(e.luma[x], uint8(a))
		}
	}
}

// shape is the opacity by how many of 25 pixels around are in the mask: a smooth
// outline half-way, with what is only two pixels wide still seen.
var shape = func() (t [26]float32) {
	for n := range t {
		t[n] = max(0, min(1, (float32(n)/25-0.5)*1.8+0.52))
	}
	return t
}()

const (
	// A pixel stands still while its luma changes by less than still (twice a sensor's
	// noise), and has surely moved when it changes by moved.
	still, moved = 8, 28
	// slow is the share of a change that shows at once where the picture stands still,
	// and blind where there is no picture to tell. Changes of opacity by more than
	// sudden show more, those by sure at once: something moved that looks like what it
	// was before.
	slow, blind  = 0.25, 0.5
	sudden, sure = 0.4, 0.9
)

// A ramp is the share of a change that shows at once, in 1/256, by something from 0 to
// 255 that speaks for it.
type ramp [256]int32

// rampOf goes from least to all between from and to.
func rampOf(least, from, to float32) (r ramp) {
	for i := range r {
		r[i] = int32(256 * max(least, min(1, (float32(i)-from)/(to-from))))
	}
	return r
}

var (
	byLuma       = rampOf(slow, still, moved)
	byChange     = rampOf(slow, 255*sudden, 255*sure)
	byShapeAlone = rampOf(blind, 255*0.5, 255)
)

// steadied lets the matte change slowly where nothing moves.
func (e *edger) steadied(x int, a int32) int32 {
	before := int32(e.before[x])
	change := a - before
	much := change
	if much < 0 {
		much = -much
	}
	if much < 3 {
		return a
	}
	if e.last == nil {
		return before + (change*byShapeAlone[uint8(much)]+128)>>8
	}
	d := int32(e.luma[x]) - int32(e.last[x])
	if d < 0 {
		d = -d
	}
	return before + (change*max(byLuma[uint8(d)], byChange[uint8(much)])+128)>>8
}

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
	var b, r, n int
	if m.half2[y*halfWidth+x] != 255 {
		for v := max(0, y-2); v < min(halfHeight, y+3); v += 2 {
			c := p.COffset(p.Rect.Min.X, p.Rect.Min.Y+2*v)
			row := m.half2[v*halfWidth:][:halfWidth]
			for u := max(0, x-2); u < min(halfWidth, x+3); u += 2 {
				if row[u] == 255 {
					b, r, n = b+int(p.Cb[c+u]), r+int(p.Cr[c+u]), n+1
				}
			}
		}
	}
	if n > 0 {
		cb, cr = uint8((b+n/2)/n), uint8((r+n/2)/n)
	} else {
		c := p.COffset(p.Rect.Min.X+2*x, p.Rect.Min.Y+2*y)
		cb, cr = p.Cb[c], p.Cr[c]
	}
	if m.tamed {
		return tame(cb, cr)
	}
	return cb, cr
}
