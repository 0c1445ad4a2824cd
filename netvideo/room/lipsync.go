package room

import (
	"time"

	"cutout/netvideo/codec/opus"
)

const (
	// inSync is how far picture and sound may be apart without anyone being held for it:
	// apart by 45 ms (sound first) to 125 ms (sound last) is what people begin to see
	// (ITU-R BT.1359).
	inSync = 15 * time.Millisecond
	// maxVideoHold is how long a picture waits for its sound at most, maxAudioHold a
	// sound for its picture: a talk suffers from more.
	maxVideoHold = 150 * time.Millisecond
	maxAudioHold = 300 * time.Millisecond
	// disbelief is a distance between picture and sound that only wrong clocks make.
	disbelief = 2 * time.Second
)

// A way is how long one medium takes from its publisher's clock to here, all with the
// same unknown distance between the two clocks.
type way struct {
	earliest time.Duration // if nothing were held
	asks     time.Duration // what its network asks for beyond that
	now      time.Duration // what was handed on last took
}

// aligned is how long each of two media is to be held so that they come together; the
// later of them decides. Zero is as long as it asks for itself.
func aligned(video, audio way) (holdVideo, holdAudio time.Duration) {
	v, a := video.earliest+video.asks, audio.earliest+audio.asks
	switch apart := a - v; {
	case apart > disbelief || apart < -disbelief:
	case apart > inSync:
		holdVideo = min(a-video.earliest, video.asks+maxVideoHold)
	case apart < -inSync:
		holdAudio = min(v-audio.earliest, audio.asks+maxAudioHold)
	}
	return holdVideo, holdAudio
}

// sync brings picture and sound of the stream together.
func (s *stream) sync(now time.Time) {
	if s.rx == nil {
		s.apart = 0
		if s.ax != nil {
			s.ax.voice.Hold(0)
		}
		return
	}
	video, ok := s.rx.way(now)
	var audio way
	if ok && s.ax != nil && s.wantsVideo() && s.HasVideo {
		audio, ok = s.ax.way(now)
	} else {
		ok = false
	}
	if !ok {
		s.apart = 0
		s.rx.hold(0)
		if s.ax != nil {
			s.ax.voice.Hold(0)
		}
		return
	}
	holdVideo, holdAudio := aligned(video, audio)
	s.rx.hold(holdVideo)
	s.ax.voice.Hold(holdAudio)
	if apart := audio.now - video.now; s.apart == 0 {
		s.apart = apart
	} else {
		s.apart += (apart - s.apart) / 4
	}
}

// hold asks for a delay of least or more from the next picture on.
func (rx *receiver) hold(least time.Duration) {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	rx.playout.Hold(least)
}

// way is how the newest picture came; false while the publisher's clock is not known.
func (rx *receiver) way(now time.Time) (way, bool) {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	if rx.latest.at.IsZero() || now.Sub(rx.latest.at) > time.Second {
		return way{}, false
	}
	wall, ok := rx.sender.At(rx.latest.stamp, rtpClock, now)
	if !ok {
		return way{}, false
	}
	// The report speaks of when the picture was sent, the trailer of when it was seen,
	// if by the same clock.
	if d := wall.Sub(rx.latest.captured); !rx.latest.captured.IsZero() && d < time.Second && d > -time.Second {
		wall = rx.latest.captured
	}
	return way{rx.playout.Earliest(rx.latest.stamp, now).Sub(wall), rx.playout.Asks(), rx.latest.at.Sub(wall)}, true
}

// way is how the newest sound came; false while nobody hears it.
func (a *listener) way(now time.Time) (way, bool) {
	stamp, at, ok := a.voice.Heard()
	if !ok || now.Sub(at) > time.Second {
		return way{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	wall, ok := a.sender.At(stamp, opus.SampleRate, now)
	if !ok {
		return way{}, false
	}
	earliest, asks := a.voice.Way(stamp, now)
	// A device pulls a piece at a time and a voice is not bent for a few ms: what is heard
	// is later than what is due by that.
	due := earliest.Add(max(a.voice.Delay(), asks))
	a.behind += (at.Sub(due) - a.behind) / 8
	return way{earliest.Sub(wall) + a.behind, asks, at.Sub(wall)}, true
}
