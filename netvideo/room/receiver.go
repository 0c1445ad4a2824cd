package room

import (
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/internal/jitter"
	"cutout/netvideo/room/internal/wire"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const (
	// freezeAfter is the gap between two pictures that counts as a freeze.
	freezeAfter = 500 * time.Millisecond
	// peek is how often a receiver looks for what was sent again while packets are
	// missing: pion hands such packets out with the next Read only (webrtc v4.2.16,
	// track_remote.go, Read), which without a deadline is one picture later.
	peek = 3 * time.Millisecond
	// maxHold is the most a picture is held for an even pace: more is a talk with gaps.
	maxHold = 500 * time.Millisecond
	// covered is the share of pictures that are waited for, in percent: at 1 % loss three
	// in a hundred come late by what a repetition takes, and to be ready for those would
	// hold all others by as much.
	covered = 95
	// unseen is by how much a picture may be late without anyone seeing it: a quarter of
	// a display's refresh.
	unseen = 4 * time.Millisecond
	// mtu is the longest packet that is read.
	mtu = 1500
)

// A receiver turns one track's packets into pictures: one goroutine reads and
// assembles, another decodes when it is time and hands on.
type receiver struct {
	track   *webrtc.TrackRemote
	sid     string
	seq     uint64 // of the newest picture, before start
	write   func([]rtcp.Packet)
	plea    plea
	queue   *frameQueue
	asm     *wire.Assembler // of the goroutine in read, but for Recycle
	stopped atomic.Bool
	newest  atomic.Pointer[netvideo.Picture]
	offset  atomic.Int64 // how far the publisher's clock is ahead of ours, ns
	every   atomic.Int64 // the least time between two pictures that are handed on, ns
	rtt     atomic.Int64 // as the transport measured it last, ns; 0 unknown

	deadline sync.Mutex // of the track; held to change it

	mu      sync.Mutex
	playout *jitter.Playout
	sender  wire.SenderClock
	needKey bool
	muted   bool
	frozen  bool      // the present gap is counted
	black   time.Time // since when all pictures are black; zero when they are not
	looked  time.Time // when one was looked at for that
	last    time.Time // the newest picture, or when the receiver began
	came    time.Time // the newest frame, decodable or not; zero before the first
	off     bool      // not wanted now
	counts  wire.Counts
	total   netvideo.StreamStats // counters alone
	trip    time.Duration
	second  window // pictures handed on
	bytes   window // frames decoded
	latest  shownAt
}

// shownAt is when a picture was handed on, for lip sync.
type shownAt struct {
	stamp    uint32
	captured time.Time
	at       time.Time
}

func newReceiver(track *webrtc.TrackRemote, sid string, pli func(), write func([]rtcp.Packet)) *receiver {
	return &receiver{track: track, sid: sid, write: write, plea: plea{send: pli}, queue: newFrameQueue(),
		asm: wire.NewAssembler(codecOf(track.Codec().MimeType)), playout: jitter.New(rtpClock, covered, unseen, maxHold),
		needKey: true, last: time.Now()}
}

// codecOf is the codec of a MIME type that decodes reports as one of ours.
func codecOf(mime string) wire.Codec {
	if strings.EqualFold(mime, webrtc.MimeTypeH264) {
		return wire.H264
	}
	return wire.VP8
}

// start begins to receive; the goroutines end after stop, or with the track.
func (rx *receiver) start(wg *sync.WaitGroup) {
	rx.plea.ask(time.Now(), 0)
	wg.Go(rx.read)
	wg.Go(rx.decode)
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
	rx.setDeadline(time.Now())
}

// setDeadline bounds how long a Read waits; once stopped, none waits at all.
func (rx *receiver) setDeadline(t time.Time) {
	rx.deadline.Lock()
	defer rx.deadline.Unlock()
	if rx.stopped.Load() {
		t = time.Now()
	}
	_ = rx.track.SetReadDeadline(t)
}

// read ends when the track does.
func (rx *receiver) read() {
	defer rx.queue.close()
	var p rtp.Packet
	var asks []uint16
	buf := make([]byte, mtu)
	payload := rx.track.PayloadType()
	hurried := false
	for !rx.stopped.Load() {
		if missing := rx.asm.Missing(); missing {
			rx.setDeadline(time.Now().Add(peek))
			hurried = true
		} else if hurried {
			rx.setDeadline(time.Time{})
			hurried = false
		}
		n, _, err := rx.track.Read(buf)
		now := time.Now()
		switch {
		case err == nil:
			if p.Unmarshal(buf[:n]) != nil {
				continue // no RTP
			}
			if pt := webrtc.PayloadType(p.PayloadType); pt != payload {
				payload, rx.asm.Codec = pt, codecOf(rx.track.Codec().MimeType)
			}
			rx.asm.Push(wire.Packet{Seq: p.SequenceNumber, Stamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload}, now, rx.enqueue)
		case !timedOut(err):
			return
		}
		rx.asm.MaxWait = rx.asm.Useful()
		rx.asm.Wait(now, rx.enqueue)
		if asks = rx.asm.Ask(asks[:0], now); len(asks) > 0 {
			ssrc := uint32(rx.track.SSRC())
			rx.write([]rtcp.Packet{&rtcp.TransportLayerNack{SenderSSRC: ssrc, MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(asks)}})
		}
		rx.exchange()
	}
}

func timedOut(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// exchange passes on what the ends of the receiver know.
func (rx *receiver) exchange() {
	if rtt := rx.rtt.Swap(0); rtt > 0 {
		rx.asm.SetRTT(time.Duration(rtt))
	}
	rx.mu.Lock()
	rx.counts, rx.trip = rx.asm.Counts(), rx.asm.RTT()
	rx.mu.Unlock()
}

// enqueue never blocks.
func (rx *receiver) enqueue(f wire.Frame) {
	rx.mu.Lock()
	due := rx.playout.Arrive(f.Stamp, f.Came)
	rx.came = f.Came
	rx.mu.Unlock()
	dropped := rx.queue.put(waitingFrame{f, due})
	for _, d := range dropped {
		rx.asm.Recycle(d.Data)
	}
	if len(dropped) > 0 {
		rx.mu.Lock()
		rx.total.Skipped += uint64(len(dropped))
		rx.mu.Unlock()
	}
}

// report takes note of what the server says of the publisher's clock.
func (rx *receiver) report(sr *rtcp.SenderReport) {
	if webrtc.SSRC(sr.SSRC) != rx.track.SSRC() {
		return
	}
	rx.mu.Lock()
	defer rx.mu.Unlock()
	rx.sender.Report(sr.NTPTime, sr.RTPTime, time.Now())
	rx.sender.Packets(sr.PacketCount)
}

// reports is when the server last reported, and when it last reported more packets.
func (rx *receiver) reports() (reported, moved time.Time) {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	return rx.sender.Reported(), rx.sender.Moved()
}

// lastFrame is when the newest frame came, decodable or not.
func (rx *receiver) lastFrame() time.Time {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	return rx.came
}

// flows reports whether pictures keep coming.
func (rx *receiver) flows(now time.Time) bool {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	perSecond, _, _ := rx.bytes.rates(now)
	return perSecond >= flowing
}

// blackFor is how long all pictures have been black.
func (rx *receiver) blackFor(now time.Time) time.Duration {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	if rx.black.IsZero() {
		return 0
	}
	return now.Sub(rx.black)
}

// frozenAfter is how long nothing has come when a picture is no longer live: a
// publisher that shows the same again sends nothing for a while, too.
const frozenAfter = troubleAfter

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
		rx.total.Freezes++
	}
}

// tick does what time asks for.
func (rx *receiver) tick(now time.Time, rtt time.Duration) {
	rx.rtt.Store(int64(rtt))
	rx.mu.Lock()
	rx.freeze(now)
	stuck := rx.needKey && !rx.muted && !rx.off
	trip := rx.trip
	rx.mu.Unlock()
	if stuck {
		rx.plea.ask(now, trip)
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
	s := rx.total
	s.LostPackets, s.Recovered, s.RoundTrip = rx.counts.Lost, rx.counts.Recovered, rx.trip
	s.JitterDelay, s.KeyFrameRequests = rx.playout.Delay(), rx.plea.count()
	s.FPS, _, s.Latency = rx.second.rates(now)
	_, s.Kbps, s.DecodeTime = rx.bytes.rates(now)
	return s
}
