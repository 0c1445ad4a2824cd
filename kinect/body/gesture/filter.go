package gesture

import (
	"math"

	"cutout/kinect"
)

// The filter of one joint: an alpha-beta filter (place and speed, so that steady motion
// has no lag) whose gain is low while the joint stays where it was expected and opens
// when it goes somewhere: what the One-Euro filter (Casiez, Roussel and Vogel, CHI 2012)
// does with the speed, done with the mean surprise. At the same stillness it lags
// half as much; docs/bodies.md has both measured.
const (
	// The cutoff in Hz of a joint at rest and of one that moves.
	restCutoff, moveCutoff = 0.5, 6
	// quickCutoff is by how many Hz it rises with each m/s beyond quick.
	quickCutoff = 3
	// The gain begins to open at a mean surprise of openFrom times the joint's noise, and
	// is fully open at openTo: noise alone stays at about once, rarely reaches twice.
	openFrom, openTo = 2, 4
	// The noise is taken to be at least leastNoise and at most mostNoise, m per axis.
	leastNoise, mostNoise = 0.006, 0.03
	// At rest the speed dies away within about this many seconds.
	restTime = 0.3
	// slow and quick, m/s, are where the gain begins to open for the speed alone, so that
	// it is open throughout a steady motion, and where it is fully open.
	slow, quick = 0.15, 0.75
	// A joint that is further than gate, m, and half of what it moves in a frame from
	// where it was expected has jumped: believed only when the next frame says the same.
	// Hands reach some 50 m/s² in a dance: 55 mm in a frame.
	gate = 0.15
	// fastest is what a joint may move, m/s, while frames are missing.
	fastest = 4.0
	// holdTime is for how many seconds a joint that is missed is held; its confidence
	// halves every halving.
	holdTime, halving = 0.2, 0.08
)

// A filter follows one joint.
type filter struct {
	known      bool
	at, speed  vec
	surprise   vec    // mean difference from what was expected
	last       [2]vec // the measurements before, newest first
	count      int    // measurements taken in a row, for noise
	noise      float64
	jump       vec // where a jump led, while it is not yet believed
	jumped     bool
	missed     float64 // s without a measurement
	confidence float32
	sight      kinect.Sight
}

// expected is where the joint will be dt seconds later.
func (f *filter) expected(dt float64) vec { return f.at.plus(dt, f.speed) }

// start forgets everything but what is measured now.
func (f *filter) start(at, speed vec) {
	noise := f.noise
	*f = filter{known: true, at: at, speed: speed, noise: max(noise, 0.01), count: 1}
	f.last[0] = at
}

// take learns of a measurement, dt seconds after the frame before.
func (f *filter) take(at vec, confidence float32, sight kinect.Sight, dt float64) {
	switch {
	case !f.known:
		f.start(at, vec{})
	default:
		expected := f.expected(dt)
		far := gate + f.speed.length()*dt/2 + fastest*max(0, f.missed+dt-period)
		if at.minus(expected).length() <= far {
			f.correct(expected, at, dt)
			break
		}
		if !f.jumped || at.minus(f.jump).length() > far {
			f.jump, f.jumped = at, true
			f.miss(dt)
			return
		}
		v := at.minus(f.jump)
		f.start(at, vec{}.plus(min(1/dt, fastest/max(v.length(), 1e-3)), v))
	}
	f.jumped, f.missed = false, 0
	f.confidence, f.sight = confidence, sight
}

// correct moves from what was expected towards what was measured.
func (f *filter) correct(expected, at vec, dt float64) {
	f.learnNoise(at)
	r := at.minus(expected)
	f.surprise = f.surprise.plus(1-math.Exp2(-dt/period), r.minus(f.surprise))
	open := (f.surprise.length()/f.noise - openFrom) / (openTo - openFrom)
	open = max(open, (f.speed.length()-slow)/(quick-slow))
	open = max(0, min(1, open))
	a := gain(restCutoff+(moveCutoff-restCutoff)*open+quickCutoff*max(0, f.speed.length()-quick), dt)
	f.at = expected.plus(a, r)
	// beta of a critically damped filter, a²/(2-a): Benedict and Bordner 1962.
	f.speed = f.speed.plus(a*a/(2-a)/dt, r)
	f.speed = vec{}.plus(1-(1-open)*(1-math.Exp(-dt/restTime)), f.speed)
}

// learnNoise measures the noise by the second difference of the measurements, to which
// motion adds little (10 m/s² add 11 mm) and noise √6 times itself on each axis.
func (f *filter) learnNoise(at vec) {
	if f.count >= 2 {
		second := at.plus(-2, f.last[0]).plus(1, f.last[1]).length()
		const mean = 1.6 * 2.45 // of the length of three normal numbers, times √6
		f.noise += 0.04 * (max(leastNoise, min(mostNoise, second/mean)) - f.noise)
	}
	f.last[1], f.last[0] = f.last[0], at
	f.count = min(f.count+1, 2)
}

// likely is the confidence from which most joints are where they are found: under it
// two in three are not (docs/bodies.md has the table).
const likely = 0.3

// sure reports whether the joint was found surely, now or just before.
func (f *filter) sure() bool { return f.known && f.confidence >= likely }

// miss moves on without a measurement; held too long the joint is lost.
func (f *filter) miss(dt float64) {
	if !f.known {
		return
	}
	f.count = 0
	if f.missed += dt; f.missed > holdTime+period/2 {
		*f = filter{noise: f.noise}
		return
	}
	f.at = f.expected(dt)
	f.speed = vec{}.plus(math.Exp(-dt/0.1), f.speed)
	f.confidence *= float32(math.Exp2(-dt / halving))
	f.sight = kinect.Hidden
}

// gain is that of a low-pass filter of first order with a cutoff in Hz.
func gain(cutoff, dt float64) float64 {
	r := 2 * math.Pi * cutoff * dt
	return r / (1 + r)
}

// joint is the filter's answer.
func (f *filter) joint(c kinect.Calibration) kinect.Joint {
	if !f.known {
		return kinect.Joint{}
	}
	x, y, mm, ok := c.Pixel(kinect.Place(f.at))
	if !ok || math.Abs(x) > farOut || math.Abs(y) > farOut {
		return kinect.Joint{}
	}
	j := kinect.Joint{Depth: mm, Place: kinect.Place(f.at), Confidence: f.confidence, Sight: f.sight}
	j.X, j.Y = int(math.Round(x)), int(math.Round(y))
	if u, v := max(0, min(kinect.Width-1, j.X)), max(0, min(kinect.Height-1, j.Y)); u != j.X || v != j.Y {
		if j.Sight != kinect.Seen {
			j.Sight = kinect.OutOfView
			return j
		}
		// What is seen lies in the picture.
		j.X, j.Y = u, v
		j.Place = c.Place(float64(u), float64(v), mm)
	}
	return j
}

// farOut is how far from the picture's corner, in pixels, a joint can be: what lies
// further out has no place worth telling.
const farOut = 1 << 14
