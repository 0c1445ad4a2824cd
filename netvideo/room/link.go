package room

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/uplink"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/proto"
)

// A link is one connection of the SDK to the server. A room goes through as many
// as it takes; what a link has to say goes into the room's inbox.
type link struct {
	sdk       *lksdk.Room
	base      string // the door it goes through
	post      func(message)
	farewells farewells
	up        *uplink.Uplink // what the way to the server bears
	watches   watches
	pulse     pulse
	answered  atomic.Int64 // when the door last answered a knock, in Unix nanoseconds
	knocking  atomic.Bool
	// codecs are the MIME types of what the server takes; nil while it did not say.
	codecs atomic.Pointer[[]string]
	// house is the room's instance: another one after the server, or the room, began anew.
	house atomic.Pointer[string]
}

// A message is what a link tells its room.
type message struct {
	from *link
	what any // one of the types below
}

type (
	// changed: the participants or tracks are others than before.
	changed struct{}
	// gone: a participant left; replaced when it did by coming again, on another link.
	gone struct {
		identity string
		reason   netvideo.Reason
		replaced bool
	}
	// quality: the server has lost a participant, or has not.
	quality struct {
		identity string
		lost     bool
	}
	// subscribed: a track's media begins.
	subscribed struct {
		track *webrtc.TrackRemote
		sid   string
		pli   func()
		write func([]rtcp.Packet) // to the server
		// onReport has a function called with the server's reports on the track.
		onReport func(func(*rtcp.SenderReport))
	}
	// refused: the server does not let us have a track.
	refused struct{ sid string }
	// streamState: the server stops sending a track, or goes on.
	streamState struct {
		sid    string
		paused bool
	}
	// unpublished: a track of a stream is no more; barred when its publisher could not
	// publish at that moment.
	unpublished struct {
		streamID string
		barred   bool
	}
	// ownMuted: a track of ours was muted or unmuted, by us or by the server.
	ownMuted struct {
		sid   string
		muted bool
	}
	// ownUnpublished: a track of ours is no more, by us or by the server.
	ownUnpublished struct{ sid string }
	// unsubscribed: a track's media ends.
	unsubscribed struct{ sid string }
	// data came from a participant.
	data struct {
		identity, topic string
		payload         []byte
		lossy           bool
	}
	// lost: the link is gone and nothing was said about it.
	lost struct{ cause string }
	// over: the server ended the link.
	over struct{ reason livekit.DisconnectReason }
)

// dial joins, when the server says that it would let the token in: a WebSocket that is
// refused does not say why. The link's messages may come before dial returns.
func dial(ctx context.Context, base string, o Options, post func(message)) (*link, error) {
	if err := validate(ctx, base, o.Token); err != nil {
		return nil, err
	}
	return connect(ctx, base, o, post, func(end func()) { end() })
}

// dialAgain is dial for a token that was let in before: only when it is not let in is
// the server asked why, which saves two round trips, and two more with TLS. What is left
// to end of a try that came to nothing, linger does.
func dialAgain(ctx context.Context, base string, o Options, post func(message), linger func(end func())) (*link, error) {
	l, err := connect(ctx, base, o, post, linger)
	if err == nil {
		return l, nil
	}
	if no := validate(ctx, base, o.Token); lasting(no) {
		err = no
	}
	return nil, err
}

