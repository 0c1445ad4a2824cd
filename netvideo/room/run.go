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
				r.outbox.linked()
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
	defer r.ackDue.Stop()
	for {
		select {
		case <-ctx.Done():
			return end{reason: netvideo.ClientDisconnected, final: true}
		case <-tick.C:
			r.reconcile(l, settle, r.events.put)
			r.deliver(l)
			r.tick(time.Now())
			r.acknowledge(time.Now())
		case now := <-r.ackDue.C:
			r.acknowledge(now)
		case <-r.inbox.ready:
			for _, m := range r.inbox.take() {
				if m.from != l {
					continue // an older link's last words
				}
				if e, ended := r.handle(l, m.what); ended {
					return e
				}
			}
			r.acknowledge(time.Now())
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
		r.unsubscribed(m.sid)
	case streamState:
		r.paused(m)
	case refused:
		r.notAllowed(m.sid)
	case unpublished:
		if m.barred {
			r.ending(m.streamID, netvideo.ForceUnpublished)
		}
		r.reconcile(l, settle, r.events.put)
	case ownMuted:
		r.ownMuted(m)
	case ownUnpublished:
		r.ownUnpublished(l, m.sid)
	case data:
		r.hear(l, m)
	case lost:
		return end{cause: m.cause, reason: netvideo.NetworkDisconnected}, true
	case over:
		reason, final := ownReason(m.reason)
		return end{cause: causeOf(m.reason), reason: reason, final: final}, true
	}
	return end{}, false
}

func causeOf(r livekit.DisconnectReason) string {
	if r == livekit.DisconnectReason_SERVER_SHUTDOWN {
		return "the server stopped"
	}
	return "the server ended the connection"
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
		s.stop()
	}
	pubs := slices.Clone(r.pubs)
	r.mu.Unlock()
	for _, p := range pubs {
		p.detach()
	}
	if final {
		l.close(livekit.DisconnectReason_CLIENT_INITIATED)
	} else {
		r.wg.Go(func() { l.close(livekit.DisconnectReason_UNKNOWN_REASON) })
	}
}

// door is where the nth try to get back goes: the first one's door twice as often as
// each other's, because most cuts are short.
func (r *Room) door(try int) string {
	n := len(r.o.Doors)
	if n == 0 || try%2 == 0 {
		return r.base
	}
	if base, err := baseURL(r.o.Doors[try/2%n]); err == nil {
		return base
	}
	return r.base
}

// rejoin tries to get back until it is hopeless.
func (r *Room) rejoin(ctx context.Context, was end) (*link, end) {
	trying, cancel := context.WithTimeout(ctx, r.o.RejoinFor)
	defer cancel()
	for try := 0; ; try++ {
		dialing, done := context.WithTimeout(trying, r.o.JoinTimeout)
		l, err := dial(dialing, r.door(try), r.o, r.inbox.put)
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
