package mediadev_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/mediadevices"
	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/availability"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"

	"cutout/kinect"
	"cutout/kinect/mediadev"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

func TestMain(m *testing.M) {
	virtual.Main(func() int { return sourcetest.CheckLeaks(m.Run()) })
}

func register(t *testing.T, c mediadev.Camera) *mediadev.Registration {
	t.Helper()
	r, err := mediadev.Register(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Unregister)
	return r
}

// track asks for a camera as any program does.
func track(constraint mediadevices.MediaOption) (*mediadevices.VideoTrack, error) {
	stream, err := mediadevices.GetUserMedia(mediadevices.MediaStreamConstraints{Video: constraint})
	if err != nil {
		return nil, err
	}
	return stream.GetVideoTracks()[0].(*mediadevices.VideoTrack), nil
}

func plugIn(t *testing.T) *virtual.Kinect {
	t.Helper()
	bus, err := virtual.Attach()
	if err != nil {
		t.Fatal(err)
	}
	bus.Reset()
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	bus.Kinects[0].SetPatience(5 * time.Second)
	return bus.Kinects[0]
}

// read takes pictures until one suits.
func read(t *testing.T, track *mediadevices.VideoTrack, suits func(*image.YCbCr) bool) {
	t.Helper()
	reader := track.NewReader(false)
	for n := range 300 {
		img, release, err := reader.Read()
		if err != nil {
			t.Fatalf("picture %d: %v", n, err)
		}
		picture, ok := img.(*image.YCbCr)
		release()
		if !ok || picture.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			t.Fatalf("picture %d is a %T", n, img)
		}
		if suits(picture) {
			return
		}
	}
	t.Fatal("none of 300 pictures is as it should be")
}

func samePicture(a, b *image.YCbCr) bool {
	return a.Rect == b.Rect && bytes.Equal(a.Y, b.Y) && bytes.Equal(a.Cb, b.Cb) && bytes.Equal(a.Cr, b.Cr)
}

// TestColour takes the virtual Kinect, through the real driver, as a camera: its
// pictures are those that the mosaic it sends develops to.
func TestColour(t *testing.T) {
	k := plugIn(t)
	sent := virtual.RandomFrame(5, virtual.Bayer, 1)
	if err := k.Loop(virtual.Bayer, [][]byte{sent}); err != nil {
		t.Fatal(err)
	}
	want := raw.NewDeveloper(kinect.DefaultCalibration()).Colour(&kinect.VideoFrame{
		Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: sent,
	})
	r := register(t, mediadev.Camera{Open: func(ctx context.Context) (kinect.Source, error) { return usb.Open(ctx, usb.Options{}) }})
	infos := mediadevices.EnumerateDevices()
	if len(infos) != 1 || infos[0].Label != "Kinect" || infos[0].DeviceType != driver.Camera || infos[0].Kind != mediadevices.VideoInput || infos[0].DeviceID != r.ID() {
		t.Errorf("cameras %+v", infos)
	}
	// Twice: a camera can be taken again.
	for range 2 {
		track, err := track(func(c *mediadevices.MediaTrackConstraints) {
			c.Width, c.Height = prop.Int(640), prop.IntExact(480)
			c.FrameRate, c.FrameFormat = prop.Float(30), prop.FrameFormatExact(frame.FormatI420)
		})
		if err != nil {
			t.Fatal(err)
		}
		read(t, track, func(p *image.YCbCr) bool { return samePicture(p, want) })
		if err := track.Close(); err != nil {
			t.Error(err)
		}
		if k.Claimed() {
			t.Error("the Kinect is still held after the track was closed")
		}
	}
	if k.Misuse() != 0 {
		t.Error("libusb was misused")
	}
}

