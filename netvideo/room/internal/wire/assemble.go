package wire

import (
	"time"

	"cutout/netvideo/codec/rtpvp8"
)

// Limits of the assembler.
const (
	// reorderPackets is how many packets are held back behind a missing one: half a
	// second of a 10 Mbit/s stream. A power of two.
	reorderPackets = 512
	// maxFrame bounds one compressed picture; a 1920x1920 key frame at the best
	// quality stays below it.
	maxFrame = 4 << 20
	// spareFrames is how many buffers are kept for the frames to come.
	spareFrames = 4
	// maxSpare bounds a buffer that is kept.
	maxSpare = 256 << 10
)

// A Packet is what matters of an RTP packet. Its payload is not kept.
type Packet struct {
	Seq     uint16
	Stamp   uint32
	Marker  bool
	Payload []byte
}

// An Assembler puts frames together from RTP packets (RFC 7741, RFC 6184). Packets in
// order are never held back; behind a missing one the stream waits for it to be sent
// again, up to MaxWait, and then goes on without it, or at once with a key frame that
// came whole. One goroutine uses it; Recycle may be called from any.
type Assembler struct {
	// MaxWait is how long a missing packet is waited for.
	MaxWait time.Duration
	// Codec of what comes next.
	Codec Codec

	ring    [reorderPackets]slot
	held    int    // packets in ring
	next    uint16 // the first that has not come
	highest uint16 // the newest that has
	started bool
	tail    tail

	frame   Frame // in the making
	inFrame bool
	broken  bool
	last    rtpvp8.Descriptor // of the newest frame
	midway  bool              // no frame of H.264, which does not say, is known to begin here
	spare   chan []byte

	counts Counts
	rtt    time.Duration // measured with what was asked for again; 0 unknown
}

// Counts are an Assembler's counters.
type Counts struct {
	Lost      uint64 // packets given up
	Recovered uint64 // packets that came when they were asked for again
	Asked     uint64 // how often packets were asked for again
}

// A slot is the place of one packet, here or missing.
type slot struct {
	here   bool
	marker bool
	stamp  uint32
	data   []byte
	since  time.Time // missing since then
	asked  time.Time
	tries  uint8
}

// NewAssembler makes an assembler.
func NewAssembler(c Codec) *Assembler {
	return &Assembler{Codec: c, MaxWait: 400 * time.Millisecond, spare: make(chan []byte, spareFrames), broken: true}
}

// Counts returns the counters.
func (a *Assembler) Counts() Counts { return a.counts }

// Push takes one packet and calls emit for every frame it completes.
func (a *Assembler) Push(p Packet, now time.Time, emit func(Frame)) {
	if !a.started {
		a.started, a.next, a.highest = true, p.Seq, p.Seq-1
	}
	ahead := int16(p.Seq - a.next)
	if ahead < 0 && ahead > -reorderPackets {
		return // late or twice
	}
	if ahead < 0 || int(ahead) >= reorderPackets { // another sender's numbers
		a.counts.Lost += uint64(max(0, ahead))
		a.reset(p.Seq)
	}
	newest := int16(p.Seq-a.highest) > 0
	a.expect(p.Seq, now)
	s := &a.ring[p.Seq%reorderPackets]
	if s.here {
		return // twice
	}
	if s.tries > 0 {
		a.counts.Recovered++
		a.measure(s, now)
	}
	if newest {
		a.tail = tail{}
		if !p.Marker && len(p.Payload) > 0 {
			a.tail.since = now // the rest of the frame has to follow
		}
	}
	if p.Seq == a.next && a.held == 0 { // the usual case: nothing is missing
		*s = slot{data: s.data}
		a.next++
		a.consume(p, now, emit)
	} else {
		*s = slot{here: true, marker: p.Marker, stamp: p.Stamp, data: append(s.data[:0], p.Payload...)}
		a.held++
	}
	a.Wait(now, emit)
}

// expect takes note of the packets before seq that have not come.
func (a *Assembler) expect(seq uint16, now time.Time) {
	for int16(seq-a.highest) > 0 {
		a.highest++
		s := &a.ring[a.highest%reorderPackets]
		*s = slot{data: s.data, since: now, asked: a.tail.asked, tries: a.tail.tries}
		a.tail = tail{}
	}
}

// Wait goes on without what has been waited for long enough; call it when time passes
// while packets are missing.
func (a *Assembler) Wait(now time.Time, emit func(Frame)) {
	for {
		a.drain(now, emit)
		if a.held == 0 {
			return
		}
		if begin, ok := a.paddingAlone(); ok {
			a.pass(begin)
			continue
		}
		if key, ok := a.wholeKey(); ok {
			a.skip(key)
			continue
		}
		if now.Sub(a.ring[a.next%reorderPackets].since) < a.MaxWait {
			return
		}
		to := a.next
		for !a.ring[to%reorderPackets].here {
			to++
		}
		a.skip(to)
	}
}

