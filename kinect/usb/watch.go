package usb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cutout/kinect/raw"
)

const (
	// frozenAfter is how long a stream may bring nothing: thirty frames, or ten.
	frozenAfter = time.Second
	// lossyAfter is how long packets may come that make no frame.
	lossyAfter = 3 * time.Second
	// rungPause is how long each step of the ladder is given to help.
	rungPause = 500 * time.Millisecond
	// hopeless is how long every packet may fail before the device is given up. One
	// that was pulled answers with errors for a while before it is known to be gone.
	hopeless = 500 * time.Millisecond
	// lateAfter is how late we may be ourselves before a silence is ours.
	lateAfter = 5 * watchEvery
)

// watch waits for the streams to end or fall silent, or ctx, and does what is asked of
// the camera meanwhile.
func (s *session) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.ended(raw.DepthStream):
			return s.why(ctx, s.readers[raw.DepthStream], err)
		case err := <-s.ended(raw.VideoStream):
			return s.why(ctx, s.readers[raw.VideoStream], err)
		case r := <-s.d.requests:
			err := r.do(r.ctx, s)
			r.done <- err
			if errors.Is(err, errHalfway) || errors.Is(err, ErrUnplugged) {
				return err
			}
		case <-tick.C:
			now := time.Now()
			late := now.Sub(last) > lateAfter
			last = now
			if late {
				s.pardon(now)
			}
			if err := s.check(ctx, now); err != nil {
				return err
			}
		}
	}
}

// ended tells when a stream has ended by itself; one that is off never does.
func (s *session) ended(kind raw.Stream) <-chan error {
	if r := s.readers[kind]; r != nil {
		return r.done
	}
	return nil
}

// pardon begins to count silences anew: this process did not run, because the machine is
// overworked or was asleep.
func (s *session) pardon(now time.Time) {
	for _, r := range s.readers {
		if r != nil {
			r.rungAt = now
		}
	}
}

// check looks for streams that have fallen silent.
func (s *session) check(ctx context.Context, now time.Time) error {
	for _, r := range s.readers {
		if r == nil {
			continue
		}
		if r.silence(&r.lastSlot, now) > hopeless {
			return fmt.Errorf("%w: every packet of %s fails", ErrUnplugged, r.kind)
		}
		if r.rung > 0 && r.lastFrame.Load() > r.rungAt.UnixNano() {
			r.rung = 0
		}
		if err := r.trouble(now); err != nil {
			s.d.state.silent(r.kind, err)
			if err := s.climb(ctx, r, err); err != nil {
				return err
			}
		}
		s.d.state.assess(r.kind, now)
	}
	return nil
}

// trouble says that a stream brings no frames, and it is time to do something.
func (r *reader) trouble(now time.Time) error {
	limit := frozenAfter
	if r.rung > 0 {
		limit = rungPause
	}
	switch {
	case r.silence(&r.lastPacket, now) >= limit:
		return fmt.Errorf("%w (%s)", ErrFrozen, r.kind)
	case r.silence(&r.lastFrame, now) >= lossyAfter:
		return fmt.Errorf("%w: not one frame of %s is left", ErrLossy, r.kind)
	}
	return nil
}

// climb takes the next step up the ladder: new transfers, the registers, and when
// nothing has helped the error with which the session ends, so that the device is
// opened anew.
func (s *session) climb(ctx context.Context, r *reader, trouble error) error {
	r.rung++
	switch r.rung {
	case 1:
		s.d.state.restarted()
		r.close()
		return s.submit(ctx, r)
	case 2:
		s.d.state.restarted()
		limited, done := context.WithTimeout(ctx, stopLimit)
		defer done()
		settings := raw.StopDepth()
		if r.kind == raw.VideoStream {
			settings = raw.StopVideo()
		}
		if err := s.c.set(limited, settings); err != nil {
			return err
		}
		return s.startRegisters(limited, r)
	}
	return trouble
}
