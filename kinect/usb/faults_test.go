package usb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

func TestConformance(t *testing.T) {
	plugIn(t)
	sourcetest.Run(t, func(t *testing.T) kinect.Source {
		d, err := usb.Open(t.Context(), usb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}

// sentBy finds the source of a received frame in the device's log.
func sentBy(t *testing.T, k *virtual.Kinect, s virtual.Stream, clock uint32) virtual.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := k.Wait(ctx, func(e virtual.Event) bool {
		return e.Event == "frame" && e.Stream == s.String() && e.Part == "whole" && e.Clock == clock
	})
	if err != nil {
		t.Fatalf("the device never sent a %s frame with clock %d: %v", s, clock, err)
	}
	return e
}

// checkDepth compares a frame with what was sent: every pixel is the sent one or
// kinect.NoDisparity, and the latter only where packets were lost.
func checkDepth(t *testing.T, k *virtual.Kinect, f *kinect.DepthFrame) {
	t.Helper()
	e := sentBy(t, k, virtual.Depth, f.Clock)
	if f.LostPackets > 0 && e.Harmed() == 0 {
		t.Errorf("a frame that left the device whole came without %d packets", f.LostPackets)
	}
	sent := virtual.Depth11Bit.Unpack(virtual.RandomFrame(k.Seed(), e.Mode, e.Source))
	lost := 0
	for i, c := range f.Codes {
		if c == sent[i] {
			continue
		}
		if c != kinect.NoDisparity {
			t.Fatalf("pixel %d is %d; %d was sent (frame %+v)", i, c, sent[i], e)
		}
		lost++
	}
	// The packet before a gap may be two halves of different packets, and goes too.
	const pixelsOfPacket = 1748*8/11 + 2
	if lost > 2*f.LostPackets*pixelsOfPacket {
		t.Errorf("%d pixels are gone in a frame that says it lost %d packets", lost, f.LostPackets)
	}
}

// TestPacketFaults orders each fault for a share of the packets. No frame may
// differ from what was sent but where it says so, and frames must keep coming.
func TestPacketFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault virtual.Fault
	}{
		{"Drop", virtual.Drop}, {"PacketError", virtual.PacketError}, {"Half", virtual.Half},
		{"Short", virtual.Short}, {"Alter", virtual.Alter},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := plugIn(t)
			d := openDevice(t, usb.Options{Queue: 100})
			nextDepth(t, d)
			k.FaultRate(virtual.Depth, c.fault, 0.001)
			k.FaultRate(virtual.Video, c.fault, 0.001)
			harmed := func() bool {
				events, err := k.Frames(virtual.Depth)
				return err == nil && slices.ContainsFunc(events, func(e virtual.Event) bool { return e.Harmed() > e.Late })
			}
			for i := 0; i < 15 || !harmed(); i++ {
				checkDepth(t, k, nextDepth(t, d))
			}
			k.FaultRate(virtual.Depth, c.fault, 0)
			k.FaultRate(virtual.Video, c.fault, 0)
			for i, whole := 0, 0; whole < 5; i++ {
				f := nextDepth(t, d)
				checkDepth(t, k, f)
				if f.LostPackets == 0 {
					whole++
				}
				if i > 200 {
					t.Fatal("no whole frames after the faults ended")
				}
			}
			t.Logf("%+v", d.Status())
		})
	}
}

// TestDropIsRepaired loses exactly two packets of one frame, which is delivered
// and says so.
func TestDropIsRepaired(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Queue: 100})
	nextDepth(t, d)
	k.FaultNext(virtual.Depth, virtual.Drop, 2)
	for range 60 {
		f := nextDepth(t, d)
		checkDepth(t, k, f)
		if f.LostPackets == 0 {
			continue
		}
		s := d.Status().Depth
		if f.LostPackets > 2 || s.RepairedFrames == 0 || s.LostPackets != 2 {
			t.Errorf("two packets were dropped; the frame says %d, the status %+v", f.LostPackets, s)
		}
		return
	}
	t.Fatal("no frame came with lost packets")
}

// TestErrorIsNoRestart: a packet that fails is lost, and nothing else.
func TestErrorIsNoRestart(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Queue: 100})
	nextDepth(t, d)
	k.FaultNext(virtual.Depth, virtual.PacketError, 1)
	for range 60 {
		f := nextDepth(t, d)
		checkDepth(t, k, f)
		if f.Whole() {
			continue
		}
		if s := d.Status(); f.LostPackets != 1 || s.Depth.LostPackets != 1 || s.Restarts != 0 || !s.Live || s.Trouble != nil {
			t.Errorf("one packet failed; the frame lacks %d, and %+v", f.LostPackets, s)
		}
		return
	}
	t.Fatal("no frame came that lacks a packet")
}

