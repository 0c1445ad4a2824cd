package opus

import (
	"errors"
	"math"
	"testing"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/codectest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tone is the nth frame of a sine of loudness 0.5.
func tone(n int, hertz float64, channels int) []float32 {
	pcm := make([]float32, FrameSamples*channels)
	for i := range FrameSamples {
		v := float32(0.5 * math.Sin(2*math.Pi*hertz*float64(n*FrameSamples+i)/SampleRate))
		for c := range channels {
			pcm[i*channels+c] = v
		}
	}
	return pcm
}

// power is how much of the mean square of one channel lies at a frequency, 0 to 1 (Goertzel).
func power(pcm []float32, step int, hertz float64) (share, meanSquare float64) {
	w := 2 * math.Pi * hertz / SampleRate
	var s1, s2, sum float64
	n := 0
	for i := 0; i < len(pcm); i += step {
		s1, s2 = float64(pcm[i])+2*math.Cos(w)*s1-s2, s1
		sum += float64(pcm[i]) * float64(pcm[i])
		n++
	}
	p := s1*s1 + s2*s2 - 2*math.Cos(w)*s1*s2
	return 2 * p / float64(n) / sum, sum / float64(n)
}

func pair(t testing.TB, o EncoderOptions) (*Encoder, *Decoder) {
	t.Helper()
	e, err := NewEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(); d.Close() })
	return e, d
}

func TestToneComesBack(t *testing.T) {
	for _, channels := range []int{1, 2} {
		e, d := pair(t, EncoderOptions{Channels: channels})
		var all []float32
		bytes := 0
		for n := range 50 {
			p, err := e.Encode(tone(n, 440, channels))
			if err != nil {
				t.Fatal(err)
			}
			bytes += len(p)
			pcm := make([]float32, 2*MaxSamples)
			got, err := d.Decode(p, pcm)
			if err != nil || got != FrameSamples {
				t.Fatalf("frame %d: %d samples, %v", n, got, err)
			}
			all = append(all, pcm[:2*got]...)
		}
		all = all[2*SampleRate/10:] // it settles
		share, square := power(all, 2, 440)
		if share < 0.95 || square < 0.1 || square > 0.14 {
			t.Errorf("%d channels: %.2f of the power at 440 Hz, mean square %.3f", channels, share, square)
		}
		if kbps := float64(bytes) * 8 / 1000; kbps > 45 || kbps < 5 {
			t.Errorf("%d channels: %.0f kbit/s, asked for 32", channels, kbps)
		}
	}
}

