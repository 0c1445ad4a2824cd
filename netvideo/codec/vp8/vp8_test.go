package vp8

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"time"

	"cutout/netvideo/codec"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const interval = time.Second / 30

func newEncoder(t testing.TB, o EncoderOptions) *Encoder {
	t.Helper()
	e, err := NewEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func newDecoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder(DecoderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func encode(t testing.TB, e *Encoder, img *image.YCbCr, i int) codec.Packet {
	t.Helper()
	p, err := e.Encode(img, time.Duration(i)*interval)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRoundTrip(t *testing.T) {
	for _, size := range [][2]int{{640, 480}, {320, 240}, {50, 34}} {
		w, h := size[0], size[1]
		pics := clip(w, h, 20)
		e, d := newEncoder(t, EncoderOptions{Width: w, Height: h, Kbps: 1500}), newDecoder(t)
		var first *image.YCbCr
		var firstY []byte
		var sum float64
		for i, pic := range pics {
			p := encode(t, e, pic, i)
			if len(p.Data) == 0 {
				t.Fatalf("%dx%d: picture %d took no bits", w, h, i)
			}
			if p.Key != IsKey(p.Data) || p.Key != (i == 0) {
				t.Fatalf("picture %d: key %v, header %v", i, p.Key, IsKey(p.Data))
			}
			got, err := d.Decode(p.Data)
			if err != nil || got == nil {
				t.Fatalf("picture %d: %v %v", i, got, err)
			}
			if got.Rect != pic.Rect || got.YStride != w || got.CStride != w/2 || len(got.Y) != w*h {
				t.Fatalf("picture %d is %v, strides %d %d", i, got.Rect, got.YStride, got.CStride)
			}
			if i == 0 {
				first, firstY = got, bytes.Clone(got.Y)
			}
			sum += psnr(pic, got)
		}
		if mean := sum / float64(len(pics)); mean < 30 {
			t.Errorf("%dx%d: mean PSNR %.2f dB, want at least 30", w, h, mean)
		} else {
			t.Logf("%dx%d: mean PSNR %.2f dB", w, h, mean)
		}
		if !bytes.Equal(first.Y, firstY) {
			t.Error("the first picture changed after it was handed out")
		}
	}
}

func TestKeyFrameOnDemand(t *testing.T) {
	pics := clip(320, 240, 20)
	e := newEncoder(t, EncoderOptions{Width: 320, Height: 240})
	for i, pic := range pics {
		if i == 7 || i == 13 {
			e.ForceKeyFrame()
		}
		p := encode(t, e, pic, i)
		if want := i == 0 || i == 7 || i == 13; p.Key != want {
			t.Errorf("picture %d: key %v, want %v", i, p.Key, want)
		}
		if p.Key { // a decoder that comes now sees it at once
			d := newDecoder(t)
			if got, err := d.Decode(p.Data); err != nil || psnr(pic, got) < 25 {
				t.Errorf("picture %d alone: %v", i, err)
			}
		}
	}
}

func TestBitRateFollows(t *testing.T) {
	pics := clip(320, 240, 60)
	e := newEncoder(t, EncoderOptions{Width: 320, Height: 240, Kbps: 800})
	at := 0
	kbps := func(want int, seconds int) float64 {
		if err := e.SetBitRate(want); err != nil {
			t.Fatal(err)
		}
		var bytes, counted int
		for i := range seconds * 30 {
			p := encode(t, e, pics[at%len(pics)], at)
			if at++; i >= 30 { // the first second settles
				bytes += len(p.Data)
				counted++
			}
		}
		return float64(bytes) * 8 / 1000 / (float64(counted) / 30)
	}
	for _, want := range []int{800, 300, 600} {
		got := kbps(want, 5)
		t.Logf("asked %d kbit/s, got %.0f", want, got)
		if got < 0.8*float64(want) || got > 1.2*float64(want) {
			t.Errorf("asked %d kbit/s, got %.0f", want, got)
		}
	}
	if e.SetBitRate(0) == nil || e.SetBitRate(1_000_000) == nil {
		t.Error("an impossible bit rate was taken")
	}
}

func TestSubImage(t *testing.T) {
	big := clip(200, 160, 1)[0]
	part := big.SubImage(image.Rect(20, 30, 84, 94)).(*image.YCbCr)
	e, d := newEncoder(t, EncoderOptions{Width: 64, Height: 64, Kbps: 4000}), newDecoder(t)
	got, err := d.Decode(encode(t, e, part, 0).Data)
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420)
	for y := range 64 {
		copy(want.Y[y*64:], part.Y[part.YOffset(20, 30+y):][:64])
	}
	if p := psnr(want, got); p < 25 {
		t.Errorf("the cut-out came back with %.1f dB", p)
	}
}

func TestEncoderRefuses(t *testing.T) {
	for name, o := range map[string]EncoderOptions{
		"odd":       {Width: 641, Height: 480},
		"zero":      {},
		"huge":      {Width: 1922, Height: 480},
		"quantizer": {Width: 64, Height: 64, MinQuantizer: 50, MaxQuantizer: 40},
		"cpu":       {Width: 64, Height: 64, CPUUsed: -17},
		"kbps":      {Width: 64, Height: 64, Kbps: -5},
		"threads":   {Width: 64, Height: 64, Threads: 99},
	} {
		if e, err := NewEncoder(o); err == nil {
			e.Close()
			t.Errorf("%s was taken", name)
		}
	}
	e := newEncoder(t, EncoderOptions{Width: 64, Height: 64})
	short := image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420)
	short.Cr = short.Cr[:10]
	for name, img := range map[string]*image.YCbCr{
		"an odd size":  image.NewYCbCr(image.Rect(0, 0, 33, 64), image.YCbCrSubsampleRatio420),
		"4:4:4":        image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio444),
		"odd origin":   image.NewYCbCr(image.Rect(1, 0, 65, 64), image.YCbCrSubsampleRatio420),
		"short planes": short,
	} {
		if _, err := e.Encode(img, interval); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	ok := image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420)
	encode(t, e, ok, 1)
	if _, err := e.Encode(ok, interval); err == nil {
		t.Error("the same time twice was taken")
	}
}

