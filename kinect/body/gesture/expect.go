package gesture

import "cutout/kinect"

// An Expectation is where a person's joints will be, from the frames before. The zero
// value is that of somebody never seen.
type Expectation struct {
	// Known says of each joint whether At is where it is expected.
	Known [kinect.JointCount]bool
	At    [kinect.JointCount]kinect.Place
	// UpperArm and Forearm, with half of the hand, are the bones' lengths in metres, 0 while
	// they are not known.
	UpperArm, Forearm float64
}

// Expect says where the joints are expected in the frame of the sensor's time clock, for
// whoever looks for them there.
func (p *Person) Expect(clock uint32) (e Expectation) {
	if !p.seen {
		return e
	}
	dt := float64(int32(clock-p.clock)) / kinect.ClockHz
	if dt <= 0 {
		dt = period
	}
	if p.bones.count[upperArm] >= enough {
		e.UpperArm = p.bones.length[upperArm]
	}
	if p.bones.count[forearm] >= enough {
		e.Forearm = p.bones.length[forearm]
	}
	if dt > afresh {
		return e
	}
	for i := range p.filters {
		if f := &p.filters[i]; f.known && f.missed < soon {
			e.Known[i], e.At[i] = true, kinect.Place(f.expected(dt))
		}
	}
	return e
}

// soon is for how many seconds without a measurement a joint is still expected somewhere.
const soon = 0.1
