package raw

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The models 1473 and Kinect for Windows move their head through the audio function's
// bulk endpoints 0x01 (out) and 0x81 (in), when it runs firmware (libfreenect tilt.c).
// Each request is answered by a status of AudioStatusBytes; AudioState by a block of
// AudioStateBytes first. All is said to be unverified: libfreenect drives them so.
const (
	AudioStatusBytes = 12
	AudioStateBytes  = 104

	audioMagic      = 0x06022009
	audioReplyMagic = 0x0a6fe000
	audioLED        = 0x10
	audioTilt       = 0x803b
	audioState      = 0x8032
	audioStateAt    = 16 // of x, y, z and tilt in the block
)

// AudioLED asks the audio function to set the lamp; its answer is a status that echoes
// the tag. It has no yellow and no blinking red and yellow.
func AudioLED(l LED, tag uint32) ([]byte, error) {
	value, ok := map[LED]uint32{LEDOff: 1, LEDBlinkGreen: 2, LEDGreen: 3, LEDRed: 4}[l]
	if !ok {
		return nil, fmt.Errorf("this model's lamp is off, green, blinking green or red, and nothing else")
	}
	return audioRequest(tag, 0, audioLED, value), nil
}

// AudioTilt asks the audio function to tilt the head to degrees above the horizon,
// kept within MaxTilt; its answer is a status.
func AudioTilt(degrees int, tag uint32) []byte {
	return audioRequest(tag, 0, audioTilt, uint32(int32(max(-MaxTilt, min(MaxTilt, degrees)))))
}

// AudioState asks the audio function for the sensor's attitude; its answers are a
// block for ParseAudioState and a status.
func AudioState(tag uint32) []byte { return audioRequest(tag, AudioStateBytes, audioState) }

func audioRequest(tag, arg1, command uint32, arg2 ...uint32) []byte {
	b := make([]byte, 0, 20)
	for _, w := range append([]uint32{audioMagic, tag, arg1, command}, arg2...) {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// ParseAudioStatus reads the answer to a request with the tag; nil means done.
func ParseAudioStatus(b []byte, tag uint32) error {
	if len(b) != AudioStatusBytes {
		return fmt.Errorf("the audio function's status has %d bytes instead of %d", len(b), AudioStatusBytes)
	}
	if m := binary.LittleEndian.Uint32(b); m != audioReplyMagic {
		return fmt.Errorf("the audio function's status begins with %#08x instead of %#08x", m, audioReplyMagic)
	}
	if t := binary.LittleEndian.Uint32(b[4:]); t != tag {
		return fmt.Errorf("the audio function answers request %d instead of %d", t, tag)
	}
	if s := binary.LittleEndian.Uint32(b[8:]); s != 0 {
		return fmt.Errorf("the audio function refused with status %#x", s)
	}
	return nil
}

// ParseAudioState reads the block that answers AudioState. Status is
// MotorUnknown, as the block does not tell.
func ParseAudioState(b []byte) (MotorState, error) {
	if len(b) != AudioStateBytes {
		return MotorState{}, fmt.Errorf("the audio function's state has %d bytes instead of %d", len(b), AudioStateBytes)
	}
	var v [4]int32
	for i := range v {
		v[i] = int32(binary.LittleEndian.Uint32(b[audioStateAt+4*i:]))
		if v[i] != int32(int16(v[i])) {
			return MotorState{}, errors.New("the audio function's state holds impossible numbers")
		}
	}
	if v[3] < -64 || v[3] > 63 {
		return MotorState{}, fmt.Errorf("the audio function tells a tilt of %d degrees", v[3])
	}
	return MotorState{X: int16(v[0]), Y: int16(v[1]), Z: int16(v[2]), HalfDegrees: int8(2 * v[3]), Status: MotorUnknown}, nil
}
