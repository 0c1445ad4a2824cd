package puppet

import "cutout/kinect"

// A Colour is 8-bit sRGB.
type Colour struct{ R, G, B uint8 }

// Hair says how the hair is cut.
type Hair uint8

// The cuts there are. None of them leaves the round head of kinect.Limbs, so that
// hair never sticks out of a hole which the body fits.
const (
	Short Hair = iota
	Long
	Fringe
	Bald
	Curly
)

// A Look is what a person wears and is.
type Look struct {
	Skin, Hair, Shirt, Trim, Trousers, Shoes Colour
	Cut                                      Hair
}

// A Face is how a face looks at one moment.
type Face struct {
	// Smile, 0..1000: from calm to laughing with an open mouth.
	Smile int
	// Closed shuts the eyes.
	Closed bool
}

// A Figure is a person at one moment, standing on the room's floor.
type Figure struct {
	Pose kinect.Pose
	// Height of the person standing straight.
	Height kinect.Millimetres
	// Distance of the body's middle from the sensor's plane.
	Distance kinect.Millimetres
	// Side is how many millimetres to the right of the picture's middle the person
	// stands, before Pose.Shift.
	Side int
	Look Look
	Face Face
}
