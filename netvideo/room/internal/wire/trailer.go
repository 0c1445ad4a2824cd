package wire

import (
	"encoding/binary"
	"time"
)

// The capture time travels behind the picture's last byte, as LiveKit's SDKs write
// it ("packet trailer"): a tag (1), a length (8) and the time in microseconds since
// 1970, big endian, then the length of it all, every byte of that XORed with 0xFF,
// then four letters. The last partition of a VP8 frame reaches to the frame's end
// and a decoder leaves what it does not need (RFC 6386, 9.5), so those who do not
// know the trailer decode the same picture; the server hands it on untouched.
const (
	trailerMagic  = "LKTS"
	trailerTime   = 0x01
	trailerLength = 2 + 8 + 1 + len(trailerMagic)
)

// AppendCaptured appends t; a zero t adds nothing.
func AppendCaptured(frame []byte, t time.Time) []byte {
	if t.IsZero() || t.UnixMicro() <= 0 {
		return frame
	}
	frame = append(frame, trailerTime^0xff, 8^0xff)
	frame = binary.BigEndian.AppendUint64(frame, ^uint64(t.UnixMicro()))
	frame = append(frame, byte(trailerLength)^0xff)
	return append(frame, trailerMagic...)
}

// CutCaptured splits what AppendCaptured made. Other tags than the time are passed
// over; without a sound trailer the frame comes back whole, with a zero time.
func CutCaptured(frame []byte) ([]byte, time.Time) {
	end := len(frame) - len(trailerMagic)
	if end < 1 || string(frame[end:]) != trailerMagic {
		return frame, time.Time{}
	}
	length := int(frame[end-1] ^ 0xff)
	begin := len(frame) - length
	if length < len(trailerMagic)+1 || begin < 0 {
		return frame, time.Time{}
	}
	var captured time.Time
	for rest := frame[begin : end-1]; len(rest) >= 2; {
		tag, n := rest[0]^0xff, int(rest[1]^0xff)
		rest = rest[2:]
		if n > len(rest) {
			return frame, time.Time{}
		}
		if tag == trailerTime && n == 8 {
			us := ^binary.BigEndian.Uint64(rest)
			if us == 0 || us > 1<<60 {
				return frame, time.Time{}
			}
			captured = time.UnixMicro(int64(us))
		}
		rest = rest[n:]
	}
	return frame[:begin], captured
}
