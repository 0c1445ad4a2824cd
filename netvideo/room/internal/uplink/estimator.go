package uplink

import (
	"math"
	"time"
)

const (
	// ledgerSize is how many packets that were sent are remembered: a second of 40 Mbit/s.
	ledgerSize = 4096
	// Rates in bit/s: of a fresh estimate, and its borders.
	initialRate = 600_000
	minRate     = 40_000
	maxRate     = 20_000_000
	// decreaseTo of what gets through is what is sent after too much was
	// (draft-ietf-rmcat-gcc-02, 5.5).
	decreaseTo = 0.85
	// increaseBy in a second, far from what was too much (draft-ietf-rmcat-gcc-02, 5.5).
	increaseBy = 1.08
	// rateWindow is how long what gets through is measured for (same section).
	rateWindow = 500 * time.Millisecond
	// queueReal is the delay beyond the least there is that makes a queue of what may
	// else be a scheduler's whim; queueLong is too much whatever the trend.
	queueReal = 15 * time.Millisecond
	queueLong = 200 * time.Millisecond
	// queueTail of a feedback's packets tells how long the queue is now.
	queueTail = 150 * time.Millisecond
	// baseWindow is how long the least delay is remembered, twice: clocks drift apart,
	// and ways change.
	baseWindow = 10 * time.Second
	// LiveKit speaks of packets when it got more than answerPackets of them since it
	// last did, and not before answerEvery (livekit-server 1.13.3, pkg/sfu/buffer).
	answerPackets = 20
	answerEvery   = 100 * time.Millisecond
	// overdueMost: an answer that is later than this is bad news. No less than
	// overdueFloor of what was sent is then sent.
	overdueMost  = 120 * time.Millisecond
	overdueFloor = 0.6
)

// A record is a packet that was sent.
type record struct {
	seq         uint16
	known, lost bool
	size        int
	sent        time.Duration // since the estimator's epoch
	probe       int           // 0: of no probe
}

// An Estimator learns how many bits a second get through. It is pure: all times are
// handed in. One goroutine at a time uses it.
type Estimator struct {
	epoch  time.Time
	sent   [ledgerSize]record
	trend  trend
	losses losses
	probe  probing
	train  train

	rate     float64 // the estimate, bit/s
	heard    bool
	through  []delivery // of the last rateWindow
	acked    float64    // bit/s that got through
	capacity capacity
	drain    drain
	least    [2]time.Duration // the least delay of this and the last baseWindow
	leastAt  time.Duration
	queue    time.Duration // beyond the least delay, now
	rtt      time.Duration

	lastDecrease, lastIncrease time.Duration
	beforeOverdue, floor       float64 // the rate before an answer was late, 0 when none is; the least until it comes
	newest, told               uint16  // sent last; spoken of last
}

type delivery struct {
	at   time.Duration
	bits float64
}

// NewEstimator makes one; now is any time before the first packet's.
func NewEstimator(now time.Time) *Estimator {
	e := &Estimator{epoch: now, trend: newTrend(), rate: initialRate}
	e.least = [2]time.Duration{math.MaxInt64, math.MaxInt64}
	return e
}

// Sent takes note of a packet: its transport-wide number, its size in bytes and when it
// left. probe is what Probe returned when the packet belongs to one, else 0.
func (e *Estimator) Sent(seq uint16, size int, at time.Time, probe int) {
	r := record{seq: seq, known: true, size: size, sent: at.Sub(e.epoch), probe: probe}
	e.sent[int(seq)%ledgerSize] = r
	e.newest = seq
	e.probe.sent(r)
}

