package codectest

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"time"

	"cutout/netvideo/codec"
)

// A Codec is what Encoder tests.
type Codec struct {
	New     func(width, height, fps, kbps int) (codec.Encoder, error)
	Decoder func() (codec.Decoder, error)
	// IsKey and KeySize are the codec's own reading of a packet.
	IsKey   func(data []byte) bool
	KeySize func(data []byte) (width, height int, err error)
}

// Encoder tests that an encoder and its decoder keep the promises of codec.Encoder and
// codec.Decoder.
func Encoder(t *testing.T, c Codec) {
	t.Run("round trip", c.roundTrip)
	t.Run("key frame on demand", c.keyFrames)
	t.Run("bit rate", c.bitRate)
	t.Run("frame rate", c.frameRate)
	t.Run("pause", c.pause)
	t.Run("size", c.sizes)
	t.Run("rest", c.rests)
	t.Run("part of a picture", c.part)
	t.Run("refusals", c.refusals)
	t.Run("allocations", c.allocations)
	t.Run("leaks", c.leaks)
}

// run encodes and decodes with a clock of 30 pictures a second.
type run struct {
	*testing.T
	codec.Encoder
	codec.Decoder
	at   time.Duration
	step time.Duration
}

func (c Codec) start(t *testing.T, w, h, fps, kbps int) *run {
	t.Helper()
	e, err := c.New(w, h, fps, kbps)
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Decoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(); d.Close() })
	return &run{t, e, d, 0, time.Second / time.Duration(fps)}
}

// both encodes a picture and decodes it again.
func (r *run) both(img *image.YCbCr) (codec.Packet, *image.YCbCr) {
	r.Helper()
	r.at += r.step
	p, err := r.Encode(img, r.at)
	if err != nil || len(p.Data) == 0 {
		r.Fatalf("a picture took %d bytes: %v", len(p.Data), err)
	}
	got, err := r.Decode(p.Data)
	if err != nil || got == nil {
		r.Fatalf("a picture came back as %v: %v", got, err)
	}
	if got.Rect.Size() != img.Rect.Size() || p.Width != got.Rect.Dx() || p.Height != got.Rect.Dy() {
		r.Fatalf("%v came back as %v, said to be %dx%d", img.Rect, got.Rect, p.Width, p.Height)
	}
	return p, got
}

func (c Codec) roundTrip(t *testing.T) {
	for _, size := range [][2]int{{320, 240}, {50, 34}} {
		r := c.start(t, size[0], size[1], 30, 1500)
		var first *image.YCbCr
		var firstY []byte
		var sum float64
		var last codec.Packet
		for i, pic := range Room(size[0], size[1]).Take(20) {
			p, got := r.both(pic)
			if p.Key != c.IsKey(p.Data) || p.Key != (i == 0) {
				t.Fatalf("picture %d: key %v, header %v", i, p.Key, c.IsKey(p.Data))
			}
			if got.YStride != size[0] || got.CStride != size[0]/2 || len(got.Y) != size[0]*size[1] || got.Rect.Min != (image.Point{}) {
				t.Fatalf("picture %d is not tight: %v, strides %d %d", i, got.Rect, got.YStride, got.CStride)
			}
			if i == 0 {
				first, firstY = got, bytes.Clone(got.Y)
			} else if p.PictureID != (last.PictureID+1)&0x7fff || p.TL0PicIdx != last.TL0PicIdx+1 || p.TID != 0 || p.TemporalLayers != 1 {
				t.Errorf("%+v after %+v", p, last)
			}
			last = p
			last.Data = nil
			sum += PSNR(pic, got)
		}
		if sum/20 < 30 {
			t.Errorf("%v: mean PSNR %.2f dB, want at least 30", size, sum/20)
		}
		if !bytes.Equal(first.Y, firstY) {
			t.Error("the first picture changed after it was handed out")
		}
	}
}

