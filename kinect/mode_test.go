package kinect_test

import (
	"testing"

	"cutout/kinect"
)

func TestModeNames(t *testing.T) {
	for m := kinect.Depth11Bit; m <= kinect.DepthOff; m++ {
		if got, err := kinect.ParseDepthMode(m.String()); err != nil || got != m {
			t.Errorf("%v read back as %v, %v", m, got, err)
		}
	}
	for m := kinect.VideoBayer; m <= kinect.VideoOff; m++ {
		if got, err := kinect.ParseVideoMode(m.String()); err != nil || got != m {
			t.Errorf("%v read back as %v, %v", m, got, err)
		}
		if w, h := m.Size(); (w == 0 || h == 0) != (m == kinect.VideoOff) {
			t.Errorf("%v is %d x %d", m, w, h)
		}
	}
	if _, err := kinect.ParseDepthMode("12bit"); err == nil {
		t.Error("a depth mode nobody knows was read")
	}
	if _, err := kinect.ParseVideoMode(""); err == nil {
		t.Error("a video mode without a name was read")
	}
	if kinect.DepthMode(9).String() == "" || kinect.VideoMode(9).String() == "" {
		t.Error("an unknown mode has no words")
	}
	if w, h := kinect.VideoMode(9).Size(); w != 0 || h != 0 || kinect.VideoMode(9).Format() != kinect.BayerGRBG {
		t.Error("an unknown mode has a size")
	}
}

func TestCheckModes(t *testing.T) {
	for d := kinect.Depth11Bit; d <= kinect.DepthOff+1; d++ {
		for v := kinect.VideoBayer; v <= kinect.VideoOff+1; v++ {
			good := d <= kinect.DepthOff && v <= kinect.VideoOff && (v != kinect.VideoInfraredSXGA || d == kinect.DepthOff)
			if err := kinect.CheckModes(d, v); (err == nil) != good {
				t.Errorf("%v with %v: %v", d, v, err)
			}
		}
	}
	for v := kinect.VideoBayer; v <= kinect.VideoOff+1; v++ {
		if want := v == kinect.VideoBayer || v == kinect.VideoUYVY || v == kinect.VideoOff; v.Registers() != want {
			t.Errorf("%v registers: %v", v, v.Registers())
		}
	}
}
