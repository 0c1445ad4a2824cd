package room

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/simulcast"
	"cutout/netvideo/codec/vp8"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

// noisy are numbered pictures that no encoder makes small.
func noisy(n, w, h int) []*image.YCbCr {
	rnd := rand.New(rand.NewPCG(3, 4))
	var all []*image.YCbCr
	for i := range n {
		img := numbered(i, w, h)
		for k := w / 12 * img.YStride; k < len(img.Y); k++ {
			img.Y[k] += uint8(rnd.Int32N(24))
		}
		all = append(all, img)
	}
	return all
}

// showAll shows pictures in turn, 30 a second, until the test or stop ends.
func showAll(t testing.TB, p *Publisher, pics []*image.YCbCr) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				p.Show(pics[n%len(pics)], time.Now())
			}
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// A way that becomes thin and lossy is kept to and the pictures go on; free again, all
// is back. The server's word on each packet is what tells: LiveKit answers the numbers on
// our packets, or EstimatedKbps would stay 0.
func TestThinUplink(t *testing.T) {
	s := startServer(t)
	way := newThinLine(t, s)
	ada, err := Join(context.Background(), Options{URL: way.url, Token: token(t, "thin", "Ada", netvideo.Publisher), JoinTimeout: patience, RejoinFor: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ada.Close() })
	bob := join(t, s, token(t, "thin", "Bob", netvideo.Subscriber))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Audio: true})
	if err != nil {
		t.Fatal(err)
	}
	speak(t, p, 440)
	showAll(t, p, noisy(30, 640, 480))
	eventually(t, "all that is wanted is sent", func() bool {
		st := p.Stats()
		return st.EstimatedKbps > 700 && st.TargetKbps >= 690 && st.Limited == NotLimited && st.RTT > 0
	})
	pictures(t, bob, 10)
	if way.up.Load() == 0 {
		t.Fatal("nothing went over the line")
	}
	t.Logf("free: %+v", p.Stats())

	way.bps.Store(300_000)
	way.loss.Store(7)
	begun := time.Now()
	eventually(t, "less is sent", func() bool {
		st := p.Stats()
		return st.TargetKbps <= 300 && st.Kbps < 330 && st.Limited == LimitedByBandwidth && st.TargetFPS < 30
	})
	t.Logf("kept to after %v: %+v", time.Since(begun), p.Stats())
	pictures(t, bob, 30)
	eventually(t, "what is lost is sent again", func() bool {
		st := p.Stats()
		return st.NACKs > 0 && st.Resent > 0 && st.LostPackets > 0
	})
	t.Logf("thin: %+v; bob: %+v", p.Stats(), bob.Streams()[0].Stats)

	way.bps.Store(0)
	way.loss.Store(0)
	begun = time.Now()
	eventually(t, "all is back", func() bool {
		st := p.Stats()
		return st.TargetKbps >= 690 && st.TargetFPS == 30 && st.Limited == NotLimited
	})
	t.Logf("back after %v: %+v", time.Since(begun), p.Stats())
	pictures(t, bob, 10)
}

// sizes are what is sent now.
func sizes(p *Publisher) (widths []int) {
	for _, l := range p.Stats().Layers {
		widths = append(widths, l.Width)
	}
	return widths
}