// drain takes what has come in order.
func (a *Assembler) drain(now time.Time, emit func(Frame)) {
	for a.held > 0 {
		s := &a.ring[a.next%reorderPackets]
		if !s.here {
			return
		}
		s.here = false
		a.held--
		p := Packet{Seq: a.next, Stamp: s.stamp, Marker: s.marker, Payload: s.data}
		a.next++
		a.consume(p, now, emit)
	}
}

// skip goes on at a packet, without those before it.
func (a *Assembler) skip(to uint16) {
	a.counts.Lost += a.pass(to)
	a.breakFrame()
}

// pass goes on at a packet, and counts those before it that have not come.
func (a *Assembler) pass(to uint16) (missing uint64) {
	for ; a.next != to; a.next++ {
		s := &a.ring[a.next%reorderPackets]
		if s.here {
			s.here = false
			a.held--
		} else {
			missing++
		}
	}
	return missing
}

// paddingAlone finds the next frame when its number says that no picture is missing
// before it: what is, is padding, by which the server probes the way and which it does
// not send again.
func (a *Assembler) paddingAlone() (begin uint16, ok bool) {
	if a.inFrame || a.broken || a.Codec != VP8 || !a.last.HasPictureID {
		return 0, false
	}
	for at := a.next; at != a.highest+1; at++ {
		if s := &a.ring[at%reorderPackets]; s.here && len(s.data) > 0 {
			d, _, err := rtpvp8.Parse(s.data)
			follows := (d.PictureID-a.last.PictureID)&0x7fff == 1
			return at, err == nil && d.Start && d.Partition == 0 && d.HasPictureID && follows
		}
	}
	return 0, false
}

// wholeKey finds a key frame that came whole behind what is missing.
func (a *Assembler) wholeKey() (seq uint16, ok bool) {
	found := false
	for at := a.next; at != a.highest+1; at++ {
		s := &a.ring[at%reorderPackets]
		switch {
		case !s.here:
			found = false
		case a.beginsKey(s.data):
			seq, found = at, true
		}
		if found && s.marker && s.stamp == a.ring[seq%reorderPackets].stamp {
			return seq, true
		}
	}
	return 0, false
}

func (a *Assembler) beginsKey(payload []byte) bool {
	if a.Codec == H264 { // parameters come before the picture they are for
		return len(payload) > 3 && (payload[0]&0x1f == nalSPS || payload[0]&0x1f == nalSTAP && payload[3]&0x1f == nalSPS)
	}
	d, rest, err := rtpvp8.Parse(payload)
	return err == nil && d.Start && d.Partition == 0 && rest[0]&1 == 0
}

// reset gives up everything before the packet next.
func (a *Assembler) reset(next uint16) {
	for i := range a.ring {
		a.ring[i] = slot{data: a.ring[i].data}
	}
	a.held, a.next, a.highest = 0, next, next-1
	a.breakFrame()
}

func (a *Assembler) breakFrame() {
	if a.inFrame {
		a.Recycle(a.frame.Data)
	}
	a.broken, a.inFrame, a.midway, a.frame = true, false, true, Frame{}
}

// Recycle takes back the data of a frame that is no longer needed.
func (a *Assembler) Recycle(data []byte) {
	if cap(data) > maxSpare {
		return
	}
	select {
	case a.spare <- data[:0]:
	default:
	}
}

func (a *Assembler) buffer() []byte {
	select {
	case b := <-a.spare:
		return b
	default:
		return make([]byte, 0, 16<<10)
	}
}

// consume takes the packets in order.
func (a *Assembler) consume(p Packet, now time.Time, emit func(Frame)) {
	if len(p.Payload) == 0 {
		return // padding, by which the server probes the way
	}
	if a.inFrame && p.Stamp != a.frame.Stamp { // its end was not marked
		a.finish(now, emit)
	}
	if !a.take(p) || len(a.frame.Data) > maxFrame {
		a.breakFrame()
	} else if p.Marker {
		a.finish(now, emit)
	}
	if p.Marker {
		a.midway = false
	}
}

// take adds a packet to the frame; false when it does not fit there.
func (a *Assembler) take(p Packet) bool {
	begun := a.inFrame
	if a.Codec == H264 {
		if !begun {
			if a.midway && !a.beginsKey(p.Payload) {
				return false
			}
			a.begin(p)
		}
		data, key, ok := appendNALs(a.frame.Data, p.Payload, begun)
		a.frame.Data, a.frame.Key = data, a.frame.Key || key
		return ok
	}
	d, rest, err := rtpvp8.Parse(p.Payload)
	if err != nil || !begun && (!d.Start || d.Partition != 0) {
		return false
	}
	if !begun {
		a.begin(p)
		a.frame.VP8, a.frame.Key = d, rest[0]&1 == 0
	}
	a.frame.Data = append(a.frame.Data, rest...)
	return true
}

func (a *Assembler) begin(p Packet) {
	a.inFrame = true
	a.frame = Frame{Data: a.buffer(), Codec: a.Codec, Stamp: p.Stamp}
}

func (a *Assembler) finish(now time.Time, emit func(Frame)) {
	f := a.frame
	f.Lost, f.Came = a.broken, now
	a.last, a.frame, a.inFrame, a.broken = f.VP8, Frame{}, false, false
	emit(f)
}
