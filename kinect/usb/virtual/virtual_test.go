package virtual_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cutout/kinect"
	"cutout/kinect/usb/virtual"
)

// TestModes: the modes are those of package kinect, and frames survive being
// unpacked, and being mirrored twice.
func TestModes(t *testing.T) {
	for v := range kinect.VideoOff + 1 {
		m := virtual.VideoMode(v)
		if m.String() != v.String() {
			t.Errorf("%v is called %v here", v, m)
		}
		if m == virtual.Off {
			continue
		}
		w, h := v.Size()
		if gw, gh := m.Size(); gw != w || gh != h || m.Stream() != virtual.Video {
			t.Errorf("%v is %dx%d of %v", m, gw, gh, m.Stream())
		}
		checkFrames(t, m)
	}
	for d := range kinect.DepthOff + 1 {
		m := virtual.DepthMode(d)
		if m.String() != d.String() {
			t.Errorf("%v is called %v here", d, m)
		}
		if m == virtual.Off {
			continue
		}
		if m.Stream() != virtual.Depth {
			t.Errorf("%v is of %v", m, m.Stream())
		}
		checkFrames(t, m)
	}
	var m virtual.Mode
	if err := m.UnmarshalText([]byte("sepia")); err == nil {
		t.Errorf("sepia is %v", m)
	}
	if s := virtual.Mode(99).String(); s != "Mode(99)" {
		t.Error(s)
	}
}

func checkFrames(t *testing.T, m virtual.Mode) {
	t.Helper()
	frame := virtual.RandomFrame(1, m, 7)
	w, h := m.Size()
	values := m.Unpack(frame)
	if len(values) != w*h || !bytes.Equal(m.Pack(values), frame) {
		t.Errorf("%v: %d values do not make the frame they came from", m, len(values))
	}
	if mirrored := m.Mirror(frame); bytes.Equal(mirrored, frame) || !bytes.Equal(m.Mirror(mirrored), frame) {
		t.Errorf("%v: mirrored twice is not the frame", m)
	}
	if bytes.Equal(frame, virtual.RandomFrame(1, m, 8)) || bytes.Equal(frame, virtual.RandomFrame(2, m, 7)) {
		t.Errorf("%v: random frames are alike", m)
	}
}

// TestPackOdd: what does not end on a byte is filled up.
func TestPackOdd(t *testing.T) {
	if got := virtual.Depth11Bit.Pack([]uint16{0x7ff, 0}); !slices.Equal(got, []byte{0xff, 0xe0, 0}) {
		t.Errorf("% x", got)
	}
}

// TestNew: buses that can't be made.
func TestNew(t *testing.T) {
	if _, err := virtual.New(t.TempDir(), 3); err == nil {
		t.Error("a bus of three Kinects was made")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := virtual.New(file, 1); err == nil {
		t.Error("a bus was made in a file")
	}
	if _, err := virtual.Attach(); err == nil || !strings.Contains(err.Error(), "virtual.Main") {
		t.Errorf("Attach without a bus: %v", err)
	}
	t.Setenv("VIRTUAL_KINECT", t.TempDir())
	if _, err := virtual.Attach(); err == nil {
		t.Error("Attach found a bus in an empty folder")
	}
	t.Setenv("CC", "false")
	if _, err := virtual.New(t.TempDir(), 1); err == nil {
		t.Error("a bus was made without a compiler")
	}
}

// TestRegistrationAt: only 1280x1024 has a registration of its own.
func TestRegistrationAt(t *testing.T) {
	r := virtual.Calibration().Register
	for v := range kinect.VideoOff + 1 {
		w, _ := v.Size()
		if got := virtual.RegistrationAt(r, v); (got != r) != (w == 1280) {
			t.Errorf("%v has %+v", v, got)
		}
	}
}
