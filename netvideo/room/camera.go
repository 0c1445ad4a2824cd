package room

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec"
	"cutout/netvideo/codec/h264"
	"cutout/netvideo/codec/simulcast"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/room/internal/uplink"
	"cutout/netvideo/room/internal/wire"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4/pkg/media"
)

const (
	// askedEvery is how often a camera looks whether somebody asks for a picture while
	// nothing new is shown.
	askedEvery = 50 * time.Millisecond
	// restful: nothing new was shown for this long, so who asks gets the newest again.
	restful = 80 * time.Millisecond
	// waitMost: while this much waits to leave, no picture is encoded. Fewer pictures
	// come then, not later ones.
	waitMost = 250 * time.Millisecond
	// rtpClock is the clock of every video stream, in Hz (RFC 7741, 6.1).
	rtpClock = 90_000
)

// A camera is a publisher's picture.
type camera struct {
	p       *Publisher
	track   track
	enc     *simulcast.Encoder
	policy  *uplink.Policy // of the goroutine in work
	straits straits        // likewise
	layers  []*layer       // smallest first
	fresh   chan struct{}  // holds one token when next is set
	fps     atomic.Int64   // what the plan says
	h264    atomic.Bool    // else VP8

	mu     sync.Mutex
	want   uplink.Wanted
	next   *shown
	sent   *shown // the newest that was sent
	seq    uint64
	st     PublisherStats
	second window
	w, h   int
}

// shown is a picture that waits to be encoded.
type shown struct {
	img      *image.YCbCr
	captured time.Time
}

func newCamera(p *Publisher) (*camera, error) {
	n, err := layersOf(p.o)
	if err = errors.Join(err, codec.CheckSize(p.o.Width, p.o.Height), codec.CheckRates(p.o.Kbps, p.o.FPS)); err != nil {
		return nil, err
	}
	c := &camera{
		p: p, track: track{kind: netvideo.Video, muted: p.o.VideoOff}, fresh: make(chan struct{}, 1),
		w: p.o.Width, h: p.o.Height, want: uplink.Wanted{Kbps: p.o.Kbps, FPS: p.o.FPS, Layers: n},
	}
	c.policy = uplink.NewPolicy(c.want)
	c.fps.Store(int64(p.o.FPS))
	var sizes []simulcast.Layer
	for i := range n {
		scale := float64(int(1) << (n - 1 - i))
		sizes = append(sizes, simulcast.Layer{Scale: scale, Kbps: p.o.Kbps, Off: true})
		c.layers = append(c.layers, &layer{scale: scale})
	}
	c.enc, err = simulcast.New(simulcast.Options{Layers: sizes, FPS: p.o.FPS, New: c.newEncoder})
	c.h264.Store(p.o.H264)
	return c, err
}

func (c *camera) newEncoder(w, h, fps, kbps int) (codec.Encoder, error) {
	if c.h264.Load() {
		return h264.NewEncoder(h264.EncoderOptions{Width: w, Height: h, FPS: fps, Kbps: kbps})
	}
	return newVP8(w, h, fps, kbps)
}

func newVP8(w, h, fps, kbps int) (codec.Encoder, error) {
	return vp8.NewEncoder(vp8.EncoderOptions{Width: w, Height: h, FPS: fps, Kbps: kbps})
}

func (c *camera) size() (w, h int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.w, c.h
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

// take is the picture that waits, if there is one.
func (c *camera) take() *shown {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.next
	c.next = nil
	return s
}

func (c *camera) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.Dropped++
}

// work sends what is shown until the publisher is closed or its room ends. Who asks
// for a key frame while nothing new is shown gets the newest picture again.
func (c *camera) work() {
	defer func() { c.enc.Close() }()
	look := time.NewTicker(askedEvery)
	defer look.Stop()
	var clock mediaClock
	var newest *shown // that was sent, or would have been
	var came time.Time
	for {
		select {
		case <-c.p.closing:
			return
		case <-c.p.room.ended:
			return
		case <-look.C:
		case <-c.fresh:
		}
		s := c.take()
		now := time.Now()
		rested := time.Duration(0) // since a picture that is sent again came
		on, asked := c.plan(now, s)
		switch {
		case s != nil && on != nil && newest != nil && c.early(s, newest):
			c.drop()
			continue
		case s != nil:
			newest, came = s, now
			if on == nil {
				c.drop()
			}
		case asked && newest != nil && now.Sub(came) > restful:
			s, rested = newest, now.Sub(came)
		}
		if s != nil && on != nil {
			// What is sent again is stamped as it is shown, or it would look late.
			c.send(on, s, clock.at(s.captured.Add(rested)))
		}
	}
}

// early: a picture comes sooner after another than the frame rate allows.
func (c *camera) early(s, before *shown) bool {
	gap := s.captured.Sub(before.captured)
	return gap > 0 && gap < time.Second*8/10/time.Duration(c.fps.Load())
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

// send encodes a picture in the layers that are on and sends it.
func (c *camera) send(on []*lksdk.LocalTrack, s *shown, at time.Duration) {
	begun := time.Now()
	c.mu.Lock()
	c.w, c.h = s.img.Rect.Dx(), s.img.Rect.Dy()
	c.mu.Unlock()
	for i, l := range c.layers {
		if l.keyDue(begun) {
			c.enc.ForceKeyFrame(i)
		}
	}
	packets, err := c.enc.Encode(s.img, at)
	done := time.Now()
	if err != nil {
		c.p.room.log.Warn("a picture could not be encoded", "stream", c.p.o.Name, "error", err)
	}
	total, keys := 0, 0
	for i, p := range packets {
		if len(p.Data) == 0 {
			continue
		}
		c.put(on[i], p, s.captured, at)
		c.layers[i].sent(p, done)
		total += len(p.Data)
		if p.Key {
			keys = 1
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if total == 0 && err != nil {
		c.st.Dropped++
		return
	}
	c.st.Encoded++
	c.st.KeyFrames += uint64(keys)
	c.sent = s
	c.seq++
	c.second.add(sample{at: done, bytes: total, took: done.Sub(begun), timed: true})
}

// put hands one layer's picture to its track.
func (c *camera) put(track *lksdk.LocalTrack, p codec.Packet, captured time.Time, at time.Duration) {
	data := p.Data
	if !c.h264.Load() { // a NAL unit has no end but the next one's beginning
		data = wire.AppendCaptured(data, captured)
	}
	// The duration only keeps the SDK from going back in time; the stamp decides.
	err := track.WriteSample(media.Sample{
		Data:            data,
		Duration:        time.Millisecond,
		PacketTimestamp: uint32(at.Microseconds() * (rtpClock / 1000) / 1000),
	}, nil)
	if err != nil {
		c.p.room.log.Debug("a picture could not be sent", "stream", c.p.o.Name, "error", err)
	}
}

// SetBitRate changes the most that the pictures take, 1 to 100000 kbit/s, from the next
// one on.
func (p *Publisher) SetBitRate(kbps int) error {
	c := p.video
	if c == nil {
		return fmt.Errorf("the stream has no picture")
	}
	if err := codec.CheckRates(kbps, 1); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.want.Kbps = kbps
	return nil
}

// SetFrameRate changes the most pictures a second that are sent, 1 to 240.
func (p *Publisher) SetFrameRate(fps int) error {
	c := p.video
	if c == nil || fps < 1 || fps > 240 {
		return fmt.Errorf("%d pictures a second: 1 to 240 are possible, of a stream with a picture", fps)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.want.FPS = fps
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
