package audio

import (
	"math"
	"testing"

	"cutout/game/world"
)

// loaded is a mixer with all sounds.
func loaded(t testing.TB) *mixer {
	t.Helper()
	m := newMixer(nil)
	m.layers, m.effects = music(), sounds()
	return m
}

// hear mixes some seconds and checks that they are sound.
func hear(t *testing.T, m *mixer, seconds float64) (rms float64) {
	t.Helper()
	out := make([]float32, 2*samples(seconds))
	m.read(out)
	for i, v := range out {
		if !(v >= -1 && v <= 1) {
			t.Fatalf("sample %d is %v", i, v)
		}
	}
	_, rms, _ = measure(out)
	return rms
}

func TestMixIsSilentUntilLoaded(t *testing.T) {
	m := newMixer(nil)
	m.play(Pass, 1)
	if rms := hear(t, m, 0.5); rms != 0 {
		t.Errorf("an empty mixer sounds: %.4f", rms)
	}
}

func TestNothingClips(t *testing.T) {
	m := loaded(t)
	for i := range 60 {
		m.phase(world.Approach, float64(i)/60)
		m.play(Effect(i%int(numEffects)), 1)
		hear(t, m, 0.1)
	}
	out := make([]float32, 2*SampleRate)
	m.read(out)
	if peak, _, _ := measure(out); peak > 0.999 {
		t.Errorf("with everything at once the peak is %.4f", peak)
	}
}

func TestEveryEffectIsHeard(t *testing.T) {
	for e := range numEffects {
		m := newMixer(nil)
		m.effects = sounds()
		hear(t, m, 0.1)
		m.play(e, 1)
		loud := hear(t, m, 0.25)
		if loud < 0.005 {
			t.Errorf("effect %d: rms %.4f", e, loud)
		}
		hear(t, m, 4)
		if rest := hear(t, m, 0.1); rest != 0 || len(m.voices) != 0 {
			t.Errorf("effect %d does not end: rms %.4f", e, rest)
		}
	}
	m := loaded(t)
	m.play(numEffects, 1) // no effect: nothing happens
	m.play(Pass, math.NaN())
	hear(t, m, 0.1)
}

func TestOldestVoiceGivesWay(t *testing.T) {
	m := loaded(t)
	for range 3 * voices {
		m.play(Fanfare, 0.1)
	}
	if len(m.voices) != voices {
		t.Errorf("%d voices sound, want %d", len(m.voices), voices)
	}
}

func TestMusicFollowsThePhase(t *testing.T) {
	m := loaded(t)
	hear(t, m, 2)
	if m.levels[drums].now > 0.01 || m.levels[pad].now < 0.3 {
		t.Errorf("in the lobby the levels are %v", m.levels)
	}
	m.phase(world.Approach, 0)
	hear(t, m, 2)
	if m.levels[drums].now < 0.5 || m.levels[bassLine].now < 0.5 {
		t.Errorf("with a wall coming the levels are %v", m.levels)
	}
	m.phase(world.Podium, 0)
	hear(t, m, 2)
	if m.levels[lead].now < 0.5 {
		t.Errorf("at the podium the levels are %v", m.levels)
	}
	m.phase(world.Phase(99), 0.5) // no phase: all stays
	hear(t, m, 0.1)
}

func TestWallRushesLouderAsItComes(t *testing.T) {
	m := newMixer(nil) // without music
	last := 0.0
	for _, progress := range []float64{0.2, 0.5, 0.8, 1} {
		m.phase(world.Approach, progress)
		hear(t, m, 0.5)
		loud := hear(t, m, 0.5)
		if loud <= last {
			t.Errorf("at %.1f the wall's rms is %.4f, before it was %.4f", progress, loud, last)
		}
		last = loud
	}
	m.phase(world.Impact, 0)
	hear(t, m, 1)
	if rest := hear(t, m, 0.2); rest > last/100 {
		t.Errorf("after the impact the wall still rushes: %.4f", rest)
	}
}

func TestDuckAndMute(t *testing.T) {
	m := loaded(t)
	m.phase(world.Approach, 0)
	hear(t, m, 2)
	full := hear(t, m, 8)
	m.setDuck(1)
	hear(t, m, 2)
	low := hear(t, m, 8)
	if low > 0.4*full || low < 0.1*full {
		t.Errorf("ducked the rms is %.4f, before %.4f", low, full)
	}
	m.setMaster(0)
	hear(t, m, 3)
	if off := hear(t, m, 1); off > 1e-4 {
		t.Errorf("muted the rms is %.5f", off)
	}
	m.setDuck(0)
	m.setMaster(1)
	hear(t, m, 2)
	if again := hear(t, m, 8); math.Abs(again-full) > 0.1*full {
		t.Errorf("turned on again the rms is %.4f, before %.4f", again, full)
	}
}

func BenchmarkMix(b *testing.B) {
	m := loaded(b)
	m.phase(world.Approach, 0.7)
	out := make([]float32, 2*SampleRate/50)
	b.ReportAllocs()
	for b.Loop() {
		m.play(Pass, 0.5)
		m.read(out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(20e6)*100, "%core")
}

func BenchmarkCompose(b *testing.B) {
	for b.Loop() {
		newMixer(nil).load(b.Context())
	}
}

// Friends are heard at the level they speak, the music gives way, and Mute is for all.
func TestVoicesAreHeardAndMusicGivesWay(t *testing.T) {
	loudness := float32(0)
	m := loaded(t)
	alone := func() float64 { hear(t, m, 2); return hear(t, m, 4) }
	before := alone()
	m.friends = func(out []float32) {
		for i := range out {
			out[i] += loudness * float32(1-i/2%2*2) // at half the sample rate, where no music is
		}
	}
	quiet := alone()
	loudness = 0.3
	with := alone()
	voice := math.Sqrt(max(0, with*with-beside*beside*before*before))
	if math.Abs(quiet-before) > 0.2*before {
		t.Errorf("silent friends turn the music from %.4f to %.4f", before, quiet)
	}
	if voice < 0.27 || voice > 0.33 {
		t.Errorf("voices of 0.3 are heard at %.3f (music %.3f, together %.3f)", voice, before, with)
	}
	m.setMaster(0)
	hear(t, m, 3)
	if rms := hear(t, m, 1); rms > 1e-3 {
		t.Errorf("muted, %.5f is heard", rms)
	}
}