func connect(ctx context.Context, base string, o Options, post func(message), linger func(end func())) (*link, error) {
	quietSDK()
	dialPatiently()
	l := &link{base: base, post: post, up: uplink.New()}
	l.farewells.heard = l.overhear
	ctx = context.WithValue(ctx, farewellsKey{}, &l.farewells)
	l.sdk = lksdk.NewRoom(l.callbacks())
	wait := defaultJoinTimeout
	if d, ok := ctx.Deadline(); ok {
		wait = time.Until(d)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- l.sdk.JoinWithContextAndToken(ctx, base, o.Token,
			lksdk.WithLogger(sdkLogger{o.Logger}), lksdk.WithConnectTimeout(wait), lksdk.WithAutoSubscribe(!o.NoPictures),
			lksdk.WithInterceptors(append(slices.Clone(o.between), []interceptor.Factory{&askOnce{}, l.up}...)), lksdk.WithIncludeDefaultInterceptors(true))
	}()
	var err error
	select {
	case err = <-ended:
		ended <- err
	case <-ctx.Done(): // the SDK goes on waiting for media until its time is up
		err = ctx.Err()
	}
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, lksdk.ErrConnectionTimeout) || errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: it answers, but no media gets through to it", netvideo.ErrUnreachable)
	default:
		err = fmt.Errorf("%w: %w", netvideo.ErrUnreachable, err)
	}
	l.sdk.DisconnectWithReason(livekit.DisconnectReason_UNKNOWN_REASON)
	linger(func() {
		<-ended
		l.close(livekit.DisconnectReason_UNKNOWN_REASON)
	})
	return nil, err
}

// callbacks hand everything to the room. They never block; the SDK calls some of
// them on goroutines of their own, so their order means nothing.
func (l *link) callbacks() *lksdk.RoomCallback {
	say := func(what any) { l.post(message{l, what}) }
	cb := lksdk.NewRoomCallback()
	cb.OnReconnecting = func() {
		say(lost{"the connection to the server broke"})
		// The SDK would now try by itself, with pauses of up to 24 s and with what it
		// knew of the others before. It calls this first thing on a goroutine made for
		// trying, and undoes its one flag in a defer: ending the goroutine here leaves
		// the SDK still, and the trying to us. (server-sdk-go 2.17.0, engine.go 807-847)
		runtime.Goexit()
	}
	cb.OnDisconnected = func() { say(over{l.sdk.DisconnectReason()}) }
	cb.OnParticipantConnected = func(*lksdk.RemoteParticipant) { say(changed{}) }
	cb.OnParticipantDisconnected = func(p *lksdk.RemoteParticipant) {
		why := p.DisconnectReason()
		say(gone{p.Identity(), remoteReason(why), why == livekit.DisconnectReason_DUPLICATE_IDENTITY})
	}
	cb.OnConnectionQualityChanged = func(q *livekit.ConnectionQualityInfo, p lksdk.Participant) {
		say(quality{p.Identity(), q.GetQuality() == livekit.ConnectionQuality_LOST})
	}
	cb.OnMetadataChanged = func(string, lksdk.Participant) { say(changed{}) }
	cb.OnTrackPublished = func(*lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) { say(changed{}) }
	cb.OnTrackUnpublished = func(pub *lksdk.RemoteTrackPublication, p *lksdk.RemoteParticipant) {
		say(unpublished{netvideo.StreamID(p.Identity(), pub.TrackInfo().GetStream()), barred(p, pub.Source())})
	}
	muted := func(on bool) func(lksdk.TrackPublication, lksdk.Participant) {
		return func(pub lksdk.TrackPublication, p lksdk.Participant) {
			if _, own := pub.(*lksdk.LocalTrackPublication); own {
				say(ownMuted{pub.SID(), on})
				return
			}
			say(changed{})
		}
	}
	cb.OnTrackMuted, cb.OnTrackUnmuted = muted(true), muted(false)
	cb.OnAttributesChanged = func(map[string]string, lksdk.Participant) { say(changed{}) }
	cb.OnTrackSubscriptionFailed = func(sid string, _ *lksdk.RemoteParticipant) { say(refused{sid}) }
	cb.OnLocalTrackUnpublished = func(pub *lksdk.LocalTrackPublication, _ *lksdk.LocalParticipant) {
		say(ownUnpublished{pub.SID()})
	}
	cb.OnTrackSubscribed = func(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, p *lksdk.RemoteParticipant) {
		say(subscribed{t, pub.SID(), func() { p.WritePLI(t.SSRC()) }, l.writeRTCP, onReport(pub)})
	}
	cb.OnTrackUnsubscribed = func(_ *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
		say(unsubscribed{pub.SID()})
	}
	cb.OnDataPacket = func(p lksdk.DataPacket, from lksdk.DataReceiveParams) {
		if u, ok := p.(*lksdk.UserDataPacket); ok {
			say(data{identity: from.SenderIdentity, topic: u.Topic, payload: u.Payload})
		}
	}
	return cb
}

