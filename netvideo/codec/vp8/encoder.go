package vp8

// #cgo pkg-config: vpx
// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"cutout/netvideo/codec"
)

// EncoderOptions configure an Encoder. The zero value of a field means its
// default.
type EncoderOptions struct {
	// Width and Height of every picture, even, up to MaxWidth by MaxHeight.
	Width, Height int
	// FPS is the expected rate; it sets the length of the newest picture, which
	// rate control needs before the next has come. Default 30.
	FPS int
	// Kbps is the target in kbit/s. Default 700.
	Kbps int
	// CPUUsed is libvpx's speed, -1 (slow) to -16 (fast); in real-time mode a
	// negative number is a fixed speed. Default DefaultCPUUsed.
	CPUUsed int
	// StaticThreshold lets macroblocks that changed less than this be skipped.
	// Default DefaultStaticThreshold; negative means 0, no skipping.
	StaticThreshold int
	// Threads that encode one picture. Default 1.
	Threads int
	// Brittle turns error resilience off: a few per cent fewer bits, but what
	// follows a lost packet is worth nothing until the next key frame.
	Brittle bool
	// MinQuantizer and MaxQuantizer, 0 (best) to 63. Defaults 2 and 56, those of
	// WebRTC for a camera.
	MinQuantizer, MaxQuantizer int
	// KeyFrameEvery is the most pictures between two key frames. Default 3000:
	// whoever needs one asks for it.
	KeyFrameEvery int
}

// Speeds chosen by BenchmarkEncode's table in this package.
const (
	DefaultCPUUsed         = -12
	DefaultStaticThreshold = 100
)

// A key frame may be as large as this share of a picture's mean share of the bit
// rate, in per cent: at 30 pictures a second 900 % is what half a second of
// buffer holds, WebRTC's rule.
const maxIntraPercent = 900

func (o EncoderOptions) withDefaults() EncoderOptions {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.FPS, 30)
	def(&o.Kbps, 700)
	def(&o.CPUUsed, DefaultCPUUsed)
	def(&o.StaticThreshold, DefaultStaticThreshold)
	o.StaticThreshold = max(0, o.StaticThreshold)
	def(&o.Threads, 1)
	def(&o.MinQuantizer, 2)
	def(&o.MaxQuantizer, 56)
	def(&o.KeyFrameEvery, 3000)
	return o
}

func (o EncoderOptions) check() error {
	switch {
	case o.Width <= 0 || o.Height <= 0 || o.Width%2 != 0 || o.Height%2 != 0 ||
		o.Width > MaxWidth || o.Height > MaxHeight:
		return fmt.Errorf("a VP8 picture of %dx%d: width and height have to be even, at most %dx%d",
			o.Width, o.Height, MaxWidth, MaxHeight)
	case o.FPS < 1 || o.FPS > 240:
		return fmt.Errorf("%d pictures a second: 1 to 240 are possible", o.FPS)
	case o.CPUUsed < -16 || o.CPUUsed > 16:
		return fmt.Errorf("cpu-used %d: -16 to 16 are possible", o.CPUUsed)
	case o.MinQuantizer < 0 || o.MaxQuantizer > 63 || o.MinQuantizer > o.MaxQuantizer:
		return fmt.Errorf("quantizers %d to %d: 0 to 63 are possible", o.MinQuantizer, o.MaxQuantizer)
	case o.Threads < 1 || o.Threads > 16:
		return fmt.Errorf("%d threads: 1 to 16 are possible", o.Threads)
	case o.KeyFrameEvery < 1:
		return errors.New("at least one picture between key frames")
	}
	return checkKbps(o.Kbps)
}

func checkKbps(kbps int) error {
	if kbps < 1 || kbps > 100_000 {
		return fmt.Errorf("%d kbit/s: 1 to 100000 are possible", kbps)
	}
	return nil
}

// An Encoder compresses pictures of one size; see codec.Encoder for who may call
// what.
type Encoder struct {
	o        EncoderOptions
	forceKey atomic.Bool
	kbps     atomic.Int64

	mu   sync.Mutex
	c    *C.vp8_enc // nil once closed
	set  int64      // kbps that c works to
	any  bool       // something was encoded
	last time.Duration
	pts  int64 // last in libvpx's time base, microseconds
}

