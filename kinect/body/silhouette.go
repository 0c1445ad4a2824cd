package body

import (
	"image"
	"math/bits"

	"cutout/kinect"
)

const (
	// occluderGap is how many mm nearer than the body something must be to hide part
	// of it, besides depth noise.
	occluderGap = 150
	// unseenReach is how far, mm, missing readings beside the body count as unseen:
	// the shadow that a hand held in front throws is about as wide.
	unseenReach = 200
)

// silhouette makes what the rules see. A cell is body when most of its pixels are; a
// cell that is exactly half filled keeps what it was.
func (t *Tracker) silhouette(mask *kinect.Mask, before *kinect.Grid) *kinect.Silhouette {
	s := &kinect.Silhouette{}
	f := &t.figure
	top, down := max(0, f.box.top-1), min(gridHeight-1, f.box.down+1)
	left, right := max(0, f.box.left-1), min(gridWidth-1, f.box.right+1)
	for y := top; y <= down; y++ {
		for k := left / 16; k <= right/16; k++ {
			more, half := countCells(mask, k, y)
			i := y*gridWidth + 16*k
			s.Body[i/64] |= (more | half&(before[i/64]>>(i%64))) << (i % 64)
		}
	}
	t.markHidden(s)
	reach := cellsFor(unseenReach, f.distance)
	body := part{top: top, down: down, left: left, right: right} // there is none in other rows and columns
	top, down = max(0, top-reach), min(gridHeight-1, down+reach)
	left, right = max(0, left-reach), min(gridWidth-1, right+reach)
	for y := body.top; y <= body.down; y++ {
		t.markMissing(s, y*gridWidth+left, 1, right-left+1, reach)
	}
	for x := body.left; x <= body.right; x++ {
		t.markMissing(s, top*gridWidth+x, gridWidth, down-top+1, reach)
	}
	return s
}

// markHidden marks what lies behind something nearer than the body.
func (t *Tracker) markHidden(s *kinect.Silhouette) {
	f, g := &t.figure, &t.grid
	limit := f.distance - occluderGap - step(f.distance)/2
	for i, z := range g.z {
		if z == 0 || z >= limit || f.shape[i] != notBody {
			continue
		}
		x, y := i%gridWidth, i/gridWidth
		if t.onFloor(i, x, y) || s.Body.At(x, y) {
			continue // behind the floor is nothing
		}
		s.Unseen.Set(x, y)
	}
}

// markMissing marks cells without readings along a line, from body on for at most
// reach cells.
func (t *Tracker) markMissing(s *kinect.Silhouette, from, stride, length, reach int) {
	scan := func(i, stride int) {
		left := 0
		for range length {
			bit := uint64(1) << (i & 63) // as Grid has it
			switch {
			case s.Body[i>>6]&bit != 0:
				left = reach
			case left > 0 && t.grid.missing[i]:
				s.Unseen[i>>6] |= bit
				left--
			default:
				left = 0
			}
			i += stride
		}
	}
	scan(from, stride)
	scan(from+(length-1)*stride, -stride)
}

// boundsOf is the rectangle around a mask's pixels, looked for in rows top to bottom.
func boundsOf(m *kinect.Mask, top, bottom int) image.Rectangle {
	var columns [across]uint64
	box := image.Rectangle{Min: image.Pt(0, kinect.Height)}
	for y := max(0, top); y < min(kinect.Height, bottom); y++ {
		any := uint64(0)
		for k, w := range m[y*across : (y+1)*across] {
			columns[k] |= w
			any |= w
		}
		if any != 0 {
			box.Min.Y = min(box.Min.Y, y)
			box.Max.Y = y + 1
		}
	}
	if box.Max.Y == 0 {
		return image.Rectangle{}
	}
	box.Min.X = kinect.Width
	for k, w := range columns {
		if w != 0 {
			box.Min.X = min(box.Min.X, k*64+bits.TrailingZeros64(w))
			box.Max.X = k*64 + bits.Len64(w)
		}
	}
	return box
}

// countCells looks at the sixteen cells in word k of row y: which have more than half of
// their pixels set, and which just half.
func countCells(m *kinect.Mask, k, y int) (more, half uint64) {
	const nibbles, ones, tops = 0x0f0f_0f0f_0f0f_0f0f, 0x0101_0101_0101_0101, 0x8080_8080_8080_8080
	var even, odd uint64 // a byte for every second cell
	for row := range cell {
		w := m[(y*cell+row)*across+k]
		w -= w >> 1 & 0x5555_5555_5555_5555
		w = w&0x3333_3333_3333_3333 + w>>2&0x3333_3333_3333_3333
		even += w & nibbles
		odd += w >> 4 & nibbles
	}
	const middle = cell * cell / 2
	above := func(n uint64) uint64 { return (n + (0x7f-middle)*ones) & tops }
	at := func(n uint64) uint64 { return (0x80*ones - (n ^ middle*ones)) & tops }
	return spread(above(even)) | spread(above(odd))<<1, spread(at(even)) | spread(at(odd))<<1
}

// spread is the top bits of eight bytes as every second bit.
func spread(tops uint64) uint64 {
	w := tops >> 7 * 0x0102_0408_1020_4080 >> 56
	w = (w | w<<4) & 0x0f0f
	w = (w | w<<2) & 0x3333
	return (w | w<<1) & 0x5555
}
