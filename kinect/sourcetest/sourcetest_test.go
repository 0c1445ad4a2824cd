package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cutout/kinect"
)

// A metronome is a Source that keeps every promise; its fields break one each.
type metronome struct {
	closed  chan struct{}
	closing sync.Once
	n       uint32
	last    *kinect.DepthFrame

	short, wide, both, timeless    bool // wrong frames
	video                          *kinect.VideoFrame
	quality                        kinect.Quality
	mode                           kinect.DepthMode
	stuck, backwards               bool // wrong times
	rewrites                       bool // changes what it handed on
	endsOddly, failsToClose        bool // does not end as it should
	uncounted, nameless, shapeless bool // says wrong things about itself
}

func (m *metronome) Next(ctx context.Context) (kinect.Image, error) {
	select {
	case <-m.closed:
		if m.endsOddly {
			return kinect.Image{}, errors.New("closed")
		}
		return kinect.Image{}, io.EOF
	default:
	}
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
		return kinect.Image{}, ctx.Err()
	case <-m.closed:
		return kinect.Image{}, io.EOF
	}
	return m.frame(), nil
}

func (m *metronome) frame() kinect.Image {
	m.n++
	if m.video != nil && m.n%2 == 0 {
		v := *m.video
		v.Clock, v.At = m.n, time.Now()
		return kinect.Image{Video: &v}
	}
	d := &kinect.DepthFrame{Mode: m.mode, Codes: make([]uint16, kinect.Width*kinect.Height), Clock: 1<<32 - 5 + m.n, At: time.Now(), Quality: m.quality}
	switch {
	case m.short:
		d.Codes = d.Codes[1:]
	case m.wide:
		d.Codes[7] = 1 << (11 - m.mode)
	case m.timeless:
		d.At = time.Time{}
	case m.stuck:
		d.Clock = 3
	case m.backwards:
		d.At = d.At.Add(-time.Duration(m.n) * time.Hour)
	case m.rewrites && m.last != nil:
		m.last.Codes[9]++
	}
	m.last = d
	img := kinect.Image{Depth: d}
	if m.both {
		img.Video = &kinect.VideoFrame{}
	}
	return img
}

func (m *metronome) Calibration() kinect.Calibration {
	if m.shapeless {
		return kinect.Calibration{}
	}
	return kinect.DefaultCalibration()
}

func (m *metronome) Status() kinect.Status {
	s := kinect.Status{Kind: kinect.KindPuppet, Live: true}
	s.Depth.Frames, s.Video.Frames = uint64(m.n), uint64(m.n)
	if m.uncounted {
		s.Depth.Frames = 0
	}
	if m.nameless {
		s.Kind = "metronome"
	}
	return s
}

func (m *metronome) Close() error {
	m.closing.Do(func() { close(m.closed) })
	if m.failsToClose {
		return errors.New("no")
	}
	return nil
}

// TestGoodSources: nothing is said against those which keep every promise.
func TestGoodSources(t *testing.T) {
	const n = kinect.Width * kinect.Height
	for what, m := range map[string]*metronome{
		"depth":    {},
		"10bit":    {mode: kinect.Depth10Bit},
		"lossy":    {quality: kinect.Quality{LostPackets: 3, Lost: []kinect.Rows{{From: 0, To: 2}, {From: 3, To: 480}}}},
		"bayer":    {video: &kinect.VideoFrame{Width: 640, Height: 480, Pixels: make([]byte, n)}},
		"rgb":      {video: &kinect.VideoFrame{Format: kinect.RGB, Width: 640, Height: 480, Pixels: make([]byte, 3*n)}},
		"uyvy":     {video: &kinect.VideoFrame{Format: kinect.UYVY, Width: 640, Height: 480, Pixels: make([]byte, 2*n)}},
		"ycbcr":    {video: &kinect.VideoFrame{Format: kinect.YCbCr, Width: 640, Height: 480, Picture: image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)}},
		"infrared": {video: &kinect.VideoFrame{Format: kinect.Infrared, Width: 640, Height: 488, Intensity: make([]uint16, 640*488)}},
	} {
		t.Run(what, func(t *testing.T) {
			Run(t, func(*testing.T) kinect.Source {
				*m = metronome{closed: make(chan struct{}), video: m.video, quality: m.quality, mode: m.mode}
				return m
			})
		})
	}
}

