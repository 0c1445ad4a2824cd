package usb

import (
	"context"
	"errors"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// settings are what a Device was told to be, kept for when it comes back. The
// goroutine that supervises owns them.
type settings struct {
	depth kinect.DepthMode
	video kinect.VideoMode

	mirrorDepth, mirrorVideo bool
	flags                    map[Flag]bool // those that were set
	exposure                 time.Duration // 0: never set
	gain                     int           // 0: never set
	near                     bool
}

// mirrors are the settings of a stream that starting it resets.
func (w *settings) mirrors(r *reader) []raw.Setting {
	switch {
	case r.kind == raw.DepthStream && w.mirrorDepth:
		return []raw.Setting{raw.MirrorDepth(true)}
	case r.kind == raw.VideoStream && w.mirrorVideo:
		return []raw.Setting{raw.MirrorVideo(r.video, true)}
	}
	return nil
}

// applyAll tells a camera that has just started what it has forgotten.
func (s *session) applyAll(ctx context.Context) error {
	w := &s.d.want
	if w.near {
		if err := s.applyNear(ctx, true); err != nil {
			return err
		}
	}
	if w.gain != 0 {
		if err := s.applyGain(ctx, w.gain); err != nil {
			return err
		}
	}
	for f, on := range w.flags {
		if err := s.applyFlag(ctx, f, on); err != nil {
			return err
		}
	}
	if w.exposure != 0 {
		if err := s.applyExposure(ctx, w.exposure); err != nil && !errors.Is(err, raw.ErrNoExposure) {
			return err
		}
	}
	return nil
}
