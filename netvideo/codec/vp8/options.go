package vp8

import (
	"errors"
	"fmt"

	"cutout/netvideo/codec"
)

// EncoderOptions configure an Encoder. The zero value of a field means its
// default.
type EncoderOptions struct {
	// Width and Height of the first picture, even, up to codec.MaxWidth by
	// codec.MaxHeight. Pictures of another size may follow.
	Width, Height int
	// FPS is the expected rate; it sets the length of the newest picture, which
	// rate control needs before the next has come. Default 30.
	FPS int
	// Kbps is the target in kbit/s. Default 700.
	Kbps int
	// TemporalLayers is 1, or 2 for a base of every second picture. Default 1.
	TemporalLayers int
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
	// MinQuantizer and MaxQuantizer, 0 (best) to 63. Defaults 2, WebRTC's for a camera,
	// and 63: with WebRTC's 56 a hard scene takes up to half more than the bit rate.
	MinQuantizer, MaxQuantizer int
	// KeyFrameEvery is the most pictures between two key frames. Default 3000:
	// whoever needs one asks for it.
	KeyFrameEvery int
}

// The speed that BenchmarkSpeeds in this package is for: the slowest that takes less
// than an eighth of a core for 640x480 at 30 pictures a second. From -6 on clean
// pictures lose 0.4 dB and more.
const (
	DefaultCPUUsed         = -5
	DefaultStaticThreshold = 100
)

// A key frame may take so many per cent of a picture's share of the bit rate for each
// picture a second: it is 0.3 s on its way then, at any frame rate. WebRTC's rule.
const maxIntraPercent = 30

func (o EncoderOptions) withDefaults() EncoderOptions {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.FPS, 30)
	def(&o.Kbps, 700)
	def(&o.TemporalLayers, 1)
	def(&o.CPUUsed, DefaultCPUUsed)
	def(&o.StaticThreshold, DefaultStaticThreshold)
	o.StaticThreshold = max(0, o.StaticThreshold)
	def(&o.Threads, 1)
	def(&o.MinQuantizer, 2)
	def(&o.MaxQuantizer, 63)
	def(&o.KeyFrameEvery, 3000)
	return o
}

func (o EncoderOptions) check() error {
	switch {
	case o.TemporalLayers != 1 && o.TemporalLayers != 2:
		return fmt.Errorf("%d temporal layers: 1 and 2 are possible", o.TemporalLayers)
	case o.CPUUsed < -16 || o.CPUUsed > 16:
		return fmt.Errorf("cpu-used %d: -16 to 16 are possible", o.CPUUsed)
	case o.MinQuantizer < 0 || o.MaxQuantizer > 63 || o.MinQuantizer > o.MaxQuantizer:
		return fmt.Errorf("quantizers %d to %d: 0 to 63 are possible", o.MinQuantizer, o.MaxQuantizer)
	case o.Threads < 1 || o.Threads > 16:
		return fmt.Errorf("%d threads: 1 to 16 are possible", o.Threads)
	case o.KeyFrameEvery < 1:
		return errors.New("at least one picture between key frames")
	}
	return errors.Join(codec.CheckSize(o.Width, o.Height), codec.CheckRates(o.Kbps, o.FPS))
}
