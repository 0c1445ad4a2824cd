package h264

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
	d := NewDecoder()
	t.Cleanup(func() { d.Close() })
	return d
}

func encode(t testing.TB, e *Encoder, img *image.YCbCr, i int) codec.Packet {
	t.Helper()
	p, err := e.Encode(img, time.Duration(i)*time.Second/30)
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
		Decoder: func() (codec.Decoder, error) { return NewDecoder(), nil },
		IsKey:   IsKey,
		KeySize: KeySize,
	})
}

func TestEncoderRefuses(t *testing.T) {
	for name, o := range map[string]EncoderOptions{
		"odd":     {Width: 641, Height: 480},
		"zero":    {},
		"small":   {Width: 14, Height: 64},
		"huge":    {Width: 1922, Height: 480},
		"kbps":    {Width: 64, Height: 64, Kbps: -5},
		"threads": {Width: 64, Height: 64, Threads: 99},
	} {
		if e, err := NewEncoder(o); err == nil {
			e.Close()
			t.Errorf("%s was taken", name)
		}
	}
}

// stream is a few access units of a small clip.
func stream(t testing.TB, n int) [][]byte {
	e := newEncoder(t, EncoderOptions{Width: 64, Height: 48, Kbps: 200})
	var out [][]byte
	for i, pic := range codectest.Room(64, 48).Take(n) {
		out = append(out, encode(t, e, pic, i).Data)
	}
	return out
}

func TestDecoderRefuses(t *testing.T) {
	au := stream(t, 3)
	key := au[0]
	for name, data := range map[string][]byte{
		"nothing":          nil,
		"zeros":            make([]byte, 100),
		"text":             []byte("GET / HTTP/1.1"),
		"no key frame":     au[1],
		"a start code":     {0, 0, 0, 1},
		"half a key frame": key[:len(key)/2],
		"a huge picture":   append([]byte{0, 0, 0, 1}, hugeSPS()...),
		"too many bytes":   append(bytes.Clone(key), make([]byte, maxAccessUnit)...),
	} {
		d := newDecoder(t)
		if img, err := d.Decode(data); !errors.Is(err, codec.ErrCorrupt) || img != nil {
			t.Errorf("%s: %v %v", name, img, err)
		}
		for i, data := range au { // it goes on with the next key frame
			if img, err := d.Decode(data); err != nil || img == nil {
				t.Errorf("%d after %s: %v", i, name, err)
			}
		}
	}
}

// hugeSPS declares 65536x65536, baseline.
func hugeSPS() []byte {
	w := &bitWriter{}
	w.put(66, 8)
	w.put(0xc01e, 16)
	for _, v := range []uint{0, 0, 0, 0, 1} { // id, frame number, order type and bits, reference frames
		w.ue(v)
	}
	w.put(0, 1)
	w.ue(4095)
	w.ue(4095)
	w.put(1, 1) // frames
	w.put(1, 1)
	w.put(0, 2) // no crop, no more
	w.put(1, 1)
	return append([]byte{0x67}, w.bytes()...)
}

// bitWriter writes what bits reads, without emulation prevention.
type bitWriter struct{ b []bool }

func (w *bitWriter) put(v uint, n int) {
	for i := n - 1; i >= 0; i-- {
		w.b = append(w.b, v>>i&1 == 1)
	}
}

func (w *bitWriter) ue(v uint) {
	n := 0
	for (v+1)>>(n+1) > 0 {
		n++
	}
	w.put(0, n)
	w.put(v+1, n+1)
}

func (w *bitWriter) bytes() []byte {
	out := make([]byte, (len(w.b)+7)/8)
	for i, b := range w.b {
		if b {
			out[i/8] |= 0x80 >> (i % 8)
		}
	}
	return out
}

func TestParameterSet(t *testing.T) {
	for _, size := range [][2]int{{64, 48}, {640, 480}, {320, 180}, {1920, 1080}, {50, 34}} {
		e := newEncoder(t, EncoderOptions{Width: size[0], Height: size[1]})
		p := encode(t, e, codec.NewPicture(size[0], size[1]), 0)
		if w, h, err := KeySize(p.Data); err != nil || w != size[0] || h != size[1] {
			t.Errorf("%v came back as %dx%d, %v", size, w, h, err)
		}
		e.Close()
	}
	if _, _, err := KeySize(append([]byte{0, 0, 1}, hugeSPS()...)); !errors.Is(err, codec.ErrCorrupt) {
		t.Errorf("a huge picture: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	au := stream(f, 4)
	for _, data := range au {
		f.Add(data, uint16(5), byte(0xff))
		f.Add(data[:len(data)/2], uint16(40), byte(1))
	}
	f.Add(append([]byte{0, 0, 0, 1}, hugeSPS()...), uint16(9), byte(7))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, flip byte) {
		d := NewDecoder()
		defer d.Close()
		hurt := bytes.Clone(au[1])
		hurt[int(at)%len(hurt)] ^= flip
		for _, p := range [][]byte{data, au[0], data, hurt, data, au[0]} {
			img, err := d.Decode(p)
			if err != nil && img != nil {
				t.Fatal("both a picture and an error")
			}
			if img != nil && (img.Rect.Dx() > codec.MaxWidth || img.Rect.Dy() > codec.MaxHeight) {
				t.Fatalf("a picture of %v", img.Rect)
			}
		}
	})
}

func FuzzParameterSet(f *testing.F) {
	f.Add(stream(f, 1)[0])
	f.Add(append([]byte{0, 0, 1}, hugeSPS()...))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, err := KeySize(data)
		if err == nil && (w < 1 || h < 1 || w > codec.MaxWidth || h > codec.MaxHeight) {
			t.Fatalf("%dx%d", w, h)
		}
		if IsKey(data) && len(data) < 4 {
			t.Fatal("a key frame in three bytes")
		}
	})
}
