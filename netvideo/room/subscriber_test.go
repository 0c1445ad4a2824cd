package room

import (
	"context"
	"errors"
	"testing"
	"time"

	"cutout/netvideo"
)

// why waits until the only stream has no picture for one reason.
func why(t *testing.T, r *Room, want netvideo.NoPicture) netvideo.StreamView {
	t.Helper()
	var got []netvideo.StreamView
	end := time.Now().Add(patience)
	for {
		if got = r.Streams(); len(got) == 1 && got[0].NoPicture == want {
			return got[0]
		}
		if time.Now().After(end) {
			t.Fatalf("no picture because %q, not %q", got[0].NoPicture, want)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestWhyThereIsNoPicture(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "why", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "why", "Bob", netvideo.Subscriber))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Width: 320, Height: 240, Audio: true})
	if err != nil {
		t.Fatal(err)
	}
	speak(t, p, 440) // the server tells of a medium when it comes: first the sound
	await[netvideo.StreamCreated](t, bob, nil)
	why(t, bob, netvideo.NoVideo)
	stop := show(t, p, 320, 240)
	live := why(t, bob, netvideo.PictureLive)
	sub, err := bob.Subscription(live.Stream.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]struct {
		off, on func() error
		want    netvideo.NoPicture
	}{
		"muted by the publisher": {func() error { return p.SetVideo(false) }, func() error { return p.SetVideo(true) }, netvideo.MutedByPublisher},
		"turned off":             {func() error { return sub.SetVideo(false) }, func() error { return sub.SetVideo(true) }, netvideo.NotWanted},
		"paused":                 {sub.Pause, sub.Resume, netvideo.NotWanted},
	} {
		if err := step.off(); err != nil {
			t.Fatal(err)
		}
		why(t, bob, step.want)
		eventually(t, name+": nothing to come", func() bool { v, err := sub.View(); return err == nil && v.Stats.FPS == 0 })
		since := time.Now()
		if err := step.on(); err != nil {
			t.Fatal(err)
		}
		sees(t, bob, since, ada)
		v := why(t, bob, netvideo.PictureLive)
		t.Logf("%s: live again after %v", name, v.Picture.Decoded.Sub(since))
		if v.Stats.Freezes != 0 {
			t.Errorf("%s: %d freezes", name, v.Stats.Freezes)
		}
	}
	stop()
	why(t, bob, netvideo.Frozen)
	s.kill()
	await[netvideo.Reconnecting](t, bob, nil)
	why(t, bob, netvideo.RoomAway)
	for _, bad := range []error{sub.SetDrawnSize(-1, 5), sub.SetDrawnSize(10, 0), sub.SetFrameRate(-1), sub.SetVolume(3)} {
		if bad == nil {
			t.Error("an impossible wish was taken")
		}
	}
	if _, err := bob.Subscription("nobody/camera"); !errors.Is(err, netvideo.ErrNoSuchStream) {
		t.Errorf("%v", err)
	}
}

// A connection that may only show is told so, and waits for no picture.
func TestPublisherOnlyIsToldWhyItSeesNothing(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "stage", "Ada", netvideo.Publisher))
	tripod := join(t, s, token(t, "stage", "Tripod", netvideo.PublisherOnly))
	publish(t, ada, "cam")
	await[netvideo.StreamCreated](t, tripod, nil)
	why(t, tripod, netvideo.NotAllowed)
	publish(t, tripod, "stage")
	pictures(t, ada, 5)
	why(t, tripod, netvideo.NotAllowed)
}

// A thumbnail gets fewer pictures, and a wish for fewer is kept.
func TestDrawnSizeAndFrameRate(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "rate", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "rate", "Bob", netvideo.Subscriber))
	publish(t, ada, "cam")
	pictures(t, bob, 1)
	sub, err := bob.Subscription(bob.Streams()[0].Stream.ID)
	if err != nil {
		t.Fatal(err)
	}
	rate := func(low, high float64) {
		t.Helper()
		eventually(t, "the rate", func() bool {
			v, err := sub.View()
			return err == nil && v.Stats.FPS >= low && v.Stats.FPS <= high
		})
	}
	rate(21, 31)
	_ = sub.SetDrawnSize(96, 72)
	rate(5, 16)
	_ = sub.SetFrameRate(4)
	rate(1, 5)
	_ = sub.SetFrameRate(0)
	_ = sub.SetDrawnSize(640, 480)
	rate(21, 31)
}