// close leaves, and returns when the link's transports and its signal connection have
// ended. The SDK closes them too, but does not say when it is done. CLIENT_INITIATED is
// for good: the others are told, and a door takes a single-use pass for spent.
func (l *link) close(reason livekit.DisconnectReason) {
	pcs := l.transports()
	if reason == livekit.DisconnectReason_CLIENT_INITIATED {
		l.farewells.leaving.Store(true)
	} else {
		// No word about leaving: it would reach the server when the network is back, and
		// the others would be told that we left for good.
		l.farewells.hangUp()
	}
	l.sdk.DisconnectWithReason(reason)
	for _, pc := range pcs {
		if pc != nil {
			_ = pc.GracefulClose()
		}
	}
	l.farewells.close()
}

// overhear reads off the signalling what the SDK does not hand on: which tracks the
// server pauses because the way here is too narrow, which layers of ours somebody looks
// at, and which instance of the room this is. (server-sdk-go 2.17.0 has no case for
// StreamStateUpdate, and its Room.SID blocks.)
func (l *link) overhear(words []byte) {
	var m livekit.SignalResponse
	if proto.Unmarshal(words, &m) != nil {
		return
	}
	l.watches.heard(m.GetSubscribedQualityUpdate())
	if j := m.GetJoin(); j != nil {
		house := j.GetServerInfo().GetNodeId() + " " + j.GetRoom().GetSid()
		l.house.Store(&house)
		l.codecs.Store(published(j))
	}
	for _, s := range m.GetStreamStateUpdate().GetStreamStates() {
		l.post(message{l, streamState{s.GetTrackSid(), s.GetState() == livekit.StreamState_PAUSED}})
	}
}

// barred reports whether somebody may not publish from a source now.
func barred(p lksdk.Participant, source livekit.TrackSource) bool {
	may := p.Permissions()
	from := may.GetCanPublishSources()
	return may != nil && (!may.GetCanPublish() || len(from) > 0 && !slices.Contains(from, source))
}

// publishes reports whether the server lets us publish now.
func (l *link) publishes() (may, known bool) {
	p := l.sdk.LocalParticipant.Permissions()
	return p.GetCanPublish() && p.GetCanPublishData(), p != nil
}

// remoteReason is why another participant left.
func remoteReason(r livekit.DisconnectReason) netvideo.Reason {
	switch r {
	case livekit.DisconnectReason_CLIENT_INITIATED:
		return netvideo.ClientDisconnected
	case livekit.DisconnectReason_PARTICIPANT_REMOVED:
		return netvideo.ForceDisconnected
	case livekit.DisconnectReason_ROOM_DELETED, livekit.DisconnectReason_ROOM_CLOSED:
		return netvideo.SessionEnded
	case livekit.DisconnectReason_SERVER_SHUTDOWN:
		return netvideo.ServerShutdown
	}
	return netvideo.NetworkDisconnected
}

// ownReason is why the server sent us away; final when coming back is not wanted.
// A connection of the same identity takes over from an older one: when that was
// not us, coming back would only throw it out in turn.
func ownReason(r livekit.DisconnectReason) (reason netvideo.Reason, final bool) {
	switch r {
	case livekit.DisconnectReason_PARTICIPANT_REMOVED, livekit.DisconnectReason_DUPLICATE_IDENTITY:
		return netvideo.ForceDisconnected, true
	case livekit.DisconnectReason_ROOM_DELETED, livekit.DisconnectReason_ROOM_CLOSED:
		return netvideo.SessionEnded, true
	case livekit.DisconnectReason_SERVER_SHUTDOWN:
		return netvideo.ServerShutdown, false
	}
	return netvideo.NetworkDisconnected, false
}
