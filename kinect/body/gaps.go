package body

import (
	"math/bits"

	"cutout/kinect"
)

// A bitRow is a row of a mask, with an empty word at either end.
type bitRow [across + 2]uint64

// up and down are the words k of the row with every pixel moved n to the right and to the
// left; n is less than 64.
func (r *bitRow) up(k, n int) uint64   { return r[k]<<n | r[k-1]>>(64-n) }
func (r *bitRow) down(k, n int) uint64 { return r[k]>>n | r[k+1]<<(64-n) }

// rightwards is word k of the row with its pixels smeared up to seven to the right, as far
// as open goes on. What lies further than the word before cannot reach it.
func (r *bitRow) rightwards(open *bitRow, k int) uint64 {
	lo, hi, wayLo, way := r[k-1], r[k], open[k-1], open[k]
	for n := 1; n <= 4; n *= 2 {
		hi |= (hi<<n | lo>>(64-n)) & way
		lo |= lo << n & wayLo
		way &= way<<n | wayLo>>(64-n)
		wayLo &= wayLo << n
	}
	return hi
}

// leftwards is the same to the left.
func (r *bitRow) leftwards(open *bitRow, k int) uint64 {
	lo, hi, way, wayHi := r[k], r[k+1], open[k], open[k+1]
	for n := 1; n <= 4; n *= 2 {
		lo |= (lo>>n | hi<<(64-n)) & way
		hi |= hi >> n & wayHi
		way &= way>>n | wayHi<<(64-n)
		wayHi &= wayHi >> n
	}
	return lo
}

// rowOf is row y of a mask, empty outside the picture.
func rowOf(m *kinect.Mask, y int) (r bitRow) {
	if y >= 0 && y < kinect.Height {
		copy(r[1:across+1], m[y*across:])
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
	right := shadowAtRight(measured, gaps, top, bottom)
	up, mid := rowOf(measured, top-1), rowOf(measured, top)
	for y := top; y < bottom; y++ {
		low, open := rowOf(measured, y+1), rowOf(gaps, y)
		for k := range open {
			open[k] &^= mid[k]
		}
		for k := 1; k <= across; k++ {
			i := y*across + k - 1
			mask[i] = mid[k]
			closed := uint64(0)
			if open[k] != 0 && up[k]|mid[k]|low[k] != 0 {
				closed = open[k] & isHole(&up, &mid, &low, &open, k, right, before, i)
			}
			before.closed[i] = closed
			mask[i] |= closed
		}
		up, mid = mid, low
	}
}

// isHole are the pixels of word k of a row, word i of the picture, that are body if they
// have no reading.
func isHole(up, mid, low, open *bitRow, k int, shadowAtRight bool, before *past, i int) uint64 {
	var c counter
	c.add(up.up(k, 1), up[k], up.down(k, 1))
	c.add(mid.up(k, 1), 0, mid.down(k, 1))
	c.add(low.up(k, 1), low[k], low.down(k, 1))
	var others bitRow
	others[k-1], others[k], others[k+1] = ^(mid[k-1] | open[k-1]), ^(mid[k] | open[k]), ^(mid[k+1] | open[k+1])
	// Where the light comes from is body or something else, on the other side body.
	var far, lit uint64
	if shadowAtRight {
		far, lit = mid.leftwards(open, k), mid.rightwards(open, k)|others.rightwards(open, k)
	} else {
		far, lit = mid.rightwards(open, k), mid.leftwards(open, k)|others.leftwards(open, k)
	}
	a, b, was := before.measured[0][i], before.measured[1][i], before.closed[i]
	hole := far & (lit | a&b)
	// What was closed stays so a little longer, which keeps edges still.
	return c.six() | c.five()&(a|b|was) | c.three()&hole | c.two()&(hole&(a|b|was)|a&b|(a|b)&was)
}

// shadowAtRight tells on which side of bodies their shadow is in the picture: where more of
// the outline borders on missing readings. It is at the left in the sensor's own pictures,
// at the right in mirrored ones.
func shadowAtRight(measured, gaps *kinect.Mask, top, bottom int) bool {
	balance := 0
	for y := top; y < bottom; y += 2 {
		row, open := rowOf(measured, y), rowOf(gaps, y)
		for k := 1; k <= across; k++ {
			if row[k] == 0 {
				continue // the few at a word's end do not matter
			}
			free := open[k] &^ row[k]
			balance += bits.OnesCount64(row.up(k, 1)&free) - bits.OnesCount64(row.down(k, 1)&free)
		}
	}
	return balance > 0
}
