package raw

import "cutout/kinect"

const pixels = kinect.Width * kinect.Height

// A Developer is kinect.Developer for the calibration of one sensor. One goroutine
// may use it.
type Developer struct {
	calibration kinect.Calibration
	// distances has a place for every uint16, which needs no check.
	distances [1 << 16]kinect.Millimetres
	warp      *warp // nil without registration
	mosaic    mosaic
	infrared  [maxIntensity + 1]byte // luma
}

// NewDeveloper prepares the tables for a calibration: about 2 MB and a few
// milliseconds.
func NewDeveloper(c kinect.Calibration) *Developer {
	d := &Developer{infrared: lumaOfIntensity()}
	d.prepare(c)
	return d
}

// Calibrate implements kinect.Developer.
func (d *Developer) Calibrate(c kinect.Calibration) {
	if c != d.calibration {
		d.prepare(c)
	}
}

func (d *Developer) prepare(c kinect.Calibration) {
	d.calibration = c
	for code := range d.distances {
		d.distances[code] = Distance(c, uint16(code))
	}
	d.warp = nil
	if c.Register != (kinect.Registration{}) {
		d.warp = newWarp(c, &d.distances)
	}
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

// Depth implements kinect.Developer. A frame of the wrong size, or of a mode other than
// Depth11Bit, gives a picture without any reading, which counts as not registered.
func (d *Developer) Depth(f *kinect.DepthFrame) (mm []kinect.Millimetres, registered bool) {
	mm = make([]kinect.Millimetres, pixels)
	if f == nil || len(f.Codes) != pixels || f.Mode != kinect.Depth11Bit {
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
