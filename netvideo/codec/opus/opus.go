// Package opus compresses and restores sound as Opus (RFC 6716) with libopus, tuned
// for voices: 48 kHz, frames of 20 ms, with what mends a lost frame in the next.
package opus

// #cgo pkg-config: opus
// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"cutout/netvideo/codec"
)

var (
	_ codec.SoundEncoder = (*Encoder)(nil)
	_ codec.SoundDecoder = (*Decoder)(nil)
)

const (
	// SampleRate of all sound, in samples a second and channel.
	SampleRate = 48000
	// FrameSamples is what an encoder takes at a time, for each channel: 20 ms.
	FrameSamples = SampleRate / 50
	// MaxSamples is the longest packet there is, for each channel: 120 ms (RFC 6716, 2.1.4).
	MaxSamples = SampleRate * 12 / 100
	// maxPacket bounds a packet: libopus' documentation advises 4000 bytes.
	maxPacket = 4000
	// complexity of 0 to 10: 5 costs half of 10 and is WebRTC's choice for small machines.
	complexity = 5
	// lossPercent of packets is expected at first, which decides how much mending data
	// is sent.
	lossPercent = 10
)

// EncoderOptions configure an Encoder. The zero value of a field means its default.
type EncoderOptions struct {
	// Channels, 1 or 2. Default 1.
	Channels int
	// Kbps is the target in kbit/s, 6 to 510. Default 32.
	Kbps int
}

// An Encoder compresses sound; see codec.SoundEncoder for who may call what.
type Encoder struct {
	channels int
	kbps     atomic.Int64
	loss     atomic.Int64 // per cent

	mu      sync.Mutex
	c       *C.OpusEncoder // nil once closed
	set     int64
	setLoss int64
}

// NewEncoder makes an encoder.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	if o.Channels == 0 {
		o.Channels = 1
	}
	if o.Kbps == 0 {
		o.Kbps = 32
	}
	if o.Channels != 1 && o.Channels != 2 {
		return nil, fmt.Errorf("sound with %d channels: 1 and 2 are possible", o.Channels)
	}
	if err := checkKbps(o.Kbps); err != nil {
		return nil, err
	}
	var code C.int
	c := C.opus_encoder_create(SampleRate, C.int(o.Channels), C.OPUS_APPLICATION_VOIP, &code)
	if c == nil || code != C.OPUS_OK {
		return nil, fmt.Errorf("starting the Opus encoder: %s", describe(code))
	}
	if code := C.opus_live(c, C.int(o.Kbps*1000), complexity, lossPercent); code != C.OPUS_OK {
		C.opus_encoder_destroy(c)
		return nil, fmt.Errorf("starting the Opus encoder: %s", describe(code))
	}
	e := &Encoder{channels: o.Channels, c: c, set: int64(o.Kbps), setLoss: lossPercent}
	e.kbps.Store(e.set)
	e.loss.Store(e.setLoss)
	return e, nil
}

func checkKbps(kbps int) error {
	if kbps < 6 || kbps > 510 {
		return fmt.Errorf("%d kbit/s of sound: 6 to 510 are possible", kbps)
	}
	return nil
}

// Encode compresses FrameSamples samples of each channel; see codec.SoundEncoder.
func (e *Encoder) Encode(pcm []float32) ([]byte, error) {
	if len(pcm) != FrameSamples*e.channels {
		return nil, fmt.Errorf("a frame of %d samples for an encoder of %d", len(pcm), FrameSamples*e.channels)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return nil, codec.ErrClosed
	}
	if want := e.kbps.Load(); want != e.set {
		if code := C.opus_rate(e.c, C.int(want*1000)); code != C.OPUS_OK {
			return nil, fmt.Errorf("setting the bit rate to %d kbit/s: %s", want, describe(code))
		}
		e.set = want
	}
	if want := e.loss.Load(); want != e.setLoss {
		if code := C.opus_loss(e.c, C.int(want)); code != C.OPUS_OK {
			return nil, fmt.Errorf("preparing for %d per cent of lost packets: %s", want, describe(code))
		}
		e.setLoss = want
	}
	out := make([]byte, maxPacket)
	n := C.opus_encode_float(e.c, (*C.float)(&pcm[0]), FrameSamples, (*C.uchar)(&out[0]), maxPacket)
	if n < 0 {
		return nil, fmt.Errorf("encoding sound as Opus: %s", describe(C.int(n)))
	}
	return out[:n:n], nil
}

// SetBitRate changes the target, 6 to 510 kbit/s, from the next frame on.
func (e *Encoder) SetBitRate(kbps int) error {
	if err := checkKbps(kbps); err != nil {
		return err
	}
	e.kbps.Store(int64(kbps))
	return nil
}

// SetLoss says how many per cent of the packets, 0 to 100, are lost on their way: from
// the next frame on, as much is added to each that mends the one before it.
func (e *Encoder) SetLoss(percent int) error {
	if percent < 0 || percent > 100 {
		return fmt.Errorf("%d per cent of packets lost: 0 to 100 are possible", percent)
	}
	e.loss.Store(int64(percent))
	return nil
}

// Close frees the encoder.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c != nil {
		C.opus_encoder_destroy(e.c)
		e.c = nil
	}
	return nil
}

// A Decoder restores sound of two channels, whatever was encoded; see
// codec.SoundDecoder for who may call what.
type Decoder struct {
	mu sync.Mutex
	c  *C.OpusDecoder // nil once closed
}

// NewDecoder makes a decoder.
func NewDecoder() (*Decoder, error) {
	var code C.int
	c := C.opus_decoder_create(SampleRate, 2, &code)
	if c == nil || code != C.OPUS_OK {
		return nil, fmt.Errorf("starting the Opus decoder: %s", describe(code))
	}
	return &Decoder{c: c}, nil
}

// Decode restores one packet; see codec.SoundDecoder. pcm needs room for
// 2*MaxSamples to take any packet.
func (d *Decoder) Decode(data []byte, pcm []float32) (int, error) {
	return d.decode(data, pcm, 0)
}

// Mend restores what came before the packet, as far as the packet tells: len(pcm)/2
// samples of each channel, a multiple of 120.
func (d *Decoder) Mend(data []byte, pcm []float32) (int, error) {
	return d.decode(data, pcm, 1)
}

func (d *Decoder) decode(data []byte, pcm []float32, mend C.int) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c == nil {
		return 0, codec.ErrClosed
	}
	if len(pcm) < 2 {
		return 0, errors.New("no room for decoded sound")
	}
	var from *C.uchar
	if len(data) > 0 {
		from = (*C.uchar)(&data[0])
	}
	room := min(len(pcm)/2, MaxSamples)
	n := C.opus_decode_float(d.c, from, C.opus_int32(len(data)), (*C.float)(&pcm[0]), C.int(room), mend)
	if n < 0 {
		return 0, fmt.Errorf("%w: %s", codec.ErrCorrupt, describe(C.int(n)))
	}
	return int(n), nil
}

// Close frees the decoder.
func (d *Decoder) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c != nil {
		C.opus_decoder_destroy(d.c)
		d.c = nil
	}
	return nil
}

func describe(code C.int) string { return "libopus: " + C.GoString(C.opus_strerror(code)) }
