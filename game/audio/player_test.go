package audio

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cutout/game/world"
)

// eventually waits until ok, generously.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s: not after five minutes", what)
}

// A broken sink plays a little and fails.
type broken struct{ pulled *atomic.Int64 }

func (b broken) Run(_ context.Context, pull func([]float32)) error {
	pull(make([]float32, 200))
	b.pulled.Add(100)
	return errors.New("unplugged")
}

// A recorder keeps whether anything was heard.
type recorder struct{ heard *atomic.Bool }

func (r recorder) Run(ctx context.Context, pull func([]float32)) error {
	return Silence{}.Run(ctx, func(out []float32) {
		pull(out)
		if _, rms, _ := measure(out); rms > 0.001 {
			r.heard.Store(true)
		}
	})
}

func TestPlayerPlays(t *testing.T) {
	var heard atomic.Bool
	p := New(Options{Sink: recorder{&heard}})
	defer p.Close()
	eventually(t, "music", heard.Load)
	p.Play(Ready)
	p.PlayAt(Tick, 0.5)
	p.SetPhase(world.Approach, 0.5)
	p.Duck(0.5)
	p.Mute(true)
	if !p.Muted() || p.Trouble() != "" {
		t.Errorf("muted %v, trouble %q", p.Muted(), p.Trouble())
	}
	p.Mute(false)
}

func TestPlayerOutlivesItsDevice(t *testing.T) {
	var pulled atomic.Int64
	p := New(Options{Sink: broken{&pulled}})
	defer p.Close()
	eventually(t, "trouble", func() bool { return p.Trouble() != "" })
	if got := p.Trouble(); got != "unplugged: playing silently" {
		t.Errorf("trouble: %q", got)
	}
	at := func() int {
		p.mixer.mu.Lock()
		defer p.mixer.mu.Unlock()
		return p.mixer.at
	}
	before := at()
	eventually(t, "the music to go on", func() bool { return at() != before })
}

func TestSilentPlayerHasNoTrouble(t *testing.T) {
	p := New(Options{Silent: true})
	if got := p.Trouble(); got != "" {
		t.Errorf("trouble: %q", got)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

func TestSilenceKeepsTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := time.Now()
	taken := 0
	err := Silence{}.Run(ctx, func(out []float32) {
		if taken += len(out) / 2; taken >= SampleRate/4 {
			cancel()
		}
	})
	if err != nil {
		t.Errorf("Run: %v", err)
	}
	if gone := time.Since(begin); gone < 240*time.Millisecond {
		t.Errorf("a quarter of a second took %v", gone)
	}
}

func TestDeviceIsLookedForFirst(t *testing.T) {
	if deviceLikely() {
		t.Skip("this machine may have a sound device")
	}
	err := Device{}.Run(t.Context(), func([]float32) { t.Error("nothing is to be pulled") })
	if !errors.Is(err, errNoDevice) {
		t.Errorf("without a device Run gives %v", err)
	}
	p := New(Options{})
	defer p.Close()
	eventually(t, "trouble", func() bool { return p.Trouble() != "" })
	if got := p.Trouble(); got != "no sound device: playing silently" || strings.Contains(got, "\n") {
		t.Errorf("trouble: %q", got)
	}
}

func TestSourceGivesLittleEndianFloats(t *testing.T) {
	s := &source{start: time.Now(), pull: func(out []float32) {
		for i := range out {
			out[i] = float32(i) / 8
		}
	}}
	p := make([]byte, 3*bytesPerSample+5)
	n, err := s.Read(p)
	if err != nil || n != 3*bytesPerSample {
		t.Fatalf("Read gives %d, %v", n, err)
	}
	for i := range 6 {
		if got := math.Float32frombits(binary.LittleEndian.Uint32(p[4*i:])); got != float32(i)/8 {
			t.Errorf("float %d is %v", i, got)
		}
	}
	s.close()
	if n, err := s.Read(p); n == 0 || err != nil || p[4] != 0 {
		t.Errorf("after close Read gives %d, %v, %v", n, err, p[4])
	}
}

func TestRunawayDeviceIsGivenUp(t *testing.T) {
	s := &source{start: time.Now(), pull: func([]float32) {}}
	p := make([]byte, 10*SampleRate*bytesPerSample)
	if _, err := s.Read(p); err != nil {
		t.Fatal(err)
	}
	if err := watch(t.Context(), s, func() error { return nil }); !errors.Is(err, errRunaway) {
		t.Errorf("a device that is ten seconds ahead gives %v", err)
	}
	gone := errors.New("gone")
	if err := watch(t.Context(), &source{start: time.Now()}, func() error { return gone }); !errors.Is(err, gone) {
		t.Errorf("a device that is gone gives %v", err)
	}
}
