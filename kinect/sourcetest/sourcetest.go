// Package sourcetest checks that a kinect.Source keeps its promises. Every Source's
// tests call Run.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"image"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/kinect"
)

const (
	// patience is how long a source may take for what it should do at once; only a
	// source that hangs needs as long.
	patience = 30 * time.Second
	// frames is how many frames a check reads, and kept how many of them it keeps
	// while it reads on.
	frames = 8
	kept   = 4
)

// Run checks the Source which open makes: the sizes of its frames, their order in
// time, that they stay as they are after they were handed on, that Next gives up
// when its context does, that a closed Source has ended, and that nothing is left
// running. open is called once for each check and closes nothing; it must give a
// Source of at least one depth frame. Run must not run beside parallel tests, whose
// goroutines it would take for leaks.
func Run(t *testing.T, open func(t *testing.T) kinect.Source) {
	t.Helper()
	for _, check := range []struct {
		name string
		run  func(testing.TB, kinect.Source)
	}{
		{"Sizes", sizes},
		{"Order", order},
		{"Unchanged", unchanged},
		{"Status", status},
		{"Cancel", cancelled},
		{"CloseTwice", closeTwice},
		{"CloseWhileWaiting", closeWhileWaiting},
	} {
		t.Run(check.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			s := open(t)
			check.run(t, s)
			if err := within(s.Close); err != nil {
				t.Errorf("Close: %v", err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}

// read takes up to n frames; fewer only when the source ends.
func read(t testing.TB, s kinect.Source, n int, each func(kinect.Image)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for i := range n {
		img, err := s.Next(ctx)
		if errors.Is(err, io.EOF) && i > 0 {
			return
		}
		if err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
		each(img)
	}
}

func sizes(t testing.TB, s kinect.Source) {
	read(t, s, frames, func(img kinect.Image) {
		if (img.Depth == nil) == (img.Video == nil) {
			t.Fatalf("an image has depth %v and video %v; want exactly one", img.Depth != nil, img.Video != nil)
		}
		if d := img.Depth; d != nil {
			checkDepth(t, d)
		}
		if v := img.Video; v != nil {
			checkVideo(t, v)
		}
	})
}

func checkDepth(t testing.TB, d *kinect.DepthFrame) {
	t.Helper()
	if len(d.Codes) != kinect.Width*kinect.Height {
		t.Fatalf("a depth frame has %d codes, want %d", len(d.Codes), kinect.Width*kinect.Height)
	}
	most := uint16(kinect.NoDisparity)
	if d.Mode == kinect.Depth10Bit {
		most = kinect.NoDisparity10
	}
	for i, c := range d.Codes {
		if c > most {
			t.Fatalf("code %d of a depth frame in mode %v is %d, more than %d", i, d.Mode, c, most)
		}
	}
	if d.Mode >= kinect.DepthOff {
		t.Errorf("a depth frame is of mode %v", d.Mode)
	}
	checkQuality(t, d.Quality, kinect.Height)
	if d.At.IsZero() {
		t.Error("a depth frame has no time")
	}
}

func checkVideo(t testing.TB, v *kinect.VideoFrame) {
	t.Helper()
	if v.At.IsZero() {
		t.Error("a video frame has no time")
	}
	size := image.Pt(v.Width, v.Height)
	if size != image.Pt(640, 480) && size != image.Pt(640, 488) && size != image.Pt(1280, 1024) {
		t.Fatalf("a video frame has the size %v", size)
	}
	checkQuality(t, v.Quality, v.Height)
	pixels, intensity := 0, 0
	switch n := v.Width * v.Height; v.Format {
	case kinect.BayerGRBG:
		pixels = n
	case kinect.RGB:
		pixels = 3 * n
	case kinect.UYVY:
		pixels = 2 * n
	case kinect.YCbCr:
		if v.Picture == nil || v.Picture.Rect.Size() != size || v.Picture.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			t.Fatalf("a YCbCr frame of %v has no such 4:2:0 picture", size)
		}
	case kinect.Infrared:
		intensity = n
	default:
		t.Fatalf("a video frame has the unknown format %d", v.Format)
	}
	if len(v.Pixels) != pixels || len(v.Intensity) != intensity || (v.Picture != nil) != (v.Format == kinect.YCbCr) {
		t.Fatalf("a video frame of %v and format %d has %d bytes and %d intensities, want %d and %d", size, v.Format, len(v.Pixels), len(v.Intensity), pixels, intensity)
	}
	for i, c := range v.Intensity {
		if c > 1023 {
			t.Fatalf("intensity %d of an infrared frame is %d, more than 10 bits", i, c)
		}
	}
}

// checkQuality wants lost rows within the picture, in order and apart, and some of them
// where packets were lost.
func checkQuality(t testing.TB, q kinect.Quality, height int) {
	t.Helper()
	if q.LostPackets < 0 || q.LostPackets > 0 && len(q.Lost) == 0 {
		t.Errorf("a frame lost %d packets and %d stretches of rows", q.LostPackets, len(q.Lost))
	}
	end := -1
	for _, r := range q.Lost {
		if r.From <= end || r.To <= r.From || r.To > height {
			t.Errorf("of %d rows a frame lost %v", height, q.Lost)
			return
		}
		end = r.To
	}
}

// order checks that in each stream time grows, on the host's clock and on the
// sensor's, which wraps.
func order(t testing.TB, s kinect.Source) {
	type moment struct {
		clock uint32
		at    time.Time
		seen  bool
	}
	var depth, video moment
	check := func(name string, last *moment, clock uint32, at time.Time) {
		if last.seen && int32(clock-last.clock) <= 0 {
			t.Errorf("%s: clock %d follows %d", name, clock, last.clock)
		}
		if last.seen && at.Before(last.at) {
			t.Errorf("%s: a frame of %v follows one of %v", name, at, last.at)
		}
		*last = moment{clock, at, true}
	}
	read(t, s, frames, func(img kinect.Image) {
		if d := img.Depth; d != nil {
			check("depth", &depth, d.Clock, d.At)
		}
		if v := img.Video; v != nil {
			check("video", &video, v.Clock, v.At)
		}
	})
}

// unchanged keeps the first frames, reads on, and looks at them again.
func unchanged(t testing.TB, s kinect.Source) {
	seed := maphash.MakeSeed()
	type entry struct {
		img kinect.Image
		sum uint64
	}
	var entries []entry
	read(t, s, frames, func(img kinect.Image) {
		if len(entries) < kept {
			entries = append(entries, entry{img, sum(seed, img)})
		}
	})
	for i, e := range entries {
		if sum(seed, e.img) != e.sum {
			t.Errorf("frame %d changed after it was handed on", i)
		}
	}
	if err := within(s.Close); err != nil {
		t.Errorf("Close: %v", err)
	}
	for i, e := range entries {
		if sum(seed, e.img) != e.sum {
			t.Errorf("frame %d changed when the source was closed", i)
		}
	}
}

// sum is a checksum of everything in a frame.
func sum(seed maphash.Seed, img kinect.Image) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	if d := img.Depth; d != nil {
		fmt.Fprint(&h, d.Clock, d.At.UnixNano(), d.Mode, d.Quality, d.Registered)
		for _, c := range d.Codes {
			h.Write([]byte{byte(c), byte(c >> 8)})
		}
	}
	if v := img.Video; v != nil {
		fmt.Fprint(&h, v.Format, v.Width, v.Height, v.Clock, v.At.UnixNano(), v.Quality)
		h.Write(v.Pixels)
		for _, c := range v.Intensity {
			h.Write([]byte{byte(c), byte(c >> 8)})
		}
		if p := v.Picture; p != nil {
			h.Write(p.Y)
			h.Write(p.Cb)
			h.Write(p.Cr)
		}
	}
	return h.Sum64()
}

func status(t testing.TB, s kinect.Source) {
	var depth, video uint64
	read(t, s, frames, func(img kinect.Image) {
		if img.Depth != nil {
			depth++
		} else {
			video++
		}
	})
	st := s.Status()
	switch st.Kind {
	case kinect.KindKinect, kinect.KindRecording, kinect.KindPuppet:
	default:
		t.Errorf("Status has the unknown kind %q", st.Kind)
	}
	if st.Depth.Frames < depth || st.Video.Frames < video {
		t.Errorf("Status counts %d depth and %d video frames; %d and %d were read", st.Depth.Frames, st.Video.Frames, depth, video)
	}
	c := s.Calibration()
	if c.ZeroPlane.EmitterDistance <= 0 || c.ZeroPlane.ReferenceDistance <= 0 || c.ZeroPlane.ReferencePixel <= 0 {
		t.Errorf("Calibration has the zero plane %+v", c.ZeroPlane)
	}
}

// cancelled checks that Next gives up with its context, before and while it waits,
// and that the source goes on afterwards.
func cancelled(t testing.TB, s kinect.Source) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := within(func() error {
		for {
			if _, err := s.Next(ctx); err != nil {
				return err // a frame that was ready may still come
			}
		}
	})
	if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
		t.Fatalf("Next with a cancelled context gave %v", err)
	}

	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err = within(func() error {
		for {
			if _, err := s.Next(ctx); err != nil {
				return err
			}
		}
	})
	switch {
	case errors.Is(err, io.EOF):
	case !errors.Is(err, context.DeadlineExceeded):
		t.Fatalf("Next gave %v when its context ended", err)
	default:
		endsOrGoesOn(t, s)
	}
}

func endsOrGoesOn(t testing.TB, s kinect.Source) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.Next(ctx); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("Next after a cancelled Next gave %v", err)
	}
}

func closeTwice(t testing.TB, s kinect.Source) {
	read(t, s, 1, func(kinect.Image) {})
	for range 2 {
		if err := within(s.Close); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	err := within(func() error { _, err := s.Next(context.Background()); return err })
	if !errors.Is(err, io.EOF) {
		t.Errorf("Next after Close gave %v, want io.EOF", err)
	}
	_, _ = s.Status(), s.Calibration()
}

// closeWhileWaiting closes the source from another goroutine while Next waits.
func closeWhileWaiting(t testing.TB, s kinect.Source) {
	read(t, s, 1, func(kinect.Image) {})
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := s.Next(context.Background()); err != nil {
				ended <- err
				return
			}
		}
	}()
	if err := within(s.Close); err != nil {
		t.Errorf("Close: %v", err)
	}
	err := within(func() error { return <-ended })
	if !errors.Is(err, io.EOF) {
		t.Errorf("Next gave %v when the source was closed, want io.EOF", err)
	}
}

var errHangs = errors.New("it hangs")

// within runs f, which should end at once, and gives up after patience.
func within(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return errHangs
	}
}
