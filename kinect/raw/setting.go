package raw

import (
	"errors"
	"fmt"
	"time"

	"cutout/kinect"
)

// A Setting is a value to write to a parameter.
type Setting struct {
	Parameter Parameter
	Value     uint16
}

// Values of parameters (libfreenect cameras.c; OpenNI2 XnStreamParams.h).
const (
	resolutionVGA, resolutionSXGA = 1, 2
	streamOff                     = 0
	streamColour                  = 1
	streamDepth                   = 2
	streamInfrared                = 3
	formatBayer, formatUYVY       = 0, 5
	format10Bit, format11Bit      = 2, 3
	// rate15 is what the registers say for UYVY and all of 1280x1024.
	rate15, rate30 = 15, 30
)

// StartDepth are the settings, in order, that start depth in a mode; none for
// DepthOff. Submit the transfers first (libfreenect cameras.c). They switch
// mirroring off.
func StartDepth(m kinect.DepthMode) []Setting {
	format := uint16(format11Bit)
	switch m {
	case kinect.Depth11Bit:
	case kinect.Depth10Bit:
		format = format10Bit
	default:
		return nil
	}
	return []Setting{
		{ParamProjectorCycle, 0},
		{ParamDepthStream, streamOff},
		{ParamDepthFormat, format},
		{ParamDepthResolution, resolutionVGA},
		{ParamDepthRate, rate30},
		{ParamDepthStream, streamDepth},
		{ParamDepthMirror, 0},
	}
}

// StartVideo are the settings, in order, that start video in a mode; none for
// VideoOff. Submit the transfers first (libfreenect cameras.c). To change modes write
// StopVideo, and take what still comes of the old mode off the stream. They switch
// mirroring off. Those of VideoInfraredSXGA include DepthKick and so end depth.
func StartVideo(m kinect.VideoMode) []Setting {
	switch m {
	case kinect.VideoBayer:
		return startColour(formatBayer, resolutionVGA, rate30)
	case kinect.VideoUYVY:
		return startColour(formatUYVY, resolutionVGA, rate15)
	case kinect.VideoBayerSXGA:
		return startColour(formatBayer, resolutionSXGA, rate15)
	case kinect.VideoInfrared:
		return startInfrared(resolutionVGA, rate30)
	case kinect.VideoInfraredSXGA:
		return append(DepthKick(), startInfrared(resolutionSXGA, rate15)...)
	}
	return nil
}

func startColour(format, resolution, rate uint16) []Setting {
	return []Setting{
		{ParamVideoFormat, format},
		{ParamVideoResolution, resolution},
		{ParamVideoRate, rate},
		{ParamVideoStream, streamColour},
		{ParamVideoMirror, 0},
	}
}

func startInfrared(resolution, rate uint16) []Setting {
	return []Setting{
		{ParamInfraredFormat, 0},
		{ParamInfraredResolution, resolution},
		{ParamInfraredRate, rate},
		{ParamProjectorCycle, 0},
		{ParamVideoStream, streamInfrared},
		{ParamInfraredMirror, 0},
	}
}

// DepthKick are the settings that start depth and end it at once, without which
// 1280x1024 does not come from a camera that has not sent depth before (libfreenect
// cameras.c for infrared; Linux' gspca kinect.c for Bayer too). Only with depth off.
func DepthKick() []Setting {
	return []Setting{
		{ParamDepthResolution, resolutionVGA},
		{ParamDepthRate, rate30},
		{ParamDepthStream, streamDepth},
		{ParamDepthStream, streamOff},
	}
}

// StopDepth are the settings that stop depth.
func StopDepth() []Setting { return []Setting{{ParamDepthStream, streamOff}} }

// StopVideo are the settings that stop video in any mode.
func StopVideo() []Setting { return []Setting{{ParamVideoStream, streamOff}} }

// Stop are the settings that stop both streams; also worth writing before a start,
// in case the last program died.
func Stop() []Setting { return append(StopVideo(), StopDepth()...) }

func word(on bool) uint16 {
	if on {
		return 1
	}
	return 0
}

// MirrorDepth has the camera mirror its depth. The calibration's registration does not
// fit mirrored pictures. Starting a stream ends mirroring.
func MirrorDepth(on bool) Setting { return Setting{ParamDepthMirror, word(on)} }

