package raw

import "encoding/binary"

// An Assembler puts the packets of one stream together into frames. One goroutine
// may use it. It allocates nothing after NewAssembler.
//
// It starts at the first packet of a frame. From there the sequence byte says how
// many packets are missing before each packet that comes, and so where in the frame
// it belongs; its flag must agree, or the frame is dropped. A frame is delivered
// when its end is certain: its last packet came, or the first one of the next frame
// did. Bytes are in the right place between two packets whose flags confirm it, so
// even a loss of a multiple of 256 packets, which the sequence byte cannot show,
// gives no frame rather than a wrong one.
type Assembler struct {
	layout  Layout
	packets int // of a frame
	payload int // of a packet other than the last
	maxLost int
	buffers [2][]byte
	missing [2][]Range // of the buffers
	counter Counters

	current int    // which buffer is being filled
	number  uint64 // of the frame under way: counts all that were begun
	synced  bool
	index   int  // of the packet that should come next, in its frame
	lost    int  // packets of the frame under way
	begun   bool // something of the frame under way came
	clock   uint32
	earlier uint32 // clock without the last packet

	counting bool // seq is known
	seq      byte // of the packet that should come next
	gap      int  // that was skipped before the last packet
	odd      bool // the packet before had a sequence byte out of line, oddSeq
	oddSeq   byte
	// certain says that nothing can have been cut out of the packet before.
	certain bool
}

// NewAssembler makes an Assembler for frames of the layout, which must have at
// least two packets.
func NewAssembler(l Layout) *Assembler {
	a := &Assembler{layout: l, packets: l.Packets(), payload: l.PayloadBytes(), maxLost: l.MaxLost()}
	for i := range a.buffers {
		a.buffers[i] = make([]byte, l.FrameBytes)
		// Each lost packet, and each distrusted neighbour, adds one range at most.
		a.missing[i] = make([]Range, 0, 2*a.maxLost+2)
	}
	return a
}

// Add takes one packet with known borders and returns the frame it finished, if
// any: its own, or the one before when the end of that was lost.
func (a *Assembler) Add(packet []byte) (Assembled, bool) {
	h, ok := a.layout.header(packet)
	if !ok || len(packet) != a.layout.length(h) {
		if len(packet) > 0 {
			a.counter.BadPackets++
		}
		return Assembled{}, false
	}
	return a.place(packet, h, true)
}

// Reset forgets the frame under way and the place in the sequence, for when the
// device was started anew. The counters stay.
func (a *Assembler) Reset() {
	a.drop()
	a.counting, a.odd = false, false
}

// Counters are the counts so far.
func (a *Assembler) Counters() Counters { return a.counter }

// place puts a whole packet where it belongs. certain says that its bytes are its
// own whatever is lost behind it.
func (a *Assembler) place(packet []byte, h header, certain bool) (done Assembled, ok bool) {
	a.counter.Packets++
	gap, fits := a.follow(h)
	if !fits {
		return Assembled{}, false
	}
	if gap > maxGap {
		a.drop()
	}
	if gap > 0 && a.synced && a.index > 0 && !a.certain {
		a.distrust()
	}
	if a.synced {
		done, ok = a.skip(gap, h)
	}
	if a.synced && h.flag != a.flag() {
		a.drop()
	}
	if !a.synced {
		if h.flag != flagFirst {
			return done, ok
		}
		a.synced = true
	}
	a.store(packet)
	a.certain, a.gap = certain, gap
	if a.index == a.packets {
		return a.finish() // a packet that ended the frame before is no last one
	}
	return done, ok
}

// follow looks at the sequence byte: how many packets are missing before this one,
// modulo 256. A packet out of line is set aside (fits is false) unless it begins a
// frame or the next one follows on from it: its header may have been damaged.
func (a *Assembler) follow(h header) (gap int, fits bool) {
	if !a.counting {
		a.counting, a.odd, a.seq = true, false, h.seq+1
		return 0, true
	}
	gap = int(h.seq - a.seq)
	behind := int(a.seq - h.seq)
	switch {
	case gap <= maxGap:
	case behind <= a.gap:
		// Here comes what seemed lost: the packet before lied about its place.
		a.counter.LostPackets -= uint64(behind - 1)
		a.counter.BadPackets++
		a.odd, a.seq = false, h.seq+1
		return maxGap + 1, true
	case a.odd && h.seq == a.oddSeq+1:
		gap = int(a.oddSeq - a.seq) // the odd one came, though it is of no use now
		a.counter.LostPackets += uint64(gap)
		a.odd, a.seq = false, h.seq+1
		return maxGap + 1, true
	case h.flag == flagFirst:
	default:
		if a.odd {
			a.counter.BadPackets++
		}
		a.odd, a.oddSeq = true, h.seq
		return 0, false
	}
	if a.odd {
		a.counter.BadPackets++
		a.odd = false
	}
	a.counter.LostPackets += uint64(gap)
	a.seq = h.seq + 1
	return gap, true
}

