package uplink

import (
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

const (
	// keptPackets of every stream can be sent again: a second of 9.8 Mbit/s in packets of
	// 1200 bytes.
	keptPackets = 1024
	// wireOverhead is what a packet is longer on the wire than its payload and header
	// here: IP and UDP, and the seal of SRTP.
	wireOverhead = 28 + 16
	// emptyPacket is the size of one without a payload.
	emptyPacket = 12 + wireOverhead
	// paddingMost is the longest padding there is (RFC 3550, 5.1).
	paddingMost = 255
)

// A packet is one of a stream, as it goes out.
type packet struct {
	header  rtp.Header
	payload []byte
	number  uint16 // transport-wide, once it was sent
	sent    bool
	left    time.Time // when it was sent
	again   time.Time // when it was asked for again last
	padding bool
}

func (p *packet) size() int { return p.header.MarshalSize() + len(p.payload) + wireOverhead }

// A stream is one SSRC of ours whose packets are numbered. The engine's lock holds for
// it.
type stream struct {
	ssrc   uint32
	number uint8 // of the header extension
	out    interceptor.RTPWriter
	kept   [keptPackets]*packet
	// ahead is how much further its sequence numbers are than they came: by the padding.
	ahead uint16
	last  rtp.Header // the newest that was sent
	whole bool       // last ended a picture: padding may follow
}

// numberID is the header extension for transport-wide numbers; 0 when the stream has
// none.
func numberID(info *interceptor.StreamInfo) uint8 {
	for _, e := range info.RTPHeaderExtensions {
		if e.URI == sdp.TransportCCURI {
			return uint8(e.ID)
		}
	}
	return 0
}

// answerable reports whether the receiver may ask for lost packets, and takes that from
// the SDK's responder: who numbers packets anew has to answer.
func answerable(info *interceptor.StreamInfo) bool {
	found := false
	var rest []interceptor.RTCPFeedback
	for _, f := range info.RTCPFeedback {
		if f.Type == "nack" && f.Parameter == "" {
			found = true
			continue
		}
		rest = append(rest, f)
	}
	info.RTCPFeedback = rest
	return found
}

// take makes of what was written a packet.
func (s *stream) take(header *rtp.Header, payload []byte) *packet {
	p := &packet{header: header.Clone(), payload: payload}
	p.header.SequenceNumber += s.ahead
	s.keep(p)
	return p
}

func (s *stream) keep(p *packet) { s.kept[p.header.SequenceNumber%keptPackets] = p }

// find is a kept packet; nil when it is too old, or none.
func (s *stream) find(seq uint16) *packet {
	if p := s.kept[seq%keptPackets]; p != nil && p.header.SequenceNumber == seq && p.sent {
		return p
	}
	return nil
}

// pad makes a packet of nothing, size bytes long; nil where none may be.
func (s *stream) pad(size int) *packet {
	if !s.whole {
		return nil
	}
	size = min(max(size, 1), paddingMost)
	p := &packet{payload: make([]byte, size), padding: true}
	p.payload[size-1] = byte(size)
	p.header = rtp.Header{
		Version: 2, Padding: true, PayloadType: s.last.PayloadType, SSRC: s.ssrc,
		SequenceNumber: s.last.SequenceNumber + 1, Timestamp: s.last.Timestamp,
	}
	s.ahead++
	s.keep(p)
	return p
}
