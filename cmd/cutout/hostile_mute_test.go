package main

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// sdkJoin joins with LiveKit's SDK as it is, without anything of ours.
func sdkJoin(t *testing.T, p door.Pass, cb *lksdk.RoomCallback) *lksdk.Room {
	t.Helper()
	if !door.HasNetwork() {
		t.Skip("media need a network interface beside the loopback")
	}
	lksdk.SetLogger(logger.GetDiscardLogger())
	r, err := lksdk.ConnectToRoomWithToken(p.URL, p.Token, cb, lksdk.WithConnectTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Disconnect)
	return r
}

// spoken is a piece of sound that can be told from the silence that LiveKit sends in
// place of a track that is muted.
var spoken = []byte{0xf8, 0xff, 0xfe, 'E', 'v', 'e'}

// speak publishes a microphone and speaks into it, muted or not, until the test ends: a
// client that is told to be silent and is not.
func speak(t *testing.T, r *lksdk.Room, source livekit.TrackSource) *lksdk.LocalTrackPublication {
	t.Helper()
	track, err := lksdk.NewLocalSampleTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	pub, err := r.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "mic", Source: source})
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-stopped })
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				_ = track.WriteSample(media.Sample{Data: spoken, Duration: 20 * time.Millisecond}, nil)
			}
		}
	}()
	return pub
}

// hear counts the spoken pieces of sound that reach a listener.
func hear(t *testing.T, p door.Pass) *atomic.Int64 {
	t.Helper()
	var heard atomic.Int64
	cb := lksdk.NewRoomCallback()
	cb.OnTrackSubscribed = func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			if bytes.Equal(p.Payload, spoken) {
				heard.Add(1)
			}
		}
	}
	sdkJoin(t, p, cb)
	return &heard
}

// quiet fails when anything spoken is heard in the next second.
func quiet(t *testing.T, heard *atomic.Int64, when string) {
	t.Helper()
	time.Sleep(200 * time.Millisecond) // what was under way
	before := heard.Load()
	time.Sleep(time.Second)
	if n := heard.Load() - before; n > 0 {
		t.Errorf("%s: %d packets are heard in a second", when, n)
	}
}

// insist publishes sound as of that source, speaks, and says that it is not muted.
func insist(t *testing.T, r *lksdk.Room, source livekit.TrackSource) *lksdk.LocalTrackPublication {
	t.Helper()
	pub := speak(t, r, source)
	pub.SetMuted(false)
	return pub
}

// triesToBeHeard is all that a client which is held muted can do with the connection it
// has: nothing of it is heard.
func triesToBeHeard(t *testing.T, heard *atomic.Int64, eve *lksdk.Room, pub *lksdk.LocalTrackPublication) {
	t.Helper()
	for range 5 {
		pub.SetMuted(false)
	}
	quiet(t, heard, "after unmuting by the SDK")
	if err := eve.LocalParticipant.UnpublishTrack(pub.SID()); err != nil {
		t.Fatal(err)
	}
	insist(t, eve, livekit.TrackSource_MICROPHONE)
	quiet(t, heard, "after publishing again")
	insist(t, eve, livekit.TrackSource_CAMERA) // sound that says it is a picture
	quiet(t, heard, "after publishing sound as a camera")
}

// toldHeld fails unless the room is told of every stream that its sound is held muted.
func toldHeld(t *testing.T, s *target, id string) {
	t.Helper()
	streams, err := s.Streams(t.Context(), id)
	if err != nil || len(streams) == 0 {
		t.Fatalf("%+v, %v", streams, err)
	}
	for _, stream := range streams {
		if stream.HasAudio || stream.AudioMuted != netvideo.ByModerator {
			t.Errorf("the room is told %+v", stream)
		}
	}
}

// TestLockedMute: who is held muted is not heard, whatever their client does, and is
// heard again when the lock is lifted.
func TestLockedMute(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	eves := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Eve"}})
	heard := hear(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber}))
	eve := sdkJoin(t, eves, lksdk.NewRoomCallback())
	pub := speak(t, eve, livekit.TrackSource_MICROPHONE)
	again := func(when string) {
		before := heard.Load()
		waitUntil(t, s.program, when, func() bool { return heard.Load() > before+20 })
	}
	again("Eve is heard")

	// A plain mute can be undone by the muted.
	if _, err := s.Mute(t.Context(), id, door.MuteRequest{Connection: eves.Identity}); err != nil {
		t.Fatal(err)
	}
	quiet(t, heard, "muted")
	pub.SetMuted(false)
	again("Eve unmutes herself")

	if done, err := s.Mute(t.Context(), id, door.MuteRequest{Connection: eves.Identity, Lock: true}); err != nil || len(done.Connections) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	quiet(t, heard, "locked")
	triesToBeHeard(t, heard, eve, pub)
	toldHeld(t, s, id)
	eve.Disconnect()
	eve = sdkJoin(t, eves, lksdk.NewRoomCallback())
	if got := eve.LocalParticipant.Attributes()[netvideo.MutedAttribute]; got != "audio" {
		t.Errorf("back with the attribute %q", got)
	}
	pub = insist(t, eve, livekit.TrackSource_MICROPHONE)
	quiet(t, heard, "after coming back")
	sibling, err := eves.Sibling(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	insist(t, sdkJoin(t, sibling, lksdk.NewRoomCallback()), livekit.TrackSource_MICROPHONE)
	quiet(t, heard, "through a sibling")

	if _, err := s.Unmute(t.Context(), id, door.UnmuteRequest{Connection: eves.Identity}); err != nil {
		t.Fatal(err)
	}
	quiet(t, heard, "the lock is lifted, which opens nothing")
	pub.SetMuted(false)
	again("Eve may speak again")
}

