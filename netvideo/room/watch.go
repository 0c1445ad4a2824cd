package room

import (
	"time"

	"cutout/netvideo"

	lksdk "github.com/livekit/server-sdk-go/v2"
)

const (
	// troubleAfter is how long nothing comes, or all is black, when a medium that should
	// come is in trouble: noticed within two seconds, with the room's tick.
	troubleAfter = 1500 * time.Millisecond
	// nextStep is how long a repair is given before the next one is tried, and lastStep
	// how long the second.
	nextStep = 1500 * time.Millisecond
	lastStep = 4 * time.Second
	// flowing is how many pictures or packets of a second are more than an answer.
	flowing = 2
	// resubscribePause is how long the server is given to take back what it sent: asked for
	// again at once, it would change nothing.
	resubscribePause = 400 * time.Millisecond
	// rejoinEvery is the least time between two rejoins because nothing comes; it doubles
	// with each that did not help.
	rejoinEvery = time.Minute
)

// A watch looks after one medium of a stream. Room.mu guards it.
type watch struct {
	medium   netvideo.Medium
	expected time.Time // since when it should come; zero when it should not
	trouble  netvideo.Trouble
	since    time.Time // when it was noticed
	repair   netvideo.Repair
	acted    time.Time // when repair was tried
	sub      time.Time // when to subscribe again; zero when not
	idle     bool      // the server said that it has nothing to send
	tried    uint64
}

// tick looks after the streams.
func (r *Room) tick(now time.Time) {
	r.mu.Lock()
	l := r.link
	r.mu.Unlock()
	if l == nil {
		return
	}
	rtt := l.roundTrip()
	r.mu.Lock()
	defer r.mu.Unlock()
	alive := r.alive(now)
	for _, s := range r.streams {
		if s.rx != nil {
			s.rx.tick(now, rtt)
		}
		s.sync(now)
		what, expected := s.videoTrouble(now)
		s.look(&s.videoWatch, s.videoPub, what, expected, now, alive)
		what, expected = s.audioTrouble(now)
		s.look(&s.audioWatch, s.audioPub, what, expected, now, alive)
	}
}

// alive reports whether anything at all comes by the link.
func (r *Room) alive(now time.Time) bool {
	for _, s := range r.streams {
		if s.rx != nil && now.Sub(s.rx.lastFrame()) < troubleAfter || s.ax != nil && now.Sub(s.ax.lastPacket()) < troubleAfter {
			return true
		}
	}
	return false
}

// videoTrouble is what is wrong with the picture; expected is false when none is to come.
func (s *stream) videoTrouble(now time.Time) (what netvideo.Trouble, expected bool) {
	switch s.noPicture(now, false) {
	case netvideo.PictureLive:
		if s.rx.blackFor(now) > troubleAfter {
			return netvideo.TroubleBlack, true
		}
		return "", true
	case netvideo.AwaitingFirst:
		return netvideo.TroubleMissing, true
	case netvideo.AwaitingKeyFrame, netvideo.Frozen:
		return netvideo.TroubleFrozen, true
	}
	return "", false
}

// audioTrouble is what is wrong with the sound.
func (s *stream) audioTrouble(now time.Time) (what netvideo.Trouble, expected bool) {
	switch {
	case s.audioPub == nil, !s.HasAudio, !s.wantsAudio(), s.audioRefused, s.room.self.Role == netvideo.PublisherOnly:
		return "", false
	case s.ax == nil:
		return netvideo.TroubleMissing, true
	case now.Sub(s.ax.lastPacket()) > troubleAfter:
		return netvideo.TroubleSilent, true
	}
	return "", true
}

