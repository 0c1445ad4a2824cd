package audio

import (
	"math"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"cutout/game/world"
)

// The sound device is not opened in tests: what oto starts cannot be ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The sounds are made once for all tests.
var (
	music = sync.OnceValue(func() (all [numLayers]stereo) {
		for l := range numLayers {
			all[l] = compose(l)
		}
		return all
	})
	sounds = sync.OnceValue(makeEffects)
)

// measure is the loudest sample, the root of the mean square, and the mean.
func measure(s []float32) (peak, rms, mean float64) {
	for _, v := range s {
		peak = max(peak, math.Abs(float64(v)))
		rms += float64(v) * float64(v)
		mean += float64(v)
	}
	n := float64(max(1, len(s)))
	return peak, math.Sqrt(rms / n), mean / n
}

func TestEffectsSound(t *testing.T) {
	for e, s := range sounds() {
		for side, channel := range [][]float32{s.left, s.right} {
			peak, rms, mean := measure(channel)
			if peak < 0.1 || peak > 0.7 || rms < 0.005 {
				t.Errorf("effect %d, channel %d: peak %.3f, rms %.3f", e, side, peak, rms)
			}
			if math.Abs(mean) > 0.02 {
				t.Errorf("effect %d, channel %d: offset %.3f", e, side, mean)
			}
			if last := channel[len(channel)-1]; last != 0 {
				t.Errorf("effect %d, channel %d ends with %v", e, side, last)
			}
			for i, v := range channel {
				if v != v {
					t.Fatalf("effect %d, sample %d is no number", e, i)
				}
			}
		}
		if long := len(s.left); long > 4*SampleRate {
			t.Errorf("effect %d is %d samples long", e, long)
		}
	}
}

func TestMusicLoopsWithoutASeam(t *testing.T) {
	for k, s := range music() {
		for side, channel := range [][]float32{s.left, s.right} {
			if len(channel) != loopSamples {
				t.Fatalf("layer %d is %d samples long, want %d", k, len(channel), loopSamples)
			}
			var steepest float64
			for i := 1; i < len(channel); i++ {
				steepest = max(steepest, math.Abs(float64(channel[i]-channel[i-1])))
			}
			if jump := math.Abs(float64(channel[0] - channel[loopSamples-1])); jump > steepest {
				t.Errorf("layer %d, channel %d jumps by %.4f where it loops, elsewhere by %.4f at most", k, side, jump, steepest)
			}
			if peak, rms, _ := measure(channel); peak > 0.7 || rms < 0.01 {
				t.Errorf("layer %d, channel %d: peak %.3f, rms %.3f", k, side, peak, rms)
			}
			for b := range 4 {
				if _, rms, _ := measure(channel[b*bar : (b+1)*bar]); rms < 0.003 {
					t.Errorf("layer %d is silent in bar %d", k, b)
				}
			}
		}
	}
}

func TestFilterLetsLowThrough(t *testing.T) {
	gain := func(hertz float64) float64 {
		var f filter
		var in, out float64
		for i := range SampleRate / 4 {
			v := math.Sin(2 * math.Pi * hertz * float64(i) / SampleRate)
			low, _, _ := f.next(v, 1000, 1.4)
			in, out = in+v*v, out+low*low
		}
		return math.Sqrt(out / in)
	}
	if low, high := gain(100), gain(8000); low < 0.95 || low > 1.05 || high > 0.05 {
		t.Errorf("a low-pass of 1 kHz lets %.2f of 100 Hz through and %.3f of 8 kHz", low, high)
	}
}

// TestWriteSound writes the music in each phase to the file CUTOUT_SOUND, as 32-bit
// floats, for listening: ffplay -f f32le -ar 48000 -ac 2 FILE.
func TestWriteSound(t *testing.T) {
	name := os.Getenv("CUTOUT_SOUND")
	if name == "" {
		t.Skip("CUTOUT_SOUND is not set")
	}
	m := loaded(t)
	s := &source{pull: m.read}
	var all []byte
	play := func(seconds float64) {
		p := make([]byte, samples(seconds)*bytesPerSample)
		if _, err := s.Read(p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p...)
	}
	play(8)
	m.phase(world.Countdown, 0)
	for range 3 {
		m.play(Tick, 1)
		play(1)
	}
	m.play(Go, 1)
	for wall := range 4 {
		for i := range 40 {
			m.phase(world.Approach, float64(i)/40)
			play(0.1)
		}
		m.phase(world.Impact, 0)
		m.play([]Effect{Pass, Fail, Pass, Combo}[wall], 1)
		play(1.5)
	}
	m.phase(world.Podium, 0)
	m.play(Fanfare, 1)
	play(12)
	if err := os.WriteFile(name, all, 0o600); err != nil {
		t.Fatal(err)
	}
}
