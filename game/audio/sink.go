package audio

import (
	"context"
	"time"
)

// A Sink takes sound at the pace at which it is heard.
type Sink interface {
	// Run pulls sound until ctx ends, and then returns nil, or until the sink fails.
	// pull fills its argument with 48 kHz samples, left and right in turn, -1..1; it
	// does not wait. When Run returns, pull is not called any more.
	Run(ctx context.Context, pull func(interleaved []float32)) error
}

// Silence is a Sink without a device: it takes sound at the pace of the clock and
// nobody hears it.
type Silence struct{}

// silentPace is how often silence is taken; a gap longer than silentMost (a machine
// that slept) is not made up for.
const (
	silentPace = 20 * time.Millisecond
	silentMost = time.Second
)

// Run implements Sink. It never fails.
func (Silence) Run(ctx context.Context, pull func([]float32)) error {
	tick := time.NewTicker(silentPace)
	defer tick.Stop()
	var buffer []float32
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			gap := now.Sub(last)
			n := int(min(gap, silentMost) * SampleRate / time.Second)
			if gap > silentMost {
				last = now
			} else {
				last = last.Add(time.Duration(n) * time.Second / SampleRate)
			}
			if n <= 0 {
				continue
			}
			if cap(buffer) < 2*n {
				buffer = make([]float32, 2*n)
			}
			pull(buffer[:2*n])
		}
	}
}
