package sourcetest

import (
	"bytes"
	"image"
	"slices"
	"time"

	"cutout/kinect"
)

// About is what is told of an image, whichever of the two it holds: the host's time of
// its last packet, the sensor's, and what it lacks.
func About(img kinect.Image) (at time.Time, clock uint32, q kinect.Quality) {
	if d := img.Depth; d != nil {
		return d.At, d.Clock, d.Quality
	}
	return img.Video.At, img.Video.Clock, img.Video.Quality
}

// Equal says whether two images are the same but for the host's time.
func Equal(a, b kinect.Image) bool {
	_, ca, qa := About(a)
	_, cb, qb := About(b)
	if ca != cb || qa.LostPackets != qb.LostPackets || !slices.Equal(qa.Lost, qb.Lost) || (a.Depth == nil) != (b.Depth == nil) {
		return false
	}
	if d := a.Depth; d != nil {
		return d.Mode == b.Depth.Mode && d.Registered == b.Depth.Registered && slices.Equal(d.Codes, b.Depth.Codes)
	}
	v, w := a.Video, b.Video
	return v.Format == w.Format && v.Width == w.Width && v.Height == w.Height &&
		bytes.Equal(v.Pixels, w.Pixels) && slices.Equal(v.Intensity, w.Intensity) && samePicture(v.Picture, w.Picture)
}

func samePicture(a, b *image.YCbCr) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Rect == b.Rect && a.SubsampleRatio == b.SubsampleRatio &&
		bytes.Equal(a.Y, b.Y) && bytes.Equal(a.Cb, b.Cb) && bytes.Equal(a.Cr, b.Cr)
}
