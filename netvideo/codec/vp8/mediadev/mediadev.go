// Package mediadev offers our VP8 encoder to programs built on pion/mediadevices, as
// its own encoder's replacement: with the right time base, speed and error resilience.
package mediadev

import (
	"errors"
	"image"
	"io"
	"sync"
	"time"

	"cutout/netvideo/codec/vp8"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

var (
	_            codec.VideoEncoderBuilder = Params{}
	_            codec.ReadCloser          = (*encoder)(nil)
	_            codec.KeyFrameController  = (*encoder)(nil)
	_            codec.BitRateController   = (*encoder)(nil)
	_            codec.EncoderController   = (*encoder)(nil)
	errNoPicture                           = errors.New("mediadevices handed over no 4:2:0 picture")
)

// Params build encoders. Width, Height and FPS come from the track's properties.
type Params struct{ vp8.EncoderOptions }

// RTPCodec is VP8.
func (Params) RTPCodec() *codec.RTPCodec { return codec.NewRTPVP8Codec(90_000) }

// BuildVideoEncoder makes an encoder that reads from r.
func (p Params) BuildVideoEncoder(r video.Reader, m prop.Media) (codec.ReadCloser, error) {
	o := p.EncoderOptions
	o.Width, o.Height = m.Width, m.Height
	if m.FrameRate >= 1 {
		o.FPS = int(m.FrameRate + 0.5)
	}
	enc, err := vp8.NewEncoder(o)
	if err != nil {
		return nil, err
	}
	return &encoder{enc: enc, from: video.ToI420(r), begun: time.Now()}, nil
}

type encoder struct {
	enc   *vp8.Encoder
	from  video.Reader
	begun time.Time

	mu     sync.Mutex
	last   time.Duration
	closed bool
}

// Read encodes the reader's next picture; io.EOF after Close.
func (e *encoder) Read() ([]byte, func(), error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for !e.closed {
		data, err := e.next()
		if len(data) > 0 || err != nil {
			return data, func() {}, err
		}
	}
	return nil, func() {}, io.EOF
}

func (e *encoder) next() ([]byte, error) {
	img, release, err := e.from.Read()
	if err != nil {
		return nil, err
	}
	defer release()
	yuv, ok := img.(*image.YCbCr)
	if !ok {
		return nil, errNoPicture
	}
	e.last = max(time.Since(e.begun), e.last+time.Microsecond)
	p, err := e.enc.Encode(yuv, e.last)
	return p.Data, err
}

// Controller is the encoder itself.
func (e *encoder) Controller() codec.EncoderController { return e }

// ForceKeyFrame makes the next picture a key frame.
func (e *encoder) ForceKeyFrame() error {
	e.enc.ForceKeyFrame()
	return nil
}

// SetBitRate takes bit/s, as mediadevices counts.
func (e *encoder) SetBitRate(bps int) error { return e.enc.SetBitRate(bps / 1000) }

// Close frees the encoder, once its reader is done with a picture that is being read.
func (e *encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return e.enc.Close()
}
