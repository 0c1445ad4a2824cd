package vp8

// #include "bridge.h"
import "C"

import (
	"fmt"
	"image"
	"sync"
	"unsafe"

	"cutout/netvideo/codec"
)

// DecoderOptions configure a Decoder.
type DecoderOptions struct {
	// Threads that decode one picture. 0 means 1.
	Threads int
}

// A Decoder restores pictures; see codec.Decoder for who may call what. After a
// packet it could not decode it starts afresh: every packet before the next key
// frame is then answered with an error.
type Decoder struct {
	threads int
	mu      sync.Mutex
	c       *C.vp8_dec // nil before the first key frame and after an error
	closed  bool
}

// NewDecoder makes a decoder.
func NewDecoder(o DecoderOptions) (*Decoder, error) {
	if o.Threads == 0 {
		o.Threads = 1
	}
	if o.Threads < 1 || o.Threads > 16 {
		return nil, fmt.Errorf("%d threads: 1 to 16 are possible", o.Threads)
	}
	return &Decoder{threads: o.Threads}, nil
}

// Decode restores one picture; see codec.Decoder. Of a picture with an odd width
// or height the last column or row is left out.
func (d *Decoder) Decode(data []byte) (*image.YCbCr, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, codec.ErrClosed
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: it is empty", codec.ErrCorrupt)
	}
	if IsKey(data) {
		if _, _, err := KeySize(data); err != nil {
			d.drop()
			return nil, err
		}
		if d.c == nil {
			var code C.vpx_codec_err_t
			if d.c = C.vp8_dec_new(C.uint(d.threads), &code); d.c == nil {
				return nil, fmt.Errorf("starting the VP8 decoder: %s", describe(code))
			}
		}
	} else if d.c == nil {
		return nil, fmt.Errorf("%w: it needs a key frame before it", codec.ErrCorrupt)
	}
	var out C.vp8_dec_picture
	if code := C.vp8_dec_decode(d.c, (*C.uint8_t)(&data[0]), C.uint(len(data)), &out); code != 0 {
		d.drop()
		return nil, fmt.Errorf("%w: %s", codec.ErrCorrupt, describe(code))
	}
	if out.y == nil || out.width < 2 || out.height < 2 {
		return nil, nil
	}
	return tight(&out), nil
}

// tight copies libvpx's picture into one of ours.
func tight(p *C.vp8_dec_picture) *image.YCbCr {
	w, h := int(p.width)&^1, int(p.height)&^1
	cw, ch := w/2, h/2
	buf := make([]byte, w*h+2*cw*ch)
	img := &image.YCbCr{
		Y:       buf[: w*h : w*h],
		Cb:      buf[w*h : w*h+cw*ch : w*h+cw*ch],
		Cr:      buf[w*h+cw*ch:],
		YStride: w, CStride: cw,
		SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect:           image.Rect(0, 0, w, h),
	}
	plane(img.Y, w, h, p.y, int(p.ystride))
	plane(img.Cb, cw, ch, p.cb, int(p.cstride))
	plane(img.Cr, cw, ch, p.cr, int(p.cstride))
	return img
}

func plane(dst []byte, w, h int, from *C.uint8_t, stride int) {
	src := unsafe.Slice((*byte)(from), (h-1)*stride+w)
	for y := range h {
		copy(dst[y*w:y*w+w], src[y*stride:])
	}
}

func (d *Decoder) drop() {
	if d.c != nil {
		C.vp8_dec_free(d.c)
		d.c = nil
	}
}

// Close frees the decoder.
func (d *Decoder) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop()
	d.closed = true
	return nil
}
