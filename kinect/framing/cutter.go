package framing

import (
	"encoding/binary"
	"sort"
)

// alpha is how opaque the pixels of a grid are; 0 outside the rows' spans. wide has a
// bit for each pixel that may not be clear, core for those that are opaque for sure,
// in as many words a row as its width needs.
type alpha struct {
	plane
	spans      []span
	wide, core []uint64
}

// shown is which rows of the result show a row with a span.
func (l *lens) shown(spans []span) (first, end int) {
	top, bottom := 0, len(spans)
	for top < bottom && spans[top].to == 0 {
		top++
	}
	for bottom > top && spans[bottom-1].to == 0 {
		bottom--
	}
	first = sort.Search(len(l.down), func(i int) bool { return int(l.down[i].first)+l.nDown > top })
	end = sort.Search(len(l.down), func(i int) bool { return int(l.down[i].first) >= bottom })
	return first, max(first, end)
}

// Each eight columns of the result are of one of these kinds. Of two rows that are laid
// over each other they are both's bits where all is clear or solid in both, mixed else.
const (
	clearKind uint8 = 0
	mixedKind uint8 = 1
	solidKind uint8 = 3
)

// A cutter shows a plane under a matte through a lens: each value is multiplied with
// its opacity before it is weighed, so that what is clear has no say.
type cutter struct {
	lens    *lens
	holds   [maxTaps]int // which source row each row is of, -1 for none
	opacity [maxTaps][]uint8
	values  [maxTaps][]uint8
	kinds   [maxTaps][]uint8
	parts   [maxTaps]span // what is not clear of the rows
	mixed   strip
}

// A strip is a row of the result: for each eight columns their kind, for each column
// its opacity, and its value multiplied with it. Where the kind is clear, opacity and
// values are not set; where it is solid, opacity is not.
type strip struct{ kinds, opacity, values []uint8 }

func newCutter(l *lens) *cutter {
	c := new(cutter)
	n := len(l.across)
	for i := range maxTaps {
		c.opacity[i], c.values[i], c.kinds[i] = make([]uint8, n), make([]uint8, n), make([]uint8, n/8)
	}
	c.mixed = strip{make([]uint8, n/8), make([]uint8, n), make([]uint8, n)}
	return c
}

func (c *cutter) begin(l *lens) {
	c.lens = l
	for i := range c.holds {
		c.holds[i] = -1
	}
}

// row draws row y of the result: its opacity, and where p has pixels their multiplied
// values. It is drawn in the columns of the span only, and until the next call.
func (c *cutter) row(a alpha, p plane, y int) (strip, span) {
	first, weights := c.lens.rowTaps(y)
	var part span
	for k := range weights {
		at := first + k
		i := at % maxTaps
		if c.holds[i] != at {
			c.holds[i] = at
			c.stretch(a, p, at, i)
		}
		part = part.union(c.parts[i])
	}
	if i := first % maxTaps; len(weights) == 1 {
		return strip{c.kinds[i], c.opacity[i], c.values[i]}, part
	}
	for b := part.from / 8; b < (part.to+7)/8; b++ {
		c.blend(first, weights, b, p.pix != nil)
	}
	return c.mixed, part
}

// blend weighs eight columns of the rows.
func (c *cutter) blend(first int, weights []uint16, b int, valued bool) {
	all, some := solidKind, clearKind
	for k := range weights {
		kind := c.kinds[(first+k)%maxTaps][b]
		all, some = all&kind, some|kind
	}
	switch {
	case some == clearKind:
		c.mixed.kinds[b] = clearKind
		return
	case all == solidKind:
		c.mixed.kinds[b] = solidKind
	default:
		c.mixed.kinds[b] = mixedKind
		binary.LittleEndian.PutUint64(c.mixed.opacity[8*b:], blend(&c.opacity, first, weights, 8*b))
	}
	if valued {
		binary.LittleEndian.PutUint64(c.mixed.values[8*b:], blend(&c.values, first, weights, 8*b))
	}
}

