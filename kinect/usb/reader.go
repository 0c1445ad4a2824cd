package usb

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"cutout/kinect/raw"
)

// hopeless is how long a stream may fail at every attempt before the device is
// given up. A pulled device answers with errors for a while before it is known to
// be gone.
const hopeless = time.Second

// A reader takes the packets of one endpoint and puts frames together. It lives as
// long as the Device; its assembler's place is forgotten with each start.
type reader struct {
	endpoint  int
	assembler *raw.Assembler
	deliver   func(raw.Assembled)
	// report is told the assembler's counts after every read, and whether the
	// stream had to be made anew.
	report func(c raw.Counters, again bool)
	// lastFrame is when the last frame was complete, in Unix nanoseconds.
	lastFrame atomic.Int64
}

// run reads until ctx ends or the device has gone, and leaves nothing in flight.
// It never waits for anybody but the device. first was made before the registers
// were written.
func (r *reader) run(ctx context.Context, p port, first stream) error {
	buffer := make([]byte, transferBytes)
	s, good := first, time.Now()
	for {
		last, err := r.read(ctx, s, buffer)
		if last.After(good) {
			good = last
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrUnplugged) {
			return err
		}
		if time.Since(good) > hopeless {
			return errors.Join(ErrUnplugged, err)
		}
		if s, err = p.stream(r.endpoint); err != nil {
			return err
		}
		r.report(r.assembler.Counters(), true)
	}
}

// read reads a stream until it fails or ctx ends; it says when it last went well.
func (r *reader) read(ctx context.Context, s stream, buffer []byte) (last time.Time, err error) {
	closed := false
	for {
		if ctx.Err() != nil && !closed {
			_ = s.Close() // never fails; what is in flight ends with the reads below
			closed = true
		}
		n, err := s.ReadContext(ctx, buffer)
		if err != nil {
			return last, err
		}
		if !closed {
			last = time.Now()
			r.assembler.AddRead(raw.Read{At: last, Bytes: buffer[:n]}, r.complete)
			r.report(r.assembler.Counters(), false)
		}
	}
}

func (r *reader) complete(a raw.Assembled) {
	r.lastFrame.Store(time.Now().UnixNano())
	r.deliver(a)
}

// silent is how long ago the last frame was complete.
func (r *reader) silent(now time.Time) time.Duration {
	return now.Sub(time.Unix(0, r.lastFrame.Load()))
}
