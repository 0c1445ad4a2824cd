package body_test

import (
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
)

// TestDance: through all poses, walking back and sideways, in several rooms, there is
// one person, the same, and nobody else.
func TestDance(t *testing.T) {
	const frames = 80
	for seed, room := range rooms() {
		tr := body.NewTracker()
		worst, sum := 1.0, 0.0
		for i := 0; i < frames; i += 2 {
			k := i / 10 % len(poses)
			s := puppet.Render(puppet.Figure{
				Pose:   poses[k].pose.Towards(poses[(k+1)%len(poses)].pose, i%10*100),
				Height: 1650, Distance: kinect.Millimetres(2000 + 18*i), Side: -300 + 7*i, Look: puppet.NewLook(uint64(seed)),
			}, room, uint64(i))
			scene := tr.Update(developed(s.Codes))
			check(t, scene)
			p := scene.Player()
			if p == nil || len(scene.People) != 1 || p.ID != 1 {
				t.Fatalf("room %d, frame %d: %d people", seed, i, len(scene.People))
			}
			iou := overlap(p.Mask, s.Truth, kinect.Height)
			worst = min(worst, iou)
			sum += iou
		}
		t.Logf("room %d: overlap at least %.3f, mean %.3f", seed, worst, 2*sum/frames)
		if worst < 0.92 || 2*sum/frames < 0.94 {
			t.Errorf("room %d: overlap at least %.3f, mean %.3f", seed, worst, 2*sum/frames)
		}
	}
}
