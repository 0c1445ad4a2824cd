package usb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	watchEvery = 50 * time.Millisecond
	// pollEvery is how often an absent Kinect is looked for.
	pollEvery = 150 * time.Millisecond
	// stopLimit bounds the writing of the last registers.
	stopLimit = 2 * time.Second
	// startLimit bounds the writing of the first.
	startLimit = 5 * time.Second
	// soon is how soon after its opening a Kinect goes that is put to sleep by the
	// system, rather than pulled by somebody.
	soon = 10 * time.Second
)

// A request is something that the goroutine which owns the camera is to do with it.
type request struct {
	ctx  context.Context
	do   func(context.Context, *session) error
	done chan error // has room for the answer
}

// ask has the camera's owner do something, and waits for it. While the Kinect is away
// it answers why.
func (d *Device) ask(ctx context.Context, do func(context.Context, *session) error) error {
	r := request{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case d.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
		return ErrClosed
	}
	return <-r.done // what is begun is finished: do heeds ctx
}

// supervise owns the camera: it streams from it, starts it anew when it freezes, and
// waits for it while it is away, until ctx ends. started is told how the first start
// went.
func (d *Device) supervise(ctx context.Context, c *camera, started chan<- error) {
	defer close(d.stopped)
	defer d.motor.detach(ErrClosed)
	vanished := 0
	for {
		opened := time.Now()
		s := &session{d: d, c: c}
		err := s.stream(ctx, started)
		started = nil
		if vanished++; !errors.Is(err, ErrUnplugged) || time.Since(opened) > soon {
			vanished = 0
		}
		if ctx.Err() == nil {
			d.away(err, vanished)
			d.state.restarted()
		}
		s.end(ctx, err)
		_ = c.port.close() // an error here is of a device that has gone
		if ctx.Err() != nil {
			return
		}
		d.motor.detach(ErrUnplugged)
		if c = d.reopen(ctx, c.serial, vanished); c == nil {
			return
		}
	}
}

// away tells why the Kinect is away, which has gone so many times soon after it came.
func (d *Device) away(err error, vanished int) {
	if vanished > 1 {
		err = fmt.Errorf("%w: %w", ErrVanishing, err)
	}
	d.state.away(err)
}

// reopen looks for the Kinect until it is back; nil when ctx ended before.
func (d *Device) reopen(ctx context.Context, serial string, vanished int) *camera {
	for ctx.Err() == nil {
		c, s, err := choose(ctx, d.bus, serial, d.want.video)
		if err == nil {
			d.state.opened(c)
			d.motor.attach(d.bus, s)
			return c
		}
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnplugged) && ctx.Err() == nil {
			d.away(err, vanished) // there, but no good: without power, or taken
		}
		d.pause(ctx)
	}
	return nil
}

// pause waits until it is time to look for the Kinect again, and refuses requests.
func (d *Device) pause(ctx context.Context) {
	again := time.After(pollEvery)
	for {
		select {
		case r := <-d.requests:
			err := d.state.status().Trouble
			if err == nil {
				err = ErrUnplugged
			}
			r.done <- err
		case <-ctx.Done():
			return
		case <-again:
			return
		}
	}
}

// A session is one stretch of streaming from one open camera. Its methods belong to
// the goroutine that supervises.
type session struct {
	d       *Device
	c       *camera
	readers [2]*reader // by raw.Stream; nil where the mode is off
}

// stream starts the streams and returns when something is wrong or ctx ended: why.
func (s *session) stream(ctx context.Context, started chan<- error) error {
	s.d.state.begun()
	limited, done := context.WithTimeout(ctx, startLimit)
	defer done()
	err := s.start(limited)
	if started != nil {
		if err == nil {
			s.d.state.live() // nearly: nothing speaks against it yet
		}
		started <- err
	}
	if err == nil {
		err = s.watch(ctx)
	}
	return err
}

// end stops the streams as well as it goes, when they came to an end for a reason, and
// leaves nothing in flight.
func (s *session) end(ctx context.Context, why error) {
	if !errors.Is(why, ErrUnplugged) {
		limited, done := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
		defer done()
		_ = s.c.set(limited, raw.Stop()) // we are leaving
	}
	for _, r := range s.readers {
		if r != nil {
			r.close()
		}
	}
}

// start stops both streams, in case the last program died, and starts those that are
// wanted.
func (s *session) start(ctx context.Context) error {
	if err := s.c.set(ctx, raw.Stop()); err != nil {
		return err
	}
	for _, kind := range []raw.Stream{raw.DepthStream, raw.VideoStream} {
		if err := s.startStream(ctx, kind); err != nil {
			return err
		}
	}
	return s.applyAll(ctx)
}

// startStream makes a stream's reader and starts it. Transfers must lie ready before
// the camera is told to send.
func (s *session) startStream(ctx context.Context, kind raw.Stream) error {
	r := s.d.newReader(kind)
	s.readers[kind] = r
	if r == nil {
		return nil
	}
	if err := s.submit(ctx, r); err != nil {
		return err
	}
	return s.startRegisters(ctx, r)
}

// submit has a stream's transfers wait for the camera.
func (s *session) submit(ctx context.Context, r *reader) error {
	if err := r.submit(s.c.port); err != nil {
		return s.why(ctx, r, err)
	}
	return nil
}

// startRegisters tells the camera to send a stream, mirrored or not.
func (s *session) startRegisters(ctx context.Context, r *reader) error {
	settings := raw.StartDepth(r.depth)
	if r.kind == raw.VideoStream {
		settings = raw.StartVideo(r.video)
		if r.video == kinect.VideoBayerSXGA && r.depth == kinect.DepthOff {
			settings = append(raw.DepthKick(), settings...)
		}
	}
	settings = append(settings, s.d.want.mirrors(r)...)
	if err := s.c.set(ctx, settings); err != nil {
		return fmt.Errorf("start %s: %w", r.kind, err)
	}
	r.begin(time.Now())
	return nil
}

// stopStream has the camera send no more of a stream.
func (s *session) stopStream(ctx context.Context, kind raw.Stream) error {
	r := s.readers[kind]
	if r == nil {
		return nil
	}
	settings := raw.StopDepth()
	if kind == raw.VideoStream {
		settings = raw.StopVideo()
	}
	err := s.c.set(ctx, settings)
	r.close()
	s.readers[kind] = nil
	return err
}

// why is the reason for which a stream did not start, or ended by itself. Transfers are refused to a
// device that has gone and to one for which there is no bandwidth; the latter answers
// commands.
func (s *session) why(ctx context.Context, r *reader, err error) error {
	r.done = nil
	if !errors.Is(err, errSubmit) {
		return err
	}
	if _, silent := s.c.command(ctx, raw.GetParameter(raw.ParamDepthStream)); silent != nil {
		return fmt.Errorf("%w: %w", ErrUnplugged, err)
	}
	return fmt.Errorf("%s: %w: %w", r.kind, ErrBandwidth, err)
}
