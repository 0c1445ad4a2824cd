package raw

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"cutout/kinect"
)

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Request
		tag  uint16
		want []byte
	}{
		{"get", GetParameter(ParamDepthStream), 0x1234, []byte{'G', 'M', 1, 0, 2, 0, 0x34, 0x12, 6, 0}},
		{"set", SetParameter(ParamProjectorCycle, 0), 7, []byte{'G', 'M', 2, 0, 3, 0, 7, 0, 5, 1, 0, 0}},
		{"fixed", FixedParameters(), 0, append([]byte{'G', 'M', 5, 0, 4, 0, 0, 0}, make([]byte, 10)...)},
		{"registration", AlgorithmParameters(AlgorithmRegistration, kinect.VideoBayer), 1, []byte{'G', 'M', 5, 0, 0x16, 0, 1, 0, 0x40, 0, 0, 0, 1, 0, 30, 0, 0, 0}},
		{"read chip", ReadCMOS(0x106), 0, []byte{'G', 'M', 3, 0, 0x95, 0, 0, 0, 1, 0, 6, 1, 0, 0}},
		{"write chip", WriteCMOS(0x106, 0x4002), 0, []byte{'G', 'M', 3, 0, 0x95, 0, 0, 0, 1, 0, 6, 0x81, 2, 0x40}},
	} {
		if got := c.r.Encode(c.tag); !bytes.Equal(got, c.want) {
			t.Errorf("%s: % x, want % x", c.name, got, c.want)
		}
	}
}

// reply makes a good reply with a payload behind the status.
func reply(c Command, tag, status uint16, payload ...byte) []byte {
	b := []byte{'R', 'B'}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(payload)/2+1))
	b = binary.LittleEndian.AppendUint16(b, uint16(c))
	b = binary.LittleEndian.AppendUint16(b, tag)
	b = binary.LittleEndian.AppendUint16(b, status)
	return append(b, payload...)
}

func TestParseReply(t *testing.T) {
	const c = CommandGetParameter
	good := reply(c, 9, 0, 1, 2, 3, 4)
	full := append(bytes.Clone(good), make([]byte, MaxReply-len(good))...)
	for name, r := range map[string][]byte{"good": good, "the whole buffer": full} {
		if got, err := ParseReply(r, c, 9); err != nil || !bytes.Equal(got, []byte{1, 2, 3, 4}) {
			t.Errorf("%s: % x, %v", name, got, err)
		}
	}
	for name, r := range map[string][]byte{"empty": nil, "512 bytes of nothing": make([]byte, MaxReply)} {
		if _, err := ParseReply(r, c, 9); !errors.Is(err, ErrNotReady) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var refused *StatusError
	if _, err := ParseReply(reply(c, 9, 3), c, 9); !errors.As(err, &refused) || refused.Status != 3 || refused.Command != c {
		t.Errorf("refused: %v", err)
	}
	change := func(i int, v byte) []byte {
		r := bytes.Clone(good)
		r[i] = v
		return r
	}
	for word, r := range map[string][]byte{
		"too few": good[:7], "begins with": change(0, 'G'), "instead of 0x02": change(4, 3), "has tag": change(6, 8),
		"it announces": good[:len(good)-1], "bytes instead": append(bytes.Clone(good), 0), "no status": {'R', 'B', 0, 0, 2, 0, 9, 0},
		"announces": change(3, 255),
	} {
		if _, err := ParseReply(r, c, 9); err == nil || errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), word) {
			t.Errorf("want an error with %q, got %v", word, err)
		}
	}
}

// fixedPayload is an answer to FixedParameters as a Kinect gives it (values:
// libfreenect issue 559).
func fixedPayload(values ...float32) []byte {
	b := make([]byte, fixedBytes)
	for i, v := range values {
		binary.LittleEndian.PutUint32(b[zeroPlaneOffset+4*i:], math.Float32bits(v))
	}
	return b
}

