package usb_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// TestTroubleAtOpening: every reason for which a Kinect can't be opened is named, in a
// sentence of one line, with advice.
func TestTroubleAtOpening(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(k *virtual.Kinect)
		want   error
		advice string
	}{
		{"None", func(k *virtual.Kinect) { k.Unplug(virtual.Reaped) }, usb.ErrNotFound, "lsusb"},
		{"NoPower", func(k *virtual.Kinect) { k.Plug(virtual.PartMotor) }, usb.ErrNoPower, "power supply"},
		{"Denied", func(k *virtual.Kinect) { k.SetDenied(true) }, usb.ErrPermission, "51-kinect.rules"},
		{"Busy", func(k *virtual.Kinect) { k.SetBusy(true) }, usb.ErrBusy, "gspca_kinect"},
		{"NoInterface", func(k *virtual.Kinect) { k.LoseClaims(1000) }, nil, "try again"},
		{"CrowdedDepth", func(k *virtual.Kinect) { k.SetCrowded(virtual.Depth, true) }, usb.ErrBandwidth, "other ports"},
		{"CrowdedVideo", func(k *virtual.Kinect) { k.SetCrowded(virtual.Video, true) }, usb.ErrBandwidth, "one stream off"},
		{"WrongTag", replies(virtual.WrongTag), usb.ErrNoAnswer, "voltage"},
		{"WrongCommand", replies(virtual.WrongCommand), usb.ErrNoAnswer, "voltage"},
		{"CutReply", replies(virtual.CutReply), usb.ErrNoAnswer, "voltage"},
		{"StalledReply", replies(virtual.StalledReply), usb.ErrNoAnswer, "voltage"},
		{"BrokenReply", replies(virtual.BrokenReply), usb.ErrNoAnswer, "voltage"},
		{"TimedOutReply", replies(virtual.TimedOutReply), usb.ErrNoAnswer, "voltage"},
		{"EmptyReply", replies(virtual.EmptyReply), usb.ErrNoAnswer, "USB 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := plugIn(t)
			c.spoil(k)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			d, err := usb.Open(ctx, usb.Options{})
			if err == nil {
				d.Close()
				t.Fatal("it opened")
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Open: %v; want %v", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			if a := usb.Advice(err); !strings.Contains(a, c.advice) {
				t.Errorf("advice %q does not speak of %s", a, c.advice)
			}
			t.Log(err)
		})
	}
}

func replies(f virtual.ReplyFault) func(*virtual.Kinect) {
	return func(k *virtual.Kinect) { k.FaultReplies(f, virtual.ForEver) }
}

// TestTroubleThatPasses: what passes is waited for, and costs no more than time.
func TestTroubleThatPasses(t *testing.T) {
	for name, spoil := range map[string]func(*virtual.Kinect){
		"Late":         func(k *virtual.Kinect) { k.LateReplies(20, false) },
		"Full":         func(k *virtual.Kinect) { k.LateReplies(20, true) },
		"WrongTag":     func(k *virtual.Kinect) { k.FaultReplies(virtual.WrongTag, 2) },
		"WrongCommand": func(k *virtual.Kinect) { k.FaultReplies(virtual.WrongCommand, 1) },
		"Cut":          func(k *virtual.Kinect) { k.FaultReplies(virtual.CutReply, 3) },
		"Stalled":      func(k *virtual.Kinect) { k.FaultReplies(virtual.StalledReply, 1) },
		"Broken":       func(k *virtual.Kinect) { k.FaultReplies(virtual.BrokenReply, 1) },
		"TimedOut":     func(k *virtual.Kinect) { k.FaultReplies(virtual.TimedOutReply, 1) },
		"Empty":        func(k *virtual.Kinect) { k.FaultReplies(virtual.EmptyReply, 30) },
		"Always512":    func(k *virtual.Kinect) { k.FaultReplies(virtual.PaddedReply, virtual.ForEver) },
		"NoInterface":  func(k *virtual.Kinect) { k.LoseClaims(2) },
	} {
		t.Run(name, func(t *testing.T) {
			k, _ := plugIn(t)
			spoil(k)
			nextDepth(t, openDevice(t, usb.Options{}))
		})
	}
}

// TestCrowdedWithOneStream: where there is no room for video, depth alone works.
func TestCrowdedWithOneStream(t *testing.T) {
	k, _ := plugIn(t)
	k.SetCrowded(virtual.Video, true)
	d := openDevice(t, usb.Options{Video: kinect.VideoOff})
	nextDepth(t, d)
	if err := d.SetModes(t.Context(), kinect.Depth11Bit, kinect.VideoBayer); !errors.Is(err, usb.ErrBandwidth) {
		t.Errorf("video on a crowded bus: %v", err)
	}
	k.SetCrowded(virtual.Video, false)
	next(t, d, isVideo) // it goes on trying
}

