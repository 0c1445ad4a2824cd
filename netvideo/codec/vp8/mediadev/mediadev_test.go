package mediadev

import (
	"errors"
	"image"
	"io"
	"testing"

	"cutout/netvideo/codec/vp8"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEncodesForMediadevices(t *testing.T) {
	n := 0
	from := video.ReaderFunc(func() (image.Image, func(), error) {
		n++
		img := image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio420)
		for i := range img.Y {
			img.Y[i] = uint8(i + n*7)
		}
		return img, func() {}, nil
	})
	var b codec.VideoEncoderBuilder = Params{vp8.EncoderOptions{Kbps: 200}}
	if c := b.RTPCodec(); c.MimeType != "video/VP8" || c.ClockRate != 90_000 {
		t.Errorf("%+v", c)
	}
	e, err := b.BuildVideoEncoder(from, prop.Media{Video: prop.Video{Width: 64, Height: 48, FrameRate: 30}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := vp8.NewDecoder(vp8.DecoderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 10 {
		if i == 5 {
			if err := e.Controller().(codec.KeyFrameController).ForceKeyFrame(); err != nil {
				t.Fatal(err)
			}
			if err := e.Controller().(codec.BitRateController).SetBitRate(300_000); err != nil {
				t.Fatal(err)
			}
		}
		data, release, err := e.Read()
		if err != nil {
			t.Fatal(err)
		}
		if key := vp8.IsKey(data); key != (i == 0 || i == 5) {
			t.Errorf("picture %d: key %v", i, key)
		}
		if img, err := d.Decode(data); err != nil || img.Rect.Dx() != 64 {
			t.Errorf("picture %d: %v", i, err)
		}
		release()
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := e.Read(); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
}
