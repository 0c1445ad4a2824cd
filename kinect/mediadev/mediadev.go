// Package mediadev lets any program built on github.com/pion/mediadevices pick a
// Kinect as its camera. Register one and GetUserMedia finds it beside the webcams:
//
//	camera, err := mediadev.Register(mediadev.Camera{
//		Open: func(ctx context.Context) (kinect.Source, error) { return usb.Open(ctx, usb.Options{}) },
//	})
//	defer camera.Unregister()
//
// Any kinect.Source does: a recording and a puppet are cameras too. The infrared
// picture is a second camera, of a source in another mode.
package mediadev

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/pion/mediadevices/pkg/driver"

	"cutout/kinect"
)

// A Camera says what is registered.
type Camera struct {
	// Label is what people choose by; "" is "Kinect", or "Kinect (infrared)" in an
	// infrared mode.
	Label string
	// Mode is what the source's video is; it gives the size and rate that the camera
	// announces. The zero value is colour, 640x480 at 30 frames a second.
	Mode kinect.VideoMode
	// Open starts the sensor. It is called when a track starts, which then owns the
	// source and closes it, and again for each track after that one.
	Open func(context.Context) (kinect.Source, error)
	// Present, if set, says in little time why Open would fail now. GetUserMedia asks
	// each camera it knows, and goes on to others while there is an answer. Without it
	// the camera always counts as there.
	Present func() error
	// Priority is mediadevices': a camera of a higher one is taken when several do.
	Priority driver.Priority
	// OpenTimeout bounds Open; 0 is 15 seconds, in which a Kinect wakes even at the
	// third attempt.
	OpenTimeout time.Duration
}

// A Registration is a camera in mediadevices' list.
type Registration struct{ id string }

// Register puts a camera into the process-wide list of mediadevices, until Unregister.
func Register(c Camera) (*Registration, error) {
	width, _ := c.Mode.Size()
	switch {
	case c.Open == nil:
		return nil, errors.New("register a Kinect: Camera.Open is missing")
	case width == 0:
		return nil, fmt.Errorf("register a Kinect: mode %v has no picture", c.Mode)
	}
	if c.OpenTimeout <= 0 {
		c.OpenTimeout = 15 * time.Second
	}
	if c.Label == "" {
		c.Label = "Kinect"
		if c.Mode.Format() == kinect.Infrared {
			c.Label = "Kinect (infrared)"
		}
	}
	manager := driver.GetManager()
	info := driver.Info{Label: c.Label, DeviceType: driver.Camera, Priority: c.Priority, Name: "kinect-" + rand.Text()}
	if err := manager.Register(&adapter{camera: c}, info); err != nil {
		return nil, fmt.Errorf("register %s: %w", c.Label, err)
	}
	// The manager gives the camera an identity of its own choice, and does not say it.
	for _, d := range manager.Query(func(d driver.Driver) bool { return d.Info().Name == info.Name }) {
		return &Registration{id: d.ID()}, nil
	}
	return nil, fmt.Errorf("register %s: mediadevices did not keep it", c.Label)
}

// ID is what a DeviceID constraint picks this camera by.
func (r *Registration) ID() string { return r.id }

// Unregister takes the camera off the list. Tracks that run go on.
func (r *Registration) Unregister() { driver.GetManager().Delete(r.id) }
