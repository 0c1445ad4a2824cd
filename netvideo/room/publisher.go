package room

import (
	"context"
	"fmt"
	"image"
	"slices"
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

// A Publisher is one stream of ours. Its methods may be called from any goroutine.
type Publisher struct {
	room *Room
	o    PublishOptions
	enc  *vp8.Encoder

	wantKey atomic.Bool
	fresh   chan struct{} // holds one token when next is set
	closing chan struct{}
	closed  sync.Once
	ended   chan struct{} // closed when the encode loop is over
	first   chan struct{} // closed when the server first knew the stream
	failed  chan error    // why it never will

	mu      sync.Mutex
	next    *shown
	track   *lksdk.LocalTrack // nil while away
	on      *link             // with track
	tried   *link             // the newest that attach was called for
	sid     string
	st      PublisherStats
	second  window
	lastKey time.Time
}

// shown is a picture that waits to be encoded.
type shown struct {
	img      *image.YCbCr
	captured time.Time
}

// Publish makes a stream and returns when the server knows it; the others hear of it
// with its first picture. While the room is away it waits until ctx ends. netvideo.ErrRole is the answer, at once, to those
// who may not show anything.
func (r *Room) Publish(ctx context.Context, o PublishOptions) (*Publisher, error) {
	if !r.mayPublish() {
		return nil, netvideo.ErrRole
	}
	o = o.withDefaults()
	enc, err := vp8.NewEncoder(vp8.EncoderOptions{Width: o.Width, Height: o.Height, FPS: o.FPS, Kbps: o.Kbps})
	if err != nil {
		return nil, fmt.Errorf("publishing %q: %w", o.Name, err)
	}
	p := &Publisher{
		room: r, o: o, enc: enc,
		fresh: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{}),
		first: make(chan struct{}), failed: make(chan error, 1),
	}
	if err := p.enlist(); err != nil {
		enc.Close()
		return nil, err
	}
	select {
	case <-p.first:
		return p, nil
	case err = <-p.failed:
	case <-ctx.Done():
		err = ctx.Err()
	case <-r.ended:
		err = netvideo.ErrClosed
	}
	_ = p.Unpublish()
	return nil, fmt.Errorf("publishing %q: %w", o.Name, err)
}

// enlist puts the publisher into its room and starts it.
func (p *Publisher) enlist() error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.leaving:
		return netvideo.ErrClosed
	default:
	}
	if r.over {
		return netvideo.ErrClosed
	}
	r.pubs = append(r.pubs, p)
	r.wg.Go(p.encode)
	if l := r.link; l != nil {
		r.wg.Go(func() { p.attach(l) })
	}
	return nil
}

// republish gives a new link everything we show.
func (r *Room) republish(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pubs {
		r.wg.Go(func() { p.attach(l) })
	}
}

// attach publishes the stream on a link.
func (p *Publisher) attach(l *link) {
	p.mu.Lock()
	twice := p.tried == l
	p.tried = l
	p.mu.Unlock()
	if twice {
		return
	}
	track, err := lksdk.NewLocalTrack(
		webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: rtpClock},
		lksdk.WithRTCPHandler(p.feedback))
	if err != nil {
		p.fail(err)
		return
	}
	track.OnBind(func() { p.wantKey.Store(true) })
	pub, err := l.sdk.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{
		Name: p.o.Name, Source: livekit.TrackSource_CAMERA, VideoWidth: p.o.Width, VideoHeight: p.o.Height,
	})
	if !p.room.isLink(l) {
		return // the next link gets it
	}
	if err != nil {
		p.fail(err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closing: // unpublished meanwhile
		_ = l.sdk.LocalParticipant.UnpublishTrack(pub.SID())
		return
	default:
	}
	p.track, p.on, p.sid = track, l, pub.SID()
	select {
	case <-p.first:
	default:
		close(p.first)
	}
}

func (p *Publisher) fail(err error) {
	select {
	case p.failed <- err:
	default:
		p.room.log.Warn("a stream could not be published again", "stream", p.o.Name, "error", err)
	}
}

