package room

import (
	"fmt"
	"image"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/room/internal/wire"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// keyFrameEvery is the least time between two key frames made on demand: several
// who ask at once are answered by one, and one who asks in vain waits no longer.
const keyFrameEvery = 250 * time.Millisecond

// rtpClock is the clock of every video stream, in Hz (RFC 7741, 6.1).
const rtpClock = 90_000

// A camera is a publisher's picture.
type camera struct {
	p       *Publisher
	track   track
	enc     *vp8.Encoder // of the goroutine in work, after enlist
	wantKey atomic.Bool
	fresh   chan struct{} // holds one token when next is set
	fps     atomic.Int64
	kbps    atomic.Int64

	mu      sync.Mutex
	next    *shown
	sent    *shown // the newest that was sent
	seq     uint64
	st      PublisherStats
	second  window
	lastKey time.Time
	w, h    int
}

// shown is a picture that waits to be encoded.
type shown struct {
	img      *image.YCbCr
	captured time.Time
}

func newCamera(p *Publisher) (*camera, error) {
	c := &camera{p: p, track: track{kind: netvideo.Video, muted: p.o.VideoOff}, fresh: make(chan struct{}, 1), w: p.o.Width, h: p.o.Height}
	c.fps.Store(int64(p.o.FPS))
	c.kbps.Store(int64(p.o.Kbps))
	enc, err := c.encoder(p.o.Width, p.o.Height)
	c.enc = enc
	return c, err
}

func (c *camera) encoder(w, h int) (*vp8.Encoder, error) {
	return vp8.NewEncoder(vp8.EncoderOptions{Width: w, Height: h, FPS: int(c.fps.Load()), Kbps: int(c.kbps.Load())})
}

func (c *camera) newTrack() (*lksdk.LocalTrack, *lksdk.TrackPublicationOptions, error) {
	t, err := lksdk.NewLocalTrack(
		webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: rtpClock},
		lksdk.WithRTCPHandler(c.feedback))
	if err != nil {
		return nil, nil, err
	}
	t.OnBind(func() { c.wantKey.Store(true) })
	w, h := c.size()
	return t, &lksdk.TrackPublicationOptions{Source: livekit.TrackSource_CAMERA, VideoWidth: w, VideoHeight: h}, nil
}

func (c *camera) size() (w, h int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.w, c.h
}

// feedback hears what the receivers send.
func (c *camera) feedback(packet rtcp.Packet) {
	switch packet.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		c.wantKey.Store(true)
	}
}

// Show hands over the newest picture, 4:2:0 of even size, and when the sensor saw it; a
// zero time means now. It never blocks: a picture that still waits to be encoded is
// dropped for it, as is one that comes sooner than the frame rate allows. img must not
// change afterwards.
//
// A source can be replaced at any time by showing another's pictures: one of another
// size begins anew with a key frame, and nobody has to negotiate.
func (p *Publisher) Show(img *image.YCbCr, captured time.Time) {
	if c := p.video; c != nil {
		if captured.IsZero() {
			captured = time.Now()
		}
		c.show(&shown{img, captured})
	}
}

func (c *camera) show(s *shown) {
	c.mu.Lock()
	c.st.Shown++
	if c.next != nil {
		c.st.Dropped++
	}
	c.next = s
	c.mu.Unlock()
	select {
	case c.fresh <- struct{}{}:
	default:
	}
}

// work sends what is shown until the publisher is closed or its room ends. Who asks
// for a key frame while nothing new is shown gets the newest picture again.
func (c *camera) work() {
	defer func() { c.enc.Close() }()
	again := time.NewTicker(keyFrameEvery)
	defer again.Stop()
	var clock mediaClock
	var newest *shown
	for {
		var asked bool
		select {
		case <-c.p.closing:
			return
		case <-c.p.room.ended:
			return
		case <-again.C:
			if asked = newest != nil && c.wantKey.Load(); !asked {
				continue
			}
		case <-c.fresh:
		}
		track := c.track.live()
		c.mu.Lock()
		s := c.next
		c.next = nil
		early := s != nil && newest != nil && s.captured.Sub(newest.captured) < time.Second*8/10/time.Duration(c.fps.Load()) &&
			s.captured.After(newest.captured)
		if s != nil && (track == nil || early) {
			c.st.Dropped++
		}
		c.mu.Unlock()
		switch {
		case s != nil && !early:
			newest = s
		case asked:
			s = newest
		default:
			continue
		}
		if track != nil {
			c.send(track, s, clock.at(s.captured))
		}
	}
}

