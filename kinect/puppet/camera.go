package puppet

import "cutout/kinect"

// The sensor stands level on its table, as people put it: its optical axis runs
// sensorHeight millimetres above the floor.
const (
	sensorHeight = 900
	centreX      = kinect.Width / 2
	centreY      = kinect.Height / 2
	// nearest and furthest are the distances between which a Kinect gives readings,
	// in millimetres: libfreenect users agree on about half a metre, and from
	// 9758 mm (code 1054) on the formula stops making sense.
	nearest, furthest = 500, 9758
	// nowhere is a distance that gives no reading.
	nowhere = furthest + 1
	// lastCode is the code of furthest.
	lastCode = 1054
	// blindColumns at the right of a depth picture never carry data.
	blindColumns = 8
)

// A vec is a place in the room in millimetres: x to the picture's right from the
// optical axis, y up from the floor, z away from the sensor.
type vec struct{ x, y, z float64 }

func (a vec) plus(b vec) vec      { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) minus(b vec) vec     { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(s float64) vec { return vec{a.x * s, a.y * s, a.z * s} }
func (a vec) dot(b vec) float64   { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) project() (u, v, s float64) {
	s = kinect.FocalLength / a.z
	return centreX + a.x*s, centreY - (a.y-sensorHeight)*s, s
}

// ray is the direction of a pixel, with z = 1.
func ray(u, v float64) vec {
	return vec{(u - centreX) / kinect.FocalLength, (centreY - v) / kinect.FocalLength, 1}
}

// A scale turns distances into disparity codes: code = offset - slope/mm, which is
// kinect/raw's formula for millimetres the other way round. A code is an eighth of
// a pixel of shift between the camera and the projector.
type scale struct{ offset, slope float64 }

func scaleOf(c kinect.Calibration) scale {
	z := c.ZeroPlane
	emitter, pixel, reference := float64(z.EmitterDistance), float64(z.ReferencePixel), float64(z.ReferenceDistance)
	return scale{
		offset: 4*(emitter/pixel+0.375) + 4*float64(c.ConstShift),
		slope:  4 * emitter / pixel * 10 * reference,
	}
}

// code is the disparity code of a distance, kinect.NoDisparity outside the range.
func (s scale) code(mm float64) uint16 {
	if mm < nearest || mm > furthest {
		return kinect.NoDisparity
	}
	return uint16(s.offset - s.slope/mm + 0.5)
}

// table is code for whole millimetres up to furthest.
func (s scale) table() *[nowhere + 1]uint16 {
	t := new([nowhere + 1]uint16)
	for mm := range t {
		t[mm] = s.code(float64(mm))
	}
	return t
}
