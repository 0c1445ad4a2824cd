package raw

import (
	"encoding/binary"
	"fmt"
)

// A MotorStatus says what the tilt motor is doing.
type MotorStatus uint8

// The states that devices report (libfreenect.h, freenect_tilt_status_code).
const (
	MotorStopped MotorStatus = 0
	MotorAtLimit MotorStatus = 1
	MotorMoving  MotorStatus = 4
	// MotorUnknown is that of models which do not tell.
	MotorUnknown MotorStatus = 0xff
)

// CountsPerG is what the accelerometer reads for one g (libfreenect tilt.c).
const CountsPerG = 819

// A MotorState is the sensor's attitude. Upright, Y is about CountsPerG.
type MotorState struct {
	X, Y, Z int16 // CountsPerG
	// HalfDegrees is the tilt of the head against gravity, twice the degrees,
	// positive upwards; -128 while the motor moves.
	HalfDegrees int8
	Status      MotorStatus
}

// MotorStateBytes is the length of the motor's answer to request 0x32.
const MotorStateBytes = 10

// ParseMotorState reads the answer of a model 1414's motor to request 0x32.
func ParseMotorState(b []byte) (MotorState, error) {
	if len(b) != MotorStateBytes {
		return MotorState{}, fmt.Errorf("the motor's state has %d bytes instead of %d", len(b), MotorStateBytes)
	}
	return MotorState{
		X:           int16(binary.BigEndian.Uint16(b[2:])),
		Y:           int16(binary.BigEndian.Uint16(b[4:])),
		Z:           int16(binary.BigEndian.Uint16(b[6:])),
		HalfDegrees: int8(b[8]),
		Status:      MotorStatus(b[9]),
	}, nil
}

// MaxTilt is as far as the head may be tilted either way, in degrees; beyond it the
// motor stalls against its stop (libfreenect tilt.c).
const MaxTilt = 31

// TiltValue is the wValue of request 0x31 that tilts the head to degrees above the
// horizon, kept within MaxTilt.
func TiltValue(degrees float64) uint16 {
	if degrees != degrees {
		degrees = 0
	}
	return uint16(int16(2 * max(-MaxTilt, min(MaxTilt, degrees))))
}

// An LED is a colour of the lamp, the wValue of request 0x06 (libfreenect.h).
type LED uint16

// What the lamp can show.
const (
	LEDOff            LED = 0
	LEDGreen          LED = 1
	LEDRed            LED = 2
	LEDYellow         LED = 3
	LEDBlinkGreen     LED = 4
	LEDBlinkRedYellow LED = 6
)
