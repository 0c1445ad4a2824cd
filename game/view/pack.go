package view

import (
	"errors"
	"image"
)

// A packing is how a 4:2:0 picture lies in an RGBA texture, four bytes a texel:
// rows of luma, then both chroma planes, two of their rows to a texture row. Planes
// are padded to a width divisible by 8 and a height divisible by 4.
type packing struct {
	width, height int // of the picture
	planeW        int // of the padded luma plane
	planeH        int
}

// packingFor is how a picture of w x h is packed.
func packingFor(w, h int) packing {
	return packing{width: w, height: h, planeW: (w + 7) &^ 7, planeH: (h + 3) &^ 3}
}

// texture is the size of the RGBA texture.
func (p packing) texture() (w, h int) { return p.planeW / 4, p.planeH * 3 / 2 }

// bytes is how long the texture's pixels are.
func (p packing) bytes() int { return p.planeW * p.planeH * 3 / 2 }

// maxPicture bounds the side of a picture from outside: what any GPU takes.
const maxPicture = 4096

// pack copies m into buf, grown as needed, whatever its strides, and says how it
// lies there.
func pack(m *image.YCbCr, buf []byte) ([]byte, packing, error) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if m.SubsampleRatio != image.YCbCrSubsampleRatio420 || w < 2 || h < 2 || w > maxPicture || h > maxPicture {
		return buf, packing{}, errors.New("not a 4:2:0 picture of a size that can be shown")
	}
	p := packingFor(w, h)
	if cap(buf) < p.bytes() {
		buf = make([]byte, p.bytes())
	}
	buf = buf[:p.bytes()]
	luma := p.planeW * p.planeH
	x, y := m.Rect.Min.X, m.Rect.Min.Y
	copyRows(buf, p.planeW, m.Y[m.YOffset(x, y):], m.YStride, w, h)
	c := m.COffset(x, y)
	cw, ch := (w+1)/2, (h+1)/2
	copyRows(buf[luma:], p.planeW/2, m.Cb[c:], m.CStride, cw, ch)
	copyRows(buf[luma+luma/4:], p.planeW/2, m.Cr[c:], m.CStride, cw, ch)
	return buf, p, nil
}

func copyRows(dst []byte, dstStride int, src []byte, srcStride, w, h int) {
	if dstStride == srcStride && w == dstStride {
		copy(dst[:w*h], src)
		return
	}
	for y := range h {
		copy(dst[y*dstStride:y*dstStride+w], src[y*srcStride:])
	}
}