// stretch makes source row at as wide as the result, into row i.
func (c *cutter) stretch(a alpha, p plane, at, i int) {
	l := c.lens
	part := l.show(a.spans[at])
	c.parts[i] = part
	kinds := c.kinds[i]
	clear(kinds)
	clear(c.opacity[i])
	if p.pix != nil {
		clear(c.values[i])
	}
	if part.to == 0 {
		return
	}
	n := (a.width + 63) / 64
	l.mark(kinds, a.wide[at*n:][:n], a.core[at*n:][:n], a.spans[at])
	end := (part.to + 7) / 8
	for b := part.from / 8; b < end; {
		kind, from := kinds[b], b
		for b < end && kinds[b] == kind {
			b++
		}
		run := span{8 * from, 8 * b}
		switch kind {
		case solidKind:
			fill(c.opacity[i][run.from:run.to])
			if p.pix != nil {
				l.stretch(c.values[i], p.row(at), run)
			}
		case mixedKind:
			if p.pix == nil {
				l.stretch(c.opacity[i], a.row(at), run)
			} else {
				l.multiply(a.row(at), p.row(at), c.opacity[i], c.values[i], run)
			}
		}
	}
}

// fill makes eights of pixels opaque.
func fill(opacity []uint8) {
	for ; len(opacity) >= 8; opacity = opacity[8:] {
		binary.LittleEndian.PutUint64(opacity, ^uint64(0))
	}
}

// mark sets the kinds of a row of the source, which is clear beyond the span.
func (l *lens) mark(kinds []uint8, wide, core []uint64, in span) {
	for x := in.from; x < in.to; {
		from := next(wide, x, in.to, ^uint64(0))
		x = next(wide, from, in.to, 0)
		if s := l.show(span{from, x}); from < x && s.to != 0 {
			for b := s.from / 8; b < (s.to+7)/8; b++ {
				kinds[b] = mixedKind
			}
		}
	}
	for x := in.from; x < in.to; {
		from := next(core, x, in.to, ^uint64(0))
		x = next(core, from, in.to, 0)
		if s := l.inside(span{from, x}); from < x && s.to != 0 {
			if s.to == l.width {
				s.to = len(l.across)
			}
			for b := (s.from + 7) / 8; b < s.to/8; b++ {
				kinds[b] = solidKind
			}
		}
	}
}

// multiply makes part of a row of opacity and of one of values as wide as the result.
func (l *lens) multiply(opacity, values, outA, outV []uint8, part span) {
	if l.nAcross != 2 {
		l.multiplyMany(opacity, values, outA, outV, part)
		return
	}
	outA, outV = outA[part.from:part.to], outV[part.from:part.to]
	for x, t := range l.pairs[part.from:part.to] {
		a := uint32(binary.LittleEndian.Uint16(opacity[t>>9:]))
		v := uint32(binary.LittleEndian.Uint16(values[t>>9:]))
		f := t & 511
		left, right := (a&0xff)*(256-f), (a>>8)*f
		outA[x] = uint8((left + right + 128) >> 8)
		outV[x] = uint8((left*(v&0xff) + right*(v>>8) + 255*128) / (255 * 256))
	}
}

// multiplyMany is for results less than half as large as what they show.
func (l *lens) multiplyMany(opacity, values, outA, outV []uint8, part span) {
	for x := part.from; x < part.to; x++ {
		t := &l.across[x]
		var sumA, sumV uint32
		for k, o := range opacity[t.first:][:l.nAcross] {
			w := uint32(o) * uint32(t.weight[k])
			sumA += w
			sumV += w * uint32(values[int(t.first)+k])
		}
		outA[x] = uint8((sumA + 128) >> 8)
		outV[x] = uint8((sumV + 255*128) / (255 * 256))
	}
}
