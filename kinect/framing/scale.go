package framing

import "sort"

// A tap says how a pixel of the result is made of the source's along one axis:
// starting at first, weights in 1/256 that add up to 256.
type tap struct {
	first  int32
	weight [maxTaps]uint16
}

// maxTaps is how many pixels one is made of at most; pictures that would need more
// take what is in the middle.
const maxTaps = 8

// A scaler holds the taps for both axes of a plane.
type scaler struct {
	across, down   []tap
	nAcross, nDown int // taps in use
	row            [maxTaps][]uint64
	mixed          []uint64
	holds          [maxTaps]int // which source row each row is of
}

// prepare fills taps which lay the span of length from start (in source pixels) on
// all of them: bilinear, or a box when that reduces. The source has limit pixels;
// beyond its ends the outermost ones go on.
func prepare(taps []tap, start, length float32, limit int) int {
	ratio := length / float32(len(taps))
	if ratio <= 1 {
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

// use prepares the scaler for a rectangle of the source.
func (s *scaler) use(x, y, w, h float32, width, height int) {
	s.nAcross = prepare(s.across, x, w, width)
	s.nDown = prepare(s.down, y, h, height)
	for i := range s.holds {
		s.holds[i] = -1
	}
}

func newScaler(width, height int) *scaler {
	s := &scaler{across: make([]tap, width), down: make([]tap, height), mixed: make([]uint64, width)}
	for i := range s.row {
		s.row[i] = make([]uint64, width)
	}
	return s
}

// Lanes of 16 bits, so that three channels are scaled at once: each holds 8 bits,
// and 8 more while it is weighed.
const (
	laneMask = 0x00ff_00ff_00ff
	laneHalf = 0x0080_0080_0080
)

// stretch makes row y of the source, of which in is not clear, as wide as the result.
func (s *scaler) stretch(y int, in span, source []uint64) {
	k := y % maxTaps
	out := s.row[k]
	if s.holds[k] == y {
		return
	}
	s.holds[k] = y
	clear(out)
	if in.to == 0 {
		return
	}
	show := s.show(in)
	out, taps := out[show.from:show.to], s.across[show.from:show.to]
	if s.nAcross == 2 {
		for x := range out {
			t := &taps[x]
			p := source[t.first : t.first+2 : t.first+2]
			out[x] = (p[0]*uint64(t.weight[0]) + p[1]*uint64(t.weight[1]) + laneHalf) >> 8 & laneMask
		}
		return
	}
	for x := range out {
		t := &taps[x]
		var sum uint64 = laneHalf
		for i, p := range source[t.first : int(t.first)+s.nAcross] {
			sum += p * uint64(t.weight[i])
		}
		out[x] = sum >> 8 & laneMask
	}
}

// show is which columns of the result show a span of the source; it may be empty.
func (s *scaler) show(in span) span {
	from := sort.Search(len(s.across), func(i int) bool { return int(s.across[i].first)+s.nAcross > in.from })
	to := sort.Search(len(s.across), func(i int) bool { return int(s.across[i].first) >= in.to })
	return span{from, max(from, to)}
}

// touched is which taps touch the source's from..to (exclusive).
func touched(taps []tap, n, from, to int) (first, end int) {
	first = sort.Search(len(taps), func(i int) bool { return int(taps[i].first)+n > from })
	end = sort.Search(len(taps), func(i int) bool { return int(taps[i].first) >= to })
	return first, max(first, end)
}
