package room

import (
	"context"
	"slices"
	"time"

	"cutout/netvideo"

	"github.com/livekit/protocol/livekit"
)

const (
	// tickEvery is how often the room looks after what no message tells it.
	tickEvery = 200 * time.Millisecond
	// settle is how long a participant that vanished is kept for its reason to come.
	settle = 300 * time.Millisecond
)

// An end is why a link is no more.
type end struct {
	cause  string
	reason netvideo.Reason
	final  bool
}

// run keeps the room until it is left, ended, or lost for good.
func (r *Room) run(ctx context.Context, l *link) {
	for {
		e := r.live(ctx, l)
		r.away(l, e.final || ctx.Err() != nil)
		if ctx.Err() != nil {
			e = end{reason: netvideo.ClientDisconnected, final: true}
		}
		if !e.final {
			r.events.put(netvideo.Reconnecting{Cause: e.cause})
			if l, e = r.rejoin(ctx, e); l != nil {
				r.adopt(l)
				r.reconcile(l, 0, r.events.put)
				r.republish(l)
				r.events.put(netvideo.Reconnected{Self: r.Self()})
				continue
			}
		}
		r.mu.Lock()
		r.over = true
		close(r.back) // those who wait look, and find it over
		r.mu.Unlock()
		r.events.put(netvideo.Disconnected{Reason: e.reason})
		return
	}
}

// live handles what comes from l until it ends.
func (r *Room) live(ctx context.Context, l *link) end {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return end{reason: netvideo.ClientDisconnected, final: true}
		case <-tick.C:
			r.reconcile(l, settle, r.events.put)
			r.deliver(l)
			r.tick(time.Now())
		case <-r.inbox.ready:
			for _, m := range r.inbox.take() {
				if m.from != l {
					continue // an older link's last words
				}
				if e, ended := r.handle(l, m.what); ended {
					return e
				}
			}
		}
	}
}

func (r *Room) handle(l *link, what any) (end, bool) {
	switch m := what.(type) {
	case gone:
		r.reasons[m.identity] = m.reason
		r.reconcile(l, settle, r.events.put)
	case changed:
		r.reconcile(l, settle, r.events.put)
	case subscribed:
		r.reconcile(l, settle, r.events.put)
		r.receive(m)
	case unsubscribed:
		r.mu.Lock()
		if s := r.streams[m.sid]; s != nil && s.rx != nil {
			s.rx.stop()
			s.rx = nil
		}
		r.mu.Unlock()
	case data:
		if m.topic != "" && len(m.topic) <= netvideo.MaxSignalType && len(m.payload) <= netvideo.MaxSignalData {
			r.held = append(r.held, heldSignal{m, time.Now()})
			r.deliver(l)
		}
	case lost:
		return end{cause: m.cause, reason: netvideo.NetworkDisconnected}, true
	case over:
		reason, final := ownReason(m.reason)
		return end{cause: causeOf(m.reason), reason: reason, final: final}, true
	}
	return end{}, false
}

// A heldSignal waits for its sender's ConnectionCreated: the server tells at once
// who signals, but up to three seconds later who came without a stream.
type heldSignal struct {
	data
	since time.Time
}

// holdFor is longer than the server takes; maxHeld bounds what a flood can hold.
const (
	holdFor = 5 * time.Second
	maxHeld = 1024
)

// deliver tells the signals whose senders are known, in order.
func (r *Room) deliver(l *link) {
	if len(r.held) == 0 {
		return
	}
	unknown := func(h heldSignal) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		_, known := r.conns[h.identity]
		return !known && h.identity != "" // a signal from nobody is the server's own
	}
	if slices.ContainsFunc(r.held, unknown) {
		r.reconcile(l, settle, r.events.put)
	}
	r.held = slices.DeleteFunc(r.held, func(h heldSignal) bool {
		if unknown(h) && time.Since(h.since) < holdFor && len(r.held) <= maxHeld {
			return false
		}
		r.events.put(netvideo.SignalReceived{Signal: netvideo.Signal{
			Type: h.topic, Data: h.payload, From: h.identity}})
		return true
	})
}

func causeOf(r livekit.DisconnectReason) string {
	if r == livekit.DisconnectReason_SERVER_SHUTDOWN {
		return "the server stopped"
	}
	return "the server ended the connection"
}

// receive begins to receive a stream's media.
func (r *Room) receive(m subscribed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.streams[m.sid]
	if s == nil {
		return // audio, or gone already
	}
	if s.rx != nil {
		s.rx.stop()
	}
	rx := newReceiver(m.track, m.pli)
	rx.offset.Store(int64(r.offsets[s.Connection.ID]))
	rx.setMuted(!s.HasVideo)
	if err := rx.start(&r.wg); err != nil {
		r.log.Warn("a stream cannot be received", "stream", s.Name, "error", err)
		return
	}
	s.rx = rx
}

// tick looks after the streams.
func (r *Room) tick(now time.Time) {
	r.mu.Lock()
	var rxs []*receiver
	for _, s := range r.streams {
		if s.rx != nil {
			rxs = append(rxs, s.rx)
		}
	}
	r.mu.Unlock()
	for _, rx := range rxs {
		rx.tick(now)
	}
}

// adopt makes l the room's link.
func (r *Room) adopt(l *link) {
	self := connectionOf(l.sdk.LocalParticipant)
	r.mu.Lock()
	defer r.mu.Unlock()
	if self.Joined.IsZero() {
		self.Joined = r.self.Joined
	}
	r.self, r.link = self, l
	close(r.back)
}

// away ends the link. The streams stay in the list, with their last picture, until
// the room is back and knows better.
func (r *Room) away(l *link, final bool) {
	r.mu.Lock()
	r.link, r.back = nil, make(chan struct{})
	for _, s := range r.streams {
		if s.rx != nil {
			s.rx.stop()
		}
	}
	pubs := slices.Clone(r.pubs)
	r.mu.Unlock()
	for _, p := range pubs {
		p.detach()
	}
	if final {
		l.close()
	} else {
		r.wg.Go(l.close)
	}
}

// rejoin tries to get back until it is hopeless.
func (r *Room) rejoin(ctx context.Context, was end) (*link, end) {
	trying, cancel := context.WithTimeout(ctx, r.o.RejoinFor)
	defer cancel()
	for {
		dialing, done := context.WithTimeout(trying, r.o.JoinTimeout)
		l, err := dial(dialing, r.base, r.o, r.inbox.put)
		done()
		if err == nil {
			r.mu.Lock()
			r.rejoins++
			r.mu.Unlock()
			return l, end{}
		}
		r.log.Debug("not back yet", "error", err)
		if lasting(err) {
			return nil, end{reason: netvideo.ForceDisconnected, final: true}
		}
		select {
		case <-trying.Done():
			if ctx.Err() != nil {
				return nil, end{reason: netvideo.ClientDisconnected, final: true}
			}
			return nil, end{reason: was.reason, final: true}
		case <-time.After(r.o.RejoinEvery):
		}
	}
}
