package wire

import (
	"image"
	"testing"
	"time"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/h264"
	"cutout/netvideo/codec/rtpvp8"
	"cutout/netvideo/codec/vp8"

	"github.com/pion/rtp/codecs"
)

// scripted writes packets as FuzzPackets reads them: number, time stamp, marker and
// length before each.
func scripted(ps []Packet) (script []byte) {
	for _, p := range ps {
		flags := byte(0)
		if p.Marker {
			flags = 1
		}
		script = append(script, byte(p.Seq>>8), byte(p.Seq), byte(p.Stamp>>8), byte(p.Stamp), flags, byte(len(p.Payload)))
		script = append(script, p.Payload...)
	}
	return script
}

// FuzzPackets: whatever payloads come under whatever numbers, they become frames, those
// are decoded or refused, and what is decoded is a picture.
func FuzzPackets(f *testing.F) {
	enc, err := vp8.NewEncoder(vp8.EncoderOptions{Width: 96, Height: 64, TemporalLayers: 2})
	if err != nil {
		f.Fatal(err)
	}
	fuzzPackets(f, VP8, enc, func(p codec.Packet) [][]byte {
		return rtpvp8.Payloads(p, AppendCaptured(nil, time.UnixMicro(1)), 250)
	}, func() codec.Decoder {
		dec, err := vp8.NewDecoder(vp8.DecoderOptions{})
		if err != nil {
			f.Fatal(err)
		}
		return dec
	})
}

// FuzzPacketsH264 is FuzzPackets for H.264.
func FuzzPacketsH264(f *testing.F) {
	enc, err := h264.NewEncoder(h264.EncoderOptions{Width: 96, Height: 64, Kbps: 200})
	if err != nil {
		f.Fatal(err)
	}
	payloader := &codecs.H264Payloader{}
	fuzzPackets(f, H264, enc, func(p codec.Packet) [][]byte { return payloader.Payload(250, p.Data) },
		func() codec.Decoder { return h264.NewDecoder() })
}

func fuzzPackets(f *testing.F, c Codec, enc codec.Encoder, payloads func(codec.Packet) [][]byte, decoder func() codec.Decoder) {
	defer enc.Close()
	var ps []Packet
	for n := range 6 {
		p, err := enc.Encode(picture(n), time.Duration(n+1)*33*time.Millisecond)
		if err != nil {
			f.Fatal(err)
		}
		parts := payloads(p)
		for i, part := range parts {
			ps = append(ps, Packet{Seq: uint16(65530 + len(ps)), Stamp: uint32(n * 3000), Marker: i == len(parts)-1, Payload: part})
		}
	}
	f.Add(scripted(ps))
	f.Add(scripted(append(ps[:1:1], ps[2:]...)))
	f.Add(scripted([]Packet{ps[1], ps[0], ps[2]}))
	f.Fuzz(func(t *testing.T, script []byte) {
		dec := decoder()
		defer dec.Close()
		a := NewAssembler(c)
		now := time.Unix(0, 0)
		var refs References
		left := 32 // pictures, so that large ones take no minutes
		emit := func(f Frame) {
			if refs.Take(&f) && left > 0 {
				left--
				data, _ := CutCaptured(f.Data)
				img, err := dec.Decode(data)
				if err != nil {
					refs = References{}
				}
				check(t, img)
			}
			a.Recycle(f.Data)
		}
		for len(script) >= 6 {
			n := min(int(script[5]), len(script)-6)
			p := Packet{Seq: uint16(script[0])<<8 | uint16(script[1]), Stamp: uint32(script[2])<<8 | uint32(script[3]),
				Marker: script[4]&1 != 0, Payload: script[6 : 6+n]}
			script = script[6+n:]
			now = now.Add(5 * time.Millisecond)
			a.Push(p, now, emit)
			a.Ask(nil, now)
		}
	})
}

func check(t *testing.T, img *image.YCbCr) {
	if img == nil {
		return
	}
	if w, h := img.Rect.Dx(), img.Rect.Dy(); w > codec.MaxWidth || h > codec.MaxHeight || len(img.Y) < (h-1)*img.YStride+w {
		t.Fatalf("a picture of %v with %d bytes", img.Rect, len(img.Y))
	}
}
