package usb

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"cutout/kinect/raw"
)

// LED is what the light at the Kinect's front shows.
type LED = raw.LED

// The lights.
const (
	LEDOff            = raw.LEDOff
	LEDGreen          = raw.LEDGreen
	LEDRed            = raw.LEDRed
	LEDYellow         = raw.LEDYellow
	LEDBlinkGreen     = raw.LEDBlinkGreen
	LEDBlinkRedYellow = raw.LEDBlinkRedYellow
)

// LEDs are the lights by name, as a command line takes them.
func LEDs() map[string]LED {
	return map[string]LED{
		"off": LEDOff, "green": LEDGreen, "red": LEDRed, "yellow": LEDYellow,
		"blink-green": LEDBlinkGreen, "blink-red-yellow": LEDBlinkRedYellow,
	}
}

// Motion is what the motor is doing.
type Motion string

// The states of the motor.
const (
	MotionStopped Motion = "stopped"
	MotionLimit   Motion = "at its limit"
	MotionMoving  Motion = "moving"
	MotionUnknown Motion = "unknown"
)

// MotorState is how the Kinect stands.
type MotorState struct {
	// X, Y, Z is the acceleration in g: about (0, 1, 0) for one that stands level.
	X, Y, Z float64
	// Tilt is the camera's angle to the horizon in degrees, upwards positive. While
	// the motor moves the device does not say: Known is false and Tilt 0.
	Tilt   float64
	Known  bool
	Motion Motion
}

// MaxTilt is the furthest the motor is told to go, degrees either way: what it was made
// for (Microsoft's Kinect for Windows SDK, NuiCameraElevationSetAngle). libfreenect
// allows 31, which is the end of its gears; a motor that pushes against its stop stalls.
const MaxTilt = 27

// A mover is a motor with its LED and accelerometer, however it is spoken to.
type mover interface {
	tilt(degrees int) error
	led(LED) error
	state() (raw.MotorState, error)
	close() error
}

// motor is a Device's motor, which may be away. Any goroutine.
type motor struct {
	mu    sync.Mutex
	mover mover
	err   error // why there is none
	limit tiltLimit
	light *LED // what it was told to show
}

// attach opens the motor of a Kinect, if it has one that can be driven.
func (m *motor) attach(b bus, s sensor) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mover, m.err = openMover(b, s)
	if m.mover != nil && m.light != nil {
		_ = m.mover.led(*m.light) // a courtesy; who asks next is told what is wrong
	}
}

func openMover(b bus, s sensor) (mover, error) {
	switch {
	case s.motor != nil:
		p, err := b.open(*s.motor)
		if err != nil {
			return nil, fmt.Errorf("open the motor: %w", err)
		}
		return motorFunction{p}, nil
	case s.model() == Model1414 || s.audio == nil:
		return nil, ErrNoMotor
	case !s.firmware():
		return nil, fmt.Errorf("%w: %w", ErrNoMotor, ErrNoFirmware)
	}
	p, err := b.open(*s.audio)
	if err != nil {
		return nil, fmt.Errorf("open the audio function: %w", err)
	}
	if err := p.claim(0); err != nil {
		return nil, fmt.Errorf("claim the audio function: %w", errors.Join(err, p.close()))
	}
	return &motorAudio{port: p}, nil
}

// detach closes it; from now on its requests fail with err.
func (m *motor) detach(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mover != nil {
		_ = m.mover.close() // what fails here fails for want of a device
		m.mover = nil
	}
	m.err = err
}

// with does something with the motor, if it is there.
func (m *motor) with(do func(mover) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mover == nil {
		return m.err
	}
	return do(m.mover)
}

// SetTilt turns the camera to an angle against the horizon, at most MaxTilt degrees
// either way; beyond is clamped. It returns when the motor has been told, not when it
// has arrived. A motor that is told to move all the time overheats and wears: more than
// one move a second, or more than fifteen without a rest of twenty seconds, is refused
// with ErrTiltTooOften, which says how long to wait; to be told the same angle again is
// no move. Any goroutine.
func (d *Device) SetTilt(degrees int) error {
	degrees = max(-MaxTilt, min(MaxTilt, degrees))
	err := d.motor.with(func(m mover) error {
		now := time.Now()
		if wait := d.motor.limit.wait(now); wait > 0 {
			if d.motor.limit.told(degrees) {
				return nil
			}
			return fmt.Errorf("%w: wait %v", ErrTiltTooOften, wait.Round(100*time.Millisecond))
		}
		err := m.tilt(degrees)
		if err == nil {
			d.motor.limit.moved(now, degrees)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("tilt the Kinect: %w", err)
	}
	return nil
}

// SetLED sets the light. Models driven through their audio function have no yellow and
// no blinking red and yellow. Any goroutine.
func (d *Device) SetLED(l LED) error {
	err := d.motor.with(func(m mover) error {
		err := m.led(l)
		if err == nil {
			d.motor.light = &l
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set the Kinect's LED: %w", err)
	}
	return nil
}

// State reads accelerometer and motor. Any goroutine.
func (d *Device) State() (MotorState, error) {
	s, err := d.RawState()
	if err != nil {
		return MotorState{}, err
	}
	return motorState(s), nil
}

// RawState is State in the device's own counts, which recordings keep. Any goroutine.
func (d *Device) RawState() (s raw.MotorState, err error) {
	err = d.motor.with(func(m mover) (err error) {
		s, err = m.state()
		return err
	})
	if err != nil {
		return raw.MotorState{}, fmt.Errorf("read the Kinect's motor: %w", err)
	}
	return s, nil
}

// tiltMoving is the tilt that a motor reports while it moves.
const tiltMoving = -128

func motorState(s raw.MotorState) MotorState {
	state := MotorState{
		X: float64(s.X) / raw.CountsPerG, Y: float64(s.Y) / raw.CountsPerG, Z: float64(s.Z) / raw.CountsPerG,
		Motion: MotionUnknown,
	}
	if s.HalfDegrees != tiltMoving {
		state.Tilt, state.Known = float64(s.HalfDegrees)/2, true
	}
	switch s.Status {
	case raw.MotorStopped:
		state.Motion = MotionStopped
	case raw.MotorAtLimit:
		state.Motion = MotionLimit
	case raw.MotorMoving:
		state.Motion = MotionMoving
	}
	return state
}
