package raw

// maxGap is how many packets may be lost in a row; a longer gap in the sequence ends
// the frame, as in libfreenect, which loses its place at the same number.
const maxGap = 5

// MaxLost is how many packets a frame may lack and still be delivered: 2 % of them,
// five at least. Five packets of 640x480 depth are ten rows. A frame that lacks more
// is dropped.
func (l Layout) MaxLost() int { return max(maxGap, l.Packets()/48) }

// A Range is a stretch of bytes, To not included.
type Range struct{ From, To int }

// An Assembled is a frame put together from its packets.
type Assembled struct {
	// Bytes is the frame, Layout.FrameBytes long. It belongs to the Assembler and
	// is valid until the next call of Add, or until deliver returns.
	Bytes []byte
	// Clock is the time in the last packet that came, in ticks of kinect.ClockHz.
	Clock uint32
	// Lost counts the packets of the frame that never came whole; at most Layout.MaxLost.
	Lost int
	// Missing are the bytes that were not received or cannot be trusted, in order
	// and not touching; every pixel that has a bit in them is filled with
	// Layout.Fill. Everything outside them is as the sensor sent it. Same validity
	// as Bytes.
	Missing []Range

	number uint64 // counts frames, delivered or not
}

// Counters count what an Assembler saw since it was made.
type Counters struct {
	Packets        uint64 // whole packets
	BadPackets     uint64 // pieces of packets, packets with damaged headers, and slots that failed
	LostPackets    uint64 // gaps in the sequence, each counted modulo 256
	Frames         uint64 // delivered
	RepairedFrames uint64 // of these, with lost packets
	DroppedFrames  uint64 // begun, but too little of it came, or it contradicted itself
}
