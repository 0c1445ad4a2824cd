package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
	"cutout/kinect/usb"
)

// A sensor is the player's source with the tracker behind it: the newest scene for
// whoever looks, and a nudge for whoever waits.
type sensor struct {
	source kinect.Source
	// puppet is set when the player is one.
	puppet *puppet.Puppet
	// choice says which sensor was taken, and why.
	choice string
	scene  atomic.Pointer[kinect.Scene]
	// fresh has room for one nudge; the camera takes them.
	fresh chan struct{}
}

// openSensor opens what --sensor names. "auto" takes the Kinect if there is one
// that works, else a puppet.
func openSensor(ctx context.Context, spec string, who puppet.Options) (*sensor, error) {
	name, argument, _ := strings.Cut(spec, ":")
	switch name {
	case "auto":
		return openAuto(ctx, who)
	case "kinect":
		device, err := usb.Open(ctx, usb.Options{Serial: argument})
		if err != nil {
			return nil, adviseKinect(err)
		}
		return newSensor(device, "the Kinect "+device.Status().Serial), nil
	case "recording":
		if argument == "" {
			return nil, usage(errors.New("--sensor recording needs a folder"), "--sensor recording:DIR, a folder written by fakenect-record")
		}
		source, err := openRecording(argument, 1, true)
		if err != nil {
			return nil, err
		}
		return newSensor(source, "the recording "+argument), nil
	case "puppet":
		return newPuppetSensor(who, "a puppet, as asked"), nil
	case "none":
		return newSensor(nowhere{}, "no sensor: only watching"), nil
	}
	return nil, usage(fmt.Errorf("there is no sensor %q", spec), "--sensor takes auto, kinect, kinect:SERIAL, recording:DIR, puppet or none")
}

// openAuto never fails: without a working Kinect there is the puppet.
func openAuto(ctx context.Context, who puppet.Options) (*sensor, error) {
	device, err := usb.Open(ctx, usb.Options{})
	if err == nil {
		return newSensor(device, "the Kinect "+device.Status().Serial), nil
	}
	why := "a puppet, because " + err.Error()
	if advice := usb.Advice(err); advice != "" && !errors.Is(err, usb.ErrNotFound) {
		why += " (" + advice + ")"
	}
	return newPuppetSensor(who, why), nil
}

// adviseKinect adds what to do about it.
func adviseKinect(err error) error {
	advice := usb.Advice(err)
	if advice == "" {
		advice = "play without it: --sensor puppet"
	}
	return hint(err, "%s", advice)
}

func newPuppetSensor(who puppet.Options, choice string) *sensor {
	p := puppet.New(who)
	s := newSensor(p, choice)
	s.puppet = p
	return s
}

func newSensor(source kinect.Source, choice string) *sensor {
	return &sensor{source: source, choice: choice, fresh: make(chan struct{}, 1)}
}

// Scene is the newest scene, nil before the first.
func (s *sensor) Scene() *kinect.Scene { return s.scene.Load() }

// Status is the source's.
func (s *sensor) Status() kinect.Status { return s.source.Status() }

// run turns frames into scenes until the source ends or ctx does. The newest scene
// wins; nobody who looks at them can slow the sensor.
func (s *sensor) run(ctx context.Context) error {
	frames := kinect.NewFrames(s.source, raw.NewDeveloper(s.source.Calibration()))
	tracker, up := body.NewTracker(), level{}
	for {
		frame, err := frames.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the sensor: %w", err)
		}
		up.tell(tracker, s.source)
		s.scene.Store(tracker.Update(frame))
		select {
		case s.fresh <- struct{}{}:
		default: // the camera has not taken the last nudge yet; it will find this scene
		}
	}
}

// nowhere is the source of somebody who only watches.
type nowhere struct{}

func (nowhere) Next(ctx context.Context) (kinect.Image, error) {
	<-ctx.Done()
	return kinect.Image{}, ctx.Err()
}
func (nowhere) Calibration() kinect.Calibration { return kinect.DefaultCalibration() }
func (nowhere) Status() kinect.Status           { return kinect.Status{Kind: "none", Live: true} }
func (nowhere) Close() error                    { return nil }
