package h264

// #include "bridge.h"
import "C"

import (
	"fmt"
	"image"
	"sync"
	"unsafe"

	"cutout/netvideo/codec"
)

// maxAccessUnit bounds what is handed to openh264: 4 MB, twenty times the largest picture
// a live sender makes.
const maxAccessUnit = 4 << 20

// A Decoder restores pictures from access units in Annex B form; see codec.Decoder for
// who may call what. It takes baseline, main and high profile of 8 bits and 4:2:0,
// progressive. After what it could not decode it waits for a key frame: every packet
// before is answered with an error.
type Decoder struct {
	mu     sync.Mutex
	c      *C.ISVCDecoder // nil before the first key frame
	ready  bool           // a key frame came, and no error since
	closed bool
	out    C.h264_dec_picture
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder { return &Decoder{} }

// Decode restores one access unit; see codec.Decoder. Of a picture with an odd width or
// height the last column or row is left out.
func (d *Decoder) Decode(data []byte) (*image.YCbCr, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, codec.ErrClosed
	}
	if len(data) == 0 || len(data) > maxAccessUnit {
		return nil, fmt.Errorf("%w: it has %d bytes", codec.ErrCorrupt, len(data))
	}
	has, err := inspect(data)
	if err == nil {
		err = d.prepare(has)
	}
	if err != nil {
		d.ready = false
		return nil, err
	}
	state := C.h264_dec_decode(d.c, (*C.uint8_t)(&data[0]), C.int(len(data)), &d.out)
	if state != 0 {
		d.ready = false
		return nil, fmt.Errorf("%w: openh264: %s", codec.ErrCorrupt, describe(state))
	}
	if d.ready = d.ready || has.idr; d.out.y == nil {
		return nil, nil
	}
	return d.picture()
}

// prepare has an openh264 decoder for what comes. A key frame after an error gets a new
// one, unless it needs parameter sets that the old one knows.
func (d *Decoder) prepare(has contents) error {
	if !d.ready && !has.idr && !has.sps {
		return fmt.Errorf("%w: it needs a key frame before it", codec.ErrCorrupt)
	}
	if !d.ready && has.sps {
		d.drop()
	}
	if d.c != nil {
		return nil
	}
	if !has.sps {
		return fmt.Errorf("%w: it needs a parameter set before it", codec.ErrCorrupt)
	}
	if d.c = C.h264_dec_new(); d.c == nil {
		return fmt.Errorf("starting the H.264 decoder: openh264 has no memory")
	}
	return nil
}

// picture copies openh264's picture into one of ours.
func (d *Decoder) picture() (*image.YCbCr, error) {
	p := &d.out
	w, h := int(p.width)&^1, int(p.height)&^1
	if w < 2 || h < 2 || w > codec.MaxWidth || h > codec.MaxHeight || p.cb == nil || p.cr == nil {
		return nil, fmt.Errorf("%w: a picture of %dx%d", codec.ErrCorrupt, p.width, p.height)
	}
	img := codec.NewPicture(w, h)
	plane(img.Y, w, h, p.y, int(p.ystride))
	plane(img.Cb, w/2, h/2, p.cb, int(p.cstride))
	plane(img.Cr, w/2, h/2, p.cr, int(p.cstride))
	return img, nil
}

func plane(dst []byte, w, h int, from *C.uint8_t, stride int) {
	codec.CopyPlane(dst, w, h, unsafe.Slice((*byte)(from), (h-1)*stride+w), stride)
}

func (d *Decoder) drop() {
	if d.c != nil {
		C.h264_dec_free(d.c)
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

// describe says what is amiss, by the bits of openh264's DECODING_STATE.
func describe(state C.int) string {
	for _, s := range []struct {
		bit  C.int
		says string
	}{
		{C.dsOutOfMemory, "out of memory"},
		{C.dsNoParamSets, "its parameter sets are missing"},
		{C.dsRefLost, "a picture it leans on is missing"},
		{C.dsBitstreamError, "broken"},
		{C.dsFramePending, "incomplete"},
	} {
		if state&s.bit != 0 {
			return s.says
		}
	}
	return fmt.Sprintf("state %#x", int(state))
}
