package room

import (
	"cutout/netvideo"
)

// What the server does to what we publish.

// stoppedType is the type of the signal by which a publisher says that its source has
// ended; its data are the stream's group.
const stoppedType = "cutout/stopped"

// ownTrack finds a track of ours; p is nil when it is none any more.
func (r *Room) ownTrack(sid string) (*Publisher, *track) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pubs {
		for _, t := range p.tracks() {
			t.mu.Lock()
			found := t.pub != nil && t.pub.SID() == sid
			t.mu.Unlock()
			if found {
				return p, t
			}
		}
	}
	return nil, nil
}

// ownMuted: the server muted a track of ours, unless we did.
func (r *Room) ownMuted(m ownMuted) {
	p, t := r.ownTrack(m.sid)
	if p == nil {
		return
	}
	t.mu.Lock()
	ours := t.ours(m.muted)
	if !ours {
		t.byMod = m.muted
		t.muted = t.muted && m.muted
	}
	held := t.held
	t.mu.Unlock()
	if !ours {
		r.events.put(netvideo.MuteForced{Stream: p.Stream(), Medium: t.kind, Muted: m.muted, Locked: held})
	}
}

// ownUnpublished: the server ended a track of ours, unless we did. The stream is then
// whole no more, and ends.
func (r *Room) ownUnpublished(l *link, sid string) {
	p, _ := r.ownTrack(sid)
	if p == nil {
		return
	}
	stream := p.Stream()
	for _, t := range p.tracks() {
		t.mu.Lock()
		if t.pub != nil && t.pub.SID() == sid {
			t.local, t.on, t.pub = nil, nil, nil
		}
		t.mu.Unlock()
	}
	r.events.put(netvideo.Unpublished{Stream: stream, Reason: netvideo.ForceUnpublished})
	r.wg.Go(func() { _ = p.Unpublish() })
}

// lookAtSelf takes note of what the server says of us: the role it gives us now, and
// what a moderator holds muted. r.mu is held.
func (r *Room) lookAtSelf(l *link, tell func(netvideo.Event)) {
	joined := r.self.Joined
	if r.self = connectionOf(l.sdk.LocalParticipant); r.self.Joined.IsZero() {
		r.self.Joined = joined
	}
	video, audio := netvideo.ParseMuted(l.sdk.LocalParticipant.Attributes()[netvideo.MutedAttribute])
	if video == r.heldVideo && audio == r.heldAudio {
		return
	}
	r.heldVideo, r.heldAudio = video, audio
	self := r.self
	for _, p := range r.pubs {
		for _, t := range p.tracks() {
			held := t.kind == netvideo.Video && video || t.kind == netvideo.Audio && audio
			t.mu.Lock()
			was := t.held
			t.held = held
			t.muted = t.muted || held // it stays muted when the lock is lifted, until we unmute it
			t.mu.Unlock()
			if held == was {
				continue
			}
			if held {
				r.asks.put(func() {
					t.mu.Lock()
					defer t.mu.Unlock()
					t.tell(true)
				})
			}
			tell(netvideo.MuteForced{Stream: p.streamOf(self), Medium: t.kind, Muted: true, Locked: held})
		}
	}
}
