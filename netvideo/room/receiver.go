package room

import (
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/room/internal/wire"

	"github.com/pion/webrtc/v4"
)

const (
	// lossWait is how long a missing packet is waited for: the SDK asks for it again
	// and the server has it, so one round trip and a bit.
	lossWait = 120 * time.Millisecond
	// keyWait is how long a key frame that was asked for may take before it is asked
	// for again.
	keyWait = 500 * time.Millisecond
	// freezeAfter is the gap between two pictures that counts as a freeze.
	freezeAfter = 500 * time.Millisecond
	// frameQueue is how many frames may wait for the decoder: half a second.
	frameQueue = 16
)

// A receiver turns one track's packets into pictures: one goroutine reads and
// assembles, another decodes.
type receiver struct {
	track   *webrtc.TrackRemote
	sid     string
	seq     uint64 // of the newest picture, before start
	pli     func()
	frames  chan wire.Frame
	stopped atomic.Bool
	newest  atomic.Pointer[netvideo.Picture]
	offset  atomic.Int64 // how far the publisher's clock is ahead of ours, ns
	every   atomic.Int64 // the least time between two pictures that are handed on, ns

	mu      sync.Mutex
	needKey bool
	asked   time.Time // when a key frame was last asked for
	muted   bool
	frozen  bool // the present gap is counted
	freezes uint64
	lost    uint64
	last    time.Time // the newest picture, or when the receiver began
	came    time.Time // the newest frame, decodable or not; zero before the first
	off     bool      // not wanted now
	second  window    // pictures handed on
	bytes   window    // frames decoded
}

func newReceiver(track *webrtc.TrackRemote, sid string, pli func()) *receiver {
	return &receiver{track: track, sid: sid, pli: pli, frames: make(chan wire.Frame, frameQueue), needKey: true, last: time.Now()}
}

// start begins to receive; the goroutines end after stop, or with the track.
func (rx *receiver) start(wg *sync.WaitGroup) error {
	dec, err := vp8.NewDecoder(vp8.DecoderOptions{})
	if err != nil {
		return err
	}
	rx.askKey(time.Now())
	wg.Go(rx.read)
	wg.Go(func() {
		defer dec.Close()
		rx.decode(dec)
	})
	return nil
}

// ask takes note of what is wanted.
func (rx *receiver) ask(w wants) {
	every := int64(0)
	if fps := w.rate(); fps > 0 {
		every = int64(float64(time.Second) / fps)
	}
	rx.every.Store(every)
	rx.mu.Lock()
	defer rx.mu.Unlock()
	if rx.off && w.wantsVideo() { // what was missed meanwhile is missed
		rx.needKey, rx.last = true, time.Now()
	}
	rx.off = !w.wantsVideo()
}

func (rx *receiver) stop() {
	rx.stopped.Store(true)
	_ = rx.track.SetReadDeadline(time.Now())
}

// read ends when the track does.
func (rx *receiver) read() {
	defer close(rx.frames)
	a := wire.Assembler{MaxWait: lossWait}
	for !rx.stopped.Load() {
		p, _, err := rx.track.ReadRTP()
		if err != nil {
			return
		}
		a.Push(p, time.Now(), rx.enqueue)
		rx.mu.Lock()
		rx.lost = a.Lost()
		rx.mu.Unlock()
	}
}

// enqueue never blocks: when the decoder is behind, what waits is let go and the
// picture begins anew with a key frame.
func (rx *receiver) enqueue(f wire.Frame) {
	select {
	case rx.frames <- f:
		return
	default:
	}
	for {
		select {
		case <-rx.frames:
			continue
		default:
		}
		break
	}
	f.Broken = true
	rx.frames <- f // there is room: nobody else sends
}

