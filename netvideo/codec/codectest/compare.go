package codectest

import (
	"image"
	"math"
	"syscall"
	"time"
)

// PSNR is the luma peak signal-to-noise ratio of two pictures of one size, in dB.
func PSNR(a, b *image.YCbCr) float64 {
	var sum int64
	w, h := a.Rect.Dx(), a.Rect.Dy()
	for y := range h {
		ra := a.Y[a.YOffset(a.Rect.Min.X, a.Rect.Min.Y+y):][:w]
		rb := b.Y[b.YOffset(b.Rect.Min.X, b.Rect.Min.Y+y):][:w]
		for x, v := range ra {
			d := int64(v) - int64(rb[x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255/(float64(sum)/float64(w*h)+1e-9))
}

// CPU is the processor time this process took: another's work does not count.
func CPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
