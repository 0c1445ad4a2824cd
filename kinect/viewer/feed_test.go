package viewer

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/kinect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A still is a source that gives its images and then ends with err.
type still struct {
	images []kinect.Image
	err    error
	status kinect.Status
}

func (s *still) Next(ctx context.Context) (kinect.Image, error) {
	if len(s.images) == 0 {
		if s.err == nil {
			<-ctx.Done()
			return kinect.Image{}, ctx.Err()
		}
		return kinect.Image{}, s.err
	}
	img := s.images[0]
	s.images = s.images[1:]
	return img, nil
}
func (s *still) Calibration() kinect.Calibration { return kinect.DefaultCalibration() }
func (s *still) Status() kinect.Status           { return s.status }
func (s *still) Close() error                    { return nil }

func depthImage(code uint16) kinect.Image {
	codes := make([]uint16, pixels)
	for i := range codes {
		codes[i] = code
	}
	return kinect.Image{Depth: &kinect.DepthFrame{Codes: codes, Clock: 2_000_000, At: time.Now()}}
}

func bayerImage() kinect.Image {
	p := make([]byte, pixels)
	for i := range p {
		p[i] = 128
	}
	return kinect.Image{Video: &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: p, Clock: 1_400_000, At: time.Now()}}
}

func infraredImage(w, h int) kinect.Image {
	return kinect.Image{Video: &kinect.VideoFrame{Format: kinect.Infrared, Width: w, Height: h, Intensity: make([]uint16, w*h), At: time.Now()}}
}

// shows feeds images to a view and returns the picture.
func shows(v View, images ...kinect.Image) (*feed, *picture) {
	f := newFeed(&still{}, nil)
	f.view.Store(uint32(v))
	for _, img := range images {
		f.take(img)
	}
	return f, f.newest.Load()
}

func TestFeedPaintsTheView(t *testing.T) {
	_, p := shows(Depth, bayerImage(), depthImage(800))
	if p == nil || p.view != Depth || p.mm[0] < 1150 || p.mm[0] > 1250 || at(p.pixels, 3, 3) != newPalette().at(p.mm[0]) {
		t.Fatalf("depth is %+v", p)
	}
	if _, p = shows(Colour, depthImage(800), bayerImage()); p == nil || p.view != Colour || p.mm == nil {
		t.Fatalf("colour is %+v", p)
	}
	_, p = shows(Overlay, bayerImage(), depthImage(800))
	if p == nil || p.view != Overlay || p.between != 10*time.Millisecond {
		t.Fatalf("overlay is %+v", p)
	}
	if _, p = shows(Infrared, depthImage(800), infraredImage(640, 488)); p == nil || p.height != 488 || p.mm == nil {
		t.Fatalf("infrared is %+v", p)
	}
	if _, p = shows(Infrared, infraredImage(1280, 1024)); p == nil || p.width != 1280 {
		t.Fatalf("large infrared is %+v", p)
	}
}

func TestFeedWaitsForWhatTheViewNeeds(t *testing.T) {
	for v, images := range map[View][]kinect.Image{
		Depth:    {bayerImage()},
		Colour:   {depthImage(800), infraredImage(640, 488)},
		Overlay:  {depthImage(800), infraredImage(640, 488), depthImage(800)},
		Infrared: {depthImage(800), bayerImage()},
	} {
		if f, p := shows(v, images...); p != nil || f.has[v].Load() {
			t.Errorf("%v shows %+v of images that it can't be made of", v, p)
		}
	}
}

// TestFeedEnds: the end of a source is none of an error; trouble is.
func TestFeedEnds(t *testing.T) {
	f := newFeed(&still{images: []kinect.Image{depthImage(700)}, err: io.EOF}, nil)
	if err := f.run(t.Context()); err != nil || f.newest.Load() == nil {
		t.Errorf("the end of a recording is %v; the picture is %v", err, f.newest.Load())
	}
	broken := errors.New("broken")
	if err := newFeed(&still{err: broken}, nil).run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("a broken source is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newFeed(&still{}, nil).run(ctx); err != nil {
		t.Errorf("the end of the window is %v", err)
	}
}

func TestRates(t *testing.T) {
	s := &still{}
	f := newFeed(s, nil)
	now := time.Now()
	f.rates(now)
	s.status.Depth.Frames, s.status.Video.Frames = 30, 15
	if d, v := f.rates(now.Add(time.Second)); d != 30 || v != 15 {
		t.Errorf("30 and 15 frames in a second are %g and %g", d, v)
	}
}

func TestParseView(t *testing.T) {
	for v := range numViews {
		if got, err := ParseView(v.String()); err != nil || got != v {
			t.Errorf("%v is read as %v, %v", v, got, err)
		}
	}
	if _, err := ParseView("x-ray"); err == nil {
		t.Error("there is no x-ray")
	}
}

// TestWindowSwitchesTheCamera: a view that needs another video mode asks for it, once
// the worker is free; one that the source can't give says so.
func TestWindowSwitchesTheCamera(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan kinect.VideoMode, 8)
	w, err := newWindow(ctx, Options{Source: &still{}, SetVideo: func(_ context.Context, m kinect.VideoMode) error {
		asked <- m
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	ended := w.start(ctx)
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		view View
		want kinect.VideoMode
	}{{Infrared, kinect.VideoInfrared}, {Overlay, kinect.VideoBayer}, {Depth, kinect.VideoOff}, {Infrared, kinect.VideoInfrared}, {Colour, kinect.VideoBayer}} {
		w.look(c.view)
		if (w.wanted != nil) != (c.want != kinect.VideoOff) {
			t.Fatalf("%v: asks for a mode: %v", c.view, w.wanted != nil)
		}
		if w.wanted == nil {
			continue
		}
		for !w.do(w.wanted) {
			time.Sleep(time.Millisecond)
		}
		if got := <-asked; got != c.want {
			t.Errorf("%v: asked for %v, want %v", c.view, got, c.want)
		}
		for w.noticeNow() == "" {
			time.Sleep(time.Millisecond)
		}
		w.until = time.Time{}
	}

	plain, err := newWindow(ctx, Options{Source: &still{}})
	if err != nil {
		t.Fatal(err)
	}
	if plain.look(Infrared); plain.wanted != nil || plain.noticeNow() == "" {
		t.Error("a source without infrared does not say so")
	}
	if plain.tilt(3); plain.noticeNow() != "This sensor can't be tilted." {
		t.Errorf("a sensor without motor says %q", plain.noticeNow())
	}
}
