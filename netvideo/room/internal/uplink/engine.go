package uplink

import (
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	// paceTimes the estimate is what packets leave at, at most: WebRTC's factor. A key
	// frame, eight times a picture or so, takes that many pictures' time on a thin line.
	paceTimes = 2.5
	// paceBurst may leave at once.
	paceBurst = 20 * time.Millisecond
	// queueMost: what waits leaves within this, however slowly it should.
	queueMost = time.Second
	// waitingMost packets wait; more are dropped, and asked for again.
	waitingMost = 4096
	// againMost packets wait to be sent again, none older than againOld: nobody waits for
	// a picture that long. They take againShare of the way at most, saved up for
	// againBurst: a fifth of all packets lost takes a quarter, and what is lost because
	// the way is full must not fill it.
	againMost  = 256
	againOld   = time.Second
	againShare = 0.3
	againBurst = 500 * time.Millisecond
	// tickEvery is how often the estimator is looked after.
	tickEvery = 50 * time.Millisecond
	// quiet: while more bits are looked for, no packet for this long is filled with a
	// small one. LiveKit says how it goes after every 20 packets, and not before.
	quiet = 30 * time.Millisecond
	// active: a stream that sent within this is alive.
	active = 500 * time.Millisecond
)

// An engine paces, numbers and repeats the packets of one peer connection.
type engine struct {
	mu      sync.Mutex
	est     *Estimator
	reader  Reader
	streams map[uint32]*stream
	lead    *stream // the newest that sent
	next    uint16  // transport-wide number
	waiting []queued
	bytes   int // that wait
	repeat  []queued
	wanted  float64 // bit/s that would be sent
	counts  map[uint32]*Counts
	burst   Burst     // what is left of a probe
	bursts  int       // its packets so far
	credit  float64   // bytes that may leave
	again   float64   // bytes that may leave again
	paid    time.Time // when credit was
	sentAt  time.Time // the newest packet of all
	mediaAt time.Time // the newest that was no padding

	wake  chan struct{}
	done  chan struct{}
	ended chan struct{}
	once  sync.Once
}

type queued struct {
	s *stream
	p *packet
}

// Counts are of one SSRC.
type Counts struct {
	NACKs  uint64 // packets that were asked for again
	Resent uint64 // packets that were sent again
}

func newEngine(now time.Time) *engine {
	e := &engine{
		est: NewEstimator(now), streams: map[uint32]*stream{}, counts: map[uint32]*Counts{}, wanted: initialRate,
		wake: make(chan struct{}, 1), done: make(chan struct{}), ended: make(chan struct{}),
	}
	go e.run()
	return e
}

// close returns when nothing is sent any more.
func (e *engine) close() {
	e.once.Do(func() { close(e.done) })
	<-e.ended
}

func (e *engine) add(s *stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.streams[s.ssrc] = s
	e.counts[s.ssrc] = &Counts{}
}

func (e *engine) remove(ssrc uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lead == e.streams[ssrc] {
		e.lead = nil
	}
	delete(e.streams, ssrc)
	delete(e.counts, ssrc)
	keep := func(all []queued) []queued {
		kept := all[:0]
		for _, q := range all {
			if q.s.ssrc != ssrc {
				kept = append(kept, q)
			}
		}
		return kept
	}
	e.waiting, e.repeat = keep(e.waiting), keep(e.repeat)
	e.bytes = 0
	for _, q := range e.waiting {
		e.bytes += q.p.size()
	}
}

// write queues a packet of a stream.
func (e *engine) write(s *stream, header *rtp.Header, payload []byte) (int, error) {
	n := header.MarshalSize() + len(payload)
	e.mu.Lock()
	if len(e.waiting) < waitingMost {
		q := queued{s, s.take(header, payload)}
		e.waiting = append(e.waiting, q)
		e.bytes += q.p.size()
	}
	e.mu.Unlock()
	e.stir()
	return n, nil
}

func (e *engine) stir() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// feedback takes what the server said of the transport.
func (e *engine) feedback(now time.Time, fb *rtcp.TransportLayerCC) {
	e.mu.Lock()
	e.est.Feedback(now, e.reader.Read(fb))
	e.mu.Unlock()
	e.stir()
}

// nack queues again what was asked for, each packet once in a round trip.
func (e *engine) nack(now time.Time, n *rtcp.TransportLayerNack) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, c := e.streams[n.MediaSSRC], e.counts[n.MediaSSRC]
	if s == nil {
		return
	}
	pause := max(e.est.RTT(), 20*time.Millisecond)
	for _, pair := range n.Nacks {
		pair.Range(func(seq uint16) bool {
			c.NACKs++
			p := s.find(seq)
			if p != nil && len(e.repeat) < againMost && now.Sub(p.again) >= pause && now.Sub(p.left) < againOld {
				p.again = now
				e.repeat = append(e.repeat, queued{s, p})
			}
			return true
		})
	}
	if len(e.repeat) > 0 {
		e.stir()
	}
}