// flag is what the next packet's must be.
func (a *Assembler) flag() byte {
	switch a.index {
	case 0:
		return flagFirst
	case a.packets - 1:
		return flagLast
	}
	return flagMiddle
}

// skip goes over gap missing packets, before a packet with header h. When they
// include the end of the frame it delivers that frame, if h confirms where it ended,
// and begins the next.
func (a *Assembler) skip(gap int, h header) (done Assembled, ok bool) {
	if gap == 0 {
		return Assembled{}, false
	}
	tail := min(gap, a.packets-a.index)
	a.lose(a.index, a.index+tail)
	a.index += tail
	if a.index < a.packets {
		return Assembled{}, false
	}
	if gap == tail && h.flag == flagFirst {
		done, ok = a.finish()
	} else {
		a.drop()
		a.synced = true
	}
	head := gap - tail
	if head >= a.packets {
		a.drop() // a layout of a few packets only
		return done, ok
	}
	a.lose(0, head)
	a.index = head
	return done, ok
}

// lose notes packets from..to of the frame under way as missing.
func (a *Assembler) lose(from, to int) {
	if from == to {
		return
	}
	a.lost += to - from
	a.miss(from, to)
}

// distrust notes the packet before as missing: it was followed by a gap, and what
// looks like its end may be the end of a packet that was lost. It does not count as
// lost, since the gap counts all that are.
func (a *Assembler) distrust() {
	a.clock = a.earlier
	a.miss(a.index-1, a.index)
}

// miss adds the bytes of packets from..to, which lie behind those noted before.
func (a *Assembler) miss(from, to int) {
	list := &a.missing[a.current]
	r := Range{From: from * a.payload, To: min(to*a.payload, a.layout.FrameBytes)}
	if n := len(*list); n > 0 && (*list)[n-1].To >= r.From {
		(*list)[n-1].To = r.To
		return
	}
	if len(*list) < cap(*list) { // a frame that lacks more is dropped anyway
		*list = append(*list, r)
	}
}

// underWay is the frame under way: its number, its buffer, and how many bytes of that
// are settled. What was lost among them is told when the frame is delivered.
func (a *Assembler) underWay() (number uint64, buffer []byte, settled int) {
	return a.number, a.buffers[a.current], min(a.index*a.payload, a.layout.FrameBytes)
}

// give has the next frame but one, or with a frame just delivered the next, assembled
// in a new buffer, and makes Assembled.Bytes the caller's.
func (a *Assembler) give() { a.buffers[a.current^1] = nil }

// store copies the payload of the packet that belongs at a.index.
func (a *Assembler) store(packet []byte) {
	if a.buffers[a.current] == nil {
		a.buffers[a.current] = make([]byte, a.layout.FrameBytes)
	}
	copy(a.buffers[a.current][a.index*a.payload:], packet[HeaderBytes:])
	a.earlier, a.clock = a.clock, binary.LittleEndian.Uint32(packet[8:])
	a.index++
	a.begun = true
}

// finish ends the frame under way and delivers it, unless it lacks too much.
func (a *Assembler) finish() (Assembled, bool) {
	done := Assembled{
		Bytes: a.buffers[a.current], Clock: a.clock, Lost: a.lost, Missing: a.missing[a.current], number: a.number,
	}
	if !a.begun || done.Lost > a.maxLost {
		a.drop()
		a.synced = true
		return Assembled{}, false
	}
	for _, r := range done.Missing {
		a.layout.fill(done.Bytes, r)
	}
	a.counter.Frames++
	if len(done.Missing) > 0 {
		a.counter.RepairedFrames++
	}
	a.current ^= 1
	a.begin()
	return done, true
}

// drop gives up the frame under way and the place in it.
func (a *Assembler) drop() {
	if a.begun {
		a.counter.DroppedFrames++
	}
	a.synced = false
	a.begin()
}

// begin makes ready for a frame's first packet.
func (a *Assembler) begin() {
	a.index, a.lost, a.begun = 0, 0, false
	a.number++
	a.missing[a.current] = a.missing[a.current][:0]
}

// fill overwrites every pixel that has a bit in r. Only damaged pixels reach beyond
// it, so no good one is touched.
func (l Layout) fill(frame []byte, r Range) {
	for i := r.From; i < r.To; i++ {
		frame[i] = l.Fill
	}
	for bit := r.From*8 - 1; bit >= 0 && (bit+1)%l.PixelBits != 0; bit-- {
		l.fillBit(frame, bit)
	}
	for bit := r.To * 8; bit < len(frame)*8 && bit%l.PixelBits != 0; bit++ {
		l.fillBit(frame, bit)
	}
}

func (l Layout) fillBit(frame []byte, bit int) {
	mask := byte(0x80) >> (bit % 8)
	frame[bit/8] = frame[bit/8]&^mask | l.Fill&mask
}
