package body_test

import (
	"testing"

	"cutout/kinect/body"
	"cutout/kinect/mannequin"
)

// TestRaisedHandIsNobody: a dancer's hand beside his head is not somebody else's.
func TestRaisedHandIsNobody(t *testing.T) {
	play := mannequin.NewPlay(mannequin.Dance, 1<<32)
	tracker := body.NewTracker()
	for i := 366; i < 380; i++ {
		if n := len(tracker.Update(play.Shot(i).Frame).People); n != 1 {
			t.Fatalf("frame %d: %d people", i, n)
		}
	}
}
