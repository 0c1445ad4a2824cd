package conformance_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// TestFaults orders faults of the device and reads in libfreenect's words that they
// befell it.
func TestFaults(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	for name, f := range map[string]struct {
		order func()
		says  string // "" is that all is well
	}{
		"Fine":          {func() {}, ""},
		"LateReplies":   {func() { k.LateReplies(30, true) }, ""},
		"EmptyReplies":  {func() { k.FaultReplies(virtual.EmptyReply, 30) }, ""},
		"WrongTag":      {func() { k.FaultReplies(virtual.WrongTag, 1) }, "Bad tag"},
		"WrongCommand":  {func() { k.FaultReplies(virtual.WrongCommand, 1) }, "Bad cmd"},
		"CutReply":      {func() { k.FaultReplies(virtual.CutReply, 1) }, "Input control transfer failed"},
		"StalledReply":  {func() { k.FaultReplies(virtual.StalledReply, 1) }, "Input control transfer failed"},
		"BrokenReply":   {func() { k.FaultReplies(virtual.BrokenReply, 1) }, "Input control transfer failed"},
		"TimedOutReply": {func() { k.FaultReplies(virtual.TimedOutReply, 1) }, "Input control transfer failed"},
		"LostClaim":     {func() { k.LoseClaims(1) }, "Failed to claim camera interface: LIBUSB_ERROR_NOT_FOUND"},
		"Busy":          {func() { k.SetBusy(true) }, "LIBUSB_ERROR_BUSY"},
		"Denied":        {func() { k.SetDenied(true) }, "Could not open camera: -3"},
		"MotorOnly":     {func() { k.Plug(virtual.PartMotor) }, "exit status"},
	} {
		t.Run(name, func(t *testing.T) {
			bus.Reset()
			k.SetPatience(10 * time.Second)
			f.order()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_, err := c.Run(ctx, bus, conformance.Camtest, 200*time.Millisecond)
			if f.says == "" && err != nil {
				t.Error(err)
			}
			if f.says != "" && (err == nil || !strings.Contains(err.Error(), f.says)) {
				t.Errorf("libfreenect should say %q: %v", f.says, err)
			}
		})
	}
}

// TestCrowded: libfreenect goes on without the stream for which the bus has no room.
func TestCrowded(t *testing.T) {
	c, bus := consumer(t)
	bus.Kinects[0].SetCrowded(virtual.Video, true)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	u, err := c.Run(ctx, bus, conformance.Camtest, 300*time.Millisecond)
	if err != nil || u.VideoFrames != 0 || u.DepthFrames == 0 {
		t.Errorf("%v; %+v", err, u)
	}
}

// TestFailedCommand: libfreenect does not look at the status of a reply.
func TestFailedCommand(t *testing.T) {
	c, bus := consumer(t)
	bus.Kinects[0].FaultReplies(virtual.FailedCommand, virtual.ForEver)
	depth, _ := take(t, c, bus, raws[virtual.Depth11Bit], 3)
	if len(depth) != 3 {
		t.Errorf("%d frames came", len(depth))
	}
}

// TestPaddedReply: libfreenect waits for ever where a host gives every reply 512
// bytes.
func TestPaddedReply(t *testing.T) {
	c, bus := consumer(t)
	bus.Kinects[0].FaultReplies(virtual.PaddedReply, virtual.ForEver)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err := c.Run(ctx, bus, conformance.Camtest, 100*time.Millisecond); err == nil {
		t.Error("it ran though no reply seemed to be ready")
	}
}

// TestVanish: a camera leaves the bus some time after it was claimed, and is back
// when it is plugged in.
func TestVanish(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	k.VanishAfter(500 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	u, err := c.Run(ctx, bus, conformance.Camtest, 2*time.Second)
	if err == nil && u.DepthFrames > 40 {
		t.Errorf("%d frames came in the half second it was there", u.DepthFrames)
	}
	if _, err := c.Run(ctx, bus, conformance.Camtest, time.Second); err == nil {
		t.Error("a camera that vanished was opened")
	}
	k.VanishAfter(0)
	k.Plug()
	if depth, _ := take(t, c, bus, raws[virtual.Depth11Bit], 3); len(depth) != 3 {
		t.Errorf("%d frames came after it was plugged in", len(depth))
	}
}

// TestPacketFaults orders each fault of packets, and finds it in the log and in what
// libfreenect receives.
func TestPacketFaults(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	for name, f := range map[string]struct {
		fault virtual.Fault
		count func(virtual.Event) int
	}{
		"Drop":        {virtual.Drop, func(e virtual.Event) int { return e.Dropped }},
		"PacketError": {virtual.PacketError, func(e virtual.Event) int { return e.Errors }},
		"Half":        {virtual.Half, func(e virtual.Event) int { return e.Halved }},
		"Short":       {virtual.Short, func(e virtual.Event) int { return e.Shortened }},
		"Alter":       {virtual.Alter, func(e virtual.Event) int { return e.Altered }},
	} {
		t.Run(name, func(t *testing.T) {
			bus.Reset()
			k.SetPatience(10 * time.Second)
			k.FaultNext(virtual.Depth, f.fault, 7)
			k.FaultRate(virtual.Video, f.fault, 0.01)
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if _, err := c.Run(ctx, bus, conformance.Camtest, 500*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			events, err := k.Log()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				counts[e.Stream] += f.count(e)
			}
			if counts["depth"] != 7 || counts["video"] == 0 {
				t.Errorf("it befell %v packets; 7 of depth were ordered", counts)
			}
		})
	}
}

// TestFreeze: frozen streams wake when they are started, a frozen device when it is
// opened, and one that is frozen for good not at all.
func TestFreeze(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	for _, f := range []virtual.Freezing{virtual.FrozenStreams, virtual.FrozenDevice, virtual.FrozenForGood} {
		k.Freeze(f)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		first, err := c.Run(ctx, bus, conformance.Camtest, 300*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		second, err := c.Run(ctx, bus, conformance.Camtest, 300*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if (first.DepthFrames > 0) != (f == virtual.FrozenStreams) || (second.DepthFrames > 0) != (f != virtual.FrozenForGood) {
			t.Errorf("freeze %d: %+v, then %+v", f, first, second)
		}
		if (k.Frozen() == virtual.NotFrozen) != (f != virtual.FrozenForGood) {
			t.Errorf("freeze %d has become %d", f, k.Frozen())
		}
	}
}

// TestKernelDriver: libfreenect takes the camera from the kernel's driver, and gives
// it back.
func TestKernelDriver(t *testing.T) {
	c, bus := consumer(t)
	k := bus.Kinects[0]
	k.BindDriver()
	k.SetClock(0xffffffff - 6_000_000) // wraps while it runs
	depth, _ := take(t, c, bus, raws[virtual.Depth11Bit], 8)
	if !k.DriverBound() || k.Claimed() {
		t.Errorf("afterwards the driver is bound: %v; the camera is claimed: %v", k.DriverBound(), k.Claimed())
	}
	checkSent(t, k, depth, virtual.Depth11Bit)
}
