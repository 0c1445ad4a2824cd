package room

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// aParty is a door and three inside: a moderator, a publisher and a subscriber.
func aParty(t *testing.T) (ready server.Ready, mod, ada, eve *Room, adas door.Pass) {
	t.Helper()
	if !door.HasNetwork() {
		t.Skip("this machine has no network but its loopback, and LiveKit's SDK needs one")
	}
	ready, kill := startDoor(t, filepath.Join(t.TempDir(), "state.json")+",127.0.0.1:0,0")
	t.Cleanup(kill)
	admin := door.Admin{URL: ready.URL, Pass: ready.Tokens[netvideo.Moderator]}
	enter := func(name string, role netvideo.Role) (*Room, door.Pass) {
		pass, err := admin.CreatePass(context.Background(), door.PassRequest{
			Session: ready.Session, Role: role, Who: door.Who{Name: name, Native: true}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Join(context.Background(), Options{URL: pass.URL, Token: pass.Token, JoinTimeout: patience, RejoinFor: patience})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r, pass
	}
	mod, err := Join(context.Background(), Options{URL: ready.URL, Token: ready.Tokens[netvideo.Moderator], JoinTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mod.Close() })
	ada, adas = enter("Ada", netvideo.Publisher)
	eve, _ = enter("Eve", netvideo.Subscriber)
	return ready, mod, ada, eve, adas
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// muteAndUnmute: who is muted is told, the others too, and may unmute.
func muteAndUnmute(t *testing.T, mod, ada, eve *Room, p *Publisher) {
	t.Helper()
	must(t, mod.Mute(context.Background(), ada.Self().ID, false))
	forced := await[netvideo.MuteForced](t, ada, nil)
	if forced.Medium != netvideo.Audio || !forced.Muted || forced.Locked || forced.Stream.ID != p.Stream().ID {
		t.Errorf("%+v", forced)
	}
	await(t, eve, func(e netvideo.StreamPropertyChanged) bool { return !e.Stream.HasAudio })
	must(t, p.SetAudio(true))
	await(t, eve, func(e netvideo.StreamPropertyChanged) bool { return e.Stream.HasAudio })
}

// holdMuted: who is held muted can't unmute until the lock is lifted.
func holdMuted(t *testing.T, mod, ada, eve *Room, p *Publisher) {
	t.Helper()
	must(t, mod.Mute(context.Background(), ada.Self().ID, true, netvideo.Video, netvideo.Audio))
	await(t, ada, func(e netvideo.MuteForced) bool { return e.Locked && e.Medium == netvideo.Audio })
	held := await(t, eve, func(e netvideo.StreamPropertyChanged) bool {
		return e.Stream.AudioMuted == netvideo.ByModerator && e.Stream.VideoMuted == netvideo.ByModerator
	})
	if err := p.SetAudio(true); !errors.Is(err, netvideo.ErrMutedByModerator) {
		t.Errorf("unmuting what is held: %v", err)
	}
	if v, err := (&Subscription{eve, held.Stream.ID}).View(); err != nil || v.NoPicture != netvideo.MutedByModerator {
		t.Errorf("no picture because %q, %v", v.NoPicture, err)
	}
	must(t, mod.Unmute(context.Background(), ada.Self().ID, netvideo.Video, netvideo.Audio))
	await(t, ada, func(e netvideo.MuteForced) bool { return !e.Locked && e.Medium == netvideo.Audio })
	must(t, p.SetAudio(true))
	must(t, p.SetVideo(true))
	await(t, eve, func(e netvideo.StreamPropertyChanged) bool { return e.Stream.HasAudio && e.Stream.HasVideo })
}

// endStream: whose stream is ended is told, the others too, and may publish again.
func endStream(t *testing.T, mod, ada, eve *Room, stream string) {
	t.Helper()
	ctx := context.Background()
	must(t, mod.ForceUnpublish(ctx, stream))
	if e := await[netvideo.Unpublished](t, ada, nil); e.Stream.ID != stream || e.Reason != netvideo.ForceUnpublished {
		t.Errorf("%+v", e)
	}
	if e := await[netvideo.StreamDestroyed](t, eve, nil); e.Reason != netvideo.ForceUnpublished {
		t.Errorf("%+v", e)
	}
	eventually(t, "Ada to publish again", func() bool { // the permission comes back a moment later
		again, err := ada.Publish(ctx, PublishOptions{Name: "again", Width: 320, Height: 240})
		if err == nil {
			show(t, again, 320, 240)
		}
		return err == nil
	})
	await(t, eve, func(e netvideo.StreamCreated) bool { return e.Stream.Name == "again" })
}

func TestModeration(t *testing.T) {
	_, mod, ada, eve, adas := aParty(t)
	ctx := context.Background()
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 320, Height: 240})
	show(t, p, 320, 240)
	speak(t, p, 440)
	began := await(t, eve, func(e netvideo.StreamPropertyChanged) bool { return e.Stream.HasAudio && e.Stream.HasVideo })

	if err := ada.Mute(ctx, mod.Self().ID, true); !errors.Is(err, netvideo.ErrRole) {
		t.Errorf("a publisher muting: %v", err)
	}

	muteAndUnmute(t, mod, ada, eve, p)
	holdMuted(t, mod, ada, eve, p)
	endStream(t, mod, ada, eve, began.Stream.ID)

	_, err := mod.Kick(ctx, ada.Self().ID, false)
	must(t, err)
	if e := await[netvideo.Disconnected](t, ada, nil); e.Reason != netvideo.ForceDisconnected {
		t.Errorf("the kicked one: %+v", e)
	}
	if e := await[netvideo.ConnectionDestroyed](t, eve, nil); e.Reason != netvideo.ForceDisconnected {
		t.Errorf("the others: %+v", e)
	}
	if r, err := Join(ctx, Options{URL: adas.URL, Token: adas.Token, JoinTimeout: patience}); !errors.Is(err, netvideo.ErrRevoked) {
		t.Errorf("coming back: %v", err)
		if r != nil {
			r.Close()
		}
	}
}

// Who only watches votes and reacts through the door, and acknowledges that way.
func TestSubscriberReacts(t *testing.T) {
	_, mod, ada, eve, _ := aParty(t)
	ctx := context.Background()
	if err := eve.Signal(ctx, netvideo.Signal{Type: "vote"}); !errors.Is(err, netvideo.ErrRole) {
		t.Errorf("signalling: %v", err)
	}
	if err := eve.React(ctx, netvideo.Signal{Type: "vote", Data: []byte("wall 3")}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Room{mod, ada} {
		got := await(t, r, func(e netvideo.SignalReceived) bool { return e.Signal.Type == "vote" }).Signal
		if got.From != eve.Self().ID || string(got.Data) != "wall 3" {
			t.Errorf("%+v", got)
		}
	}
	eventually(t, "Ada to know Eve", func() bool { return len(ada.Connections()) == 2 })
	begun := time.Now()
	eventually(t, "Eve to acknowledge", func() bool { // the first tells her whom to answer
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return ada.Deliver(ctx, netvideo.Signal{Type: "hello", To: eve.Self().ID}) == nil
	})
	t.Logf("acknowledged through the door after %v", time.Since(begun))
	if err := ada.React(ctx, netvideo.Signal{Type: "wave"}); err != nil {
		t.Error(err)
	}
	await(t, eve, func(e netvideo.SignalReceived) bool { return e.Signal.Type == "wave" && e.Signal.From == ada.Self().ID })
	if err := ada.HandOver(ctx, eve.Self().ID, true); !errors.Is(err, netvideo.ErrRole) {
		t.Errorf("handing over what one has not: %v", err)
	}
	if err := mod.HandOver(ctx, ada.Self().ID, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Ada to moderate", func() bool {
		return ada.Self().Role == netvideo.Moderator && mod.Self().Role == netvideo.Publisher
	})
	if err := ada.MuteAll(ctx, MuteAll{Lock: true}); err != nil {
		t.Error(err)
	}
	if err := ada.Unmute(ctx, ""); err != nil {
		t.Error(err)
	}
}
