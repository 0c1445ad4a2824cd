package body_test

import (
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/mannequin"
)

// TestHandBesideHead: people who stand free are found in the first frame, also with a hand
// beside the head or with a child's proportions; and nobody else is.
func TestHandBesideHead(t *testing.T) {
	found, strangers := 0, 0
	const plays = 12
	for seed := range uint64(plays) {
		shot := mannequin.NewPlay(mannequin.Stillness, 7<<32+uint64(mannequin.Stillness)<<16+seed).Shot(0)
		for _, p := range body.NewTracker().Update(shot.Frame).People {
			if overlap(p.Mask, &shot.People[0].Mask, kinect.Height) > 0.5 {
				found++
			} else {
				strangers++
			}
		}
	}
	if found < plays || strangers > 0 {
		t.Errorf("%d of %d people, %d strangers", found, plays, strangers)
	}
}
