package assets
package assets

import "cutout/kinect"

// A Pose is one that walls are cut from.
type Pose struct {
	Name       string
	Difficulty int // 1, easy, to 5
	Pose       kinect.Pose
}

// Poses are all that the game comes with; a new slice each time.
func Poses() []Pose { return nil }
