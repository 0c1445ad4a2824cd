// Package viewer shows what a sensor sees in a window: depth in colours, the colour
// picture, depth laid over colour, infrared; with counters, and the distance under
// the pointer; and on request the people that a tracker finds.
//
// It draws with Ebitengine, which gives a program one window: Run is for once.
package viewer

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"

	"github.com/hajimehoshi/ebiten/v2"

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

// Options say what to show. Their functions are called on a goroutine of the
// window's, one at a time, and may take a second; ctx ends with the window.
type Options struct {
	Source kinect.Source
	Title  string // of the sensor, on the screen
	First  View
	// SetVideo makes the video stream colour (VideoBayer) or infrared; nil says that
	// the source's stream is what it is.
	SetVideo func(context.Context, kinect.VideoMode) error
	// Video is the mode that the stream is in at first.
	Video kinect.VideoMode
	// Tilt turns the head by so many degrees and says where to; nil is a sensor
	// without a motor.
	Tilt func(ctx context.Context, by int) (degrees int, err error)
	// Advice has words on what to do about the source's trouble; nil has none.
	Advice func(error) string
	// Save keeps the picture of the key S and says where.
	Save func(View, *image.RGBA) (where string, err error)
	// Track finds the people in a frame; nil has the window show none. It is called with
	// every frame of depth while they are to be seen, by one goroutine.
	Track func(*kinect.Frame) *kinect.Scene
	// Bodies shows the people from the start; the key B does so later.
	Bodies bool
	// Tour goes through the views that the source has, hands a picture of the whole
	// window in each to Save, and comes back to the first.
	Tour bool
	// EndAfterTour closes the window behind it.
	EndAfterTour bool
	// Offscreen is for a display that nobody sees: it takes no focus and draws 15
	// frames a second.
	Offscreen bool
}

// ErrNoDisplay: no window can be opened here (no display, or no OpenGL).
var ErrNoDisplay = errors.New("no window can be opened here")

// Run opens the window and shows the source until the user leaves, ctx ends, the
// tour is over or the source has ended; these return nil. It must be called on the
// main goroutine; the source stays the caller's to close. Without a display the
// error is ErrNoDisplay.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	w, err := newWindow(ctx, o)
	if err != nil {
		cancel()
		return err
	}
	ended := w.start(ctx)
	ebiten.SetWindowTitle("Cutout: " + o.Title)
	ebiten.SetWindowSize(1280, 720)
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	ebiten.SetRunnableOnUnfocused(true)
	if o.Offscreen {
		ebiten.SetVsyncEnabled(false)
	}
	err = ebiten.RunGameWithOptions(w, &ebiten.RunGameOptions{
		InitUnfocused: o.Offscreen, X11ClassName: "Cutout", X11InstanceName: "cutout",
	})
	cancel()
	feedErr := <-ended
	switch {
	case err == nil:
		return feedErr
	case !w.drew:
		return fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	return fmt.Errorf("draw the sensor: %w", err)
}
