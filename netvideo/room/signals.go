package room

import (
	"context"
	"errors"
	"sync"
	"time"

	"cutout/netvideo"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

const (
	// maxQueued is how many reliable signals wait while the room is away.
	maxQueued = 1024
	// maxLossy is how many lossy ones wait at all: what is late is worthless.
	maxLossy = 32
	// maxBuffered is how many bytes may wait in the transport before lossy signals are
	// let go: a tenth of a second of 5 Mbit/s.
	maxBuffered = 64 << 10
)

// errQueueFull: the room has been away for long and much was said.
var errQueueFull = errors.New("too many signals wait for the room to be back")

// Signal sends a signal to everyone else, or to one connection. It does not wait:
// reliable signals leave in the order of the calls, and those sent while the room
// is away leave when it is back; lossy ones are dropped then, or when the way is
// blocked. netvideo.ErrRole is the answer to those who may not signal.
//
// A reliable signal is sent again by the transport until the server has it. What
// was under way when a server died is not sent again.
func (r *Room) Signal(ctx context.Context, s netvideo.Signal) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	if !r.mayPublish() {
		return netvideo.ErrRole
	}
	select {
	case <-r.ended:
		return netvideo.ErrClosed
	case <-r.leaving:
		return netvideo.ErrClosed
	default:
	}
	return r.outbox.put(s)
}

// An outbox sends signals, one goroutine for all.
type outbox struct {
	room  *Room
	fresh chan struct{} // holds one token when something may wait

	mu       sync.Mutex
	reliable []netvideo.Signal
	lossy    []netvideo.Signal
	dropped  uint64
}

func newOutbox(r *Room) *outbox {
	return &outbox{room: r, fresh: make(chan struct{}, 1)}
}

func (o *outbox) put(s netvideo.Signal) error {
	s.Data = append([]byte(nil), s.Data...)
	o.mu.Lock()
	defer o.mu.Unlock()
	if s.Lossy {
		if o.lossy = append(o.lossy, s); len(o.lossy) > maxLossy {
			o.lossy = o.lossy[1:]
			o.dropped++
		}
	} else {
		if len(o.reliable) >= maxQueued {
			o.dropped++
			return errQueueFull
		}
		o.reliable = append(o.reliable, s)
	}
	select {
	case o.fresh <- struct{}{}:
	default:
	}
	return nil
}

func (o *outbox) stats() (queued int, dropped uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.reliable), o.dropped
}

// run sends until ctx ends.
func (o *outbox) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.fresh:
		}
		for o.next(ctx) {
		}
	}
}

// next sends one signal, if there is one that can be sent. While the room is away
// it waits for it to be back, without holding lossy signals for it.
func (o *outbox) next(ctx context.Context) bool {
	r := o.room
	r.mu.Lock()
	l, back, over := r.link, r.back, r.over
	r.mu.Unlock()
	o.mu.Lock()
	if l == nil {
		o.dropped += uint64(len(o.lossy))
		o.lossy = nil
	}
	if len(o.lossy)+len(o.reliable) == 0 || over {
		o.mu.Unlock()
		return false
	}
	if l == nil {
		o.mu.Unlock()
		select {
		case <-ctx.Done():
			return false
		case <-back:
			return true
		}
	}
	var s netvideo.Signal
	if len(o.reliable) > 0 {
		s = o.reliable[0] // it stays in line until it is sent
	} else {
		s, o.lossy = o.lossy[0], o.lossy[1:]
	}
	o.mu.Unlock()
	sent := o.send(ctx, l, s)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case s.Lossy && !sent:
		o.dropped++
	case !s.Lossy && sent:
		o.reliable = o.reliable[1:]
	}
	return ctx.Err() == nil
}

// send hands one signal to the transport and reports whether it took it.
func (o *outbox) send(ctx context.Context, l *link, s netvideo.Signal) bool {
	if s.Lossy && (blocked(l) || !connected(l)) || !s.Lossy && !o.awaitConnected(ctx, l) {
		return false
	}
	opts := []lksdk.DataPublishOption{lksdk.WithDataPublishTopic(s.Type), lksdk.WithDataPublishReliable(!s.Lossy)}
	if s.To != "" {
		opts = append(opts, lksdk.WithDataPublishDestination([]string{s.To}))
	}
	err := l.sdk.LocalParticipant.PublishDataPacket(lksdk.UserData(s.Data), opts...)
	if err != nil {
		o.room.log.Debug("a signal could not be sent", "type", s.Type, "error", err)
		pause(ctx, connectPoll) // the room will hear of it too
	}
	return err == nil
}

const (
	connectPoll = 10 * time.Millisecond
	// connectPatience is how long the way up is waited for before the SDK, which then
	// sets it up and waits for it uninterruptibly, is asked anyway.
	connectPatience = 3 * time.Second
)

// awaitConnected waits until l can send; false when l is no longer the room's link.
func (o *outbox) awaitConnected(ctx context.Context, l *link) bool {
	for until := time.Now().Add(connectPatience); ctx.Err() == nil && o.room.isLink(l); pause(ctx, connectPoll) {
		if connected(l) || time.Now().After(until) {
			return true
		}
	}
	return false
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// connected reports whether the way up is there.
func connected(l *link) bool {
	pc := l.sdk.LocalParticipant.GetPublisherPeerConnection()
	return pc != nil && pc.ICEConnectionState() == webrtc.ICEConnectionStateConnected
}

// blocked reports whether the transport is behind.
func blocked(l *link) bool {
	pc := l.sdk.LocalParticipant.GetPublisherPeerConnection()
	return pc != nil && pc.SCTP() != nil && pc.SCTP().BufferedAmount() > maxBuffered
}
