// Package kinect says what an Xbox 360 Kinect gives: depth and video frames from
// a Source, paired into Frames, and the Scene of people a tracker finds in them.
// It opens no device, uses no cgo, and builds for the browser.
//
// # The sensor in a minute
//
// The Kinect projects a fixed pattern of infrared dots and sees how far each has
// shifted sideways. That shift is the disparity, sent as an 11-bit code per pixel;
// 2047 means "no reading": too near, too far, too shiny, or in the shadow which a
// near object throws because projector and camera stand 7.5 cm apart. A second
// camera, 2.4 cm beside the infrared one, sees colour through a Bayer mosaic. The
// two run on their own pace (29.97 and 30.04 frames a second on one 60 MHz clock),
// so a depth frame and the colour beside it are never of quite the same instant.
//
// All pictures here are as the camera sees them, not mirrored: a person facing the
// sensor has the left hand at the right-hand side of the picture. Only drawing
// mirrors.
package kinect

import (
	"context"
	"image"
	"time"
)

const (
	// Width and Height are the size of a depth frame and of its colour picture.
	Width, Height = 640, 480

	// NoDisparity is the code of a pixel without a reading, in 11-bit depth
	// (FREENECT_DEPTH_RAW_NO_VALUE in libfreenect.h).
	NoDisparity = 2047

	// ClockHz is the pace of the sensor's free-running 32-bit clock, shared by
	// both streams. It wraps every 71.58 s.
	ClockHz = 60_000_000

	// FocalLength of the depth camera in pixels of a 640x480 picture: reference
	// distance 120 cm over twice the reference pixel size 0.1042 mm.
	FocalLength = 575.8
)

// Millimetres is a distance from the sensor's plane; 0 means no reading.
type Millimetres uint16

// NoReading is the distance of a pixel that the sensor could not measure.
const NoReading Millimetres = 0

// A DepthFrame is one depth picture as the sensor sent it. It never changes after
// a Source has handed it on.
type DepthFrame struct {
	Mode DepthMode
	// Codes are Width*Height disparity codes, row by row. NoDisparity is no reading
	// (NoDisparity10 in Depth10Bit), and so is every pixel of a lost packet.
	Codes []uint16
	// Clock is the sensor's time of the last packet, in ticks of ClockHz.
	Clock uint32
	// At is the host's time at which the last packet was in our hands.
	At time.Time
	Quality
	// Registered is set when the codes already lie on the colour picture's grid.
	Registered bool
}

// VideoFormat names the pixels of a VideoFrame.
type VideoFormat uint8

const (
	// BayerGRBG is one byte a pixel: even rows G R G R, odd rows B G B G.
	BayerGRBG VideoFormat = iota
	// RGB is three bytes a pixel.
	RGB
	// YCbCr is a finished 4:2:0 picture, BT.601 limited range (luma 16..235).
	YCbCr
	// UYVY is two bytes a pixel, BT.601 limited range: U and Y of the even pixel, V
	// and Y of the odd one.
	UYVY
	// Infrared is the intensity that the depth camera sees, 0..1023.
	Infrared
)

// A VideoFrame is one picture of the colour camera as the source has it. It never
// changes after a Source has handed it on.
type VideoFrame struct {
	Format VideoFormat
	// Width and Height are the picture's size; infrared has 488 rows.
	Width, Height int
	// Pixels are the rows of BayerGRBG, RGB and UYVY: one, three or two bytes a pixel.
	Pixels []byte
	// Picture is set with YCbCr, and Intensity, a value a pixel, with Infrared; Pixels
	// then is nil.
	Picture   *image.YCbCr
	Intensity []uint16
	Clock     uint32    // of the last packet, in ticks of ClockHz
	At        time.Time // when the last packet was in our hands
	Quality
}

// An Image is what a Source delivers: exactly one of its fields is set.
type Image struct {
	Depth *DepthFrame
	Video *VideoFrame
}

// A Source delivers depth and video frames in the order in which they were
// finished, at the sensor's own pace. A reader that is slow loses frames, which
// are counted in Status; it never slows the sensor.
type Source interface {
	// Next waits for the next frame. It returns io.EOF when the source has ended
	// for good (a recording played once, a closed source) and ctx.Err() when the
	// caller gave up. A source which is unplugged keeps Next waiting until it is
	// back; Status says so meanwhile. One goroutine may call Next at a time.
	Next(ctx context.Context) (Image, error)
	// Calibration is what the frames are to be converted with; it changes with the
	// video mode, and has no registration in one that has none. Any goroutine.
	Calibration() Calibration
	// Status is a snapshot for people and statistics. Any goroutine.
	Status() Status
	// Close ends the source and returns when everything it started has ended.
	// Closing twice is allowed. Any goroutine.
	Close() error
}

// Kind says what stands behind a Source.
type Kind string

// The kinds of source there are; the strings are part of the statistics format.
const (
	KindKinect    Kind = "kinect"
	KindRecording Kind = "recording"
	KindPuppet    Kind = "puppet"
)

// Status is a Source's state and counts since it was opened.
type Status struct {
	Kind   Kind
	Serial string // the device's serial number, or the recording's directory
	// Live is false while the device is away (unplugged, frozen).
	Live bool
	// Trouble says why it is not live; nil while all is well.
	Trouble error
	Depth   StreamStatus
	Video   StreamStatus
	// Restarts counts streams that had to be started anew.
	Restarts uint64
}

// StreamStatus counts one stream of a Source.
type StreamStatus struct {
	Frames         uint64 // finished frames, whether or not anybody took them
	DroppedFrames  uint64 // finished, but the reader was slow
	RepairedFrames uint64 // delivered with lost packets
	LostPackets    uint64
}

// A Frame is what a game works on: a depth frame in millimetres lying on the grid
// of the newest finished colour picture. It never changes.
type Frame struct {
	// Seq counts frames from 1.
	Seq uint64
	// Depth has Width*Height distances, row by row.
	Depth []Millimetres
	// Colour is 640x480 4:2:0, BT.601 limited range; nil before the first picture
	// and from sources without colour. A source in another video mode gives that
	// mode's size, and infrared as grey.
	Colour *image.YCbCr
	// Registered says that pixel (x, y) of Depth is pixel (x, y) of Colour.
	Registered bool
	Clock      uint32    // of the depth frame
	At         time.Time // of the depth frame
	// ColourAge is how much older the colour picture is than the depth; negative
	// when it is newer.
	ColourAge time.Duration
	// Quality is the depth frame's, in the rows of the sensor: registration moves a
	// pixel by a few rows.
	Quality
}
