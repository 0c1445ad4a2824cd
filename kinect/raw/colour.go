package raw

import (
	"encoding/binary"
	"fmt"
	"image"

	"cutout/kinect"
)

// Colour implements kinect.Developer: a picture of the frame's size, in grey if it is
// infrared. A frame that contradicts itself or has a format or a size which no sensor
// has gives a 640x480 picture of grey.
func (d *Developer) Colour(v *kinect.VideoFrame) *image.YCbCr {
	if v == nil {
		return grey()
	}
	if v.Format == kinect.YCbCr {
		if !sound(v.Picture) {
			return grey()
		}
		picture := newPicture(v.Picture.Rect.Dx(), v.Picture.Rect.Dy())
		copyPicture(picture, v.Picture)
		return picture
	}
	w, h := v.Width, v.Height
	if !developable(w, h) || h > maxHeight || !whole(v) {
		return grey()
	}
	picture := newPicture(w, h)
	switch v.Format {
	case kinect.BayerGRBG:
		d.mosaic.develop(picture, v.Pixels, w, h)
	case kinect.RGB:
		fromRGB(picture, v.Pixels, w, h)
	case kinect.UYVY:
		fromUYVY(picture, v.Pixels, w, h)
	case kinect.Infrared:
		d.fromInfrared(picture, v.Intensity)
	}
	return picture
}

// maxHeight is the height of the largest picture, 1280x1024.
const maxHeight = 1024

// whole tells whether a frame has as many pixels as its size says.
func whole(v *kinect.VideoFrame) bool {
	n := v.Width * v.Height
	switch v.Format {
	case kinect.BayerGRBG:
		return len(v.Pixels) == n
	case kinect.RGB:
		return len(v.Pixels) == 3*n
	case kinect.UYVY:
		return len(v.Pixels) == 2*n
	case kinect.Infrared:
		return len(v.Intensity) == n
	}
	return false
}

func newPicture(w, h int) *image.YCbCr {
	return image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
}

// The middle of luma and of chroma in limited range (ITU-R BT.601).
const middleLuma, middleChroma = 126, 128

func grey() *image.YCbCr {
	p := newPicture(kinect.Width, kinect.Height)
	for i := range p.Y {
		p.Y[i] = middleLuma
	}
	colourless(p)
	return p
}

// colourless makes chroma that of grey.
func colourless(p *image.YCbCr) {
	for i := range p.Cb {
		p.Cb[i] = middleChroma
	}
	copy(p.Cr, p.Cb)
}

// sound reports whether p is a whole 4:2:0 picture of a size there is.
func sound(p *image.YCbCr) bool {
	if p == nil || p.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return false
	}
	w, h := p.Rect.Dx(), p.Rect.Dy()
	whole := func(plane []byte, stride, w, h int) bool {
		return stride >= w && stride <= 1<<16 && len(plane) >= stride*(h-1)+w
	}
	return p.Rect.Min == image.Point{} && developable(w, h) && h <= maxHeight && whole(p.Y, p.YStride, w, h) &&
		whole(p.Cb, p.CStride, w/2, h/2) && whole(p.Cr, p.CStride, w/2, h/2)
}

func copyPicture(dst, src *image.YCbCr) {
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	for y := range h {
		copy(dst.Y[y*dst.YStride:][:w], src.Y[y*src.YStride:])
	}
	for y := range h / 2 {
		copy(dst.Cb[y*dst.CStride:][:w/2], src.Cb[y*src.CStride:])
		copy(dst.Cr[y*dst.CStride:][:w/2], src.Cr[y*src.CStride:])
	}
}

// fromUYVY takes luma as it is and chroma of the mean of two rows.
func fromUYVY(dst *image.YCbCr, pixels []byte, w, h int) {
	for y := 0; y < h; y += 2 {
		top, bottom := pixels[y*2*w:][:2*w], pixels[(y+1)*2*w:][:2*w]
		y0, y1 := dst.Y[y*dst.YStride:][:w], dst.Y[(y+1)*dst.YStride:][:w]
		cb, cr := dst.Cb[y/2*dst.CStride:][:w/2], dst.Cr[y/2*dst.CStride:][:w/2]
		for x := 0; x <= len(y0)-4; x += 4 {
			a, b := binary.LittleEndian.Uint64(top[2*x:]), binary.LittleEndian.Uint64(bottom[2*x:])
			binary.LittleEndian.PutUint32(y0[x:], gather(a>>8&low8))
			binary.LittleEndian.PutUint32(y1[x:], gather(b>>8&low8))
			c := gather(meanUp(a, b) & low8) // Cb Cr Cb Cr
			cb[x/2], cb[x/2+1] = byte(c), byte(c>>16)
			cr[x/2], cr[x/2+1] = byte(c>>8), byte(c>>24)
		}
	}
}

// maxIntensity is the brightest infrared: ten bits.
const maxIntensity = 1023

// lumaOfIntensity is infrared in limited range.
func lumaOfIntensity() (table [maxIntensity + 1]byte) {
	const span = 235 - 16
	for v := range table {
		table[v] = byte(16 + (v*span+maxIntensity/2)/maxIntensity)
	}
	return table
}

func (d *Developer) fromInfrared(dst *image.YCbCr, intensity []uint16) {
	luma := dst.Y[:len(intensity)]
	for i, v := range intensity {
		luma[i] = d.infrared[min(v, maxIntensity)]
	}
	colourless(dst)
}

// Grey is an infrared picture in eight bits of full range, the lower two of ten cut off
// as in libfreenect's FREENECT_VIDEO_IR_8BIT. A frame of another format, or one that
// contradicts itself, is an error. Any goroutine.
func Grey(v *kinect.VideoFrame) (*image.Gray, error) {
	if v == nil || v.Format != kinect.Infrared || v.Width <= 0 || !whole(v) {
		return nil, fmt.Errorf("this is no infrared picture")
	}
	p := image.NewGray(image.Rect(0, 0, v.Width, v.Height))
	for i, n := range v.Intensity {
		p.Pix[i] = byte(min(n, maxIntensity) >> 2)
	}
	return p, nil
}
