package usb

// LED is what the light at the Kinect's front shows.
type LED uint8

// The lights of a model 1414; the numbers are the device's.
const (
	LEDOff            LED = 0
	LEDGreen          LED = 1
	LEDRed            LED = 2
	LEDYellow         LED = 3
	LEDBlinkGreen     LED = 4
	LEDBlinkRedYellow LED = 6
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
	MotionBlocked Motion = "blocked"
)

// MotorState is how the Kinect stands.
type MotorState struct {
	// X, Y, Z is the acceleration in g: about (0, 1, 0) for one that stands level.
	X, Y, Z float64
	// Tilt is the camera's angle to the horizon in degrees, upwards positive;
	// Known is false while the motor moves, when the device does not say.
	Tilt   float64
	Known  bool
	Motion Motion
}

// MaxTilt is the furthest the motor is told to go, degrees either way
// (libfreenect's tilt.c has the same limit).
const MaxTilt = 31

// SetTilt turns the camera to an angle against the horizon, at most MaxTilt
// degrees either way; beyond is clamped. It returns when the motor has been told,
// not when it has arrived. Any goroutine.
func (d *Device) SetTilt(degrees int) error { return ErrNoMotor }

// SetLED sets the light. Any goroutine.
func (d *Device) SetLED(l LED) error { return ErrNoMotor }

// State reads accelerometer and motor. Any goroutine.
func (d *Device) State() (MotorState, error) { return MotorState{}, ErrNoMotor }