// A layer that nobody looks at is not encoded, nor is a picture; who looks again gets
// one, though nothing new is shown.
func TestOnlyWatchedLayersAreEncoded(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "layers", "Ada", netvideo.Publisher))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam"})
	if err != nil {
		t.Fatal(err)
	}
	stop := showAll(t, p, noisy(30, 640, 480))
	bob := join(t, s, token(t, "layers", "Bob", netvideo.Subscriber))
	pictures(t, bob, 3)
	eventually(t, "one home gets one size", func() bool { return slices.Equal(sizes(p), []int{640}) })

	cyd := join(t, s, token(t, "layers", "Cyd", netvideo.Subscriber))
	pictures(t, cyd, 3)
	eventually(t, "more get two", func() bool { return slices.Equal(sizes(p), []int{320, 640}) })
	for _, r := range []*Room{bob, cyd} {
		drawn(t, r, 160, 120)
	}
	eventually(t, "a large one nobody looks at goes", func() bool { return slices.Equal(sizes(p), []int{320}) })
	eventually(t, "the small one comes", func() bool { return bob.Streams()[0].Picture.Image.Rect.Dx() == 320 })
	drawn(t, cyd, 640, 480)
	eventually(t, "the large one is back", func() bool { return cyd.Streams()[0].Picture.Image.Rect.Dx() == 640 })

	bob.Close()
	cyd.Close()
	eventually(t, "nobody looks", func() bool { return len(sizes(p)) == 0 })
	before := p.Stats()
	eventually(t, "more is shown", func() bool { return p.Stats().Shown > before.Shown+30 })
	if after := p.Stats(); after.Encoded != before.Encoded {
		t.Errorf("%d pictures were encoded for nobody", after.Encoded-before.Encoded)
	}
	stop()
	dan := join(t, s, token(t, "layers", "Dan", netvideo.Subscriber))
	pictures(t, dan, 1)
}

// drawn has the only stream drawn in a size.
func drawn(t *testing.T, r *Room, w, h int) {
	t.Helper()
	sub, err := r.Subscription(r.Streams()[0].Stream.ID)
	if err == nil {
		err = sub.SetDrawnSize(w, h)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Who asks for a key frame gets it with the very next picture.
func TestKeyFrameInTheNextPicture(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "key", "Ada", netvideo.Publisher))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Width: 320, Height: 240})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan func(), 1)
	cb := lksdk.NewRoomCallback()
	cb.OnTrackSubscribed = func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, who *lksdk.RemoteParticipant) {
		got <- func() { who.WritePLI(track.SSRC()) }
	}
	bob := lksdk.NewRoom(cb)
	if err := bob.JoinWithToken(s.url, token(t, "key", "Bob", netvideo.Subscriber)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bob.Disconnect)
	n := 0
	next := func() PublisherStats { // shows one picture and waits until it is sent
		before := p.Stats()
		p.Show(numbered(n, 320, 240), time.Now())
		n++
		eventually(t, "it is sent", func() bool { return p.Stats().Encoded > before.Encoded })
		return p.Stats()
	}
	var ask func()
	eventually(t, "a subscription", func() bool {
		next()
		select {
		case ask = <-got:
			return true
		case <-time.After(40 * time.Millisecond):
			return false
		}
	})
	for range 3 {
		time.Sleep(keyFrameEvery + 50*time.Millisecond)
		before := next()
		eventually(t, "the server asks", func() bool { // it limits how often
			if p.Stats().PLIs == before.PLIs {
				ask()
				time.Sleep(20 * time.Millisecond)
			}
			return p.Stats().PLIs > before.PLIs
		})
		// Of the pictures since then the first, one at the earliest that is asked for while
		// nothing is shown, is a key frame.
		after := p.Stats()
		if after.Encoded == before.Encoded {
			after = next()
		}
		if after.KeyFrames == before.KeyFrames {
			t.Errorf("%d pictures after a request and no key frame", after.Encoded-before.Encoded)
		}
	}
}

// However many ask, and however often, key frames keep their distance; and who asks
// last has one all the same.
func TestKeyFrameStorm(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "storm", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "storm", "Bob", netvideo.Subscriber))
	p := publish(t, ada, "cam")
	pictures(t, bob, 3)
	l := p.video.layers[0]
	before, begun := p.Stats(), time.Now()
	for time.Since(begun) < 2*time.Second {
		l.wantKey.Store(true)
		time.Sleep(5 * time.Millisecond)
	}
	took, after := time.Since(begun), p.Stats()
	if most := uint64(took/keyFrameEvery) + 2; after.KeyFrames-before.KeyFrames > most {
		t.Errorf("%d key frames in %v", after.KeyFrames-before.KeyFrames, took)
	}
	eventually(t, "the last who asked has a key frame", func() bool { return !l.wantKey.Load() })
}

