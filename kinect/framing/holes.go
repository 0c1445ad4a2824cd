package framing

import (
	"math/bits"

	"cutout/kinect"
)

const (
	// largestHole is how large a patch without a mask may be inside a body, at most, in
	// square millimetres, and be taken for a part of it: a belt's buckle, black hair, a
	// pocket of black trousers. At 2 m it has 1200 pixels.
	largestHole = 1200 * 2000 * 2000 / (kinect.FocalLength * kinect.FocalLength)
	// At unknownAt millimetres is who has no distance.
	unknownAt = 2000
	// behindBody is how much further away than the body beside it a reading is that
	// shows the room through a gap.
	behindBody = 150
)

// A filler closes holes in masks: gaps with the body all around, through which the
// depth does not show the room.
type filler struct {
	runs    []run
	largest int32                    // pixels that a hole may have
	from    [kinect.Height + 1]int32 // index of each row's first run
}

// A run is pixels of one row which are not in the mask.
type run struct {
	x0, x1 int16
	parent int32 // another run of the same gap; itself for the gap's first
	area   int32 // of the gap, kept by its first run; open when negative
	far    int32 // readings in it from behind the body
}

const open = -1 << 30

// holePixels is how many pixels the largest hole has in the nearest of the players.
func holePixels(people []kinect.Person) int32 {
	var nearest kinect.Millimetres
	for i := range people {
		if p := &people[i]; p.Activity == kinect.Playing && p.Distance != 0 && (nearest == 0 || p.Distance < nearest) {
			nearest = p.Distance
		}
	}
	if nearest == 0 {
		nearest = unknownAt
	}
	z := max(500, float64(nearest)) // no sensor sees nearer
	return int32(largestHole * kinect.FocalLength * kinect.FocalLength / (z * z))
}

// fill sets the pixels of m's holes of up to largest pixels, and marks them in filled.
func (f *filler) fill(m, filled *kinect.Mask, r region, depth []kinect.Millimetres, largest int32) {
	f.largest = largest
	f.runs = f.runs[:0]
	for y := r.top; y < r.bottom; y++ {
		f.from[y] = int32(len(f.runs))
		f.scan(maskRow(m, y), y == r.top || y == r.bottom-1, r)
		if y > r.top {
			f.join(y)
		}
	}
	f.from[r.bottom] = int32(len(f.runs))
	if depth != nil {
		for y := r.top; y < r.bottom; y++ {
			f.look(y, depth)
		}
	}
	for y := r.top; y < r.bottom; y++ {
		for _, n := range f.runs[f.from[y]:f.from[y+1]] {
			if g := &f.runs[f.find(n.parent)]; g.area <= 0 || g.area > f.largest || 4*g.far > g.area {
				continue
			}
			for x := int(n.x0); x < int(n.x1); x++ {
				m.Set(x, y)
				filled.Set(x, y)
			}
		}
	}
}

// scan finds the runs of a row.
func (f *filler) scan(row *[words]uint64, edge bool, r region) {
	left, right := r.left*64, r.right*64
	for x := left; x < right; {
		from := next(row[:], x, right, 0)
		if from == right {
			return
		}
		x = next(row[:], from, right, ^uint64(0))
		n := run{x0: int16(from), x1: int16(x), parent: int32(len(f.runs)), area: int32(x - from)}
		if edge || from == left || x == right {
			n.area = open
		}
		f.runs = append(f.runs, n)
	}
}

// next is the first column from x on that is clear, or set where flip is all ones; end
// when there is none before it.
func next(row []uint64, x, end int, flip uint64) int {
	for x < end {
		w := ^(row[x>>6] ^ flip) >> (x & 63)
		if w != 0 {
			return min(end, x+bits.TrailingZeros64(w))
		}
		x = (x | 63) + 1
	}
	return end
}

// join makes runs of row y one with those above that they touch.
func (f *filler) join(y int) {
	above, end := f.from[y-1], f.from[y]
	for i := end; i < int32(len(f.runs)); i++ {
		here := f.runs[i]
		for above < end && f.runs[above].x1 <= here.x0 {
			above++
		}
		for k := above; k < end && f.runs[k].x0 < here.x1; k++ {
			a, b := f.find(k), f.find(i)
			if a == b {
				continue
			}
			f.runs[b].parent = a
			f.runs[a].area = max(open, f.runs[a].area+f.runs[b].area)
			if f.runs[a].area < 0 || f.runs[b].area < 0 {
				f.runs[a].area = open
			}
		}
	}
}

func (f *filler) find(i int32) int32 {
	for f.runs[i].parent != i {
		f.runs[i].parent = f.runs[f.runs[i].parent].parent
		i = f.runs[i].parent
	}
	return i
}

// look counts the readings in row y's holes that come from behind the body.
func (f *filler) look(y int, depth []kinect.Millimetres) {
	row := depth[y*kinect.Width : (y+1)*kinect.Width]
	for _, n := range f.runs[f.from[y]:f.from[y+1]] {
		g := &f.runs[f.find(n.parent)]
		if g.area <= 0 || g.area > f.largest {
			continue
		}
		body := max(row[n.x0-1], row[min(int(n.x1), kinect.Width-1)])
		for _, d := range row[n.x0:n.x1] {
			if body != 0 && d > body+behindBody {
				g.far++
			}
		}
	}
}