// TestInfrared takes the infrared picture as a second camera, by its identity.
func TestInfrared(t *testing.T) {
	k := plugIn(t)
	sent := virtual.RandomFrame(6, virtual.Infrared, 2)
	if err := k.Loop(virtual.Infrared, [][]byte{sent}); err != nil {
		t.Fatal(err)
	}
	want := raw.NewDeveloper(kinect.DefaultCalibration()).Colour(&kinect.VideoFrame{
		Format: kinect.Infrared, Width: 640, Height: 488, Intensity: virtual.Infrared.Unpack(sent),
	})
	register(t, mediadev.Camera{Open: func(ctx context.Context) (kinect.Source, error) { return usb.Open(ctx, usb.Options{}) }})
	infrared := register(t, mediadev.Camera{
		Mode: kinect.VideoInfrared,
		Open: func(ctx context.Context) (kinect.Source, error) {
			return usb.Open(ctx, usb.Options{Video: kinect.VideoInfrared})
		},
	})
	track, err := track(func(c *mediadevices.MediaTrackConstraints) { c.DeviceID = prop.StringExact(infrared.ID()) })
	if err != nil {
		t.Fatal(err)
	}
	defer track.Close()
	read(t, track, func(p *image.YCbCr) bool {
		if p.Rect.Size() != image.Pt(640, 488) {
			t.Fatalf("an infrared picture of %v", p.Rect.Size())
		}
		return samePicture(p, want)
	})
}

// TestUnplugged: the track goes on when the Kinect comes back.
func TestUnplugged(t *testing.T) {
	k := plugIn(t)
	register(t, mediadev.Camera{Open: func(ctx context.Context) (kinect.Source, error) { return usb.Open(ctx, usb.Options{}) }})
	track, err := track(func(*mediadevices.MediaTrackConstraints) {})
	if err != nil {
		t.Fatal(err)
	}
	defer track.Close()
	read(t, track, func(*image.YCbCr) bool { return true })
	k.Unplug(virtual.Reaped)
	back := time.AfterFunc(300*time.Millisecond, func() { k.Plug() })
	defer back.Stop()
	opens := k.Opens()
	read(t, track, func(*image.YCbCr) bool { return k.Opens() > opens })
}

func openPuppet(context.Context) (kinect.Source, error) { return puppet.New(puppet.Options{}), nil }

// TestCloseWhileReading: closing the track ends a reader that waits, with its end told.
func TestCloseWhileReading(t *testing.T) {
	register(t, mediadev.Camera{Label: "Puppet", Open: openPuppet})
	track, err := track(func(*mediadevices.MediaTrackConstraints) {})
	if err != nil {
		t.Fatal(err)
	}
	ended, told := make(chan error, 1), make(chan error, 1)
	track.OnEnded(func(err error) { told <- err })
	started := make(chan struct{})
	go func() {
		reader := track.NewReader(true)
		for n := 0; ; n++ {
			if _, _, err := reader.Read(); err != nil {
				ended <- err
				return
			}
			if n == 2 {
				close(started)
			}
		}
	}()
	<-started
	for range 2 {
		if err := track.Close(); err != nil {
			t.Error(err)
		}
	}
	for what, c := range map[string]chan error{"reader": ended, "OnEnded": told} {
		select {
		case err := <-c:
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", what, err)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s was not told", what)
		}
	}
}

// broken is a source that fails.
type broken struct{ kinect.Source }

var errBroken = errors.New("the sensor is broken")

func (broken) Next(context.Context) (kinect.Image, error) { return kinect.Image{}, errBroken }
func (broken) Close() error                               { return errBroken }

func TestBrokenSource(t *testing.T) {
	register(t, mediadev.Camera{Open: func(context.Context) (kinect.Source, error) { return broken{}, nil }})
	track, err := track(func(*mediadevices.MediaTrackConstraints) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := track.NewReader(false).Read(); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if err := track.Close(); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "Kinect") {
		t.Error(err)
	}
}

