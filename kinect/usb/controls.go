package usb

import (
	"context"
	"fmt"
	"time"

	"cutout/kinect/raw"
)

// A Flag is something that the colour camera does by itself, or not.
type Flag uint8

// The flags (libfreenect.h, freenect_flag). A camera that was plugged in has the
// automatic ones on and raw colour off.
const (
	FlagAutoExposure Flag = iota
	FlagAutoWhiteBalance
	// FlagAutoFlicker adapts the exposure to lamps that flicker with the mains.
	FlagAutoFlicker
	// FlagRawColour leaves out the camera's colour correction.
	FlagRawColour
)

// Flags are the flags by name, as a command line takes them.
func Flags() map[string]Flag {
	return map[string]Flag{
		"auto-exposure": FlagAutoExposure, "auto-white-balance": FlagAutoWhiteBalance,
		"auto-flicker": FlagAutoFlicker, "raw-colour": FlagRawColour,
	}
}

// What a Device was told holds until it is told otherwise: a Kinect that was unplugged
// or had to be restarted comes back with it. Every setter waits for the camera's
// answer, some milliseconds, and fails without an effect while the Kinect is away, with
// the reason that Status gives. Any goroutine may call them.

// controlLimit bounds how long a setter takes with a camera that does not answer.
const controlLimit = 5 * time.Second

// control has the camera's owner do something.
func (d *Device) control(what string, do func(context.Context, *session) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), controlLimit)
	defer cancel()
	if err := d.ask(ctx, do); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (f Flag) raw() raw.Flag {
	return [...]raw.Flag{raw.AutoExposure, raw.AutoWhiteBalance, raw.AutoFlicker, raw.RawColour}[f]
}

// SetFlag turns a flag of the colour camera on or off.
func (d *Device) SetFlag(f Flag, on bool) error {
	if f > FlagRawColour {
		return fmt.Errorf("the colour camera has no flag %d", f)
	}
	return d.control("set a flag of the colour camera", func(ctx context.Context, s *session) error {
		if err := s.applyFlag(ctx, f, on); err != nil {
			return err
		}
		if s.d.want.flags == nil {
			s.d.want.flags = map[Flag]bool{}
		}
		s.d.want.flags[f] = on
		return nil
	})
}

func (s *session) applyFlag(ctx context.Context, f Flag, on bool) error {
	register, err := s.c.ask(ctx, raw.ReadCMOS(raw.FlagRegister), raw.ParseCMOS)
	if err != nil {
		return err
	}
	_, err = s.c.command(ctx, raw.WriteCMOS(raw.FlagRegister, f.raw().Apply(register, on)))
	return err
}

// Flags asks the colour camera for all of its flags.
func (d *Device) Flags() (map[Flag]bool, error) {
	flags := map[Flag]bool{}
	err := d.control("ask for the flags of the colour camera", func(ctx context.Context, s *session) error {
		register, err := s.c.ask(ctx, raw.ReadCMOS(raw.FlagRegister), raw.ParseCMOS)
		for _, f := range Flags() {
			flags[f] = f.raw().In(register)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return flags, nil
}

// SetExposure sets the time for which the colour camera gathers light, in steps of
// 54 µs (63 µs in VideoUYVY) up to a frame's time; what lies outside is an error. Of
// use with FlagAutoExposure off, and in colour modes only (raw.ErrNoExposure).
func (d *Device) SetExposure(t time.Duration) error {
	return d.control("set the exposure", func(ctx context.Context, s *session) error {
		err := s.applyExposure(ctx, t)
		if err == nil {
			s.d.want.exposure = t
		}
		return err
	})
}

func (s *session) applyExposure(ctx context.Context, t time.Duration) error {
	r, err := raw.Exposure(t, s.d.want.video)
	if err == nil {
		_, err = s.c.command(ctx, r)
	}
	return err
}

// Exposure asks the colour camera for it.
func (d *Device) Exposure() (t time.Duration, err error) {
	err = d.control("ask for the exposure", func(ctx context.Context, s *session) error {
		value, err := s.c.ask(ctx, raw.ReadCMOS(raw.ExposureRegister), raw.ParseCMOS)
		if err == nil {
			t, err = raw.ExposureOf(value, s.d.want.video)
		}
		return err
	})
	return t, err
}

// SetMirror mirrors the pictures of the depth camera and of the video stream left to
// right. The registration does not know of it: mirrored depth does not lie on
// colour.
func (d *Device) SetMirror(depth, video bool) error {
	return d.control("mirror the pictures", func(ctx context.Context, s *session) error {
		err := s.c.set(ctx, []raw.Setting{raw.MirrorDepth(depth), raw.MirrorVideo(s.d.want.video, video)})
		if err == nil {
			s.d.want.mirrorDepth, s.d.want.mirrorVideo = depth, video
		}
		return err
	})
}

// SetInfraredGain sets the brightness of the infrared picture, 1 to 50.
func (d *Device) SetInfraredGain(gain int) error {
	return d.control("set the infrared gain", func(ctx context.Context, s *session) error {
		err := s.applyGain(ctx, gain)
		if err == nil {
			s.d.want.gain = gain
		}
		return err
	})
}

func (s *session) applyGain(ctx context.Context, gain int) error {
	setting, err := raw.InfraredGain(gain)
	if err == nil {
		err = s.c.set(ctx, []raw.Setting{setting})
	}
	return err
}

// InfraredGain asks the camera for it.
func (d *Device) InfraredGain() (gain int, err error) {
	err = d.control("ask for the infrared gain", func(ctx context.Context, s *session) error {
		value, err := s.c.ask(ctx, raw.GetParameter(raw.ParamInfraredGain), raw.ParseParameter)
		gain = int(value)
		return err
	})
	return gain, err
}

// SetNearMode lets a Kinect for Windows see from 40 cm on, and less far; it changes
// the infrared gain. Other models answer ErrNoNearMode. Unverified: it is done as
// libfreenect does it, and no such Kinect has been tried.
func (d *Device) SetNearMode(on bool) error {
	return d.control("set the near mode", func(ctx context.Context, s *session) error {
		if s.c.model != ModelWindows {
			return ErrNoNearMode
		}
		err := s.applyNear(ctx, on)
		if err == nil {
			s.d.want.near, s.d.want.gain = on, 0
		}
		return err
	})
}

func (s *session) applyNear(ctx context.Context, on bool) error {
	settings := raw.NearMode(on)
	if err := s.c.set(ctx, settings[:1]); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(raw.NearModePause):
	}
	return s.c.set(ctx, settings[1:])
}
