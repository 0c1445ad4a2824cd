package room

import (
	"sync"
	"time"
)

const (
	// pleaWait is how long a key frame that was asked for may take, beside the round
	// trip, before it is asked for again: the publisher makes one in its next picture,
	// and a server hands on one request in half a second.
	pleaWait = 300 * time.Millisecond
	// maxPleaWait is how long that becomes while nobody answers.
	maxPleaWait = 3 * time.Second
)

// A plea asks for key frames, and no more often than somebody can answer.
type plea struct {
	send func()

	mu   sync.Mutex
	last time.Time
	wait time.Duration
	sent uint64
}

// ask asks for a key frame unless one was asked for that may still come.
func (p *plea) ask(now time.Time, rtt time.Duration) {
	p.mu.Lock()
	wait := max(p.wait, pleaWait) + 2*rtt // ours to the server, and its to the publisher
	if !p.last.IsZero() && now.Sub(p.last) < wait {
		p.mu.Unlock()
		return
	}
	p.last, p.sent = now, p.sent+1
	p.wait = min(max(2*p.wait, pleaWait), maxPleaWait)
	p.mu.Unlock()
	p.send()
}

// answered: a key frame came.
func (p *plea) answered() {
	p.mu.Lock()
	p.wait = 0
	p.mu.Unlock()
}

func (p *plea) count() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}
