package audio

import "math"

// bell is a struck tone with an overtone that dies sooner.
func bell(hertz, long float64) func(float64) float64 {
	return func(t float64) float64 {
		bend := 2.2 * decay(t, long/3) * math.Sin(2*math.Pi*3.01*hertz*t)
		return math.Sin(2*math.Pi*hertz*t+bend) * attack(t, 0.002) * decay(t, long)
	}
}

// brass is a bright saw that opens.
func brass(key, long float64) func(float64) float64 {
	a, b := newSaw(tone(key+0.06), 0), newSaw(tone(key-0.06), 0.5)
	var f filter
	return func(t float64) float64 {
		low, _, _ := f.next(a.next()+b.next(), 500+3200*attack(t, 0.08)*decay(t, 3*long), 0.9)
		return low * attack(t, 0.02) * max(0, min(1, (long-t)/0.12))
	}
}

// makeEffects makes every effect, each with its own loudness.
func makeEffects() [numEffects]stereo {
	return [numEffects]stereo{
		Ready: melody(0.9, 0.34, bellNotes([]note{{0, 76, 0.35}, {0.09, 83, 0.6}})),
		Tick:  melody(0.3, 0.34, bellNotes([]note{{0, 76, 0.2}})),
		Go:    melody(1.0, 0.42, bellNotes([]note{{0, 76, 0.6}, {0, 83, 0.8}, {0, 88, 0.9}})),
		Pass:  melody(1.3, 0.42, bellNotes([]note{{0, 72, 0.6}, {0.07, 76, 0.7}, {0.14, 79, 0.8}, {0.21, 84, 1}})),
		Fail:  thud(),
		Combo: melody(1.4, 0.36, bellNotes([]note{
			{0, 79, 0.4}, {0.05, 84, 0.4}, {0.1, 88, 0.5}, {0.15, 91, 0.6}, {0.2, 96, 1}, {0.26, 100, 1},
		})),
		Fanfare: fanfare(),
	}
}

// A note begins at so many seconds, on a key, and rings.
type note struct{ at, key, long float64 }

func bellNotes(notes []note) func(stereo) {
	return func(s stereo) {
		for i, n := range notes {
			pan := 0.4 * float64(i%3-1)
			s.add(samples(n.at), n.long, pan, bell(tone(n.key), n.long))
		}
	}
}

// melody makes an effect of long seconds whose loudest sample is peak.
func melody(long float64, peak float32, play func(stereo)) stereo {
	s := newStereo(samples(long))
	play(s)
	return s.fade().scale(peak)
}

// fade takes the last hundredth of a second down to silence, so that no effect ends
// with a click.
func (s stereo) fade() stereo {
	n := min(len(s.left), SampleRate/100)
	for i := range n {
		at := len(s.left) - 1 - i
		g := float32(i) / float32(n)
		s.left[at] *= g
		s.right[at] *= g
	}
	return s
}

// thud is a body against foam: a low drop, a smack, and a sad slide.
func thud() stereo {
	return melody(0.9, 0.5, func(s stereo) {
		s.add(0, 0.5, 0, func(t float64) float64 {
			phase := 38*t + (120-38)*(1-math.Exp(-t*18))/18
			return math.Sin(2*math.Pi*phase) * attack(t, 0.002) * decay(t, 0.45)
		})
		noise := hiss(3)
		var f filter
		s.add(0, 0.2, 0, func(t float64) float64 {
			low, _, _ := f.next(noise(), 900*decay(t, 0.3)+80, 1)
			return 1.1 * low * decay(t, 0.16)
		})
		var g filter
		s.add(samples(0.08), 0.75, 0, func(t float64) float64 {
			hertz := tone(57 - 9*t)
			phase := math.Mod(hertz*t, 1)
			low, _, _ := g.next(2*phase-1, 500, 1.2)
			return 0.35 * low * attack(t, 0.02) * max(0, 1-t/0.75)
		})
	})
}

// fanfare is for the podium.
func fanfare() stereo {
	return melody(3.2, 0.5, func(s stereo) {
		chord := func(at, long float64, keys ...float64) {
			for i, k := range keys {
				s.add(samples(at), long, 0.35*float64(i%3-1), brass(k, long))
			}
		}
		chord(0, 0.16, 60, 64, 67)
		chord(0.18, 0.16, 60, 64, 67)
		chord(0.36, 0.16, 60, 64, 67)
		chord(0.54, 0.5, 65, 69, 72)
		chord(1.05, 0.28, 62, 67, 71)
		chord(1.36, 1.6, 60, 64, 67, 72, 76)
		for i := range 10 {
			s.add(samples(1.4+0.08*float64(i)), 0.9, 0.6*float64(i%3-1), func(t float64) float64 {
				return 0.5 * bell(tone(84+[5]float64{0, 4, 7, 12, 16}[i%5]), 0.8)(t)
			})
		}
	})
}
