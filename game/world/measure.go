package world

import (
	"slices"

	"cutout/kinect"
)

const (
	// measureSamples is how many silhouettes a measurement spans: two seconds at the
	// sensor's pace.
	measureSamples = 61
	// measureEnough of them make a measurement that may be frozen.
	measureEnough = 15
)

// measurer finds the size of the player: the median of the recent silhouettes,
// which neither a jump nor a bad frame moves.
type measurer struct {
	heights, drops []int       // the newest last
	now            Calibration // zero while nobody was measured
	wanted, frozen bool
}

// add takes in a new silhouette.
func (m *measurer) add(s *kinect.Silhouette) {
	if s == nil || s.Distance == 0 || m.frozen {
		return
	}
	if !(Calibration{Height: s.Height, FloorDrop: s.FloorDrop}).plausible() {
		return
	}
	m.heights = push(m.heights, int(s.Height))
	m.drops = push(m.drops, s.FloorDrop)
	m.now = Calibration{Height: kinect.Millimetres(median(m.heights)), FloorDrop: median(m.drops)}
	m.frozen = m.wanted && len(m.heights) >= measureEnough
}

// freeze keeps the measurement from now on, or as soon as there is one: a latecomer
// is measured while playing.
func (m *measurer) freeze() {
	m.wanted = true
	m.frozen = len(m.heights) >= measureEnough
}

func (m *measurer) thaw() { m.wanted, m.frozen = false, false }

func push(samples []int, v int) []int {
	if len(samples) == measureSamples {
		copy(samples, samples[1:])
		samples[measureSamples-1] = v
		return samples
	}
	return append(samples, v)
}

func median(samples []int) int {
	var sorted [measureSamples]int
	n := copy(sorted[:], samples)
	slices.Sort(sorted[:n])
	return sorted[n/2]
}
