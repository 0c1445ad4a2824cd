package body

import (
	"math/bits"

	"cutout/kinect"
)

// A bitRow is a row of a mask.
type bitRow [across]uint64

// slid is the row with every pixel moved n to the right; to the left when n is negative.
// n is less than 64.
func (r *bitRow) slid(n int) (to bitRow) {
	if n >= 0 {
		for k, w := range r {
			to[k] |= w << n
			if k+1 < across {
				to[k+1] = w >> (64 - n)
			}
		}
		return to
	}
	for k, w := range r {
		to[k] |= w >> -n
		if k > 0 {
			to[k-1] |= w << (64 + n)
		}
	}
	return to
}

// through is the row with its pixels smeared up to seven to the right (dir 1) or to the left
// (dir -1), as far as open goes on.
func (r *bitRow) through(open *bitRow, dir int) bitRow {
	to, way := *r, *open
	for n := 1; n <= 4; n *= 2 {
		further, longer := to.slid(dir*n), way.slid(dir*n)
		for k := range to {
			to[k] |= further[k] & way[k]
			way[k] &= longer[k]
		}
	}
	return to
}

// rowOf is row y of a mask, empty outside the picture.
func rowOf(m *kinect.Mask, y int) (r bitRow) {
	if y >= 0 && y < kinect.Height {
		copy(r[:], m[y*across:])
	}
	return r
}

// closeGaps makes a mask of the measured pixels and of those without a reading that are
// likely to be body, in rows top to bottom. At an outline it matters on which side: at one
// the body throws a shadow on what is behind, for the projector stands beside the camera,
// and what has no reading there is room unless body is nearly all around it. At the other
// side, and within the body, it is a hole. What was measured to be body lately is likelier to be.
func closeGaps(mask, measured, gaps *kinect.Mask, before *past, top, bottom int) {
	top, bottom = max(0, top), min(kinect.Height, bottom)
	lit := 1 // the way from the lit side
	if !shadowAtRight(measured, gaps, top, bottom) {
		lit = -1
	}
	up, mid := rowOf(measured, top-1), rowOf(measured, top)
	for y := top; y < bottom; y++ {
		low, open := rowOf(measured, y+1), rowOf(gaps, y)
		var any uint64
		for k := range open {
			open[k] &^= mid[k]
			any |= open[k] & (up[k] | mid[k] | low[k] | mid[k]<<1 | mid[k]>>1)
		}
		copy(mask[y*across:(y+1)*across], mid[:])
		if any != 0 {
			fillRow(mask[y*across:(y+1)*across], &up, &mid, &low, &open, before, y, lit)
		}
		up, mid = mid, low
	}
}

// fillRow adds the open pixels that are body to row y of a mask.
func fillRow(mask []uint64, up, mid, low, open *bitRow, before *past, y, lit int) {
	var others bitRow
	for k := range others {
		others[k] = ^(mid[k] | open[k])
	}
	far := mid.through(open, -lit)    // body on the side away from the light
	near := mid.through(open, lit)    // body on the side of the light
	room := others.through(open, lit) // something else there
	ul, ur, ml, mr, ll, lr := up.slid(1), up.slid(-1), mid.slid(1), mid.slid(-1), low.slid(1), low.slid(-1)
	for k := range mask {
		if open[k] == 0 {
			before.closed[y*across+k] = 0
			continue
		}
		var c counter
		c.add(ul[k], up[k], ur[k])
		c.add(ml[k], 0, mr[k])
		c.add(ll[k], low[k], lr[k])
		i := y*across + k
		a, b, was := before.measured[0][i], before.measured[1][i], before.closed[i]
		hole := far[k] & (near[k] | room[k] | a&b)
		// What was closed stays so a little longer, which keeps edges still.
		closed := open[k] & (c.six() | c.five()&(a|b|was) | c.three()&hole | c.two()&(hole&(a|b|was)|a&b|(a|b)&was))
		before.closed[i] = closed
		mask[k] |= closed
	}
}

// shadowAtRight tells on which side of bodies their shadow is in the picture: where more of
// the outline borders on missing readings. It is at the left in the sensor's own pictures,
// at the right in mirrored ones.
func shadowAtRight(measured, gaps *kinect.Mask, top, bottom int) bool {
	balance := 0
	for y := top; y < bottom; y++ {
		row, open := rowOf(measured, y), rowOf(gaps, y)
		left, right := row.slid(-1), row.slid(1)
		for k := range row {
			free := open[k] &^ row[k]
			balance += bits.OnesCount64(right[k]&free) - bits.OnesCount64(left[k]&free)
		}
	}
	return balance > 0
}
