package room

import (
	"strings"
	"time"

	"cutout/netvideo"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

// A stream is one of the others' streams. Room.mu guards it.
type stream struct {
	netvideo.Stream
	room               *Room
	videoPub, audioPub *lksdk.RemoteTrackPublication
	rx                 *receiver         // nil until the picture's media come
	ax                 *listener         // nil until the sound's media come
	refused            bool              // the server does not let us have it
	foreign            bool              // the picture comes in a way that we cannot decode
	held               bool              // the server has paused the picture
	last               *netvideo.Picture // of an earlier receiver
	audioRefused       bool              // the server does not let us have the sound
	videoWatch         watch
	audioWatch         watch
	apart              time.Duration // how much later the sound is heard; 0 unknown
	wants
}

// wants is what is asked of a stream here.
type wants struct {
	noVideo, noAudio bool
	paused           bool
	width, height    int // 0: any
	fps              float64
	volume           float64
}

func newStream(r *Room, s shownStream) *stream {
	no := r.o.NoPictures
	return &stream{Stream: s.Stream, room: r, videoPub: s.video, audioPub: s.audio,
		videoWatch: watch{medium: netvideo.Video}, audioWatch: watch{medium: netvideo.Audio}, wants: wants{noVideo: no, noAudio: no, volume: 1}}
}

// replaced takes note of the tracks that now carry the stream.
func (s *stream) replaced(now shownStream) {
	if s.videoPub == now.video && s.audioPub == now.audio {
		return
	}
	if s.videoPub != now.video {
		s.dropVideo()
		s.refused, s.foreign, s.held = false, false, false
		s.videoWatch = watch{medium: netvideo.Video, tried: s.videoWatch.tried}
	}
	if s.audioPub != now.audio {
		s.audioRefused = false
		s.audioWatch = watch{medium: netvideo.Audio, tried: s.audioWatch.tried}
	}
	if s.audioPub != now.audio && s.ax != nil {
		s.ax.stop()
		s.ax = nil
	}
	s.videoPub, s.audioPub = now.video, now.audio
	s.apply()
}

// dropVideo ends receiving the picture; the newest stays.
func (s *stream) dropVideo() {
	if s.rx == nil {
		return
	}
	if p := s.rx.newest.Load(); p != nil {
		s.last = p
	}
	s.rx.stop()
	s.rx = nil
}

func sidOf(p *lksdk.RemoteTrackPublication) string {
	if p == nil {
		return ""
	}
	return p.SID()
}

// wantsVideo and wantsAudio: the medium is to come.
func (w *wants) wantsVideo() bool { return !w.noVideo && !w.paused }
func (w *wants) wantsAudio() bool { return !w.noAudio && !w.paused }

// apply has the server asked for what is wanted, beside the room's lock.
func (s *stream) apply() {
	video, audio, w, manual := s.videoPub, s.audioPub, s.wants, s.room.o.NoPictures
	if s.rx != nil {
		s.rx.ask(w)
	}
	if s.ax != nil {
		s.ax.voice.SetVolume(w.volume)
	}
	s.room.asks.put(func() {
		if video != nil {
			want(video, w.wantsVideo(), manual)
			if w.width > 0 {
				video.SetVideoDimensions(uint32(w.width), uint32(w.height))
			}
		}
		if audio != nil {
			want(audio, w.wantsAudio(), manual)
		}
	})
}

// want turns a track on or off. Where the server does not subscribe us by itself it is
// subscribed to; else it is only paused, which is quicker to undo.
func want(p *lksdk.RemoteTrackPublication, on, manual bool) {
	switch {
	case manual && p.TrackRemote() == nil != on:
	case manual:
		_ = p.SetSubscribed(on) // a link that is gone; the next one is asked anew
	case p.IsEnabled() != on:
		p.SetEnabled(on)
	}
}

// stop ends receiving.
func (s *stream) stop() {
	if s.rx != nil {
		s.rx.stop()
	}
	if s.ax != nil {
		s.ax.stop()
	}
}

// receive begins to receive a track's media.
func (r *Room) receive(m subscribed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.streams {
		switch m.sid {
		case sidOf(s.videoPub):
			s.refused = false
			s.receiveVideo(m)
			return
		case sidOf(s.audioPub):
			s.audioRefused = false
			s.receiveAudio(m)
			return
		}
	}
}

func (s *stream) receiveVideo(m subscribed) {
	r := s.room
	s.dropVideo()
	if s.foreign = !decodes(m.track.Codec().MimeType); s.foreign {
		return
	}
	rx := newReceiver(m.track, m.sid, m.pli, m.write)
	if s.last != nil {
		rx.seq = s.last.Seq
	}
	rx.offset.Store(int64(r.offsets[s.Connection.ID]))
	rx.setMuted(!s.HasVideo)
	rx.ask(s.wants)
	m.onReport(rx.report)
	rx.start(&r.wg)
	s.rx = rx
}

func (s *stream) receiveAudio(m subscribed) {
	r := s.room
	if s.ax != nil {
		s.ax.stop()
		s.ax = nil
	}
	if !strings.EqualFold(m.track.Codec().MimeType, webrtc.MimeTypeOpus) {
		return
	}
	ax, err := newListener(r.mixer, m.track, m.sid)
	if err != nil {
		r.log.Warn("a voice cannot be heard", "stream", s.Name, "error", err)
		return
	}
	ax.voice.SetVolume(s.volume)
	m.onReport(ax.report)
	r.wg.Go(ax.read)
	s.ax = ax
}

// unsubscribed ends what a track brought.
func (r *Room) unsubscribed(sid string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.streams {
		if s.rx != nil && s.rx.sid == sid {
			s.dropVideo()
		}
		if s.ax != nil && s.ax.sid == sid {
			s.ax.stop()
			s.ax = nil
		}
	}
}

// paused: the server stops sending a track, or goes on.
func (r *Room) paused(m streamState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.streams {
		if sidOf(s.videoPub) == m.sid {
			s.held = m.paused
		}
	}
}

// notAllowed: the server does not let us have a track.
func (r *Room) notAllowed(sid string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.streams {
		switch sid {
		case sidOf(s.videoPub):
			s.refused = true
		case sidOf(s.audioPub):
			s.audioRefused = true
		}
	}
}

// view is the stream as it is now.
func (s *stream) view(now time.Time, away bool) netvideo.StreamView {
	v := netvideo.StreamView{Stream: s.Stream, Picture: s.last}
	if s.rx != nil {
		v.Stats = s.rx.stats(now)
		if p := s.rx.newest.Load(); p != nil {
			v.Picture = p
		}
	}
	if s.ax != nil {
		v.Level = s.ax.voice.Level()
		s.ax.stats(now, &v.Stats)
	}
	v.Stats.SyncOffset, v.Stats.Repairs = s.apart, s.videoWatch.tried+s.audioWatch.tried
	v.NoPicture = s.noPicture(now, away)
	return v
}

// noPicture is the first reason that holds.
func (s *stream) noPicture(now time.Time, away bool) netvideo.NoPicture {
	switch {
	case away:
		return netvideo.RoomAway
	case s.videoPub == nil:
		return netvideo.NoVideo
	case s.VideoMuted == netvideo.ByModerator:
		return netvideo.MutedByModerator
	case !s.HasVideo:
		return netvideo.MutedByPublisher
	case !s.wantsVideo():
		return netvideo.NotWanted
	case s.foreign:
		return netvideo.CodecUnsupported
	case s.refused, s.room.self.Role == netvideo.PublisherOnly: // to whom the server says nothing about it
		return netvideo.NotAllowed
	case s.held:
		return netvideo.PausedByServer
	case s.rx == nil && s.videoWatch.trouble == netvideo.TroubleFrozen:
		return netvideo.Frozen
	case s.rx == nil:
		return netvideo.AwaitingFirst
	}
	return s.rx.noPicture(now)
}