// TestCrowdedLater: another device takes the room while we stream.
func TestCrowdedLater(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	k.SetCrowded(virtual.Video, true)
	eventually(t, "the crowd was noticed", func() bool { return errors.Is(d.Status().Trouble, usb.ErrBandwidth) })
	k.SetCrowded(virtual.Video, false)
	eventually(t, "all was well", func() bool { return d.Status().Live })
	next(t, d, isVideo)
}

// TestLossy: a bad cable is named though frames still come, and praised when it is
// better again.
func TestLossy(t *testing.T) {
	for name, rate := range map[string]float64{"Some": 0.01, "All": 0.2} {
		t.Run(name, func(t *testing.T) {
			k, _ := plugIn(t)
			d := openDevice(t, usb.Options{})
			nextDepth(t, d)
			k.FaultRate(virtual.Depth, virtual.Drop, rate)
			eventually(t, "the loss was noticed", func() bool { return errors.Is(d.Status().Trouble, usb.ErrLossy) })
			if a := usb.Advice(d.Status().Trouble); !strings.Contains(a, "hub") {
				t.Errorf("advice %q", a)
			}
			if s := d.Status(); name == "Some" && !s.Live {
				t.Errorf("frames still come: %+v", s)
			}
			k.FaultRate(virtual.Depth, virtual.Drop, 0)
			eventually(t, "all was well", func() bool { s := d.Status(); return s.Live && s.Trouble == nil })
		})
	}
}

// TestVanishing: a Kinect that the system puts to sleep goes soon after it was opened,
// time and again.
func TestVanishing(t *testing.T) {
	k, _ := plugIn(t)
	k.VanishAfter(700 * time.Millisecond)
	d := openDevice(t, usb.Options{})
	deadline := time.Now().Add(patience)
	for !errors.Is(d.Status().Trouble, usb.ErrVanishing) {
		if time.Now().After(deadline) {
			t.Fatalf("never called vanishing: %+v", d.Status())
		}
		eventually(t, "it was gone", func() bool { return !d.Status().Live })
		k.Plug()
		eventually(t, "it was seen", func() bool { s := d.Status(); return s.Live || errors.Is(s.Trouble, usb.ErrVanishing) })
	}
	err := d.Status().Trouble
	if a := usb.Advice(err); !strings.Contains(a, "autosuspend") || !strings.Contains(a, "power supply") {
		t.Errorf("%v: %q", err, a)
	}
	k.VanishAfter(0)
	k.Plug()
	nextDepth(t, d)
}

// TestEveryPacketFails: a host that says nothing but errors is taken for a pulled cable.
func TestEveryPacketFails(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Video: kinect.VideoOff})
	nextDepth(t, d)
	opens := k.Opens()
	k.FaultRate(virtual.Depth, virtual.PacketError, 1)
	eventually(t, "the silence was noticed", func() bool { return !d.Status().Live })
	eventually(t, "it was opened anew", func() bool { return k.Opens() > opens })
	k.FaultRate(virtual.Depth, virtual.PacketError, 0)
	nextDepth(t, d)
}

// TestModelsWithFirmware: newer models move through their audio function once it has
// firmware.
func TestModelsWithFirmware(t *testing.T) {
	for _, model := range []virtual.Model{virtual.Model1473, virtual.ModelWindows} {
		k, _ := plugIn(t)
		k.SetModel(model)
		k.SetFirmware(true)
		k.Plug()
		found, err := usb.List()
		if err != nil || len(found) != 1 || !found[0].Motor || !found[0].Firmware || len(found[0].Functions) != 3 {
			t.Fatalf("List: %+v, %v", found, err)
		}
		testAudioMotor(t, k)
	}
}

func testAudioMotor(t *testing.T, k *virtual.Kinect) {
	t.Helper()
	d := openDevice(t, usb.Options{})
	defer d.Close()
	if err := d.SetTilt(-12); err != nil || k.HalfDegrees() != -24 {
		t.Errorf("tilt: %v, %d half degrees", err, k.HalfDegrees())
	}
	if err := d.SetLED(usb.LEDGreen); err != nil {
		t.Errorf("LED: %v", err)
	}
	if err := d.SetLED(usb.LEDYellow); err == nil {
		t.Error("it has no yellow light")
	}
	eventually(t, "the state was right", func() bool {
		s, err := d.State()
		return err == nil && s.Y == 1 && s.Tilt == -12 && s.Known
	})
	nextDepth(t, d)
}

// TestModelsWithoutFirmware: it is said what is missing.
func TestModelsWithoutFirmware(t *testing.T) {
	k, _ := plugIn(t)
	k.SetModel(virtual.Model1473)
	k.Plug()
	d := openDevice(t, usb.Options{})
	err := d.SetLED(usb.LEDGreen)
	if !errors.Is(err, usb.ErrNoMotor) || !errors.Is(err, usb.ErrNoFirmware) || !strings.Contains(usb.Advice(err), "firmware") {
		t.Errorf("%v: %q", err, usb.Advice(err))
	}
	t.Log(err)
}
