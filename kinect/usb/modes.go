package usb

import (
	"context"
	"errors"
	"fmt"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// SetModes switches both streams while the Device runs; a stream whose mode stays
// goes on without a gap. Frames of the old modes that nobody took are thrown away
// and the calibration is read anew (the registration depends on the video mode)
// before SetModes returns: what Next gives from then on is of the new modes and goes
// with the Calibration of then; make a new Developer. ctx bounds the switch; when it
// fails half-way the Device goes on trying by itself, as after a freeze.
func (d *Device) SetModes(ctx context.Context, depth kinect.DepthMode, video kinect.VideoMode) error {
	if err := kinect.CheckModes(depth, video); err != nil {
		return err
	}
	err := d.ask(ctx, func(ctx context.Context, s *session) error { return s.setModes(ctx, depth, video) })
	if err != nil {
		return fmt.Errorf("switch the Kinect to %v and %v: %w", depth, video, err)
	}
	return nil
}

// Modes are the modes of the streams. Any goroutine.
func (d *Device) Modes() (kinect.DepthMode, kinect.VideoMode) { return d.state.modes() }

// errHalfway: the streams are neither as they were nor as they are wanted.
var errHalfway = errors.New("the switch was not finished")

func (s *session) setModes(ctx context.Context, depth kinect.DepthMode, video kinect.VideoMode) error {
	want := &s.d.want
	var changed []raw.Stream
	if depth != want.depth {
		changed = append(changed, raw.DepthStream)
	}
	if video != want.video {
		changed = append(changed, raw.VideoStream)
	}
	if len(changed) == 0 {
		return nil
	}
	want.depth, want.video = depth, video
	for _, kind := range changed {
		if err := s.stopStream(ctx, kind); err != nil {
			return fmt.Errorf("%w: %w", errHalfway, err)
		}
		s.d.state.off(kind)
	}
	if err := s.c.calibrate(ctx, video); err != nil {
		return fmt.Errorf("%w: read the calibration: %w", errHalfway, err)
	}
	s.d.state.switched(depth, video, s.c.calibration)
	s.d.queue.Flush()
	for _, kind := range changed {
		if err := s.startStream(ctx, kind); err != nil {
			return fmt.Errorf("%w: %w", errHalfway, err)
		}
	}
	return nil
}
