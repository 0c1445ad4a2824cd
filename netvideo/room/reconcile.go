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
	streams map[string]netvideo.Stream
	barred  map[string]bool // connections that may not publish
}

// look reads the SDK's lists. Times the server does not tell are filled in by keep.
func look(l *link) present {
	now := present{map[string]netvideo.Connection{}, map[string]netvideo.Stream{}, map[string]bool{}}
	for _, p := range l.sdk.GetRemoteParticipants() {
		c := connectionOf(p)
		now.conns[c.ID] = c
		now.barred[c.ID] = !p.Permissions().GetCanPublish()
		sound := false
		for _, pub := range p.TrackPublications() {
			sound = sound || pub.Kind() == lksdk.TrackKindAudio && !pub.IsMuted()
		}
		for _, pub := range p.TrackPublications() {
			if pub.Kind() != lksdk.TrackKindVideo {
				continue
			}
			info := pub.TrackInfo()
			now.streams[pub.SID()] = netvideo.Stream{
				ID: pub.SID(), Connection: c, Name: pub.Name(),
				HasVideo: !pub.IsMuted(), HasAudio: sound,
				Width: int(info.GetWidth()), Height: int(info.GetHeight()),
			}
		}
	}
	return now
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
		if _, known := r.conns[c.ID]; !known {
			tell(netvideo.ConnectionCreated{Connection: c})
		}
		r.conns[c.ID] = c
	}
	for _, s := range slices.SortedFunc(maps.Values(now.streams), olderStream) {
		r.beginStream(s, tell)
	}
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
		since, known := r.missing[id]
		if !known {
			r.missing[id], since = at, at
		}
		if at.Sub(since) < patience {
			now.conns[id] = c
			for sid, s := range r.streams {
				if s.Connection.ID == id {
					now.streams[sid] = s.Stream
				}
			}
		}
	}
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

func (r *Room) endStreams(now present, tell func(netvideo.Event)) {
	for _, sid := range slices.Sorted(maps.Keys(r.streams)) {
		s := r.streams[sid]
		if _, here := now.streams[sid]; here {
			continue
		}
		if s.rx != nil {
			s.rx.stop()
		}
		delete(r.streams, sid)
		reason := netvideo.ClientDisconnected
		if _, stays := now.conns[s.Connection.ID]; !stays {
			reason = r.reasonOf(s.Connection.ID)
		} else if now.barred[s.Connection.ID] {
			reason = netvideo.ForceUnpublished
		}
		tell(netvideo.StreamDestroyed{Stream: s.Stream, Reason: reason})
	}
}

func (r *Room) endConnections(now present, tell func(netvideo.Event)) {
	for _, c := range slices.SortedFunc(maps.Values(r.conns), older) {
		if _, here := now.conns[c.ID]; here {
			continue
		}
		tell(netvideo.ConnectionDestroyed{Connection: c, Reason: r.reasonOf(c.ID)})
		delete(r.conns, c.ID)
		delete(r.reasons, c.ID)
		delete(r.missing, c.ID)
	}
}

func (r *Room) reasonOf(id string) netvideo.Reason {
	if reason, told := r.reasons[id]; told {
		return reason
	}
	return netvideo.NetworkDisconnected
}

func (r *Room) beginStream(s netvideo.Stream, tell func(netvideo.Event)) {
	old := r.streams[s.ID]
	if old == nil {
		r.streams[s.ID] = &stream{Stream: s}
		tell(netvideo.StreamCreated{Stream: s})
		return
	}
	if old.rx != nil { // what is decoded knows better than what was announced
		if p := old.rx.newest.Load(); p != nil {
			s.Width, s.Height = p.Image.Rect.Dx(), p.Image.Rect.Dy()
		}
		old.rx.setMuted(!s.HasVideo)
	}
	was := old.Stream
	old.Stream = s
	if s.Name != was.Name || s.HasVideo != was.HasVideo || s.HasAudio != was.HasAudio ||
		s.Width != was.Width || s.Height != was.Height {
		tell(netvideo.StreamPropertyChanged{Stream: s})
	}
}
