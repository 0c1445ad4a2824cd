// Package simulcast encodes one picture in several sizes at once, of which only those
// that are wanted cost anything.
package simulcast

import (
	"errors"
	"fmt"
	"image"
	"math"
	"sync"
	"time"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/scale"
)

// A Layer is one of the sizes.
type Layer struct {
	// Scale is how many times smaller than the picture it is in each direction, 1 at
	// least: 1 is the whole size, 2 half, 4 a quarter.
	Scale float64
	// Kbps is its target in kbit/s.
	Kbps int
	// Off is set when it is not wanted at first.
	Off bool
}

// NewEncoder makes the encoder of one layer.
type NewEncoder func(width, height, fps, kbps int) (codec.Encoder, error)

// Options configure an Encoder.
type Options struct {
	// Layers, one at least, in any order.
	Layers []Layer
	// FPS is the expected rate of pictures. Default 30.
	FPS int
	// New makes the layers' encoders.
	New NewEncoder
}

// maxScale is the most times a layer may be smaller.
const maxScale = 64

// An Encoder encodes pictures in layers. One goroutine calls Encode and Close; the
// other methods may be called from any, and hold from the next Encode on. Layers are
// known by their place in Options.Layers; asking for one that is not there is an error
// or does nothing.
type Encoder struct {
	make NewEncoder
	out  []codec.Packet

	mu     sync.Mutex
	fps    int
	layers []sized
	closed bool
}

type sized struct {
	want Layer
	key  bool // a key frame is asked for

	enc  codec.Encoder // nil until first wanted
	rest bool          // enc rests
	img  *image.YCbCr  // what the picture is scaled into
}

// New makes an encoder. Nothing is allocated for a layer before it is wanted.
func New(o Options) (*Encoder, error) {
	if o.FPS == 0 {
		o.FPS = 30
	}
	if len(o.Layers) == 0 || o.New == nil {
		return nil, errors.New("an encoder in layers needs one layer, and how to make its encoder")
	}
	e := &Encoder{make: o.New, fps: o.FPS, out: make([]codec.Packet, len(o.Layers))}
	for _, l := range o.Layers {
		if err := errors.Join(codec.CheckRates(l.Kbps, o.FPS), checkScale(l.Scale)); err != nil {
			return nil, err
		}
		e.layers = append(e.layers, sized{want: l})
	}
	return e, nil
}

func checkScale(by float64) error {
	if !(by >= 1 && by <= maxScale) {
		return fmt.Errorf("a layer %v times smaller: 1 to %d are possible", by, maxScale)
	}
	return nil
}

// Size is how large a layer of a picture of w by h is: even, 2 at least.
func Size(w, h int, scale float64) (int, int) {
	even := func(v int) int { return max(2, int(math.Round(float64(v)/scale/2))*2) }
	return even(w), even(h)
}

// Encode compresses img in each wanted layer and returns a packet for every layer, in
// order; those of the others are empty. The slice is valid until the next call, the
// data stay. When some layers fail, the packets of the others come with the error. See
// codec.Encoder.Encode for img and at.
func (e *Encoder) Encode(img *image.YCbCr, at time.Duration) ([]codec.Packet, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, codec.ErrClosed
	}
	if err := codec.CheckPicture(img); err != nil {
		return nil, err
	}
	var errs error
	for i := range e.layers {
		p, err := e.encode(&e.layers[i], img, at)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("layer %d: %w", i, err))
		}
		e.out[i] = p
	}
	return e.out, errs
}

func (e *Encoder) encode(l *sized, img *image.YCbCr, at time.Duration) (codec.Packet, error) {
	if l.want.Off {
		if l.enc != nil && !l.rest {
			l.enc.Rest()
			l.rest, l.img = true, nil
		}
		return codec.Packet{}, nil
	}
	w, h := Size(img.Rect.Dx(), img.Rect.Dy(), l.want.Scale)
	if l.enc == nil {
		enc, err := e.make(w, h, e.fps, l.want.Kbps)
		if err != nil {
			return codec.Packet{}, err
		}
		l.enc = enc
	}
	l.rest = false
	if l.key {
		l.enc.ForceKeyFrame()
		l.key = false
	}
	if w != img.Rect.Dx() || h != img.Rect.Dy() {
		if l.img == nil || l.img.Rect.Dx() != w || l.img.Rect.Dy() != h {
			l.img = image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		}
		scale.Into(l.img, img)
		img = l.img
	}
	return l.enc.Encode(img, at)
}

// SetWanted turns a layer on, which begins with a key frame, or off: it then costs
// nothing.
func (e *Encoder) SetWanted(layer int, wanted bool) {
	e.change(layer, func(l *sized) error { l.want.Off = !wanted; return nil })
}

// ForceKeyFrame makes a layer's next picture a key frame.
func (e *Encoder) ForceKeyFrame(layer int) {
	e.change(layer, func(l *sized) error { l.key = true; return nil })
}

// SetBitRate changes a layer's target.
func (e *Encoder) SetBitRate(layer, kbps int) error {
	if err := codec.CheckRates(kbps, 1); err != nil {
		return err
	}
	return e.change(layer, func(l *sized) error {
		l.want.Kbps = kbps
		if l.enc == nil {
			return nil
		}
		return l.enc.SetBitRate(kbps)
	})
}

// SetScale changes how many times smaller than the picture a layer is; the next
// picture is then a key frame.
func (e *Encoder) SetScale(layer int, by float64) error {
	if err := checkScale(by); err != nil {
		return err
	}
	return e.change(layer, func(l *sized) error { l.want.Scale = by; return nil })
}

// change does something to a layer that is there.
func (e *Encoder) change(i int, do func(*sized) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i < 0 || i >= len(e.layers) {
		return fmt.Errorf("layer %d of %d", i, len(e.layers))
	}
	return do(&e.layers[i])
}

// Renew has the layers' encoders made anew for the next picture, which is then a key
// frame: Options.New makes others now.
func (e *Encoder) Renew() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.free()
}

// SetFrameRate changes how many pictures a second are expected.
func (e *Encoder) SetFrameRate(fps int) error {
	if err := codec.CheckRates(1, fps); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fps = fps
	var errs error
	for _, l := range e.layers {
		if l.enc != nil {
			errs = errors.Join(errs, l.enc.SetFrameRate(fps))
		}
	}
	return errs
}

// Close frees the encoders. Closing twice does nothing.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return e.free()
}

func (e *Encoder) free() error {
	var errs error
	for i := range e.layers {
		if l := &e.layers[i]; l.enc != nil {
			errs = errors.Join(errs, l.enc.Close())
			l.enc, l.img = nil, nil
		}
	}
	return errs
}
