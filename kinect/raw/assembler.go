package raw

// MaxLost is how many packets a frame may lack and still be delivered. A frame that
// lacks more is dropped: five packets are ten rows of depth, about 2 % of the
// picture, and libfreenect loses its place at the same number.
const MaxLost = 5

// A Range is a stretch of bytes, To not included.
type Range struct{ From, To int }

// An Assembled is a frame put together from its packets.
type Assembled struct {
	// Bytes is the frame, Layout.FrameBytes long. It belongs to the Assembler and
	// is valid until the next call of Add, or until deliver returns.
	Bytes []byte
	// Clock is the time in the last packet that came, in ticks of kinect.ClockHz.
	Clock uint32
	// Lost counts the packets of the frame that never came whole; at most MaxLost.
	Lost int
	// Missing are the bytes that were not received or cannot be trusted, in order
	// and not touching; every pixel that has a bit in them is filled with
	// Layout.Fill. Everything outside them is as the sensor sent it. Same validity
	// as Bytes.
	Missing []Range
}

// Counters count what an Assembler saw since it was made.
type Counters struct {
	Packets        uint64 // whole packets
	BadPackets     uint64 // pieces of packets, and packets with damaged headers
	LostPackets    uint64 // gaps in the sequence, each counted modulo 256
	Frames         uint64 // delivered
	RepairedFrames uint64 // of these, with lost packets
	DroppedFrames  uint64 // begun, but too little of it came, or it contradicted itself
}
