package room

import (
	"errors"
	"image"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/opus"
)

// flat is a picture of one grey.
func flat(w, h int, luma uint8) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = luma
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	return img
}

const (
	flashEvery = time.Second
	flashFor   = 150 * time.Millisecond
)

// clap shows a flash and says a click at the same moments. Pictures take late from the
// sensor to Show, as those do that are worked on before they are sent.
func clap(t *testing.T, p *Publisher, late time.Duration) {
	dark, bright := flat(320, 240, 60), flat(320, 240, 220)
	begun := time.Now()
	flashes := func(at time.Time) bool { return at.Sub(begun)%flashEvery < flashFor }
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				captured, img := now.Add(-late), dark
				if flashes(captured) {
					img = bright
				}
				p.Show(img, captured)
			}
		}
	})
	wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		n := 0
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				pcm := make([]float32, opus.FrameSamples)
				for i := range pcm {
					if n++; flashes(now.Add(time.Duration(i) * time.Second / opus.SampleRate)) {
						pcm[i] = float32(0.5 * math.Sin(2*math.Pi*1000*float64(n)/opus.SampleRate))
					}
				}
				p.Say(pcm)
			}
		}
	})
	t.Cleanup(func() { close(done); wg.Wait() })
}

// witness notes when flashes are seen and clicks are heard.
func witness(r *Room, n int) (apart []time.Duration) {
	var flash, click time.Time
	var bright, loud bool
	begun, taken := time.Now(), 0
	for end := begun.Add(time.Duration(n) * flashEvery); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		now := time.Now()
		if views := r.Streams(); len(views) == 1 && views[0].Picture != nil {
			was := bright
			img := views[0].Picture.Image
			if bright = img.Y[len(img.Y)/2] > 140; bright && !was {
				flash = views[0].Picture.Decoded
			}
		}
		if due := int(now.Sub(begun) * opus.SampleRate / time.Second); due-taken >= 480 { // a device of 10 ms
			out := make([]float32, 2*480)
			r.ReadVoices(out)
			taken += 480
			was := loud
			loud = slices.Max(out) > 0.1
			if loud && !was {
				click = now
			}
		}
		if !flash.IsZero() && !click.IsZero() && flash.Sub(click).Abs() < flashEvery/2 {
			apart = append(apart, click.Sub(flash))
			flash, click = time.Time{}, time.Time{}
		}
	}
	return apart
}

// A click and a flash of one moment come together, however long the picture is worked on
// before it is sent.
func TestClickAndFlashComeTogether(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, late := range map[string]time.Duration{"together": 0, "picture late": 150 * time.Millisecond} {
		t.Run(name, func(t *testing.T) { clickAndFlash(t, s, name, late) })
	}
}

func clickAndFlash(t *testing.T, s *testServer, name string, late time.Duration) {
	ada := join(t, s, token(t, name, "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, name, "Bob", netvideo.Subscriber))
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 320, Height: 240, Kbps: 300})
	clap(t, p, late)
	var apart []time.Duration
	var middle time.Duration
	// The clocks are known after a report or two, and then the sound is stretched.
	eventually(t, "a click and a flash within 60 ms", func() bool {
		apart = witness(bob, 4)
		if len(apart) < 3 {
			return false
		}
		slices.Sort(apart)
		middle = apart[len(apart)/2]
		t.Logf("the click is heard %v after the flash is seen", apart)
		return middle.Abs() < 60*time.Millisecond
	})
	v := bob.Streams()[0]
	t.Logf("%v apart by what is seen and heard; sync offset %v, pictures held %v, sound held %v, latency %v",
		middle, v.Stats.SyncOffset, v.Stats.JitterDelay, v.Stats.AudioDelay, v.Stats.Latency)
	if v.Stats.SyncOffset == 0 {
		t.Errorf("no sync offset is known")
	}
	ada.Close()
	bob.Close()
}

func TestAligned(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		video, audio         way
		holdVideo, holdAudio time.Duration
	}{
		"together":            {way{50 * ms, 5 * ms, 0}, way{50 * ms, 10 * ms, 0}, 0, 0},
		"picture later":       {way{150 * ms, 5 * ms, 0}, way{20 * ms, 10 * ms, 0}, 0, 135 * ms},
		"sound later":         {way{20 * ms, 5 * ms, 0}, way{80 * ms, 20 * ms, 0}, 80 * ms, 0},
		"picture much later":  {way{900 * ms, 0, 0}, way{10 * ms, 10 * ms, 0}, 0, 310 * ms},
		"sound much later":    {way{0, 10 * ms, 0}, way{900 * ms, 0, 0}, 160 * ms, 0},
		"clocks out of order": {way{time.Hour, 0, 0}, way{0, 0, 0}, 0, 0},
	} {
		if v, a := aligned(c.video, c.audio); v != c.holdVideo || a != c.holdAudio {
			t.Errorf("%s: picture held %v, sound %v", name, v, a)
		}
	}
}

// troubled waits for the next report of trouble, which has to come while there is some.
func troubled(t *testing.T, r *Room, medium netvideo.Medium, what netvideo.Trouble, repair netvideo.Repair) {
	t.Helper()
	await(t, r, func(e netvideo.StreamTroubled) bool {
		return e.Medium == medium && e.Trouble == what && e.Repair == repair
	})
}

