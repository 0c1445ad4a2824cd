package room

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
)

// speak says a sine into a publisher, 20 ms after 20 ms, until the test or stop ends.
func speak(t testing.TB, p *Publisher, hertz float64) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			pcm := make([]float32, 960)
			for i := range pcm {
				pcm[i] = float32(0.4 * math.Sin(2*math.Pi*hertz*float64(n)/48000))
				n++
			}
			p.Say(pcm)
		}
	})
	var once sync.Once
	stop = func() {
		once.Do(func() { close(done) })
		wg.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// An ear pulls a room's sound as a device does and keeps the last half second.
type ear struct {
	mu   sync.Mutex
	last []float32 // left and right in turn
}

func listen(t testing.TB, r *Room) *ear {
	e := &ear{}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		begun, taken := time.Now(), 0
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
			n := int(time.Since(begun)*48/time.Millisecond) - taken
			taken += n
			out := make([]float32, 2*n)
			r.ReadVoices(out)
			e.mu.Lock()
			e.last = append(e.last, out...)
			if over := len(e.last) - 48000; over > 0 {
				e.last = e.last[over:]
			}
			e.mu.Unlock()
		}
	})
	t.Cleanup(func() { close(done); wg.Wait() })
	return e
}

// hears is the loudness (root of the mean square) of the left channel, and the share of
// its power at a frequency (Goertzel).
func (e *ear) hears(hertz float64) (rms, share float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := 2 * math.Pi * hertz / 48000
	var s1, s2, sum float64
	for i := 0; i < len(e.last); i += 2 {
		s1, s2 = float64(e.last[i])+2*math.Cos(w)*s1-s2, s1
		sum += float64(e.last[i]) * float64(e.last[i])
	}
	n := float64(len(e.last) / 2)
	if n < 1000 || sum == 0 {
		return 0, 0
	}
	return math.Sqrt(sum / n), 2 * (s1*s1 + s2*s2 - 2*math.Cos(w)*s1*s2) / n / sum
}

// awaits waits until a room is about as loud as that, almost all of it at 440 Hz.
func (e *ear) awaits(t *testing.T, what string, loud float64) {
	t.Helper()
	var rms, share float64
	defer func() { t.Logf("%s: loudness %.3f, %.0f %% of it at 440 Hz", what, rms, share*100) }()
	eventually(t, what, func() bool {
		rms, share = e.hears(440)
		return math.Abs(rms-loud) < 0.03 && (loud == 0 || share > 0.8)
	})
}

func publishSound(t testing.TB, r *Room, o PublishOptions) *Publisher {
	t.Helper()
	o.Audio = true
	p, err := r.Publish(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A tone that one says is heard by the other, and only while it is to be.
func TestVoices(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "voices", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "voices", "Bob", netvideo.Subscriber))
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 320, Height: 240, Kbps: 300})
	show(t, p, 320, 240)
	speak(t, p, 440)
	ear := listen(t, bob)
	heard := func(what string, loud float64) { t.Helper(); ear.awaits(t, what, loud) }
	const full = 0.4 / math.Sqrt2
	heard("the tone", full)
	pictures(t, bob, 10)
	streams := bob.Streams()
	if len(streams) != 1 || !streams[0].Stream.HasAudio || !streams[0].Stream.HasVideo || streams[0].Stream.ID != p.Stream().ID {
		t.Fatalf("picture and sound are not one stream: %+v", streams)
	}
	eventually(t, "a level, a bit rate and a live picture", func() bool {
		all := bob.Streams()
		return len(all) == 1 && all[0].Level >= 0.2 && all[0].Stats.AudioKbps >= 5 && all[0].NoPicture == netvideo.PictureLive
	})
	sub, err := bob.Subscription(streams[0].Stream.ID)
	if err != nil {
		t.Fatal(err)
	}
	must(t, sub.SetVolume(0.5))
	heard("at half the volume", full/2)
	must(t, sub.SetVolume(1))
	must(t, p.SetAudio(false))
	await(t, bob, func(e netvideo.StreamPropertyChanged) bool {
		return !e.Stream.HasAudio && e.Stream.HasVideo && e.Stream.AudioMuted == netvideo.ByPublisher
	})
	heard("muted by Ada", 0)
	must(t, p.SetAudio(true))
	await(t, bob, func(e netvideo.StreamPropertyChanged) bool { return e.Stream.HasAudio })
	heard("unmuted", full)
	must(t, sub.SetAudio(false))
	heard("turned off by Bob", 0)
	must(t, sub.SetAudio(true))
	heard("turned on by Bob", full)
	must(t, p.Unpublish())
	gone := await[netvideo.StreamDestroyed](t, bob, nil)
	if gone.Stream.ID != streams[0].Stream.ID {
		t.Errorf("%+v", gone)
	}
	heard("after the end", 0)
	if err := sub.SetVolume(1); !errors.Is(err, netvideo.ErrNoSuchStream) {
		t.Errorf("a stream that is gone: %v", err)
	}
}

// Sound alone is a stream too, and its source may end.
func TestSoundAlone(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "radio", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "radio", "Bob", netvideo.Publisher))
	p := publishSound(t, ada, PublishOptions{Name: "radio", NoVideo: true})
	speak(t, p, 330)
	if e := await[netvideo.StreamCreated](t, bob, nil); e.Stream.HasVideo || !e.Stream.HasAudio || e.Stream.Name != "radio" {
		t.Errorf("%+v", e)
	}
	ear := listen(t, bob)
	eventually(t, "330 Hz", func() bool { _, share := ear.hears(330); return share > 0.8 })
	if v := bob.Streams()[0]; v.NoPicture != netvideo.NoVideo {
		t.Errorf("no picture because %q", v.NoPicture)
	}
	if st := p.Stats(); st.AudioSent == 0 || st.AudioKbps <= 0 || st.AudioLevel < 0.3 {
		t.Errorf("%+v", st)
	}
	if p.SetVideo(false) == nil || p.Picture() != nil {
		t.Error("a picture where there is none")
	}
	if err := p.End(); err != nil {
		t.Error(err)
	}
	if gone := await[netvideo.StreamDestroyed](t, bob, nil); gone.Reason != netvideo.MediaStopped {
		t.Errorf("%+v", gone)
	}
}
