package viewer

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// A picture is a view of one moment, painted. It never changes.
type picture struct {
	view          View
	width, height int
	pixels        []byte // RGBA
	// mm are the distances on the picture's grid; nil where it has none.
	mm         []kinect.Millimetres
	registered bool
	scene      *kinect.Scene // nil while people are not looked for
	at         time.Time     // when the sensor's last packet was in our hands
	between    time.Duration // how much older colour is than depth
}

// A feed takes every frame of a source and paints the newest, in the view that is
// asked for.
type feed struct {
	source kinect.Source
	track  func(*kinect.Frame) *kinect.Scene // nil has none
	bodies atomic.Bool                       // people are to be seen
	view   atomic.Uint32
	newest atomic.Pointer[picture]
	// has says of which views there was something to paint.
	has [numViews]atomic.Bool

	calibration kinect.Calibration // that the developer was made for
	developer   *raw.Developer
	palette     *palette
	curve       *curve
	depth       *kinect.DepthFrame
	video       *kinect.VideoFrame
	scene       *kinect.Scene // in depth
	seq         uint64        // of frames that were tracked

	rate struct {
		sync.Mutex
		at           time.Time
		depth, video uint64
		fps          [2]float64
	}
}

func newFeed(source kinect.Source, track func(*kinect.Frame) *kinect.Scene) *feed {
	return &feed{source: source, track: track, palette: newPalette(), curve: newCurve()}
}

// run paints until ctx ends or the source does; neither is an error.
func (f *feed) run(ctx context.Context) error {
	for {
		img, err := f.source.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the sensor: %w", err)
		}
		f.take(img)
	}
}

// take paints a new frame where the view shows it.
func (f *feed) take(img kinect.Image) {
	if c := f.source.Calibration(); f.developer == nil || c != f.calibration {
		f.developer, f.calibration = raw.NewDeveloper(c), c
	}
	view := View(f.view.Load())
	if img.Depth != nil {
		f.depth, f.scene = img.Depth, nil
		f.has[Depth].Store(true)
		if f.video != nil && f.video.Format != kinect.Infrared {
			f.has[Overlay].Store(true)
		}
	}
	if img.Video != nil {
		f.video = img.Video
		if img.Video.Format == kinect.Infrared {
			f.has[Infrared].Store(true)
		} else {
			f.has[Colour].Store(true)
		}
	}
	var p *picture
	switch {
	case view == Depth && img.Depth != nil:
		p = f.paintDepth(img.Depth)
	case view == Overlay && img.Depth != nil && f.video != nil && f.video.Format != kinect.Infrared:
		p = f.paintOverlay(img.Depth)
	case view == Colour && img.Video != nil && img.Video.Format != kinect.Infrared:
		p = f.paintColour(img.Video)
	case view == Infrared && img.Video != nil && img.Video.Format == kinect.Infrared:
		p = f.paintInfrared(img.Video)
	}
	if p != nil {
		p.view, p.scene = view, f.scene
		f.newest.Store(p)
	}
}

func newPicture(w, h int, at time.Time) *picture {
	return &picture{width: w, height: h, pixels: make([]byte, 4*w*h), at: at}
}

// paintDepth paints depth where the depth camera sees it, not laid on colour.
func (f *feed) paintDepth(d *kinect.DepthFrame) *picture {
	p := newPicture(kinect.Width, kinect.Height, d.At)
	p.mm = make([]kinect.Millimetres, kinect.Width*kinect.Height)
	f.developer.Millimetres(p.mm, d.Codes)
	p.registered = d.Registered
	f.palette.depth(p.pixels, p.mm, d.Lost)
	f.people(p, d)
	return p
}

func (f *feed) paintOverlay(d *kinect.DepthFrame) *picture {
	p := newPicture(kinect.Width, kinect.Height, d.At)
	p.mm, p.registered = f.developer.Depth(d)
	p.between = ticks(int32(d.Clock - f.video.Clock))
	f.palette.overlay(p.pixels, p.mm, standard(f.developer.Colour(f.video)))
	f.people(p, d)
	return p
}

func (f *feed) paintColour(v *kinect.VideoFrame) *picture {
	c := f.developer.Colour(v)
	p := newPicture(c.Rect.Dx(), c.Rect.Dy(), v.At)
	colour(p.pixels, c)
	if f.depth != nil {
		p.mm, p.registered = f.developer.Depth(f.depth)
		f.people(p, f.depth)
	}
	return p
}

func (f *feed) paintInfrared(v *kinect.VideoFrame) *picture {
	p := newPicture(v.Width, v.Height, v.At)
	f.curve.infrared(p.pixels, v.Intensity[:min(len(v.Intensity), v.Width*v.Height)])
	if f.depth != nil && v.Width == kinect.Width {
		p.mm = make([]kinect.Millimetres, kinect.Width*kinect.Height)
		f.developer.Millimetres(p.mm, f.depth.Codes)
		f.people(p, f.depth)
	}
	return p
}

// people looks for people in the picture's distances, once for each frame of depth, and
// paints them.
func (f *feed) people(p *picture, d *kinect.DepthFrame) {
	if f.track == nil || !f.bodies.Load() {
		f.scene = nil
		return
	}
	if f.scene == nil {
		f.seq++
		f.scene = f.track(&kinect.Frame{Seq: f.seq, Depth: p.mm, Clock: d.Clock, At: d.At, Quality: d.Quality})
	}
	if p.width == kinect.Width {
		paintScene(p.pixels, f.scene, p.mm, f.calibration)
	}
}

// standard brings a picture of another mode to the size of depth: every nth pixel.
func standard(c *image.YCbCr) *image.YCbCr {
	b := c.Bounds()
	if b.Dx() == kinect.Width && b.Dy() == kinect.Height {
		return c
	}
	out := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	for y := range kinect.Height {
		for x := range kinect.Width {
			out.Y[y*out.YStride+x] = c.Y[c.YOffset(b.Min.X+x*b.Dx()/kinect.Width, b.Min.Y+y*b.Dy()/kinect.Height)]
		}
	}
	return out
}

// ticks is a span of the sensor's clock.
func ticks(n int32) time.Duration { return time.Duration(n) * time.Second / kinect.ClockHz }

// rates are the frames a second of both streams, measured over half a second.
func (f *feed) rates(now time.Time) (depth, video float64) {
	r := &f.rate
	r.Lock()
	defer r.Unlock()
	s := f.source.Status()
	if r.at.IsZero() {
		r.at, r.depth, r.video = now, s.Depth.Frames, s.Video.Frames
	}
	if span := now.Sub(r.at).Seconds(); span >= 0.5 {
		r.fps = [2]float64{float64(s.Depth.Frames-r.depth) / span, float64(s.Video.Frames-r.video) / span}
		r.at, r.depth, r.video = now, s.Depth.Frames, s.Video.Frames
	}
	return r.fps[0], r.fps[1]
}
