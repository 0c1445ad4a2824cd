package virtual

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"cutout/kinect"
)

// Parts of a Kinect that enumerate one by one. Its hub is there with any of them, and
// PartHub is the hub alone.
const (
	PartMotor  = 1
	PartCamera = 2
	PartAudio  = 4
	PartHub    = 8
	whole      = PartMotor | PartCamera | PartAudio
)

// Model is which Kinect it is.
type Model uint32

// The models there are.
const (
	Model1414 Model = iota
	Model1473
	ModelWindows
)

// Style is how the host sees a Kinect go.
type Style uint32

// The styles: packets fail for 50 ms and then the device is gone; transfers end
// with no device and failed packets; transfers end with no device and with what
// their packets held the round before.
const (
	Proto Style = iota
	Reaped
	Stale
)

// Freezing is what wakes a Kinect which sends only empty packets.
type Freezing uint32

// What wakes it: nothing is wrong, starting a stream anew, opening the device anew,
// nothing.
const (
	NotFrozen Freezing = iota
	FrozenStreams
	FrozenDevice
	FrozenForGood
)

// Stream is one of the two endpoints.
type Stream int

// The streams.
const (
	Video Stream = iota
	Depth
)

func (s Stream) String() string { return [...]string{"video", "depth"}[s] }

// Fault is what can befall a packet.
type Fault int

// The faults: the packet never comes; its slot comes with an error status; one of
// its two bus transactions is lost; it is cut short anywhere; a byte of its header
// is altered.
const (
	Drop Fault = iota
	PacketError
	Half
	Short
	Alter
)

// ReplyFault is what can befall an answer of the camera to a command.
type ReplyFault int

// The faults: it has another command's tag; it answers another command; 18 bytes
// are missing from its end; its status word says that the command failed; the
// request for it stalls; fails; is never answered (as the host says after its
// timeout, which is not waited for); gives 512 zero bytes; gives the answer, but in
// 512 bytes.
const (
	WrongTag ReplyFault = iota
	WrongCommand
	CutReply
	FailedCommand
	StalledReply
	BrokenReply
	TimedOutReply
	EmptyReply
	PaddedReply

	replyFaults int = iota
	// ForEver is a number of answers that no test outlives.
	ForEver = math.MaxUint32
)

// A Kinect is one device of a Bus, as the test holds it. Every method takes effect
// at once in the process that has loaded the library. Any goroutine, but frames are
// fed by one.
type Kinect struct {
	bus   *Bus
	index int
	page  *page
	live  [modes][]byte
}

func (k *Kinect) reset(present bool) {
	k.closeLive()
	p := k.page
	set := atomic.StoreUint32
	for _, w := range []*uint32{
		&p.model, &p.unplugStyle, &p.busy, &p.denied, &p.kernelDriver, &p.freeze, &p.lateFull,
		&p.lostClaims, &p.vanish, &p.firmware,
		&p.patience, &p.owner, &p.led, &p.tilt, &p.misuse, &p.paused, &p.waited, &p.opens, &p.resets,
	} {
		set(w, 0)
	}
	for s := range p.stream {
		for f := range p.stream[s].rate {
			set(&p.stream[s].rate[f], 0)
			set(&p.stream[s].next[f], 0)
		}
		set(&p.stream[s].sending, 0)
		set(&p.stream[s].crowded, 0)
	}
	for m := range p.modes {
		set(&p.modes[m].source, sourceRandom)
		set(&p.modes[m].published, 0)
	}
	for f := range p.replies {
		set(&p.replies[f], 0)
	}
	k.Accelerate(0, 819, 0)
	set(&p.lateReplies, 2)
	set(&p.seed, rand.Uint32())
	set(&p.clock, 0)
	p.calibration(Calibration())
	k.SetSerial([]string{"A00366902026050A", "A00362912415048A"}[k.index])
	k.truncateLog()
	set(&p.magic, magic)
	atomic.AddUint32(&p.generation, 1)
	if present {
		set(&p.present, whole)
	} else {
		set(&p.present, 0)
	}
}

