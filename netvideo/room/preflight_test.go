package room

import (
	"context"
	"errors"
	"image"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/sound"
)

func TestPreflight(t *testing.T) {
	_, _, _, _, pass := aParty(t)
	begun := time.Now()
	r := Preflight(context.Background(), PreflightOptions{
		Pass:   pass,
		Camera: func(context.Context) (*image.YCbCr, error) { return numbered(5, 640, 480), nil },
		Microphone: func(ctx context.Context, hear func([]float32)) error {
			for n := 0; ctx.Err() == nil; n++ {
				hear(testTone(n))
				time.Sleep(time.Millisecond)
			}
			return nil
		},
	})
	t.Logf("%+v", r)
	if took := time.Since(begun); took > PreflightTime+5*time.Second { // closing may wait for a busy server
		t.Errorf("it took %v", took)
	}
	if !r.Camera.OK() || r.Width != 640 || r.Height != 480 {
		t.Errorf("the camera: %+v, %dx%d", r.Camera, r.Width, r.Height)
	}
	if !r.Microphone.OK() || r.Level < 0.19 || r.Level > 0.21 {
		t.Errorf("the microphone: %+v, level %.2f", r.Microphone, r.Level)
	}
	if r.Network.Err != nil && !errors.Is(r.Network.Err, ErrNoLoop) { // a machine with much else to do
		t.Fatalf("the network: %+v", r.Network)
	}
	if r.Network.OK() && (r.FPS < 1 || r.Kbps <= 0 || r.SentKbps <= 0 || r.Latency <= 0 || r.Worst < r.Latency || r.FirstPicture <= 0 || r.Join <= 0) {
		t.Errorf("%+v", r)
	}
}

func TestPreflightSaysWhatIsWrong(t *testing.T) {
	broken := errors.New("unplugged")
	r := Preflight(context.Background(), PreflightOptions{
		Pass:       door.Pass{URL: "http://127.0.0.1:1", Token: token(t, "x", "Ada", netvideo.Publisher)},
		Camera:     func(context.Context) (*image.YCbCr, error) { return nil, broken },
		Microphone: func(context.Context, func([]float32)) error { return sound.ErrNoMicrophone },
	})
	if !errors.Is(r.Camera.Err, broken) || !errors.Is(r.Microphone.Err, sound.ErrNoMicrophone) || !errors.Is(r.Network.Err, netvideo.ErrUnreachable) {
		t.Errorf("%+v", r)
	}
	r = Preflight(context.Background(), PreflightOptions{
		Camera: func(context.Context) (*image.YCbCr, error) {
			return image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio420), nil
		},
		Microphone: func(ctx context.Context, hear func([]float32)) error {
			for ctx.Err() == nil {
				hear(make([]float32, 4800))
			}
			return nil
		},
	})
	if !errors.Is(r.Camera.Err, ErrDark) || !errors.Is(r.Microphone.Err, ErrSilent) || r.Network.Done || r.Network.OK() {
		t.Errorf("%+v", r)
	}
}
