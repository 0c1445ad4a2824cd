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
	// leniency is how long those are waited for who are known to be on their way back:
	// longer than the server takes to tell who came without a stream.
	leniency = 5 * time.Second
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
			was := l
			if l, e = r.rejoin(ctx, e); l != nil {
				r.adopt(l)
				r.reconcile(l, r.leniency(was, l), r.events.put)
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
		case now := <-tick.C:
			r.reconcile(l, settle, r.events.put)
			r.deliver(l)
			r.tick(now)
			r.acknowledge(now)
			if cause := r.beat(ctx, l, now); cause != "" {
				return end{cause: cause, reason: netvideo.NetworkDisconnected}
			}
			r.sayAlive(l, now)
			r.lookAround(l, now, r.events.put)
		case <-r.moved:
			if l.homeless() {
				return end{cause: "this machine has another address", reason: netvideo.NetworkDisconnected}
			}
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
		if m.replaced {
			r.missing[m.identity] = time.Now().Add(leniency)
		} else {
			r.reasons[m.identity] = m.reason
		}
		r.reconcile(l, settle, r.events.put)
	case quality:
		r.rated(m)
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

// leniency is how long those who were here are waited for after a reconnect. A server
// that has kept the room knows who is in it; after one that began anew all of them are
// on their way back, as we were.
func (r *Room) leniency(was, now *link) time.Duration {
	a, b := was.house.Load(), now.house.Load()
	if a != nil && b != nil && *a == *b {
		return 0
	}
	return leniency
}

// adopt makes l the room's link.
func (r *Room) adopt(l *link) {
	self := connectionOf(l.sdk.LocalParticipant)
	r.mu.Lock()
	defer r.mu.Unlock()
	if self.Joined.IsZero() {
		self.Joined = r.self.Joined
	}
	for _, p := range r.presences {
		p.excuse(time.Now())
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