// Plug puts the Kinect on the bus, under a new address; Parts says which of its
// parts answer (none means all: PartMotor alone is a Kinect without 12 V).
func (k *Kinect) Plug(parts ...uint32) {
	var mask uint32
	for _, p := range parts {
		mask |= p
	}
	if mask == 0 {
		mask = whole
	}
	atomic.AddUint32(&k.page.generation, 1)
	atomic.StoreUint32(&k.page.present, mask)
}

// Unplug takes it off the bus.
func (k *Kinect) Unplug(s Style) {
	atomic.StoreUint32(&k.page.unplugStyle, uint32(s))
	atomic.StoreUint32(&k.page.present, 0)
}

// SetModel changes what it is; plug it in anew afterwards.
func (k *Kinect) SetModel(m Model) { atomic.StoreUint32(&k.page.model, uint32(m)) }

// SetSerial names it; at most 31 bytes. The audio function says the same, the camera
// only in a Model1414: others say sixteen zeros.
func (k *Kinect) SetSerial(serial string) {
	k.page.serial = [32]byte{}
	copy(k.page.serial[:31], serial)
	k.page.audioSerial = k.page.serial
}

// SetBusy makes claiming the camera fail as if another program had it.
func (k *Kinect) SetBusy(busy bool) { store(&k.page.busy, busy) }

// SetDenied makes opening fail for want of permission.
func (k *Kinect) SetDenied(denied bool) { store(&k.page.denied, denied) }

// BindDriver binds the kernel's driver to the camera, which must be detached before
// a claim succeeds; DriverBound says whether it is (again).
func (k *Kinect) BindDriver()       { atomic.StoreUint32(&k.page.kernelDriver, 1) }
func (k *Kinect) DriverBound() bool { return atomic.LoadUint32(&k.page.kernelDriver) == 1 }

// Freeze makes it send only empty packets, until what wakes it happens or Freeze
// is called with NotFrozen.
func (k *Kinect) Freeze(f Freezing) { atomic.StoreUint32(&k.page.freeze, uint32(f)) }

// Frozen is what would wake it now.
func (k *Kinect) Frozen() Freezing { return Freezing(atomic.LoadUint32(&k.page.freeze)) }

// LateReplies sets how many times a reply is asked for in vain (2 if not set); full
// makes each such answer 512 zero bytes instead of none.
func (k *Kinect) LateReplies(n int, full bool) {
	atomic.StoreUint32(&k.page.lateReplies, uint32(n))
	store(&k.page.lateFull, full)
}

// FaultReplies makes the next n answers of the camera suffer a fault; ForEver is a
// number too.
func (k *Kinect) FaultReplies(f ReplyFault, n uint32) { atomic.StoreUint32(&k.page.replies[f], n) }

// FaultRate makes a share (0 to 1) of the packets of a stream suffer a fault.
func (k *Kinect) FaultRate(s Stream, f Fault, share float64) {
	atomic.StoreUint32(&k.page.stream[s].rate[f], uint32(math.Round(share*1e6)))
}

// FaultNext makes the next n packets of a stream suffer a fault.
func (k *Kinect) FaultNext(s Stream, f Fault, n int) {
	atomic.StoreUint32(&k.page.stream[s].next[f], uint32(n))
}

// SetCrowded makes the bus have no room for a stream: transfers can't be submitted.
func (k *Kinect) SetCrowded(s Stream, crowded bool) { store(&k.page.stream[s].crowded, crowded) }

// LoseClaims makes the next n claims of the camera find no interface, which is what
// happens right after it was plugged in.
func (k *Kinect) LoseClaims(n int) { atomic.StoreUint32(&k.page.lostClaims, uint32(n)) }

