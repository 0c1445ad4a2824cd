package framing

import "encoding/binary"

// A tap says how a pixel of the result is made of the source's along one axis:
// starting at first, weights in 1/256 that add up to 256.
type tap struct {
	first  int32
	weight [maxTaps]uint16
}

// maxTaps is how many pixels one is made of at most; pictures that would need more
// take what is in the middle.
const maxTaps = 8

// prepare fills taps which lay the span of length from start (in source pixels) on
// all of them: bilinear, or a box when that reduces to less than half. The source has limit pixels;
// beyond its ends the outermost ones go on.
func prepare(taps []tap, start, length float32, limit int) int {
	ratio := length / float32(len(taps))
	if ratio <= 2 {
		for i := range taps {
			at := start + (float32(i)+0.5)*ratio - 0.5
			at = max(0, min(float32(limit-1), at))
			first := min(int32(at), int32(limit-2))
			f := uint16((at-float32(first))*256 + 0.5)
			taps[i] = tap{first: first, weight: [maxTaps]uint16{256 - f, f}}
		}
		return 2
	}
	n := min(maxTaps, int(ratio)+2)
	for i := range taps {
		taps[i] = box(start+float32(i)*ratio, ratio, n, limit)
	}
	return n
}

// box weighs n pixels from the one that holds at by how much of them lies in the
// next ratio pixels.
func box(at, ratio float32, n, limit int) tap {
	at = max(0, min(at, float32(limit)-ratio))
	if int(ratio)+2 > n { // too many to weigh: from the middle
		at, ratio = at+(ratio-float32(n-1))/2, float32(n-1)
	}
	t := tap{first: max(0, min(int32(at), int32(limit-n)))}
	left, total := 256, float32(0)
	for k := range n {
		lo := max(at, float32(int(t.first)+k))
		hi := min(at+ratio, float32(int(t.first)+k+1))
		total += max(0, hi-lo) / ratio
		w := min(256, int(total*256+0.5)) - (256 - left)
		t.weight[k] = uint16(w)
		left -= w
	}
	t.weight[0] += uint16(left) // rounding
	return t
}

// A lens lays a rectangle of a grid on the whole result.
type lens struct {
	width          int   // of the result
	across, down   []tap // across has some more, like the last, up to a multiple of eight
	nAcross, nDown int   // taps in use
	// pairs are across where that is bilinear: first<<9 + the second's weight.
	pairs []uint32
	// straight says that each column of the result is the source's of the same number.
	straight bool
	// from[c] is the first column of the result that shows nothing left of column c of
	// the source.
	from []int32

	view         view // that it was aimed at, last
	gridW, gridH int
}

func newLens(width, height int) *lens {
	padded := (width + 7) &^ 7
	return &lens{width: width, across: make([]tap, padded), down: make([]tap, height), pairs: make([]uint32, padded)}
}

// aim prepares the lens for the part v of the frame, on a grid of width x height
// cells which covers all of it.
func (l *lens) aim(v view, width, height int) {
	if l.view == v && l.gridW == width && l.gridH == height {
		return
	}
	l.view, l.gridW, l.gridH = v, width, height
	sx, sy := float32(width)/whole.width, float32(height)/whole.height()
	l.nAcross = prepare(l.across[:l.width], (v.x-v.width/2)*sx, v.width*sx, width)
	l.nDown = prepare(l.down, (v.y-v.height()/2)*sy, v.height()*sy, height)
	for x := l.width; x < len(l.across); x++ {
		l.across[x] = l.across[l.width-1]
	}
	l.straight = l.nAcross == 2
	for x := range l.across {
		t := &l.across[x]
		l.pairs[x] = uint32(t.first)<<9 | uint32(t.weight[1])
		l.straight = l.straight && (x >= l.width || int(t.first)*256+int(t.weight[1]) == x*256)
	}
	l.from = append(l.from[:0], make([]int32, width+1)...)
	x := 0
	for c := range l.from {
		for x < l.width && int(l.across[x].first) < c {
			x++
		}
		l.from[c] = int32(x)
	}
}

// A span is which columns of a row are meant; none when to is 0.
type span struct{ from, to int }

func (s span) union(o span) span {
	switch {
	case s.to == 0:
		return o
	case o.to == 0:
		return s
	}
	return span{min(s.from, o.from), max(s.to, o.to)}
}

// show is which columns of the result show a span of the source; it may be empty.
func (l *lens) show(in span) span {
	if in.to == 0 {
		return span{}
	}
	s := span{int(l.from[max(0, in.from-l.nAcross+1)]), int(l.from[in.to])}
	if s.from >= s.to {
		return span{}
	}
	return s
}

