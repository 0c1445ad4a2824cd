package room

import (
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/wire"
)

const (
	// firstResend is how long an acknowledgement is waited for at first; the wait
	// doubles up to lastResend while nothing is heard.
	firstResend = 700 * time.Millisecond
	lastResend  = 8 * time.Second
	// resendWindow is how many signals are sent again at once.
	resendWindow = 32
	// maxPeers is how many connections are remembered.
	maxPeers = 4096
)

// A peer is what the outbox knows of another connection, from when it is first heard
// of until the room ends: numbers may not begin anew while the other end counts.
type peer struct {
	id   string
	hash uint64
	acks bool // it acknowledges
	said bool // it has acknowledged something
	here bool
	away bool // not here, but may be back; gone is since when
	gone time.Time

	last    uint64    // the newest number
	unacked []*inLine // in order
	due     time.Time // when to send again
	wait    time.Duration

	// After a reconnect of either side much is sent again, a window after the other as
	// acknowledgements come: up to recover, and resent is how far it has got.
	recover, resent uint64
	onward          bool // an acknowledgement came since
}

// restart has everything sent again from the first that was not acknowledged.
func (p *peer) restart(now time.Time) {
	p.due, p.wait = now, firstResend
	p.recover, p.resent, p.onward = p.last, 0, false
}

// inLine is a signal in a peer's line.
type inLine struct {
	seq uint64
	out *outgoing
}

// peer finds or makes a peer; o.mu is held.
func (o *outbox) peer(id string) *peer {
	p := o.peers[id]
	if p == nil {
		if len(o.peers) >= maxPeers {
			o.forgetPeers()
		}
		p = &peer{id: id, hash: wire.HashID(id), wait: firstResend}
		o.peers[id] = p
	}
	return p
}

func (o *outbox) forgetPeers() {
	for id, p := range o.peers {
		if !p.here && !p.away {
			delete(o.peers, id)
		}
	}
}

// came: a connection is here, for the first time or again.
func (o *outbox) came(c netvideo.Connection) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.peer(c.ID)
	p.here, p.away = true, false
	p.acks = p.acks || c.Native && c.Role.Publishes()
	p.restart(time.Now())
	o.wake()
}

// left: a connection is gone. What it did not acknowledge is kept for a while, and
// what is said meanwhile too when it may not have meant to go.
func (o *outbox) left(id string, reason netvideo.Reason) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.peers[id]
	if p == nil {
		return
	}
	p.here, p.gone = false, time.Now()
	switch reason {
	case netvideo.ForceDisconnected, netvideo.SessionEnded:
		o.giveUp(p)
	case netvideo.NetworkDisconnected, netvideo.ServerShutdown:
		p.away = true
	}
}

// linked: the room is back; what went out last may be lost.
func (o *outbox) linked() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.peers {
		p.restart(time.Now())
	}
	o.wake()
}

// heard: a connection sent something that only this program sends, so it acknowledges.
func (o *outbox) heard(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.peer(id).acks = true
}

// acked takes an acknowledgement.
func (o *outbox) acked(id string, a wire.Ack) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if a.Run != o.run {
		return
	}
	p := o.peer(id)
	p.acks, p.said = true, true
	n := 0
	for n < len(p.unacked) && p.unacked[n].seq < a.Next {
		p.unacked[n].out.reached = true
		o.settle(p.unacked[n].out)
		n++
	}
	if n > 0 {
		p.unacked = append(p.unacked[:0], p.unacked[n:]...)
		p.due, p.wait = time.Now().Add(firstResend), firstResend
		if p.resent < p.recover {
			p.due, p.onward = time.Now(), true
			o.wake()
		}
	}
}

// settle: one receiver less is waited for.
func (o *outbox) settle(out *outgoing) {
	if out.waits--; out.waits == 0 {
		o.unacked--
		if out.done != nil {
			close(out.done)
		}
	}
}

// giveUp lets all go that a peer did not acknowledge.
func (o *outbox) giveUp(p *peer) {
	for _, n := range p.unacked {
		o.dropped++
		o.settle(n.out)
	}
	p.unacked, p.away = nil, false
}

// enlist puts a signal into a peer's line.
func (o *outbox) enlist(p *peer, out *outgoing) {
	if len(p.unacked) >= maxQueued { // it has not answered for long
		o.dropped++
		o.settle(p.unacked[0].out)
		p.unacked = p.unacked[1:]
	}
	p.last++
	n := &inLine{p.last, out}
	if len(p.unacked) == 0 {
		p.due = time.Now().Add(p.wait)
	}
	p.unacked = append(p.unacked, n)
	out.lines = append(out.lines, line{p, n.seq})
	out.waits++
}

// overdue is a peer that is to get again what it did not acknowledge, with what it
// is to get; nil when there is none. Who was away for too long is given up.
func (o *outbox) overdue(now time.Time) (*peer, []*inLine) {
	for _, p := range o.peers {
		if len(p.unacked) == 0 {
			continue
		}
		// What acknowledges nothing within that time will not begin to.
		mute := p.here && !p.said && p.unacked[0].out.sent && now.Sub(p.unacked[0].out.at) > o.room.o.RejoinFor
		if !p.here && now.Sub(p.gone) > o.room.o.RejoinFor || mute {
			p.acks = p.acks && !mute
			o.giveUp(p)
			continue
		}
		if !p.here || now.Before(p.due) {
			continue
		}
		again := p.again()
		p.due, p.wait = now.Add(p.wait), min(2*p.wait, lastResend)
		if len(again) > 0 {
			return p, again
		}
	}
	return nil, nil
}

// again are the next that are to be sent again: from the first when nothing was heard
// since, else from where the last ones ended.
func (p *peer) again() (list []*inLine) {
	if !p.onward {
		p.resent = 0
	}
	p.onward = false
	for _, n := range p.unacked {
		if len(list) == resendWindow || n.seq > p.unacked[0].seq+2*resendWindow {
			break
		}
		if n.out.sent && n.seq > p.resent {
			list = append(list, n)
			p.resent = n.seq
		}
	}
	return list
}

// base is the oldest number that would be sent again.
func (p *peer) base(seq uint64) uint64 {
	if len(p.unacked) == 0 {
		return seq
	}
	return min(seq, p.unacked[0].seq)
}