// VanishAfter makes the camera leave the bus some time after it was claimed, as a
// host does that saves power; 0 is never. Plug brings it back.
func (k *Kinect) VanishAfter(d time.Duration) {
	atomic.StoreUint32(&k.page.vanish, uint32(d/time.Millisecond))
}

// SetFirmware says whether the audio function runs its firmware: with it a
// Model1473 and a ModelWindows have a motor and a light. Plug it in anew afterwards.
func (k *Kinect) SetFirmware(on bool) { store(&k.page.firmware, on) }

// Register is the value of a parameter of the camera, CMOS of a register of its
// colour chip (0x000..0x3ff).
func (k *Kinect) Register(n uint16) uint16 { return uint16(atomic.LoadUint32(&k.page.registers[n])) }
func (k *Kinect) CMOS(n uint16) uint16     { return uint16(atomic.LoadUint32(&k.page.cmos[n])) }

// Sending is what an endpoint sends now: Off, or one of its modes.
func (k *Kinect) Sending(s Stream) Mode {
	return Mode(atomic.LoadUint32(&k.page.stream[s].sending)) - 1
}

// SetPatience lets the device's clock stand still while the host offers no slot
// for a packet, up to a limit, after which packets are lost. 0, the default, is a
// real device's; tests which demand every byte set it, so that a starved machine
// does not look like a bad driver.
func (k *Kinect) SetPatience(d time.Duration) {
	atomic.StoreUint32(&k.page.patience, uint32(d/time.Millisecond))
}

// SetClock sets what the sensor's clock is counted from.
func (k *Kinect) SetClock(ticks uint32) { atomic.StoreUint32(&k.page.clock, ticks) }

// SetCalibration sets what it answers when asked for its calibration in a video mode
// of 640x480; RegistrationAt has the others'.
func (k *Kinect) SetCalibration(c kinect.Calibration) { k.page.calibration(c) }

// Accelerate sets what the accelerometer reads, 819 counts per g.
func (k *Kinect) Accelerate(x, y, z int16) {
	for i, v := range []int16{x, y, z} {
		atomic.StoreUint32(&k.page.accel[i], uint32(uint16(v)))
	}
}

// LED is the number of the light it shows, and HalfDegrees the tilt it was told.
func (k *Kinect) LED() int         { return int(atomic.LoadUint32(&k.page.led)) }
func (k *Kinect) HalfDegrees() int { return int(int32(atomic.LoadUint32(&k.page.tilt))) }

// Misuse counts what a program did that libusb forbids; the log has the words.
func (k *Kinect) Misuse() int { return int(atomic.LoadUint32(&k.page.misuse)) }

// Paused is for how long the device's clock stood still because the engine was late
// itself, and Waited because of SetPatience.
func (k *Kinect) Paused() time.Duration { return microframes(&k.page.paused) }
func (k *Kinect) Waited() time.Duration { return microframes(&k.page.waited) }

func microframes(n *uint32) time.Duration {
	return time.Duration(atomic.LoadUint32(n)) * 125 * time.Microsecond
}

// EngineTime is the processor time that the first Kinect's bus has used so far in
// the process that loaded it last: what is left of that process's is the driver's.
func (b *Bus) EngineTime() time.Duration {
	return time.Duration(atomic.LoadUint32(&b.Kinects[0].page.engine)) * time.Microsecond
}

// Opens counts how often one of its parts was opened.
func (k *Kinect) Opens() int { return int(atomic.LoadUint32(&k.page.opens)) }

// Resets counts how often one of its parts was reset.
func (k *Kinect) Resets() int { return int(atomic.LoadUint32(&k.page.resets)) }

// Claimed says whether a program holds the camera.
func (k *Kinect) Claimed() bool { return atomic.LoadUint32(&k.page.owner) != 0 }

func store(w *uint32, on bool) {
	var v uint32
	if on {
		v = 1
	}
	atomic.StoreUint32(w, v)
}
