package room

import (
	"time"
)

// tick looks after the streams.
func (r *Room) tick(now time.Time) {
	r.mu.Lock()
	l := r.link
	var rxs []*receiver
	for _, s := range r.streams {
		if s.rx != nil {
			rxs = append(rxs, s.rx)
		}
	}
	r.mu.Unlock()
	if l == nil {
		return
	}
	rtt := l.roundTrip()
	for _, rx := range rxs {
		rx.tick(now, rtt)
	}
}
