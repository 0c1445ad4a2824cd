// Package scale makes pictures smaller.
package scale

import "image"

// Into fills dst with src, made smaller: both 4:2:0 of even size and origin, dst no
// larger than src in either direction. Each pixel of dst is the mean of the part of
// src it covers.
func Into(dst, src *image.YCbCr) {
	sr, dr := src.Rect, dst.Rect
	sy, sc := src.YOffset(sr.Min.X, sr.Min.Y), src.COffset(sr.Min.X, sr.Min.Y)
	dy, dc := dst.YOffset(dr.Min.X, dr.Min.Y), dst.COffset(dr.Min.X, dr.Min.Y)
	sw, sh, dw, dh := sr.Dx(), sr.Dy(), dr.Dx(), dr.Dy()
	plane(dst.Y[dy:], dst.YStride, dw, dh, src.Y[sy:], src.YStride, sw, sh)
	plane(dst.Cb[dc:], dst.CStride, dw/2, dh/2, src.Cb[sc:], src.CStride, sw/2, sh/2)
	plane(dst.Cr[dc:], dst.CStride, dw/2, dh/2, src.Cr[sc:], src.CStride, sw/2, sh/2)
}

func plane(dst []byte, ds, dw, dh int, src []byte, ss, sw, sh int) {
	for y := range dh {
		y0 := y * sh / dh
		y1 := max(y0+1, (y+1)*sh/dh)
		for x := range dw {
			x0 := x * sw / dw
			x1 := max(x0+1, (x+1)*sw/dw)
			sum, n := 0, (x1-x0)*(y1-y0)
			for v := y0; v < y1; v++ {
				for _, p := range src[v*ss+x0 : v*ss+x1] {
					sum += int(p)
				}
			}
			dst[y*ds+x] = uint8((sum + n/2) / n)
		}
	}
}