// detach takes the stream off a link that is gone.
func (p *Publisher) detach() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.track, p.on, p.sid = nil, nil, ""
}

// feedback hears what the receivers send.
func (p *Publisher) feedback(packet rtcp.Packet) {
	switch packet.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		p.wantKey.Store(true)
	}
}

// Show hands over the newest picture, of the size that was published, and when the
// sensor saw it; a zero time means now. It never blocks: a picture that still waits
// to be encoded is dropped for it. img must not change afterwards.
func (p *Publisher) Show(img *image.YCbCr, captured time.Time) {
	if captured.IsZero() {
		captured = time.Now()
	}
	p.mu.Lock()
	p.st.Shown++
	if p.next != nil {
		p.st.Dropped++
	}
	p.next = &shown{img, captured}
	p.mu.Unlock()
	select {
	case p.fresh <- struct{}{}:
	default:
	}
}

// rtpClock is the clock of every video stream, in Hz (RFC 7741, 6.1).
const rtpClock = 90_000

// encode sends what is shown until the publisher is closed or its room ends. Who
// asks for a key frame while nothing new is shown gets the newest picture again.
func (p *Publisher) encode() {
	defer close(p.ended)
	defer p.enc.Close()
	again := time.NewTicker(keyFrameEvery)
	defer again.Stop()
	var c mediaClock
	var newest *shown
	for {
		var asked bool
		select {
		case <-p.closing:
			return
		case <-p.room.ended:
			return
		case <-again.C:
			if asked = newest != nil && p.wantKey.Load(); !asked {
				continue
			}
		case <-p.fresh:
		}
		p.mu.Lock()
		s, track := p.next, p.track
		p.next = nil
		if s != nil && track == nil {
			p.st.Dropped++
		}
		p.mu.Unlock()
		if s != nil {
			newest = s
		} else if asked {
			s = newest
		}
		if s != nil && track != nil {
			p.send(track, s, c.at(s.captured))
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

func (p *Publisher) send(track *lksdk.LocalTrack, s *shown, at time.Duration) {
	begun := time.Now()
	p.mu.Lock()
	if p.wantKey.Load() && begun.Sub(p.lastKey) >= keyFrameEvery {
		p.wantKey.Store(false)
		p.enc.ForceKeyFrame()
	}
	p.mu.Unlock()
	packet, err := p.enc.Encode(s.img, at)
	done := time.Now()
	if err != nil {
		p.room.log.Warn("a picture could not be encoded", "stream", p.o.Name, "error", err)
		p.mu.Lock()
		p.st.Dropped++
		p.mu.Unlock()
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
			p.room.log.Debug("a picture could not be sent", "stream", p.o.Name, "error", err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.st.Encoded++
	if packet.Key {
		p.st.KeyFrames++
		p.lastKey = done
	}
	p.second.add(sample{at: done, bytes: len(packet.Data), took: done.Sub(begun), timed: true})
}

// SetBitRate changes the target, in kbit/s, from the next picture on.
func (p *Publisher) SetBitRate(kbps int) error { return p.enc.SetBitRate(kbps) }

// Stats returns the stream's counters.
func (p *Publisher) Stats() PublisherStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.st
	s.Name = p.o.Name
	s.FPS, s.Kbps, s.EncodeTime = p.second.rates(time.Now())
	return s
}

// Unpublish takes the stream out of the room. Doing so twice does nothing.
func (p *Publisher) Unpublish() error {
	var err error
	p.closed.Do(func() {
		p.room.mu.Lock()
		p.room.pubs = slices.DeleteFunc(p.room.pubs, func(q *Publisher) bool { return q == p })
		p.room.mu.Unlock()
		p.mu.Lock()
		close(p.closing)
		on, sid := p.on, p.sid
		p.track, p.on = nil, nil
		p.mu.Unlock()
		if on != nil {
			err = on.sdk.LocalParticipant.UnpublishTrack(sid)
		}
	})
	<-p.ended
	if err != nil {
		return fmt.Errorf("unpublishing %q: %w", p.o.Name, err)
	}
	return nil
}
