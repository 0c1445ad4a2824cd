package framing

import (
	"encoding/binary"
	"sort"
)

// alpha is how opaque the pixels of a grid are; 0 outside the rows' spans.
type alpha struct {
	plane
	spans []span
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

// A cutter shows a plane under a matte through a lens: each value is multiplied with
// its opacity before it is weighed, so that what is clear has no say.
type cutter struct {
	opacity, values *sampler
	parts           [maxTaps]span // of the rows they hold
}

func newCutter(l *lens) *cutter { return &cutter{opacity: newSampler(l), values: newSampler(l)} }

func (c *cutter) begin(l *lens) {
	c.opacity.lens, c.values.lens = l, l
	c.opacity.reset()
}

// row draws row y of the result: its opacity, and where values is not nil the
// multiplied values of p. Only the columns in the span it returns are drawn.
func (c *cutter) row(a alpha, p plane, y int, opacity, values []uint8) span {
	l := c.opacity.lens
	t := &l.down[y]
	var part span
	for k := range l.nDown {
		at := int(t.first) + k
		i := at % maxTaps
		if c.opacity.holds[i] != at {
			c.opacity.holds[i] = at
			c.parts[i] = l.show(a.spans[at])
			clear(c.opacity.rows[i])
			if values != nil {
				clear(c.values.rows[i])
			}
			c.stretch(a, p, at, i, values != nil)
		}
		part = part.union(c.parts[i])
	}
	if part.to == 0 {
		return part
	}
	n := (len(l.across) + 7) &^ 7
	c.opacity.blend(t, part, opacity[:n])
	if values != nil {
		c.values.blend(t, part, values[:n])
	}
	return part
}

// stretch makes source row at as wide as the result, into row i.
func (c *cutter) stretch(a alpha, p plane, at, i int, valued bool) {
	l, part := c.opacity.lens, c.parts[i]
	switch {
	case !valued && l.nAcross == 2:
		stretchOpacity(l.across[:part.to], part.from, a.row(at), c.opacity.rows[i])
	case !valued:
		l.stretch(c.opacity.rows[i], a.row(at), part)
	case l.nAcross == 2:
		stretchPair(l.across[:part.to], part.from, a.row(at), p.row(at), c.opacity.rows[i], c.values.rows[i])
	default:
		c.stretchMany(a, p, at, i)
	}
}

// uniform is what the source's pixels of eight columns of the result are, if they are all
// clear (0) or all opaque (all ones), and otherwise something else. There must be eight
// columns.
func uniform(across []tap, source []uint8) uint64 {
	from, to := int(across[0].first), int(across[7].first)+2
	if to-from > 16 || to < 8 || from+8 > len(source) {
		return 1
	}
	a, b := binary.LittleEndian.Uint64(source[from:]), binary.LittleEndian.Uint64(source[to-8:])
	if a != b {
		return 1
	}
	return a
}

// stretchOpacity is bilinear.
func stretchOpacity(across []tap, from int, opacity, outA []uint8) {
	outA = outA[:len(across)]
	for x := from; x < len(across); {
		end := min(x+8, len(across))
		if end == x+8 {
			if w := uniform(across[x:end], opacity); w+1 < 2 {
				binary.LittleEndian.PutUint64(outA[x:], w)
				x = end
				continue
			}
		}
		for ; x < end; x++ {
			t := &across[x]
			f := uint32(t.weight[1])
			a := uint32(binary.LittleEndian.Uint16(opacity[t.first:]))
			outA[x] = uint8(((a&0xff)*(256-f) + (a>>8)*f + 128) >> 8)
		}
	}
}

// stretchPair is bilinear.
func stretchPair(across []tap, from int, opacity, values, outA, outV []uint8) {
	outA, outV = outA[:len(across)], outV[:len(across)]
	for x := from; x < len(across); {
		end := min(x+8, len(across))
		w := uint64(1)
		if end == x+8 {
			w = uniform(across[x:end], opacity)
		}
		switch w {
		case 0: // both are clear already
		case ^uint64(0):
			binary.LittleEndian.PutUint64(outA[x:], w)
			for i := x; i < end; i++ {
				t := &across[i]
				v, f := uint32(binary.LittleEndian.Uint16(values[t.first:])), uint32(t.weight[1])
				outV[i] = uint8(((v&0xff)*(256-f) + (v>>8)*f + 128) >> 8)
			}
		default:
			stretchEdge(across[x:end], opacity, values, outA[x:end], outV[x:end])
		}
		x = end
	}
}

func stretchEdge(across []tap, opacity, values, outA, outV []uint8) {
	for x := range across {
		t := &across[x]
		a := uint32(binary.LittleEndian.Uint16(opacity[t.first:]))
		v := uint32(binary.LittleEndian.Uint16(values[t.first:]))
		f := uint32(t.weight[1])
		left, right := (a&0xff)*(256-f), (a>>8)*f
		outA[x] = uint8((left + right + 128) >> 8)
		outV[x] = uint8((left*(v&0xff) + right*(v>>8) + 255*128) / (255 * 256))
	}
}

// stretchMany is for results less than half as large as what they show.
func (c *cutter) stretchMany(a alpha, p plane, at, i int) {
	l, part := c.opacity.lens, c.parts[i]
	opacity, values := a.row(at), p.row(at)
	for x := part.from; x < part.to; x++ {
		t := &l.across[x]
		var sumA, sumV uint32
		for k, o := range opacity[t.first:][:l.nAcross] {
			w := uint32(o) * uint32(t.weight[k])
			sumA += w
			sumV += w * uint32(values[int(t.first)+k])
		}
		c.opacity.rows[i][x] = uint8((sumA + 128) >> 8)
		c.values.rows[i][x] = uint8((sumV + 255*128) / (255 * 256))
	}
}
