package kinect

import "math"

// Calibration is what one particular sensor was measured to be at the factory. It
// turns disparity codes into millimetres and lays depth on colour.
type Calibration struct {
	// Known is false when nothing was read from the device and the values are
	// those of DefaultCalibration.
	Known bool `json:"-"`
	// ConstShift is the disparity offset, in code/4 steps (typically 200).
	ConstShift int
	ZeroPlane  ZeroPlane
	Padding    Padding
	Register   Registration
}

// ZeroPlane describes the reference plane the disparity is measured against.
type ZeroPlane struct {
	EmitterDistance   float32 // depth camera to projector, cm (7.5)
	ColourDistance    float32 // depth camera to colour camera, cm (2.4 as libfreenect has it; devices answer 2.3)
	ReferenceDistance float32 // cm (120)
	ReferencePixel    float32 // size of a pixel at the reference distance, mm (0.1042)
}

// Padding is which lines the colour camera leaves out at the top and bottom.
type Padding struct{ StartLines, EndLines, CroppingLines uint16 }

// Registration are the coefficients of the polynomial which bends the depth grid
// onto the colour grid, in the order and units of the device's reply (see
// kinect/raw): fixed point, third order in x and y.
type Registration struct {
	DXCenter, AX, BX, CX, DX, DXStart               int32
	AY, BY, CY, DY, DYStart                         int32
	DXBetaStart, DYBetaStart                        int32
	RolloutBlank, RolloutSize, DXBetaInc, DYBetaInc int32
	DXDXStart, DXDYStart, DYDXStart, DYDYStart      int32
	DXDXDXStart, DYDXDXStart, DXDXDYStart           int32
	DYDXDYStart, BackComp1, DYDYDXStart             int32
	BackComp2, DYDYDYStart                          int32
}

// DefaultCalibration has the constants that the sensors agree on (zero plane and
// constant shift; libfreenect issue 559 shows them) and no registration.
func DefaultCalibration() Calibration {
	return Calibration{
		ConstShift: 200,
		ZeroPlane:  ZeroPlane{EmitterDistance: 7.5, ColourDistance: 2.4, ReferenceDistance: 120, ReferencePixel: 0.1042},
	}
}

// A Place is a point in front of a sensor in metres, from the middle of its depth
// camera: X grows to the right of the picture (the sensor's left), Y downwards, Z away
// from it. These are the signs of libfreenect's freenect_camera_to_world.
type Place struct{ X, Y, Z float64 }

// Place is where the point lies that depth shows at pixel (x, y) of its own grid,
// not of the colour camera's: in unregistered depth exactly, in registered depth
// seen from the colour camera, some 25 mm beside, whose focal length differs by a few
// per cent. The middle of the picture is (320, 240); places between pixels are fine.
// A pixel without a reading is the zero Place.
func (c Calibration) Place(x, y float64, mm Millimetres) Place {
	z := float64(mm) / 1000
	return Place{X: (x - Width/2) * z * c.perPixel(), Y: (y - Height/2) * z * c.perPixel(), Z: z}
}

// Pixel is where depth shows a place, and its distance: the inverse of Place. ok is
// false when the place is not in front of the sensor or beyond what Millimetres can
// say; the pixel may lie outside the picture.
func (c Calibration) Pixel(p Place) (x, y float64, mm Millimetres, ok bool) {
	distance := math.Round(p.Z * 1000)
	scale := p.Z * c.perPixel()
	if !(distance >= 1 && distance <= math.MaxUint16 && scale > 0) {
		return 0, 0, NoReading, false
	}
	return p.X/scale + Width/2, p.Y/scale + Height/2, Millimetres(distance), true
}

// perPixel is the size of a pixel at a distance of one: the inverse of the focal
// length, twice the reference pixel over the reference distance, units as they are
// (libfreenect registration.c). A calibration without a reference plane has the usual
// one.
func (c Calibration) perPixel() float64 {
	z := c.ZeroPlane
	if f := 2 * float64(z.ReferencePixel) / float64(z.ReferenceDistance); f > 0 && !math.IsInf(f, 0) {
		return f
	}
	return 1 / FocalLength
}
