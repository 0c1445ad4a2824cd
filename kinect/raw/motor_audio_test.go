package raw

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func words(w ...uint32) (b []byte) {
	for _, v := range w {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// TestAudioRequests has the bytes which libfreenect's tilt.c sends.
func TestAudioRequests(t *testing.T) {
	for l, want := range map[LED]uint32{LEDOff: 1, LEDBlinkGreen: 2, LEDGreen: 3, LEDRed: 4} {
		if got, err := AudioLED(l, 5); err != nil || !bytes.Equal(got, words(0x06022009, 5, 0, 0x10, want)) {
			t.Errorf("lamp %d: % x, %v", l, got, err)
		}
	}
	for _, l := range []LED{LEDYellow, LEDBlinkRedYellow, 5, 99} {
		if _, err := AudioLED(l, 5); err == nil {
			t.Errorf("lamp %d was taken", l)
		}
	}
	for degrees, want := range map[int]int32{0: 0, 7: 7, -12: -12, 31: 31, 32: 31, -90: -31} {
		if got := AudioTilt(degrees, 1<<31); !bytes.Equal(got, words(0x06022009, 1<<31, 0, 0x803b, uint32(want))) {
			t.Errorf("%d degrees: % x", degrees, got)
		}
	}
	if got := AudioState(9); !bytes.Equal(got, words(0x06022009, 9, 0x68, 0x8032)) {
		t.Errorf("state: % x", got)
	}
}

func TestParseAudioStatus(t *testing.T) {
	if err := ParseAudioStatus(words(0x0a6fe000, 7, 0), 7); err != nil {
		t.Error(err)
	}
	for word, b := range map[string][]byte{
		"0 bytes": nil, "13 bytes": make([]byte, 13), "begins with": words(0x0a6fe001, 7, 0),
		"request 8": words(0x0a6fe000, 8, 0), "refused": words(0x0a6fe000, 7, 3),
	} {
		if err := ParseAudioStatus(b, 7); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("want an error with %q, got %v", word, err)
		}
	}
}

// audioBlock is a state as the audio function gives it.
func audioBlock(x, y, z, tilt int32) []byte {
	b := make([]byte, AudioStateBytes)
	copy(b[16:], words(uint32(x), uint32(y), uint32(z), uint32(tilt)))
	return b
}

func TestParseAudioState(t *testing.T) {
	got, err := ParseAudioState(audioBlock(-3, 819, 20, -15))
	if want := (MotorState{X: -3, Y: 819, Z: 20, HalfDegrees: -30, Status: MotorUnknown}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for name, b := range map[string][]byte{
		"short": make([]byte, 103), "nothing": nil, "too steep": audioBlock(0, 819, 0, 64), "too far down": audioBlock(0, 819, 0, -65),
		"too heavy": audioBlock(0, 1<<15, 0, 0), "far too heavy": audioBlock(0, -1<<31, 0, 0),
	} {
		if _, err := ParseAudioState(b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// FuzzAudio: whatever the audio function answers, it is read exactly or refused.
func FuzzAudio(f *testing.F) {
	f.Add(words(0x0a6fe000, 7, 0), uint32(7))
	f.Add(words(0x0a6fe000, 7, 1), uint32(7))
	f.Add(audioBlock(-3, 819, 20, -15), uint32(0))
	f.Add(audioBlock(1<<20, 0, 0, 0), uint32(0))
	f.Add([]byte{}, uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, tag uint32) {
		if err := ParseAudioStatus(b, tag); (err == nil) != bytes.Equal(b, words(0x0a6fe000, tag, 0)) {
			t.Fatalf("% x to request %d: %v", b, tag, err)
		}
		s, err := ParseAudioState(b)
		if err != nil {
			return
		}
		if !bytes.Equal(b[16:32], audioBlock(int32(s.X), int32(s.Y), int32(s.Z), int32(s.HalfDegrees)/2)[16:32]) {
			t.Fatalf("% x was read as %+v", b, s)
		}
	})
}
