package vp8

import (
	"image"
	"math"
	"math/rand/v2"
)

// clip draws n pictures of a living room of sorts: a still, textured background
// with sensor noise, and a body-sized shape that walks through it.
func clip(w, h, n int) []*image.YCbCr {
	rnd := rand.New(rand.NewPCG(1, 2))
	back := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for y := range h {
		for x := range w {
			v := 110 + 40*math.Sin(float64(x)/17)*math.Cos(float64(y)/23) + 25*math.Sin(float64(x*y)/900)
			back.Y[y*back.YStride+x] = uint8(v)
		}
	}
	for i := range back.Cb {
		back.Cb[i] = uint8(118 + i%back.CStride*20/back.CStride)
		back.Cr[i] = uint8(138 - i/back.CStride*20/(h/2))
	}
	out := make([]*image.YCbCr, n)
	for i := range out {
		img := image.NewYCbCr(back.Rect, back.SubsampleRatio)
		copy(img.Cb, back.Cb)
		copy(img.Cr, back.Cr)
		cx := float64(w) * (0.5 + 0.3*math.Sin(float64(i)/20))
		for y := range h {
			for x := range w {
				v := int(back.Y[y*back.YStride+x])
				dx, dy := (float64(x)-cx)/(0.16*float64(w)), (float64(y)-0.55*float64(h))/(0.42*float64(h))
				if dx*dx+dy*dy < 1 {
					v = 180 + (x/8+y/8)%2*20
					img.Cb[y/2*img.CStride+x/2], img.Cr[y/2*img.CStride+x/2] = 100, 160
				}
				img.Y[y*img.YStride+x] = uint8(max(16, min(235, v+int(rnd.Int32N(9))-4)))
			}
		}
		out[i] = img
	}
	return out
}

// psnr is the luma peak signal to noise ratio in dB.
func psnr(a, b *image.YCbCr) float64 {
	var sum float64
	w, h := a.Rect.Dx(), a.Rect.Dy()
	for y := range h {
		for x := range w {
			d := float64(a.Y[y*a.YStride+x]) - float64(b.Y[y*b.YStride+x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255/(sum/float64(w*h)+1e-9))
}
