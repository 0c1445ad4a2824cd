package sound

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"cutout/netvideo/codec/opus"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// packets are a second of a sine of loudness 0.5, compressed.
func packets(t testing.TB, hertz float64) [][]byte {
	t.Helper()
	e, err := opus.NewEncoder(opus.EncoderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var all [][]byte
	for n := range 50 {
		pcm := make([]float32, FrameSamples)
		for i := range pcm {
			pcm[i] = float32(0.5 * math.Sin(2*math.Pi*hertz*float64(n*FrameSamples+i)/SampleRate))
		}
		p, err := e.Encode(pcm)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// lostOf is how many pieces of a voice were made up or mended.
func lostOf(v *Voice) uint64 {
	lost, mended := v.Lost()
	return lost + mended
}

func add(t testing.TB, m *Mixer) *Voice {
	t.Helper()
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	v := m.Add(d)
	t.Cleanup(func() { v.Close() })
	return v
}

// tone measures the left channel: its loudness and the share of its power at a
// frequency (Goertzel).
func tone(pcm []float32, hertz float64) (rms, share float64) {
	w := 2 * math.Pi * hertz / SampleRate
	var s1, s2, sum float64
	for i := 0; i < len(pcm); i += 2 {
		s1, s2 = float64(pcm[i])+2*math.Cos(w)*s1-s2, s1
		sum += float64(pcm[i]) * float64(pcm[i])
	}
	n := float64(len(pcm) / 2)
	if sum == 0 {
		return 0, 0
	}
	return math.Sqrt(sum / n), 2 * (s1*s1 + s2*s2 - 2*math.Cos(w)*s1*s2) / n / sum
}

// A desk is a mixer with a clock that the test moves.
type desk struct {
	*Mixer
	time time.Time
}

func newDesk() *desk {
	d := &desk{Mixer: NewMixer(), time: time.Unix(1000, 0)}
	d.now = func() time.Time { return d.time }
	return d
}

// pull reads one piece, as a device does, and moves the clock by as much.
func (d *desk) pull(samples int) []float32 {
	out := make([]float32, 2*samples)
	d.Read(out)
	d.time = d.time.Add(time.Duration(samples) * time.Second / SampleRate)
	return out
}

// play pushes packets as a network brings them, 20 ms after 20 ms, and reads in steps
// that are not theirs, as a device does.
func play(m *desk, n int, push func(n int)) []float32 {
	var all []float32
	owed := 0
	for i := range n {
		push(i)
		for owed += FrameSamples; owed >= 441; owed -= 441 {
			all = append(all, m.pull(441)...)
		}
	}
	return all
}

// push brings the nth packet of a voice of 20 ms packets.
func push(m *desk, v *Voice, n int, data []byte) {
	v.Push(uint16(n), uint32(n)*FrameSamples, data, m.time)
}

func TestTwoVoicesAreMixed(t *testing.T) {
	m := newDesk()
	high, low := add(t, m.Mixer), add(t, m.Mixer)
	a, b := packets(t, 880), packets(t, 220)
	high.SetVolume(0.5)
	all := play(m, 50, func(n int) {
		push(m, high, 65530+n, a[n]) // over the end of the numbers
		push(m, low, n, b[n])
	})
	for i, v := range all[:2*(firstHold-frameTime).Milliseconds()*48] {
		if v != 0 {
			t.Fatalf("sample %d sounds before anything waits", i)
		}
	}
	rest := all[len(all)/4:]
	rms, loud := tone(rest, 220)
	_, soft := tone(rest, 880)
	if ratio := loud / soft; ratio < 3 || ratio > 5 { // half as loud is a quarter of the power
		t.Errorf("power of the two voices: %.2f and %.2f", loud, soft)
	}
	if want := 0.5 / math.Sqrt2 * math.Sqrt(1.25); math.Abs(rms-want) > 0.05 {
		t.Errorf("loudness %.3f, want %.3f", rms, want)
	}
	if l := low.Level(); l < 0.3 || l > 0.7 {
		t.Errorf("level %.2f of a voice of 0.5", l)
	}
	if lostOf(low)+lostOf(high) != 0 {
		t.Errorf("%d and %d lost", lostOf(low), lostOf(high))
	}
}

// Packets that are late, doubled, out of order or lost leave a voice that sounds.
func TestVoiceRidesOutJitter(t *testing.T) {
	m := newDesk()
	v := add(t, m.Mixer)
	ps := packets(t, 440)
	rnd := rand.New(rand.NewPCG(1, 2))
	at := make([][]int, 60) // which packets come when
	for n := range ps {
		if n%11 == 10 {
			continue
		}
		when := n + rnd.IntN(3)
		at[when] = append(at[when], n, n)
	}
	all := play(m, 54, func(n int) {
		for _, p := range at[n] {
			push(m, v, p, ps[p])
		}
	})
	if rms, share := tone(all[len(all)/4:len(all)*9/10], 440); rms < 0.25 || share < 0.6 {
		t.Errorf("loudness %.3f, %.2f of it at the tone", rms, share)
	}
	if n := lostOf(v); n < 3 || n > 12 {
		t.Errorf("%d lost, want about 4", n)
	}
	// Silence when nothing comes any more.
	out := play(m, 20, func(int) {})
	if rms, _ := tone(out[len(out)/2:], 440); rms != 0 || v.Level() != 0 {
		t.Errorf("after the end there is %.4f, level %.3f", rms, v.Level())
	}
	// It goes on after a pause, whatever the numbers are then.
	for _, base := range []int{1000, 40} {
		out = play(m, 50, func(n int) { push(m, v, base+n, ps[n]) })
		if rms, _ := tone(out[len(out)/2:], 440); rms < 0.3 {
			t.Errorf("after a pause, from %d: %.4f", base, rms)
		}
	}
}

// A burst does not leave the friend seconds behind.
func TestDelayIsBounded(t *testing.T) {
	m := newDesk()
	v := add(t, m.Mixer)
	ps := packets(t, 440)
	for n, p := range ps {
		push(m, v, n, p)
	}
	out := play(m, 50, func(int) {})
	heard := 0
	for i := 0; i < len(out); i += 2 {
		if out[i] != 0 {
			heard = i / 2
		}
	}
	if limit := int((maxDelay+tooLate)/frameTime+guesses+1) * FrameSamples; heard == 0 || heard > limit {
		t.Errorf("%d samples were heard of a burst, at most %d wait", heard, limit)
	}
}

func TestVolume(t *testing.T) {
	m := newDesk()
	v := add(t, m.Mixer)
	ps := packets(t, 440)
	seq := 0
	loudness := func(volume float64) float64 {
		v.SetVolume(volume)
		all := play(m, 40, func(n int) { push(m, v, seq, ps[n]); seq++ })
		rms, _ := tone(all[len(all)/2:], 440)
		return rms
	}
	loudness(1)
	full, half := loudness(1), loudness(0.5)
	if ratio := half / full; ratio < 0.48 || ratio > 0.52 {
		t.Errorf("half the volume is %.3f of it", ratio)
	}
	for _, silent := range []float64{0, -1, math.NaN()} {
		if rms := loudness(silent); rms > 1e-6 {
			t.Errorf("at volume %v there is %.5f", silent, rms)
		}
	}
	for range 2 {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	push(m, v, 1, ps[0])
	out := make([]float32, 960)
	m.Read(out)
	if rms, _ := tone(out, 440); rms != 0 {
		t.Error("a closed voice sounds")
	}
}

func TestMicrophone(t *testing.T) {
	if microphoneLikely() {
		t.Skip("this machine may have a microphone")
	}
	err := Microphone(context.Background(), func([]float32) { t.Error("something was heard") })
	if !errors.Is(err, ErrNoMicrophone) {
		t.Errorf("without a microphone: %v", err)
	}
}

func TestFramesAreCut(t *testing.T) {
	frames := make(chan []float32, 4)
	cut := cutter(frames)
	n := 0
	for range 10 { // 480 samples at a time
		in := make([]byte, 4*480)
		for i := range 480 {
			bits := math.Float32bits(float32(n))
			in[4*i], in[4*i+1], in[4*i+2], in[4*i+3] = byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24)
			n++
		}
		cut(nil, in, 480)
	}
	for f := range 4 { // the fifth found no room and did not wait
		pcm := <-frames
		if len(pcm) != FrameSamples || pcm[0] != float32(f*FrameSamples) {
			t.Errorf("frame %d has %d samples and begins with %v", f, len(pcm), pcm[0])
		}
	}
	cut(nil, nil, 0)
}

// FuzzVoice: whatever numbers and packets come, in whatever order, what is read is
// within its range and what waits is bounded.
func FuzzVoice(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 2, 0, 3, 0, 9, 1, 200, 2})
	f.Add([]byte{255, 3, 0, 255, 7, 7})
	f.Fuzz(func(t *testing.T, script []byte) {
		m := newDesk()
		v := add(t, m.Mixer)
		var seq uint16
		out := make([]float32, 2*480)
		for i := 0; i+1 < len(script) && i < 400; i += 2 {
			seq += uint16(int16(int8(script[i])))
			v.Push(seq, uint32(script[i+1])<<8*uint32(seq), script[i:], m.time)
			if v.held < 0 || v.held > slots {
				t.Fatalf("%d wait", v.held)
			}
			if script[i+1]&1 != 0 {
				m.Read(out)
				m.time = m.time.Add(time.Duration(script[i+1]) * time.Millisecond)
				for _, s := range out {
					if !(s >= -1 && s <= 1) {
						t.Fatalf("a sample of %v", s)
					}
				}
			}
		}
	})
}

func BenchmarkMixSevenFriends(b *testing.B) {
	m := newDesk()
	ps := packets(b, 440)
	var voices []*Voice
	for range 7 {
		voices = append(voices, add(b, m.Mixer))
	}
	out := make([]float32, 2*FrameSamples)
	n := 0
	for b.Loop() {
		for _, v := range voices {
			push(m, v, n, ps[n%len(ps)])
		}
		n++
		m.Read(out)
		m.time = m.time.Add(frameTime)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/20e6*100, "%core")
}
