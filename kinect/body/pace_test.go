package body_test

import (
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
)

// TestSlowSource: where frames come half a second apart, as in recordings that were
// thinned out, people move a metre between two of them, and are found all the same.
func TestSlowSource(t *testing.T) {
	tracker := body.NewTracker()
	for n, mm := range []int{1800, 2300, 2900, 3300, 2300, 3300, 2400, 1800} {
		f, _ := posed(room(), poses[n%len(poses)].pose, mm, uint64(n))
		f.Clock = uint32(n) * kinect.ClockHz / 2
		if people := tracker.Update(f).People; len(people) != 1 {
			t.Errorf("frame %d, somebody at %d mm: %d people found", n, mm, len(people))
		}
	}
}
