package packets

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	magic  = "\x89KPK\r\n\x1a\n"
	marker = "KPKB"

	headBytes = 32
	// maxBody bounds a block; a read of 128 packets of 1920 bytes has 246 kB.
	maxBody = 1 << 20
	// maxHeader bounds the header's JSON.
	maxHeader = 64 << 10
)

// The kinds of blocks.
const (
	kindHeader      = 1
	kindRead        = 2
	kindLoss        = 3
	kindAttitude    = 4
	kindCalibration = 5
)

// The flags of a read.
const (
	flagStarted = 1
	flagLengths = 2
)

// failedLength stands for a packet that failed.
const failedLength = 0xffff

const attitudeBytes = 8

// A head is the beginning of a block.
type head struct {
	kind, stream, mode, flags byte
	at                        time.Time
	count                     uint32
	body                      uint32 // its length
	sum                       uint32 // of the body
}

func castagnoli(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// put writes the head into b.
func (h head) put(b *[headBytes]byte) {
	copy(b[:], marker)
	b[4], b[5], b[6], b[7] = h.kind, h.stream, h.mode, h.flags
	binary.LittleEndian.PutUint64(b[8:], uint64(h.at.UnixMicro()))
	binary.LittleEndian.PutUint32(b[16:], h.count)
	binary.LittleEndian.PutUint32(b[20:], h.body)
	binary.LittleEndian.PutUint32(b[24:], h.sum)
	binary.LittleEndian.PutUint32(b[28:], castagnoli(b[:28]))
}

// parseHead reads a head; false when it is none, or damaged.
func parseHead(b *[headBytes]byte) (head, bool) {
	if string(b[:4]) != marker || binary.LittleEndian.Uint32(b[28:]) != castagnoli(b[:28]) {
		return head{}, false
	}
	h := head{
		kind: b[4], stream: b[5], mode: b[6], flags: b[7],
		at:    time.UnixMicro(int64(binary.LittleEndian.Uint64(b[8:]))),
		count: binary.LittleEndian.Uint32(b[16:]),
		body:  binary.LittleEndian.Uint32(b[20:]),
		sum:   binary.LittleEndian.Uint32(b[24:]),
	}
	return h, h.body <= maxBody
}

// appendBlock appends a block whose body is what fill appends.
func appendBlock(dst []byte, h head, fill func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, headBytes)...)
	dst = fill(dst)
	body := dst[start+headBytes:]
	h.body, h.sum = uint32(len(body)), castagnoli(body)
	h.put((*[headBytes]byte)(dst[start:]))
	return dst
}

// readBlockBytes is how long a read's block is.
func readBlockBytes(r raw.Read) int { return headBytes + 2*len(r.Lengths) + len(r.Bytes) }

func appendRead(dst []byte, r raw.Read) []byte {
	h := head{kind: kindRead, stream: byte(r.Stream), mode: byte(r.Depth), at: r.At}
	if r.Stream == raw.VideoStream {
		h.mode = byte(r.Video)
	}
	if r.Started {
		h.flags |= flagStarted
	}
	if r.Lengths != nil {
		h.flags |= flagLengths
		h.count = uint32(len(r.Lengths))
	}
	return appendBlock(dst, h, func(b []byte) []byte {
		for _, n := range r.Lengths {
			if n < 0 {
				n = failedLength
			}
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		}
		return append(b, r.Bytes...)
	})
}

func appendLoss(dst []byte, s raw.Stream, at time.Time, count uint32) []byte {
	h := head{kind: kindLoss, stream: byte(s), at: at, count: count}
	return appendBlock(dst, h, func(b []byte) []byte { return b })
}

func appendAttitude(dst []byte, at time.Time, s raw.MotorState) []byte {
	return appendBlock(dst, head{kind: kindAttitude, at: at}, func(b []byte) []byte {
		for _, v := range []int16{s.X, s.Y, s.Z} {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		return append(b, byte(s.HalfDegrees), byte(s.Status))
	})
}

func parseAttitude(body []byte) (raw.MotorState, error) {
	if len(body) != attitudeBytes {
		return raw.MotorState{}, errors.New("an attitude of another size")
	}
	at := func(i int) int16 { return int16(binary.LittleEndian.Uint16(body[i:])) }
	return raw.MotorState{
		X: at(0), Y: at(2), Z: at(4),
		HalfDegrees: int8(body[6]), Status: raw.MotorStatus(body[7]),
	}, nil
}

// parseRead makes a read of a block. Its Bytes are the body's; lengths is memory to
// use for its Lengths.
func parseRead(h head, body []byte, lengths []int) (raw.Read, error) {
	r := raw.Read{Stream: raw.Stream(h.stream), Started: h.flags&flagStarted != 0, At: h.at, Bytes: body}
	switch {
	case r.Stream == raw.DepthStream && kinect.DepthMode(h.mode) < kinect.DepthOff:
		r.Depth = kinect.DepthMode(h.mode)
	case r.Stream == raw.VideoStream && kinect.VideoMode(h.mode) < kinect.VideoOff:
		r.Video = kinect.VideoMode(h.mode)
	default:
		return raw.Read{}, errors.New("a stream or a mode that there is not")
	}
	if h.flags&flagLengths == 0 {
		return r, nil
	}
	if uint64(h.count)*2 > uint64(len(body)) {
		return raw.Read{}, errors.New("more lengths than bytes")
	}
	r.Lengths, r.Bytes = lengths[:0], body[2*h.count:]
	sum := 0
	for i := range int(h.count) {
		n := int(binary.LittleEndian.Uint16(body[2*i:]))
		if n == failedLength {
			n = -1
		} else {
			sum += n
		}
		r.Lengths = append(r.Lengths, n)
	}
	if sum != len(r.Bytes) {
		return raw.Read{}, errors.New("lengths that are not those of its bytes")
	}
	if r.Lengths == nil {
		r.Lengths = []int{}
	}
	return r, nil
}