// A witness is a testing.TB that remembers what failed.
type witness struct {
	testing.TB
	said []string
}

type fatal struct{}

func (w *witness) Helper()                        {}
func (w *witness) Error(a ...any)                 { w.said = append(w.said, fmt.Sprint(a...)) }
func (w *witness) Errorf(format string, a ...any) { w.said = append(w.said, fmt.Sprintf(format, a...)) }
func (w *witness) Fatal(a ...any)                 { w.Error(a...); panic(fatal{}) }
func (w *witness) Fatalf(format string, a ...any) { w.Errorf(format, a...); panic(fatal{}) }

// TestBadSources: each broken promise is noticed by the check that is there for it.
func TestBadSources(t *testing.T) {
	for what, c := range map[string]struct {
		check func(testing.TB, kinect.Source)
		m     *metronome
	}{
		"307199 codes":    {sizes, &metronome{short: true}},
		"more than 2047":  {sizes, &metronome{wide: true}},
		"more than 1023":  {sizes, &metronome{wide: true, mode: kinect.Depth10Bit}},
		"of mode off":     {sizes, &metronome{mode: kinect.DepthOff}},
		"lost 2 packets":  {sizes, &metronome{quality: kinect.Quality{LostPackets: 2}}},
		"frame lost [{":   {sizes, &metronome{quality: kinect.Quality{Lost: []kinect.Rows{{From: 3, To: 481}}}}},
		"rows a frame":    {sizes, &metronome{quality: kinect.Quality{Lost: []kinect.Rows{{From: 3, To: 5}, {From: 5, To: 6}}}}},
		"has the size":    {sizes, &metronome{video: &kinect.VideoFrame{Width: 320, Height: 240}}},
		"has 5 bytes":     {sizes, &metronome{video: &kinect.VideoFrame{Width: 640, Height: 480, Pixels: make([]byte, 5)}}},
		"no such 4:2:0":   {sizes, &metronome{video: &kinect.VideoFrame{Format: kinect.YCbCr, Width: 640, Height: 480}}},
		"unknown format":  {sizes, &metronome{video: &kinect.VideoFrame{Format: 77, Width: 640, Height: 480}}},
		"more than 10 b":  {sizes, &metronome{video: &kinect.VideoFrame{Format: kinect.Infrared, Width: 1280, Height: 1024, Intensity: slices.Repeat([]uint16{1024}, 1280*1024)}}},
		"exactly one":     {sizes, &metronome{both: true}},
		"no time":         {sizes, &metronome{timeless: true}},
		"clock 3 follows": {order, &metronome{stuck: true}},
		"follows one of":  {order, &metronome{backwards: true}},
		"changed after":   {unchanged, &metronome{rewrites: true}},
		"want io.EOF":     {closeTwice, &metronome{endsOddly: true}},
		"Close: no":       {closeTwice, &metronome{failsToClose: true}},
		"Status counts":   {status, &metronome{uncounted: true}},
		"unknown kind":    {status, &metronome{nameless: true}},
		"zero plane":      {status, &metronome{shapeless: true}},
	} {
		c.m.closed = make(chan struct{})
		w := &witness{TB: t}
		func() {
			defer func() {
				if r := recover(); r != nil && r != (fatal{}) {
					panic(r)
				}
			}()
			c.check(w, c.m)
		}()
		if said := strings.Join(w.said, "; "); !strings.Contains(said, what) {
			t.Errorf("want %q to be noticed, heard %q", what, said)
		}
	}
}
