package puppet

import (
	"image"

	"cutout/kinect"
)

// A Shot is one moment as the sensor sees it.
type Shot struct {
	// Codes are kinect.Width*kinect.Height disparity codes on the colour's grid.
	Codes []uint16
	// Picture is 4:2:0, BT.601 limited range.
	Picture *image.YCbCr
	// Truth are the pixels in which the body is really seen.
	Truth *kinect.Mask
}

// Render draws a figure in a room. The same arguments give the same shot.
func Render(f Figure, room *Room, seed uint64) Shot { return Shot{} }
