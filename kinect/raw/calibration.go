package raw

import (
	"encoding/binary"
	"fmt"
	"math"

	"cutout/kinect"
)

// ParseParameter reads the answer to GetParameter: the payload of ParseReply.
func ParseParameter(payload []byte) (uint16, error) {
	if len(payload) < 2 {
		return 0, fmt.Errorf("a parameter's value has %d bytes instead of 2 or 4", len(payload))
	}
	return binary.LittleEndian.Uint16(payload), nil
}

// ParseCMOS reads the answer to ReadCMOS: the payload of ParseReply.
func ParseCMOS(payload []byte) (uint16, error) {
	if len(payload) != 4 {
		return 0, fmt.Errorf("a camera chip register's value has %d bytes instead of 4", len(payload))
	}
	return binary.LittleEndian.Uint16(payload[2:]), nil
}

const (
	// zeroPlaneOffset is where the four floats of the zero plane stand, counted
	// from behind the status word: fields 23 to 26 of the block (OpenNI2
	// XnFixedParams; libfreenect cameras.c).
	zeroPlaneOffset = 23 * 4
	// fixedBytes is the shorter of the two blocks (models 1414 and 1473 answer 320
	// and 332 bytes behind the status word).
	fixedBytes = 320
	// colourDistance replaces what devices answer (2.3), as libfreenect does.
	colourDistance = 2.4
)

// ParseFixedParameters reads the zero plane from the answer to FixedParameters: the
// payload of ParseReply.
func ParseFixedParameters(payload []byte) (kinect.ZeroPlane, error) {
	if len(payload) < fixedBytes {
		return kinect.ZeroPlane{}, fmt.Errorf("fixed parameters have %d bytes instead of at least %d", len(payload), fixedBytes)
	}
	value := func(i int) float32 {
		return math.Float32frombits(binary.LittleEndian.Uint32(payload[zeroPlaneOffset+4*i:]))
	}
	z := kinect.ZeroPlane{
		EmitterDistance: value(0), ColourDistance: colourDistance,
		ReferenceDistance: value(2), ReferencePixel: value(3),
	}
	if err := CheckZeroPlane(z); err != nil {
		return kinect.ZeroPlane{}, err
	}
	return z, nil
}

// CheckZeroPlane refuses numbers that no Kinect can have; they would turn every
// distance into nonsense.
func CheckZeroPlane(z kinect.ZeroPlane) error {
	for _, f := range []struct {
		name      string
		value     float32
		low, high float32
	}{
		{"emitter distance", z.EmitterDistance, 1, 50},
		{"colour camera's distance", z.ColourDistance, 0, 50},
		{"reference distance", z.ReferenceDistance, 10, 1000},
		{"reference pixel", z.ReferencePixel, 0.005, 2},
	} {
		if !(f.value >= f.low && f.value <= f.high) { // also when not a number
			return fmt.Errorf("calibration: the %s is %g, outside %g..%g", f.name, f.value, f.low, f.high)
		}
	}
	return nil
}

// ParseRegistration reads the answer to AlgorithmParameters(AlgorithmRegistration):
// the payload of ParseReply.
func ParseRegistration(payload []byte) (kinect.Registration, error) {
	var r kinect.Registration
	fields := registrationFields(&r)
	if len(payload) != 4*len(fields) {
		return r, fmt.Errorf("registration has %d bytes instead of %d", len(payload), 4*len(fields))
	}
	for i, f := range fields {
		*f = int32(binary.LittleEndian.Uint32(payload[4*i:]))
	}
	return r, nil
}

// registrationFields are the coefficients in the order of the device's reply
// (libfreenect_registration.h, struct freenect_reg_info).
func registrationFields(r *kinect.Registration) [29]*int32 {
	return [29]*int32{
		&r.DXCenter, &r.AX, &r.BX, &r.CX, &r.DX, &r.DXStart,
		&r.AY, &r.BY, &r.CY, &r.DY, &r.DYStart,
		&r.DXBetaStart, &r.DYBetaStart, &r.RolloutBlank, &r.RolloutSize, &r.DXBetaInc, &r.DYBetaInc,
		&r.DXDXStart, &r.DXDYStart, &r.DYDXStart, &r.DYDYStart,
		&r.DXDXDXStart, &r.DYDXDXStart, &r.DXDXDYStart, &r.DYDXDYStart,
		&r.BackComp1, &r.DYDYDXStart, &r.BackComp2, &r.DYDYDYStart,
	}
}

// ParsePadding reads the answer to AlgorithmParameters(AlgorithmPadding): the
// payload of ParseReply.
func ParsePadding(payload []byte) (kinect.Padding, error) {
	if len(payload) != 6 {
		return kinect.Padding{}, fmt.Errorf("padding has %d bytes instead of 6", len(payload))
	}
	return kinect.Padding{
		StartLines:    binary.LittleEndian.Uint16(payload),
		EndLines:      binary.LittleEndian.Uint16(payload[2:]),
		CroppingLines: binary.LittleEndian.Uint16(payload[4:]),
	}, nil
}

// ParseConstShift reads the answer to AlgorithmParameters(AlgorithmConstShift): the
// payload of ParseReply.
func ParseConstShift(payload []byte) (int, error) {
	if len(payload) != 2 {
		return 0, fmt.Errorf("constant shift has %d bytes instead of 2", len(payload))
	}
	return int(binary.LittleEndian.Uint16(payload)), nil
}

// ParseCalibration puts a calibration together from the payloads of the four
// replies a camera gives.
func ParseCalibration(fixed, registration, padding, constShift []byte) (kinect.Calibration, error) {
	c := kinect.Calibration{Known: true}
	var err error
	if c.ZeroPlane, err = ParseFixedParameters(fixed); err != nil {
		return kinect.Calibration{}, err
	}
	if c.Register, err = ParseRegistration(registration); err != nil {
		return kinect.Calibration{}, err
	}
	if c.Padding, err = ParsePadding(padding); err != nil {
		return kinect.Calibration{}, err
	}
	if c.ConstShift, err = ParseConstShift(constShift); err != nil {
		return kinect.Calibration{}, err
	}
	return c, nil
}
