package accuracy

import (
	"image"
	"math"
	"math/bits"
	"slices"

	"cutout/kinect"
)

// overlap is the area that two masks share over that of both, above row end; 0 when both
// are empty.
func overlap(a, b *kinect.Mask, end int) float64 {
	both, either := 0, 0
	for i := range end * kinect.Width / 64 {
		both += bits.OnesCount64(a[i] & b[i])
		either += bits.OnesCount64(a[i] | b[i])
	}
	return float64(both) / float64(max(1, either))
}

// boundaryError is how far, in pixels, the outlines of two masks are from each other
// above row end: the median over the pixels of either outline of the distance to the
// other. NaN when one has no outline there.
func boundaryError(a, b *kinect.Mask, end int) float64 {
	one, other := outline(a, end), outline(b, end)
	if len(one) == 0 || len(other) == 0 {
		return math.NaN()
	}
	var apart []float64
	for _, p := range [][2][]image.Point{{one, other}, {other, one}} {
		marked := &kinect.Mask{}
		for _, at := range p[1] {
			marked.Set(at.X, at.Y)
		}
		for _, at := range p[0] {
			apart = append(apart, nearest(marked, at))
		}
	}
	return median(apart)
}

// outline are the pixels of a mask which have a neighbour outside of it, the picture's
// edge and row end not counting as outside.
func outline(m *kinect.Mask, end int) []image.Point {
	var points []image.Point
	for y := range end {
		for x := range kinect.Width {
			if !m.At(x, y) {
				continue
			}
			if x > 0 && !m.At(x-1, y) || x < kinect.Width-1 && !m.At(x+1, y) || y > 0 && !m.At(x, y-1) || y < end-1 && !m.At(x, y+1) {
				points = append(points, image.Pt(x, y))
			}
		}
	}
	return points
}

// furthest is where the search for an outline ends, pixels.
const furthest = 64

// nearest is the distance to the nearest pixel that is set, at most furthest.
func nearest(m *kinect.Mask, at image.Point) float64 {
	best := furthest * furthest
	for r := 0; r <= furthest && r*r < best; r++ {
		for d := -r; d <= r; d++ {
			if m.At(at.X+d, at.Y-r) || m.At(at.X+d, at.Y+r) || m.At(at.X-r, at.Y+d) || m.At(at.X+r, at.Y+d) {
				best = min(best, r*r+d*d)
			}
		}
	}
	return math.Sqrt(float64(best))
}

// quantile is the value below which the part q of the values lies; NaN of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 || sorted[low] == sorted[low+1] {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// within counts the values up to a limit.
func within(values []float64, limit float64) int {
	n := 0
	for _, v := range values {
		if v <= limit {
			n++
		}
	}
	return n
}

// percent is n of total; NaN of none.
func percent(n, total int) float64 { return 100 * float64(n) / float64(total) }

// pair joins n things to m others, the closest first, each once; what is apart by more
// than limit stays alone. partner is -1 for those.
func pair(n, m int, limit float64, apart func(i, j int) float64) (partner []int) {
	type couple struct {
		i, j int
		d    float64
	}
	var couples []couple
	for i := range n {
		for j := range m {
			if d := apart(i, j); d <= limit {
				couples = append(couples, couple{i, j, d})
			}
		}
	}
	slices.SortStableFunc(couples, func(a, b couple) int {
		switch {
		case a.d < b.d:
			return -1
		case a.d > b.d:
			return 1
		}
		return 0
	})
	partner = slices.Repeat([]int{-1}, n)
	taken := make([]bool, m)
	for _, c := range couples {
		if partner[c.i] < 0 && !taken[c.j] {
			partner[c.i], taken[c.j] = c.j, true
		}
	}
	return partner
}
