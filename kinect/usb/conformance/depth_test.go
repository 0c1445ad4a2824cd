package conformance_test

import (
	"slices"
	"testing"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

var (
	millimetres = conformance.Formats{Depth: conformance.DepthMM, Video: conformance.NoVideo}
	registered  = conformance.Formats{Depth: conformance.DepthRegistered, Video: conformance.NoVideo}
)

// wrapped are the codes whose impossible distances libfreenect 0.5.3 turns into
// plausible ones: the formula is negative from 1090 on, and what is left of the
// negative number in 16 bits lies below ten metres for these two.
var wrapped = []uint16{1090, 1095}

// calibrations are a usual one, one whose reference plane and shift are others, and
// one whose colour camera leaves lines out and whose registration is bent elsewhere.
func calibrations() map[string]kinect.Calibration {
	usual := virtual.Calibration()
	other := usual
	other.ConstShift = 203
	other.ZeroPlane.EmitterDistance, other.ZeroPlane.ReferenceDistance, other.ZeroPlane.ReferencePixel = 7.6, 121.5, 0.1048
	bent := usual
	bent.Padding = kinect.Padding{StartLines: 8, EndLines: 8}
	bent.Register.DXStart += 700
	bent.Register.DYStart -= 900
	bent.Register.DXDXStart -= 300
	bent.Register.DYDYStart += 250
	return map[string]kinect.Calibration{"Usual": usual, "OtherPlane": other, "Bent": bent}
}

// TestEveryCode compares the distances of all 2048 codes.
func TestEveryCode(t *testing.T) {
	c, bus := consumer(t)
	codes := make([]uint16, kinect.Width*kinect.Height)
	for i := range codes {
		codes[i] = uint16(i % 2048)
	}
	frame := virtual.Depth11Bit.Pack(codes)
	for name, calibration := range calibrations() {
		t.Run(name, func(t *testing.T) {
			bus.Kinects[0].SetCalibration(calibration)
			mm := words(develop(t, c, bus, virtual.Depth11Bit, frame, millimetres))
			var lies []uint16
			capped := 0
			for code := range uint16(2048) {
				ours, theirs := raw.Distance(calibration, code), kinect.Millimetres(mm[code])
				switch {
				case ours == theirs:
				case ours == kinect.NoReading && theirs == raw.MaxDistance:
					capped++ // beyond what the sensor can tell: libfreenect says ten metres
				case ours == kinect.NoReading && code >= 1055:
					lies = append(lies, code)
				default:
					t.Errorf("code %d is %d mm for us and %d for libfreenect", code, ours, theirs)
				}
			}
			if name == "Usual" && !slices.Equal(lies, wrapped) {
				t.Errorf("libfreenect makes up distances for codes %v; known are %v", lies, wrapped)
			}
			if capped == 0 {
				t.Error("libfreenect never said ten metres; beyond code 1054 it should")
			}
			t.Logf("libfreenect says ten metres for %d codes, and makes up distances for %v", capped, lies)
		})
	}
}

// TestMillimetres compares a room, pixel by pixel.
func TestMillimetres(t *testing.T) {
	c, bus := consumer(t)
	codes := scene(1)
	mm := words(develop(t, c, bus, virtual.Depth11Bit, virtual.Depth11Bit.Pack(codes), millimetres))
	ours := make([]kinect.Millimetres, len(codes))
	raw.NewDeveloper(virtual.Calibration()).Millimetres(ours, codes)
	for i := range ours {
		if uint16(ours[i]) != mm[i] {
			t.Fatalf("pixel %d, code %d, is %d mm for us and %d for libfreenect", i, codes[i], ours[i], mm[i])
		}
	}
}

// TestRegistered compares registered depth of a room, pixel by pixel.
func TestRegistered(t *testing.T) {
	c, bus := consumer(t)
	for name, calibration := range calibrations() {
		t.Run(name, func(t *testing.T) {
			codes := scene(2)
			if calibration.Padding.StartLines > 0 {
				// libfreenect writes before its buffer when the rows that the colour
				// camera leaves out have depth: give it none there.
				for i := range codes[:40*kinect.Width] {
					codes[i] = kinect.NoDisparity
				}
			}
			bus.Kinects[0].SetCalibration(calibration)
			theirs := words(develop(t, c, bus, virtual.Depth11Bit, virtual.Depth11Bit.Pack(codes), registered))
			ours := develop11(t, calibration, codes)
			filled := 0
			for i := range ours {
				if uint16(ours[i]) != theirs[i] {
					t.Fatalf("pixel %d, %d is %d mm for us and %d for libfreenect", i%kinect.Width, i/kinect.Width, ours[i], theirs[i])
				}
				if ours[i] != kinect.NoReading {
					filled++
				}
			}
			if filled < len(ours)/2 {
				t.Errorf("only %d pixels have a reading", filled)
			}
		})
	}
}

// TestRegisteredEveryCode registers codes that mean nothing, too: where we differ,
// libfreenect shows a distance that it made up, nearer than what is there.
func TestRegisteredEveryCode(t *testing.T) {
	c, bus := consumer(t)
	codes := virtual.Depth11Bit.Unpack(virtual.RandomFrame(3, virtual.Depth11Bit, 0))
	theirs := words(develop(t, c, bus, virtual.Depth11Bit, virtual.Depth11Bit.Pack(codes), registered))
	ours := develop11(t, virtual.Calibration(), codes)

	table := make([]uint16, kinect.Width*kinect.Height)
	copy(table, wrapped)
	mm := words(develop(t, c, bus, virtual.Depth11Bit, virtual.Depth11Bit.Pack(table), millimetres))
	madeUp := mm[:len(wrapped)]
	different := 0
	for i := range ours {
		if uint16(ours[i]) == theirs[i] {
			continue
		}
		different++
		if !slices.Contains(madeUp, theirs[i]) || ours[i] != kinect.NoReading && uint16(ours[i]) < theirs[i] {
			t.Fatalf("pixel %d, %d is %d mm for us and %d for libfreenect, which is not of codes %v (%v mm)",
				i%kinect.Width, i/kinect.Width, ours[i], theirs[i], wrapped, madeUp)
		}
	}
	if different == 0 {
		t.Error("there was no pixel with a made-up distance; it should show in this test")
	}
	t.Logf("%d of %d pixels have distances that libfreenect made up: %v mm", different, len(ours), madeUp)
}

// develop11 is our registered depth.
func develop11(t *testing.T, c kinect.Calibration, codes []uint16) []kinect.Millimetres {
	t.Helper()
	mm, ok := raw.NewDeveloper(c).Depth(&kinect.DepthFrame{Codes: codes})
	if !ok {
		t.Fatal("our depth is not registered")
	}
	return mm
}

// TestDepth10 compares the codes of 10-bit depth.
func TestDepth10(t *testing.T) {
	c, bus := consumer(t)
	frame := virtual.RandomFrame(4, virtual.Depth10Bit, 0)
	theirs := words(develop(t, c, bus, virtual.Depth10Bit, frame, conformance.Formats{Depth: conformance.Depth10Bit, Video: conformance.NoVideo}))
	ours := make([]uint16, kinect.Width*kinect.Height)
	if n := raw.UnpackDepth10(ours, frame); n != len(ours) || !slices.Equal(ours, theirs) {
		t.Error("the codes of 10-bit depth are not libfreenect's")
	}
}
