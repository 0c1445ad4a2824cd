package usb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	// frozenAfter is how long a stream may bring no whole frame: thirty of them.
	frozenAfter = time.Second
	watchEvery  = 100 * time.Millisecond
	// pollEvery is how often an absent Kinect is looked for.
	pollEvery = 500 * time.Millisecond
	// stopLimit bounds the writing of the last registers.
	stopLimit = 2 * time.Second
)

// makeReaders makes one reader for each stream that is wanted.
func (d *Device) makeReaders() {
	depth, video := &d.state.now.Depth, &d.state.now.Video
	d.readers = []*reader{{
		endpoint:  endpointDepth,
		assembler: raw.NewAssembler(raw.LayoutOfDepth(kinect.Depth11Bit)),
		deliver: func(a raw.Assembled) {
			f := a.DepthFrame(time.Now())
			d.state.finished(depth, a.Lost, d.queue.put(kinect.Image{Depth: f}))
		},
		report: func(c raw.Counters, again bool) { d.state.counted(depth, c, again) },
	}}
	if d.options.Video == kinect.VideoOff {
		return
	}
	d.readers = append(d.readers, &reader{
		endpoint:  endpointVideo,
		assembler: raw.NewAssembler(raw.LayoutOfVideo(kinect.VideoBayer)),
		deliver: func(a raw.Assembled) {
			f := a.VideoFrame(time.Now())
			d.state.finished(video, a.Lost, d.queue.put(kinect.Image{Video: f}))
		},
		report: func(c raw.Counters, again bool) { d.state.counted(video, c, again) },
	})
}

// supervise owns the camera: it streams from it, starts it anew when it freezes,
// and waits for it while it is away, until ctx ends. started is told how the first
// start went.
func (d *Device) supervise(ctx context.Context, c *camera, started chan<- error) {
	defer close(d.stopped)
	defer d.motor.detach(ErrClosed)
	frozen := 0
	for {
		before := d.Status().Depth.Frames
		err := d.stream(ctx, c, started)
		started = nil
		if ctx.Err() == nil {
			d.state.away(err)
			d.state.restarted()
		}
		if d.Status().Depth.Frames > before {
			frozen = 0
		}
		if ctx.Err() == nil && errors.Is(err, ErrFrozen) && frozen == 0 {
			frozen++ // once, try with the same handle
			continue
		}
		_ = c.port.close() // an error here is of a device that has gone
		d.motor.detach(ErrUnplugged)
		if c = d.reopen(ctx, c.serial); c == nil {
			return
		}
	}
}

// reopen looks for the Kinect until it is back; nil when ctx ended before.
func (d *Device) reopen(ctx context.Context, serial string) *camera {
	for {
		if ctx.Err() != nil {
			return nil
		}
		c, s, err := choose(ctx, d.bus, serial)
		if err == nil {
			d.state.opened(c)
			d.motor.attach(d.bus, s.motor)
			return c
		}
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnplugged) && ctx.Err() == nil {
			d.state.away(err) // there, but no good: without power, or taken
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pollEvery):
		}
	}
}

// stream starts the streams and returns when something is wrong or ctx ended: why,
// with the streams stopped and nothing in flight.
func (d *Device) stream(ctx context.Context, c *camera, started chan<- error) error {
	run, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()

	ended := make(chan error, len(d.readers))
	err := d.startReaders(run, c, &wait, ended)
	if err == nil {
		err = d.startStreams(ctx, c)
	}
	if started != nil {
		if err == nil {
			d.state.live() // nearly: nothing speaks against it yet
		}
		started <- err
	}
	if err == nil {
		err = d.watch(ctx, ended)
	}
	if !errors.Is(err, ErrUnplugged) {
		limited, done := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
		defer done()
		_ = c.set(limited, raw.Stop()) // as good as it goes: we are leaving
	}
	return err
}

// startReaders submits the transfers of every stream, which must lie ready before
// the camera is told to send.
func (d *Device) startReaders(ctx context.Context, c *camera, wait *sync.WaitGroup, ended chan<- error) error {
	for _, r := range d.readers {
		s, err := c.port.stream(r.endpoint)
		if err != nil {
			return fmt.Errorf("stream from endpoint %d: %w", r.endpoint, err)
		}
		r.assembler.Reset()
		r.lastFrame.Store(time.Now().UnixNano())
		wait.Go(func() { ended <- r.run(ctx, c.port, s) })
	}
	return nil
}

// startStreams writes the registers; first those that stop, in case the last
// program died.
func (d *Device) startStreams(ctx context.Context, c *camera) error {
	settings := append(raw.Stop(), raw.StartDepth(kinect.Depth11Bit)...)
	if d.options.Video != kinect.VideoOff {
		settings = append(settings, raw.StartVideo(kinect.VideoBayer)...)
	}
	if err := c.set(ctx, settings); err != nil {
		return err
	}
	for _, r := range d.readers {
		r.lastFrame.Store(time.Now().UnixNano())
	}
	return nil
}

// watch waits for a reader to end, a stream to fall silent, or ctx.
func (d *Device) watch(ctx context.Context, ended <-chan error) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return err
		case now := <-tick.C:
			for _, r := range d.readers {
				if r.silent(now) > frozenAfter {
					return ErrFrozen
				}
			}
		}
	}
}
