package raw

import (
	"time"

	"cutout/kinect"
)

// DepthFrame unpacks a frame of 11-bit depth into a new depth frame; at is when its
// last packet was in our hands.
func (a Assembled) DepthFrame(at time.Time) *kinect.DepthFrame {
	codes := make([]uint16, kinect.Width*kinect.Height)
	for i := UnpackDepth(codes, a.Bytes); i < len(codes); i++ {
		codes[i] = kinect.NoDisparity
	}
	return &kinect.DepthFrame{Codes: codes, Clock: a.Clock, At: at, Quality: kinect.Quality{LostPackets: a.Lost}}
}

// VideoFrame copies a Bayer frame into a new video frame; at is when its
// last packet was in our hands.
func (a Assembled) VideoFrame(at time.Time) *kinect.VideoFrame {
	pixels := append(make([]byte, 0, len(a.Bytes)), a.Bytes...)
	return &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height,
		Pixels: pixels, Clock: a.Clock, At: at, Quality: kinect.Quality{LostPackets: a.Lost}}
}
