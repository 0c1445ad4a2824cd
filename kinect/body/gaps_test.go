package body

import (
	"math/bits"
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

// TestSmear: rows are smeared through gaps across words, seven pixels and no more, and not
// past what is no gap.
func TestSmear(t *testing.T) {
	count := func(smear func(r, open *bitRow, k int) uint64, at, wall int) (n int) {
		var from, open bitRow
		from[1+at/64] = 1 << (at % 64)
		for k := 1; k <= across; k++ {
			open[k] = ^from[k]
		}
		if wall >= 0 {
			open[1+wall/64] &^= 1 << (wall % 64)
		}
		for k := 1; k <= across; k++ {
			n += bits.OnesCount64(smear(&from, &open, k))
		}
		return n
	}
	for _, c := range []struct{ at, right, left int }{{127, 8, 8}, {128, 8, 8}, {90, 8, 8}, {0, 8, 1}, {639, 1, 8}, {60, 8, 8}} {
		if n := count((*bitRow).rightwards, c.at, -1); n != c.right {
			t.Errorf("from %d to the right: %d pixels", c.at, n)
		}
		if n := count((*bitRow).leftwards, c.at, -1); n != c.left {
			t.Errorf("from %d to the left: %d pixels", c.at, n)
		}
	}
	if n := count((*bitRow).rightwards, 126, 129); n != 3 {
		t.Errorf("%d pixels up to a wall", n)
	}
	if n := count((*bitRow).leftwards, 129, 126); n != 3 {
		t.Errorf("%d pixels down to a wall", n)
	}
}
