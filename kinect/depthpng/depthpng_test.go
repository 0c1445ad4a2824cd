package depthpng_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"cutout/kinect"
	"cutout/kinect/depthpng"
)

// encoded is a picture's file.
func encoded(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// ramp has the value 7y+x at each pixel, at most limit.
func ramp(limit int) *image.Gray16 {
	m := image.NewGray16(image.Rect(0, 0, kinect.Width, kinect.Height))
	for y := range kinect.Height {
		for x := range kinect.Width {
			m.SetGray16(x, y, color.Gray16{Y: uint16(min(7*y+x, limit))})
		}
	}
	return m
}

func TestDecode(t *testing.T) {
	mm, err := depthpng.Millimetres(bytes.NewReader(encoded(t, ramp(65535))))
	if err != nil || len(mm) != kinect.Width*kinect.Height {
		t.Fatalf("%d values, %v", len(mm), err)
	}
	for i, v := range mm {
		if want := 7*(i/kinect.Width) + i%kinect.Width; int(v) != want {
			t.Fatalf("value %d is %d, want %d", i, v, want)
		}
	}
	if codes, err := depthpng.Codes(bytes.NewReader(encoded(t, ramp(kinect.NoDisparity)))); err != nil || codes[len(codes)-1] != kinect.NoDisparity {
		t.Errorf("codes: %v", err)
	}
}

func TestRefused(t *testing.T) {
	whole := encoded(t, ramp(3000))
	for name, c := range map[string]struct {
		file []byte
		says string
		kind bool
	}{
		"empty":      {nil, "empty", false},
		"no PNG":     {[]byte("P5 640 480 65535\n"), "no PNG", false},
		"cut":        {whole[:len(whole)/2], "damaged", false},
		"too long":   {append(whole[:len(whole):len(whole)], make([]byte, depthpng.MaxBytes)...), "larger", false},
		"8 bits":     {encoded(t, image.NewGray(image.Rect(0, 0, 640, 480))), "8-bit", true},
		"small":      {encoded(t, image.NewGray16(image.Rect(0, 0, 320, 240))), "320x240", true},
		"colours":    {encoded(t, image.NewRGBA(image.Rect(0, 0, 640, 480))), "colours", true},
		"huge claim": {claim(whole, 0x7fffffff), "2147483647", true},
	} {
		_, err := depthpng.Millimetres(bytes.NewReader(c.file))
		if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, depthpng.ErrKind) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := depthpng.Codes(bytes.NewReader(whole)); err == nil || !strings.Contains(err.Error(), "2048") {
		t.Errorf("codes above 2047: %v", err)
	}
}

// claim rewrites the header's width, with a checksum that fits.
func claim(file []byte, width uint32) []byte {
	out := bytes.Clone(file)
	binary.BigEndian.PutUint32(out[16:], width)
	binary.BigEndian.PutUint32(out[20:], 1)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// FuzzDecode: whatever the bytes, there are values of the right number or an error.
func FuzzDecode(f *testing.F) {
	whole := encoded(f, ramp(2047))
	f.Add(whole)
	f.Add(whole[:len(whole)/3])
	f.Add(claim(whole, 640))
	f.Add(claim(whole, 1<<31-1))
	f.Add(encoded(f, image.NewGray(image.Rect(0, 0, 640, 480))))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		values, err := depthpng.Decode(bytes.NewReader(file))
		if (err == nil) != (len(values) == kinect.Width*kinect.Height) {
			t.Errorf("%d values and %v", len(values), err)
		}
	})
}
