package raw

import (
	"errors"
	"fmt"
	"image"

	"cutout/kinect"
)

// RGBBytes is the size of a 640x480 picture of three bytes a pixel.
const RGBBytes = 3 * pixels

// RGB writes a colour picture into dst, which has RGBBytes: red, green and blue of
// each pixel, row by row, full range. The missing colours of a Bayer pixel are the
// means of its neighbours, rounded. Only 640x480 colour can be written; infrared and
// other sizes are an error. Any goroutine.
func RGB(dst []byte, v *kinect.VideoFrame) error {
	if len(dst) != RGBBytes {
		return fmt.Errorf("an RGB picture has %d bytes, not %d", RGBBytes, len(dst))
	}
	if v == nil {
		return errors.New("there is no picture")
	}
	if !HasRGB(v) {
		return fmt.Errorf("a picture of %dx%d in format %d is not 640x480 colour", v.Width, v.Height, v.Format)
	}
	switch v.Format {
	case kinect.BayerGRBG:
		bayerToRGB(dst, v.Pixels)
	case kinect.RGB:
		copy(dst, v.Pixels)
	case kinect.UYVY:
		uyvyToRGB(dst, v.Pixels)
	default:
		planesToRGB(dst, v.Picture)
	}
	return nil
}

// HasRGB says whether RGB can write this frame: it is colour of 640x480, and whole.
func HasRGB(v *kinect.VideoFrame) bool {
	switch v.Format {
	case kinect.BayerGRBG:
		return len(v.Pixels) == pixels
	case kinect.RGB:
		return len(v.Pixels) == RGBBytes
	case kinect.UYVY:
		return len(v.Pixels) == 2*pixels
	case kinect.YCbCr:
		return sound(v.Picture)
	}
	return false
}

func bayerToRGB(dst, bayer []byte) {
	row := func(y int) []byte {
		if y < 0 {
			y = 1 // mirrored, so that the colours keep their places
		} else if y >= kinect.Height {
			y = kinect.Height - 2
		}
		return bayer[y*kinect.Width:][:kinect.Width]
	}
	const stride = 3 * kinect.Width
	for y := 0; y < kinect.Height; y += 2 {
		redRow(dst[y*stride:][:stride], row(y-1), row(y), row(y+1))
		blueRow(dst[(y+1)*stride:][:stride], row(y), row(y+1), row(y+2))
	}
}

// redRow develops a row of G R G R between two of B G B G.
func redRow(dst, above, here, below []byte) {
	left := 1
	for x := 0; x < kinect.Width; x += 2 {
		right := x + 2
		if right == kinect.Width {
			right = x
		}
		p := (*[6]byte)(dst[3*x:])
		p[0], p[1], p[2] = half(here[left], here[x+1]), here[x], half(above[x], below[x])
		p[3] = here[x+1]
		p[4] = quarter(here[x], here[right], above[x+1], below[x+1])
		p[5] = quarter(above[x], above[right], below[x], below[right])
		left = x + 1
	}
}

// blueRow develops a row of B G B G between two of G R G R.
func blueRow(dst, above, here, below []byte) {
	left := 1
	for x := 0; x < kinect.Width; x += 2 {
		right := x + 2
		if right == kinect.Width {
			right = x
		}
		p := (*[6]byte)(dst[3*x:])
		p[0] = quarter(above[left], above[x+1], below[left], below[x+1])
		p[1] = quarter(here[left], here[x+1], above[x], below[x])
		p[2] = here[x]
		p[3], p[4], p[5] = half(above[x+1], below[x+1]), here[x+1], half(here[x], here[right])
		left = x + 1
	}
}

func half(a, b byte) byte { return byte((uint32(a) + uint32(b) + 1) >> 1) }

func quarter(a, b, c, d byte) byte {
	return byte((uint32(a) + uint32(b) + uint32(c) + uint32(d) + 2) >> 2)
}

func uyvyToRGB(dst, uyvy []byte) {
	for i := 0; i < pixels; i += 2 {
		p := (*[4]byte)(uyvy[2*i:])
		limitedToRGB((*[3]byte)(dst[3*i:]), p[1], p[0], p[2])
		limitedToRGB((*[3]byte)(dst[3*i+3:]), p[3], p[0], p[2])
	}
}

func planesToRGB(dst []byte, p *image.YCbCr) {
	for y := range kinect.Height {
		for x := range kinect.Width {
			c := y/2*p.CStride + x/2
			limitedToRGB((*[3]byte)(dst[3*(y*kinect.Width+x):]), p.Y[y*p.YStride+x], p.Cb[c], p.Cr[c])
		}
	}
}

// limitedToRGB converts BT.601 limited range: the inverse of the matrix in mosaic.go,
// in 1/65536.
func limitedToRGB(dst *[3]byte, y, cb, cr byte) {
	l := 76309 * (int32(y) - 16)
	u, v := int32(cb)-128, int32(cr)-128
	dst[0] = clamp8(l + 104597*v)
	dst[1] = clamp8(l - 25675*u - 53279*v)
	dst[2] = clamp8(l + 132201*u)
}

func clamp8(v int32) byte { return byte(max(0, min(255, (v+1<<15)>>16))) }
