package body

import "cutout/kinect"

// speckleReach is how far, mm, a pixel without a reading may be from body on all four
// sides to be body too: black cloth gives readings in patches only. The shadow between
// an arm and the trunk, or between the legs, has body on two.
const speckleReach = 75

// fillSpeckle adds those gaps to a mask which have body within reach pixels to the left
// and right, above and below; in rows top to bottom.
func (r *refiner) fillSpeckle(mask *kinect.Mask, reach, top, bottom int) {
	top, bottom = max(0, top), min(kinect.Height, bottom)
	reach = max(2, min(reach, 48))
	r.smear(mask, &r.above, reach, top, bottom, -1)
	r.smear(mask, &r.below, reach, top, bottom, 1)
	for y := top; y < bottom; y++ {
		row := y * across
		any := uint64(0)
		for i := row; i < row+across; i++ {
			r.above[i] &= r.below[i] & r.gaps[i] &^ mask[i]
			any |= r.above[i]
		}
		if any == 0 {
			continue
		}
		var left, right [across]uint64
		copy(left[:], mask[row:row+across])
		right = left
		for n := 1; n <= reach; n *= 2 {
			step := min(n, reach+1-n)
			for k := across - 1; k >= 0; k-- { // towards higher columns
				w := left[k] << step
				if k > 0 {
					w |= left[k-1] >> (64 - step)
				}
				left[k] |= w
			}
			for k := range across {
				w := right[k] >> step
				if k+1 < across {
					w |= right[k+1] << (64 - step)
				}
				right[k] |= w
			}
		}
		for k := range across {
			mask[row+k] |= r.above[row+k] & left[k] & right[k]
		}
	}
}

// smear sets in to where the mask is set within reach rows the way of dir, or there.
func (r *refiner) smear(mask, to *kinect.Mask, reach, top, bottom, dir int) {
	copy(to[top*across:bottom*across], mask[top*across:bottom*across])
	for n := 1; n <= reach; n *= 2 {
		step := min(n, reach+1-n)
		if dir < 0 {
			for i := bottom*across - 1; i >= (top+step)*across; i-- {
				to[i] |= to[i-step*across]
			}
			continue
		}
		for i := top * across; i < (bottom-step)*across; i++ {
			to[i] |= to[i+step*across]
		}
	}
}
