package body

import (
	"testing"

	"cutout/kinect"
)

// ragged is a body between columns 200 and 300 with notches of a pixel in both outlines,
// and no readings for 20 columns on its shadow's side.
func ragged(shadowAtRight bool) (measured, gaps *kinect.Mask) {
	measured, gaps = &kinect.Mask{}, &kinect.Mask{}
	for y := 100; y < 200; y++ {
		for x := 200; x < 300; x++ {
			measured.Set(x, y)
		}
		for x := range 20 {
			if shadowAtRight {
				gaps.Set(300+x, y)
			} else {
				gaps.Set(199-x, y)
			}
		}
		if y%4 == 0 {
			for _, x := range []int{200, 250, 299} {
				measured[(y*kinect.Width+x)>>6] &^= 1 << (x & 63)
				gaps.Set(x, y)
			}
		}
	}
	return measured, gaps
}

// TestShadow: notches in the lit outline are closed and so are holes; the shadow, left or
// right, is left to the room; and it stays so however long nothing moves.
func TestShadow(t *testing.T) {
	for _, right := range []bool{false, true} {
		measured, gaps := ragged(right)
		if got := shadowAtRight(measured, gaps, 0, kinect.Height); got != right {
			t.Errorf("shadow at the right: %v", got)
		}
		lit, beyond := 299, 199
		if right {
			lit, beyond = 200, 300
		}
		before := &past{}
		for frame := range 10 {
			mask := &kinect.Mask{}
			closeGaps(mask, measured, gaps, before, 0, kinect.Height)
			before.measured[1], before.measured[0] = before.measured[0], *measured
			for y := 100; y < 200; y++ {
				if !mask.At(lit, y) || !mask.At(250, y) {
					t.Fatalf("frame %d, row %d: a hole is open", frame, y)
				}
				if mask.At(beyond, y) {
					t.Fatalf("frame %d, row %d: the shadow is body", frame, y)
				}
			}
		}
	}
}

// TestThrough: rows are smeared through gaps across words, seven pixels and no more.
func TestThrough(t *testing.T) {
	for _, dir := range []int{1, -1} {
		var from, open bitRow
		from[1] = 1 << 63 // column 127
		if dir < 0 {
			from[1], from[2] = 0, 1 // column 128
		}
		for k := range open {
			open[k] = ^from[k]
		}
		to := from.through(&open, dir)
		n := 0
		for x := range kinect.Width {
			if to[x/64]>>(x%64)&1 != 0 {
				n++
			}
		}
		if n != 8 {
			t.Errorf("direction %d: %d pixels", dir, n)
		}
		open[2], open[1] = open[2]&^2, open[1]&^(1<<62) // walls
		if to = from.through(&open, dir); dir > 0 && to[2] != 1 || dir < 0 && to[1] != 1<<63 {
			t.Errorf("direction %d: %x %x goes through a wall", dir, to[1], to[2])
		}
	}
}
