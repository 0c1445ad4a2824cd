package assets

import (
	_ "embed"
	"encoding/json"

	"cutout/kinect"
)

// A Pose is one that walls are cut from.
type Pose struct {
	Name       string
	Difficulty int // 1, easy, to 5
	Pose       kinect.Pose
}

//go:embed poses.json
var poses []byte

// Poses are all that the game comes with, as poses.json lists them: angles that are
// not named there are 0. The slice is new each time.
func Poses() []Pose {
	var all []Pose
	if err := json.Unmarshal(poses, &all); err != nil {
		panic("assets: poses.json: " + err.Error()) //nolint:forbidigo // embedded, and tested: can not happen
	}
	return all
}
