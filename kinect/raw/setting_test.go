package raw

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
)

// TestStart has the order and the values which libfreenect's cameras.c writes.
func TestStart(t *testing.T) {
	for m, want := range map[kinect.DepthMode][]Setting{
		kinect.Depth11Bit: {{0x105, 0}, {0x06, 0}, {0x12, 3}, {0x13, 1}, {0x14, 0x1e}, {0x06, 2}, {0x17, 0}},
		kinect.Depth10Bit: {{0x105, 0}, {0x06, 0}, {0x12, 2}, {0x13, 1}, {0x14, 0x1e}, {0x06, 2}, {0x17, 0}},
		kinect.DepthOff:   nil,
	} {
		if got := StartDepth(m); !slices.Equal(got, want) {
			t.Errorf("depth %v: %v, want %v", m, got, want)
		}
	}
	for m, want := range map[kinect.VideoMode][]Setting{
		kinect.VideoBayer:        {{0x0c, 0}, {0x0d, 1}, {0x0e, 0x1e}, {0x05, 1}, {0x47, 0}},
		kinect.VideoUYVY:         {{0x0c, 5}, {0x0d, 1}, {0x0e, 0x0f}, {0x05, 1}, {0x47, 0}},
		kinect.VideoBayerSXGA:    {{0x0c, 0}, {0x0d, 2}, {0x0e, 0x0f}, {0x05, 1}, {0x47, 0}},
		kinect.VideoInfrared:     {{0x19, 0}, {0x1a, 1}, {0x1b, 0x1e}, {0x105, 0}, {0x05, 3}, {0x48, 0}},
		kinect.VideoInfraredSXGA: {{0x13, 1}, {0x14, 0x1e}, {0x06, 2}, {0x06, 0}, {0x19, 0}, {0x1a, 2}, {0x1b, 0x0f}, {0x105, 0}, {0x05, 3}, {0x48, 0}},
		kinect.VideoOff:          nil,
	} {
		if got := StartVideo(m); !slices.Equal(got, want) {
			t.Errorf("video %v: %v, want %v", m, got, want)
		}
	}
	if got := Stop(); !slices.Equal(got, []Setting{{0x05, 0}, {0x06, 0}}) {
		t.Errorf("stop: %v", got)
	}
}

func TestAlgorithmFollowsMode(t *testing.T) {
	for m, want := range map[kinect.VideoMode][2]byte{
		kinect.VideoBayer: {1, 30}, kinect.VideoUYVY: {1, 15}, kinect.VideoInfrared: {1, 30},
		kinect.VideoBayerSXGA: {2, 10}, kinect.VideoInfraredSXGA: {2, 10}, kinect.VideoOff: {1, 30},
	} {
		b := AlgorithmParameters(AlgorithmRegistration, m).Encode(0)
		if got := [2]byte{b[12], b[14]}; got != want {
			t.Errorf("%v: resolution and rate %v, want %v", m, got, want)
		}
	}
}

func TestMirrorAndNear(t *testing.T) {
	for got, want := range map[Setting]Setting{
		MirrorDepth(true):                       {0x17, 1},
		MirrorDepth(false):                      {0x17, 0},
		MirrorVideo(kinect.VideoUYVY, true):     {0x47, 1},
		MirrorVideo(kinect.VideoInfrared, true): {0x48, 1},
	} {
		if got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if NearMode(true) != [2]Setting{{0x15, 7}, {0x2ef, 0}} || NearMode(false) != [2]Setting{{0x15, 0x1e}, {0x2ef, 0x190}} {
		t.Errorf("near mode: %v, %v", NearMode(true), NearMode(false))
	}
	for gain := -5; gain < 70; gain++ {
		s, err := InfraredGain(gain)
		if good := gain >= 1 && gain <= 50; good != (err == nil) || good && s != (Setting{0x15, uint16(gain)}) {
			t.Errorf("gain %d: %v, %v", gain, s, err)
		}
	}
}

func TestFlags(t *testing.T) {
	for f, bit := range map[Flag]uint16{AutoExposure: 0x4000, AutoFlicker: 0x80, RawColour: 0x10, AutoWhiteBalance: 2} {
		for register := range 1 << 16 {
			v := uint16(register)
			if f.Apply(v, true) != v|bit || f.Apply(v, false) != v&^bit || f.In(v) != (v&bit != 0) {
				t.Fatalf("flag %#x in %#x", bit, v)
			}
		}
	}
}

func TestExposure(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		m    kinect.VideoMode
		want uint16
	}{
		{10 * time.Millisecond, kinect.VideoBayer, 184}, {10 * time.Millisecond, kinect.VideoUYVY, 158},
		{90 * time.Millisecond, kinect.VideoBayerSXGA, 1660}, {55 * time.Microsecond, kinect.VideoBayer, 1},
		{time.Second / 30, kinect.VideoBayer, 614},
	} {
		r, err := Exposure(c.d, c.m)
		if err != nil || r != WriteCMOS(9, c.want) {
			t.Errorf("%v in %v: %+v, %v; want %d", c.d, c.m, r, err, c.want)
		}
		back, err := ExposureOf(c.want, c.m)
		if err != nil || back > c.d || c.d-back > 64*time.Microsecond {
			t.Errorf("%v in %v reads back as %v, %v", c.d, c.m, back, err)
		}
	}
	for _, bad := range []time.Duration{-1, 0, 54 * time.Microsecond, 34 * time.Millisecond, time.Hour} {
		if _, err := Exposure(bad, kinect.VideoBayer); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	for _, m := range []kinect.VideoMode{kinect.VideoInfrared, kinect.VideoInfraredSXGA, kinect.VideoOff, 77} {
		if _, err := Exposure(time.Millisecond, m); !errors.Is(err, ErrNoExposure) {
			t.Errorf("%v: %v", m, err)
		}
		if _, err := ExposureOf(5, m); !errors.Is(err, ErrNoExposure) {
			t.Errorf("%v: %v", m, err)
		}
	}
}