// run sends until the engine is closed.
func (e *engine) run() {
	defer close(e.ended)
	timer := time.NewTimer(tickEvery)
	defer timer.Stop()
	var ticked time.Time
	for {
		now := time.Now()
		if now.Sub(ticked) >= tickEvery {
			ticked = now
			e.mu.Lock()
			e.est.Tick(now)
			e.mu.Unlock()
		}
		wait, more := e.step(now)
		if more {
			select {
			case <-e.done:
				return
			default:
				continue
			}
		}
		timer.Reset(wait)
		select {
		case <-e.done:
			return
		case <-e.wake:
		case <-timer.C:
		}
	}
}

// step sends one packet, if one may go now; else it says how long to wait.
func (e *engine) step(now time.Time) (wait time.Duration, more bool) {
	e.mu.Lock()
	e.probe(now)
	rate := e.pace()
	e.credit = min(e.credit+now.Sub(e.paid).Seconds()*rate/8, e.allowance(rate))
	bears, _ := e.est.Rate()
	e.again = min(e.again+againShare*now.Sub(e.paid).Seconds()*bears/8, againShare*againBurst.Seconds()*bears/8)
	e.paid = now
	if e.credit < 0 {
		wait = time.Duration(-e.credit * 8 / rate * float64(time.Second))
		e.mu.Unlock()
		return min(max(wait, 200*time.Microsecond), tickEvery), false
	}
	q, again := e.pick(now)
	if q.p == nil {
		wait = e.idle(now)
		e.mu.Unlock()
		return wait, false
	}
	header := e.stamp(q, again, now)
	e.mu.Unlock()
	_, _ = q.s.out.Write(header, q.p.payload, interceptor.Attributes{}) // what is lost is asked for
	return 0, true
}

// probe begins a burst when one is due.
func (e *engine) probe(now time.Time) {
	if e.burst.ID != 0 || e.lead == nil || now.Sub(e.mediaAt) > active {
		return
	}
	if b, ok := e.est.Probe(now, e.wanted); ok {
		e.burst, e.bursts, e.credit = b, 0, 0
	}
}

// pace is what packets leave at, in bit/s.
func (e *engine) pace() float64 {
	if e.burst.ID != 0 {
		return e.burst.Rate
	}
	rate, _ := e.est.Rate()
	return max(paceTimes*rate, float64(e.bytes)*8/queueMost.Seconds())
}

// allowance is how many bytes may be saved up for.
func (e *engine) allowance(rate float64) float64 {
	if e.burst.ID != 0 {
		return 0
	}
	return rate * paceBurst.Seconds() / 8
}

// pick takes the next packet: what is missing at the other end first, then what waits,
// then, for a probe or so that the server says something, padding.
func (e *engine) pick(now time.Time) (q queued, again bool) {
	for len(e.repeat) > 0 && now.Sub(e.repeat[0].p.left) > againOld {
		e.repeat = e.repeat[1:]
	}
	switch {
	case len(e.repeat) > 0 && e.again >= 0:
		q, e.repeat = e.repeat[0], e.repeat[1:]
		e.again -= float64(q.p.size())
		return q, true
	case len(e.waiting) > 0:
		q, e.waiting = e.waiting[0], e.waiting[1:]
		e.bytes -= q.p.size()
	case e.lead == nil:
	case e.burst.ID != 0:
		q = queued{e.lead, e.lead.pad(e.burst.Bytes/max(probePackets-e.bursts, 1) - emptyPacket)}
		if q.p == nil {
			e.burst = Burst{} // in the middle of a picture: it counts as it is
		}
	case e.seeking(now) && now.Sub(e.sentAt) >= quiet:
		q = queued{e.lead, e.lead.pad(1)}
	}
	return q, false
}

// seeking: something is sent, and more would be.
func (e *engine) seeking(now time.Time) bool {
	rate, heard := e.est.Rate()
	return e.lead != nil && now.Sub(e.mediaAt) < active && (!heard || rate < e.wanted)
}

// idle is how long there may be nothing to do.
func (e *engine) idle(now time.Time) time.Duration {
	if len(e.repeat) > 0 {
		return 5 * time.Millisecond // until more may leave again
	}
	if e.seeking(now) && e.lead.whole {
		return min(max(quiet-now.Sub(e.sentAt), time.Millisecond), tickEvery)
	}
	return tickEvery
}

// stamp numbers a packet and takes note of it. One that is sent again is what it was, to
// the byte: sealed with the same key and sequence number, it must not differ.
func (e *engine) stamp(q queued, again bool, now time.Time) *rtp.Header {
	s, p := q.s, q.p
	e.credit -= float64(p.size())
	e.sentAt = now
	number := e.next
	if again {
		number = p.number
		if c := e.counts[s.ssrc]; c != nil {
			c.Resent++
		}
	} else {
		e.next++
		p.number, p.sent, p.left = number, true, now
		s.last, s.whole = p.header, p.header.Marker || p.padding
		if !p.padding {
			e.mediaAt = now
		}
		e.lead = s
	}
	header := p.header.Clone()
	_ = header.SetExtension(s.number, []byte{byte(number >> 8), byte(number)})
	if !again {
		e.est.Sent(number, p.size(), now, e.burst.ID)
		e.bursted(p.size())
	}
	return &header
}

// bursted takes note of a packet that may belong to a burst.
func (e *engine) bursted(size int) {
	if e.burst.ID == 0 {
		return
	}
	e.bursts++
	e.burst.Bytes -= size
	if e.burst.Bytes <= 0 && e.bursts >= probePackets {
		e.burst = Burst{}
	}
}