func TestUnplugAndReplug(t *testing.T) {
	for name, style := range map[string]virtual.Style{"Proto": virtual.Proto, "Reaped": virtual.Reaped, "Stale": virtual.Stale} {
		t.Run(name, func(t *testing.T) {
			k, _ := plugIn(t)
			d := openDevice(t, usb.Options{})
			nextDepth(t, d)
			k.Unplug(style)
			eventually(t, "it was seen to be unplugged", func() bool { return !d.Status().Live })
			if err := d.Status().Trouble; !errors.Is(err, usb.ErrUnplugged) || usb.Advice(err) == "" {
				t.Errorf("Trouble is %v, advice %q", err, usb.Advice(err))
			}
			if _, err := d.State(); !errors.Is(err, usb.ErrUnplugged) {
				eventually(t, "the motor was given up too", func() bool { _, err := d.State(); return errors.Is(err, usb.ErrUnplugged) })
			}
			ctx, cancel := context.WithTimeout(context.Background(), 700*time.Millisecond)
			defer cancel()
			for {
				_, err := d.Next(ctx) // what was finished before may still come
				if errors.Is(err, context.DeadlineExceeded) {
					break
				}
				if err != nil {
					t.Fatalf("Next while unplugged: %v", err)
				}
			}
			k.Plug()
			checkDepth(t, k, nextDepth(t, d))
			if s := d.Status(); !s.Live || s.Trouble != nil || s.Restarts == 0 {
				t.Errorf("after it was plugged in again: %+v", s)
			}
			if err := d.SetLED(usb.LEDYellow); err != nil || k.LED() != 3 {
				t.Errorf("the motor is not back: %v, LED %d", err, k.LED())
			}
		})
	}
}

// TestPowerLost: the camera goes, its motor stays; then the power is back.
func TestPowerLost(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	k.Plug(virtual.PartMotor)
	eventually(t, "the missing power was noticed", func() bool { return errors.Is(d.Status().Trouble, usb.ErrNoPower) })
	k.Plug()
	nextDepth(t, d)
}

func TestCloseWhileUnplugged(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	k.Unplug(virtual.Reaped)
	eventually(t, "it was seen to be unplugged", func() bool { return !d.Status().Live })
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := d.SetTilt(3); !errors.Is(err, usb.ErrClosed) {
		t.Errorf("tilting a closed Kinect: %v", err)
	}
}

// TestFrozen: the device sends empty packets only, until it is started or opened
// anew.
func TestFrozen(t *testing.T) {
	for name, f := range map[string]virtual.Freezing{"Streams": virtual.FrozenStreams, "Device": virtual.FrozenDevice} {
		t.Run(name, func(t *testing.T) {
			k, _ := plugIn(t)
			d := openDevice(t, usb.Options{})
			nextDepth(t, d)
			before := d.Status().Restarts
			k.Freeze(f)
			eventually(t, "it was started anew", func() bool { return d.Status().Restarts > before })
			eventually(t, "the device was woken", func() bool { return k.Frozen() == virtual.NotFrozen })
			eventually(t, "it was live again", func() bool { return d.Status().Live })
			nextDepth(t, d)
		})
	}
}

// TestFrozenForLong: nothing wakes the device; Status says so until it wakes by
// itself.
func TestFrozenForLong(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	k.Freeze(virtual.FrozenForGood)
	eventually(t, "the freeze was noticed", func() bool { return errors.Is(d.Status().Trouble, usb.ErrFrozen) })
	if s := d.Status(); s.Live || usb.Advice(s.Trouble) == "" {
		t.Errorf("frozen: %+v", s)
	}
	opens := k.Opens()
	eventually(t, "it was opened anew", func() bool { return k.Opens() > opens })
	k.Freeze(virtual.NotFrozen)
	eventually(t, "it was live again", func() bool { return d.Status().Live })
	nextDepth(t, d)
}

// TestSlowReader: the sensor goes on at its pace, and what nobody took is counted.
func TestSlowReader(t *testing.T) {
	plugIn(t)
	d := openDevice(t, usb.Options{})
	nextDepth(t, d)
	eventually(t, "frames were dropped", func() bool {
		s := d.Status()
		return s.Depth.DroppedFrames >= 5 && s.Video.DroppedFrames >= 5
	})
	if s := d.Status(); s.Depth.Frames < 7 || s.Depth.DroppedFrames >= s.Depth.Frames {
		t.Errorf("%+v", s.Depth)
	}
}
