package vp8

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"time"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/codectest"

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

func TestEncoder(t *testing.T) {
	codectest.Encoder(t, codectest.Codec{
		New: func(w, h, fps, kbps int) (codec.Encoder, error) {
			return NewEncoder(EncoderOptions{Width: w, Height: h, FPS: fps, Kbps: kbps})
		},
		Decoder: func() (codec.Decoder, error) { return NewDecoder(DecoderOptions{}) },
		IsKey:   IsKey,
		KeySize: KeySize,
	})
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
		"layers":    {Width: 64, Height: 64, TemporalLayers: 3},
	} {
		if e, err := NewEncoder(o); err == nil {
			e.Close()
			t.Errorf("%s was taken", name)
		}
	}
}

// A picture in which nothing moves takes a part of the bits of one in which something
// does, and less time.
func TestStill(t *testing.T) {
	moving := codectest.Room(320, 240).Take(60)
	still := make([]*image.YCbCr, len(moving))
	for i := range still {
		still[i] = moving[0]
	}
	cost := func(pics []*image.YCbCr) (bytes int, took time.Duration) {
		e := newEncoder(t, EncoderOptions{Width: 320, Height: 240, Kbps: 500})
		for i, pic := range pics {
			begun := codectest.CPU()
			p := encode(t, e, pic, i)
			if i >= len(pics)/2 {
				bytes += len(p.Data)
				took += codectest.CPU() - begun
			}
		}
		return bytes, took
	}
	most, long := cost(moving)
	least, short := cost(still)
	t.Logf("moving: %d bytes, %v; still: %d bytes, %v", most, long, least, short)
	if least*4 > most || short > long {
		t.Error("a still picture costs too much")
	}
}

// TestKeyFrameTakesNoLongerOnAThinWay: at few pictures a second each may be larger, and a
// key frame hardly more than at many.
func TestKeyFrameTakesNoLongerOnAThinWay(t *testing.T) {
	pics := codectest.Fractal(640, 480).Take(60)
	size := func(fps int) time.Duration {
		e := newEncoder(t, EncoderOptions{Width: 640, Height: 480, Kbps: 250, FPS: 30})
		defer e.Close()
		if err := e.SetFrameRate(fps); err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			if i == 3*fps {
				e.ForceKeyFrame()
			}
			p, err := e.Encode(pics[(i*30/fps)%len(pics)], time.Duration(i+1)*time.Second/time.Duration(fps))
			if err != nil {
				t.Fatal(err)
			}
			if i == 3*fps {
				return time.Duration(float64(len(p.Data)*8) / 250e3 * float64(time.Second))
			}
		}
	}
	many := size(30)
	for _, fps := range []int{15, 10} {
		few := size(fps)
		t.Logf("a key frame takes %v at 30 pictures a second, %v at %d", many, few, fps)
		if few > many*3/2 {
			t.Errorf("at %d pictures a second it takes %v, at 30 %v", fps, few, many)
		}
	}
}

func TestDecoderRefuses(t *testing.T) {
	pics := codectest.Room(64, 64).Take(3)
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
	for i, pic := range codectest.Room(32, 32).Take(3) {
		data := encode(f, e, pic, i).Data
		f.Add(data, uint16(5), byte(0xff))
		f.Add(data[:len(data)/2], uint16(9), byte(1))
	}
	key := encode(f, newEncoder(f, EncoderOptions{Width: 48, Height: 32}), codectest.Room(48, 32).At(0), 1).Data
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
