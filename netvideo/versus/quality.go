package versus

import "math"

// maxPSNR is what two alike pictures have, in dB; noise-free ones have no limit.
const maxPSNR = 60

// psnr compares the luma of a picture that arrived with the clip's frame, in dB, without
// the time code. A picture of another size is scaled up first, as a screen would do it.
func (c *Clip) psnr(frame int, luma []byte, stride, w, h int) float64 {
	want := c.frames[frame%Frames]
	if w != Width || h != Height {
		luma, stride = scale(luma, stride, w, h), Width
	}
	from := 2 * bandHeight(Height) // blocks next to the code suffer from it
	sum, n := 0, 0
	for y := from; y < Height; y++ {
		a, b := luma[y*stride:][:Width], want.Y[y*want.YStride:][:Width]
		for x, v := range a {
			d := int(v) - int(b[x])
			sum += d * d
		}
		n += Width
	}
	if sum == 0 {
		return maxPSNR
	}
	return min(10*math.Log10(255*255*float64(n)/float64(sum)), maxPSNR)
}

// scale makes a luma plane of any size the clip's, bilinearly.
func scale(luma []byte, stride, w, h int) []byte {
	out := make([]byte, Width*Height)
	at := func(i, from, to int) (lo, hi, part int) { // in 256ths, from middle to middle
		p := max(((2*i+1)*from*256/to-256)/2, 0)
		lo = min(p>>8, from-1)
		return lo, min(lo+1, from-1), p & 255
	}
	for y := range Height {
		top, bottom, fy := at(y, h, Height)
		a, b := luma[top*stride:][:w], luma[bottom*stride:][:w]
		row := out[y*Width:][:Width]
		for x := range row {
			l, r, fx := at(x, w, Width)
			up := int(a[l])*(256-fx) + int(a[r])*fx
			down := int(b[l])*(256-fx) + int(b[r])*fx
			row[x] = byte((up*(256-fy) + down*fy + 1<<15) >> 16)
		}
	}
	return out
}
