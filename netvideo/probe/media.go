package probe

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// A Clip is a piece of VP8 that is sent over and over: its first frame is a key frame.
type Clip struct {
	Frames        [][]byte
	FPS           int
	Width, Height int
}

// Blank is a second of VP8 as far as a server looks, 600 kbit/s: a key frame's header,
// others', and nothing behind them that a decoder would take.
func Blank() Clip {
	c := Clip{FPS: 30, Width: 64, Height: 64}
	for i := range c.FPS {
		frame := make([]byte, 2500)
		if i == 0 { // RFC 6386, 9.1
			copy(frame, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, byte(c.Width), 0, byte(c.Height), 0})
		} else {
			frame[0] = 0x11
		}
		c.Frames = append(c.Frames, frame)
	}
	return c
}

// stampSize is what Publish puts behind each frame: the time it was sent. Decoders stop
// before it, servers pass it on.
const stampSize = 8

// Publish shows the clip until ctx ends. The room must let us. Who begins to watch waits
// for the clip's next key frame: requests for one are not answered.
func (c *Client) Publish(ctx context.Context, clip Clip) error {
	if len(clip.Frames) == 0 || clip.FPS <= 0 {
		return errors.New("publish a clip: it is empty")
	}
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, by its contract since Go 1.24
	cid := hex.EncodeToString(id[:])
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, cid, "probe")
	if err != nil {
		return fmt.Errorf("publish a clip: %w", err)
	}
	p, err := c.offer(ctx, cid, clip, track)
	if err != nil {
		return fmt.Errorf("publish a clip: %w", err)
	}
	if err := p.await(ctx); err != nil {
		return err
	}
	every := time.Second / time.Duration(clip.FPS)
	begin := time.Now()
	due := time.NewTimer(0)
	defer due.Stop()
	for i := 0; ; i++ {
		// A machine that is busy makes frames late, and not fewer.
		due.Reset(time.Until(begin.Add(time.Duration(i) * every)))
		select {
		case <-ctx.Done():
			return nil
		case <-p.failed:
			return ErrNoMedia
		case <-due.C:
		}
		frame := clip.Frames[i%len(clip.Frames)]
		data := make([]byte, len(frame)+stampSize)
		copy(data, frame)
		binary.BigEndian.PutUint64(data[len(frame):], uint64(time.Now().UnixMicro()))
		if err := track.WriteSample(media.Sample{Data: data, Duration: every}); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			return fmt.Errorf("publish a clip: %w", err)
		}
	}
}

// offer tells the server of a track and connects for it.
func (c *Client) offer(ctx context.Context, cid string, clip Clip, track webrtc.TrackLocal) (*peer, error) {
	p, err := c.newPeer(livekit.SignalTarget_PUBLISHER)
	if err != nil {
		return nil, err
	}
	sid := make(chan string, 1)
	c.mu.Lock()
	second := c.pub != nil
	if !second {
		c.pub = p
		c.published[cid] = sid
	}
	c.mu.Unlock()
	if second {
		_ = p.pc.Close()
		return nil, errors.New("a clip is published already")
	}
	sender, err := p.pc.AddTrack(track)
	if err != nil {
		return nil, err
	}
	c.wg.Go(func() { // the sender's reports and requests are not acted upon
		b := make([]byte, 1500)
		for {
			if _, _, err := sender.Read(b); err != nil {
				return
			}
		}
	})
	err = c.send(ctx, &livekit.SignalRequest{Message: &livekit.SignalRequest_AddTrack{AddTrack: &livekit.AddTrackRequest{
		Cid: cid, Name: "probe", Type: livekit.TrackType_VIDEO, Source: livekit.TrackSource_CAMERA,
		Width: uint32(clip.Width), Height: uint32(clip.Height),
	}}})
	if err != nil {
		return nil, err
	}
	select {
	case <-sid:
	case <-ctx.Done():
		return nil, fmt.Errorf("the server does not take it: %w", ctx.Err())
	}
	offer, err := p.pc.CreateOffer(nil)
	if err == nil {
		err = p.pc.SetLocalDescription(offer)
	}
	if err != nil {
		return nil, err
	}
	return p, c.send(ctx, &livekit.SignalRequest{Message: &livekit.SignalRequest_Offer{
		Offer: &livekit.SessionDescription{Type: offer.Type.String(), Sdp: offer.SDP},
	}})
}

// Received is what came in since the last time it was asked for.
type Received struct {
	Streams int // there are, not since
	Packets int
	Bytes   int
	Frames  int
	Lost    int           // packets that never came, or not yet
	Late    int           // frames that took more than Lateness
	Mean    time.Duration // a frame's way through the server, right on one machine
	Worst   time.Duration
}

// Lateness is when a picture is late: a conversation begins to suffer at 150 ms, from
// eye to eye, and the server is only a part of the way.
const Lateness = 100 * time.Millisecond

// Add sums up what two clients received.
func (r Received) Add(o Received) Received {
	mean := time.Duration(0)
	if n := r.Frames + o.Frames; n > 0 {
		mean = (r.Mean*time.Duration(r.Frames) + o.Mean*time.Duration(o.Frames)) / time.Duration(n)
	}
	return Received{
		Streams: r.Streams + o.Streams, Packets: r.Packets + o.Packets, Bytes: r.Bytes + o.Bytes, Frames: r.Frames + o.Frames,
		Lost: r.Lost + o.Lost, Late: r.Late + o.Late, Mean: mean, Worst: max(r.Worst, o.Worst),
	}
}

// Received is what came since the last call.
func (c *Client) Received() Received { return c.meter.take() }

// A meter counts what comes in.
type meter struct {
	mu  sync.Mutex
	sum Received
	way time.Duration // of all frames
}

func (m *meter) take() Received {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.sum
	if r.Frames > 0 {
		r.Mean = m.way / time.Duration(r.Frames)
	}
	m.sum, m.way = Received{Streams: r.Streams}, 0
	return r
}

// read counts a track until it ends.
func (m *meter) read(t *webrtc.TrackRemote) {
	m.mu.Lock()
	m.sum.Streams++
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.sum.Streams--
		m.mu.Unlock()
	}()
	var h rtp.Header
	var next uint16
	begun := false
	b := make([]byte, 2000)
	for {
		n, _, err := t.Read(b)
		if err != nil {
			return
		}
		size, err := h.Unmarshal(b[:n])
		if err != nil {
			continue
		}
		now := time.Now()
		m.mu.Lock()
		m.sum.Packets++
		m.sum.Bytes += n
		switch ahead := h.SequenceNumber - next; {
		case !begun || ahead == 0:
			next = h.SequenceNumber + 1
		case ahead < 1<<15:
			m.sum.Lost += int(ahead)
			next = h.SequenceNumber + 1
		default:
			m.sum.Lost-- // it came after all
		}
		begun = true
		if h.Marker && n-size >= stampSize {
			m.frame(now, binary.BigEndian.Uint64(b[n-stampSize:n]))
		}
		m.mu.Unlock()
	}
}

func (m *meter) frame(now time.Time, stamp uint64) {
	way := now.Sub(time.UnixMicro(int64(stamp)))
	m.sum.Frames++
	if way < 0 || way > time.Minute {
		return // not stamped by us, or by another clock
	}
	m.way += way
	m.sum.Worst = max(m.sum.Worst, way)
	if way > Lateness {
		m.sum.Late++
	}
}
