package accuracy

import (
	"math"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/mannequin"
)

// TestLossesSumUp: what is lost for all reasons together is what is missing to 1, and
// nobody is better than the most there can be by more than its guesses.
func TestLossesSumUp(t *testing.T) {
	play := mannequin.NewPlay(mannequin.Cross, 3)
	tracker := body.NewTracker()
	var l losses
	for i := range 12 {
		shot := play.Shot(i)
		s := tracker.Update(shot.Frame)
		for k := range shot.People {
			var found *kinect.Person
			if k < len(s.People) {
				found = &s.People[k]
			}
			l.add(shot, s, &shot.People[k], found)
		}
	}
	lost := 0.0
	for _, share := range l.share {
		lost += share
	}
	if n := float64(l.bodies); math.Abs(lost-(n-l.overlap)) > 1e-6*n {
		t.Errorf("lost %.4f, missing %.4f", lost, n-l.overlap)
	}
	if most := l.ceiling / float64(l.ceilings); most < 0.9 || most > 1 {
		t.Errorf("the most there can be is %.3f", most)
	}
}
