package body

import "cutout/kinect"

// speckleReach is how far, mm, a pixel without a reading may be from body on all four
// sides to be body too: black cloth gives readings in patches only. The shadow between
// an arm and the trunk, or between the legs, has body on two.
const speckleReach = 75

// A frame is rows top to bottom and words left to right of a mask.
type frame struct{ top, bottom, left, right int }

// fillSpeckle adds those gaps to a mask which have body within reach pixels to the left
// and right, above and below; in, which holds all of the mask.
func (r *refiner) fillSpeckle(mask *kinect.Mask, reach int, in frame) {
	reach = max(2, min(reach, 48))
	r.smear(mask, &r.above, reach, in, -1)
	r.smear(mask, &r.below, reach, in, 1)
	n := in.right - in.left
	for y := in.top; y < in.bottom; y++ {
		row := y*across + in.left
		above, below, gaps, body := r.above[row:row+n], r.below[row:row+n], r.gaps[row:row+n], mask[row:row+n]
		any := uint64(0)
		for i := range above {
			above[i] &= below[i] & gaps[i] &^ body[i]
			any |= above[i]
		}
		if any == 0 {
			continue
		}
		var all [2][across]uint64
		left, right := all[0][:n], all[1][:n]
		copy(left, body)
		copy(right, body)
		for m := 1; m <= reach; m *= 2 {
			step := min(m, reach+1-m)
			for k := n - 1; k >= 0; k-- { // towards higher columns
				w := left[k] << step
				if k > 0 {
					w |= left[k-1] >> (64 - step)
				}
				left[k] |= w
			}
			for k := range right {
				w := right[k] >> step
				if k+1 < n {
					w |= right[k+1] << (64 - step)
				}
				right[k] |= w
			}
		}
		for k := range body {
			body[k] |= above[k] & left[k] & right[k]
		}
	}
}

// smear sets in to where the mask is set within reach rows the way of dir, or there.
func (r *refiner) smear(mask, to *kinect.Mask, reach int, in frame, dir int) {
	n := in.right - in.left
	for y := in.top; y < in.bottom; y++ {
		copy(to[y*across+in.left:][:n], mask[y*across+in.left:])
	}
	or := func(y, other int) {
		row, from := to[y*across+in.left:][:n], to[other*across+in.left:][:n]
		for k, w := range from {
			row[k] |= w
		}
	}
	for m := 1; m <= reach; m *= 2 {
		step := min(m, reach+1-m)
		if dir < 0 {
			for y := in.bottom - 1; y >= in.top+step; y-- {
				or(y, y-step)
			}
			continue
		}
		for y := in.top; y < in.bottom-step; y++ {
			or(y, y+step)
		}
	}
}
