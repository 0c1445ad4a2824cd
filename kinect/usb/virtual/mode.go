package virtual

import (
	"fmt"
	"slices"

	"cutout/kinect"
)

// A Mode is what an endpoint sends.
type Mode int

// The modes, in the order of csrc/vk.h: those of the video endpoint as
// kinect.VideoMode has them, then those of depth.
const (
	Bayer Mode = iota
	UYVY
	Infrared
	BayerSXGA
	InfraredSXGA
	Depth11Bit
	Depth10Bit

	modes int = iota
	// Off is an endpoint that sends nothing.
	Off Mode = -1
)

// shapes has the size of each mode's pictures and the bits of a pixel as it travels.
var shapes = [modes]struct {
	name                string
	width, height, bits int
}{
	Bayer:        {kinect.VideoBayer.String(), 640, 480, 8},
	UYVY:         {kinect.VideoUYVY.String(), 640, 480, 16},
	Infrared:     {kinect.VideoInfrared.String(), 640, 488, 10},
	BayerSXGA:    {kinect.VideoBayerSXGA.String(), 1280, 1024, 8},
	InfraredSXGA: {kinect.VideoInfraredSXGA.String(), 1280, 1024, 10},
	Depth11Bit:   {kinect.Depth11Bit.String(), 640, 480, 11},
	Depth10Bit:   {kinect.Depth10Bit.String(), 640, 480, 10},
}

// VideoMode is the mode that a driver is to ask for when m is wanted of it.
func VideoMode(m kinect.VideoMode) Mode {
	if m >= kinect.VideoOff {
		return Off
	}
	return Mode(m)
}

// DepthMode is the mode that a driver is to ask for when m is wanted of it.
func DepthMode(m kinect.DepthMode) Mode {
	if m >= kinect.DepthOff {
		return Off
	}
	return Depth11Bit + Mode(m)
}

// String is the mode's name in the log, which is that of package kinect.
func (m Mode) String() string {
	switch {
	case m == Off:
		return "off"
	case m < 0 || int(m) >= modes:
		return fmt.Sprintf("Mode(%d)", int(m))
	}
	return shapes[m].name
}

// UnmarshalText reads a mode's name.
func (m *Mode) UnmarshalText(name []byte) error {
	for i := range Mode(modes) {
		if i.String() == string(name) {
			*m = i
			return nil
		}
	}
	return fmt.Errorf("no mode is called %q", name)
}

// Stream is the endpoint that sends the mode.
func (m Mode) Stream() Stream {
	if m >= Depth11Bit {
		return Depth
	}
	return Video
}

// Size is the size of the mode's pictures.
func (m Mode) Size() (width, height int) { return shapes[m].width, shapes[m].height }

// FrameBytes is the size of the mode's frames on the wire.
func (m Mode) FrameBytes() int {
	s := shapes[m]
	return s.width * s.height * s.bits / 8
}

// Pack packs the values of a frame's pixels as they travel, highest bit first: 8,
// 10 or 11 bits each. UYVY has two bytes a pixel, the value's higher one first.
func (m Mode) Pack(values []uint16) []byte {
	bits := shapes[m].bits
	out := make([]byte, 0, len(values)*bits/8+1)
	var have uint32
	n := 0
	for _, v := range values {
		have = have<<bits | uint32(v)&(1<<bits-1)
		for n += bits; n >= 8; n -= 8 {
			out = append(out, byte(have>>(n-8)))
		}
	}
	if n > 0 {
		out = append(out, byte(have<<(8-n)))
	}
	return out
}

// Unpack undoes Pack, made without a look at the driver's.
func (m Mode) Unpack(frame []byte) []uint16 {
	bits := shapes[m].bits
	out := make([]uint16, 0, len(frame)*8/bits)
	var have uint32
	n := 0
	for _, b := range frame {
		have = have<<8 | uint32(b)
		if n += 8; n >= bits {
			n -= bits
			out = append(out, uint16(have>>n)&uint16(1<<bits-1))
		}
	}
	return out
}

// Mirror is a frame of the mode as a Kinect sends it whose mirror register is set:
// every row from right to left. Bayer and UYVY go in pairs of pixels, which keeps
// their pattern.
func (m Mode) Mirror(frame []byte) []byte {
	width, _ := m.Size()
	values := m.Unpack(frame)
	for row := range slices.Chunk(values, width) {
		was := slices.Clone(row)
		for x := range row {
			other := width - 1 - x
			switch m {
			case Bayer, BayerSXGA:
				row[x] = was[other^1]
			case UYVY: // the light, its lower byte, goes alone
				row[x] = was[other^1]&0xff00 | was[other]&0xff
			default:
				row[x] = was[other]
			}
		}
	}
	return m.Pack(values)
}