// A mediaClock gives every picture a time that is later than the one before.
type mediaClock struct {
	begun time.Time
	last  time.Duration
}

func (c *mediaClock) at(captured time.Time) time.Duration {
	if c.begun.IsZero() {
		// Half a second of RTP clock before it: no time stamp is zero, which the SDK
		// takes for none.
		c.begun = captured.Add(-time.Second / 2)
	}
	c.last = max(captured.Sub(c.begun), c.last+time.Millisecond)
	return c.last
}

func (c *camera) send(track *lksdk.LocalTrack, s *shown, at time.Duration) {
	begun := time.Now()
	if err := c.fit(s.img); err != nil {
		c.failed(err)
		return
	}
	c.mu.Lock()
	if c.wantKey.Load() && begun.Sub(c.lastKey) >= keyFrameEvery {
		c.wantKey.Store(false)
		c.enc.ForceKeyFrame()
	}
	c.mu.Unlock()
	packet, err := c.enc.Encode(s.img, at)
	done := time.Now()
	if err != nil {
		c.failed(err)
		return
	}
	if len(packet.Data) > 0 {
		// The duration only keeps the SDK from going back in time; the stamp decides.
		err = track.WriteSample(media.Sample{
			Data:            wire.AppendCaptured(packet.Data, s.captured),
			Duration:        time.Millisecond,
			PacketTimestamp: uint32(at.Microseconds() * (rtpClock / 1000) / 1000),
		}, nil)
		if err != nil {
			c.p.room.log.Debug("a picture could not be sent", "stream", c.p.o.Name, "error", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.Encoded++
	c.sent = s
	c.seq++
	if packet.Key {
		c.st.KeyFrames++
		c.lastKey = done
	}
	c.second.add(sample{at: done, bytes: len(packet.Data), took: done.Sub(begun), timed: true})
}

// fit has an encoder for pictures of another size.
func (c *camera) fit(img *image.YCbCr) error {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if had, hadH := c.size(); w == had && h == hadH {
		return nil
	}
	enc, err := c.encoder(w, h)
	if err != nil {
		return err
	}
	c.enc.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enc, c.w, c.h = enc, w, h
	return nil
}

func (c *camera) failed(err error) {
	c.p.room.log.Warn("a picture could not be encoded", "stream", c.p.o.Name, "error", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.Dropped++
}

// SetBitRate changes the most that the pictures take, 1 to 100000 kbit/s, from the next
// one on.
func (p *Publisher) SetBitRate(kbps int) error {
	c := p.video
	if c == nil {
		return fmt.Errorf("the stream has no picture")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.enc.SetBitRate(kbps)
	if err == nil {
		c.kbps.Store(int64(kbps))
	}
	return err
}

// SetFrameRate changes the most pictures a second that are sent, 1 to 240.
func (p *Publisher) SetFrameRate(fps int) error {
	if p.video == nil || fps < 1 || fps > 240 {
		return fmt.Errorf("%d pictures a second: 1 to 240 are possible, of a stream with a picture", fps)
	}
	p.video.fps.Store(int64(fps))
	return nil
}

// Picture is the newest picture that was sent, as it was shown; nil before the first.
func (p *Publisher) Picture() *netvideo.Picture {
	c := p.video
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sent == nil {
		return nil
	}
	return &netvideo.Picture{Image: c.sent.img, Seq: c.seq, Captured: c.sent.captured}
}

func (c *camera) stats(s *PublisherStats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := s.Name
	*s = c.st
	s.Name = name
	s.FPS, s.Kbps, s.EncodeTime = c.second.rates(time.Now())
}
