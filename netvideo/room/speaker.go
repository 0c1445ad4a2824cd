package room

import (
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/opus"
	"cutout/netvideo/room/internal/uplink"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

const (
	// frameTime is the length of a piece of sound.
	frameTime = 20 * time.Millisecond
	// maxSaid is how much sound waits to be encoded: what is older is let go.
	maxSaid = 10 * opus.FrameSamples
	// Opus is told of at least lossLeast, so that a first lost packet is mended, and of
	// lossMost at most: what mends takes bits from the voice. It forgets slowly
	// (lossFades of the difference with each report), for losses come in runs.
	lossLeast, lossMost, lossFades = 0.05, 0.3, 0.1
)

// A speaker is a publisher's sound.
type speaker struct {
	p     *Publisher
	track track
	enc   *opus.Encoder
	fresh chan struct{} // holds one token when there is a whole frame

	percent, kbps int // what enc works to; of the goroutine in work

	mu     sync.Mutex
	said   reported
	loss   float64 // of the newest reports, slow to go down
	voice  []float32
	level  float32
	frames uint64
	second window
}

func newSpeaker(p *Publisher) (*speaker, error) {
	enc, err := opus.NewEncoder(opus.EncoderOptions{Kbps: p.o.AudioKbps})
	return &speaker{p: p, track: track{kind: netvideo.Audio, muted: p.o.AudioOff}, enc: enc, fresh: make(chan struct{}, 1)}, err
}

func (s *speaker) newTrack() (*lksdk.LocalTrack, *lksdk.TrackPublicationOptions, error) {
	var t *lksdk.LocalTrack
	t, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: opus.SampleRate, Channels: 2},
		lksdk.WithRTCPHandler(func(p rtcp.Packet) { s.feedback(uint32(t.SSRC()), p) }))
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
	s.voice = append(s.voice, pcm...)
	if over := len(s.voice) - maxSaid; over > 0 {
		s.voice = append(s.voice[:0], s.voice[over:]...)
	}
	whole := len(s.voice) >= opus.FrameSamples
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
			if tracks, link, _ := s.track.live(); tracks != nil {
				s.adapt(link)
				s.send(tracks[0], frame)
			}
		}
	}
}

// take is the next whole frame; nil when there is none.
func (s *speaker) take() []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.voice) < opus.FrameSamples {
		return nil
	}
	frame := append([]float32(nil), s.voice[:opus.FrameSamples]...)
	s.voice = append(s.voice[:0], s.voice[opus.FrameSamples:]...)
	s.level = 0
	for _, v := range frame {
		s.level = max(s.level, v, -v)
	}
	s.level = min(s.level, 1)
	return frame
}

// feedback hears what the receivers send: how much is lost.
func (s *speaker) feedback(ssrc uint32, packet rtcp.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said.hear(ssrc, packet); s.said.share > s.loss {
		s.loss = s.said.share // at once
		return
	}
	if _, ok := packet.(*rtcp.ReceiverReport); ok {
		s.loss += lossFades * (s.said.share - s.loss)
	}
}

// adapt has the encoder add what mends as much as is lost, and take no more than its
// part of the way.
func (s *speaker) adapt(l *link) {
	s.mu.Lock()
	loss := s.loss
	s.mu.Unlock()
	percent := int(min(max(loss, lossLeast), lossMost)*100 + 0.5)
	kbps := uplink.AudioKbps(s.p.o.AudioKbps, l.up.State().Kbps)
	if percent != s.percent {
		s.percent = percent
		_ = s.enc.SetLoss(percent) // 0 to 100, as above
	}
	if kbps != s.kbps {
		s.kbps = kbps
		_ = s.enc.SetBitRate(kbps) // less than what was taken at the start
	}
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
	st.AudioSent, st.AudioLevel, st.AudioLostShare = s.frames, s.level, s.said.share
	_, st.AudioKbps, _ = s.second.rates(time.Now())
}
