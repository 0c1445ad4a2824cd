package gesture

import (
	"math"
	"testing"

	"cutout/kinect"
)

// TestExpect: a hand that moves steadily is expected further on, for a moment; nobody's
// is expected anywhere.
func TestExpect(t *testing.T) {
	var p Person
	if e := p.Expect(0); e.Known != [kinect.JointCount]bool{} {
		t.Errorf("of nobody: %+v", e)
	}
	const ticks = 2_002_000
	at := func(i int) float64 { return -0.5 + 0.03*float64(i) } // 0.9 m/s
	clock := uint32(0)
	for i := range 20 {
		var of kinect.Person
		of.Joints[kinect.LeftHand] = kinect.Joint{Place: kinect.Place{X: at(i), Z: 2}, Confidence: 1, Sight: kinect.Seen}
		clock += ticks
		p.Update(&of, clock, kinect.Place{})
	}
	e := p.Expect(clock + ticks)
	if x := e.At[kinect.LeftHand].X; !e.Known[kinect.LeftHand] || math.Abs(x-at(20)) > 0.01 {
		t.Errorf("expected at %.3f, will be at %.3f", x, at(20))
	}
	if e.Known[kinect.RightHand] {
		t.Error("a hand that was never seen is expected")
	}
	for range 5 {
		clock += ticks
		p.Update(&kinect.Person{}, clock, kinect.Place{})
	}
	if e := p.Expect(clock + ticks); e.Known[kinect.LeftHand] {
		t.Error("a hand is expected long after it was seen last")
	}
}
