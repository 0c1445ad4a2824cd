package kinect

import (
	"context"
	"image"
	"time"
)

// A Developer turns what a sensor sends into what a game can use, with the
// sensor's calibration; raw.NewDeveloper makes one. One goroutine may use it.
type Developer interface {
	// Calibrate has frames converted with another calibration from now on; it costs
	// nothing when that is the one in use.
	Calibrate(c Calibration)
	// Depth converts codes to millimetres and lays them on the colour picture's
	// grid. The slice is new and the caller's. registered is false when the
	// calibration has no registration.
	Depth(d *DepthFrame) (mm []Millimetres, registered bool)
	// Colour makes a 4:2:0 picture, BT.601 limited range, new and the caller's, of
	// the frame's size.
	Colour(v *VideoFrame) *image.YCbCr
}

// Frames pairs a source's depth with its newest finished colour. It never waits
// for colour: a Frame is made the moment a depth frame is. It follows the source's
// calibration, which changes with the video mode and is known only once a device was
// found.
type Frames struct {
	source    Source
	developer Developer
	seq       uint64
	colour    *image.YCbCr // nil before the first picture
	clock     uint32       // of colour
	fits      bool         // depth can be laid on colour
}

// NewFrames pairs the images of source. The source stays the caller's to close.
func NewFrames(source Source, developer Developer) *Frames {
	return &Frames{source: source, developer: developer}
}

// Next waits for the next Frame, with Source.Next's errors. One goroutine.
func (f *Frames) Next(ctx context.Context) (*Frame, error) {
	for {
		img, err := f.source.Next(ctx)
		if err != nil {
			return nil, err
		}
		if v := img.Video; v != nil {
			f.colour, f.clock = f.developer.Colour(v), v.Clock
			f.fits = v.Format != Infrared && f.colour.Rect == image.Rect(0, 0, Width, Height)
			continue
		}
		return f.pair(img.Depth), nil
	}
}

func (f *Frames) pair(d *DepthFrame) *Frame {
	f.seq++
	frame := &Frame{Seq: f.seq, Clock: d.Clock, At: d.At, Quality: d.Quality}
	f.developer.Calibrate(f.source.Calibration())
	frame.Depth, frame.Registered = f.developer.Depth(d)
	if f.colour != nil {
		frame.Registered = frame.Registered && f.fits
		frame.Colour = f.colour
		frame.ColourAge = ticks(int32(d.Clock - f.clock))
	}
	return frame
}

// ticks is a span of the sensor's clock as a duration; the difference of two
// wrapping 32-bit times is right as long as they lie less than 35 s apart.
func ticks(n int32) time.Duration {
	return time.Duration(n) * time.Second / ClockHz
}
