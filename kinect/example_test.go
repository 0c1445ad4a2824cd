package kinect_test

import (
	"fmt"

	"cutout/kinect"
)

// A pixel with its distance is a place in front of the sensor, in metres.
func ExampleCalibration_Place() {
	calibration := kinect.DefaultCalibration()
	p := calibration.Place(500, 120, 2000)
	fmt.Printf("%.3f m to the right in the picture, %.3f m up, %.3f m away\n", p.X, -p.Y, p.Z)

	x, y, mm, ok := calibration.Pixel(p)
	fmt.Printf("seen at (%.0f, %.0f), %d mm away, %v\n", x, y, mm, ok)
	// Output:
	// 0.625 m to the right in the picture, 0.417 m up, 2.000 m away
	// seen at (500, 120), 2000 mm away, true
}
