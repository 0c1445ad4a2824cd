package raw

import (
	"time"

	"cutout/kinect"
)

// A Stream is one of the two isochronous streams of a camera.
type Stream uint8

// The streams: endpoint 0x82 and endpoint 0x81 (libfreenect cameras.c).
const (
	DepthStream Stream = iota
	VideoStream
)

func (s Stream) String() string {
	if s == VideoStream {
		return "video"
	}
	return "depth"
}

// A Read is what one read of an isochronous stream gave.
type Read struct {
	Stream Stream
	// Depth and Video is the mode that the stream of its kind is in; the other one
	// means nothing.
	Depth kinect.DepthMode
	Video kinect.VideoMode
	// Started is set in the first read since the stream was started, or started anew:
	// nothing of what came before goes on in it.
	Started bool
	// At is when the read was in our hands.
	At time.Time
	// Bytes are the packets one behind the other. Whoever gets a Read may keep none
	// of it.
	Bytes []byte
	// Lengths are the packets' lengths in Bytes, in order, when the driver knows
	// them. 0 is a slot without a packet and may be left out; a negative one is a
	// slot whose packet failed, and has no bytes. Together they must be
	// len(Bytes). Nil means that nobody knows where one packet ends and the next
	// begins (gousb closes the gaps); the first begins with the read.
	Lengths []int
}
