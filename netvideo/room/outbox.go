package room

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/wire"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

const (
	// maxQueued is how many reliable signals wait while the room is away, and for each
	// receiver that does not answer.
	maxQueued = 1024
	// maxLossy is how many lossy ones wait at all, of different types.
	maxLossy = 32
	// maxBuffered is how many bytes may wait in the transport before lossy signals are
	// let go: a tenth of a second of 5 Mbit/s.
	maxBuffered = 64 << 10
	// lookEvery is how often overdue acknowledgements are looked for.
	lookEvery = 100 * time.Millisecond
)

// An outbox sends signals and acknowledgements, one goroutine for all.
type outbox struct {
	room  *Room
	run   uint64
	fresh chan struct{} // holds one token when something may wait

	mu       sync.Mutex
	reliable []*outgoing // not yet sent
	lossy    []netvideo.Signal
	acks     map[string]wire.Ack
	peers    map[string]*peer
	lossyN   uint64
	unacked  int // signals that somebody did not acknowledge
	dropped  uint64
	resent   uint64
}

// outgoing is a reliable signal until all have it.
type outgoing struct {
	sig     netvideo.Signal
	lines   []line
	waits   int  // receivers that have not acknowledged it
	reached bool // one has
	sent    bool // handed to the transport once
	at      time.Time
	done    chan struct{} // closed when nobody is waited for; nil when nobody asks
}

// A line is a receiver's number of a signal.
type line struct {
	to  *peer
	seq uint64
}

func newOutbox(r *Room) *outbox {
	return &outbox{room: r, run: rand.Uint64(), fresh: make(chan struct{}, 1),
		acks: map[string]wire.Ack{}, peers: map[string]*peer{}}
}

// wake nudges the sender.
func (o *outbox) wake() {
	select {
	case o.fresh <- struct{}{}:
	default:
	}
}

func (o *outbox) put(s netvideo.Signal, wait bool) (*outgoing, error) {
	s.Data = append([]byte(nil), s.Data...)
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.wake()
	if s.Lossy {
		o.putLossy(s)
		return nil, nil
	}
	if len(o.reliable) >= maxQueued {
		o.dropped++
		return nil, netvideo.ErrQueueFull
	}
	out := &outgoing{sig: s}
	for _, p := range o.peers {
		if len(out.lines) < wire.MaxNumbers && p.acks && (p.here || p.away) && (s.To == "" || s.To == p.id) {
			o.enlist(p, out)
		}
	}
	if wait {
		out.done = make(chan struct{})
	}
	if out.waits > 0 {
		o.unacked++
	} else if wait {
		close(out.done)
	}
	o.reliable = append(o.reliable, out)
	return out, nil
}

// putLossy keeps the newest of each type and receiver.
func (o *outbox) putLossy(s netvideo.Signal) {
	for i, old := range o.lossy {
		if old.Type == s.Type && old.To == s.To {
			o.lossy = append(append(o.lossy[:i:i], o.lossy[i+1:]...), s)
			o.dropped++
			return
		}
	}
	if o.lossy = append(o.lossy, s); len(o.lossy) > maxLossy {
		o.lossy = o.lossy[1:]
		o.dropped++
	}
}

// acknowledge answers a sender, soon.
func (o *outbox) acknowledge(to string, a wire.Ack) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.acks[to] = a
	o.wake()
}

func (o *outbox) stats(s *Stats) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s.QueuedSignals, s.UnackedSignals = len(o.reliable), o.unacked
	s.DroppedSignals, s.ResentSignals = o.dropped, o.resent
}

// work sends until ctx ends.
func (o *outbox) work(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.fresh:
		case <-tick.C:
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
	if over || ctx.Err() != nil {
		return false
	}
	if l == nil {
		o.mu.Lock()
		o.dropped += uint64(len(o.lossy))
		o.lossy = nil
		clear(o.acks) // what is sent again is acknowledged again
		o.mu.Unlock()
		select {
		case <-ctx.Done():
			return false
		case <-back:
			return true
		}
	}
	if !r.mayPublish() {
		return false // relay does what can be done
	}
	if to, ack, ok := o.nextAck(); ok {
		o.send(ctx, l, wire.AckType, wire.AppendAck(nil, ack), to, "", true)
		return ctx.Err() == nil
	}
	if o.sendNext(ctx, l) || o.sendAgain(ctx, l) {
		return ctx.Err() == nil
	}
	return o.sendLossy(ctx, l) && ctx.Err() == nil
}

func (o *outbox) nextAck() (to string, a wire.Ack, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for to, a := range o.acks {
		delete(o.acks, to)
		return to, a, true
	}
	return "", wire.Ack{}, false
}

