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
		for x := left; x <= right; x++ {
			n := countCell(mask, x, y)
			if n > cell*cell/2 || n == cell*cell/2 && before.At(x, y) {
				s.Body.Set(x, y)
			}
		}
	}
	t.markHidden(s)
	reach := cellsFor(unseenReach, f.distance)
	top, down = max(0, top-reach), min(gridHeight-1, down+reach)
	left, right = max(0, left-reach), min(gridWidth-1, right+reach)
	for y := top; y <= down; y++ {
		t.markMissing(s, y*gridWidth+left, 1, right-left+1, reach)
	}
	for x := left; x <= right; x++ {
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

// countCell is how many of a cell's pixels are set.
func countCell(m *kinect.Mask, x, y int) int {
	at := y*cell*across + x*cell/64
	shift := x * cell % 64
	n := 0
	for range cell {
		n += bits.OnesCount64(m[at] >> shift & 0xf)
		at += across
	}
	return n
}
