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
	out     C.vp8_dec_picture
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
	if code := C.vp8_dec_decode(d.c, (*C.uint8_t)(&data[0]), C.uint(len(data)), &d.out); code != 0 {
		d.drop()
		return nil, fmt.Errorf("%w: %s", codec.ErrCorrupt, describe(code))
	}
	if d.out.y == nil || d.out.width < 2 || d.out.height < 2 {
		return nil, nil
	}
	return tight(&d.out), nil
}

// tight copies libvpx's picture into one of ours.
func tight(p *C.vp8_dec_picture) *image.YCbCr {
	w, h := int(p.width)&^1, int(p.height)&^1
	img := codec.NewPicture(w, h)
	plane(img.Y, w, h, p.y, int(p.ystride))
	plane(img.Cb, w/2, h/2, p.cb, int(p.cstride))
	plane(img.Cr, w/2, h/2, p.cr, int(p.cstride))
	return img
}

func plane(dst []byte, w, h int, from *C.uint8_t, stride int) {
	codec.CopyPlane(dst, w, h, unsafe.Slice((*byte)(from), (h-1)*stride+w), stride)
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
