package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/vp8"
)

func TestCaptureTimeTravels(t *testing.T) {
	at := time.UnixMicro(1_790_000_123_456_789)
	body := []byte("a picture LKTS")
	whole := AppendCaptured(bytes.Clone(body), at)
	if len(whole) != len(body)+trailerLength {
		t.Errorf("the trailer takes %d bytes", len(whole)-len(body))
	}
	if got, captured := CutCaptured(whole); !bytes.Equal(got, body) || !captured.Equal(at) {
		t.Errorf("%q, %v", got, captured)
	}
	if got := AppendCaptured(body, time.Time{}); !bytes.Equal(got, body) {
		t.Errorf("no time made %q", got)
	}
	for _, bad := range []string{"", "LKTS", "xLKTS", "\xf0LKTS", "ab\xf8LKTS", strings.Repeat("x", 40)} {
		if got, captured := CutCaptured([]byte(bad)); string(got) != bad || !captured.IsZero() {
			t.Errorf("%q: %q, %v", bad, got, captured)
		}
	}
}

// A decoder that knows nothing of the trailer gets the same picture.
func TestTrailerLeavesThePictureAlone(t *testing.T) {
	e, err := vp8.NewEncoder(vp8.EncoderOptions{Width: 96, Height: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var decoders [2]*vp8.Decoder
	for i := range decoders {
		if decoders[i], err = vp8.NewDecoder(vp8.DecoderOptions{}); err != nil {
			t.Fatal(err)
		}
		defer decoders[i].Close()
	}
	for n := range 20 {
		p, err := e.Encode(picture(n), time.Duration(n+1)*33*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		plain, err1 := decoders[0].Decode(p.Data)
		stamped, err2 := decoders[1].Decode(AppendCaptured(bytes.Clone(p.Data), time.Now()))
		if err1 != nil || err2 != nil || !bytes.Equal(plain.Y, stamped.Y) || !bytes.Equal(plain.Cb, stamped.Cb) {
			t.Fatalf("picture %d: %v %v", n, err1, err2)
		}
	}
}

func FuzzCutCaptured(f *testing.F) {
	f.Add(AppendCaptured([]byte("picture"), time.UnixMicro(1)))
	f.Add([]byte("\xfe\xf7\xff\xff\xff\xff\xff\xff\xff\xfe\xfd\xfb\x01\x02\x03\x04\xeaLKTS"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rest, at := CutCaptured(b)
		if !bytes.HasPrefix(b, rest) || (len(rest) == len(b) && !at.IsZero()) {
			t.Fatalf("%q became %q, %v", b, rest, at)
		}
	})
}

func FuzzParseToken(f *testing.F) {
	for _, body := range []string{
		`{"sub":"a#1","name":"Ada","exp":1,"metadata":"{\"role\":\"publisher\"}","video":{"roomJoin":true,"room":"x"}}`,
		`{"sub":"a","video":{"roomJoin":true,"room":"x","canPublish":false}}`, `{"video":null}`, `[]`,
	} {
		f.Add("h." + base64.RawURLEncoding.EncodeToString([]byte(body)) + ".s")
	}
	f.Add("..")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseToken(s)
		if err != nil {
			if !errors.Is(err, netvideo.ErrTokenInvalid) {
				t.Fatal(err)
			}
			return
		}
		if c.Identity == "" || c.Session == "" || !c.Vouched.Role.Valid() {
			t.Fatalf("%+v", c)
		}
	})
}

// picture is the nth of some pictures of 96x64.
func picture(n int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, 96, 64), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = uint8(100 + i%96 + i/96*n)
	}
	return img
}
