package usb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// TestTaken: a second Device cannot have a camera that the first holds, and can
// when it is closed.
func TestTaken(t *testing.T) {
	plugIn(t)
	first := openDevice(t, usb.Options{})
	if _, err := usb.Open(t.Context(), usb.Options{}); !errors.Is(err, usb.ErrBusy) {
		t.Errorf("a second Open: %v", err)
	}
	nextDepth(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	nextDepth(t, openDevice(t, usb.Options{}))
}

// TestKernelDriver: gspca_kinect is detached, and bound again afterwards.
func TestKernelDriver(t *testing.T) {
	k, _ := plugIn(t)
	k.BindDriver()
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	if k.DriverBound() {
		t.Error("the kernel's driver is still bound while we stream")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if !k.DriverBound() {
		t.Error("the kernel's driver was not given its device back")
	}
}

func TestCalibration(t *testing.T) {
	k, _ := plugIn(t)
	want := virtual.Calibration()
	want.ConstShift = 203
	want.Padding.StartLines = 4
	want.ZeroPlane.ReferenceDistance = 120.5
	k.SetCalibration(want)
	d := openDevice(t, usb.Options{})
	if got := d.Calibration(); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestTwoKinects(t *testing.T) {
	a, b := plugIn(t)
	b.Plug()
	a.SetSerial("A1")
	b.SetSerial("B2")

	found, err := usb.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Serial != "A1" || found[1].Serial != "B2" || !found[0].Motor || !found[1].Motor ||
		found[0].Model != usb.Model1414 || found[0].Trouble != nil {
		t.Fatalf("List: %+v", found)
	}

	second := openDevice(t, usb.Options{Serial: "B2"})
	if second.Serial() != "B2" || a.Claimed() || !b.Claimed() {
		t.Errorf("asked for B2, got %s", second.Serial())
	}
	if err := second.SetLED(usb.LEDRed); err != nil || b.LED() != 2 || a.LED() != 0 {
		t.Errorf("the LED of the wrong one: %v, %d and %d", err, a.LED(), b.LED())
	}
	first := openDevice(t, usb.Options{}) // the second is taken, or not looked at
	if first.Serial() != "A1" {
		t.Errorf("the other one is %s", first.Serial())
	}
	checkDepth(t, a, nextDepth(t, first))
	checkDepth(t, b, nextDepth(t, second))

	_, err = usb.Open(t.Context(), usb.Options{Serial: "C3"})
	if !errors.Is(err, usb.ErrNotFound) || !strings.Contains(err.Error(), "A1") || !strings.Contains(err.Error(), "B2") {
		t.Errorf("an unknown serial: %v", err)
	}
}

// TestTwoByAudio: cameras without serials of their own are told apart by those of their
// audio functions.
func TestTwoByAudio(t *testing.T) {
	a, b := plugIn(t)
	for k, serial := range map[*virtual.Kinect]string{a: "A1", b: "B2"} {
		k.SetModel(virtual.Model1473)
		k.SetSerial(serial)
		k.Plug()
	}
	for k, serial := range map[*virtual.Kinect]string{a: "A1", b: "B2"} {
		d := openDevice(t, usb.Options{Serial: serial})
		if d.Serial() != serial {
			t.Errorf("asked for %s, got %s", serial, d.Serial())
		}
		checkDepth(t, k, nextDepth(t, d))
	}
}

// TestFirstIsBusy: without a serial, the first that works is taken.
func TestFirstIsBusy(t *testing.T) {
	a, b := plugIn(t)
	b.Plug()
	a.SetBusy(true)
	d := openDevice(t, usb.Options{})
	checkDepth(t, b, nextDepth(t, d))
}

func TestListTroubles(t *testing.T) {
	a, b := plugIn(t)
	a.SetDenied(true)
	b.Plug(virtual.PartMotor)
	found, err := usb.List()
	if err != nil || len(found) != 2 {
		t.Fatalf("List: %+v, %v", found, err)
	}
	if !errors.Is(found[0].Trouble, usb.ErrPermission) || !errors.Is(found[1].Trouble, usb.ErrNoPower) {
		t.Errorf("troubles: %v and %v", found[0].Trouble, found[1].Trouble)
	}
	a.Unplug(virtual.Reaped)
	b.Unplug(virtual.Reaped)
	if found, err := usb.List(); err != nil || len(found) != 0 {
		t.Errorf("an empty bus: %+v, %v", found, err)
	}
}

// TestNoPower: whatever a Kinect shows while it has no 12 V, it is known for one, by
// List and by Open, and so it is when its power goes while it streams.
func TestNoPower(t *testing.T) {
	for name, c := range map[string]struct {
		model virtual.Model
		parts uint32
		want  usb.Model
		kinds []usb.FunctionKind
	}{
		"1414, motor":        {virtual.Model1414, virtual.PartMotor, usb.Model1414, []usb.FunctionKind{usb.FunctionMotor}},
		"1414, all the rest": {virtual.Model1414, virtual.PartMotor | virtual.PartAudio, usb.Model1414, []usb.FunctionKind{usb.FunctionMotor, usb.FunctionAudio}},
		"1473, hub":          {virtual.Model1473, virtual.PartHub, usb.Model1473, []usb.FunctionKind{usb.FunctionHub}},
		"1473, audio":        {virtual.Model1473, virtual.PartAudio, usb.Model1473, []usb.FunctionKind{usb.FunctionAudio, usb.FunctionHub}},
		"for Windows, hub":   {virtual.ModelWindows, virtual.PartHub, usb.Model1473, []usb.FunctionKind{usb.FunctionHub}}, // no telling
		"for Windows, audio": {virtual.ModelWindows, virtual.PartAudio, usb.ModelWindows, []usb.FunctionKind{usb.FunctionAudio, usb.FunctionHub}},
	} {
		t.Run(name, func(t *testing.T) {
			k, _ := plugIn(t)
			k.SetModel(c.model)
			k.Plug(c.parts)
			found, err := usb.List()
			if err != nil || len(found) != 1 {
				t.Fatalf("List: %+v, %v", found, err)
			}
			var kinds []usb.FunctionKind
			for _, f := range found[0].Functions {
				kinds = append(kinds, f.Kind)
			}
			if f := found[0]; !errors.Is(f.Trouble, usb.ErrNoPower) || f.Model != c.want || f.Serial != "" || !slices.Equal(kinds, c.kinds) {
				t.Errorf("List: %+v", f)
			}
			if _, err := usb.Open(t.Context(), usb.Options{}); !errors.Is(err, usb.ErrNoPower) || !strings.Contains(usb.Advice(err), "power supply") {
				t.Errorf("Open: %v", err)
			}
			k.Plug()
			d := openDevice(t, usb.Options{})
			nextDepth(t, d)
			k.Plug(c.parts)
			eventually(t, "the missing power was noticed", func() bool { return errors.Is(d.Status().Trouble, usb.ErrNoPower) })
		})
	}
}

// TestModels: a 1473 and a Kinect for Windows stream, and have no motor.
func TestModels(t *testing.T) {
	for _, c := range []struct {
		model virtual.Model
		want  usb.Model
	}{{virtual.Model1473, usb.Model1473}, {virtual.ModelWindows, usb.ModelWindows}} {
		t.Run(string(c.want), func(t *testing.T) {
			k, _ := plugIn(t)
			k.SetModel(c.model)
			k.SetSerial("Z9")
			k.Plug()
			found, err := usb.List()
			if err != nil || len(found) != 1 || found[0].Model != c.want || found[0].Serial != "Z9" || found[0].Motor {
				t.Fatalf("List: %+v, %v", found, err)
			}
			d := openDevice(t, usb.Options{Serial: "Z9"})
			checkDepth(t, k, nextDepth(t, d))
			if err := d.SetTilt(1); !errors.Is(err, usb.ErrNoMotor) || usb.Advice(err) == "" {
				t.Errorf("tilt: %v", err)
			}
		})
	}
}

func TestNoVideo(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Video: kinect.VideoOff})
	for range 5 {
		nextDepth(t, d)
	}
	if s := d.Status(); s.Video.Frames != 0 || !s.Live {
		t.Errorf("%+v", s)
	}
	if frames, err := k.Frames(virtual.Video); err != nil || len(frames) != 0 {
		t.Errorf("the colour camera sent %d frames, %v", len(frames), err)
	}
}

func TestMotor(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	if err := d.SetTilt(-90); err != nil || k.HalfDegrees() != -2*usb.MaxTilt {
		t.Errorf("tilting to -90: %v, the motor was told %d half degrees", err, k.HalfDegrees())
	}
	if s, err := d.State(); err != nil || (s.Motion == usb.MotionMoving) == s.Known {
		t.Errorf("just told: %+v, %v", s, err)
	}
	if err := d.SetTilt(5); !errors.Is(err, usb.ErrTiltTooOften) || !strings.Contains(usb.Advice(err), "wait") {
		t.Errorf("tilting again at once: %v", err)
	}
	if err := d.SetTilt(-usb.MaxTilt); err != nil {
		t.Errorf("telling it the same again: %v", err)
	}
	k.Accelerate(-819, 0, 1638)
	eventually(t, "the motor stood", func() bool { s, err := d.State(); return err == nil && s.Motion == usb.MotionStopped })
	want := usb.MotorState{X: -1, Y: 0, Z: 2, Tilt: -usb.MaxTilt, Known: true, Motion: usb.MotionStopped}
	if s, err := d.State(); err != nil || s != want {
		t.Errorf("state %+v, %v; want %+v", s, err, want)
	}
	eventually(t, "it may be tilted again", func() bool { return d.SetTilt(12) == nil })
	if k.HalfDegrees() != 24 {
		t.Errorf("tilting to 12 told the motor %d half degrees", k.HalfDegrees())
	}
	for name, l := range usb.LEDs() {
		if err := d.SetLED(l); err != nil || k.LED() != int(l) {
			t.Errorf("%s: %v, the LED is %d", name, err, k.LED())
		}
	}
}

// TestStopsTheSensor: a closed Kinect does not go on sending.
func TestStopsTheSensor(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if k.Claimed() {
		t.Error("the camera is still claimed")
	}
	events, err := k.Log()
	if err != nil {
		t.Fatal(err)
	}
	last := map[int]int{}
	for _, e := range events {
		if e.Event == "register" {
			last[e.Register] = e.Value
		}
	}
	for _, reg := range []int{5, 6} {
		if last[reg] != 0 {
			t.Errorf("register %02x was left at %d", reg, last[reg])
		}
	}
}
