package usb

import (
	"fmt"
	"sync"

	"cutout/kinect/raw"
)

// LED is what the light at the Kinect's front shows.
type LED = raw.LED

// The lights of a model 1414.
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

// MaxTilt is the furthest the motor is told to go, degrees either way.
const MaxTilt = raw.MaxTilt

// The motor's requests (libfreenect tilt.c), and the tilt it reports while moving.
const (
	motorOut, motorIn = 0x40, 0xc0
	requestLED        = 0x06
	requestTilt       = 0x31
	requestState      = 0x32
	tiltMoving        = -128
)

// motor is a Device's motor, which may be away. Any goroutine.
type motor struct {
	mu   sync.Mutex
	port port
	err  error // why there is no port
}

// attach opens the motor that was found beside a camera, if any.
func (m *motor) attach(b bus, f *function) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f == nil {
		m.err = ErrNoMotor
		return
	}
	p, err := b.open(*f)
	if err != nil {
		m.err = fmt.Errorf("open the motor: %w", err)
		return
	}
	m.port, m.err = p, nil
}

// detach closes it; from now on its requests fail with err.
func (m *motor) detach(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.port != nil {
		_ = m.port.close() // nothing is claimed; what fails here fails for want of a device
		m.port = nil
	}
	m.err = err
}

func (m *motor) control(requestType, request uint8, value uint16, data []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.port == nil {
		return 0, m.err
	}
	return m.port.control(requestType, request, value, data)
}

// SetTilt turns the camera to an angle against the horizon, at most MaxTilt
// degrees either way; beyond is clamped. It returns when the motor has been told,
// not when it has arrived. Any goroutine.
func (d *Device) SetTilt(degrees int) error {
	if _, err := d.motor.control(motorOut, requestTilt, raw.TiltValue(float64(degrees)), nil); err != nil {
		return fmt.Errorf("tilt the Kinect: %w", err)
	}
	return nil
}

// SetLED sets the light. Any goroutine.
func (d *Device) SetLED(l LED) error {
	if _, err := d.motor.control(motorOut, requestLED, uint16(l), nil); err != nil {
		return fmt.Errorf("set the Kinect's LED: %w", err)
	}
	return nil
}

// State reads accelerometer and motor. Any goroutine.
func (d *Device) State() (MotorState, error) {
	b := make([]byte, raw.MotorStateBytes)
	n, err := d.motor.control(motorIn, requestState, 0, b)
	if err != nil {
		return MotorState{}, fmt.Errorf("read the Kinect's motor: %w", err)
	}
	s, err := raw.ParseMotorState(b[:n])
	if err != nil {
		return MotorState{}, err
	}
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
	return state, nil
}
