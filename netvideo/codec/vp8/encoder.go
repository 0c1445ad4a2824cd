package vp8

// #cgo pkg-config: vpx
// #include "bridge.h"
import "C"

import (
	"fmt"
	"image"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"cutout/netvideo/codec"
)

// An Encoder compresses pictures; see codec.Encoder for who may call what.
type Encoder struct {
	o        EncoderOptions
	forceKey atomic.Bool
	kbps     atomic.Int64
	fps      atomic.Int64

	mu      sync.Mutex
	c       *C.vp8_enc // nil while it rests, and once closed
	closed  bool
	w, h    int   // what c is for
	set     int64 // kbps that c works to
	setFPS  int64 // fps that c limits key frames by
	any     bool  // something was encoded
	last    time.Duration
	clock   int64 // last in libvpx's time base, microseconds
	count   int   // pictures since the last key frame
	picture uint16
	base    uint8
	out     C.vp8_enc_packet
}

// NewEncoder makes an encoder.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	// Random beginnings, as RFC 7741 asks for.
	e := &Encoder{o: o, picture: uint16(rand.N(1 << 15)), base: uint8(rand.N(1 << 8))}
	e.kbps.Store(int64(o.Kbps))
	e.fps.Store(int64(o.FPS))
	if err := e.open(o.Width, o.Height); err != nil {
		return nil, err
	}
	return e, nil
}

// open begins anew for pictures of a size.
func (e *Encoder) open(w, h int) error {
	e.free()
	e.set, e.setFPS = e.kbps.Load(), e.fps.Load()
	o := C.vp8_enc_options{
		width: C.uint(w), height: C.uint(h), kbps: C.uint(e.set), layers: C.uint(e.o.TemporalLayers),
		threads: C.uint(e.o.Threads), min_q: C.uint(e.o.MinQuantizer), max_q: C.uint(e.o.MaxQuantizer),
		kf_max_dist: C.uint(e.o.KeyFrameEvery), cpu_used: C.int(e.o.CPUUsed),
		static_thresh: C.int(e.o.StaticThreshold), max_intra_pct: C.int(maxIntraPercent * e.setFPS),
	}
	if !e.o.Brittle {
		o.resilient = 1
	}
	var code C.vpx_codec_err_t
	if e.c = C.vp8_enc_new(&o, &code); e.c == nil {
		return fmt.Errorf("starting the VP8 encoder: %s", describe(code))
	}
	e.w, e.h, e.count = w, h, 0
	return nil
}

// Encode compresses one picture; see codec.Encoder.
func (e *Encoder) Encode(img *image.YCbCr, at time.Duration) (codec.Packet, error) {
	if err := codec.CheckPicture(img); err != nil {
		return codec.Packet{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return codec.Packet{}, codec.ErrClosed
	}
	if e.any && at <= e.last {
		return codec.Packet{}, fmt.Errorf("a picture at %v after one at %v: time has to grow", at, e.last)
	}
	if w, h := img.Rect.Dx(), img.Rect.Dy(); e.c == nil || w != e.w || h != e.h {
		if err := e.open(w, h); err != nil {
			return codec.Packet{}, err
		}
	}
	if want := e.kbps.Load(); want != e.set {
		if code := C.vp8_enc_set_kbps(e.c, C.uint(want)); code != 0 {
			return codec.Packet{}, fmt.Errorf("setting the bit rate to %d kbit/s: %s", want, describe(code))
		}
		e.set = want
	}
	if want := e.fps.Load(); want != e.setFPS {
		if code := C.vp8_enc_set_max_intra(e.c, C.int(maxIntraPercent*want)); code != 0 {
			return codec.Packet{}, fmt.Errorf("limiting key frames at %d pictures a second: %s", want, describe(code))
		}
		e.setFPS = want
	}
	e.tick(at)
	return e.encode(img)
}

// tick moves libvpx's clock on to a picture's time. A pause must not look like a slow
// frame rate: the picture after it would get all the bits that were saved meanwhile. So
// a gap that is longer than a steady, slow source would leave counts as a usual one.
func (e *Encoder) tick(at time.Duration) {
	if e.any {
		usual := 1_000_000 / e.fps.Load()
		gap := max((at - e.last).Microseconds(), 1)
		if gap > pause*usual {
			gap = usual
		}
		e.clock += gap
	}
	e.any, e.last = true, at
}

// pause is how many times longer than usual a gap between two pictures is when it is no
// longer a slow frame rate: at 30 expected a second, slower than 3.
const pause = 10

func (e *Encoder) encode(img *image.YCbCr) (codec.Packet, error) {
	forced := e.forceKey.Swap(false) || e.count == 0
	tid := C.int(0)
	if e.o.TemporalLayers == 2 && !forced {
		tid = C.int(e.count % 2)
	}
	key := C.int(0)
	if forced {
		key = 1
	}
	r := img.Rect
	y, c := img.YOffset(r.Min.X, r.Min.Y), img.COffset(r.Min.X, r.Min.Y)
	code := C.vp8_enc_encode(e.c,
		(*C.uint8_t)(&img.Y[y]), (*C.uint8_t)(&img.Cb[c]), (*C.uint8_t)(&img.Cr[c]),
		C.int(img.YStride), C.int(img.CStride),
		C.int64_t(e.clock), C.ulong(1_000_000/e.fps.Load()), key, tid, &e.out)
	runtime.KeepAlive(img)
	if code != 0 {
		if forced {
			e.forceKey.Store(true)
		}
		return codec.Packet{}, fmt.Errorf("encoding a picture as VP8: %s", describe(code))
	}
	if e.out.data == nil {
		return codec.Packet{}, nil
	}
	return e.packet(uint8(tid)), nil
}

// packet is what libvpx made, and its place in the stream.
func (e *Encoder) packet(tid uint8) codec.Packet {
	p := codec.Packet{
		Data:  C.GoBytes(unsafe.Pointer(e.out.data), C.int(e.out.size)),
		Key:   e.out.key != 0,
		Width: e.w, Height: e.h,
		TemporalLayers: uint8(e.o.TemporalLayers),
	}
	if p.Key {
		tid, e.count = 0, 0
	}
	e.count++
	if tid == 0 {
		e.base++
	}
	e.picture = (e.picture + 1) & 0x7fff
	p.TID, p.Sync, p.TL0PicIdx, p.PictureID = tid, tid > 0, e.base, e.picture
	return p
}

// ForceKeyFrame makes the next encoded picture a key frame.
func (e *Encoder) ForceKeyFrame() { e.forceKey.Store(true) }

// SetBitRate changes the target, 1 to 100000 kbit/s, from the next picture on.
func (e *Encoder) SetBitRate(kbps int) error {
	if err := codec.CheckRates(kbps, 1); err != nil {
		return err
	}
	e.kbps.Store(int64(kbps))
	return nil
}

// SetFrameRate changes the expected rate, 1 to 240 pictures a second, from the next
// picture on.
func (e *Encoder) SetFrameRate(fps int) error {
	if err := codec.CheckRates(1, fps); err != nil {
		return err
	}
	e.fps.Store(int64(fps))
	return nil
}

// Rest frees libvpx's encoder until the next picture.
func (e *Encoder) Rest() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.free()
}

// Close frees the encoder.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.free()
	e.closed = true
	return nil
}

func (e *Encoder) free() {
	if e.c != nil {
		C.vp8_enc_free(e.c)
		e.c = nil
	}
}

func describe(code C.vpx_codec_err_t) string {
	return "libvpx: " + C.GoString(C.vpx_codec_err_to_string(code))
}