// Whom the encoder is too slow for sends fewer pictures, not later ones.
func TestSlowMachine(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "slow", "Ada", netvideo.Publisher))
	// No machine encodes 240 such pictures a second on one core.
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Width: 1920, Height: 1440, FPS: 240, Kbps: 20_000, Layers: 1})
	if err != nil {
		t.Fatal(err)
	}
	pics := noisy(4, 1920, 1440)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			p.Show(pics[n%len(pics)], time.Now())
			time.Sleep(time.Second / 240)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	eventually(t, "fewer pictures", func() bool {
		st := p.Stats()
		return st.Limited == LimitedByCPU && st.TargetFPS <= 30 && st.Dropped > 0
	})
	t.Logf("%+v", p.Stats())
}

// BenchmarkLayers is what a 640x480 picture costs in one layer and in two: processor
// time, and quality of the large one when both share the bits of one.
func BenchmarkLayers(b *testing.B) {
	pics := noisy(60, 640, 480)
	for _, c := range []struct {
		name   string
		layers []simulcast.Layer
	}{
		{"one", []simulcast.Layer{{Scale: 1, Kbps: 700}}},
		{"two", []simulcast.Layer{{Scale: 2, Kbps: 182}, {Scale: 1, Kbps: 517}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			enc, err := simulcast.New(simulcast.Options{Layers: c.layers, New: newVP8})
			if err != nil {
				b.Fatal(err)
			}
			defer enc.Close()
			dec, err := vp8.NewDecoder(vp8.DecoderOptions{})
			if err != nil {
				b.Fatal(err)
			}
			defer dec.Close()
			var took time.Duration
			var db float64
			for i := range b.N {
				begun := cpu()
				packets, err := enc.Encode(pics[i%len(pics)], time.Duration(i+1)*time.Second/30)
				took += cpu() - begun
				if err != nil {
					b.Fatal(err)
				}
				got, err := dec.Decode(packets[len(packets)-1].Data)
				if err != nil {
					b.Fatal(err)
				}
				db += psnr(pics[i%len(pics)], got) / float64(b.N)
			}
			b.ReportMetric(took.Seconds()/float64(b.N)*30*100, "%core@30fps")
			b.ReportMetric(db, "dB")
		})
	}
}

// psnr is the luma peak signal to noise ratio in dB.
func psnr(a, b *image.YCbCr) float64 {
	var sum float64
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			d := float64(a.Y[y*a.YStride+x]) - float64(b.Y[y*b.YStride+x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255/(sum/float64(a.Rect.Dx()*a.Rect.Dy())+1e-9))
}

// A picture that is sent again to somebody new does not look late: what comes after it
// is shown at once.
func TestAskedForWhileNothingIsShown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "rest", "Ada", netvideo.Publisher))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Width: 320, Height: 240})
	if err != nil {
		t.Fatal(err)
	}
	const rest = 600 * time.Millisecond
	held := time.Hour
	for try := 0; try < 5 && held > rest/2; try++ { // a busy machine's jitter is no proof
		p.Show(numbered(1, 320, 240), time.Now())
		time.Sleep(rest)
		bob := join(t, s, token(t, "rest", fmt.Sprint("Bob", try), netvideo.Subscriber))
		pictures(t, bob, 1)
		stop := showAll(t, p, noisy(30, 320, 240))
		pictures(t, bob, 5)
		held = min(held, bob.Streams()[0].Stats.JitterDelay)
		stop()
		bob.Close()
	}
	if held > rest/2 {
		t.Errorf("pictures are held for %v at least", held)
	}
}
