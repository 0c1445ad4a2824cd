package raw

import (
	"image"

	"cutout/kinect"
)

const pixels = kinect.Width * kinect.Height

// A Developer is kinect.Developer for the calibration of one sensor. One goroutine
// may use it.
type Developer struct {
	// distances has a place for every uint16, which needs no check.
	distances [1 << 16]kinect.Millimetres
	warp      *warp // nil without registration
	mosaic    *mosaic
}

// NewDeveloper prepares the tables for a calibration: about 2 MB and a few
// milliseconds.
func NewDeveloper(c kinect.Calibration) *Developer {
	d := &Developer{mosaic: newMosaic()}
	for code := range d.distances {
		d.distances[code] = Distance(c, uint16(code))
	}
	if c.Register != (kinect.Registration{}) {
		d.warp = newWarp(c, &d.distances)
	}
	return d
}

var _ kinect.Developer = (*Developer)(nil)

// MaxDistance is the end of what a sensor can tell: beyond it the disparity hardly
// changes any more (libfreenect.h, FREENECT_DEPTH_MM_MAX_VALUE).
const MaxDistance kinect.Millimetres = 10_000

// Distance is what a disparity code means; kinect.NoReading for codes without one
// and for everything at MaxDistance or beyond. The formula turns negative a little
// beyond (code 1090 with the usual constants), and must not be believed there.
func Distance(c kinect.Calibration, code uint16) kinect.Millimetres {
	if code >= kinect.NoDisparity {
		return kinect.NoReading
	}
	const (
		codesPerPixel = 4     // the disparity is in quarters of a reference pixel
		offset        = 0.375 // libfreenect registration.c, S2D_CONST_OFFSET
		perCentimetre = 10
	)
	z := c.ZeroPlane
	shift := (float64(code)-codesPerPixel*float64(c.ConstShift))/codesPerPixel - offset
	metric := shift * float64(z.ReferencePixel)
	rest := float64(z.EmitterDistance) - metric
	mm := perCentimetre * (metric*float64(z.ReferenceDistance)/rest + float64(z.ReferenceDistance))
	if !(rest > 0 && mm >= 1 && mm < float64(MaxDistance)) { // also when not a number
		return kinect.NoReading
	}
	return kinect.Millimetres(mm)
}

// Depth implements kinect.Developer. A frame of the wrong size gives a picture
// without any reading, which counts as not registered.
func (d *Developer) Depth(f *kinect.DepthFrame) (mm []kinect.Millimetres, registered bool) {
	mm = make([]kinect.Millimetres, pixels)
	if f == nil || len(f.Codes) != pixels {
		return mm, false
	}
	if d.warp != nil && !f.Registered {
		d.warp.register((*[pixels]kinect.Millimetres)(mm), (*[pixels]uint16)(f.Codes))
		return mm, true
	}
	d.Millimetres(mm, f.Codes)
	return mm, f.Registered
}

// Millimetres converts codes where they lie, as many as dst holds.
func (d *Developer) Millimetres(dst []kinect.Millimetres, codes []uint16) {
	codes = codes[:min(len(codes), len(dst))]
	dst = dst[:len(codes)]
	for i, c := range codes {
		dst[i] = d.distances[c]
	}
}

// Colour implements kinect.Developer. A frame of the wrong size or of an unknown
// format gives a grey picture.
func (d *Developer) Colour(v *kinect.VideoFrame) *image.YCbCr {
	picture := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	switch {
	case v == nil:
		grey(picture)
	case v.Format == kinect.BayerGRBG && len(v.Pixels) == pixels:
		d.mosaic.develop(picture, v.Pixels)
	case v.Format == kinect.RGB && len(v.Pixels) == 3*pixels:
		fromRGB(picture, v.Pixels)
	case v.Format == kinect.YCbCr && sound(v.Picture):
		copyPicture(picture, v.Picture)
	default:
		grey(picture)
	}
	return picture
}

// The middle of luma and of chroma in limited range (ITU-R BT.601).
const middleLuma, middleChroma = 126, 128

func grey(p *image.YCbCr) {
	for i := range p.Y {
		p.Y[i] = middleLuma
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = middleChroma, middleChroma
	}
}

// sound reports whether p is a whole 640x480 4:2:0 picture.
func sound(p *image.YCbCr) bool {
	if p == nil || p.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return false
	}
	whole := func(plane []byte, stride, w, h int) bool {
		return stride >= w && stride <= 1<<16 && len(plane) >= stride*(h-1)+w
	}
	const w, h = kinect.Width, kinect.Height
	return p.Rect == image.Rect(0, 0, w, h) && whole(p.Y, p.YStride, w, h) &&
		whole(p.Cb, p.CStride, w/2, h/2) && whole(p.Cr, p.CStride, w/2, h/2)
}

func copyPicture(dst, src *image.YCbCr) {
	for y := range kinect.Height {
		copy(dst.Y[y*dst.YStride:][:kinect.Width], src.Y[y*src.YStride:])
	}
	for y := range kinect.Height / 2 {
		copy(dst.Cb[y*dst.CStride:][:kinect.Width/2], src.Cb[y*src.CStride:])
		copy(dst.Cr[y*dst.CStride:][:kinect.Width/2], src.Cr[y*src.CStride:])
	}
}
