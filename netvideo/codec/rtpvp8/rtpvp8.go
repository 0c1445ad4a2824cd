// Package rtpvp8 cuts VP8 pictures into RTP payloads and reads their descriptors (RFC
// 7741, 4.2), temporal layers included.
package rtpvp8

import (
	"errors"

	"cutout/netvideo/codec"
)

// A Descriptor is what stands before a piece of a picture.
type Descriptor struct {
	// Start is set on the first piece of a partition; Partition is which it begins in.
	Start     bool
	Partition uint8
	// NonReference is set when no other picture leans on this one.
	NonReference bool
	// PictureID, 15 bits, counts pictures.
	PictureID    uint16
	HasPictureID bool
	// TL0PicIdx counts pictures of the base layer.
	TL0PicIdx    uint8
	HasTL0PicIdx bool
	// TID is the temporal layer, 0 to 3; Sync: it leans on the base alone.
	TID    uint8
	Sync   bool
	HasTID bool
	// KeyIdx counts key frames, 5 bits.
	KeyIdx    uint8
	HasKeyIdx bool
}

// ErrMalformed: the bytes are no VP8 payload.
var ErrMalformed = errors.New("no VP8 payload")

// Parse reads the descriptor at the front of an RTP payload and returns what follows,
// one byte at least.
func Parse(payload []byte) (d Descriptor, rest []byte, err error) {
	next := func() (b byte) {
		if len(payload) == 0 {
			err = ErrMalformed
			return 0
		}
		b, payload = payload[0], payload[1:]
		return b
	}
	first := next()
	d.Start, d.Partition, d.NonReference = first&0x10 != 0, first&7, first&0x20 != 0
	if first&0x80 != 0 {
		flags := next()
		if d.HasPictureID = flags&0x80 != 0; d.HasPictureID {
			b := next()
			if d.PictureID = uint16(b & 0x7f); b&0x80 != 0 {
				d.PictureID = d.PictureID<<8 | uint16(next())
			}
		}
		if d.HasTL0PicIdx = flags&0x40 != 0; d.HasTL0PicIdx {
			d.TL0PicIdx = next()
		}
		d.HasTID, d.HasKeyIdx = flags&0x20 != 0, flags&0x10 != 0
		if d.HasTID || d.HasKeyIdx {
			b := next()
			d.TID, d.Sync, d.KeyIdx = b>>6, b&0x20 != 0, b&0x1f
		}
	}
	if err != nil || len(payload) == 0 {
		return Descriptor{}, nil, ErrMalformed
	}
	return d, payload, nil
}

// headerSize is the descriptor of every payload made here: X, I with 15 bits, L, T.
const headerSize = 6

// Payloads cuts a picture into RTP payloads of at most mtu bytes each, as equal in
// size as can be, with the descriptor of the picture before each: picture ID always,
// temporal layer and TL0PICIDX where there is more than one layer. trailer, if any, goes
// behind the data. An mtu too small for one byte, and an empty packet, give none.
func Payloads(p codec.Packet, trailer []byte, mtu int) [][]byte {
	var head [headerSize]byte
	n := describe(&head, p)
	total := len(p.Data) + len(trailer)
	if len(p.Data) == 0 || mtu <= n {
		return nil
	}
	pieces := (total + mtu - n - 1) / (mtu - n)
	out := make([][]byte, pieces)
	buf := make([]byte, 0, total+pieces*n)
	at := 0
	for i := range out {
		end := total * (i + 1) / pieces
		from := len(buf)
		buf = append(buf, head[:n]...)
		head[0] &^= 0x10 // only the first starts the partition
		if at < len(p.Data) {
			buf = append(buf, p.Data[at:min(end, len(p.Data))]...)
		}
		if end > len(p.Data) {
			buf = append(buf, trailer[max(0, at-len(p.Data)):end-len(p.Data)]...)
		}
		out[i] = buf[from:len(buf):len(buf)]
		at = end
	}
	return out
}

func describe(head *[headerSize]byte, p codec.Packet) int {
	head[0] = 0x90 // X, S
	head[1] = 0x80 // I
	head[2], head[3] = 0x80|byte(p.PictureID>>8), byte(p.PictureID)
	if p.TemporalLayers < 2 {
		return 4
	}
	if p.TID == p.TemporalLayers-1 && p.TID > 0 {
		head[0] |= 0x20 // N: nothing leans on the highest layer
	}
	head[1] |= 0x40 | 0x20 // L, T
	head[4] = p.TL0PicIdx
	head[5] = p.TID << 6
	if p.Sync {
		head[5] |= 0x20
	}
	return 6
}
