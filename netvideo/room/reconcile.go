package room

import (
	"maps"
	"slices"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/wire"

	lksdk "github.com/livekit/server-sdk-go/v2"
)

// connectionOf reads a participant; Joined is zero when its token does not say.
func connectionOf(p lksdk.Participant) netvideo.Connection {
	perm := p.Permissions()
	v := wire.VouchedFor(p.Metadata(), perm.GetCanPublish() && perm.GetCanPublishData())
	return v.Connection(p.Identity(), p.Name())
}

// present is what the SDK knows of the others now.
type present struct {
	conns   map[string]netvideo.Connection
	streams map[string]shownStream
	barred  map[string]bool // connections that may not publish
	sids    map[string]string
}

// shownStream is a stream as the SDK lists it: a track for each medium, or none.
type shownStream struct {
	netvideo.Stream
	video, audio *lksdk.RemoteTrackPublication
}

// look reads the SDK's lists. Times the server does not tell are filled in by keep.
func look(l *link) present {
	now := present{map[string]netvideo.Connection{}, map[string]shownStream{}, map[string]bool{}, map[string]string{}}
	for _, p := range l.sdk.GetRemoteParticipants() {
		c := connectionOf(p)
		now.conns[c.ID], now.sids[c.ID] = c, p.SID()
		now.barred[c.ID] = !p.Permissions().GetCanPublish()
		heldVideo, heldAudio := netvideo.ParseMuted(p.Attributes()[netvideo.MutedAttribute])
		for _, t := range p.TrackPublications() {
			pub, ok := t.(*lksdk.RemoteTrackPublication)
			if !ok {
				continue
			}
			now.add(c, pub, heldVideo, heldAudio)
		}
	}
	return now
}

// add puts a track into its stream.
func (now present) add(c netvideo.Connection, pub *lksdk.RemoteTrackPublication, heldVideo, heldAudio bool) {
	info := pub.TrackInfo()
	id := netvideo.StreamID(c.ID, info.GetStream())
	s := now.streams[id]
	s.ID, s.Connection = id, c
	if pub.Kind() == lksdk.TrackKindVideo {
		s.video, s.HasVideo, s.VideoMuted = pub, !pub.IsMuted(), mutedBy(pub.IsMuted(), heldVideo)
		s.Name = pub.Name()
		s.Width, s.Height = int(info.GetWidth()), int(info.GetHeight())
	} else {
		s.audio, s.HasAudio, s.AudioMuted = pub, !pub.IsMuted(), mutedBy(pub.IsMuted(), heldAudio)
		if s.Name == "" {
			s.Name = pub.Name()
		}
	}
	now.streams[id] = s
}

func mutedBy(muted, held bool) netvideo.Muted {
	switch {
	case muted && held:
		return netvideo.ByModerator
	case muted:
		return netvideo.ByPublisher
	}
	return netvideo.NotMuted
}

// reconcile brings the room's lists up to the SDK's and tells the differences:
// what ended before what began, streams before their connections when they end and
// after them when they begin. Who vanished is kept for patience, until the reason
// is known.
func (r *Room) reconcile(l *link, patience time.Duration, tell func(netvideo.Event)) {
	now := look(l)
	r.keep(now, time.Now(), patience)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endStreams(now, tell)
	r.endConnections(now, tell)
	for _, c := range slices.SortedFunc(maps.Values(now.conns), older) {
		_, known := r.conns[c.ID]
		if sid, here := now.sids[c.ID]; here && sid != r.sids[c.ID] { // on another link: what went to the last one may be lost
			r.sids[c.ID] = sid
			r.outbox.came(c)
		}
		if !known {
			tell(netvideo.ConnectionCreated{Connection: c})
		}
		r.conns[c.ID] = c
	}
	for _, s := range slices.SortedFunc(maps.Values(now.streams), func(a, b shownStream) int { return olderStream(a.Stream, b.Stream) }) {
		r.beginStream(s, tell)
	}
	r.lookAtSelf(l, tell)
}

