// Package accuracy measures how well people are found: over real frames that were marked
// by hand, over made-up sequences of which the whole truth is known, and against the
// clock. Its report is a table; it keeps pictures of the worst frames.
//
// A distance between a found joint and a mark on a real frame is measured in the
// picture's plane: pixels apart, over the focal length, times the distance of what is
// seen around the mark. Made-up joints are compared in space.
package accuracy

import (
	"context"
	"fmt"
	"io/fs"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/mannequin"
)

// A Tracker finds the people in frame after frame; body.Tracker is one.
type Tracker interface {
	Update(f *kinect.Frame) *kinect.Scene
}

// Options say what to measure, and on what.
type Options struct {
	// NewTracker makes the tracker that is measured; nil measures body.NewTracker.
	NewTracker func() Tracker
	// NewPlay makes a sequence; nil measures on mannequin.NewPlay.
	NewPlay func(mannequin.Kind, uint64) mannequin.Play
	// Data holds the real frames; nil leaves them out.
	Data fs.FS
	// Synthetic says how many made-up sequences of each kind there are, such as Full or
	// Quick. The zero value leaves them out.
	Synthetic Amount
	// Why says of each kind of sequence where the overlap of masks is lost.
	Why bool
	// Pace measures the time per frame.
	Pace bool
	// Seed decides the made-up sequences.
	Seed uint64
	// Workers is how many sequences are gone through at a time; 0 is one.
	Workers int
	// Worst is how many pictures of the worst frames of each kind are kept.
	Worst int
	// Progress, when set, is told what is being done and how much of it. One goroutine
	// at a time.
	Progress func(what string, done, total int)
}

// Run measures. It ends early with ctx's error; any other is about Data.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.NewTracker == nil {
		o.NewTracker = func() Tracker { return body.NewTracker() }
	}
	if o.NewPlay == nil {
		o.NewPlay = mannequin.NewPlay
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	o.Workers = max(1, o.Workers)
	r := &Report{Seed: o.Seed}
	if o.Data != nil {
		if err := r.measureReal(ctx, o); err != nil {
			return nil, fmt.Errorf("the real frames: %w", err)
		}
	}
	r.measureSynthetic(ctx, o)
	if o.Pace {
		r.measurePace(ctx, o)
	}
	return r, ctx.Err()
}
