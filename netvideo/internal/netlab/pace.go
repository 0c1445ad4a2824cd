package netlab

import (
	"math/rand/v2"
	"sync"
	"time"
)

// A Pace says when packets arrive that take a delay and never overtake each other. The
// zero value delays nothing. Its methods may be called from any goroutine.
type Pace struct {
	mu            sync.Mutex
	delay, jitter time.Duration
	last          time.Time // when the newest is due
}

// Set changes the delay of the packets to come, and how much more or less it may be.
func (p *Pace) Set(delay, jitter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay, p.jitter = delay, jitter
}

// Due is when a packet arrives that leaves now.
func (p *Pace) Due(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := p.delay
	if p.jitter > 0 {
		took += rand.N(2*p.jitter+1) - p.jitter
	}
	if due := now.Add(max(took, 0)); due.After(p.last) {
		p.last = due
	}
	return p.last
}
