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

// A cutter shows planes under a matte through a lens. Their values are multiplied with
// their opacity, so that what is clear has no say.
type cutter struct {
	lens  *lens
	holds [maxTaps]int   // which source row each of the rows is of, -1 for none
	rows  [maxTaps]strip // source rows, as wide as the result
	parts [maxTaps]span  // what is not clear of them
	mixed strip
}

// A strip is a row as wide as the result: for each eight columns their kind, for each
// column its opacity, and its values, multiplied with it, in up to two planes. Where
// the kind is clear, neither need be right; where it is solid, opacity need not.
type strip struct {
	kinds, opacity []uint8
	values         [2][]uint8
}

func newCutter(l *lens) *cutter {
	c := new(cutter)
	n := len(l.across)
	fresh := func() strip {
		return strip{make([]uint8, n/8), make([]uint8, n), [2][]uint8{make([]uint8, n), make([]uint8, n)}}
	}
	for i := range c.rows {
		c.rows[i] = fresh()
	}
	c.mixed = fresh()
	return c
}

func (c *cutter) begin(l *lens) {
	c.lens = l
	for i := range c.holds {
		c.holds[i] = -1
	}
}

// row draws row y of the result: its opacity, and the values of up to two planes of
// one size. It is drawn in the columns of the span only, and until the next call.
func (c *cutter) row(a alpha, planes []plane, y int) (*strip, span) {
	first, weights := c.lens.rowTaps(y)
	var part span
	for k := range weights {
		at := first + k
		i := at % maxTaps
		if c.holds[i] != at {
			c.holds[i] = at
			c.stretch(a, planes, at, i)
		}
		part = part.union(c.parts[i])
	}
	switch i := first % maxTaps; len(weights) {
	case 1:
		return &c.rows[i], part
	case 2:
		c.mixed.blend(&c.rows[i], &c.rows[(i+1)%maxTaps], weights, span{part.from / 8, (part.to + 7) / 8}, len(planes))
	default:
		for b := part.from / 8; b < (part.to+7)/8; b++ {
			c.blendMany(first, weights, b, len(planes))
		}
	}
	return &c.mixed, part
}

// blend weighs eights of columns of two rows.
func (s *strip) blend(p, q *strip, weights []uint16, eights span, planes int) {
	v, w := uint64(weights[0]), uint64(weights[1])
	kinds, up, low := s.kinds[:eights.to], p.kinds[:eights.to], q.kinds[:eights.to]
	for b := eights.from; b < len(kinds); b++ {
		kind := up[b] & low[b]
		if up[b]|low[b] != kind {
			kind = mixedKind
		}
		if kinds[b] = kind; kind == clearKind {
			continue
		}
		if kind == mixedKind {
			weigh(s.opacity[8*b:], p.opacity[8*b:], q.opacity[8*b:], v, w)
		}
		for k := range planes {
			weigh(s.values[k][8*b:], p.values[k][8*b:], q.values[k][8*b:], v, w)
		}
	}
}

// weigh makes eight pixels of v/256 of p and w/256 of q.
func weigh(out, p, q []uint8, v, w uint64) {
	const half = 0x0080_0080_0080_0080
	a, b := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(q)
	even := ((a&lanes)*v + (b&lanes)*w + half) >> 8 & lanes
	odd := ((a>>8&lanes)*v + (b>>8&lanes)*w + half) &^ lanes
	binary.LittleEndian.PutUint64(out, even|odd)
}

// blendMany weighs eight columns of more than two rows.
func (c *cutter) blendMany(first int, weights []uint16, b, planes int) {
	all, some := solidKind, clearKind
	var opacity [maxTaps][]uint8
	var values [2][maxTaps][]uint8
	for i := range c.rows {
		opacity[i], values[0][i], values[1][i] = c.rows[i].opacity, c.rows[i].values[0], c.rows[i].values[1]
	}
	for k := range weights {
		kind := c.rows[(first+k)%maxTaps].kinds[b]
		all, some = all&kind, some|kind
	}
	kind := all
	if all != some {
		kind = mixedKind
	}
	if c.mixed.kinds[b] = kind; kind == clearKind {
		return
	}
	binary.LittleEndian.PutUint64(c.mixed.opacity[8*b:], blend(&opacity, first, weights, 8*b))
	for k := range planes {
		binary.LittleEndian.PutUint64(c.mixed.values[k][8*b:], blend(&values[k], first, weights, 8*b))
	}
}

// stretch makes source row at as wide as the result, into row i.
func (c *cutter) stretch(a alpha, planes []plane, at, i int) {
	l, row := c.lens, &c.rows[i]
	part := l.show(a.spans[at])
	c.parts[i] = part
	clear(row.kinds)
	clear(row.opacity)
	for k := range planes {
		clear(row.values[k])
	}
	if part.to == 0 {
		return
	}
	n := (a.width + 63) / 64
	l.mark(row.kinds, a.wide[at*n:][:n], a.core[at*n:][:n], a.spans[at])
	end := (part.to + 7) / 8
	for b := part.from / 8; b < end; {
		kind, from := row.kinds[b], b
		for b < end && row.kinds[b] == kind {
			b++
		}
		run := span{8 * from, 8 * b}
		switch kind {
		case clearKind:
			continue
		case solidKind:
			fill(row.opacity[run.from:run.to])
		case mixedKind:
			l.stretch(row.opacity, a.row(at), run)
		}
		for k, p := range planes {
			l.stretch(row.values[k], p.row(at), run)
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