// What stops by mistake comes back by itself; what stops on purpose is left alone.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "watch", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "watch", "Bob", netvideo.Subscriber))
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 320, Height: 240, Kbps: 300})
	stop := show(t, p, 320, 240)
	speak(t, p, 440)
	listen(t, bob)
	why(t, bob, netvideo.PictureLive)
	sub, err := bob.Subscription(p.Stream().ID)
	must(t, err)

	// On purpose.
	for name, off := range map[string][2]func() error{
		"Ada's picture and Bob's sound": {func() error { return errors.Join(p.SetVideo(false), sub.SetAudio(false)) }, func() error { return errors.Join(p.SetVideo(true), sub.SetAudio(true)) }},
		"Ada's sound and Bob's picture": {func() error { return errors.Join(p.SetAudio(false), sub.SetVideo(false)) }, func() error { return errors.Join(p.SetAudio(true), sub.SetVideo(true)) }},
	} {
		must(t, off[0]())
		for end := time.Now().Add(2500 * time.Millisecond); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			select {
			case e := <-bob.Events():
				if tr, bad := e.(netvideo.StreamTroubled); bad {
					t.Errorf("%s: %+v", name, tr)
				}
			default:
			}
		}
		must(t, off[1]())
	}
	why(t, bob, netvideo.PictureLive)

	// The server forgets that Bob wants the picture, and then the sound.
	views := func() (video, audio *watch, st *stream) {
		for _, st := range bob.streams {
			return &st.videoWatch, &st.audioWatch, st
		}
		return nil, nil, nil
	}
	bob.mu.Lock()
	_, _, st := views()
	video, audio := st.videoPub, st.audioPub
	bob.mu.Unlock()
	since := time.Now()
	must(t, video.SetSubscribed(false))
	got := await(t, bob, func(e netvideo.StreamTroubled) bool { return e.Medium == netvideo.Video })
	noticed := time.Since(since)
	mended := await(t, bob, func(e netvideo.StreamMended) bool { return e.Medium == netvideo.Video })
	t.Logf("a picture that the server ceased to send: %s noticed after %v, mended %v later", got.Trouble, noticed.Round(time.Millisecond), mended.After.Round(time.Millisecond))
	sees(t, bob, time.Now(), ada)
	since = time.Now()
	must(t, audio.SetSubscribed(false))
	got = await(t, bob, func(e netvideo.StreamTroubled) bool { return e.Medium == netvideo.Audio })
	noticed = time.Since(since)
	mended = await(t, bob, func(e netvideo.StreamMended) bool { return e.Medium == netvideo.Audio })
	t.Logf("a sound that the server ceased to send: %s noticed after %v, mended %v later", got.Trouble, noticed.Round(time.Millisecond), mended.After.Round(time.Millisecond))

	// Ada's sensor stops: all that can be done is tried, and then it is left alone.
	stop()
	troubled(t, bob, netvideo.Video, netvideo.TroubleFrozen, netvideo.RepairKeyFrame)
	troubled(t, bob, netvideo.Video, netvideo.TroubleFrozen, netvideo.RepairResubscribe)
	troubled(t, bob, netvideo.Video, netvideo.TroubleFrozen, netvideo.RepairNone)
	why(t, bob, netvideo.Frozen)
	stop = show(t, p, 320, 240)
	await(t, bob, func(e netvideo.StreamMended) bool { return e.Medium == netvideo.Video })
	why(t, bob, netvideo.PictureLive)

	// Black pictures.
	stop()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(33 * time.Millisecond):
				p.Show(flat(320, 240, 16), time.Now())
			}
		}
	})
	troubled(t, bob, netvideo.Video, netvideo.TroubleBlack, netvideo.RepairKeyFrame)
	close(done)
	wg.Wait()
	show(t, p, 320, 240)
	await(t, bob, func(e netvideo.StreamMended) bool { return e.Trouble == netvideo.TroubleBlack })
	if v, err := sub.View(); err != nil || v.Stats.Repairs == 0 || bob.Stats().Rejoins != 0 {
		t.Errorf("%d repairs, %d rejoins: %v", v.Stats.Repairs, bob.Stats().Rejoins, err)
	}
}

// The room is left and joined again only when nothing at all comes and nobody says that
// there is nothing.
func TestRejoinIsTheLast(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		alive, idle bool
		trouble     netvideo.Trouble
		after       time.Time
		want        netvideo.Repair
	}{
		"nothing comes":   {false, false, netvideo.TroubleFrozen, time.Time{}, netvideo.RepairRejoin},
		"others come":     {true, false, netvideo.TroubleFrozen, time.Time{}, netvideo.RepairNone},
		"nothing to send": {false, true, netvideo.TroubleSilent, time.Time{}, netvideo.RepairNone},
		"black":           {false, false, netvideo.TroubleBlack, time.Time{}, netvideo.RepairNone},
		"just rejoined":   {false, false, netvideo.TroubleMissing, now.Add(time.Second), netvideo.RepairNone},
	} {
		s := &stream{room: &Room{rejoinAfter: c.after}}
		w := &watch{trouble: c.trouble, repair: netvideo.RepairResubscribe, acted: now.Add(-lastStep - 1), idle: c.idle}
		if got := s.nextRepair(w, now, c.alive); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		w.acted = now
		if got := s.nextRepair(w, now, c.alive); got != "" {
			t.Errorf("%s: %s at once", name, got)
		}
	}
}

func TestPleasAreFew(t *testing.T) {
	n := 0
	p := plea{send: func() { n++ }}
	now := time.Unix(0, 0)
	for ms := range 10_000 {
		p.ask(now.Add(time.Duration(ms)*time.Millisecond), 50*time.Millisecond)
	}
	if n < 4 || n > 8 || p.count() != uint64(n) {
		t.Errorf("asked %d times in ten seconds without an answer", n)
	}
	p.answered()
	before := n
	p.ask(now.Add(11*time.Second+3*time.Second), 0)
	if n != before+1 {
		t.Error("not asked after an answer")
	}
}
