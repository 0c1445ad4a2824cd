package kinect

import (
	"fmt"
	"slices"
)

// A DepthMode is how the depth camera sends. The zero value is the usual one.
type DepthMode uint8

const (
	// Depth11Bit is 640x480 at 30 frames a second, codes 0..2047.
	Depth11Bit DepthMode = iota
	// Depth10Bit is the same in a tenth less of the bus, codes 0..1023, of which
	// NoDisparity10 is no reading. What a code means in millimetres is not known to
	// any public source, so frames of it convert to nothing.
	Depth10Bit
	// DepthOff leaves the depth camera and the projector off.
	DepthOff
)

// NoDisparity10 is the code of a pixel without a reading, in 10-bit depth.
const NoDisparity10 = 1023

// A VideoMode is what the video endpoint sends: colour or the infrared picture that
// depth is made from. The zero value is the usual one.
type VideoMode uint8

const (
	// VideoBayer is 640x480 at 30 frames a second, BayerGRBG.
	VideoBayer VideoMode = iota
	// VideoUYVY is 640x480 at about 15 frames a second, UYVY: the camera's own
	// conversion to colour.
	VideoUYVY
	// VideoInfrared is 640x488 at 30 frames a second, Infrared.
	VideoInfrared
	// VideoBayerSXGA is 1280x1024 at about 10 frames a second, BayerGRBG.
	VideoBayerSXGA
	// VideoInfraredSXGA is 1280x1024 at about 10 frames a second, Infrared; the
	// camera sends it with DepthOff only.
	VideoInfraredSXGA
	// VideoOff leaves the video stream off.
	VideoOff
)

var (
	depthModes = []string{"11bit", "10bit", "off"}
	videoModes = []struct {
		name          string
		width, height int
		format        VideoFormat
	}{
		VideoBayer:        {"bayer", Width, Height, BayerGRBG},
		VideoUYVY:         {"uyvy", Width, Height, UYVY},
		VideoInfrared:     {"infrared", 640, 488, Infrared},
		VideoBayerSXGA:    {"bayer-1280", 1280, 1024, BayerGRBG},
		VideoInfraredSXGA: {"infrared-1280", 1280, 1024, Infrared},
		VideoOff:          {"off", 0, 0, BayerGRBG},
	}
)

// String is the mode's name, which ParseDepthMode reads.
func (m DepthMode) String() string {
	if int(m) < len(depthModes) {
		return depthModes[m]
	}
	return fmt.Sprintf("DepthMode(%d)", uint8(m))
}

// ParseDepthMode reads a mode's name: 11bit, 10bit or off.
func ParseDepthMode(name string) (DepthMode, error) {
	if i := slices.Index(depthModes, name); i >= 0 {
		return DepthMode(i), nil
	}
	return 0, fmt.Errorf("no depth mode is called %q; there are %v", name, depthModes)
}

// String is the mode's name, which ParseVideoMode reads.
func (m VideoMode) String() string {
	if int(m) < len(videoModes) {
		return videoModes[m].name
	}
	return fmt.Sprintf("VideoMode(%d)", uint8(m))
}

// ParseVideoMode reads a mode's name: bayer, uyvy, infrared, bayer-1280,
// infrared-1280 or off.
func ParseVideoMode(name string) (VideoMode, error) {
	var names []string
	for i, m := range videoModes {
		if m.name == name {
			return VideoMode(i), nil
		}
		names = append(names, m.name)
	}
	return 0, fmt.Errorf("no video mode is called %q; there are %v", name, names)
}

// Size is the width and height of the mode's pictures; 0, 0 when it has none.
func (m VideoMode) Size() (width, height int) {
	if int(m) < len(videoModes) {
		return videoModes[m].width, videoModes[m].height
	}
	return 0, 0
}

// Format is the format of the mode's frames.
func (m VideoMode) Format() VideoFormat {
	if int(m) < len(videoModes) {
		return videoModes[m].format
	}
	return BayerGRBG
}

// Registers tells whether depth can be laid on the mode's pictures: those of the colour
// camera in 640x480. (What the coefficients mean at 1280x1024 no public source says.)
// VideoOff counts, as there depth lies where the picture would be.
func (m VideoMode) Registers() bool {
	return m == VideoBayer || m == VideoUYVY || m == VideoOff
}

// CheckModes says whether a camera can send both at once, and if not why.
func CheckModes(d DepthMode, v VideoMode) error {
	if d > DepthOff || v > VideoOff {
		return fmt.Errorf("there is no %v or no %v", d, v)
	}
	if v == VideoInfraredSXGA && d != DepthOff {
		return fmt.Errorf("video mode %v comes with depth off only, not with %v", v, d)
	}
	return nil
}
