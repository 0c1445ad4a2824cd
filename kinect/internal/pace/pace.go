// Package pace is what sources that keep a time of their own have in common: how fast a
// recording plays, and waiting until a frame is due.
package pace

import (
	"context"
	"fmt"
	"io"
	"time"
)

// The limits of a speed: what is slower looks like a still, and what is faster than any
// machine plays a recording is a slip of the finger.
const (
	minSpeed = 0.01
	maxSpeed = 100
)

// Speed is how many times faster than recorded to play: what was asked for, 0 meaning 1.
// Outside 0.01 to 100 it is an error.
func Speed(asked float64) (float64, error) {
	if asked == 0 {
		return 1, nil
	}
	if !(asked >= minSpeed && asked <= maxSpeed) { // not when not a number
		return 0, fmt.Errorf("the speed %g is outside %g..%g", asked, minSpeed, float64(maxSpeed))
	}
	return asked, nil
}

// Wait waits until a time. Before it, and even when it has passed, closed ends the
// waiting with io.EOF and ctx with its error; closed may be nil.
func Wait(ctx context.Context, until time.Time, closed <-chan struct{}) error {
	select {
	case <-closed:
		return io.EOF
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	left := time.Until(until)
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-closed:
		return io.EOF
	}
}