func TestClose(t *testing.T) {
	e := newEncoder(t, EncoderOptions{Width: 64, Height: 64})
	d := newDecoder(t)
	for range 2 {
		if e.Close() != nil || d.Close() != nil {
			t.Fatal("closing failed")
		}
	}
	img := image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420)
	if _, err := e.Encode(img, interval); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("encoding after Close: %v", err)
	}
	e.ForceKeyFrame()
	if _, err := d.Decode([]byte{0}); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("decoding after Close: %v", err)
	}
}

func TestDecoderRefuses(t *testing.T) {
	pics := clip(64, 64, 3)
	e := newEncoder(t, EncoderOptions{Width: 64, Height: 64})
	var packets [][]byte
	for i, pic := range pics {
		packets = append(packets, encode(t, e, pic, i).Data)
	}
	key := packets[0]
	huge := bytes.Clone(key)
	huge[6], huge[7] = 0xff, 0x3f
	empty := bytes.Clone(key)
	empty[6], empty[7] = 0, 0
	for name, data := range map[string][]byte{
		"nothing":        nil,
		"zeros":          make([]byte, 100),
		"text":           []byte("GET / HTTP/1.1"),
		"no key frame":   packets[1],
		"a cut header":   key[:8],
		"a cut picture":  key[:12],
		"a huge picture": huge,
		"an empty one":   empty,
	} {
		d := newDecoder(t)
		if img, err := d.Decode(data); !errors.Is(err, codec.ErrCorrupt) || img != nil {
			t.Errorf("%s: %v %v", name, img, err)
		}
		// It goes on with the next key frame.
		if img, err := d.Decode(key); err != nil || img == nil {
			t.Errorf("after %s: %v", name, err)
		}
		if img, err := d.Decode(packets[1]); err != nil || img == nil {
			t.Errorf("two after %s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	e := newEncoder(f, EncoderOptions{Width: 32, Height: 32, Kbps: 100})
	for i, pic := range clip(32, 32, 3) {
		data := encode(f, e, pic, i).Data
		f.Add(data, uint16(5), byte(0xff))
		f.Add(data[:len(data)/2], uint16(9), byte(1))
	}
	key := encode(f, newEncoder(f, EncoderOptions{Width: 48, Height: 32}), clip(48, 32, 1)[0], 1).Data
	f.Fuzz(func(t *testing.T, data []byte, at uint16, flip byte) {
		d := newDecoder(t)
		hurt := bytes.Clone(key)
		hurt[int(at)%len(hurt)] ^= flip
		for _, p := range [][]byte{data, key, data, hurt, data, key} {
			img, err := d.Decode(p)
			if err != nil && img != nil {
				t.Fatal("both a picture and an error")
			}
			if img != nil && (len(img.Y) != img.Rect.Dx()*img.Rect.Dy() || len(img.Cb) != len(img.Y)/4) {
				t.Fatalf("a picture of %v with planes of %d and %d", img.Rect, len(img.Y), len(img.Cb))
			}
			if bytes.Equal(p, key) && (err != nil || img == nil) {
				t.Fatalf("a sound key frame was refused: %v", err)
			}
		}
		d.Close()
	})
}
