package usb_test

import (
	"errors"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

func TestFlags(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	bits := map[usb.Flag]uint16{
		usb.FlagAutoExposure: 1 << 14, usb.FlagAutoFlicker: 1 << 7, usb.FlagRawColour: 1 << 4, usb.FlagAutoWhiteBalance: 1 << 1,
	}
	for name, f := range usb.Flags() {
		for _, on := range []bool{true, false, true} {
			before := k.CMOS(0x106)
			if err := d.SetFlag(f, on); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want := before &^ bits[f]
			if on {
				want |= bits[f]
			}
			if got := k.CMOS(0x106); got != want {
				t.Errorf("%s %v: the register went from %04x to %04x", name, on, before, got)
			}
			if flags, err := d.Flags(); err != nil || flags[f] != on || len(flags) != 4 {
				t.Errorf("%s %v: Flags are %v, %v", name, on, flags, err)
			}
		}
	}
	if err := d.SetFlag(77, true); err == nil {
		t.Error("a flag that does not exist was set")
	}
}

func TestExposure(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	if err := d.SetExposure(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := k.CMOS(9); got != 184 { // 10 ms / 54.21 µs
		t.Errorf("the register is %d", got)
	}
	if e, err := d.Exposure(); err != nil || e < 9900*time.Microsecond || e > 10*time.Millisecond {
		t.Errorf("the exposure is %v, %v", e, err)
	}
	for _, bad := range []time.Duration{-1, 0, time.Second} {
		if err := d.SetExposure(bad); err == nil {
			t.Errorf("an exposure of %v was set", bad)
		}
	}
	if err := d.SetModes(t.Context(), kinect.Depth11Bit, kinect.VideoInfrared); err != nil {
		t.Fatal(err)
	}
	if err := d.SetExposure(time.Millisecond); !errors.Is(err, raw.ErrNoExposure) {
		t.Errorf("infrared has no exposure: %v", err)
	}
}

func TestMirror(t *testing.T) {
	for _, video := range []kinect.VideoMode{kinect.VideoBayer, kinect.VideoInfrared} {
		t.Run(video.String(), func(t *testing.T) {
			k, _ := plugIn(t)
			d := openDevice(t, usb.Options{Video: video})
			mirrored := func(img kinect.Image) bool {
				stream, clock, _, _, _ := look(img)
				return sentBy(t, k, stream, clock).Mirrored
			}
			if err := d.SetMirror(true, true); err != nil {
				t.Fatal(err)
			}
			next(t, d, func(img kinect.Image) bool { return isDepth(img) && mirrored(img) })
			next(t, d, func(img kinect.Image) bool { return isVideo(img) && mirrored(img) })
			if err := d.SetMirror(false, true); err != nil {
				t.Fatal(err)
			}
			next(t, d, func(img kinect.Image) bool { return isDepth(img) && !mirrored(img) })
			if !mirrored(next(t, d, isVideo)) {
				t.Error("the video is no longer mirrored")
			}
		})
	}
}

func TestInfraredGain(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Video: kinect.VideoInfrared})
	if err := d.SetInfraredGain(17); err != nil || k.Register(0x15) != 17 {
		t.Errorf("gain: %v, register %d", err, k.Register(0x15))
	}
	if gain, err := d.InfraredGain(); err != nil || gain != 17 {
		t.Errorf("gain %d, %v", gain, err)
	}
	for _, bad := range []int{0, 51} {
		if err := d.SetInfraredGain(bad); err == nil {
			t.Errorf("a gain of %d was set", bad)
		}
	}
	if payload, err := d.Ask(raw.GetParameter(raw.ParamInfraredGain)); err != nil || len(payload) == 0 || payload[0] != 17 {
		t.Errorf("asked for the gain: % x, %v", payload, err)
	}
	if err := d.SetNearMode(true); !errors.Is(err, usb.ErrNoNearMode) || usb.Advice(err) == "" {
		t.Errorf("near mode of a 1414: %v", err)
	}
}

func TestNearMode(t *testing.T) {
	k, _ := plugIn(t)
	k.SetModel(virtual.ModelWindows)
	k.Plug()
	d := openDevice(t, usb.Options{})
	check := func(gain, near uint16) {
		t.Helper()
		if k.Register(0x15) != gain || k.Register(0x2ef) != near {
			t.Errorf("registers 15 and 2ef are %d and %#x", k.Register(0x15), k.Register(0x2ef))
		}
	}
	if err := d.SetNearMode(true); err != nil {
		t.Fatal(err)
	}
	check(7, 0)
	k.Unplug(virtual.Reaped)
	k.Plug()
	nextDepth(t, d)
	eventually(t, "it is near again", func() bool { return k.Register(0x15) == 7 && k.Register(0x2ef) == 0 })
	eventually(t, "it could be set", func() bool { return d.SetNearMode(false) == nil })
	check(0x1e, 0x190)
}

// TestSettingsComeBack: a Kinect that was unplugged is told again what it was told.
func TestSettingsComeBack(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	for _, err := range []error{
		d.SetFlag(usb.FlagAutoExposure, false), d.SetExposure(5 * time.Millisecond), d.SetMirror(true, false),
		d.SetInfraredGain(9), d.SetLED(usb.LEDRed),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	k.Unplug(virtual.Proto)
	eventually(t, "it was seen to be unplugged", func() bool { return !d.Status().Live })
	for name, err := range map[string]error{
		"flag": d.SetFlag(usb.FlagRawColour, true), "exposure": d.SetExposure(time.Millisecond), "gain": d.SetInfraredGain(3),
		"mirror": d.SetMirror(false, true), "tilt": d.SetTilt(3), "LED": d.SetLED(usb.LEDOff), "near": d.SetNearMode(true),
	} {
		if !errors.Is(err, usb.ErrUnplugged) {
			t.Errorf("%s of an absent Kinect: %v", name, err)
		}
	}
	k.Plug()
	var flags map[usb.Flag]bool
	eventually(t, "it was back", func() bool {
		var err error
		flags, err = d.Flags()
		return err == nil
	})
	if flags[usb.FlagAutoExposure] || flags[usb.FlagRawColour] {
		t.Errorf("flags %v", flags)
	}
	if k.CMOS(9) != 92 || k.Register(0x15) != 9 || k.Register(0x17) != 1 || k.Register(0x47) != 0 || k.LED() != int(usb.LEDRed) {
		t.Errorf("exposure %d, gain %d, mirrors %d %d, LED %d", k.CMOS(9), k.Register(0x15), k.Register(0x17), k.Register(0x47), k.LED())
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.SetInfraredGain(4); !errors.Is(err, usb.ErrClosed) {
		t.Errorf("gain of a closed Kinect: %v", err)
	}
}
