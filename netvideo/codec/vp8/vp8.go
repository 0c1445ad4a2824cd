// Package vp8 compresses and restores pictures as VP8 (RFC 6386) with libvpx,
// tuned for live pictures: one pass, constant bit rate, no look-ahead.
package vp8

import (
	"fmt"

	"cutout/netvideo/codec"
)

var (
	_ codec.Encoder = (*Encoder)(nil)
	_ codec.Decoder = (*Decoder)(nil)
)

// The largest picture that is encoded or decoded. A decoder asked for more by a
// packet answers with an error before anything is allocated.
const (
	MaxWidth  = codec.MaxWidth
	MaxHeight = codec.MaxHeight
)

// IsKey reports whether data begins a VP8 key frame: bit 0 of the frame tag is
// clear (RFC 6386, 9.1).
func IsKey(data []byte) bool { return len(data) > 0 && data[0]&1 == 0 }

// KeySize returns the size a key frame declares (RFC 6386, 9.1), and an error for
// what is no key frame, is cut short, or is larger than MaxWidth by MaxHeight.
func KeySize(data []byte) (width, height int, err error) {
	if len(data) < 10 || data[0]&1 != 0 ||
		data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a {
		return 0, 0, fmt.Errorf("%w: no key frame header", codec.ErrCorrupt)
	}
	// 14 bits of size, 2 bits of scaling each, little endian.
	width = (int(data[6]) | int(data[7])<<8) & 0x3fff
	height = (int(data[8]) | int(data[9])<<8) & 0x3fff
	switch {
	case width == 0 || height == 0:
		return 0, 0, fmt.Errorf("%w: it declares an empty picture", codec.ErrCorrupt)
	case width > MaxWidth || height > MaxHeight:
		return 0, 0, fmt.Errorf("%w: it declares %dx%d, more than %dx%d",
			codec.ErrCorrupt, width, height, MaxWidth, MaxHeight)
	}
	return width, height, nil
}
