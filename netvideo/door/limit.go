package door

import (
	"net/netip"
	"sync"
	"time"
)

// Every address has a bucket of tries that fills again with time. A success costs one
// try and a failure several, so a household may join together but nobody can guess.
const (
	bucketTries  = 60.0
	triesPerSec  = 2.0
	failureCosts = 6.0
	maxBuckets   = 4096
)

// A limiter counts tries by address. It remembers a bounded number of addresses.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[netip.Prefix]bucket
}

type bucket struct {
	spent float64 // tries in use at time at
	at    time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, buckets: map[netip.Prefix]bucket{}}
}

// wait is how long this address has to wait for its next try; 0 means go ahead.
func (l *limiter) wait(a netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	over := l.spent(network(a)) + 1 - bucketTries
	if over <= 0 {
		return 0
	}
	return time.Duration(over / triesPerSec * float64(time.Second))
}

// charge takes a try's cost from the address's bucket.
func (l *limiter) charge(a netip.Addr, failed bool) {
	cost := 1.0
	if failed {
		cost = failureCosts
	}
	n := network(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.buckets[n]; !known && len(l.buckets) >= maxBuckets {
		l.makeRoom()
	}
	l.buckets[n] = bucket{spent: l.spent(n) + cost, at: l.now()}
}

func (l *limiter) spent(n netip.Prefix) float64 {
	b := l.buckets[n]
	return max(0, b.spent-l.now().Sub(b.at).Seconds()*triesPerSec)
}

// makeRoom forgets the addresses that spent no more than the average one. Those that
// tried most stay, and it is a long time until it is called again.
func (l *limiter) makeRoom() {
	total := 0.0
	for n := range l.buckets {
		total += l.spent(n)
	}
	average := total / float64(len(l.buckets))
	for n := range l.buckets {
		if l.spent(n) <= average {
			delete(l.buckets, n)
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
