package raw

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"cutout/kinect"
)

// A stream is what a sensor sends, with the frames it sends kept for comparison.
type stream struct {
	layout Layout
	rng    *rand.Rand
	noise  *rand.ChaCha8
	seq    byte
	frames [][]byte
	// stuff puts headers into the payloads.
	stuff func(s *stream, payload []byte)
}

const framePeriod = 2_002_155 // ticks, from a real log (libfreenect issue 533)

func newStream(l Layout, seed uint64) *stream {
	return &stream{layout: l, rng: rand.New(rand.NewPCG(seed, 1)), noise: rand.NewChaCha8([32]byte{byte(seed)}), seq: byte(seed)}
}

func (s *stream) clock(frame int) uint32 { return uint32(frame+1) * framePeriod }

// frame makes the packets of one more frame.
func (s *stream) frame() [][]byte {
	data := make([]byte, s.layout.FrameBytes)
	s.noise.Read(data)
	var packets [][]byte
	clock := s.clock(len(s.frames))
	for i := range s.layout.Packets() {
		p := make([]byte, s.layout.PacketLength(i))
		s.layout.PutHeader(p, i, s.seq, clock)
		payload := data[i*s.layout.PayloadBytes():][:len(p)-HeaderBytes]
		if s.stuff != nil {
			s.stuff(s, payload)
		}
		copy(p[HeaderBytes:], payload)
		s.seq++
		packets = append(packets, p)
	}
	s.frames = append(s.frames, data)
	return packets
}

// check compares a delivered frame with the one that was sent, and returns its
// number.
func (s *stream) check(t testing.TB, a Assembled) int {
	t.Helper()
	n := int(a.Clock/framePeriod) - 1
	if n < 0 || n >= len(s.frames) || s.clock(n) != a.Clock {
		t.Fatalf("frame with the clock %d, which none has", a.Clock)
	}
	if len(a.Bytes) != s.layout.FrameBytes {
		t.Fatalf("frame of %d bytes", len(a.Bytes))
	}
	want := slices.Clone(s.frames[n])
	last := -1
	for _, r := range a.Missing {
		if r.From <= last || r.To <= r.From || r.To > len(want) {
			t.Fatalf("missing %v is not in order or touches", a.Missing)
		}
		last = r.To
		fillSlowly(s.layout, want, r)
	}
	if !bytes.Equal(a.Bytes, want) {
		i := 0
		for a.Bytes[i] == want[i] {
			i++
		}
		t.Fatalf("frame %d is wrong from byte %d (packet %d); missing %v", n, i, i/s.layout.PayloadBytes(), a.Missing)
	}
	if a.Lost < 0 || a.Lost > s.layout.MaxLost() || (a.Lost == 0) != (len(a.Missing) == 0) {
		t.Fatalf("frame %d lost %d packets, missing %v", n, a.Lost, a.Missing)
	}
	return n
}

// fillSlowly fills every pixel that has a bit in r, pixel by pixel.
func fillSlowly(l Layout, frame []byte, r Range) {
	for pixel := r.From * 8 / l.PixelBits; pixel*l.PixelBits < r.To*8; pixel++ {
		for bit := pixel * l.PixelBits; bit < (pixel+1)*l.PixelBits; bit++ {
			mask := byte(0x80) >> (bit % 8)
			frame[bit/8] = frame[bit/8]&^mask | l.Fill&mask
		}
	}
}

// missing is what a frame lacks without the given packets.
func missing(l Layout, lost ...int) []Range {
	var list []Range
	for _, i := range lost {
		r := Range{i * l.PayloadBytes(), min((i+1)*l.PayloadBytes(), l.FrameBytes)}
		if n := len(list); n > 0 && list[n-1].To == r.From {
			list[n-1].To = r.To
		} else {
			list = append(list, r)
		}
	}
	return list
}

// reads glues packets together as reads of k slots, in most of which a packet was.
func (s *stream) reads(packets [][]byte, k int) [][]byte {
	var list [][]byte
	for len(packets) > 0 {
		var read []byte
		for range k {
			if len(packets) > 0 && s.rng.IntN(11) > 0 {
				read = append(read, packets[0]...)
				packets = packets[1:]
			}
		}
		list = append(list, read)
	}
	return list
}

// bordered makes reads of k slots whose packets' lengths are known: in some slots there
// was no packet, and an empty packet is one that failed.
func (s *stream) bordered(packets [][]byte, k int) []Read {
	var list []Read
	for len(packets) > 0 {
		read := Read{Lengths: []int{}}
		for range k {
			switch {
			case len(packets) == 0 || s.rng.IntN(11) == 0:
				if s.rng.IntN(2) == 0 {
					read.Lengths = append(read.Lengths, 0)
				}
			case len(packets[0]) == 0:
				read.Lengths = append(read.Lengths, -1)
				packets = packets[1:]
			default:
				read.Bytes = append(read.Bytes, packets[0]...)
				read.Lengths = append(read.Lengths, len(packets[0]))
				packets = packets[1:]
			}
		}
		list = append(list, read)
	}
	return list
}

// glued makes reads of the same without the lengths.
func (s *stream) glued(packets [][]byte, k int) []Read {
	var list []Read
	for _, b := range s.reads(packets, k) {
		list = append(list, Read{Bytes: b})
	}
	return list
}

// layouts are those of all modes, and two small ones whose borders are quick to try.
func layouts() map[string]Layout {
	return map[string]Layout{
		"depth":              LayoutOfDepth(kinect.Depth11Bit),
		"depth of 10 bits":   LayoutOfDepth(kinect.Depth10Bit),
		"bayer":              LayoutOfVideo(kinect.VideoBayer),
		"uyvy":               LayoutOfVideo(kinect.VideoUYVY),
		"infrared":           LayoutOfVideo(kinect.VideoInfrared),
		"bayer of 1280":      LayoutOfVideo(kinect.VideoBayerSXGA),
		"infrared of 1280":   LayoutOfVideo(kinect.VideoInfraredSXGA),
		"tiny":               {FrameBytes: 11 * 40, RowBytes: 44, PacketBytes: HeaderBytes + 37, FlagBase: 0x70, PixelBits: 11, Fill: 0xff},
		"two":                {FrameBytes: 40, RowBytes: 10, PacketBytes: HeaderBytes + 30, FlagBase: 0x80, PixelBits: 8, Fill: 0x80},
		"tiny of 10 bits":    {FrameBytes: 10 * 44, RowBytes: 20, PacketBytes: HeaderBytes + 37, FlagBase: 0x80, PixelBits: 10},
		"tiny pairs of uyvy": {FrameBytes: 520, RowBytes: 40, PacketBytes: HeaderBytes + 36, FlagBase: 0x80, PixelBits: 32, Fill: 0x80},
	}
}
