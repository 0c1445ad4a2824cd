package raw

import (
	"encoding/binary"
	"errors"
	"fmt"

	"cutout/kinect"
)

// A Command is a request of the camera's control protocol (names from OpenNI2,
// XnHostProtocol.h).
type Command uint16

// The commands there are.
const (
	CommandGetParameter    Command = 0x02
	CommandSetParameter    Command = 0x03
	CommandFixedParameters Command = 0x04
	CommandAlgorithm       Command = 0x16
	CommandCMOSRegister    Command = 0x95
)

// A Parameter is a register of the camera (numbers: libfreenect cameras.c, names:
// OpenNI2 XnParams.h).
type Parameter uint16

// The parameters that start, stop and shape the two streams.
const (
	ParamVideoStream     Parameter = 0x05 // 0 off, 1 colour, 3 infrared
	ParamDepthStream     Parameter = 0x06 // 0 off, 2 depth
	ParamVideoFormat     Parameter = 0x0c // 0 Bayer, 5 UYVY
	ParamVideoResolution Parameter = 0x0d // 1 VGA, 2 SXGA
	ParamVideoRate       Parameter = 0x0e // frames a second
	ParamDepthFormat     Parameter = 0x12 // 2 = 10 bit, 3 = 11 bit
	ParamDepthResolution Parameter = 0x13
	ParamDepthRate       Parameter = 0x14
	ParamInfraredGain    Parameter = 0x15 // 1..50
	ParamDepthMirror     Parameter = 0x17

	ParamInfraredFormat     Parameter = 0x19
	ParamInfraredResolution Parameter = 0x1a // 1 VGA, 2 SXGA
	ParamInfraredRate       Parameter = 0x1b

	ParamVideoMirror    Parameter = 0x47
	ParamInfraredMirror Parameter = 0x48
	ParamProjectorCycle Parameter = 0x105 // automatic cycling of the projector
	ParamNearMode       Parameter = 0x2ef // Kinect for Windows only (libfreenect flags.c)
)

// An Algorithm is a block of factory calibration that the camera hands out.
type Algorithm uint16

// The blocks and what parses them.
const (
	AlgorithmConstShift   Algorithm = 0x00 // ParseConstShift
	AlgorithmRegistration Algorithm = 0x40 // ParseRegistration
	AlgorithmPadding      Algorithm = 0x41 // ParsePadding
)

const (
	controlHeaderBytes = 8
	// MaxReply is the size of the buffer for a reply; no reply fills it, but a
	// device that is not ready may return exactly that much (libfreenect flags.c).
	MaxReply = 0x200
)

// A Request is a command with its payload.
type Request struct {
	Command Command
	words   [6]uint16
	length  int
}

func request(c Command, words ...uint16) Request {
	r := Request{Command: c, length: len(words)}
	copy(r.words[:], words)
	return r
}

// GetParameter asks for the value of a parameter; ParseParameter reads the answer.
func GetParameter(p Parameter) Request { return request(CommandGetParameter, uint16(p)) }

// SetParameter writes a parameter.
func SetParameter(p Parameter, value uint16) Request {
	return request(CommandSetParameter, uint16(p), value)
}

// FixedParameters asks for the block that ParseFixedParameters reads.
func FixedParameters() Request { return request(CommandFixedParameters, 0, 0, 0, 0, 0) }

// AlgorithmParameters asks for a block of calibration as it is in a video mode; the
// registration depends on it and must be asked for again after a change (libfreenect
// cameras.c). VideoOff asks as VideoBayer does.
func AlgorithmParameters(a Algorithm, m kinect.VideoMode) Request {
	resolution, rate := uint16(resolutionVGA), uint16(30)
	switch m {
	case kinect.VideoUYVY:
		rate = 15
	case kinect.VideoBayerSXGA, kinect.VideoInfraredSXGA:
		resolution, rate = resolutionSXGA, 10
	}
	return request(CommandAlgorithm, uint16(a), 0, resolution, rate, 0)
}

// ReadCMOS asks for a register of the colour camera's chip; ParseCMOS reads the
// answer.
func ReadCMOS(register uint16) Request {
	return request(CommandCMOSRegister, 1, register&0x7fff, 0)
}

// WriteCMOS writes a register of the colour camera's chip.
func WriteCMOS(register, value uint16) Request {
	return request(CommandCMOSRegister, 1, register|0x8000, value)
}

// Encode is the request as it goes out, with the tag that the reply must echo.
func (r Request) Encode(tag uint16) []byte {
	b := make([]byte, 0, controlHeaderBytes+2*r.length)
	b = append(b, 'G', 'M')
	b = binary.LittleEndian.AppendUint16(b, uint16(r.length))
	b = binary.LittleEndian.AppendUint16(b, uint16(r.Command))
	b = binary.LittleEndian.AppendUint16(b, tag)
	for _, w := range r.words[:r.length] {
		b = binary.LittleEndian.AppendUint16(b, w)
	}
	return b
}

// ErrNotReady says that the camera has no reply yet: ask again, for a bounded time.
var ErrNotReady = errors.New("the camera has no reply yet")

// A StatusError is a refusal by the camera.
type StatusError struct {
	Command Command
	Status  uint16
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the camera refused command %#02x with status %d", uint16(e.Command), e.Status)
}

// ParseReply checks a reply against the request it answers and returns its payload
// after the status word, as a part of reply. An empty reply, and one of MaxReply
// bytes that does not begin with a reply's magic, is ErrNotReady; a status other
// than 0 is a *StatusError.
func ParseReply(reply []byte, command Command, tag uint16) ([]byte, error) {
	if len(reply) == 0 {
		return nil, ErrNotReady
	}
	magic := len(reply) >= 2 && reply[0] == 'R' && reply[1] == 'B'
	if len(reply) >= MaxReply && !magic {
		return nil, ErrNotReady
	}
	if len(reply) < controlHeaderBytes {
		return nil, fmt.Errorf("reply to command %#02x has %d bytes, too few for a header", uint16(command), len(reply))
	}
	if !magic {
		return nil, fmt.Errorf("reply to command %#02x begins with % x instead of \"RB\"", uint16(command), reply[:2])
	}
	length := 2 * int(binary.LittleEndian.Uint16(reply[2:]))
	if c := binary.LittleEndian.Uint16(reply[4:]); c != uint16(command) {
		return nil, fmt.Errorf("reply is to command %#02x instead of %#02x", c, uint16(command))
	}
	if t := binary.LittleEndian.Uint16(reply[6:]); t != tag {
		return nil, fmt.Errorf("reply to command %#02x has tag %d instead of %d", uint16(command), t, tag)
	}
	payload := reply[controlHeaderBytes:]
	if len(payload) > length && len(reply) >= MaxReply {
		payload = payload[:length] // some hosts return the whole buffer (libfreenect issue 494)
	}
	if len(payload) != length {
		return nil, fmt.Errorf("reply to command %#02x has %d bytes instead of the %d it announces", uint16(command), len(payload), length)
	}
	if length < 2 {
		return nil, fmt.Errorf("reply to command %#02x has no status", uint16(command))
	}
	if s := binary.LittleEndian.Uint16(payload); s != 0 {
		return nil, &StatusError{Command: command, Status: s}
	}
	return payload[2:], nil
}