// Who does not look may begin to.
func TestNoPicturesUntilAsked(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "bots", "Ada", netvideo.Publisher))
	p := publishSound(t, ada, PublishOptions{Name: "cam", Width: 320, Height: 240})
	show(t, p, 320, 240)
	speak(t, p, 440)
	bot, err := Join(context.Background(), Options{URL: s.url, Token: token(t, "bots", "Bot", netvideo.Publisher), JoinTimeout: patience, NoPictures: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bot.Close() })
	eventually(t, "the stream", func() bool { v := bot.Streams(); return len(v) == 1 && v[0].Stream.HasVideo && v[0].Stream.HasAudio })
	why(t, bot, netvideo.NotWanted)
	sub, err := bot.Subscription(p.Stream().ID)
	if err != nil {
		t.Fatal(err)
	}
	_ = sub.SetVideo(true)
	pictures(t, bot, 5)
	if v, _ := sub.View(); v.Stats.AudioKbps != 0 {
		t.Errorf("sound came, too: %v kbit/s", v.Stats.AudioKbps)
	}
	_ = sub.SetVideo(false)
	eventually(t, "it to end", func() bool { v, err := sub.View(); return err == nil && v.Stats.FPS == 0 })
}

// A source may be replaced by one of another size; what is sent can be looked at.
func TestSourceIsReplaced(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "replace", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "replace", "Bob", netvideo.Subscriber))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Width: 320, Height: 240, Kbps: 400})
	if err != nil {
		t.Fatal(err)
	}
	if p.Picture() != nil {
		t.Error("a picture of nothing")
	}
	for _, size := range [][2]int{{320, 240}, {480, 270 &^ 1}, {160, 120}} {
		stop := show(t, p, size[0], size[1])
		eventually(t, "the new size", func() bool {
			v := bob.Streams()
			return len(v) == 1 && v[0].Picture != nil && v[0].Picture.Image.Rect.Dx() == size[0] && v[0].Stream.Width == size[0]
		})
		if pic := p.Picture(); pic == nil || pic.Image.Rect.Dy() != size[1] || pic.Captured.IsZero() {
			t.Errorf("a screenshot is %+v", pic)
		}
		stop()
	}
	id := bob.Streams()[0].Stream.ID
	if n := len(bob.Streams()); n != 1 || id != p.Stream().ID {
		t.Errorf("%d streams, %s", n, id)
	}
	if p.SetBitRate(0) == nil || p.SetFrameRate(0) == nil || p.SetBitRate(200) != nil || p.SetFrameRate(10) != nil {
		t.Error("limits")
	}
	show(t, p, 160, 120)
	eventually(t, "ten pictures a second", func() bool { fps := p.Stats().FPS; return fps >= 5 && fps <= 11 })
}

// One person may be there twice, and each presence may show twice.
func TestSeveralConnectionsAndStreams(t *testing.T) {
	_, _, ada, eve, pass := aParty(t)
	twin, err := pass.Sibling(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	second, err := Join(context.Background(), Options{URL: twin.URL, Token: twin.Token, JoinTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	if a, b := ada.Self(), second.Self(); a.ID == b.ID || a.Name != b.Name {
		t.Errorf("%+v and %+v", a, b)
	}
	for i, r := range []*Room{ada, ada, second} {
		p := publishSound(t, r, PublishOptions{Name: []string{"one", "two", "three"}[i], Width: 320, Height: 240})
		show(t, p, 320, 240)
		speak(t, p, 440)
	}
	eventually(t, "three streams", func() bool {
		views := eve.Streams()
		for _, v := range views {
			if !v.Stream.HasAudio || !v.Stream.HasVideo || v.Picture == nil {
				return false
			}
		}
		return len(views) == 3
	})
	second.Close()
	if e := await[netvideo.ConnectionDestroyed](t, eve, nil); e.Connection.ID != twin.Identity || e.Reason != netvideo.ClientDisconnected {
		t.Errorf("%+v", e)
	}
}
