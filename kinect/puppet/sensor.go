package puppet

import (
	"math/rand/v2"

	"cutout/kinect"
)

// Marginal marks a code whose reading comes and goes: beside edges and on surfaces
// that throw little light back.
const Marginal = marginal

// A Grain is the noise of a sensor, as measured on a real one in a still room. It
// never changes; any number of goroutines may use it.
type Grain struct{ grain []uint8 }

// soleShare of the lost pixels of a puppet's noise are lost in a Grain: in a real
// recording of a room, 0.2 in 1000 pixels have no reading while all eight around have.
const soleShare = 0.13

// NewGrain makes noise; other seeds make other noise.
func NewGrain(seed uint64) *Grain {
	random := rand.New(rand.NewPCG(seed, 0x677261696e))
	grain := newNoise(random)
	for i, g := range grain {
		if g&grainLost != 0 && random.Float64() > soleShare {
			grain[i] &^= grainLost
		}
	}
	return &Grain{grain}
}

// Develop turns the 640x480 codes of what is before the sensor, with Marginal set
// where it is, into the readings of one frame, in place.
func (g *Grain) Develop(codes []uint16, frame uint64) {
	random := rand.New(rand.NewPCG(frame, 0x6e6f6973))
	develop(codes, codes, g.grain[random.IntN((noiseRows-kinect.Height)*kinect.Width):])
}

// Shade takes the readings from what the projector cannot reach in a row of codes: it
// stands 75 mm to the picture's right of the camera.
func Shade(row []uint16) { shade(row) }

// Code is the disparity code, not rounded, at a distance in metres that is the inverse
// of near; linear in near. A sensor has kinect.DefaultCalibration.
func Code(near float64) float64 {
	s := scaleOf(kinect.DefaultCalibration())
	return s.offset - s.slope/1000*near
}
