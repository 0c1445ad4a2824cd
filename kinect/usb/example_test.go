package usb_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb"
)

// Opens the first Kinect that works and counts what it sees.
func ExampleOpen() {
	ctx := context.Background()
	device, err := usb.Open(ctx, usb.Options{})
	if err != nil {
		log.Fatalf("%v\n%s", err, usb.Advice(err))
	}
	defer device.Close()
	for {
		image, err := device.Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if image.Depth != nil {
			fmt.Println("depth at", image.Depth.Clock, "without the rows", image.Depth.Lost)
		}
	}
}

// Lists every Kinect on the machine, and what ails it.
func ExampleList() {
	found, err := usb.List()
	if err != nil {
		log.Fatal(err)
	}
	for _, k := range found {
		fmt.Println(k.Model, k.Serial)
		if k.Trouble != nil {
			fmt.Printf("%v: %s\n", k.Trouble, usb.Advice(k.Trouble))
		}
	}
}

// Takes frames as a game wants them: millimetres that lie on a colour picture.
func ExampleDevice_frames() {
	ctx := context.Background()
	device, err := usb.Open(ctx, usb.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	frames := kinect.NewFrames(device, raw.NewDeveloper(device.Calibration()))
	for {
		frame, err := frames.Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("in the middle:", frame.Depth[240*kinect.Width+320], "mm; colour is", frame.ColourAge, "older")
	}
}

// Looks through the infrared camera for a while, and then at colour in full size.
func ExampleDevice_SetModes() {
	ctx := context.Background()
	device, err := usb.Open(ctx, usb.Options{Video: kinect.VideoInfrared})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	if err := device.SetInfraredGain(20); err != nil {
		log.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	if err := device.SetModes(ctx, kinect.DepthOff, kinect.VideoBayerSXGA); err != nil {
		log.Fatal(err)
	}
	// From here on Next gives 1280x1024 and nothing else.
}

// Tilts the head upwards and says how it stands.
func ExampleDevice_SetTilt() {
	device, err := usb.Open(context.Background(), usb.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	if err := device.SetTilt(10); err != nil {
		log.Fatalf("%v\n%s", err, usb.Advice(err))
	}
	for state := (usb.MotorState{}); state.Motion != usb.MotionStopped; time.Sleep(100 * time.Millisecond) {
		if state, err = device.State(); err != nil {
			log.Fatal(err)
		}
		fmt.Println(state.Motion, state.Tilt)
	}
}

// Keeps every packet as it came, losses included. What is given to Tap must be copied
// before it returns; here a goroutine writes it away.
func ExampleOptions_tap() {
	reads := make(chan raw.Read, 256)
	device, err := usb.Open(context.Background(), usb.Options{Tap: func(r raw.Read) {
		r.Bytes = append([]byte(nil), r.Bytes...)
		r.Lengths = append([]int(nil), r.Lengths...)
		select {
		case reads <- r:
		default: // the disk is too slow: better here than in the sensor
		}
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()
	for r := range reads {
		fmt.Println(r.Stream, len(r.Lengths), "slots with", len(r.Bytes), "bytes")
	}
}
