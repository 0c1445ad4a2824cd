package kinect

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
