package raw

import "cutout/kinect"

// HeaderBytes is the length of the header of every isochronous packet
// (libfreenect, cameras.c, struct pkt_hdr).
const HeaderBytes = 12

// A Layout is how the frames of one stream are cut into packets.
type Layout struct {
	// FrameBytes is the size of a whole frame, and RowBytes that of a picture row in
	// it, without padding.
	FrameBytes, RowBytes int
	// PacketBytes is the length of every packet but the last, header included.
	PacketBytes int
	// FlagBase is what the flags of the stream's packets are counted from: +1 is
	// the first packet of a frame, +2 a middle one, +5 the last.
	FlagBase byte
	// PixelBits is the size of a packed pixel; in UYVY that of a pair of pixels,
	// which share their colour. A pixel of which any bit was lost is lost.
	PixelBits int
	// Fill is what lost pixels are filled with: a repeated byte.
	Fill byte
}

// The streams' packets (libfreenect_internal.h, DEPTH_PKTSIZE and VIDEO_PKTSIZE;
// flags: libfreenect cameras.c).
const (
	depthPacketBytes = 1760
	videoPacketBytes = 1920
	depthFlagBase    = 0x70
	videoFlagBase    = 0x80
)

// LayoutOfDepth is how a mode's frames travel: 640x480 codes of 11 bits in 242
// packets, the last of 1144 bytes, or of 10 bits in 220, the last of 1200. Lost
// pixels are filled with ones, which is no reading in either. A mode that sends
// nothing has the zero Layout.
func LayoutOfDepth(m kinect.DepthMode) Layout {
	bits := 11
	switch m {
	case kinect.Depth11Bit:
	case kinect.Depth10Bit:
		bits = 10
	default:
		return Layout{}
	}
	return layoutOf(kinect.Width, kinect.Height, bits, Layout{
		PacketBytes: depthPacketBytes, FlagBase: depthFlagBase, PixelBits: bits, Fill: 0xff,
	})
}

// LayoutOfVideo is how a mode's frames travel (packets, bytes of the last): Bayer
// 162, 24; UYVY 323, 36; 10-bit infrared of 640x488 205, 1180; Bayer of 1280x1024
// 687, 1844; infrared of 1280x1024 859, 1348. Lost colour becomes middle grey, lost
// infrared black, until a Receiver makes something up. A mode that sends nothing has
// the zero Layout.
func LayoutOfVideo(m kinect.VideoMode) Layout {
	l := Layout{PacketBytes: videoPacketBytes, FlagBase: videoFlagBase}
	width, height := m.Size()
	if width == 0 {
		return Layout{}
	}
	switch m.Format() {
	case kinect.UYVY:
		l.PixelBits, l.Fill = 32, 0x80
		return layoutOf(width, height, 16, l)
	case kinect.Infrared:
		l.PixelBits = 10
		return layoutOf(width, height, 10, l)
	}
	l.PixelBits, l.Fill = 8, 0x80
	return layoutOf(width, height, 8, l)
}

// layoutOf completes l for a picture with so many bits a pixel.
func layoutOf(width, height, bits int, l Layout) Layout {
	l.RowBytes = width * bits / 8
	l.FrameBytes = l.RowBytes * height
	return l
}

// Rows are the picture rows which missing bytes touch.
func (l Layout) Rows(missing []Range) []kinect.Rows {
	var rows []kinect.Rows
	for _, r := range missing {
		next := kinect.Rows{From: r.From / l.RowBytes, To: (r.To + l.RowBytes - 1) / l.RowBytes}
		if n := len(rows); n > 0 && rows[n-1].To >= next.From {
			rows[n-1].To = next.To
			continue
		}
		rows = append(rows, next)
	}
	return rows
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
