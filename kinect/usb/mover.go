package usb

import (
	"fmt"
	"time"

	"cutout/kinect/raw"
)

// motorFunction is the motor of a 1414: a USB function of its own with control requests
// (libfreenect tilt.c).
type motorFunction struct{ port port }

const (
	motorOut, motorIn = 0x40, 0xc0
	requestLED        = 0x06
	requestTilt       = 0x31
	requestState      = 0x32
)

func (m motorFunction) tilt(degrees int) error {
	_, err := m.port.control(motorOut, requestTilt, raw.TiltValue(float64(degrees)), nil)
	return err
}

func (m motorFunction) led(l LED) error {
	_, err := m.port.control(motorOut, requestLED, uint16(l), nil)
	return err
}

func (m motorFunction) state() (raw.MotorState, error) {
	b := make([]byte, raw.MotorStateBytes)
	n, err := m.port.control(motorIn, requestState, 0, b)
	if err != nil {
		return raw.MotorState{}, err
	}
	return raw.ParseMotorState(b[:n])
}

func (m motorFunction) close() error { return m.port.close() }

// motorAudio is the motor of a 1473 or a Kinect for Windows: commands to the audio
// function's firmware over two bulk endpoints, done as libfreenect does it; no such
// Kinect has been tried.
type motorAudio struct {
	port port
	tag  uint32
}

// audioEndpoint is the number of the endpoint of commands and that of replies.
const audioEndpoint = 1

func (m *motorAudio) tilt(degrees int) error { return m.tell(raw.AudioTilt(degrees, m.tag)) }

func (m *motorAudio) led(l LED) error {
	request, err := raw.AudioLED(l, m.tag)
	if err != nil {
		return err
	}
	return m.tell(request)
}

func (m *motorAudio) state() (raw.MotorState, error) {
	if err := m.port.write(audioEndpoint, raw.AudioState(m.tag)); err != nil {
		return raw.MotorState{}, err
	}
	block, err := m.answer()
	if err != nil {
		return raw.MotorState{}, err
	}
	if err := m.status(); err != nil {
		return raw.MotorState{}, err
	}
	return raw.ParseAudioState(block)
}

// tell sends a request that is answered by a status only.
func (m *motorAudio) tell(request []byte) error {
	if err := m.port.write(audioEndpoint, request); err != nil {
		return err
	}
	return m.status()
}

// status reads the status that ends every exchange.
func (m *motorAudio) status() error {
	b, err := m.answer()
	if err != nil {
		return err
	}
	err = raw.ParseAudioStatus(b, m.tag)
	m.tag++
	return err
}

func (m *motorAudio) answer() ([]byte, error) {
	b := make([]byte, 512) // the endpoint's packet
	n, err := m.port.read(audioEndpoint, b)
	if err != nil {
		return nil, fmt.Errorf("read the audio function's answer: %w", err)
	}
	return b[:n], nil
}

func (m *motorAudio) close() error { return m.port.close() }

// tiltLimit keeps a motor from wearing out: no more than one move a second, and after
// fifteen moves without a rest of twenty seconds such a rest (Microsoft's Kinect for
// Windows SDK, remarks on NuiCameraElevationSetAngle).
type tiltLimit struct {
	last    time.Time
	moves   int // since the last rest
	degrees int
}

const (
	tiltPause = time.Second
	tiltMoves = 15
	tiltRest  = 20 * time.Second
)

// wait is how long the motor still has to stand.
func (l *tiltLimit) wait(now time.Time) time.Duration {
	pause := tiltPause
	if l.moves >= tiltMoves {
		pause = tiltRest
	}
	if l.moves == 0 {
		return 0
	}
	return max(0, l.last.Add(pause).Sub(now))
}

// told says whether the motor has been told this angle last.
func (l *tiltLimit) told(degrees int) bool { return l.moves > 0 && l.degrees == degrees }

// moved notes a move.
func (l *tiltLimit) moved(now time.Time, degrees int) {
	if now.Sub(l.last) >= tiltRest {
		l.moves = 0
	}
	l.last, l.degrees = now, degrees
	l.moves++
}
