package body_test

import (
	"math"
	"slices"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/mannequin"
)

// TestMadeUpJoints: joints that are seen in made-up single shots, of seeds the forest was
// not trained on, of those people who were found.
func TestMadeUpJoints(t *testing.T) {
	const shots, first = 24, 1 << 50
	var off, hands []float64
	for seed := range uint64(shots) {
		shot := mannequin.Still(first + seed)
		scene := body.NewTracker().Update(shot.Frame)
		check(t, scene)
		for i := range scene.People {
			p := &scene.People[i]
			truth := whose(p, shot)
			if truth == nil {
				continue
			}
			for j := range truth.Joints {
				want, got := &truth.Joints[j], &p.Joints[j]
				if want.Sight != kinect.Seen {
					continue
				}
				mm := math.Inf(1)
				if got.Confidence > 0 {
					mm = 1000 * math.Hypot(math.Hypot(want.Place.X-got.Place.X, want.Place.Y-got.Place.Y), want.Place.Z-got.Place.Z)
				}
				off = append(off, mm)
				if name := kinect.JointName(j); name == kinect.LeftHand || name == kinect.RightHand {
					hands = append(hands, mm)
				}
			}
		}
	}
	within := func(mm []float64) float64 {
		n := 0
		for _, d := range mm {
			if d < 100 {
				n++
			}
		}
		return float64(n) / float64(len(mm))
	}
	slices.Sort(off)
	slices.Sort(hands)
	t.Logf("%d joints, median %.0f mm, %.0f %% within 100 mm; %d hands, median %.0f mm, %.0f %% within 100 mm",
		len(off), off[len(off)/2], 100*within(off), len(hands), hands[len(hands)/2], 100*within(hands))
	if len(off) < 120 || off[len(off)/2] > 60 || within(off) < 0.7 || within(hands) < 0.6 {
		t.Error("too few joints are where they are")
	}
}

// whose is the truth of the person whose mask is p's by half or more.
func whose(p *kinect.Person, s *mannequin.Shot) *mannequin.Truth {
	for i := range s.People {
		if overlap(p.Mask, &s.People[i].Mask, kinect.Height) > 0.5 {
			return &s.People[i]
		}
	}
	return nil
}
