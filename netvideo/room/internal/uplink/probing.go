package uplink

import "time"

const (
	// probeTimes the estimate is what a probe is sent at.
	probeTimes = 2.0
	// probeFirst is what the very first is sent at, as WebRTC does.
	probeFirst = 3.0
	// A probe lasts probeFor, and has as many packets as make the server speak of them.
	probeFor     = 40 * time.Millisecond
	probePackets = answerPackets + 1
	// probeShare of a probe's packets must have been spoken of, and that share of those
	// have arrived, for it to tell anything.
	probeShare = 0.7
	// A probe that finds probeWorth times as much as was known went well.
	probeWorth = 1.25
	// probeWait is how long their news are waited for.
	probeWait = 1500 * time.Millisecond
	// From one probe to the next: probeNext after one that went well, or when pictures
	// come through as if there were more; else twice as long as before, from probeSoon up
	// to probeLate: a way that is wide again is found within that.
	probeNext = 100 * time.Millisecond
	probeSoon = 800 * time.Millisecond
	probeLate = 2 * time.Second
	// A train is packets that left within trainSpan, trainBytes of them at least after
	// the first. When trainsMany in a row come trainTimes faster than the estimate, there
	// may be more.
	trainSpan  = 10 * time.Millisecond
	trainBytes = 600
	trainTimes = 2.0
	trainsMany = 2
)

// A train is packets that left together: on a narrow way they come one by one.
type train struct {
	sent, first, last time.Duration
	bytes             int // after the first
	fast              int // trains in a row that came faster than the estimate
}

// packet adds one that arrived, in the order they were sent. It reports whether the
// newest trains came so fast that there may be more than rate, in bit/s.
func (t *train) packet(sent, arrived time.Duration, size int, rate float64) bool {
	if sent-t.sent <= trainSpan && sent >= t.sent {
		t.last = max(t.last, arrived)
		t.bytes += size
		return false
	}
	if t.bytes >= trainBytes {
		if float64(t.bytes)*8 > trainTimes*rate*(t.last-t.first).Seconds() {
			t.fast++
		} else {
			t.fast = 0
		}
	}
	*t = train{sent: sent, first: arrived, last: arrived, fast: t.fast}
	return t.fast >= trainsMany
}

// A Burst is packets to be sent faster than the estimate, to see whether they get
// through.
type Burst struct {
	ID    int     // for Estimator.Sent
	Rate  float64 // bit/s
	Bytes int     // in all
}

// probing is the burst that was sent last.
type probing struct {
	id                                   int // the newest; 0: none yet
	open                                 bool
	begun                                time.Duration // when it was asked for
	pause                                time.Duration // before the next
	rate                                 float64
	n, got, lost                         int // sent, arrived, said not to have
	sentFirst, sentLast, atFirst, atLast time.Duration
	firstSize, lastSize                  int // of the first that arrived; of the last sent
	bytes, gotBytes                      int
}

// Probe returns a burst to send now; ok is false when none is due. wanted is what would
// be sent if it got through, in bit/s: nothing is probed beyond it.
func (e *Estimator) Probe(now time.Time, wanted float64) (_ Burst, ok bool) {
	at := now.Sub(e.epoch)
	p := &e.probe
	if p.open && at-p.begun > probeWait {
		p.failed(at)
	}
	first := p.id == 0
	if p.open || e.beforeOverdue > 0 || !first && (e.rate >= wanted || !e.heard || at-p.begun < p.pause || e.queue > queueReal) {
		return Burst{}, false
	}
	if e.heard && at-e.lastDecrease < 2*e.rtt+probeSoon/2 {
		return Burst{}, false
	}
	times := probeTimes
	if first {
		times = probeFirst
	}
	rate := min(times*e.rate, max(1.2*wanted, 1.2*e.rate))
	*p = probing{id: p.id + 1, open: true, begun: at, pause: max(p.pause, probeSoon), rate: rate}
	return Burst{ID: p.id, Rate: rate, Bytes: int(rate * probeFor.Seconds() / 8)}, true
}

func (p *probing) sent(r record) {
	if r.probe == 0 || r.probe != p.id {
		return
	}
	if p.n == 0 {
		p.sentFirst = r.sent
	}
	p.n++
	p.sentLast, p.lastSize = r.sent, r.size
	p.bytes += r.size
}

func (p *probing) arrived(r *record, at time.Duration) {
	if r.probe == 0 || r.probe != p.id || !p.open {
		return
	}
	if p.got == 0 {
		p.atFirst, p.firstSize = at, r.size
	}
	p.got++
	p.gotBytes += r.size
	p.atLast = max(p.atLast, at)
}

// result is the rate that the burst got through at, once enough of it has; before is
// the estimate so far.
func (p *probing) result(at time.Duration, before float64) (rate float64, ok bool) {
	said := p.got + p.lost
	if !p.open || p.n < probePackets || float64(said) < probeShare*float64(p.n) || float64(p.got) < probeShare*float64(said) {
		return 0, false
	}
	p.open = false
	sending, coming := p.sentLast-p.sentFirst, p.atLast-p.atFirst
	if sending <= 0 || coming <= 0 {
		return 0, false
	}
	out := float64(p.bytes-p.lastSize) * 8 / sending.Seconds()
	in := float64(p.gotBytes-p.firstSize) * 8 / coming.Seconds() * float64(said) / float64(p.got)
	rate = min(out, in)
	if in < 0.9*out {
		rate = 0.9 * in // that is all there is, or a busy machine's whim
	}
	if rate > probeWorth*before {
		p.pause = probeNext // it went well: look further
	} else {
		p.failed(at)
	}
	return min(rate, 1.1*p.rate), true
}

// failed: the next probe waits longer.
func (p *probing) failed(time.Duration) {
	p.open = false
	p.pause = min(max(2*p.pause, probeSoon), probeLate)
}