// Feedback takes what the server said at now.
func (e *Estimator) Feedback(now time.Time, results []Result) {
	at := now.Sub(e.epoch)
	var got, lost int
	news := false
	var arrived []Result
	for _, r := range results {
		p := &e.sent[int(r.Seq)%ledgerSize]
		if !p.known || p.seq != r.Seq {
			continue // never sent, or spoken of before
		}
		if !e.heard || int16(r.Seq-e.told) > 0 {
			e.heard, e.told = true, r.Seq
		}
		news = true
		if !r.Arrived {
			switch {
			case p.lost:
			case p.probe == 0:
				lost++
			case p.probe == e.probe.id: // that is no loss: it was more than is sent else
				e.probe.lost++
			}
			p.lost = true
			continue
		}
		p.known = false
		e.drain.arrived(p.sent, p.size)
		if p.lost {
			continue // it came late, or again: it counted already, and says nothing of the way
		}
		e.through = append(e.through, delivery{r.At, float64(p.size) * 8})
		if p.probe == 0 {
			got++
		}
		e.trend.packet(p.sent, r.At)
		e.probe.arrived(p, r.At)
		if e.train.packet(p.sent, r.At, p.size, e.rate) && !e.probe.open {
			e.probe.pause = probeNext
		}
		arrived = append(arrived, r)
	}
	if !news {
		return
	}
	if len(arrived) > 0 {
		e.measure(at, arrived)
	}
	if e.beforeOverdue > 0 && e.queue <= queueReal { // the answer was late, not the packets
		e.rate = max(e.rate, e.beforeOverdue)
	}
	e.beforeOverdue = 0
	e.losses.add(at, got, lost)
	if rate, ok := e.probe.result(at, e.rate); ok {
		e.probed(at, rate)
	}
	e.control(at)
}

// measure has the round trip, the queue and the rate that gets through from packets
// that arrived.
func (e *Estimator) measure(now time.Duration, arrived []Result) {
	newest := arrived[0].At
	for _, r := range arrived {
		newest = max(newest, r.At)
	}
	queue, rtt := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for _, r := range arrived {
		p := &e.sent[int(r.Seq)%ledgerSize]
		delay := r.At - p.sent
		e.least[0] = min(e.least[0], delay)
		if newest-r.At <= queueTail {
			queue = min(queue, delay)
		}
		rtt = min(rtt, now-p.sent-(newest-r.At))
	}
	e.queue = queue - min(e.least[0], e.least[1])
	if e.drain.fails(e.queue) && e.trend.usage != over {
		e.longer(queue)
	}
	e.rtt = max(rtt, 0)
	if now-e.leastAt > baseWindow {
		e.least[1], e.least[0], e.leastAt = e.least[0], math.MaxInt64, now
	}
	old := 0
	for old < len(e.through) && newest-e.through[old].at > rateWindow {
		old++
	}
	e.through = e.through[old:]
	var bits float64
	for _, d := range e.through[1:] {
		bits += d.bits
	}
	if span := newest - e.through[0].at; span >= rateWindow/5 {
		e.acked = bits / span.Seconds()
	}
}

// longer believes that the least delay there is now: what looked like a queue does not
// drain.
func (e *Estimator) longer(least time.Duration) {
	e.least = [2]time.Duration{least, least}
	e.queue, e.capacity, e.drain = 0, capacity{}, drain{}
	e.lastDecrease, e.probe.pause = 0, probeNext
}

// control moves the estimate (draft-ietf-rmcat-gcc-02, 5.5 and 6).
func (e *Estimator) control(at time.Duration) {
	congested := e.trend.usage == over && e.queue > queueReal || e.queue > queueLong && e.trend.usage != under
	pause := min(max(e.rtt, 50*time.Millisecond), time.Second) + 150*time.Millisecond
	switch {
	case congested && at-e.lastDecrease >= pause && e.acked > 0:
		e.capacity.add(e.acked)
		e.drain = drain{since: at, last: at, queue: e.queue, bps: e.acked}
		e.rate = clamp(min(decreaseTo*e.acked, e.rate*0.97))
		e.lastDecrease, e.lastIncrease = at, at
		e.trend.usage = normal
		e.probe.failed(at)
	case congested, e.trend.usage == under && e.queue > queueReal: // it drains
		e.lastIncrease = at
	default:
		e.increase(at)
	}
	if e.queue <= queueReal {
		e.drain = drain{}
	}
	if cut, ok := e.losses.cut(at, e.rate, e.acked, e.queue); ok && e.queue <= queueLong {
		e.rate = clamp(cut)
		e.probe.failed(at)
	}
}

