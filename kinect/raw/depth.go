package raw

import (
	"encoding/binary"
	"time"

	"cutout/kinect"
)

// UnpackDepth unpacks 11-bit codes, most significant bit first and without padding,
// and returns how many: as many as dst holds and packed has whole.
func UnpackDepth(dst []uint16, packed []byte) int {
	n := min(len(dst), len(packed)*8/11)
	dst = dst[:n]
	groups := n / 8
	p := packed[:groups*11]
	d := dst
	for len(p) >= 11 && len(d) >= 8 {
		high := binary.BigEndian.Uint64(p)
		low := binary.BigEndian.Uint64(p[3:11])
		d[0] = uint16(high >> 53)
		d[1] = uint16(high>>42) & 0x7ff
		d[2] = uint16(high>>31) & 0x7ff
		d[3] = uint16(high>>20) & 0x7ff
		d[4] = uint16(high>>9) & 0x7ff
		d[5] = uint16(low>>22) & 0x7ff
		d[6] = uint16(low>>11) & 0x7ff
		d[7] = uint16(low) & 0x7ff
		p, d = p[11:], d[8:]
	}
	for i := groups * 8; i < n; i++ {
		dst[i] = unpackOne(packed, i)
	}
	return n
}

// unpackOne reads code i, which must lie whole in packed.
func unpackOne(packed []byte, i int) uint16 {
	var v uint16
	for bit := i * 11; bit < i*11+11; bit++ {
		v = v<<1 | uint16(packed[bit/8]>>(7-bit%8)&1)
	}
	return v
}

// DepthFrame unpacks a frame of 11-bit depth into a new depth frame; at is when its
// last packet was in our hands.
func (a Assembled) DepthFrame(at time.Time) *kinect.DepthFrame {
	codes := make([]uint16, kinect.Width*kinect.Height)
	for i := UnpackDepth(codes, a.Bytes); i < len(codes); i++ {
		codes[i] = kinect.NoDisparity
	}
	return &kinect.DepthFrame{Codes: codes, Clock: a.Clock, At: at, Quality: kinect.Quality{LostPackets: a.Lost}}
}

// VideoFrame copies a Bayer frame into a new video frame; at is when its
// last packet was in our hands.
func (a Assembled) VideoFrame(at time.Time) *kinect.VideoFrame {
	pixels := append(make([]byte, 0, len(a.Bytes)), a.Bytes...)
	return &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height,
		Pixels: pixels, Clock: a.Clock, At: at, Quality: kinect.Quality{LostPackets: a.Lost}}
}