// keep fills in what is known from before, and keeps those who vanished a moment
// ago until their reason is known or patience ends.
func (r *Room) keep(now present, at time.Time, patience time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, c := range now.conns {
		delete(r.missing, id)
		delete(r.reasons, id)
		if c.Joined.IsZero() {
			if c.Joined = r.conns[id].Joined; c.Joined.IsZero() {
				c.Joined = at
			}
			now.conns[id] = c
		}
	}
	for id, c := range r.conns {
		if _, here := now.conns[id]; here {
			continue
		}
		if _, told := r.reasons[id]; told {
			continue
		}
		until, known := r.missing[id]
		if !known {
			until = at.Add(patience)
			r.missing[id] = until
		}
		if at.Before(until) {
			now.conns[id] = c
		}
	}
	r.keepStreams(now, at)
	for sid, s := range now.streams {
		s.Connection = now.conns[s.Connection.ID]
		if old := r.streams[sid]; old != nil {
			s.Created = old.Created
		} else {
			s.Created = at
		}
		now.streams[sid] = s
	}
}

// keepStreams keeps those of connections that are kept, and for a while those of
// connections that came back by another link: they publish again what they showed. r.mu
// is held.
func (r *Room) keepStreams(now present, at time.Time) {
	for id, sid := range now.sids {
		if was := r.sids[id]; was != "" && was != sid {
			r.expected[id] = at.Add(leniency)
		}
	}
	for id, s := range r.streams {
		by := s.Connection.ID
		_, listed := now.streams[id]
		_, here := now.sids[by]
		_, kept := now.conns[by]
		if !listed && kept && (!here || at.Before(r.expected[by]) && !now.barred[by]) {
			now.streams[id] = shownStream{Stream: s.Stream, video: s.videoPub, audio: s.audioPub}
		}
	}
}

func (r *Room) endStreams(now present, tell func(netvideo.Event)) {
	for _, id := range slices.Sorted(maps.Keys(r.streams)) {
		s := r.streams[id]
		if _, here := now.streams[id]; here {
			continue
		}
		s.stop()
		delete(r.streams, id)
		reason, told := r.endings[id]
		if !told {
			reason = netvideo.ClientDisconnected
		}
		if _, stays := now.conns[s.Connection.ID]; !stays {
			reason = r.reasonOf(s.Connection.ID)
		} else if now.barred[s.Connection.ID] {
			reason = netvideo.ForceUnpublished
		}
		delete(r.endings, id)
		tell(netvideo.StreamDestroyed{Stream: s.Stream, Reason: reason})
	}
}

// ending takes note of why a stream is about to end.
func (r *Room) ending(id string, reason netvideo.Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams[id] != nil {
		r.endings[id] = reason
	}
}

func (r *Room) endConnections(now present, tell func(netvideo.Event)) {
	for _, c := range slices.SortedFunc(maps.Values(r.conns), older) {
		if _, here := now.conns[c.ID]; here {
			continue
		}
		reason := r.reasonOf(c.ID)
		r.outbox.left(c.ID, reason)
		tell(netvideo.ConnectionDestroyed{Connection: c, Reason: reason})
		delete(r.conns, c.ID)
		delete(r.reasons, c.ID)
		delete(r.missing, c.ID)
		delete(r.sids, c.ID)
		delete(r.expected, c.ID)
	}
}

func (r *Room) reasonOf(id string) netvideo.Reason {
	if reason, told := r.reasons[id]; told {
		return reason
	}
	return netvideo.NetworkDisconnected
}

func (r *Room) beginStream(s shownStream, tell func(netvideo.Event)) {
	old := r.streams[s.ID]
	if old == nil {
		began := newStream(r, s)
		r.streams[s.ID] = began
		began.apply()
		tell(netvideo.StreamCreated{Stream: s.Stream})
		return
	}
	old.replaced(s)
	if old.rx != nil { // what is decoded knows better than what was announced
		if p := old.rx.newest.Load(); p != nil {
			s.Width, s.Height = p.Image.Rect.Dx(), p.Image.Rect.Dy()
		}
		old.rx.setMuted(!s.HasVideo)
	}
	was := old.Stream
	old.Stream = s.Stream
	was.Created, was.Connection = s.Created, s.Connection
	if was != s.Stream {
		tell(netvideo.StreamPropertyChanged{Stream: s.Stream})
	}
}
