package usb_test

import (
	"context"
	"fmt"
	"log"

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
			fmt.Println("depth at", image.Depth.Clock, "without", image.Depth.LostPackets, "packets")
		}
	}
}