// look follows one medium: it notices trouble, tries what is to be tried, and sees it end.
func (s *stream) look(w *watch, pub *lksdk.RemoteTrackPublication, what netvideo.Trouble, expected bool, now time.Time, alive bool) {
	if !w.sub.IsZero() && now.After(w.sub) && pub != nil {
		w.sub = time.Time{}
		s.room.asks.put(func() { _ = pub.SetSubscribed(true) })
	}
	if !expected {
		*w = watch{medium: w.medium, sub: w.sub, tried: w.tried}
		return
	}
	if w.expected.IsZero() {
		w.expected = now
	}
	switch {
	case what == "":
		if s.flows(w.medium, now) {
			s.mended(w, now)
		}
	case w.trouble == "" && now.Sub(w.expected) < troubleAfter:
	case w.trouble == "":
		w.trouble, w.since = what, now
		w.idle = s.senderIdle(w.medium, now)
		s.try(w, pub, firstRepair(what), now)
	default:
		if next := s.nextRepair(w, now, alive); next != "" {
			s.try(w, pub, next, now)
		}
	}
}

// flows reports whether a medium keeps coming: a publisher that shows nothing new
// answers a request for a key frame with what it showed last, and no more.
func (s *stream) flows(medium netvideo.Medium, now time.Time) bool {
	if medium == netvideo.Video {
		return s.rx != nil && s.rx.flows(now)
	}
	return s.ax != nil && s.ax.flows(now)
}

func (s *stream) mended(w *watch, now time.Time) {
	if w.trouble != "" {
		s.room.events.put(netvideo.StreamMended{Stream: s.Stream, Medium: w.medium, Trouble: w.trouble, After: now.Sub(w.since)})
	}
	w.trouble, w.repair, w.acted = "", "", time.Time{}
}

// firstRepair is what is tried at once.
func firstRepair(what netvideo.Trouble) netvideo.Repair {
	if what == netvideo.TroubleFrozen || what == netvideo.TroubleBlack {
		return netvideo.RepairKeyFrame
	}
	return netvideo.RepairResubscribe
}

// nextRepair is what to try now; empty when it is to be waited. The room is left only
// when nothing at all comes by the link, not even from others, and the server did not
// say that there is nothing to send.
func (s *stream) nextRepair(w *watch, now time.Time, alive bool) netvideo.Repair {
	waited := now.Sub(w.acted)
	switch {
	case w.repair == netvideo.RepairKeyFrame && waited > nextStep:
		return netvideo.RepairResubscribe
	case w.repair == netvideo.RepairResubscribe && waited > lastStep:
		if r := s.room; !alive && !w.idle && w.trouble != netvideo.TroubleBlack && now.After(r.rejoinAfter) {
			return netvideo.RepairRejoin
		}
		return netvideo.RepairNone
	}
	return ""
}

// try begins a repair.
func (s *stream) try(w *watch, pub *lksdk.RemoteTrackPublication, repair netvideo.Repair, now time.Time) {
	r := s.room
	w.repair, w.acted = repair, now
	r.log.Debug("a stream is in trouble", "stream", s.Name, "medium", w.medium, "trouble", w.trouble, "repair", repair)
	r.events.put(netvideo.StreamTroubled{Stream: s.Stream, Medium: w.medium, Trouble: w.trouble, Repair: repair})
	if repair != netvideo.RepairNone {
		w.tried++
	}
	switch repair {
	case netvideo.RepairKeyFrame:
		if s.rx != nil {
			s.rx.plea.ask(now, 0)
		}
	case netvideo.RepairResubscribe:
		w.sub = now.Add(resubscribePause)
		r.asks.put(func() { _ = pub.SetSubscribed(false) })
	case netvideo.RepairRejoin:
		r.rejoinWait = max(2*r.rejoinWait, rejoinEvery)
		r.rejoinAfter = now.Add(r.rejoinWait)
		r.inbox.put(message{r.link, lost{"nothing comes, though the connection stands"}})
	}
}

// senderIdle reports whether the server says that it had nothing to send lately: its
// reports come, and count no more packets.
func (s *stream) senderIdle(medium netvideo.Medium, now time.Time) bool {
	var reported, moved time.Time
	switch {
	case medium == netvideo.Video && s.rx != nil:
		reported, moved = s.rx.reports()
	case medium == netvideo.Audio && s.ax != nil:
		reported, moved = s.ax.reports()
	}
	return !reported.IsZero() && reported.After(moved) && now.Sub(reported) < 5*time.Second
}
