package usb

import (
	"context"
	"errors"
	"time"

	"cutout/kinect"
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

// Settings are what a Device was told to do. The zero value is how a Kinect starts.
// They hold until they are changed: a Kinect that was unplugged, or had to be
// restarted, comes back with them.
//
// Every setter waits for the camera's answer, a second at most, and fails with the
// reason in Status().Trouble, and without an effect, while the Kinect is away. Any
// goroutine may call them.

// SetModes switches both streams while the Device runs; a stream whose mode stays
// goes on without a gap. Frames of the old modes that nobody took are thrown away
// and the calibration is read anew (the registration depends on the video mode)
// before SetModes returns: what Next gives from then on is of the new modes and goes
// with the Calibration of then; make a new Developer. ctx bounds the switch; when it
// fails half-way the Device goes on trying by itself, as after a freeze.
func (d *Device) SetModes(ctx context.Context, depth kinect.DepthMode, video kinect.VideoMode) error {
	return errors.ErrUnsupported
}

// Modes are the modes of the streams.
func (d *Device) Modes() (kinect.DepthMode, kinect.VideoMode) {
	return d.options.Depth, d.options.Video
}

// SetFlag turns a flag of the colour camera on or off.
func (d *Device) SetFlag(f Flag, on bool) error { return errors.ErrUnsupported }

// Flags asks the colour camera for all of its flags.
func (d *Device) Flags() (map[Flag]bool, error) { return nil, errors.ErrUnsupported }

// SetExposure sets the time for which the colour camera gathers light, of use with
// FlagAutoExposure off. What the camera can't do it rounds and clamps: its steps are
// 54 µs (63 µs in VideoUYVY), and a frame's time is the most.
func (d *Device) SetExposure(t time.Duration) error { return errors.ErrUnsupported }

// Exposure asks for it.
func (d *Device) Exposure() (time.Duration, error) { return 0, errors.ErrUnsupported }

// SetMirror mirrors the pictures of the depth camera and of the video stream left to
// right. The registration does not know of it: mirrored depth does not lie on
// colour.
func (d *Device) SetMirror(depth, video bool) error { return errors.ErrUnsupported }

// SetInfraredGain sets the brightness of the infrared picture, 1 to 50.
func (d *Device) SetInfraredGain(gain int) error { return errors.ErrUnsupported }

// InfraredGain asks for it.
func (d *Device) InfraredGain() (int, error) { return 0, errors.ErrUnsupported }

// SetNearMode lets a Kinect for Windows see from 40 cm on, and less far; other
// models answer ErrNoNearMode. Unverified: no such Kinect has been tried.
func (d *Device) SetNearMode(on bool) error { return errors.ErrUnsupported }
