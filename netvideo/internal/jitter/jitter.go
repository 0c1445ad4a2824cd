// Package jitter decides when media that come over a network are due, so that they are
// played at an even pace with as little delay as the network allows. It knows no clock
// and no network: it is told what came when.
package jitter

import (
	"math"
	"slices"
	"time"
)

const (
	// memory is how far back arrivals count: a home's Wi-Fi scans and bursts come every
	// second or so, and what has ended is forgotten soon after.
	memory = 4 * time.Second
	// samples bounds what is remembered: 4 s of sound at 20 ms, or of 60 pictures a second.
	samples = 256
	// stretch is how the memory is cut up: what is late in one stretch alone was a stall,
	// and being ready for the next one would hold everything for seconds.
	stretch = memory / 8
	// faster is how much quicker than life media are played while the delay falls: 5 %
	// is not seen in pictures.
	faster = 0.05
	// jump is how far a sender's clock may leap before it is taken for another one.
	jump = 2 * time.Second
)

// A Playout says when what arrives is due. It is driven by arrivals alone: not safe for
// several goroutines.
type Playout struct {
	rate      float64 // ticks of the sender's clock a nanosecond
	covered   int     // percent
	tolerance time.Duration
	most      time.Duration

	begun   time.Time // the first arrival, which times count from
	started bool
	stamp   uint32 // the newest
	ticks   int64  // of stamp, unwrapped

	transits [samples]transit
	count    int // in transits
	at       int // where the next goes
	sorted   []time.Duration

	offset time.Duration // from the sender's time to when it is due
	asks   time.Duration // the delay that the network asks for
	least  time.Duration // asked for by Hold
	newest time.Duration // the arrival before
}

// A transit is how far behind the sender's clock something came.
type transit struct{ took, at time.Duration }

// New makes a Playout for a sender's clock of rate ticks a second, whose delay covers so
// many percent of the arrivals: covering the last ones costs everyone more than it gives.
// What is late by up to tolerance is not waited for, since nobody sees it, and nothing is
// ever held for longer than most.
func New(rate uint32, covered int, tolerance, most time.Duration) *Playout {
	return &Playout{rate: float64(rate) / 1e9, covered: covered, tolerance: tolerance, most: most, sorted: make([]time.Duration, 0, samples)}
}

// Arrive takes note that media of a time stamp are complete, and says when they are
// due: now, in the past for what is late, or later.
func (p *Playout) Arrive(stamp uint32, now time.Time) (due time.Time) {
	media, at := p.clock(stamp, now)
	took := at - media
	if p.count > 0 {
		if d := took - p.transits[(p.at+samples-1)%samples].took; d > jump || d < -jump {
			p.forget()
		}
	}
	p.transits[p.at] = transit{took, at}
	p.at, p.count = (p.at+1)%samples, min(p.count+1, samples)
	p.adapt(at)
	return p.begun.Add(media + p.offset)
}

// Due is when media of a time stamp near the newest are due; now before anything came.
func (p *Playout) Due(stamp uint32, now time.Time) time.Time {
	if !p.started {
		return now
	}
	return p.begun.Add(p.media(stamp) + p.offset)
}

// clock is the sender's time of a stamp, and ours, both since the first arrival.
func (p *Playout) clock(stamp uint32, now time.Time) (media, at time.Duration) {
	if !p.started {
		p.started, p.begun, p.stamp = true, now, stamp
	}
	media = p.media(stamp)
	if d := int32(stamp - p.stamp); d > 0 {
		p.stamp, p.ticks = stamp, p.ticks+int64(d)
	}
	return media, now.Sub(p.begun)
}

func (p *Playout) media(stamp uint32) time.Duration {
	return time.Duration(float64(p.ticks+int64(int32(stamp-p.stamp))) / p.rate)
}

func (p *Playout) forget() {
	p.count, p.at = 0, 0
}

// adapt moves the offset to where it covers what came lately.
func (p *Playout) adapt(at time.Duration) {
	p.sorted = p.sorted[:0]
	var worst [memory/stretch + 1]time.Duration
	for i := range worst {
		worst[i] = math.MinInt64
	}
	for i := range p.count {
		t := p.transits[(p.at+samples-1-i)%samples]
		if at-t.at > memory {
			break
		}
		p.sorted = append(p.sorted, t.took)
		n := max(0, at-t.at) / stretch
		worst[n] = max(worst[n], t.took)
	}
	slices.Sort(p.sorted)
	low := p.sorted[0]
	most := p.sorted[(len(p.sorted)*p.covered+99)/100-1]
	slices.Sort(worst[:])
	if second := worst[len(worst)-2]; second != math.MinInt64 {
		most = min(most, second)
	}
	p.asks = max(0, most-p.tolerance-low)
	want := low + min(max(p.asks, p.least), p.most)
	if p.count > 1 && want < p.offset {
		gap := p.offset - want
		step := time.Duration(float64(at-p.newest)*faster) + gap*(at-p.newest)/(4*time.Second)
		want = max(want, p.offset-max(step, 0))
		want = min(want, low+p.most)
	}
	p.offset, p.newest = want, at
}

// Hold asks for a delay of least or more, from the next arrival on; 0 for none.
func (p *Playout) Hold(least time.Duration) { p.least = max(0, min(least, p.most)) }

// Earliest is when media of a time stamp would be due if nothing were held: as soon as
// the network can bring them.
func (p *Playout) Earliest(stamp uint32, now time.Time) time.Time {
	if len(p.sorted) == 0 {
		return now
	}
	return p.begun.Add(p.media(stamp) + p.sorted[0])
}

// Asks is the delay that the network asks for, whatever Hold does.
func (p *Playout) Asks() time.Duration { return min(p.asks, p.most) }

// Delay is how long what comes as soon as the network can is held at present.
func (p *Playout) Delay() time.Duration {
	if len(p.sorted) == 0 {
		return 0
	}
	return max(0, p.offset-p.sorted[0])
}

// Reset forgets the sender and its clock, and keeps what Hold asked for.
func (p *Playout) Reset() {
	*p = Playout{rate: p.rate, covered: p.covered, tolerance: p.tolerance, most: p.most, least: p.least, sorted: p.sorted[:0]}
}