// MirrorVideo has the camera mirror its video in a mode.
func MirrorVideo(m kinect.VideoMode, on bool) Setting {
	if m.Format() == kinect.Infrared {
		return Setting{ParamInfraredMirror, word(on)}
	}
	return Setting{ParamVideoMirror, word(on)}
}

// The range of the infrared camera's gain, and what it begins with (libfreenect
// flags.c).
const (
	MinInfraredGain, MaxInfraredGain = 1, 50
	DefaultInfraredGain              = 0x1e
)

// InfraredGain is the brightness of the infrared picture, MinInfraredGain to
// MaxInfraredGain.
func InfraredGain(gain int) (Setting, error) {
	if gain < MinInfraredGain || gain > MaxInfraredGain {
		return Setting{}, fmt.Errorf("infrared gain %d is outside %d to %d", gain, MinInfraredGain, MaxInfraredGain)
	}
	return Setting{ParamInfraredGain, uint16(gain)}, nil
}

// NearModePause is how long to wait between the two settings of NearMode.
const NearModePause = 100 * time.Millisecond

// NearMode brings the nearest distance closer, on a Kinect for Windows only: write
// the second setting NearModePause after the first (libfreenect flags.c). It changes
// the infrared gain.
func NearMode(on bool) [2]Setting {
	if on {
		return [2]Setting{{ParamInfraredGain, 7}, {ParamNearMode, 0}}
	}
	return [2]Setting{{ParamInfraredGain, DefaultInfraredGain}, {ParamNearMode, 0x190}}
}

// A Flag is a bit in the colour camera chip's register FlagRegister (libfreenect.h,
// freenect_flag).
type Flag uint16

// The flags there are.
const (
	AutoExposure     Flag = 1 << 14
	AutoFlicker      Flag = 1 << 7 // against the flicker of lamps
	RawColour        Flag = 1 << 4 // no colour correction
	AutoWhiteBalance Flag = 1 << 1
)

// The registers of the colour camera's chip (libfreenect flags.c).
const (
	FlagRegister     = 0x0106
	ExposureRegister = 0x0009
)

// Apply is what to write to FlagRegister which has the value register now: read it
// with ReadCMOS, ask ParseCMOS, write with WriteCMOS.
func (f Flag) Apply(register uint16, on bool) uint16 {
	if on {
		return register | uint16(f)
	}
	return register &^ uint16(f)
}

// In tells whether the flag is set in the value of FlagRegister.
func (f Flag) In(register uint16) bool { return register&uint16(f) == uint16(f) }

// ErrNoExposure says that a video mode does not come from the colour camera.
var ErrNoExposure = errors.New("only the colour camera has an exposure: the video mode is infrared or off")

// exposureStep is the time of one row of the chip, the unit of ExposureRegister in a
// mode, and the longest exposure: the time of one frame (libfreenect_internal.h,
// SHUTTER_WIDTH_TO_EXP_RGB and _YUV).
func exposureStep(m kinect.VideoMode) (step, most time.Duration, err error) {
	switch m {
	case kinect.VideoBayer:
		return 54210 * time.Nanosecond, time.Second / 30, nil
	case kinect.VideoBayerSXGA:
		return 54210 * time.Nanosecond, time.Second / 10, nil
	case kinect.VideoUYVY:
		return 63250 * time.Nanosecond, time.Second / 15, nil
	}
	return 0, 0, ErrNoExposure
}

// Exposure sets the colour camera's exposure time, in steps of one row (54 µs; 63 µs
// in UYVY) up to the time of one frame; clear AutoExposure first, or it will not
// last.
func Exposure(d time.Duration, m kinect.VideoMode) (Request, error) {
	step, most, err := exposureStep(m)
	if err != nil {
		return Request{}, err
	}
	if d < step || d > most {
		return Request{}, fmt.Errorf("exposure of %v is outside %v to %v", d, step, most.Truncate(time.Microsecond))
	}
	return WriteCMOS(ExposureRegister, uint16(d/step)), nil
}

// ExposureOf is the exposure time that a value of ExposureRegister stands for in a
// mode.
func ExposureOf(value uint16, m kinect.VideoMode) (time.Duration, error) {
	step, _, err := exposureStep(m)
	return time.Duration(value) * step, err
}