func (c Codec) keyFrames(t *testing.T) {
	r := c.start(t, 320, 240, 30, 700)
	for i, pic := range Room(320, 240).Take(20) {
		ask := i == 7 || i == 8 || i == 13
		if ask {
			r.ForceKeyFrame()
		}
		p, _ := r.both(pic)
		if p.Key != (ask || i == 0) {
			t.Errorf("picture %d: key %v", i, p.Key)
		}
		if !p.Key {
			continue
		}
		d, err := c.Decoder() // one that comes now sees it at once
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Decode(p.Data); err != nil || PSNR(pic, got) < 25 {
			t.Errorf("picture %d alone: %v", i, err)
		}
		d.Close()
	}
}

// kbps encodes pictures for some seconds and returns the bit rate after the first two, and
// how many key frames there were.
func (r *run) kbps(pics []*image.YCbCr, seconds int) (kbps float64, keys int) {
	r.Helper()
	perSecond := int(time.Second / r.step)
	sum := 0
	for i := range seconds * perSecond {
		p, _ := r.both(pics[i%len(pics)])
		if p.Key {
			keys++
		}
		if i >= 2*perSecond {
			sum += len(p.Data)
		}
	}
	return float64(sum) * 8 / 1000 / float64(seconds-2), keys
}

func (c Codec) bitRate(t *testing.T) {
	pics := Room(320, 240).Take(60)
	r := c.start(t, 320, 240, 30, 800)
	for i, want := range []int{800, 300, 600} {
		if err := r.SetBitRate(want); err != nil {
			t.Fatal(err)
		}
		got, keys := r.kbps(pics, 6)
		t.Logf("asked %d kbit/s, got %.0f", want, got)
		if got < 0.93*float64(want) || got > 1.07*float64(want) {
			t.Errorf("asked %d kbit/s, got %.0f", want, got)
		}
		if i > 0 && keys > 0 {
			t.Errorf("%d key frames came with another bit rate", keys)
		}
	}
	if r.SetBitRate(0) == nil || r.SetBitRate(1_000_000) == nil {
		t.Error("an impossible bit rate was taken")
	}
}

func (c Codec) frameRate(t *testing.T) {
	pics := Room(320, 240).Take(60)
	r := c.start(t, 320, 240, 30, 300)
	for i, fps := range []int{30, 15, 7, 30} {
		if err := r.SetFrameRate(fps); err != nil {
			t.Fatal(err)
		}
		r.step = time.Second / time.Duration(fps)
		got, keys := r.kbps(pics, 8)
		t.Logf("asked 300 kbit/s of %d pictures a second, got %.0f", fps, got)
		if got < 0.93*300 || got > 1.07*300 {
			t.Errorf("asked 300 kbit/s of %d pictures a second, got %.0f", fps, got)
		}
		if i > 0 && keys > 0 {
			t.Errorf("%d key frames came with another frame rate", keys)
		}
	}
	if r.SetFrameRate(0) == nil || r.SetFrameRate(1000) == nil {
		t.Error("an impossible frame rate was taken")
	}
}

// pause: after ten seconds without a picture the next is no larger than after one.
func (c Codec) pause(t *testing.T) {
	pics := Room(320, 240).Take(60)
	r := c.start(t, 320, 240, 30, 500)
	r.kbps(pics, 3)
	r.ForceKeyFrame()
	usual, _ := r.both(pics[0])
	r.kbps(pics, 3)
	r.at += 10 * time.Second
	r.ForceKeyFrame()
	late, _ := r.both(pics[0])
	t.Logf("key frames of %d bytes, and %d after a pause", len(usual.Data), len(late.Data))
	if len(late.Data) > 3*len(usual.Data) {
		t.Errorf("a key frame took %d bytes, and %d after a pause", len(usual.Data), len(late.Data))
	}
}

func (c Codec) sizes(t *testing.T) {
	r := c.start(t, 320, 240, 30, 500)
	var last codec.Packet
	for _, size := range [][2]int{{320, 240}, {160, 120}, {640, 360}, {320, 240}, {240, 320}, {96, 64}} {
		for i, pic := range Room(size[0], size[1]).Take(4) {
			p, got := r.both(pic)
			if p.Key != (i == 0) {
				t.Errorf("%v, picture %d: key %v", size, i, p.Key)
			}
			if w, h, err := c.KeySize(p.Data); p.Key && (err != nil || w != size[0] || h != size[1]) {
				t.Errorf("%v is %dx%d by its header, %v", size, w, h, err)
			}
			if last.Data != nil && p.PictureID != (last.PictureID+1)&0x7fff {
				t.Errorf("picture %d after %d", p.PictureID, last.PictureID)
			}
			if psnr := PSNR(pic, got); psnr < 22 {
				t.Errorf("%v, picture %d: %.1f dB", size, i, psnr)
			}
			last = p
		}
	}
}

