package uplink

import "time"

const (
	// drainLeast: from when on it is told whether a queue drains. A busy machine's whims
	// are that long.
	drainLeast = 30 * time.Millisecond
	// drainShare of what a queue must have drained by now it must have drained.
	drainShare = 0.5
)

// A drain tells a queue from a way that has become longer: a queue becomes shorter when
// less is sent than got through, a way does not.
type drain struct {
	since time.Duration // when less was sent; 0: it was not
	queue time.Duration // then
	bps   float64       // got through then
	last  time.Duration // when the last packet was sent that arrived
	bits  float64       // sent from since to last
}

// arrived takes note of a packet.
func (d *drain) arrived(sent time.Duration, size int) {
	if d.since > 0 && sent > d.since {
		d.bits += float64(size) * 8
		d.last = max(d.last, sent)
	}
}

// fails reports whether what is taken for a queue is none.
func (d *drain) fails(queue time.Duration) bool {
	if d.since == 0 {
		return false
	}
	should := (d.last - d.since) - time.Duration(d.bits/d.bps*1e9)
	return should >= drainLeast && float64(d.queue-queue) < drainShare*float64(should)
}