// NewEncoder makes an encoder.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	resilient := C.int(1)
	if o.Brittle {
		resilient = 0
	}
	co := C.vp8_enc_options{
		width: C.uint(o.Width), height: C.uint(o.Height), kbps: C.uint(o.Kbps),
		threads: C.uint(o.Threads), min_q: C.uint(o.MinQuantizer), max_q: C.uint(o.MaxQuantizer),
		kf_max_dist: C.uint(o.KeyFrameEvery), cpu_used: C.int(o.CPUUsed),
		static_thresh: C.int(o.StaticThreshold), resilient: resilient,
		max_intra_pct: maxIntraPercent,
	}
	var code C.vpx_codec_err_t
	c := C.vp8_enc_new(&co, &code)
	if c == nil {
		return nil, fmt.Errorf("starting the VP8 encoder: %s", describe(code))
	}
	e := &Encoder{o: o, c: c, set: int64(o.Kbps)}
	e.kbps.Store(int64(o.Kbps))
	return e, nil
}

// Encode compresses one picture; see codec.Encoder.
func (e *Encoder) Encode(img *image.YCbCr, at time.Duration) (codec.Packet, error) {
	if err := e.accepts(img); err != nil {
		return codec.Packet{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return codec.Packet{}, codec.ErrClosed
	}
	if e.any && at <= e.last {
		return codec.Packet{}, fmt.Errorf("a picture at %v after one at %v: time has to grow", at, e.last)
	}
	if want := e.kbps.Load(); want != e.set {
		if code := C.vp8_enc_set_kbps(e.c, C.uint(want)); code != 0 {
			return codec.Packet{}, fmt.Errorf("setting the bit rate to %d kbit/s: %s", want, describe(code))
		}
		e.set = want
	}
	// Time stamps have to differ in microseconds, the time base.
	pts := at.Microseconds()
	if e.any {
		pts = max(pts, e.pts+1)
	}
	p, err := e.encode(img, pts, e.forceKey.Swap(false))
	if err == nil {
		e.any, e.last, e.pts = true, at, pts
	}
	return p, err
}

func (e *Encoder) encode(img *image.YCbCr, pts int64, forceKey bool) (codec.Packet, error) {
	key := C.int(0)
	if forceKey {
		key = 1
	}
	r := img.Rect
	y, c := img.YOffset(r.Min.X, r.Min.Y), img.COffset(r.Min.X, r.Min.Y)
	var out C.vp8_enc_packet
	code := C.vp8_enc_encode(e.c,
		(*C.uint8_t)(&img.Y[y]), (*C.uint8_t)(&img.Cb[c]), (*C.uint8_t)(&img.Cr[c]),
		C.int(img.YStride), C.int(img.CStride),
		C.int64_t(pts), C.ulong(1_000_000/e.o.FPS), key, &out)
	runtime.KeepAlive(img)
	if code != 0 {
		if forceKey {
			e.forceKey.Store(true)
		}
		return codec.Packet{}, fmt.Errorf("encoding a picture as VP8: %s", describe(code))
	}
	if out.data == nil {
		return codec.Packet{}, nil
	}
	return codec.Packet{
		Data: C.GoBytes(unsafe.Pointer(out.data), C.int(out.size)),
		Key:  out.key != 0,
	}, nil
}

func (e *Encoder) accepts(img *image.YCbCr) error {
	r := img.Rect
	w, h := e.o.Width, e.o.Height
	switch {
	case img.SubsampleRatio != image.YCbCrSubsampleRatio420:
		return fmt.Errorf("a picture with %v chroma: 4:2:0 is needed", img.SubsampleRatio)
	case r.Dx() != w || r.Dy() != h:
		return fmt.Errorf("a picture of %dx%d for an encoder of %dx%d", r.Dx(), r.Dy(), w, h)
	case r.Min.X%2 != 0 || r.Min.Y%2 != 0:
		return fmt.Errorf("a picture that begins at the odd point %v", r.Min)
	case img.YStride < w || img.CStride < w/2:
		return errors.New("a picture whose rows overlap")
	}
	y, c := img.YOffset(r.Min.X, r.Min.Y), img.COffset(r.Min.X, r.Min.Y)
	if y+(h-1)*img.YStride+w > len(img.Y) ||
		c+(h/2-1)*img.CStride+w/2 > min(len(img.Cb), len(img.Cr)) {
		return errors.New("a picture with planes shorter than its size")
	}
	return nil
}

// ForceKeyFrame makes the next encoded picture a key frame.
func (e *Encoder) ForceKeyFrame() { e.forceKey.Store(true) }

// SetBitRate changes the target, 1 to 100000 kbit/s, from the next picture on.
func (e *Encoder) SetBitRate(kbps int) error {
	if err := checkKbps(kbps); err != nil {
		return err
	}
	e.kbps.Store(int64(kbps))
	return nil
}

// Close frees the encoder.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c != nil {
		C.vp8_enc_free(e.c)
		e.c = nil
	}
	return nil
}

func describe(code C.vpx_codec_err_t) string {
	return "libvpx: " + C.GoString(C.vpx_codec_err_to_string(code))
}