func (c Codec) rests(t *testing.T) {
	r := c.start(t, 96, 64, 30, 200)
	pic := Room(96, 64).At(0)
	first, _ := r.both(pic)
	r.Rest()
	r.Rest()
	if err := r.SetBitRate(300); err != nil {
		t.Error(err)
	}
	p, _ := r.both(pic)
	if !p.Key || p.PictureID != (first.PictureID+1)&0x7fff {
		t.Errorf("after a rest: key %v, picture %d after %d", p.Key, p.PictureID, first.PictureID)
	}
}

func (c Codec) part(t *testing.T) {
	whole := Room(200, 160).At(0)
	part := whole.SubImage(image.Rect(20, 30, 84, 94)).(*image.YCbCr)
	_, got := c.start(t, 64, 64, 30, 4000).both(part)
	if psnr := PSNR(part, got); psnr < 25 {
		t.Errorf("the part came back with %.1f dB", psnr)
	}
}

func (c Codec) refusals(t *testing.T) {
	r := c.start(t, 64, 64, 30, 500)
	short := codec.NewPicture(64, 64)
	short.Cr = short.Cr[:10]
	for name, img := range map[string]*image.YCbCr{
		"an odd size":  image.NewYCbCr(image.Rect(0, 0, 33, 64), image.YCbCrSubsampleRatio420),
		"nothing":      image.NewYCbCr(image.Rect(0, 0, 0, 0), image.YCbCrSubsampleRatio420),
		"huge":         {Rect: image.Rect(0, 0, 1<<20, 1<<20), YStride: 1 << 20, CStride: 1 << 19, SubsampleRatio: image.YCbCrSubsampleRatio420},
		"4:4:4":        image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio444),
		"odd origin":   image.NewYCbCr(image.Rect(1, 0, 65, 64), image.YCbCrSubsampleRatio420),
		"short planes": short,
	} {
		if _, err := r.Encode(img, time.Second); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	img := codec.NewPicture(64, 64)
	r.both(img)
	if _, err := r.Encode(img, r.at); err == nil {
		t.Error("the same time twice was taken")
	}
	for range 2 {
		if r.Encoder.Close() != nil || r.Decoder.Close() != nil {
			t.Fatal("closing failed")
		}
	}
	if _, err := r.Encode(img, 2*time.Second); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("encoding after Close: %v", err)
	}
	r.ForceKeyFrame()
	r.Rest()
	if _, err := r.Decode([]byte{0}); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("decoding after Close: %v", err)
	}
}

// allocations: a packet is one, a picture two, its planes and what describes them.
func (c Codec) allocations(t *testing.T) {
	r := c.start(t, 96, 64, 30, 200)
	pics := Room(96, 64).Take(30)
	i := 0
	got := testing.AllocsPerRun(100, func() {
		r.both(pics[i%len(pics)])
		i++
	})
	if got > 3 {
		t.Errorf("%.1f allocations to encode and decode a picture, want 3", got)
	}
}

// leaks: encoders and decoders that come and go, change size and rest, and are given
// hurt pictures, leave nothing behind. A round holds some 400 kB at least.
func (c Codec) leaks(t *testing.T) {
	large, small := Room(320, 240).Take(2), Room(96, 64).Take(2)
	Leak(t, 60, func(i int) {
		e, err := c.New(320, 240, 30, 500)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		d, err := c.Decoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for k, pic := range []*image.YCbCr{large[0], large[1], small[0], small[1], large[0]} {
			p, err := e.Encode(pic, time.Duration(k+1)*time.Second/30)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = d.Decode(Hurt(p.Data, 5*i+k))
			if k == 3 {
				e.Rest()
			}
			if got, err := d.Decode(p.Data); p.Key && (err != nil || got == nil) {
				t.Fatalf("round %d: a sound key frame after a hurt one: %v", i, err)
			}
		}
	})
}
