// Package usb drives a real Xbox 360 Kinect over libusb (through gousb): finds it, reads
// its calibration, streams depth and video in every mode the sensor has, sets the
// colour camera, tilts it, lights its LED, reads its accelerometer, and gets over bad
// packets, freezes and being unplugged.
//
// Model 1414 is driven whole. Model 1473 and the Kinect for Windows are driven as
// libfreenect drives them: they stream; motor and LED work through the audio function
// once it runs firmware, which is not free and is not uploaded here (ErrNoFirmware).
// Everything here was tried on a virtual Kinect only; no physical one has been.
//
// # Modes and calibration
//
// Options say in which modes to start, and SetModes changes them while the Device runs.
// The registration depends on the video mode. A frame does not carry its calibration:
// the rule is that frames which Next gave before SetModes returned go with the
// calibration of before, and all later ones with that of Calibration.
//
// # What is lost
//
// A frame says which of its rows are in doubt, and Options.CompleteOnly keeps such
// frames away. Status counts packets and frames; its Trouble is one of the errors of
// this package, and Advice has a line on each for whoever owns the Kinect.
//
// # How it is built
//
// A Device has one goroutine that owns the camera (supervise.go): it starts the streams,
// watches them (watch.go), does what setters ask (modes.go, controls.go), and looks for
// a Kinect that has gone. A stream that brings nothing is started anew by a ladder: new
// transfers, the registers that start it, the device opened again. Each stream has a
// goroutine that reads (reader.go), which never waits for anybody: frames go to a short
// queue that drops its oldest. Everything that gousb does is behind three small
// interfaces (gousb.go); it is a copy with one type more, which tells packets apart.
package usb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cutout/kinect"
	"cutout/kinect/internal/imagequeue"
	"cutout/kinect/raw"
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
	// Model is the camera's; without power, what the other functions say.
	Model Model `json:"model"`
	// Bus and Address are where it sits now; a replug changes the address.
	Bus     int `json:"bus"`
	Address int `json:"address"`
	// Motor is set when a motor that SetTilt can drive belongs to it.
	Motor bool `json:"motor"`
	// Firmware is set when its audio function runs firmware, through which the motor
	// and the LED of models without a motor function are driven.
	Firmware bool `json:"firmware"`
	// Functions are all USB functions that were found of it.
	Functions []Function `json:"functions"`
	// Trouble is why it can't be opened, as far as can be told without claiming it:
	// it wraps ErrPermission or ErrNoPower where that is the cause. One that is in
	// use has none; Open finds out.
	Trouble error `json:"-"`
}

// FunctionKind names a part of a Kinect.
type FunctionKind string

// The parts.
const (
	FunctionCamera FunctionKind = "camera"
	FunctionMotor  FunctionKind = "motor"
	FunctionAudio  FunctionKind = "audio"
	// FunctionHub is what the others are plugged into inside the Kinect. It is named in
	// models that have one of Microsoft's: 1473 and the Kinect for Windows.
	FunctionHub FunctionKind = "hub"
)

// A Function is one of the USB devices that a Kinect consists of.
type Function struct {
	Kind    FunctionKind `json:"kind"`
	Product uint16       `json:"product"` // of vendor 045e
	Address int          `json:"address"`
	// Trouble is why it can't be opened, usually ErrPermission.
	Trouble error `json:"-"`
}

// Options say which Kinect to open and how.
type Options struct {
	// Serial picks one Kinect of several; "" takes the first that can be opened.
	Serial string
	// Queue is how many finished frames of each stream are kept for a reader that
	// is late; the oldest goes when it is full. 0 means 2: little delay. Recorders
	// want more.
	Queue int
	// Depth and Video are the modes to start in; the zero values are the usual ones.
	Depth kinect.DepthMode
	Video kinect.VideoMode
	// CompleteOnly keeps frames that lack something from Next; they are counted as
	// dropped. Otherwise they come, and say what they lack (kinect.Quality).
	CompleteOnly bool
	// Tap is given every read of the streams, before it is made into frames: for
	// recorders of packets. It is called on the goroutines that read, one call at a
	// time, keeps nothing of the read, and must not block or call the Device: a
	// sensor does not wait.
	Tap func(raw.Read)
}

