package room

import (
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/opus"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

const (
	// frameTime is the length of a piece of sound.
	frameTime = 20 * time.Millisecond
	// maxSaid is how much sound waits to be encoded: what is older is let go.
	maxSaid = 10 * opus.FrameSamples
)

// A speaker is a publisher's sound.
type speaker struct {
	p     *Publisher
	track track
	enc   *opus.Encoder
	fresh chan struct{} // holds one token when there is a whole frame

	mu     sync.Mutex
	said   []float32
	level  float32
	frames uint64
	second window
}

func newSpeaker(p *Publisher) (*speaker, error) {
	enc, err := opus.NewEncoder(opus.EncoderOptions{Kbps: p.o.AudioKbps})
	return &speaker{p: p, track: track{kind: netvideo.Audio, muted: p.o.AudioOff}, enc: enc, fresh: make(chan struct{}, 1)}, err
}

func (s *speaker) newTrack() (*lksdk.LocalTrack, *lksdk.TrackPublicationOptions, error) {
	t, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: opus.SampleRate, Channels: 2})
	return t, &lksdk.TrackPublicationOptions{Source: livekit.TrackSource_MICROPHONE, DisableDTX: true}, err
}

// Say hands over what the microphone heard next: one channel of 48 kHz, -1..1, of any
// length. It never blocks: beyond a fifth of a second what waits is let go. Without
// Options.Audio nobody hears it.
func (p *Publisher) Say(pcm []float32) {
	s := p.audio
	if s == nil {
		return
	}
	s.mu.Lock()
	s.said = append(s.said, pcm...)
	if over := len(s.said) - maxSaid; over > 0 {
		s.said = append(s.said[:0], s.said[over:]...)
	}
	whole := len(s.said) >= opus.FrameSamples
	s.mu.Unlock()
	if whole {
		select {
		case s.fresh <- struct{}{}:
		default:
		}
	}
}

// work sends what is said until the publisher is closed or its room ends.
func (s *speaker) work() {
	defer s.enc.Close()
	for {
		select {
		case <-s.p.closing:
			return
		case <-s.p.room.ended:
			return
		case <-s.fresh:
		}
		for frame := s.take(); frame != nil; frame = s.take() {
			if track := s.track.live(); track != nil {
				s.send(track, frame)
			}
		}
	}
}

// take is the next whole frame; nil when there is none.
func (s *speaker) take() []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.said) < opus.FrameSamples {
		return nil
	}
	frame := append([]float32(nil), s.said[:opus.FrameSamples]...)
	s.said = append(s.said[:0], s.said[opus.FrameSamples:]...)
	s.level = 0
	for _, v := range frame {
		s.level = max(s.level, v, -v)
	}
	s.level = min(s.level, 1)
	return frame
}

func (s *speaker) send(track *lksdk.LocalTrack, frame []float32) {
	packet, err := s.enc.Encode(frame)
	if err != nil {
		s.p.room.log.Warn("sound could not be encoded", "stream", s.p.o.Name, "error", err)
		return
	}
	if err := track.WriteSample(media.Sample{Data: packet, Duration: frameTime}, nil); err != nil {
		s.p.room.log.Debug("sound could not be sent", "stream", s.p.o.Name, "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames++
	s.second.add(sample{at: time.Now(), bytes: len(packet)})
}

func (s *speaker) stats(st *PublisherStats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.AudioSent, st.AudioLevel = s.frames, s.level
	_, st.AudioKbps, _ = s.second.rates(time.Now())
}
