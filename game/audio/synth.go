package audio

import (
	"math"
	"math/rand/v2"
)

// SampleRate of all sound, in samples a second and channel.
const SampleRate = 48000

// tone is the frequency in hertz of a key, counted in semitones as MIDI does: 69 is
// the A of 440 Hz.
func tone(key float64) float64 { return 440 * math.Exp2((key-69)/12) }

// A saw is a sawtooth oscillator without the harsh edge that aliases: the jump is
// rounded over two samples (polynomial band-limited step).
type saw struct{ phase, step float64 }

func newSaw(hertz, phase float64) saw { return saw{phase: phase, step: hertz / SampleRate} }

func (s *saw) next() float64 {
	s.phase += s.step
	if s.phase >= 1 {
		s.phase--
	}
	return 2*s.phase - 1 - blep(s.phase, s.step)
}

// blep is what rounds a jump at phase 0.
func blep(phase, step float64) float64 {
	switch {
	case phase < step:
		t := phase / step
		return t + t - t*t - 1
	case phase > 1-step:
		t := (phase - 1) / step
		return t*t + t + t + 1
	}
	return 0
}

// A filter is a state variable filter of second order (trapezoidal integration),
// stable at any cutoff, which is held below 14 kHz.
type filter struct{ low, band float64 }

// next filters one sample; damping is 2 for a soft filter and towards 0 for a
// ringing one.
func (f *filter) next(in, hertz, damping float64) (low, band, high float64) {
	// The tangent, by its continued fraction: good to a thousandth up to 12 kHz.
	x := math.Pi / SampleRate * min(hertz, 0.3*SampleRate)
	g := x * (15 - x*x) / (15 - 6*x*x)
	high = (in - (damping+g)*f.band - f.low) / (1 + g*(damping+g))
	band = f.band + g*high
	low = f.low + g*band
	f.band = band + g*high
	f.low = low + g*band
	return low, band, high
}

// decay falls from 1 to a thousandth in long seconds.
func decay(t, long float64) float64 { return math.Exp(-6.9 * t / long) }

// attack rises from 0 to 1 in long seconds.
func attack(t, long float64) float64 { return min(1, t/long) }

// A stereo is a piece of sound, left and right.
type stereo struct{ left, right []float32 }

func newStereo(samples int) stereo {
	return stereo{make([]float32, samples), make([]float32, samples)}
}

func samples(seconds float64) int { return int(seconds * SampleRate) }

// add puts a note of long seconds into the piece from sample start on; pan is -1
// for left, 1 for right. What is beyond the end comes round to the beginning, so
// that a loop has no seam.
func (s stereo) add(start int, long, pan float64, note func(t float64) float64) {
	n := len(s.left)
	l, r := math.Sqrt(0.5*(1-pan)), math.Sqrt(0.5*(1+pan))
	for i := range samples(long) {
		v := note(float64(i) / SampleRate)
		at := (start + i) % n
		s.left[at] += float32(v * l)
		s.right[at] += float32(v * r)
	}
}

// echo adds repeats which fall by gain and change sides; they come round too.
func (s stereo) echo(delay int, gain float64, times int) {
	n := len(s.left)
	left, right := append([]float32(nil), s.left...), append([]float32(nil), s.right...)
	level := float32(1)
	for k := 1; k <= times; k++ {
		level *= float32(gain)
		left, right = right, left
		for i := range n {
			at := (i + k*delay) % n
			s.left[at] += level * left[i]
			s.right[at] += level * right[i]
		}
	}
}

// scale brings the loudest sample to peak.
func (s stereo) scale(peak float32) stereo {
	var loudest float32
	for i := range s.left {
		loudest = max(loudest, s.left[i], -s.left[i], s.right[i], -s.right[i])
	}
	if loudest > 0 {
		for i := range s.left {
			s.left[i] *= peak / loudest
			s.right[i] *= peak / loudest
		}
	}
	return s
}

// hiss is white noise, the same each time.
func hiss(seed uint64) func() float64 {
	random := rand.New(rand.NewPCG(seed, 0x68697373))
	return func() float64 { return 2*random.Float64() - 1 }
}