// A Device is an open Kinect which streams. It is a kinect.Source, and goes on
// being one while the Kinect is unplugged and plugged in again.
type Device struct {
	options  Options
	bus      bus
	queue    *imagequeue.Queue
	state    state
	motor    motor
	want     settings // the goroutine's that supervises
	requests chan request
	tapping  sync.Mutex // one call of Options.Tap at a time

	stop     context.CancelFunc
	stopped  chan struct{} // closed when supervise has ended
	closing  sync.Once
	closeErr error
}

var _ kinect.Source = (*Device)(nil)

// Open finds a Kinect, reads its calibration and starts its streams. It fails
// with ErrNotFound, ErrNoPower, ErrPermission or ErrBusy wrapped where that is
// the cause. ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Device, error) {
	b, err := openBus()
	if err != nil {
		return nil, err
	}
	d, err := open(ctx, b, o)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return d, nil
}

func open(ctx context.Context, b bus, o Options) (*Device, error) {
	if err := kinect.CheckModes(o.Depth, o.Video); err != nil {
		return nil, err
	}
	c, s, err := choose(ctx, b, o.Serial, o.Video)
	if err != nil {
		return nil, err
	}
	d := &Device{
		options: o, bus: b, queue: imagequeue.New(o.Queue), want: settings{depth: o.Depth, video: o.Video},
		requests: make(chan request), stopped: make(chan struct{}),
	}
	d.state.opened(c)
	d.state.switched(o.Depth, o.Video, c.calibration)
	d.motor.attach(b, s)

	run, stop := context.WithCancel(context.Background())
	d.stop = stop
	started := make(chan error, 1)
	go d.supervise(run, c, started)
	select {
	case err = <-started:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		stop()
		<-d.stopped
		return nil, fmt.Errorf("start the Kinect %s: %w", c.serial, err)
	}
	return d, nil
}

// choose opens the Kinect with the serial, or the first that can be opened, for a
// video mode.
func choose(ctx context.Context, b bus, serial string, v kinect.VideoMode) (*camera, sensor, error) {
	functions, err := b.functions()
	if err != nil {
		return nil, sensor{}, fmt.Errorf("look for Kinects: %w", err)
	}
	var serials []string
	var failures []error
	powerless := false
	for _, s := range sensors(functions) {
		if s.camera == nil {
			powerless = true
			continue
		}
		c, err := openCamera(ctx, b, s, serial, v)
		if err == nil {
			return c, s, nil
		}
		var other *otherSerialError
		if errors.As(err, &other) {
			serials = append(serials, other.serial)
		} else {
			failures = append(failures, err)
		}
	}
	switch {
	case len(serials) > 0:
		failures = append([]error{fmt.Errorf("%w with serial %s; there is %s", ErrNotFound, serial, strings.Join(serials, " and "))}, failures...)
	case len(failures) == 0 && powerless:
		failures = []error{ErrNoPower}
	case len(failures) == 0:
		failures = []error{ErrNotFound}
	}
	err = failures[0]
	for _, f := range failures[1:] {
		err = fmt.Errorf("%w; %w", err, f)
	}
	return nil, sensor{}, err
}

// Serial is the number that Options.Serial would pick this Kinect by.
func (d *Device) Serial() string { return d.state.status().Serial }

// Next implements kinect.Source.
func (d *Device) Next(ctx context.Context) (kinect.Image, error) { return d.queue.Next(ctx) }

// Calibration implements kinect.Source: what this very sensor was measured to be.
func (d *Device) Calibration() kinect.Calibration { return d.state.calibration() }

// Status implements kinect.Source.
func (d *Device) Status() kinect.Status { return d.state.status() }

// Close stops the streams, waits for every goroutine and gives the device back.
func (d *Device) Close() error {
	d.closing.Do(func() {
		d.queue.Close()
		d.stop()
		<-d.stopped
		d.closeErr = d.bus.close()
	})
	return d.closeErr
}