func (e *Estimator) increase(at time.Duration) {
	dt := min(at-e.lastIncrease, time.Second).Seconds()
	e.lastIncrease = at
	if e.losses.share > lossHold+e.losses.inherent || e.rate > 1.5*e.acked+20_000 {
		return // losses say wait; or so little is sent that nothing was learnt
	}
	if e.capacity.near(e.acked) {
		// About a packet in the time an answer takes, but not all of a thin line at once.
		e.rate = clamp(e.rate + dt*max(4000, min(1200*8/(e.rtt.Seconds()+0.1), 0.05*e.rate)))
		return
	}
	e.rate = clamp(e.rate * math.Pow(increaseBy, dt))
}

// probed takes what a probe found to get through.
func (e *Estimator) probed(at time.Duration, rate float64) {
	if lost := float64(e.probe.lost) / float64(e.probe.got+e.probe.lost); rate > probeWorth*e.rate {
		e.losses.spared(lost)
	}
	if rate > e.rate {
		e.rate = clamp(rate)
		e.lastIncrease = at
		if !e.capacity.near(rate) {
			e.capacity = capacity{}
		}
	}
}

// Tick is called many times a second: an answer of the server's that is due and does not
// come says that packets wait on their way, before the answer that says so can be here.
// No more can have got through by now than makes it answer. In a cut it is not forgotten
// what the way bore: there is a floor.
func (e *Estimator) Tick(now time.Time) {
	at := now.Sub(e.epoch)
	n, ok := e.answered()
	if !ok {
		return
	}
	// There and back, if packets wait no longer than they did.
	begun := e.sent[int(e.told)%ledgerSize].sent + e.rtt
	if at < e.sent[int(e.told+uint16(n))%ledgerSize].sent+e.rtt+overdueMost {
		return
	}
	var most, all float64
	for i := 1; i <= int(e.newest-e.told); i++ {
		bits := float64(e.sent[int(e.told+uint16(i))%ledgerSize].size) * 8
		if all += bits; i <= n {
			most += bits
		}
	}
	span := (at - begun).Seconds()
	if e.beforeOverdue == 0 {
		e.beforeOverdue, e.floor = e.rate, overdueFloor*min(e.rate, all/span)
	}
	e.rate = clamp(max(min(e.rate, most/span), min(e.rate, e.floor)))
}

// answered is how many packets after the one that was spoken of last make the server
// speak again; ok is false when so many were not sent.
func (e *Estimator) answered() (n int, ok bool) {
	sent := int(e.newest - e.told)
	if !e.heard || sent >= ledgerSize {
		return 0, false
	}
	last := e.sent[int(e.told)%ledgerSize].sent
	for n = int(answerPackets/(1-min(e.losses.share, 0.5))) + 1; n <= sent; n++ {
		if e.sent[int(e.told+uint16(n))%ledgerSize].sent-last >= answerEvery {
			return n, true
		}
	}
	return 0, false
}

// Rate is how many bits a second get through; known is false before the server said
// anything.
func (e *Estimator) Rate() (bps float64, known bool) { return e.rate, e.heard }

// Loss is the share of packets that were lost lately, 0 to 1.
func (e *Estimator) Loss() float64 { return e.losses.share }

// RTT is the time to the server and back; 0 while unknown.
func (e *Estimator) RTT() time.Duration { return e.rtt }

// Queue is how long packets wait on their way, beyond the least there is.
func (e *Estimator) Queue() time.Duration { return e.queue }

func clamp(rate float64) float64 { return min(max(rate, minRate), maxRate) }

// capacity is what got through when too much was sent.
type capacity struct{ mean, deviation float64 }

func (c *capacity) add(rate float64) {
	if c.mean == 0 || math.Abs(rate-c.mean) > 3*c.spread() {
		*c = capacity{mean: rate, deviation: 0.1}
		return
	}
	const alpha = 0.05 // draft-ietf-rmcat-gcc-02, 5.5
	off := (rate - c.mean) / c.mean
	c.mean += alpha * (rate - c.mean)
	c.deviation = min(max((1-alpha)*c.deviation+alpha*math.Abs(off), 0.02), 0.2)
}

func (c *capacity) spread() float64 { return c.mean * c.deviation }

// near: a rate may be all there is.
func (c *capacity) near(rate float64) bool {
	return c.mean > 0 && rate > c.mean-3*c.spread() && rate < c.mean+3*c.spread()
}
