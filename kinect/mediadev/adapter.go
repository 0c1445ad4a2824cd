package mediadev

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/availability"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// An adapter is a camera as mediadevices sees it: opened and closed each time somebody
// asks what cameras there are, so that nothing is started before VideoRecord.
type adapter struct {
	camera Camera

	mu     sync.Mutex
	source kinect.Source      // nil when no track runs
	cancel context.CancelFunc // ends its Next
}

var (
	_ driver.Adapter             = (*adapter)(nil)
	_ driver.VideoRecorder       = (*adapter)(nil)
	_ driver.AvailabilityAdapter = (*adapter)(nil)
)

// Open implements driver.Adapter.
func (a *adapter) Open() error {
	if a.camera.Present == nil {
		return nil
	}
	if err := a.camera.Present(); err != nil {
		return fmt.Errorf("%s: %w", a.camera.Label, err)
	}
	return nil
}

// IsAvailable implements driver.AvailabilityAdapter.
func (a *adapter) IsAvailable() (bool, error) {
	if err := a.Open(); err != nil {
		return false, errors.Join(availability.ErrNoDevice, err)
	}
	return true, nil
}

// Properties implements driver.Adapter.
func (a *adapter) Properties() []prop.Media {
	width, height := a.camera.Mode.Size()
	return []prop.Media{{Video: prop.Video{
		Width: width, Height: height, FrameRate: rate(a.camera.Mode), FrameFormat: frame.FormatI420,
	}}}
}

// rate is a mode's pictures in a second (see kinect.VideoMode).
func rate(m kinect.VideoMode) float32 {
	switch m {
	case kinect.VideoUYVY:
		return 15
	case kinect.VideoBayerSXGA, kinect.VideoInfraredSXGA:
		return 10
	}
	return 30
}

// VideoRecord implements driver.VideoRecorder: it starts the sensor. Read gives the
// newest picture that was not read yet, 4:2:0 in limited range, which never changes;
// release does nothing. It waits while the Kinect is unplugged, and ends with io.EOF
// when the track is closed or the source ends.
func (a *adapter) VideoRecord(prop.Media) (video.Reader, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source != nil {
		return nil, fmt.Errorf("%s: it runs already", a.camera.Label)
	}
	limited, done := context.WithTimeout(context.Background(), a.camera.OpenTimeout)
	defer done()
	source, err := a.camera.Open(limited)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.camera.Label, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.source, a.cancel = source, cancel
	return reader(ctx, source), nil
}

// reader develops the video of a source until ctx ends.
func reader(ctx context.Context, source kinect.Source) video.Reader {
	developer := raw.NewDeveloper(kinect.DefaultCalibration()) // colour needs no other
	return video.ReaderFunc(func() (image.Image, func(), error) {
		for {
			img, err := source.Next(ctx)
			switch {
			case ctx.Err() != nil || errors.Is(err, io.EOF):
				return nil, func() {}, io.EOF
			case err != nil:
				return nil, func() {}, err
			case img.Video == nil:
				continue
			}
			return developer.Colour(img.Video), func() {}, nil
		}
	})
}

// Close implements driver.Adapter: it ends the reader and closes the source. Closing
// twice is allowed.
func (a *adapter) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil {
		return nil
	}
	source := a.source
	a.cancel()
	a.source, a.cancel = nil, nil
	if err := source.Close(); err != nil {
		return fmt.Errorf("%s: %w", a.camera.Label, err)
	}
	return nil
}