// TestMuteAllAndOnJoin: everyone but moderators and the excepted; those who come later.
func TestMuteAllAndOnJoin(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	host := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator})
	early := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Early"}})
	spared := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Spared"}})
	join(t, host)
	here, free := join(t, early), join(t, spared)
	done, err := as(host).Mute(t.Context(), id, door.MuteRequest{All: true, Except: []string{spared.Identity}, Lock: true})
	if err != nil || len(done.Connections) != 1 || done.Connections[0] != early.Identity {
		t.Fatalf("%+v, %v", done, err)
	}
	muted := func(c *attacker, cid string) bool {
		c.send(addTrack(cid, livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE))
		return awaitPublished(c, cid).GetMuted()
	}
	late := join(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}))
	if !muted(here, "mic") || !muted(late, "mic") || muted(free, "mic") {
		t.Error("the locked are heard, or the excepted is not")
	}
	here.send(addTrack("cam", livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA))
	if awaitPublished(here, "cam").GetMuted() {
		t.Error("the picture is muted too")
	}
	if _, err := as(host).Unmute(t.Context(), id, door.UnmuteRequest{All: true}); err != nil {
		t.Fatal(err)
	}
	if muted(here, "mic2") {
		t.Error("after the lock was lifted new tracks are muted")
	}
	if _, err := as(host).Mute(t.Context(), id, door.MuteRequest{All: true, OnJoin: true}); err != nil {
		t.Fatal(err)
	}
	if muted(here, "mic3") {
		t.Error("who was there is muted on join")
	}
	newcomer := join(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}))
	newcomer.send(addTrack("mic", livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE))
	track := awaitPublished(newcomer, "mic")
	if !track.GetMuted() {
		t.Error("a newcomer is heard at once")
	}
	newcomer.await("the word that it is muted", func(m *livekit.SignalResponse) bool { return m.GetMute().GetMuted() })
	newcomer.send(muteTrack(track.GetSid(), false))
	if muted(here, "mic4") || muted(newcomer, "mic2") {
		t.Error("a newcomer starts muted twice")
	}
}

// TestUnpublish: one stream ends and the other stays; both may come back.
func TestUnpublish(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	eves := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher})
	gone := make(chan string, 4)
	cb := lksdk.NewRoomCallback()
	cb.OnLocalTrackUnpublished = func(pub *lksdk.LocalTrackPublication, _ *lksdk.LocalParticipant) { gone <- pub.SID() }
	eve := sdkJoin(t, eves, cb)
	mic, screen := speak(t, eve, livekit.TrackSource_MICROPHONE), speak(t, eve, livekit.TrackSource_SCREEN_SHARE_AUDIO)
	var streams []netvideo.Stream
	list := func(n int) {
		t.Helper()
		waitUntil(t, s.program, "the room has the streams", func() bool {
			var err error
			streams, err = s.Streams(t.Context(), id)
			return err == nil && len(streams) == n
		})
	}
	list(2)
	_, err := s.Unpublish(t.Context(), id, door.UnpublishRequest{Stream: eves.Identity + "/nosuch"})
	wantNo(t, "a stream that is not there", err, door.CodeNoStream)
	_, err = s.Unpublish(t.Context(), id, door.UnpublishRequest{Connection: "nobody#x"})
	wantNo(t, "a connection that is not there", err, door.CodeNoConnection)
	target := streams[0].ID
	if _, err := s.Unpublish(t.Context(), id, door.UnpublishRequest{Stream: target}); err != nil {
		t.Fatal(err)
	}
	list(1)
	if streams[0].ID == target {
		t.Errorf("the wrong stream ended")
	}
	if sid := <-gone; sid != mic.SID() && sid != screen.SID() {
		t.Errorf("the publisher hears that %s ended", sid)
	}
	if _, err := s.Unpublish(t.Context(), id, door.UnpublishRequest{Connection: eves.Identity}); err != nil {
		t.Fatal(err)
	}
	list(0)
	speak(t, eve, livekit.TrackSource_MICROPHONE)
	list(1)
}

// TestSDKSubscriberPublishes: LiveKit's SDK with a subscriber's token.
func TestSDKSubscriberPublishes(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	heard := make(chan string, 8)
	cb := lksdk.NewRoomCallback()
	cb.OnDataPacket = func(p lksdk.DataPacket, from lksdk.DataReceiveParams) {
		if u, ok := p.(*lksdk.UserDataPacket); ok {
			heard <- from.SenderIdentity + ":" + u.Topic + ":" + string(u.Payload)
		}
	}
	ada := sdkJoin(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Ada"}}), cb)
	watcher := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber, Who: door.Who{Name: "Eve"}})
	eve := sdkJoin(t, watcher, lksdk.NewRoomCallback())
	for _, reliable := range []bool{true, false} {
		_ = eve.LocalParticipant.PublishDataPacket(lksdk.UserData([]byte("hello")), lksdk.WithDataPublishReliable(reliable), lksdk.WithDataPublishTopic("chat"))
	}
	track, err := lksdk.NewLocalSampleTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eve.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "mic"}); err == nil {
		t.Error("a subscriber published")
	}
	// Her vote goes through the door, in her name and in nobody else's.
	if err := watcher.Signal(t.Context(), netvideo.Signal{Type: "vote", Data: []byte("7")}); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if want := ":" + netvideo.RelayTopic("vote", watcher.Identity) + ":7"; got != want {
			t.Errorf("Ada hears %q, want %q", got, want)
		}
	case <-time.After(patience):
		t.Error("the vote is not heard")
	}
	if len(ada.GetRemoteParticipants()) != 1 {
		t.Error("Ada does not see Eve")
	}
	if streams, err := s.Streams(t.Context(), id); err != nil || len(streams) != 0 {
		t.Errorf("streams %+v, %v", streams, err)
	}
}
