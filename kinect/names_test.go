package kinect

import (
	"slices"
	"testing"
)

// TestNames: whatever has a name has one of its own, and what does not exist is unknown.
func TestNames(t *testing.T) {
	var joints, sights, activities []string
	for n := range JointName(JointCount) {
		joints = append(joints, n.String())
	}
	for s := Unknown; s <= OutOfView; s++ {
		sights = append(sights, s.String())
	}
	for a := Bystander; a <= Sitting; a++ {
		activities = append(activities, a.String())
	}
	for _, names := range [][]string{joints, sights, activities} {
		sorted := slices.Sorted(slices.Values(names))
		if len(slices.Compact(sorted)) != len(names) || slices.Contains(names, "") {
			t.Errorf("names are missing or twice: %q", names)
		}
	}
	if slices.Contains(joints, "unknown") || slices.Contains(activities, "unknown") {
		t.Errorf("%q and %q", joints, activities)
	}
	for _, name := range []string{JointName(JointCount).String(), (OutOfView + 1).String(), (Sitting + 1).String()} {
		if name != "unknown" {
			t.Errorf("what does not exist is called %q", name)
		}
	}
	if LeftHand.String() != "left_hand" || OutOfView.String() != "out_of_view" || Playing.String() != "playing" {
		t.Errorf("%s, %s, %s", LeftHand, OutOfView, Playing)
	}
}

// TestBones: every joint hangs on another, and all on one body.
func TestBones(t *testing.T) {
	reached := map[JointName]bool{Head: true}
	for range JointCount {
		for _, b := range Bones() {
			if reached[b[0]] || reached[b[1]] {
				reached[b[0]], reached[b[1]] = true, true
			}
		}
	}
	if len(reached) != JointCount {
		t.Errorf("only %v hang together", reached)
	}
}

func TestGestures(t *testing.T) {
	g := HandsUp | Wave
	if !g.Has(Wave) || !g.Has(g) || g.Has(TPose) || g.Has(Wave|TPose) {
		t.Errorf("%v has the wrong gestures", g)
	}
	if names := g.Names(); !slices.Equal(names, []string{"hands_up", "wave"}) {
		t.Errorf("%q", names)
	}
	if names := Gestures(1<<15 | SwipeRight).Names(); !slices.Equal(names, []string{"swipe_right"}) {
		t.Errorf("%q", names)
	}
	if Gestures(0).Names() == nil {
		t.Error("no gesture is no empty list")
	}
}

func TestQuality(t *testing.T) {
	if !(Quality{}).Whole() || (Quality{LostPackets: 1, Lost: []Rows{{0, 1}}}).Whole() || (Quality{Lost: []Rows{{0, 1}}}).Whole() {
		t.Error("what is whole is not, or the other way round")
	}
}