func (rx *receiver) decode(dec *vp8.Decoder) {
	seq := rx.seq
	for f := range rx.frames {
		if rx.stopped.Load() {
			continue
		}
		data, captured := wire.CutCaptured(f.Data)
		if !rx.wants(f.Broken, vp8.IsKey(data)) {
			continue
		}
		img, err := dec.Decode(data)
		now := time.Now()
		if err != nil {
			rx.mu.Lock()
			rx.needKey = true
			rx.mu.Unlock()
			rx.askKey(now)
			continue
		}
		// The server closes a muted or ending track with black pictures of 8x8.
		if img == nil || (img.Rect.Dx() <= 8 && img.Rect.Dy() <= 8) {
			continue
		}
		seq++
		rx.decoded(now, len(f.Data))
		if shown := rx.newest.Load(); shown != nil && now.Sub(shown.Decoded) < time.Duration(rx.every.Load())*9/10 {
			continue // more often than wanted
		}
		pic := &netvideo.Picture{Image: img, Seq: seq, Captured: captured, Decoded: now}
		rx.newest.Store(pic)
		rx.count(pic)
	}
}

// wants decides whether a frame is worth decoding.
func (rx *receiver) wants(broken, key bool) bool {
	rx.mu.Lock()
	rx.came = time.Now()
	if broken {
		rx.needKey = true
	}
	if key {
		rx.needKey = false
	}
	need := rx.needKey
	rx.mu.Unlock()
	if need {
		rx.askKey(time.Now())
	}
	return !need
}

// askKey asks the publisher for a key frame, unless it was just asked.
func (rx *receiver) askKey(now time.Time) {
	rx.mu.Lock()
	if now.Sub(rx.asked) < keyWait {
		rx.mu.Unlock()
		return
	}
	rx.asked = now
	rx.mu.Unlock()
	rx.pli()
}

// decoded takes note of a decoded frame, handed on or not.
func (rx *receiver) decoded(now time.Time, size int) {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	rx.freeze(now)
	rx.last, rx.frozen = now, false
	rx.bytes.add(sample{at: now, bytes: size})
}

// count takes note of a picture that was handed on.
func (rx *receiver) count(p *netvideo.Picture) {
	s := sample{at: p.Decoded}
	if !p.Captured.IsZero() {
		s.took = p.Decoded.Sub(p.Captured) + time.Duration(rx.offset.Load())
		s.timed = true
	}
	rx.mu.Lock()
	defer rx.mu.Unlock()
	rx.second.add(s)
}

// frozenAfter is how long nothing has come when a picture is no longer live: a
// publisher that shows the same again sends nothing for a while, too.
const frozenAfter = 2 * time.Second

// noPicture is why what comes makes no live picture.
func (rx *receiver) noPicture(now time.Time) netvideo.NoPicture {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	switch {
	case rx.needKey && !rx.came.IsZero() && now.Sub(rx.came) < frozenAfter:
		return netvideo.AwaitingKeyFrame
	case rx.newest.Load() == nil:
		return netvideo.AwaitingFirst
	case now.Sub(rx.last) > frozenAfter:
		return netvideo.Frozen
	}
	return netvideo.PictureLive
}

// freeze counts the gap that now ends or goes on, once.
func (rx *receiver) freeze(now time.Time) {
	if !rx.frozen && !rx.muted && !rx.off && rx.newest.Load() != nil && now.Sub(rx.last) > freezeAfter {
		rx.frozen = true
		rx.freezes++
	}
}

// tick does what time asks for.
func (rx *receiver) tick(now time.Time) {
	rx.mu.Lock()
	rx.freeze(now)
	stuck := rx.needKey && !rx.muted && !rx.off
	rx.mu.Unlock()
	if stuck {
		rx.askKey(now)
	}
}

func (rx *receiver) setMuted(muted bool) {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	if rx.muted && !muted {
		rx.last = time.Now() // being muted is no freeze
	}
	rx.muted = muted
}

func (rx *receiver) stats(now time.Time) netvideo.StreamStats {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	s := netvideo.StreamStats{Freezes: rx.freezes, LostPackets: rx.lost}
	s.FPS, _, s.Latency = rx.second.rates(now)
	_, s.Kbps, _ = rx.bytes.rates(now)
	return s
}