// inside is which columns of the result show nothing but a span of the source; it may
// be empty.
func (l *lens) inside(in span) span {
	s := span{int(l.from[in.from]), int(l.from[max(0, in.to-l.nAcross+1)])}
	if s.from >= s.to {
		return span{}
	}
	return s
}

// A plane is one channel of a picture.
type plane struct {
	pix    []uint8
	stride int
	width  int
}

func (p plane) row(y int) []uint8 { return p.pix[y*p.stride:][:p.width:p.width] }

// A sampler shows a plane through a lens, row by row from the top.
type sampler struct {
	lens  *lens
	rows  [maxTaps][]uint8 // source rows, as wide as the result
	holds [maxTaps]int     // which source row each is of, -1 for none
}

func newSampler(l *lens) *sampler {
	s := &sampler{lens: l}
	for i := range s.rows {
		s.rows[i] = make([]uint8, len(l.across))
	}
	return s
}

// reset is for a new plane, or after the lens moved.
func (s *sampler) reset() {
	for i := range s.holds {
		s.holds[i] = -1
	}
}

// row draws row y of the result into out, in the columns of part, which must be the
// same until the next reset. It may write up to seven columns beside them, but not
// beyond out.
func (s *sampler) row(p plane, y int, part span, out []uint8) {
	first, weights := s.lens.rowTaps(y)
	for k := range weights {
		at := first + k
		if i := at % maxTaps; s.holds[i] != at {
			s.holds[i] = at
			s.lens.stretch(s.rows[i], p.row(at), part)
		}
	}
	x := part.from &^ 7
	if len(weights) == 1 {
		copy(out[x:part.to], s.rows[first%maxTaps][x:])
		return
	}
	if len(weights) == 2 {
		p, q := s.rows[first%maxTaps], s.rows[(first+1)%maxTaps]
		v, w := uint64(weights[0]), uint64(weights[1])
		for ; x+8 <= len(out) && x < part.to; x += 8 {
			weigh(out[x:], p[x:], q[x:], v, w)
		}
	}
	for ; x+8 <= len(out) && x < part.to; x += 8 {
		binary.LittleEndian.PutUint64(out[x:], blend(&s.rows, first, weights, x))
	}
	if x < part.to {
		var last [8]uint8
		binary.LittleEndian.PutUint64(last[:], blend(&s.rows, first, weights, x))
		copy(out[x:part.to], last[:])
	}
}

// rowTaps is of which source rows, from first on, row y of the result is made, and how
// much they weigh.
func (l *lens) rowTaps(y int) (first int, weights []uint16) {
	t := &l.down[y]
	switch {
	case l.nDown == 2 && t.weight[1] == 0:
		return int(t.first), t.weight[:1]
	case l.nDown == 2 && t.weight[0] == 0:
		return int(t.first) + 1, t.weight[1:2]
	}
	return int(t.first), t.weight[:l.nDown]
}

// lanes are four bytes of eight, each with room for eight bits more.
const lanes = 0x00ff_00ff_00ff_00ff

// blend weighs eight columns of rows.
func blend(rows *[maxTaps][]uint8, first int, weights []uint16, x int) uint64 {
	const half = 0x0080_0080_0080_0080
	even, odd := uint64(half), uint64(half)
	for k, w := range weights {
		p := binary.LittleEndian.Uint64(rows[(first+k)%maxTaps][x:])
		even += (p & lanes) * uint64(w)
		odd += (p >> 8 & lanes) * uint64(w)
	}
	return even>>8&lanes | odd&^lanes
}

// stretch makes a source row as wide as the result, in the columns of part.
func (l *lens) stretch(out, source []uint8, part span) {
	switch {
	case l.straight:
		copy(out[part.from:part.to], source[part.from:]) // without the last ones of a run that goes beyond
	case l.nAcross == 2:
		out = out[part.from:part.to]
		for x, t := range l.pairs[part.from:part.to] {
			pair := uint32(binary.LittleEndian.Uint16(source[t>>9:]))
			f := t & 511
			out[x] = uint8(((pair&0xff)*(256-f) + (pair>>8)*f + 128) >> 8)
		}
	default:
		for x := part.from; x < part.to; x++ {
			t := &l.across[x]
			sum := uint32(128)
			for k, v := range source[t.first:][:l.nAcross] {
				sum += uint32(v) * uint32(t.weight[k])
			}
			out[x] = uint8(sum >> 8)
		}
	}
}
