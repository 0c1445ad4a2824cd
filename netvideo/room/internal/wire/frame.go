package wire

import (
	"time"

	"cutout/netvideo/codec/rtpvp8"
)

// A Codec is how the pictures of a stream are compressed.
type Codec uint8

// The codecs whose frames are put together here.
const (
	VP8 Codec = iota
	H264
)

// A Frame is one compressed picture.
type Frame struct {
	// Data is the picture with its trailer: a VP8 frame, or H.264 in Annex B's byte
	// stream format. Assembler.Recycle takes it back.
	Data  []byte
	Codec Codec
	Stamp uint32 // the picture's RTP time stamp
	// Key is set when it can be decoded without any before it.
	Key bool
	// Lost is set when something between the frame before and this one is missing.
	Lost bool
	// VP8 is the descriptor of the frame's first packet.
	VP8  rtpvp8.Descriptor
	Came time.Time // the last of its packets
}

// Disposable reports whether those of lower layers can be decoded without the frame.
func (f *Frame) Disposable() bool {
	return !f.Key && f.Codec == VP8 && (f.VP8.NonReference || f.VP8.HasTID && f.VP8.TID > 0)
}

// References says which frames can be decoded: those that lean on nothing missing. The
// zero value waits for a key frame.
type References struct {
	sound [layers]bool // whether the newest of each temporal layer is there
	last  rtpvp8.Descriptor
}

// layers is how many temporal layers there can be: a TID has two bits (RFC 7741, 4.2).
const layers = 4

// Take takes the next frame and reports whether it can be decoded. What cannot, and is
// of an upper layer over a sound base, needs no key frame: NeedKey says.
func (r *References) Take(f *Frame) bool {
	if f.Key {
		r.sound, r.last = [layers]bool{true, true, true, true}, f.VP8
		return true
	}
	if r.sound[0] && f.Lost {
		r.gap(f)
	}
	if !r.sound[0] {
		return false
	}
	r.last = f.VP8
	tid := f.VP8.TID % layers
	if f.VP8.Sync && tid > 0 { // leans on the base alone
		r.sound[tid] = true
		return true
	}
	for _, sound := range r.sound[:tid+1] {
		if !sound {
			return false
		}
	}
	return true
}

// gap judges what is missing before a frame by the numbers that the frames bear.
func (r *References) gap(f *Frame) {
	d, last := &f.VP8, &r.last
	if f.Codec == VP8 && d.HasPictureID && last.HasPictureID && (d.PictureID-last.PictureID)&0x7fff == 1 {
		return // no picture is: it was padding, by which the server probes the way
	}
	want := last.TL0PicIdx
	if d.TID == 0 {
		want++
	}
	base := f.Codec == VP8 && d.HasTID && d.HasTL0PicIdx && last.HasTL0PicIdx && d.TL0PicIdx == want
	r.sound = [layers]bool{base}
}

// Drop takes note of a frame that will not be decoded after all.
func (r *References) Drop(f *Frame) {
	switch {
	case !f.Disposable():
		r.sound = [layers]bool{}
	case !f.VP8.NonReference:
		clear(r.sound[max(1, f.VP8.TID%layers):])
	}
}

// NeedKey reports whether nothing can be decoded before the next key frame.
func (r *References) NeedKey() bool { return !r.sound[0] }
