package h264

// #cgo pkg-config: openh264
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

	"cutout/netvideo/codec"
)

// EncoderOptions configure an Encoder. The zero value of a field means its default.
type EncoderOptions struct {
	// Width and Height of the first picture, even, MinSize at least. Pictures of another
	// size may follow.
	Width, Height int
	// FPS is the expected rate. Default 30; more than 60 count as 60.
	FPS int
	// Kbps is the target in kbit/s. Default 700.
	Kbps int
	// Threads that encode one picture, each in a slice of its own. Default 1.
	Threads int
	// KeyFrameEvery is the most pictures between two key frames. Default 3000.
	KeyFrameEvery int
}

const (
	// MinSize is the least width and height of a picture: a macroblock.
	MinSize = 16
	// maxFPS is the most that openh264's rate control takes.
	maxFPS = 60
)

func (o EncoderOptions) withDefaults() EncoderOptions {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.FPS, 30)
	def(&o.Kbps, 700)
	def(&o.Threads, 1)
	def(&o.KeyFrameEvery, 3000)
	return o
}

func (o EncoderOptions) check() error {
	switch {
	case o.Threads < 1 || o.Threads > 16:
		return fmt.Errorf("%d threads: 1 to 16 are possible", o.Threads)
	case o.KeyFrameEvery < 1:
		return errors.New("at least one picture between key frames")
	}
	return errors.Join(checkSize(o.Width, o.Height), codec.CheckRates(o.Kbps, o.FPS))
}

func checkSize(w, h int) error {
	if err := codec.CheckSize(w, h); err != nil {
		return err
	}
	if w < MinSize || h < MinSize {
		return fmt.Errorf("an H.264 picture of %dx%d: %dx%d is the least", w, h, MinSize, MinSize)
	}
	return nil
}

// An Encoder compresses pictures as constrained baseline, one temporal layer; see
// codec.Encoder for who may call what. Packets are access units in Annex B form; key
// frames bring their parameter sets.
type Encoder struct {
	o        EncoderOptions
	forceKey atomic.Bool
	kbps     atomic.Int64
	fps      atomic.Int64

	mu              sync.Mutex
	c               *C.h264_enc // nil while it rests, and once closed
	closed          bool
	w, h            int   // what c is for
	setKbps, setFPS int64 // what c works to
	any             bool  // something was encoded
	last            time.Duration
	ms              int64 // last in openh264's time base
	picture         uint16
	base            uint8
	out             C.h264_enc_packet
}

// NewEncoder makes an encoder.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	e := &Encoder{o: o}
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
	e.setKbps, e.setFPS = e.kbps.Load(), min(maxFPS, e.fps.Load())
	e.c = C.h264_enc_new(&C.h264_enc_options{
		width: C.int(w), height: C.int(h), kbps: C.int(e.setKbps), fps: C.int(e.setFPS),
		threads: C.int(e.o.Threads), idr_every: C.int(e.o.KeyFrameEvery),
	})
	if e.c == nil {
		return fmt.Errorf("openh264 takes no pictures of %dx%d at %d kbit/s", w, h, e.setKbps)
	}
	e.w, e.h = w, h
	return nil
}

// Encode compresses one picture; see codec.Encoder.
func (e *Encoder) Encode(img *image.YCbCr, at time.Duration) (codec.Packet, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if err := errors.Join(codec.CheckPicture(img), checkSize(w, h)); err != nil {
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
	if e.c == nil || w != e.w || h != e.h {
		if err := e.open(w, h); err != nil {
			return codec.Packet{}, err
		}
	}
	if err := e.follow(); err != nil {
		return codec.Packet{}, err
	}
	// Time stamps have to differ in milliseconds, the time base.
	e.any, e.last, e.ms = true, at, max(at.Milliseconds(), e.ms+1)
	return e.encode(img)
}

// follow makes openh264 work to the rates that were set.
func (e *Encoder) follow() error {
	if want := e.kbps.Load(); want != e.setKbps {
		if code := C.h264_enc_set_kbps(e.c, C.int(want)); code != 0 {
			return fmt.Errorf("setting the bit rate to %d kbit/s: openh264: error %d", want, code)
		}
		e.setKbps = want
	}
	if want := min(maxFPS, e.fps.Load()); want != e.setFPS {
		if code := C.h264_enc_set_fps(e.c, C.int(want)); code != 0 {
			return fmt.Errorf("setting the frame rate to %d: openh264: error %d", want, code)
		}
		e.setFPS = want
	}
	return nil
}

func (e *Encoder) encode(img *image.YCbCr) (codec.Packet, error) {
	key := C.int(0)
	if e.forceKey.Swap(false) {
		key = 1
	}
	r := img.Rect
	y, c := img.YOffset(r.Min.X, r.Min.Y), img.COffset(r.Min.X, r.Min.Y)
	code := C.h264_enc_encode(e.c,
		(*C.uint8_t)(&img.Y[y]), (*C.uint8_t)(&img.Cb[c]), (*C.uint8_t)(&img.Cr[c]),
		C.int(img.YStride), C.int(img.CStride), C.int64_t(e.ms), key, &e.out)
	runtime.KeepAlive(img)
	if code != 0 {
		if key != 0 {
			e.forceKey.Store(true)
		}
		return codec.Packet{}, fmt.Errorf("encoding a picture as H.264: openh264: error %d", code)
	}
	if e.out.size == 0 {
		return codec.Packet{}, nil
	}
	data := make([]byte, e.out.size)
	C.h264_enc_copy(e.c, (*C.uint8_t)(&data[0]))
	e.base++
	e.picture = (e.picture + 1) & 0x7fff
	return codec.Packet{
		Data: data, Key: e.out.key != 0, Width: e.w, Height: e.h,
		TemporalLayers: 1, TL0PicIdx: e.base, PictureID: e.picture,
	}, nil
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

// Rest frees openh264's encoder until the next picture.
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
		C.h264_enc_free(e.c)
		e.c = nil
	}
}