func TestParseCalibration(t *testing.T) {
	want := someCalibration()
	want.Padding = kinect.Padding{StartLines: 1, EndLines: 2, CroppingLines: 3}
	var registration []byte
	for _, f := range registrationFields(&want.Register) {
		registration = binary.LittleEndian.AppendUint32(registration, uint32(*f))
	}
	fixed := fixedPayload(7.5, 2.3, 120, 0.1042)
	padding, shift := []byte{1, 0, 2, 0, 3, 0}, []byte{200, 0}
	got, err := ParseCalibration(fixed, registration, padding, shift)
	if err != nil || got != want {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
	longer := append(bytes.Clone(fixed), make([]byte, 12)...) // model 1473
	if got, err := ParseCalibration(longer, registration, padding, shift); err != nil || got != want {
		t.Errorf("332 bytes: %+v, %v", got, err)
	}
	nan := float32(math.NaN())
	for word, parse := range map[string]func() error{
		"fixed parameters": func() error { _, err := ParseCalibration(fixed[:319], registration, padding, shift); return err },
		"registration":     func() error { _, err := ParseCalibration(fixed, registration[:115], padding, shift); return err },
		"padding":          func() error { _, err := ParseCalibration(fixed, registration, nil, shift); return err },
		"constant shift":   func() error { _, err := ParseCalibration(fixed, registration, padding, padding); return err },
		"emitter":          func() error { _, err := ParseFixedParameters(fixedPayload(nan, 2.3, 120, 0.1042)); return err },
		"reference dist":   func() error { _, err := ParseFixedParameters(fixedPayload(7.5, 2.3, 0, 0.1042)); return err },
		"reference pixel":  func() error { _, err := ParseFixedParameters(fixedPayload(7.5, 2.3, 120, -1)); return err },
	} {
		if err := parse(); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("want an error about %s, got %v", word, err)
		}
	}
}

func TestParameters(t *testing.T) {
	if v, err := ParseParameter([]byte{0x34, 0x12, 0, 0}); err != nil || v != 0x1234 {
		t.Errorf("%#x, %v", v, err)
	}
	if _, err := ParseParameter([]byte{1}); err == nil {
		t.Error("one byte was taken")
	}
	if v, err := ParseCMOS([]byte{6, 1, 2, 0x40}); err != nil || v != 0x4002 {
		t.Errorf("%#x, %v", v, err)
	}
	if _, err := ParseCMOS(nil); err == nil {
		t.Error("no bytes were taken")
	}
}

func TestMotor(t *testing.T) {
	got, err := ParseMotorState([]byte{0, 0, 0xff, 0xfe, 0x03, 0x33, 0, 0x10, 0xf0, 4})
	if want := (MotorState{X: -2, Y: 819, Z: 16, HalfDegrees: -16, Status: MotorMoving}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, n := range []int{0, 9, 11} {
		if _, err := ParseMotorState(make([]byte, n)); err == nil {
			t.Errorf("%d bytes were taken", n)
		}
	}
	for degrees, want := range map[float64]int16{0: 0, 10: 20, -10: -20, 31: 62, 90: 62, -90: -62, math.Inf(1): 62, math.Inf(-1): -62} {
		if got := int16(TiltValue(degrees)); got != want {
			t.Errorf("%g degrees: %d, want %d", degrees, got, want)
		}
	}
	if TiltValue(math.NaN()) != 0 {
		t.Error("no number tilts")
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add(reply(CommandGetParameter, 9, 0, 1, 2, 3, 4), uint16(2), uint16(9))
	f.Add(reply(CommandSetParameter, 0, 5), uint16(3), uint16(0))
	f.Add(make([]byte, MaxReply), uint16(4), uint16(1))
	f.Add([]byte("RB"), uint16(4), uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, command, tag uint16) {
		payload, err := ParseReply(b, Command(command), tag)
		if err != nil {
			if err.Error() == "" || payload != nil {
				t.Fatalf("%d bytes beside %q", len(payload), err)
			}
			return
		}
		if !bytes.HasPrefix(b, reply(Command(command), tag, 0, payload...)) {
			t.Fatalf("% x was taken from % x", payload, b)
		}
	})
}

func FuzzCalibration(f *testing.F) {
	f.Add(fixedPayload(7.5, 2.3, 120, 0.1042), make([]byte, 116), make([]byte, 6), []byte{200, 0})
	f.Add(fixedPayload(7.5, 2.3, 120, 0.1042), bytes.Repeat([]byte{0x7f}, 116), bytes.Repeat([]byte{0xff}, 6), []byte{255, 255})
	f.Add([]byte{}, []byte{1}, []byte{2}, []byte{3})
	codes := patches()
	f.Fuzz(func(t *testing.T, fixed, registration, padding, shift []byte) {
		c, err := ParseCalibration(fixed, registration, padding, shift)
		if err != nil {
			return
		}
		mm, _ := NewDeveloper(c).Depth(&kinect.DepthFrame{Codes: codes})
		for i, v := range mm {
			if v >= MaxDistance {
				t.Fatalf("pixel %d is %d mm", i, v)
			}
		}
	})
}
