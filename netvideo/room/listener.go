package room

import (
	"sync"
	"time"

	"cutout/netvideo/codec/opus"
	"cutout/netvideo/sound"

	"github.com/pion/webrtc/v4"
)

// A listener hands one track's packets to its voice.
type listener struct {
	track *webrtc.TrackRemote
	sid   string
	voice *sound.Voice

	mu     sync.Mutex
	second window
}

func newListener(m *sound.Mixer, track *webrtc.TrackRemote, sid string) (*listener, error) {
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &listener{track: track, sid: sid, voice: m.Add(dec)}, nil
}

// read ends when the track does, or after stop.
func (a *listener) read() {
	for {
		p, _, err := a.track.ReadRTP()
		if err != nil {
			_ = a.voice.Close()
			return
		}
		if len(p.Payload) == 0 {
			continue // padding
		}
		a.voice.Push(p.SequenceNumber, p.Payload)
		a.mu.Lock()
		a.second.add(sample{at: time.Now(), bytes: len(p.Payload)})
		a.mu.Unlock()
	}
}

func (a *listener) stop() {
	_ = a.voice.Close()
	_ = a.track.SetReadDeadline(time.Now())
}

func (a *listener) stats(now time.Time) (kbps float64, lost uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, kbps, _ = a.second.rates(now)
	return kbps, a.voice.Lost()
}
