package wire

import (
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// Limits of the assembler.
const (
	// reorderPackets is how many packets are held back behind a missing one: half a
	// second of a 1.5 Mbit/s stream. A power of two.
	reorderPackets = 512
	// maxFrame bounds one compressed picture; a 1920x1920 key frame at the best
	// quality stays below it.
	maxFrame = 4 << 20
)

// A Frame is one compressed picture.
type Frame struct {
	Data []byte
	// Broken is set when something between the frame before and this one is lost.
	Broken bool
}

// An Assembler puts VP8 frames together from RTP packets (RFC 7741). Packets in
// order are never held back; behind a missing one the stream waits for it to be
// sent again, up to MaxWait, and then goes on without it.
type Assembler struct {
	// MaxWait is how long a missing packet is waited for.
	MaxWait time.Duration

	ring    [reorderPackets]*rtp.Packet
	held    int // packets in ring
	next    uint16
	started bool
	missing time.Time // since when the packet next is missed; zero when it is not

	data    []byte
	inFrame bool
	stamp   uint32
	broken  bool

	lost uint64 // packets given up
}

// Push takes one packet and calls emit for every frame it completes.
func (a *Assembler) Push(p *rtp.Packet, now time.Time, emit func(Frame)) {
	if !a.started {
		a.started, a.next = true, p.SequenceNumber
	}
	ahead := int16(p.SequenceNumber - a.next)
	if ahead < 0 {
		return // late or twice
	}
	if int(ahead) >= reorderPackets {
		a.lost += uint64(ahead)
		a.reset(p.SequenceNumber)
	}
	slot := &a.ring[p.SequenceNumber%reorderPackets]
	if *slot != nil {
		return // twice
	}
	*slot = p
	a.held++
	a.drain(now, emit)
}

// Lost is how many packets were given up.
func (a *Assembler) Lost() uint64 { return a.lost }

// reset gives up everything before the packet next.
func (a *Assembler) reset(next uint16) {
	a.ring = [reorderPackets]*rtp.Packet{}
	a.held, a.next, a.missing = 0, next, time.Time{}
	a.breakFrame()
}

func (a *Assembler) breakFrame() {
	a.broken, a.inFrame, a.data = true, false, nil
}

func (a *Assembler) drain(now time.Time, emit func(Frame)) {
	for {
		for p := a.ring[a.next%reorderPackets]; p != nil; p = a.ring[a.next%reorderPackets] {
			a.ring[a.next%reorderPackets] = nil
			a.held--
			a.next++
			a.missing = time.Time{}
			a.consume(p, emit)
		}
		if a.held == 0 {
			return
		}
		if a.missing.IsZero() {
			a.missing = now
		}
		if now.Sub(a.missing) < a.MaxWait {
			return
		}
		for a.ring[a.next%reorderPackets] == nil {
			a.next++
			a.lost++
		}
		a.missing = time.Time{}
		a.breakFrame()
	}
}

// consume takes the packets in order.
func (a *Assembler) consume(p *rtp.Packet, emit func(Frame)) {
	if len(p.Payload) == 0 {
		return // padding, by which the server probes the way
	}
	var vp8 codecs.VP8Packet
	payload, err := vp8.Unmarshal(p.Payload)
	if err != nil {
		a.breakFrame()
		return
	}
	if a.inFrame && p.Timestamp != a.stamp {
		a.breakFrame() // it never ended
	}
	if !a.inFrame {
		if vp8.S == 0 || vp8.PID != 0 {
			a.broken = true
			return
		}
		a.inFrame, a.stamp, a.data = true, p.Timestamp, make([]byte, 0, 2*len(payload))
	}
	if len(a.data)+len(payload) > maxFrame {
		a.breakFrame()
		return
	}
	a.data = append(a.data, payload...)
	if p.Marker {
		f := Frame{Data: a.data, Broken: a.broken}
		a.data, a.inFrame, a.broken = nil, false, false
		emit(f)
	}
}