// sendNext sends the reliable signal that was put first.
func (o *outbox) sendNext(ctx context.Context, l *link) bool {
	o.mu.Lock()
	if len(o.reliable) == 0 {
		o.mu.Unlock()
		return false
	}
	out := o.reliable[0] // it stays in line until it is sent
	t := wire.Travel{Run: o.run}
	for _, n := range out.lines {
		t.Numbers = append(t.Numbers, wire.Number{Receiver: n.to.hash, Seq: n.seq, Base: n.to.base(n.seq)})
	}
	o.mu.Unlock()
	if !o.send(ctx, l, out.sig.Type, out.sig.Data, out.sig.To, t.String(), true) {
		return ctx.Err() == nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reliable[0] = nil
	o.reliable = o.reliable[1:]
	out.sent, out.at = true, time.Now()
	return true
}

// sendAgain sends what a receiver should have acknowledged by now.
func (o *outbox) sendAgain(ctx context.Context, l *link) bool {
	o.mu.Lock()
	p, again := o.overdue(time.Now())
	var travels []string
	for _, n := range again {
		travels = append(travels, wire.Travel{Run: o.run, Numbers: []wire.Number{
			{Receiver: p.hash, Seq: n.seq, Base: p.base(n.seq)}}}.String())
	}
	o.resent += uint64(len(again))
	o.mu.Unlock()
	for i, n := range again {
		if !o.send(ctx, l, n.out.sig.Type, n.out.sig.Data, p.id, travels[i], true) {
			break
		}
	}
	return p != nil
}

func (o *outbox) sendLossy(ctx context.Context, l *link) bool {
	o.mu.Lock()
	if len(o.lossy) == 0 {
		o.mu.Unlock()
		return false
	}
	var s netvideo.Signal
	s, o.lossy = o.lossy[0], o.lossy[1:]
	o.lossyN++
	t := wire.Travel{Run: o.run, Lossy: true, N: o.lossyN}
	o.mu.Unlock()
	if blocked(l) || !connected(l) || !o.send(ctx, l, s.Type, s.Data, s.To, t.String(), false) {
		o.mu.Lock()
		o.dropped++
		o.mu.Unlock()
	}
	return true
}

// send hands one packet to the transport and reports whether it took it.
func (o *outbox) send(ctx context.Context, l *link, signalType string, body []byte, to, travel string, reliably bool) bool {
	if reliably && !o.awaitConnected(ctx, l) {
		return false
	}
	opts := []lksdk.DataPublishOption{
		lksdk.WithDataPublishTopic(netvideo.JoinTopic(signalType, travel)), lksdk.WithDataPublishReliable(reliably)}
	if to != "" {
		opts = append(opts, lksdk.WithDataPublishDestination([]string{to}))
	}
	err := l.sdk.LocalParticipant.PublishDataPacket(lksdk.UserData(body), opts...)
	if err != nil {
		o.room.log.Debug("a signal could not be sent", "type", signalType, "error", err)
		pause(ctx, connectPoll) // the room will hear of it too
	}
	return err == nil
}

// relay acknowledges through the door what those get who may not send themselves,
// until ctx ends. In a crowd nobody does.
func (o *outbox) relay(ctx context.Context) {
	const pace, trouble = 300 * time.Millisecond, 20 * time.Second
	for wait := pace; ctx.Err() == nil; pause(ctx, wait) {
		wait = pace
		if o.room.mayPublish() {
			continue // work does it
		}
		to, ack, ok := o.nextAck()
		if !ok || len(o.room.Connections()) > relayedAcks {
			continue
		}
		err := o.room.pass().Signal(ctx, netvideo.Signal{Type: wire.AckType, Data: wire.AppendAck(nil, ack), To: to})
		if err != nil {
			wait = trouble // no door, or one that has enough
		}
	}
}

const (
	connectPoll = 10 * time.Millisecond
	// connectPatience is how long the way up, which publishing sets up, is waited for
	// before the SDK, which then waits for it uninterruptibly, is asked anyway. Who
	// publishes nothing has to ask at once.
	connectPatience = 3 * time.Second
)

// awaitConnected waits until l can send; false when l is no longer the room's link.
func (o *outbox) awaitConnected(ctx context.Context, l *link) bool {
	r := o.room
	r.mu.Lock()
	until := time.Now()
	if len(r.pubs) > 0 {
		until = until.Add(connectPatience)
	}
	r.mu.Unlock()
	for ; ctx.Err() == nil && r.isLink(l); pause(ctx, connectPoll) {
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