// What the next packet tells of a missing one follows the losses that are expected:
// nothing where none are. Only it can know of a tone that sounded in that frame alone.
func TestSetLoss(t *testing.T) {
	heard := map[int]float64{}
	for _, percent := range []int{0, 25} {
		e, d := pair(t, EncoderOptions{})
		if err := e.SetLoss(percent); err != nil {
			t.Fatal(err)
		}
		pcm := make([]float32, 2*FrameSamples)
		for n := range 32 {
			hertz := 300.0
			if n == 30 {
				hertz = 900
			}
			p, err := e.Encode(tone(n, hertz, 1))
			if err != nil {
				t.Fatal(err)
			}
			switch n {
			case 30: // it is lost
			case 31:
				_, err = d.Mend(p, pcm)
			default:
				_, err = d.Decode(p, pcm)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		share, square := power(pcm, 2, 900)
		heard[percent] = share * square
	}
	if heard[25] < 4*heard[0] {
		t.Errorf("of the lost tone came %.2g without and %.2g with what mends it", heard[0], heard[25])
	}
	e, _ := pair(t, EncoderOptions{})
	if e.SetLoss(-1) == nil || e.SetLoss(101) == nil {
		t.Error("that share of losses cannot be")
	}
}

// What is missing is made up from what came before, or from the packet after it.
func TestLostFramesAreMended(t *testing.T) {
	kept := map[string]float64{}
	for name, mend := range map[string]bool{"made up": false, "mended": true} {
		e, d := pair(t, EncoderOptions{})
		var held [][]byte
		for n := range 50 {
			p, err := e.Encode(tone(n, 300, 1))
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, p)
		}
		var gap []float32
		pcm := make([]float32, 2*FrameSamples)
		for n, p := range held {
			var err error
			switch {
			case n != 30:
				_, err = d.Decode(p, pcm)
			case mend:
				_, err = d.Mend(held[31], pcm)
				gap = append(gap, pcm...)
			default:
				_, err = d.Decode(nil, pcm)
				gap = append(gap, pcm...)
			}
			if err != nil {
				t.Fatalf("%s: frame %d: %v", name, n, err)
			}
		}
		share, square := power(gap, 2, 300)
		if share < 0.6 || square < 0.01 {
			t.Errorf("%s: %.2f at the tone's frequency, mean square %.3f", name, share, square)
		}
		kept[name] = share * square
	}
	if kept["mended"] <= kept["made up"] {
		t.Errorf("what the next packet tells is worth no more than guessing: %v", kept)
	}
}

func TestRefusals(t *testing.T) {
	for name, o := range map[string]EncoderOptions{"channels": {Channels: 3}, "slow": {Kbps: 5}, "fast": {Kbps: 511}} {
		if e, err := NewEncoder(o); err == nil {
			e.Close()
			t.Errorf("%s was taken", name)
		}
	}
	e, d := pair(t, EncoderOptions{})
	if _, err := e.Encode(make([]float32, 100)); err == nil {
		t.Error("a short frame was taken")
	}
	if e.SetBitRate(1000) == nil || e.SetBitRate(64) != nil {
		t.Error("the bit rate")
	}
	if _, err := e.Encode(tone(0, 440, 1)); err != nil {
		t.Error(err)
	}
	if _, err := d.Decode([]byte{0xff}, make([]float32, 2*MaxSamples)); !errors.Is(err, codec.ErrCorrupt) {
		t.Errorf("rubbish: %v", err)
	}
	for range 2 {
		e.Close()
		d.Close()
	}
	if _, err := e.Encode(tone(0, 440, 1)); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("encoding after Close: %v", err)
	}
	if _, err := d.Decode(nil, make([]float32, 960)); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("decoding after Close: %v", err)
	}
}

// FuzzDecode: no packet does more than give an error or at most MaxSamples of sound,
// and a sound packet afterwards is decoded all the same.
func FuzzDecode(f *testing.F) {
	e, err := NewEncoder(EncoderOptions{})
	if err != nil {
		f.Fatal(err)
	}
	defer e.Close()
	good, err := e.Encode(tone(0, 440, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint16(2*MaxSamples))
	f.Add([]byte{0xff, 0xff}, uint16(100))
	f.Add([]byte{}, uint16(960))
	f.Fuzz(func(t *testing.T, data []byte, room uint16) {
		d, err := NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		pcm := make([]float32, int(room))
		if n, err := d.Decode(data, pcm); n < 0 || n > len(pcm)/2 || n > MaxSamples || err != nil && n != 0 {
			t.Fatalf("%d samples for a room of %d, %v", n, len(pcm), err)
		}
		_, _ = d.Mend(data, pcm)
		if n, err := d.Decode(good, make([]float32, 2*MaxSamples)); n != FrameSamples || err != nil {
			t.Fatalf("a sound packet gave %d samples, %v", n, err)
		}
	})
}

// A pair holds some 50 kB.
func TestLeaks(t *testing.T) {
	pcm, out := tone(0, 440, 1), make([]float32, 2*MaxSamples)
	codectest.Leak(t, 1000, func(i int) {
		e, err := NewEncoder(EncoderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		d, err := NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		p, err := e.Encode(pcm)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = d.Decode(codectest.Hurt(p, i), out)
		_, _ = d.Mend(codectest.Hurt(p, i+1), out)
		if n, err := d.Decode(p, out); n != FrameSamples || err != nil {
			t.Fatalf("a sound packet after hurt ones gave %d samples, %v", n, err)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e, _ := pair(b, EncoderOptions{})
	pcm := tone(0, 440, 1)
	for b.Loop() {
		if _, err := e.Encode(pcm); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(20e6)*100, "%core")
}

func BenchmarkDecode(b *testing.B) {
	e, d := pair(b, EncoderOptions{})
	p, err := e.Encode(tone(0, 440, 1))
	if err != nil {
		b.Fatal(err)
	}
	pcm := make([]float32, 2*MaxSamples)
	for b.Loop() {
		if _, err := d.Decode(p, pcm); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(20e6)*100, "%core")
}