// TestAbsent: a camera that is not there is passed over, and one that can't be opened
// says why.
func TestAbsent(t *testing.T) {
	gone := errors.New("no Kinect was found")
	there := atomic.Bool{}
	absent := register(t, mediadev.Camera{
		Label: "Absent", Priority: driver.PriorityHigh,
		Open: func(context.Context) (kinect.Source, error) { return nil, gone },
		Present: func() error {
			if there.Load() {
				return nil
			}
			return gone
		},
	})
	available := func() error {
		_, err := driver.IsAvailable(driver.GetManager().Query(driver.FilterID(absent.ID()))[0])
		return err
	}
	if _, err := track(func(*mediadevices.MediaTrackConstraints) {}); err == nil {
		t.Error("a camera that is not there was found")
	}
	if err := available(); !errors.Is(err, availability.ErrNoDevice) || !errors.Is(err, gone) {
		t.Error(err)
	}
	register(t, mediadev.Camera{Label: "Puppet", Open: openPuppet})
	second, err := track(func(*mediadevices.MediaTrackConstraints) {})
	if err != nil {
		t.Fatalf("the other camera was not taken: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	there.Store(true)
	if _, err := track(func(*mediadevices.MediaTrackConstraints) {}); !errors.Is(err, gone) {
		t.Errorf("the preferred one, which can't be opened: %v", err)
	}
	if err := available(); err != nil {
		t.Error(err)
	}
	// It failed, and can be tried again.
	if _, err := track(func(*mediadevices.MediaTrackConstraints) {}); !errors.Is(err, gone) {
		t.Errorf("the second time: %v", err)
	}
}

// TestRates: what each mode announces can be asked for.
func TestRates(t *testing.T) {
	for mode, want := range map[kinect.VideoMode]prop.Video{
		kinect.VideoBayer:        {Width: 640, Height: 480, FrameRate: 30},
		kinect.VideoUYVY:         {Width: 640, Height: 480, FrameRate: 15},
		kinect.VideoInfrared:     {Width: 640, Height: 488, FrameRate: 30},
		kinect.VideoBayerSXGA:    {Width: 1280, Height: 1024, FrameRate: 10},
		kinect.VideoInfraredSXGA: {Width: 1280, Height: 1024, FrameRate: 10},
	} {
		r, err := mediadev.Register(mediadev.Camera{Mode: mode, Open: openPuppet})
		if err != nil {
			t.Fatal(err)
		}
		d := driver.GetManager().Query(driver.FilterID(r.ID()))[0]
		if err := d.Open(); err != nil {
			t.Fatal(err)
		}
		want.FrameFormat = frame.FormatI420
		if p := d.Properties(); len(p) != 1 || p[0].Video != want {
			t.Errorf("%v: %+v, want %+v", mode, p, want)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		r.Unregister()
		if left := mediadevices.EnumerateDevices(); len(left) != 0 {
			t.Errorf("%+v is still there", left)
		}
	}
}

func TestRegisterErrors(t *testing.T) {
	for what, c := range map[string]mediadev.Camera{
		"Open is missing":            {},
		"mode off has no picture":    {Mode: kinect.VideoOff, Open: openPuppet},
		"VideoMode(99) has no pictu": {Mode: 99, Open: openPuppet},
	} {
		if _, err := mediadev.Register(c); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %q, got %v", what, err)
		}
	}
}

func ExampleRegister() {
	camera, err := mediadev.Register(mediadev.Camera{
		Label: "A made-up Kinect",
		// A real one: usb.Open(ctx, usb.Options{}).
		Open: func(context.Context) (kinect.Source, error) { return puppet.New(puppet.Options{}), nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer camera.Unregister()

	// From here on it is pion's API, as with any webcam.
	stream, err := mediadevices.GetUserMedia(mediadevices.MediaStreamConstraints{
		Video: func(c *mediadevices.MediaTrackConstraints) { c.Width = prop.Int(640) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	track := stream.GetVideoTracks()[0].(*mediadevices.VideoTrack)
	defer track.Close()
	picture, release, err := track.NewReader(false).Read()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer release()
	fmt.Println(picture.Bounds().Size())
	// Output: (640,480)
}
