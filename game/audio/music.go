package audio

import "math"

// The music is a loop of four bars at 120 beats a minute, at which a sixteenth is a
// whole number of samples.
const (
	sixteenth   = SampleRate / 8
	bar         = 16 * sixteenth
	loopSamples = 4 * bar
)

// A layer is a part of the music that comes and goes by itself.
type layer int

const (
	pad layer = iota
	bassLine
	arpeggio
	drums
	lead
	numLayers
)

// chords is the progression, a bar each: A minor, F, C, G, as keys.
var chords = [4][4]int{{57, 60, 64, 69}, {53, 57, 60, 65}, {55, 60, 64, 67}, {55, 59, 62, 67}}

// roots of the chords for the bass.
var roots = [4]int{33, 29, 36, 31}

// compose makes a layer of the loop.
func compose(l layer) stereo {
	return [numLayers]func() stereo{
		pad: composePad, bassLine: composeBass, arpeggio: composeArpeggio, drums: composeDrums, lead: composeLead,
	}[l]()
}

// pumped makes room for the kick drum on each beat.
func (s stereo) pumped() stereo {
	const beat = 4 * sixteenth
	var gain [beat]float32
	for i := range gain {
		gain[i] = float32(0.35 + 0.65*(1-math.Exp(-9*float64(i)/SampleRate)))
	}
	for i := range s.left {
		s.left[i] *= gain[i%beat]
		s.right[i] *= gain[i%beat]
	}
	return s
}

// composePad holds each chord with slow, soft saws, a little out of tune.
func composePad() stereo {
	s := newStereo(loopSamples)
	const long = 2.9 // a bar of two seconds and its fading
	for b, chord := range chords {
		for k, key := range chord[:3] {
			for side, pan := range [2]float64{-0.8, 0.8} {
				a := newSaw(tone(float64(key)+0.06), 0.13*float64(k+side))
				c := newSaw(tone(float64(key)-0.07), 0.31*float64(k+3*side))
				var f filter
				s.add(b*bar, long, pan, func(t float64) float64 {
					bright := 500 + 900*math.Sin(math.Pi*min(1, t/long))
					low, _, _ := f.next(a.next()+c.next(), bright, 1.4)
					return low * attack(t, 0.35) * min(1, (long-t)/0.9)
				})
			}
		}
	}
	return s.pumped().scale(0.3)
}

// composeBass plays eighths on the root, with octaves where they push on.
func composeBass() stereo {
	s := newStereo(loopSamples)
	pattern := [8]int{0, 0, 12, 0, 0, 12, 0, 12}
	for b, root := range roots {
		for step, jump := range pattern {
			hertz := tone(float64(root + jump))
			o, sub := newSaw(hertz, 0), hertz
			var f filter
			s.add(b*bar+step*2*sixteenth, 0.26, 0, func(t float64) float64 {
				low, _, _ := f.next(o.next(), 140+1500*decay(t, 0.22), 0.7)
				v := 0.8*low + 0.55*math.Sin(2*math.Pi*sub*t)
				return v * attack(t, 0.004) * min(1, (0.26-t)/0.04)
			})
		}
	}
	return s.pumped().scale(0.42)
}

// composeArpeggio runs up and down the chord in sixteenths, with an echo.
func composeArpeggio() stereo {
	s := newStereo(loopSamples)
	order := [16]int{0, 1, 2, 3, 2, 1, 3, 2, 0, 1, 3, 2, 1, 3, 2, 3}
	for b, chord := range chords {
		for step, k := range order {
			hertz := tone(float64(chord[k] + 12))
			a, c := newSaw(hertz*1.003, 0.2), newSaw(hertz*0.997, 0.7)
			var f filter
			accent := 0.7
			if step%4 == 0 {
				accent = 1
			}
			pan := 0.5 * math.Sin(float64(step)*math.Pi/4)
			s.add(b*bar+step*sixteenth, 0.3, pan, func(t float64) float64 {
				low, _, _ := f.next(a.next()-c.next(), 600+3800*decay(t, 0.16), 0.8)
				return accent * low * attack(t, 0.003) * decay(t, 0.3)
			})
		}
	}
	s.echo(3*sixteenth, 0.42, 3)
	return s.pumped().scale(0.26)
}

// composeDrums is a kick on each beat, a clap on every second, and hats between.
func composeDrums() stereo {
	s := newStereo(loopSamples)
	for beat := range 16 {
		s.add(beat*4*sixteenth, 0.3, 0, kick)
		if beat%2 == 1 {
			s.add(beat*4*sixteenth, 0.25, 0.1, clap(uint64(beat)))
		}
	}
	for step := range 64 {
		loud := [4]float64{0, 0.1, 0.3, 0.13}[step%4]
		long := 0.05
		if step%8 == 6 {
			long = 0.16
		}
		var f filter
		noise := hiss(uint64(step))
		s.add(step*sixteenth, long, 0.35-0.7*float64(step%2), func(t float64) float64 {
			_, _, high := f.next(noise(), 7500, 1)
			return loud * high * decay(t, long)
		})
	}
	return s.scale(0.55)
}

// kick falls from 150 to 46 Hz.
func kick(t float64) float64 {
	phase := 46*t + (150-46)*(1-math.Exp(-t*32))/32
	return 1.2 * math.Sin(2*math.Pi*phase) * attack(t, 0.001) * decay(t, 0.3)
}

// clap is several bursts of noise, as of a few hands.
func clap(seed uint64) func(float64) float64 {
	noise := hiss(seed)
	var f filter
	return func(t float64) float64 {
		_, band, _ := f.next(noise(), 1500, 0.7)
		burst := decay(t, 0.22)
		if t < 0.03 {
			burst = decay(math.Mod(t, 0.01), 0.014)
		}
		return 0.8 * band * burst
	}
}

// composeLead sings a short phrase over the last two bars.
func composeLead() stereo {
	s := newStereo(loopSamples)
	phrase := []struct{ step, long, key int }{
		{0, 6, 76}, {6, 2, 74}, {8, 6, 72}, {14, 2, 74}, {16, 8, 69}, {26, 2, 72}, {28, 4, 74},
		{32, 6, 76}, {38, 2, 79}, {40, 6, 76}, {46, 2, 74}, {48, 10, 74}, {60, 4, 71},
	}
	for _, n := range phrase {
		long := float64(n.long*sixteenth)/SampleRate + 0.15
		a, c := newSaw(tone(float64(n.key)+0.05), 0), newSaw(tone(float64(n.key)-0.05), 0.4)
		var f filter
		s.add(n.step*sixteenth, long, 0, func(t float64) float64 {
			low, _, _ := f.next(a.next()+c.next(), 1400+1200*decay(t, 0.6), 0.9)
			return low * attack(t, 0.03) * min(1, (long-t)/0.12)
		})
	}
	s.echo(3*sixteenth, 0.4, 3)
	return s.pumped().scale(0.2)
}
