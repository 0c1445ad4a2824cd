package room

import (
	"time"

	"cutout/netvideo"
)

// Who is being lost: the server believes in somebody whose network is gone for 15 s.
// Those who publish with this program say every second that they are there, and when
// they do not, and nothing else comes from them either, they are away.

const (
	// aliveType is the type of the signal that says so. It is lossy and empty.
	aliveType  = "cutout/alive"
	aliveEvery = time.Second
	// maxAlive is how many others there may be for anybody to say it: in a crowd it
	// would cost all of them more than it tells.
	maxAlive = 32
	// fewer is how many of them less there may be for its absence to mean something: not
	// everybody counts alike at the same moment.
	fewer = 4
	// awayAfter is how long nothing is heard of somebody whose media have stopped, too,
	// and quietAfter the same for somebody of whom none are expected. Lossy signals may
	// be lost: at a fifth on either hop, four in a row are one time in sixty.
	awayAfter  = 2500 * time.Millisecond
	quietAfter = 6 * time.Second
)

// A presence is what is heard of another connection. Room.mu guards it.
type presence struct {
	heard time.Time // that it lives; zero when it never said
	lost  bool      // the server says that it has lost it
	still time.Time // since when its media have stopped; zero while they come
	away  bool
}

// presenceOf finds or makes one; r.mu is held.
func (r *Room) presenceOf(id string) *presence {
	p := r.presences[id]
	if p == nil {
		p = &presence{}
		r.presences[id] = p
	}
	return p
}

// heardOf: the connection lives.
func (r *Room) heardOf(id string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.presenceOf(id)
	p.heard, p.lost = now, false
}

// rated: the server has lost the connection, or has not.
func (r *Room) rated(m quality) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.presenceOf(m.identity).lost = m.lost
}

// excuse has what was not heard until now count for nothing.
func (p *presence) excuse(now time.Time) {
	p.still = time.Time{}
	if !p.heard.IsZero() && !p.away {
		p.heard = now
	}
}

// sayAlive says, now and then, that this end lives.
func (r *Room) sayAlive(l *link, now time.Time) {
	if now.Sub(r.saidAlive) < aliveEvery || !r.mayPublish() || !connected(l) {
		return
	}
	r.saidAlive = now
	if n := len(r.Connections()); n > 0 && n <= maxAlive {
		_, _ = r.outbox.put(netvideo.Signal{Type: aliveType, Lossy: true}, false) // lossy ones are always taken
	}
}

// lookAround tells who is away, and who is back. What is heard of others means nothing
// while nothing is heard at all.
func (r *Room) lookAround(l *link, now time.Time, tell func(netvideo.Event)) {
	deaf := now.Sub(l.pulse.media) > hush
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.presences {
		if _, here := r.conns[id]; !here {
			delete(r.presences, id)
		}
	}
	crowd := len(r.conns) > maxAlive-fewer
	for id, c := range r.conns {
		p := r.presenceOf(id)
		if deaf {
			p.excuse(now)
			continue
		}
		if crowd || !c.Role.Publishes() {
			p.heard = time.Time{}
		}
		expected, come := r.mediaOf(id, now)
		switch {
		case come:
			p.still = time.Time{}
		case p.still.IsZero():
			p.still = now
		}
		if away := p.isAway(expected, now); away != p.away {
			p.away = away
			if away {
				tell(netvideo.ConnectionAway{Connection: c})
			} else {
				tell(netvideo.ConnectionBack{Connection: c})
			}
		}
	}
}

// isAway is decided by what the connection says itself, else by what the server says.
func (p *presence) isAway(expected bool, now time.Time) bool {
	stopped := !p.still.IsZero() && now.Sub(p.still) > awayAfter/2
	switch {
	case p.heard.IsZero():
		return p.lost && expected && stopped
	case expected:
		return stopped && now.Sub(p.heard) > awayAfter
	}
	return now.Sub(p.heard) > quietAfter
}

// mediaOf reports whether media of a connection should come, and whether any did over
// the last second. r.mu is held.
func (r *Room) mediaOf(id string, now time.Time) (expected, come bool) {
	for _, s := range r.streams {
		if s.Connection.ID != id {
			continue
		}
		v := s.view(now, false)
		expected = expected || s.HasVideo && s.wantsVideo() || s.HasAudio && s.wantsAudio()
		come = come || v.Stats.Kbps > 0 || v.Stats.AudioKbps > 0
	}
	return expected, come
}

// whyNot is why a stream shows no live picture, when it is that its connection is away
// rather than what can be seen of the stream alone. r.mu is held.
func (r *Room) whyNot(v netvideo.StreamView) netvideo.NoPicture {
	p := r.presences[v.Stream.Connection.ID]
	if p == nil || !p.away {
		return v.NoPicture
	}
	switch v.NoPicture {
	case netvideo.PictureLive, netvideo.PausedByServer, netvideo.AwaitingFirst, netvideo.AwaitingKeyFrame, netvideo.Frozen:
		return netvideo.PublisherAway
	}
	return v.NoPicture
}
