package body_test

import (
	"math"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
)

// TestFloorAndSpace: the puppet's sensor stands level, 900 mm above the floor.
func TestFloorAndSpace(t *testing.T) {
	f, _ := posed(room(), poses[0].pose, 2600, 1)
	level := kinect.Place{Y: -1}
	for name, up := range map[string]kinect.Place{"unknown": {}, "level": {Y: -9.81}, "not a number": {X: math.NaN()}} {
		tr := body.NewTracker()
		tr.SetUp(up)
		s := tr.Update(f)
		if !s.Floor.Known || math.Abs(s.Floor.Height-0.9) > 0.03 || -s.Floor.Up.Y < 0.999 {
			t.Errorf("up %s: floor %+v", name, s.Floor)
		}
		if s.Space.Near >= s.Space.Far || s.Space.Left >= 0 || s.Space.Right <= 0 {
			t.Errorf("up %s: space %+v", name, s.Space)
		}
	}
	tr := body.NewTracker()
	tr.SetUp(kinect.Place{Y: -2})
	s := tr.Update(&kinect.Frame{Depth: make([]kinect.Millimetres, pixels)})
	if s.Floor.Known || s.Floor.Up != level || s.Space != (kinect.Space{}) {
		t.Errorf("nothing seen: floor %+v, space %+v", s.Floor, s.Space)
	}
	// With the accelerometer on its side, nothing in the room is a floor.
	tr.SetUp(kinect.Place{X: 1})
	if s := tr.Update(f); s.Floor.Known {
		t.Errorf("a floor across %v", s.Floor.Up)
	}
}

// TestRoom: numbers say how far somebody may go.
func TestRoom(t *testing.T) {
	s := puppet.Render(puppet.Figure{Pose: poses[0].pose, Height: 1700, Distance: 2600, Side: 700}, room(), 1)
	p := body.NewTracker().Update(developed(s.Codes)).Player()
	if p == nil {
		t.Fatal("nobody")
	}
	r, mm := p.Room, int(p.Distance)
	if r.Near != mm-800 || r.Far != 4000-mm || r.Left-r.Right < 1200 || r.Left-r.Right > 1600 {
		t.Errorf("at %d mm, 700 to the right: %+v", mm, r)
	}
	if p.Facing < 0.6 {
		t.Errorf("facing %.2f", p.Facing)
	}
}

// TestEverybodyIsListed: while the player is hidden nobody plays, but those who are
// there are in the scene.
func TestEverybodyIsListed(t *testing.T) {
	tr := body.NewTracker()
	player := puppet.Figure{Pose: poses[0].pose, Height: 1700, Distance: 2900, Look: puppet.NewLook(1)}
	hidden := 0
	for i := range 30 {
		passer := puppet.Figure{Pose: poses[0].pose, Height: 1800, Distance: 1900, Side: -1300 + i*90}
		scene := tr.Update(both(player, passer, uint64(i)))
		check(t, scene)
		if len(scene.People) == 0 {
			t.Errorf("frame %d: nobody", i)
		}
		if scene.Player() == nil {
			hidden++
		}
	}
	if hidden == 0 || hidden > 20 {
		t.Errorf("no player in %d frames", hidden)
	}
}
