// Package usb drives a real Xbox 360 Kinect over libusb (through gousb): finds
// it, reads its calibration, streams 11-bit depth and Bayer video, tilts it,
// lights its LED, reads its accelerometer, and gets over bad packets, freezes and
// being unplugged.
//
// Model 1414 is driven whole; 1473 and the Kinect for Windows stream, without
// motor and LED, whose firmware is not free.
package usb

import (
	"context"

	"cutout/kinect"
)

// Model says which Kinect a camera belongs to.
type Model string

// The Kinects of the first generation. The second (Xbox One) is another machine.
const (
	Model1414    Model = "1414"
	Model1473    Model = "1473"
	ModelWindows Model = "Kinect for Windows"
)

// Found is one Kinect on the bus.
type Found struct {
	Serial string `json:"serial"` // "" when it could not be read
	Model  Model  `json:"model"`
	// Bus and Address are where it sits now; a replug changes the address.
	Bus     int `json:"bus"`
	Address int `json:"address"`
	// Motor is set when a motor that SetTilt can drive belongs to it.
	Motor bool `json:"motor"`
	// Trouble is why it can't be opened; nil if it can be. It wraps ErrPermission,
	// ErrBusy or ErrNoPower where that is the cause.
	Trouble error `json:"-"`
}

// List finds the Kinects on all buses, in the order of bus and address, without
// disturbing one that is in use. None is an empty list, not an error. A motor
// without a camera is listed with Trouble ErrNoPower and no serial.
func List() ([]Found, error) {
	return nil, nil
}

// Options say which Kinect to open and how.
type Options struct {
	// Serial picks one Kinect of several; "" takes the first that can be opened.
	Serial string
	// Queue is how many finished frames of each stream are kept for a reader that
	// is late; the oldest goes when it is full. 0 means 2: little delay. Recorders
	// want more.
	Queue int
	// NoVideo leaves the colour camera off.
	NoVideo bool
}

// A Device is an open Kinect which streams. It is a kinect.Source, and goes on
// being one while the Kinect is unplugged and plugged in again.
type Device struct{}

var _ kinect.Source = (*Device)(nil)

// Open finds a Kinect, reads its calibration and starts both streams. It fails
// with ErrNotFound, ErrNoPower, ErrPermission or ErrBusy wrapped where that is
// the cause. ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Device, error) {
	return nil, ErrNotFound
}

// Next implements kinect.Source.
func (d *Device) Next(ctx context.Context) (kinect.Image, error) { return kinect.Image{}, nil }

// Calibration implements kinect.Source: what this very sensor was measured to be.
func (d *Device) Calibration() kinect.Calibration { return kinect.Calibration{} }

// Status implements kinect.Source.
func (d *Device) Status() kinect.Status { return kinect.Status{} }

// Close stops the streams, waits for every goroutine and gives the device back.
func (d *Device) Close() error { return nil }
