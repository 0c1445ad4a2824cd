// Package recording plays what libfreenect's fakenect-record wrote: a directory with
// an index and one file for each frame. A Recording is a kinect.Source that keeps the
// recording's own timing.
package recording

import (
	"context"
	"errors"
	"io"

	"cutout/kinect"
)

// Options say how to play.
type Options struct {
	// Loop starts over at the end instead of ending with io.EOF. Time and clock go
	// on growing.
	Loop bool
	// Speed is how many times faster than recorded; 0 is 1.
	Speed float64
}

// A Recording plays a directory. Its methods are kinect.Source's.
type Recording struct{}

var _ kinect.Source = (*Recording)(nil)

// Open reads the index of dir and the first frame, and starts playing with the first
// call of Next. A directory in which nothing can be read is an error.
func Open(dir string, o Options) (*Recording, error) { return nil, errors.New("not there yet") }

// Next implements kinect.Source.
func (r *Recording) Next(ctx context.Context) (kinect.Image, error) { return kinect.Image{}, io.EOF }

// Calibration implements kinect.Source: device.json's, else the default.
func (r *Recording) Calibration() kinect.Calibration { return kinect.DefaultCalibration() }

// Status implements kinect.Source.
func (r *Recording) Status() kinect.Status { return kinect.Status{Kind: kinect.KindRecording} }

// Close implements kinect.Source.
func (r *Recording) Close() error { return nil }
