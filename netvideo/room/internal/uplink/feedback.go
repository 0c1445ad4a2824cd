package uplink

import (
	"time"

	"github.com/pion/rtcp"
)

// A Result is what the server says of one packet.
type Result struct {
	Seq     uint16 // transport-wide
	Arrived bool
	// At is when it arrived, by the server's clock, since an epoch of its own.
	At time.Duration
}

const (
	// referenceUnit is the unit of a feedback packet's reference time, a number of 24
	// bits (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
	referenceUnit = 64 * time.Millisecond
	referenceBits = 24
)

// A Reader turns feedback packets into Results. Its clock goes on over the 12 days after
// which the packets' own wraps round.
type Reader struct {
	any  bool
	last uint32
	base time.Duration
}

// Read returns what one packet says, in the order of sequence numbers; nothing for a
// packet that contradicts itself.
func (r *Reader) Read(fb *rtcp.TransportLayerCC) []Result {
	symbols := statuses(fb)
	if symbols == nil {
		return nil
	}
	if r.any { // the difference, as a signed number of 24 bits
		r.base += time.Duration(int32((fb.ReferenceTime-r.last)<<(32-referenceBits))>>(32-referenceBits)) * referenceUnit
	}
	r.any, r.last = true, fb.ReferenceTime
	at := r.base
	deltas := fb.RecvDeltas
	all := make([]Result, len(symbols))
	for i, s := range symbols {
		all[i] = Result{Seq: fb.BaseSequenceNumber + uint16(i)}
		if s != rtcp.TypeTCCPacketReceivedSmallDelta && s != rtcp.TypeTCCPacketReceivedLargeDelta {
			continue
		}
		if len(deltas) == 0 || deltas[0] == nil {
			return nil
		}
		at += time.Duration(deltas[0].Delta) * time.Microsecond
		deltas = deltas[1:]
		all[i].Arrived, all[i].At = true, at
	}
	return all
}

// statuses are the symbols of all packets; nil when there are fewer than the packet
// says.
func statuses(fb *rtcp.TransportLayerCC) []uint16 {
	n := int(fb.PacketStatusCount)
	all := make([]uint16, 0, n)
	for _, chunk := range fb.PacketChunks {
		switch c := chunk.(type) {
		case *rtcp.RunLengthChunk:
			for range min(int(c.RunLength), n-len(all)) {
				all = append(all, c.PacketStatusSymbol)
			}
		case *rtcp.StatusVectorChunk:
			all = append(all, c.SymbolList[:min(len(c.SymbolList), n-len(all))]...)
		}
	}
	if len(all) < n || n == 0 {
		return nil
	}
	return all
}
