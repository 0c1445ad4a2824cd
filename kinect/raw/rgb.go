package raw

import "image"

// fromRGB converts w times h RGB pixels to BT.601 limited range, chroma of the mean
// of each square of four.
func fromRGB(dst *image.YCbCr, rgb []byte, w, h int) {
	stride := 3 * w
	for y := 0; y < h; y += 2 {
		top, bottom := rgb[y*stride:][:stride], rgb[(y+1)*stride:][:stride]
		y0 := dst.Y[y*dst.YStride:][:w]
		y1 := dst.Y[(y+1)*dst.YStride:][:w]
		cb := dst.Cb[y/2*dst.CStride:][:w/2]
		cr := dst.Cr[y/2*dst.CStride:][:w/2]
		for i := range cb {
			a, b := (*[6]byte)(top[6*i:]), (*[6]byte)(bottom[6*i:])
			y0[2*i], y0[2*i+1] = lumaOf(a[0], a[1], a[2]), lumaOf(a[3], a[4], a[5])
			y1[2*i], y1[2*i+1] = lumaOf(b[0], b[1], b[2]), lumaOf(b[3], b[4], b[5])
			red := int32(a[0]) + int32(a[3]) + int32(b[0]) + int32(b[3])
			green := int32(a[1]) + int32(a[4]) + int32(b[1]) + int32(b[4])
			blue := int32(a[2]) + int32(a[5]) + int32(b[2]) + int32(b[5])
			const middle4 = 4 * (128*256 + 128)
			cb[i] = byte((middle4 + 112*blue - 74*green - 38*red) >> 10)
			cr[i] = byte((middle4 + 112*red - 94*green - 18*blue) >> 10)
		}
	}
}

func lumaOf(r, g, b byte) byte {
	return byte((66*uint32(r)+129*uint32(g)+25*uint32(b)+128)>>8 + 16)
}
