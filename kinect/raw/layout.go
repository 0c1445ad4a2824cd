package raw

import "cutout/kinect"

// HeaderBytes is the length of the header of every isochronous packet
// (libfreenect, cameras.c, struct pkt_hdr).
const HeaderBytes = 12

// A Layout is how the frames of one stream are cut into packets.
type Layout struct {
	// FrameBytes is the size of a whole frame.
	FrameBytes int
	// PacketBytes is the length of every packet but the last, header included.
	PacketBytes int
	// FlagBase is what the flags of the stream's packets are counted from: +1 is
	// the first packet of a frame, +2 a middle one, +5 the last.
	FlagBase byte
	// PixelBits is the size of a packed pixel. A pixel of which any bit was lost
	// is lost.
	PixelBits int
	// Fill is what lost pixels are filled with: a repeated byte.
	Fill byte
}

// DepthLayout is 640x480 depth, packed 11 bits a pixel: 242 packets of 1760 bytes,
// the last of 1144 (sizes: libfreenect_internal.h, DEPTH_PKTSIZE). Lost pixels are
// filled with ones, which is kinect.NoDisparity.
func DepthLayout() Layout {
	return Layout{FrameBytes: kinect.Width * kinect.Height * 11 / 8, PacketBytes: 1760, FlagBase: 0x70, PixelBits: 11, Fill: 0xff}
}

// BayerLayout is 640x480 Bayer, a byte a pixel: 162 packets of 1920 bytes, the last
// of 24 (libfreenect_internal.h, VIDEO_PKTSIZE). Lost pixels become middle grey.
func BayerLayout() Layout {
	return Layout{FrameBytes: kinect.Width * kinect.Height, PacketBytes: 1920, FlagBase: 0x80, PixelBits: 8, Fill: 0x80}
}

// PayloadBytes is what a packet other than the last carries.
func (l Layout) PayloadBytes() int { return l.PacketBytes - HeaderBytes }

// Packets is the number of packets of a frame.
func (l Layout) Packets() int {
	return (l.FrameBytes + l.PayloadBytes() - 1) / l.PayloadBytes()
}

// LastPacketBytes is the length of the last packet of a frame, header included.
func (l Layout) LastPacketBytes() int {
	return HeaderBytes + l.FrameBytes - (l.Packets()-1)*l.PayloadBytes()
}

// PacketLength is the length of packet i of a frame, header included.
func (l Layout) PacketLength(i int) int {
	if i == l.Packets()-1 {
		return l.LastPacketBytes()
	}
	return l.PacketBytes
}

// The flags of packets, counted from Layout.FlagBase.
const (
	flagFirst  = 1
	flagMiddle = 2
	flagLast   = 5
)

// A header is the part of a packet's header that has a known meaning.
type header struct {
	flag   byte // counted from the base: flagFirst, flagMiddle or flagLast
	seq    byte
	length int // what bytes 6 and 7 announce, this header included
}

// header reads the header at the start of b. The length in it is good for a check
// only: no source confirms it for video, and the flag says it already.
func (l Layout) header(b []byte) (header, bool) {
	if len(b) < HeaderBytes || b[0] != 'R' || b[1] != 'B' || b[2] != 0 {
		return header{}, false
	}
	flag := b[3] - l.FlagBase
	if flag != flagFirst && flag != flagMiddle && flag != flagLast {
		return header{}, false
	}
	return header{flag: flag, seq: b[5], length: int(b[6])<<8 | int(b[7])}, true
}

// length is how long a packet with this flag is.
func (l Layout) length(h header) int {
	if h.flag == flagLast {
		return l.LastPacketBytes()
	}
	return l.PacketBytes
}

// PutHeader writes the header of packet i of a frame, the way a Kinect does: for
// virtual devices and tests. The length and the time are filled in too.
func (l Layout) PutHeader(b []byte, i int, seq byte, clock uint32) {
	length := l.PacketLength(i)
	flag := byte(flagMiddle)
	switch i {
	case 0:
		flag = flagFirst
	case l.Packets() - 1:
		flag = flagLast
	}
	copy(b, []byte{
		'R', 'B', 0, l.FlagBase + flag, 0, seq, byte(length >> 8), byte(length),
		byte(clock), byte(clock >> 8), byte(clock >> 16), byte(clock >> 24),
	})
}
