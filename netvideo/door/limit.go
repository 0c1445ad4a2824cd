package door

import (
	"net/netip"
	"sync"
	"time"
)

// Everybody has a bucket that empties with use and fills again with time.
const (
	// Requests of all kinds from one address. Who shows the key has no limit.
	requestBurst = 240.0
	requestRate  = 40.0
	// Redemptions from one address. A failure costs several, so a household may join
	// together but nobody can guess.
	redeemBurst  = 60.0
	redeemRate   = 2.0
	failureCosts = 6.0
	// Acts of moderation by one pass.
	actBurst = 30.0
	actRate  = 5.0
	// Signals through the door by one pass.
	relayBurst = 40.0
	relayRate  = 10.0
	// Refused acts that are written to the audit, of all askers together: nobody can
	// push the others' acts out of it.
	refusalBurst = 20.0
	refusalRate  = 0.2
	// Messages of one WebSocket; one costs 1, and 1 more for every messageUnit of it.
	messageBurst = 300.0
	messageRate  = 50.0
	messageUnit  = 8 << 10

	maxBuckets = 4096
)

// A limiter has a bucket for every K. It remembers a bounded number of them.
type limiter[K comparable] struct {
	now         func() time.Time
	burst, rate float64

	mu      sync.Mutex
	buckets map[K]bucket
}

type bucket struct {
	spent float64 // at time at
	at    time.Time
}

func newLimiter[K comparable](now func() time.Time, burst, rate float64) *limiter[K] {
	return &limiter[K]{now: now, burst: burst, rate: rate, buckets: map[K]bucket{}}
}

// wait is how long k has to wait for its next try; 0 means go ahead.
func (l *limiter[K]) wait(k K) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waitLocked(k)
}

func (l *limiter[K]) waitLocked(k K) time.Duration {
	over := l.spent(k) + 1 - l.burst
	if over <= 0 {
		return 0
	}
	return time.Duration(over / l.rate * float64(time.Second))
}

// charge takes a try's cost from the bucket of k.
func (l *limiter[K]) charge(k K, cost float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chargeLocked(k, cost)
}

func (l *limiter[K]) chargeLocked(k K, cost float64) {
	if _, known := l.buckets[k]; !known && len(l.buckets) >= maxBuckets {
		l.makeRoom()
	}
	l.buckets[k] = bucket{spent: l.spent(k) + cost, at: l.now()}
}

// take charges one try when there is one; else it says how long to wait.
func (l *limiter[K]) take(k K) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.waitLocked(k)
	if wait == 0 {
		l.chargeLocked(k, 1)
	}
	return wait
}

func (l *limiter[K]) spent(k K) float64 {
	b := l.buckets[k]
	return max(0, b.spent-l.now().Sub(b.at).Seconds()*l.rate)
}

// makeRoom forgets those that spent no more than the average one. Those that tried most
// stay, and it is a long time until it is called again.
func (l *limiter[K]) makeRoom() {
	total := 0.0
	for k := range l.buckets {
		total += l.spent(k)
	}
	average := total / float64(len(l.buckets))
	for k := range l.buckets {
		if l.spent(k) <= average {
			delete(l.buckets, k)
		}
	}
}

// network is what one household has: an IPv4 address, or an IPv6 /64.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Addr gives the zero Prefix: one bucket for the unknown
	return p
}
