// Package vp8 compresses and restores pictures as VP8 (RFC 6386) with libvpx,
// tuned for live pictures: one pass, constant bit rate, no look-ahead.
package vp8

// #cgo pkg-config: vpx
import "C"

// The largest picture that is encoded or decoded. A decoder asked for more by a
// packet answers with an error before anything is allocated.
const (
	MaxWidth  = 1920
	MaxHeight = 1920
)
