package room

import (
	"context"
	"testing"
	"time"

	"cutout/netvideo"

	livekit "github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// sees waits until r has a stream of each of the others with a picture decoded after
// since.
func sees(t testing.TB, r *Room, since time.Time, others ...*Room) {
	t.Helper()
	for _, o := range others {
		eventually(t, r.Self().Name+" to see "+o.Self().Name, func() bool {
			for _, v := range r.Streams() {
				if v.Stream.Connection.ID == o.Self().ID && v.Picture != nil && v.Picture.Decoded.After(since) {
					return true
				}
			}
			return false
		})
	}
}

func TestServerDiesAndComesBack(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "phoenix", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "phoenix", "Bob", netvideo.Publisher))
	cyd := join(t, s, token(t, "phoenix", "Cyd", netvideo.Subscriber))
	publish(t, ada, "Ada's")
	publish(t, bob, "Bob's")
	all := func(since time.Time) {
		sees(t, ada, since, bob)
		sees(t, bob, since, ada)
		sees(t, cyd, since, ada, bob)
	}
	all(time.Time{})
	ids := []string{ada.Self().ID, bob.Self().ID, cyd.Self().ID}

	for round := range 2 {
		s.kill()
		killed := time.Now()
		for _, r := range []*Room{ada, bob, cyd} {
			await[netvideo.Reconnecting](t, r, nil)
		}
		t.Logf("round %d: noticed after %v", round, time.Since(killed))
		for i := range 50 { // said while nobody can hear
			if err := ada.Signal(context.Background(), netvideo.Signal{Type: "while away", Data: []byte{byte(i)}}); err != nil {
				t.Fatal(err)
			}
		}
		s.start()
		up := time.Now()
		for _, r := range []*Room{ada, bob, cyd} {
			await[netvideo.Reconnected](t, r, nil)
		}
		t.Logf("round %d: everyone back %v after the server", round, time.Since(up))
		all(up)
		t.Logf("round %d: everyone seen %v after the server", round, time.Since(up))
		for i, r := range []*Room{ada, bob, cyd} {
			if r.Self().ID != ids[i] {
				t.Errorf("%s came back as %s", ids[i], r.Self().ID)
			}
		}
		if n := ada.Stats(); n.Rejoins != uint64(round+1) {
			t.Errorf("%d rejoins", n.Rejoins)
		}
	}
	eventually(t, "the signals to leave", func() bool { return ada.Stats().QueuedSignals == 0 })
}

// What is said while away is said after, in order, to those who are back.
func TestSignalsSurviveTheServer(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "outbox", "Ada", netvideo.Publisher))
	s.kill()
	await[netvideo.Reconnecting](t, ada, nil)
	for i := range 100 {
		if err := ada.Signal(context.Background(), netvideo.Signal{Type: "n", Data: []byte{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := ada.Stats().QueuedSignals; n != 100 {
		t.Errorf("%d signals wait, want 100", n)
	}
	_ = ada.Signal(context.Background(), netvideo.Signal{Type: "n", Lossy: true})
	s.start()
	await[netvideo.Reconnected](t, ada, nil)
	eventually(t, "the signals to leave", func() bool { return ada.Stats().QueuedSignals == 0 })
	bob := join(t, s, token(t, "outbox", "Bob", netvideo.Publisher))
	eventually(t, "Bob", func() bool { return len(ada.Connections()) == 1 })
	if err := ada.Signal(context.Background(), netvideo.Signal{Type: "after"}); err != nil {
		t.Fatal(err)
	}
	await(t, bob, func(e netvideo.SignalReceived) bool { return e.Signal.Type == "after" })
}

func TestServerStopsForGood(t *testing.T) {
	s := startServer(t)
	r, err := Join(context.Background(), Options{URL: s.url, Token: token(t, "end", "Ada", netvideo.Publisher),
		JoinTimeout: patience, RejoinFor: time.Second, RejoinEvery: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	p := publish(t, r, "cam")
	s.interrupt()
	await[netvideo.Reconnecting](t, r, nil)
	end := await[netvideo.Disconnected](t, r, nil)
	if end.Reason != netvideo.NetworkDisconnected && end.Reason != netvideo.ServerShutdown {
		t.Errorf("%+v", end)
	}
	if err := r.Signal(context.Background(), netvideo.Signal{Type: "x"}); err != netvideo.ErrClosed {
		t.Errorf("signalling after the end: %v", err)
	}
	if _, err := r.Publish(context.Background(), PublishOptions{Width: 320, Height: 240}); err == nil {
		t.Error("publishing after the end worked")
	}
	p.Show(numbered(1, 320, 240), time.Now())
	if err := p.Unpublish(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestThrownOut(t *testing.T) {
	s := startServer(t)
	admin := lksdk.NewRoomServiceClient(s.url, testKey, testSecret)
	ctx := context.Background()

	ada := join(t, s, token(t, "bouncer", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "bouncer", "Bob", netvideo.Publisher))
	publish(t, ada, "cam")
	sees(t, bob, time.Time{}, ada)

	// Her permission to publish is taken.
	no, yes := false, true
	_, err := admin.UpdateParticipant(ctx, &livekit.UpdateParticipantRequest{Room: "bouncer", Identity: ada.Self().ID,
		Permission: &livekit.ParticipantPermission{CanSubscribe: yes, CanPublish: no, CanPublishData: no}})
	if err != nil {
		t.Fatal(err)
	}
	if gone := await[netvideo.StreamDestroyed](t, bob, nil); gone.Reason != netvideo.ForceUnpublished {
		t.Errorf("%+v", gone)
	}
	eventually(t, "Ada to be refused", func() bool {
		return ada.Signal(ctx, netvideo.Signal{Type: "x"}) == netvideo.ErrRole
	})

	// She is kicked.
	if _, err := admin.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: "bouncer", Identity: ada.Self().ID}); err != nil {
		t.Fatal(err)
	}
	if end := await[netvideo.Disconnected](t, ada, nil); end.Reason != netvideo.ForceDisconnected {
		t.Errorf("the kicked one: %+v", end)
	}
	if gone := await[netvideo.ConnectionDestroyed](t, bob, nil); gone.Reason != netvideo.ForceDisconnected {
		t.Errorf("the others: %+v", gone)
	}

	// The session is ended.
	if _, err := admin.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: "bouncer"}); err != nil {
		t.Fatal(err)
	}
	if end := await[netvideo.Disconnected](t, bob, nil); end.Reason != netvideo.SessionEnded {
		t.Errorf("at the end: %+v", end)
	}
}

func TestCloseWhileAway(t *testing.T) {
	s := startServer(t)
	r := join(t, s, token(t, "away", "Ada", netvideo.Publisher))
	publish(t, r, "cam")
	s.kill()
	await[netvideo.Reconnecting](t, r, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := r.Publish(ctx, PublishOptions{Width: 320, Height: 240}); err == nil {
		t.Error("publishing while away worked")
	}
	r.Close()
	if end := await[netvideo.Disconnected](t, r, nil); end.Reason != netvideo.ClientDisconnected {
		t.Errorf("%+v", end)
	}
}
