package room

import (
	"bytes"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/opus"
	"cutout/netvideo/room/internal/wire"
	"cutout/netvideo/sound"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// serversSilence is what a LiveKit server sends itself, up to five seconds long, where a
// sound begins or ends (livekit-server 1.13.3, pkg/sfu/downtrack.go, OpusSilenceFrame). It
// is played, but is no sign of the publisher's life.
var serversSilence = append([]byte{0xf8, 0xff, 0xfe}, make([]byte, 77)...)

// A listener hands one track's packets to its voice.
type listener struct {
	track *webrtc.TrackRemote
	sid   string
	voice *sound.Voice

	mu     sync.Mutex
	second window
	sender wire.SenderClock
	began  time.Time
	came   time.Time     // the publisher's newest packet; zero before the first
	behind time.Duration // how much later than due it is heard
}

func newListener(m *sound.Mixer, track *webrtc.TrackRemote, sid string) (*listener, error) {
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &listener{track: track, sid: sid, voice: m.Add(dec), began: time.Now()}, nil
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
		now := time.Now()
		a.voice.Push(p.SequenceNumber, p.Timestamp, p.Payload, now)
		if bytes.Equal(p.Payload, serversSilence) {
			continue
		}
		a.mu.Lock()
		a.second.add(sample{at: now, bytes: len(p.Payload)})
		a.came = now
		a.mu.Unlock()
	}
}

func (a *listener) stop() {
	_ = a.voice.Close()
	_ = a.track.SetReadDeadline(time.Now())
}

// report takes note of what the server says of the publisher's clock.
func (a *listener) report(sr *rtcp.SenderReport) {
	if webrtc.SSRC(sr.SSRC) != a.track.SSRC() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sender.Report(sr.NTPTime, sr.RTPTime, time.Now())
	a.sender.Packets(sr.PacketCount)
}

// stats fills in what is known of the sound.
func (a *listener) stats(now time.Time, s *netvideo.StreamStats) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, s.AudioKbps, _ = a.second.rates(now)
	s.AudioLost, s.AudioMended = a.voice.Lost()
	s.AudioDelay = a.voice.Delay()
}

// lastPacket is when the publisher's newest came, or when it began.
func (a *listener) lastPacket() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.came.IsZero() {
		return a.began
	}
	return a.came
}

// reports is when the server last reported, and when it last reported more packets.
func (a *listener) reports() (reported, moved time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sender.Reported(), a.sender.Moved()
}

// flows reports whether the publisher's packets keep coming.
func (a *listener) flows(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	perSecond, _, _ := a.second.rates(now)
	return perSecond >= flowing
}
