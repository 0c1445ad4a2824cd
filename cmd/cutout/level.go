package main

import (
	"math"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/raw"
)

// asksAgain is how many frames lie between two questions to the motor: ten seconds.
const asksAgain = 300

// A level tells a tracker which way is up, by the angle against gravity that the sensor's
// motor measures.
type level struct {
	frames int
	mute   bool // the motor did not answer
	angle  int8
	known  bool
}

// tell asks the source and tells the tracker what changed. It is to be called with every
// frame.
func (l *level) tell(t *body.Tracker, source kinect.Source) {
	var state raw.MotorState
	switch s := source.(type) {
	case interface{ Attitude() (raw.MotorState, bool) }:
		var ok bool
		if state, ok = s.Attitude(); !ok {
			return
		}
	case interface {
		RawState() (raw.MotorState, error)
	}:
		l.frames++
		if l.mute || l.frames%asksAgain != 1 {
			return
		}
		var err error
		if state, err = s.RawState(); err != nil {
			l.mute = true
			return
		}
	default:
		return
	}
	if up, ok := upward(state); ok && !(l.known && l.angle == state.HalfDegrees) {
		l.angle, l.known = state.HalfDegrees, true
		t.SetUp(up)
	}
}

// upward is where up is for a sensor that looks up by so many degrees; false while the
// motor moves.
func upward(s raw.MotorState) (up kinect.Place, ok bool) {
	const moving = -128
	if s.HalfDegrees == moving {
		return up, false
	}
	sin, cos := math.Sincos(float64(s.HalfDegrees) / 2 * math.Pi / 180)
	return kinect.Place{Y: -cos, Z: sin}, true
}
