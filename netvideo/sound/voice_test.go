package sound

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"cutout/netvideo/codec/opus"
)

// speech is n packets of something like a voice: periods of 100 to 200 Hz with
// overtones, in words with pauses.
func speech(t testing.TB, n int) [][]byte {
	t.Helper()
	e, err := opus.NewEncoder(opus.EncoderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var all [][]byte
	phase := 0.0
	for i := range n {
		pcm := make([]float32, FrameSamples)
		for j := range pcm {
			at := float64(i*FrameSamples+j) / SampleRate
			phase += 2 * math.Pi * (150 + 40*math.Sin(3*at)) / SampleRate
			loud := math.Max(0, math.Sin(5*at))
			for k := 1.0; k < 12; k++ {
				pcm[j] += float32(0.25 * loud * math.Sin(k*phase) / k)
			}
		}
		p, err := e.Encode(pcm)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// A voice is held no longer than its way asks for, and hardly anything of it is made up.
func TestVoiceIsHeldAsLongAsItsWayAsksFor(t *testing.T) {
	const seconds = 20
	ps := speech(t, seconds*50)
	ms := time.Millisecond
	for name, c := range map[string]struct {
		delay, jitter time.Duration
		spike         time.Duration // every 4 s
		loss          float64
		drift         float64
		chunk         int           // of the device
		most          time.Duration // mean from sent to heard, less delay and the packet's length
		madeUp        float64       // share of made-up pieces, at most, beyond the loss
	}{
		"a LAN":             {delay: ms, jitter: 2 * ms, chunk: 480, most: 38 * ms, madeUp: 0.002},
		"a coarse device":   {delay: ms, jitter: 2 * ms, chunk: 2048, most: 100 * ms, madeUp: 0.002},
		"Wi-Fi":             {delay: 5 * ms, jitter: 20 * ms, chunk: 480, most: 55 * ms, madeUp: 0.01},
		"bad Wi-Fi":         {delay: 5 * ms, jitter: 80 * ms, chunk: 480, most: 120 * ms, madeUp: 0.02},
		"spikes":            {delay: 5 * ms, jitter: 5 * ms, spike: 150 * ms, chunk: 480, most: 90 * ms, madeUp: 0.03},
		"5 % lost":          {delay: 20 * ms, jitter: 5 * ms, loss: 0.05, chunk: 480, most: 42 * ms, madeUp: 0.005},
		"20 % lost":         {delay: 20 * ms, jitter: 5 * ms, loss: 0.20, chunk: 480, most: 55 * ms, madeUp: 0.04},
		"a fast microphone": {delay: 5 * ms, jitter: 5 * ms, drift: 500e-6, chunk: 480, most: 45 * ms, madeUp: 0.005},
		"a slow microphone": {delay: 5 * ms, jitter: 5 * ms, drift: -500e-6, chunk: 480, most: 45 * ms, madeUp: 0.01},
	} {
		rnd := rand.New(rand.NewPCG(1, 2))
		m := newDesk()
		v := add(t, m.Mixer)
		type coming struct {
			at time.Duration
			n  int
		}
		var way []coming
		lost := 0
		for n := range ps {
			if rnd.Float64() < c.loss {
				lost++
				continue
			}
			at := time.Duration(float64(n+1)*float64(frameTime)*(1-c.drift)) + c.delay + time.Duration(rnd.Int64N(int64(c.jitter)))
			if c.spike > 0 && n%200 < 6 {
				at = max(at, time.Duration(n-n%200)*frameTime+c.spike)
			}
			way = append(way, coming{at, n})
		}
		slices.SortStableFunc(way, func(a, b coming) int { return int(a.at - b.at) })
		begun := m.time
		var took []time.Duration
		var all []float32
		for now := time.Duration(0); now < seconds*time.Second-frameTime; now = m.time.Sub(begun) {
			for len(way) > 0 && way[0].at <= now {
				push(m, v, way[0].n, ps[way[0].n])
				way = way[1:]
			}
			all = append(all, m.pull(c.chunk)...)
			if stamp, at, ok := v.Heard(); ok && now > 5*time.Second {
				sent := time.Duration(float64(stamp) * float64(time.Second) / SampleRate * (1 - c.drift))
				took = append(took, at.Sub(begun)-sent-c.delay-frameTime)
			}
		}
		var sum time.Duration
		for _, d := range took {
			sum += d
		}
		mean := sum / time.Duration(max(1, len(took)))
		guessed, mended := v.Lost()
		t.Logf("%-18s held %v at the end, %v on average, %d lost, %d made up, %d mended", name, v.Delay().Round(ms/10), mean.Round(ms/10), lost, guessed, mended)
		made := (float64(guessed+mended) - float64(lost)) / float64(len(ps))
		if mean > c.most || mean < 0 || made > c.madeUp || len(took) == 0 {
			t.Errorf("%s: held %v on average, %.3f made up beyond the loss", name, mean, made)
		}
		if c.loss > 0 && mended < uint64(lost)/2 {
			t.Errorf("%s: %d of %d lost packets were mended by those after them", name, mended, lost)
		}
		if clicks := steps(all, 0.35); clicks > 2 {
			t.Errorf("%s: %d clicks", name, clicks)
		}
	}
}

// steps counts jumps from one sample to the next.
func steps(pcm []float32, by float32) (n int) {
	for i := 2; i < len(pcm); i += 2 {
		if d := pcm[i] - pcm[i-2]; d > by || d < -by {
			n++
		}
	}
	return n
}

// Sound that is made shorter or longer keeps its pitch and its loudness.
func TestBendingKeepsThePitch(t *testing.T) {
	for _, hertz := range []float64{110, 150, 220, 440, 1000} {
		tone440 := func(n int) []float32 {
			pcm := make([]float32, 2*n)
			for i := range n {
				s := float32(0.5 * math.Sin(2*math.Pi*hertz*float64(i)/SampleRate))
				pcm[2*i], pcm[2*i+1] = s, s
			}
			return pcm
		}
		for name, bend := range map[string]func([]float32) []float32{
			"shorter": func(p []float32) []float32 { return p[:2*(FrameSamples-shorten(p[:2*FrameSamples], false))] },
			"longer":  func(p []float32) []float32 { return p[:2*(FrameSamples+lengthen(p, FrameSamples, false))] },
		} {
			pcm := bend(tone440(FrameSamples + longest))
			if len(pcm) == 2*FrameSamples {
				t.Errorf("%v Hz, %s: nothing was done", hertz, name)
			}
			rms, share := tone(pcm, hertz)
			if math.Abs(rms-0.354) > 0.03 || share < 0.9 {
				t.Errorf("%v Hz, %s by %d: loudness %.3f, %.2f of it at the pitch", hertz, name, len(pcm)/2-FrameSamples, rms, share)
			}
			if n := steps(pcm, 0.15); n > 0 {
				t.Errorf("%v Hz, %s: %d clicks", hertz, name, n)
			}
		}
	}
	noise := make([]float32, 2*(FrameSamples+longest))
	rnd := rand.New(rand.NewPCG(5, 5))
	for i := range noise {
		noise[i] = float32(rnd.Float64() - 0.5)
	}
	if shorten(noise[:2*FrameSamples], false) != 0 || lengthen(noise, FrameSamples, false) != 0 {
		t.Error("noise was bent though it need not be")
	}
	if shorten(noise[:2*FrameSamples], true) == 0 {
		t.Error("noise was not bent though it has to be")
	}
}

// A voice that waits for its picture does, and comes back when it need not any more.
func TestVoiceWaitsForItsPicture(t *testing.T) {
	m := newDesk()
	v := add(t, m.Mixer)
	ps := packets(t, 200)
	n := 0
	run := func(seconds int) (mean time.Duration) {
		var took []time.Duration
		play(m, seconds*50, func(int) {
			push(m, v, n, ps[n%len(ps)])
			n++
			if stamp, at, ok := v.Heard(); ok {
				took = append(took, at.Sub(time.Unix(1000, 0))-time.Duration(stamp)*time.Second/SampleRate)
			}
		})
		for _, d := range took[len(took)-20:] {
			mean += d / 20
		}
		return mean
	}
	free := run(6)
	v.Hold(200 * time.Millisecond)
	held := run(6)
	v.Hold(0)
	again := run(15)
	t.Logf("heard %v after it was said, %v while held, %v afterwards", free, held, again)
	if held-free < 150*time.Millisecond || held-free > 240*time.Millisecond || again-free > 30*time.Millisecond {
		t.Errorf("held by %v, then by %v", held-free, again-free)
	}
	if lost := lostOf(v); lost > uint64(n)/100 {
		t.Errorf("%d of %d pieces were made up", lost, n)
	}
	if _, asks := v.Way(0, m.time); asks > 30*time.Millisecond {
		t.Errorf("its way asks for %v", asks)
	}
}
