package room

import (
	"context"
	"slices"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room/internal/wire"
)

// Signal sends a signal to everyone else, or to one connection. It does not wait.
// netvideo.ErrRole is the answer to those who may not signal (they React), ErrQueueFull
// when the room has been away for long.
//
// Reliable signals come once and in the order of the calls. Each receiver that runs
// this program acknowledges them; what it did not acknowledge is kept and sent again,
// after a reconnect of either side too and when the server died in between, for as
// long as Options.RejoinFor. Other clients, and those who only watch at a server
// without a door, get what the transport brings. Who comes later gets nothing of what
// was said before.
//
// Of lossy signals that wait only the newest of each type and receiver is kept; they
// are dropped while the room is away or the way is blocked.
func (r *Room) Signal(ctx context.Context, s netvideo.Signal) error {
	_, err := r.signal(ctx, s, false)
	return err
}

// Deliver is Signal for a reliable signal, and returns when all have acknowledged it
// that can: everyone present, or the one it is for. ErrNoSuchConnection is the answer
// when that one is not there, cannot acknowledge, or leaves before it does.
func (r *Room) Deliver(ctx context.Context, s netvideo.Signal) error {
	s.Lossy = false
	out, err := r.signal(ctx, s, true)
	if err != nil {
		return err
	}
	select {
	case <-out.done:
		if s.To != "" && !out.reached {
			return netvideo.ErrNoSuchConnection
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.ended:
		return netvideo.ErrClosed
	}
}

func (r *Room) signal(ctx context.Context, s netvideo.Signal, wait bool) (*outgoing, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	if !r.mayPublish() {
		return nil, netvideo.ErrRole
	}
	select {
	case <-r.ended:
		return nil, netvideo.ErrClosed
	case <-r.leaving:
		return nil, netvideo.ErrClosed
	default:
	}
	return r.outbox.put(s, wait)
}

// React sends a signal whatever the role: a subscriber's vote or reaction goes through
// the door, which lets 40 through at once and 10 a second, and everyone gets it from
// the subscriber's connection. It returns when the door has it.
func (r *Room) React(ctx context.Context, s netvideo.Signal) error {
	if r.mayPublish() {
		return r.Signal(ctx, s)
	}
	if err := s.Check(); err != nil {
		return err
	}
	return r.pass().Signal(ctx, s)
}

// pass is what this end shows at the door.
func (r *Room) pass() door.Pass {
	return door.Pass{URL: r.base, Token: r.o.Token, Session: r.claims.Session, Identity: r.claims.Identity}
}

// Receiving. All of it is the business of the goroutine in run.

const (
	// ackEvery is the least time between two acknowledgements to one sender.
	ackEvery = 50 * time.Millisecond
	// maxSenders is how many senders' orders are kept.
	maxSenders = 1024
	// relayedAcks is how many others there may be for somebody who only watches to
	// acknowledge, which it does through the door.
	relayedAcks = 32
)

// A hearing is what came from one sender.
type hearing struct {
	order wire.Order[data]
	owed  bool // an acknowledgement
	acked time.Time
}

// hear takes a packet of data.
func (r *Room) hear(l *link, m data) {
	signalType, travel := netvideo.SplitTopic(m.topic)
	byDoor := m.identity == ""
	if byDoor && travel != "" {
		from, ok := netvideo.RelayedFor(travel)
		if !ok {
			return
		}
		m.identity, travel = from, ""
	}
	if signalType == wire.AckType {
		if ack, err := wire.ParseAck(m.payload); err == nil {
			r.outbox.acked(m.identity, ack)
		}
		return
	}
	if !byDoor {
		r.heardOf(m.identity, time.Now())
	}
	if signalType == aliveType || (&netvideo.Signal{Type: signalType, Data: m.payload}).Check() != nil {
		return
	}
	m.topic = signalType
	t, ours, err := wire.ParseTravel(travel)
	switch {
	case err != nil:
		return
	case !ours:
		r.hold(l, m)
		return
	}
	r.outbox.heard(m.identity)
	h := r.hearingOf(m.identity)
	if t.Lossy {
		if m.lossy = true; h.order.Fresh(t.Run, signalType, t.N) {
			r.hold(l, m)
		}
		return
	}
	if n, numbered := t.NumberFor(wire.HashID(r.claims.Identity)); numbered {
		h.order.Take(t.Run, n, m, func(m data) { r.hold(l, m) })
		h.owed = true
		return
	}
	r.hold(l, m)
	if !r.mayPublish() { // it does not know yet that we acknowledge, by way of the door
		r.outbox.acknowledge(m.identity, wire.Ack{Run: t.Run})
	}
}

func (r *Room) hearingOf(id string) *hearing {
	h := r.hearings[id]
	if h == nil {
		if len(r.hearings) >= maxSenders {
			r.forgetHearings()
		}
		h = &hearing{}
		r.hearings[id] = h
	}
	return h
}

// forgetHearings makes room: who is not here is forgotten.
func (r *Room) forgetHearings() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.hearings {
		if _, here := r.conns[id]; !here || len(r.hearings) >= 2*maxSenders {
			delete(r.hearings, id)
		}
	}
}

// acknowledge answers those who wait for it.
func (r *Room) acknowledge(now time.Time) {
	for id, h := range r.hearings {
		if h.owed && now.Sub(h.acked) >= ackEvery {
			h.owed, h.acked = false, now
			r.outbox.acknowledge(id, h.order.Ack())
		}
		if h.owed {
			r.ackDue.Reset(ackEvery)
		}
	}
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

func (r *Room) hold(l *link, m data) {
	r.held = append(r.held, heldSignal{m, time.Now()})
	r.deliver(l)
}

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
	flood := len(r.held) > maxHeld
	waits := map[string]bool{} // senders that are waited for: theirs stay in order
	r.held = slices.DeleteFunc(r.held, func(h heldSignal) bool {
		if waits[h.identity] || unknown(h) && time.Since(h.since) < holdFor && !flood {
			waits[h.identity] = true
			return false
		}
		if h.topic == stoppedType {
			r.ending(netvideo.StreamID(h.identity, string(h.payload)), netvideo.MediaStopped)
			return true
		}
		r.events.put(netvideo.SignalReceived{Signal: netvideo.Signal{
			Type: h.topic, Data: h.payload, From: h.identity, Lossy: h.lossy}})
		return true
	})
}
