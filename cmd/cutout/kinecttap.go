package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"

	"cutout/kinect/raw"
)

// A packetTap keeps, of each stream in each mode, the first packets' headers, and
// counts what the packets are like: what nobody without a Kinect can know. It keeps
// no pixels. Its Add is for usb.Options.Tap.
type packetTap struct {
	mu      sync.Mutex
	streams map[string]*tappedStream
	order   []string
}

// A tappedStream is one stream in one mode.
type tappedStream struct {
	Stream string `json:"stream"`
	Mode   string `json:"mode"`
	// Reads are transfers; Starts say how often the stream was started anew.
	Reads  uint64 `json:"reads"`
	Starts uint64 `json:"starts"`
	Bytes  uint64 `json:"bytes"`
	// Packets have bytes; Empty slots have none; Failed ones were reported as bad.
	Packets uint64 `json:"packets"`
	Empty   uint64 `json:"empty_slots"`
	Failed  uint64 `json:"failed"`
	// Lengths counts packets by their length, Announced those whose header says
	// another one. Byte2 and Flags count the values of these header bytes.
	Lengths   map[string]uint64 `json:"lengths"`
	Announced uint64            `json:"other_length_announced"`
	NoHeader  uint64            `json:"no_header"`
	Byte2     map[string]uint64 `json:"byte_2"`
	Flags     map[string]uint64 `json:"byte_3_flags"`
	// Carried counts packets whose bytes 4 and 5 are, as one number of 16 bits, one
	// more than the packet's before: byte 4 then is the high byte of the counter.
	Carried uint64 `json:"bytes_4_5_count"`
	// FirstTimeZero counts first packets of a frame whose time is 0.
	FirstTimeZero uint64 `json:"first_packet_time_zero"`
	FirstPackets  uint64 `json:"first_packets"`
	// Headers are the first packets' lengths and headers.
	Headers []string `json:"headers"`

	counter uint16
}

const (
	// tappedHeaders is how many headers of a stream are kept: more than a frame of
	// the usual modes has.
	tappedHeaders = 260
	// tappedValues bounds how many values of a byte or a length are told apart.
	tappedValues = 32
)

func newPacketTap() *packetTap { return &packetTap{streams: map[string]*tappedStream{}} }

// Add looks at a read.
func (t *packetTap) Add(r raw.Read) {
	mode := r.Depth.String()
	stream := "depth"
	if r.Stream == raw.VideoStream {
		stream, mode = "video", r.Video.String()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.streams[stream+mode]
	if s == nil {
		s = &tappedStream{
			Stream: stream, Mode: mode,
			Lengths: map[string]uint64{}, Byte2: map[string]uint64{}, Flags: map[string]uint64{},
		}
		t.streams[stream+mode] = s
		t.order = append(t.order, stream+mode)
	}
	s.add(r)
}

func (s *tappedStream) add(r raw.Read) {
	s.Reads++
	s.Bytes += uint64(len(r.Bytes))
	if r.Started {
		s.Starts++
	}
	if r.Lengths == nil { // only the first border is certain
		if len(r.Bytes) >= raw.HeaderBytes {
			s.packet(r.Bytes, -1)
		}
		return
	}
	rest := r.Bytes
	for _, n := range r.Lengths {
		switch {
		case n < 0:
			s.Failed++
		case n == 0:
			s.Empty++
		case n <= len(rest):
			s.packet(rest[:n], n)
			rest = rest[n:]
		}
	}
}

// packet counts a packet; length is -1 when nobody knows it.
func (s *tappedStream) packet(b []byte, length int) {
	s.Packets++
	if length >= 0 {
		count(s.Lengths, strconv.Itoa(length))
	}
	if len(s.Headers) < tappedHeaders {
		s.Headers = append(s.Headers, fmt.Sprintf("%d %s", length, hex.EncodeToString(b[:min(len(b), raw.HeaderBytes)])))
	}
	if len(b) < raw.HeaderBytes || b[0] != 'R' || b[1] != 'B' {
		s.NoHeader++
		return
	}
	if announced := int(b[6])<<8 | int(b[7]); length >= 0 && announced != length {
		s.Announced++
	}
	count(s.Byte2, fmt.Sprintf("%02x", b[2]))
	count(s.Flags, fmt.Sprintf("%02x", b[3]))
	now := uint16(b[4])<<8 | uint16(b[5])
	if now == s.counter+1 {
		s.Carried++
	}
	s.counter = now
	if b[3]&0x0f == 1 {
		s.FirstPackets++
		if b[8]|b[9]|b[10]|b[11] == 0 {
			s.FirstTimeZero++
		}
	}
}

// count counts a value, and the 33rd and later ones as "other".
func count(m map[string]uint64, value string) {
	if _, known := m[value]; !known && len(m) >= tappedValues {
		value = "other"
	}
	m[value]++
}

// all are the streams in the order in which they came. Nothing may be added any
// more.
func (t *packetTap) all() []*tappedStream {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]*tappedStream, len(t.order))
	for i, key := range t.order {
		list[i] = t.streams[key]
	}
	return list
}
