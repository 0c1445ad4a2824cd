package framing

import (
	"encoding/binary"
	"sort"
)

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
	across, down   []tap
	nAcross, nDown int // taps in use
}

func newLens(width, height int) *lens {
	return &lens{across: make([]tap, width), down: make([]tap, height)}
}

// aim prepares the lens for the part v of the frame, on a grid of width x height
// cells which covers all of it.
func (l *lens) aim(v view, width, height int) {
	sx, sy := float32(width)/whole.width, float32(height)/whole.height()
	l.nAcross = prepare(l.across, (v.x-v.width/2)*sx, v.width*sx, width)
	l.nDown = prepare(l.down, (v.y-v.height()/2)*sy, v.height()*sy, height)
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
	from := sort.Search(len(l.across), func(i int) bool { return int(l.across[i].first)+l.nAcross > in.from })
	to := sort.Search(len(l.across), func(i int) bool { return int(l.across[i].first) >= in.to })
	if from >= to {
		return span{}
	}
	return span{from, to}
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
	sums  []uint32
}

func newSampler(l *lens) *sampler {
	s := &sampler{lens: l, sums: make([]uint32, len(l.across))}
	for i := range s.rows {
		s.rows[i] = make([]uint8, (len(l.across)+7)&^7)
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
// same until the next reset.
func (s *sampler) row(p plane, y int, part span, out []uint8) {
	t := &s.lens.down[y]
	for k := range s.lens.nDown {
		at := int(t.first) + k
		if i := at % maxTaps; s.holds[i] != at {
			s.holds[i] = at
			s.lens.stretch(s.rows[i], p.row(at), part)
		}
	}
	s.blend(t, part, out)
}

// stretch makes a source row as wide as the result, in the columns of part.
func (l *lens) stretch(out, source []uint8, part span) {
	across := l.across[:part.to]
	out = out[:len(across)]
	if l.nAcross == 2 {
		for x := part.from; x < len(across); x++ {
			t := &across[x]
			pair := uint32(binary.LittleEndian.Uint16(source[t.first:]))
			f := uint32(t.weight[1])
			out[x] = uint8(((pair&0xff)*(256-f) + (pair>>8)*f + 128) >> 8)
		}
		return
	}
	for x := part.from; x < len(across); x++ {
		t := &across[x]
		sum := uint32(128)
		for k, v := range source[t.first:][:l.nAcross] {
			sum += uint32(v) * uint32(t.weight[k])
		}
		out[x] = uint8(sum >> 8)
	}
}

// lanes are four bytes of eight, each with room for eight bits more.
const lanes = 0x00ff_00ff_00ff_00ff

// blend weighs the stretched rows of a tap, in the columns of part, and up to seven
// beside them.
func (s *sampler) blend(t *tap, part span, out []uint8) {
	from, to := part.from&^7, part.to
	if s.lens.nDown != 2 {
		s.blendMany(t, part, out)
		return
	}
	a, b := s.rows[t.first%maxTaps], s.rows[(t.first+1)%maxTaps]
	v, w := uint64(t.weight[0]), uint64(t.weight[1])
	if w == 0 {
		copy(out[from:to], a[from:to])
		return
	}
	const half = 0x0080_0080_0080_0080
	x := from
	for ; x+8 <= len(out) && x < to; x += 8 {
		p, q := binary.LittleEndian.Uint64(a[x:]), binary.LittleEndian.Uint64(b[x:])
		even := ((p&lanes)*v + (q&lanes)*w + half) >> 8 & lanes
		odd := ((p>>8&lanes)*v + (q>>8&lanes)*w + half) &^ lanes
		binary.LittleEndian.PutUint64(out[x:], even|odd)
	}
	for ; x < to; x++ {
		out[x] = uint8((uint64(a[x])*v + uint64(b[x])*w + 128) >> 8)
	}
}

// blendMany is for results that are smaller than what they show.
func (s *sampler) blendMany(t *tap, part span, out []uint8) {
	sums := s.sums[part.from:part.to]
	for i := range sums {
		sums[i] = 128
	}
	for k := range s.lens.nDown {
		w := uint32(t.weight[k])
		row := s.rows[(int(t.first)+k)%maxTaps][part.from:part.to]
		for i, v := range row {
			sums[i] += uint32(v) * w
		}
	}
	for i, v := range sums {
		out[part.from+i] = uint8(v >> 8)
	}
}
