package body

import (
	"testing"

	"cutout/kinect"
	"cutout/kinect/body/forest"
	"cutout/kinect/body/gesture"
	"cutout/kinect/mannequin"
)

// put has votes for a joint meet at a place, mm.
func (l *limbs) put(j kinect.JointName, x, y, z, worth float32) {
	for range 10 {
		l.votes.Cast[j] = append(l.votes.Cast[j], forest.Cast{X: x, Y: y, Z: z, Weight: worth / 10})
	}
}

// paint is body all along a line, mm, some way before it.
func (l *limbs) paint(x0, y0, x1, y1, z float32) {
	for i := range 200 {
		t := float32(i) / 199
		u, v := int((x0+(x1-x0)*t)*focal/z+centreX+0.5), int((y0+(y1-y0)*t)*focal/z+centreY+0.5)
		for d := -1; d <= 1; d++ {
			if l.view.Z[v*gridWidth+u+d] == forest.Nothing {
				l.view.Put(u+d, v, int32(z)-30)
			}
		}
	}
}

// upperBody is a body of sorts at 2 m: shoulders, and a right arm that hangs.
func upperBody() *limbs {
	l := &limbs{}
	l.view.Clear()
	l.put(kinect.LeftShoulder, 180, -300, 2000, 12000)
	l.put(kinect.RightShoulder, -180, -300, 2000, 12000)
	l.put(kinect.RightElbow, -200, -20, 2000, 2000)
	l.put(kinect.RightHand, -200, 240, 2000, 1900)
	l.paint(-180, -300, -200, 240, 2000)
	return l
}

// decide weighs the votes.
func (l *limbs) decide(e *gesture.Expectation) {
	for j := range l.modes {
		l.meet(kinect.JointName(j), e)
	}
	l.chooseArms(e)
}

func (l *limbs) isAt(j kinect.JointName, x, y, z float32) bool {
	m := l.modes[j]
	return len(m) > 0 && distance(&m[0], &forest.Mode{X: x, Y: y, Z: z}) < 30
}

// TestArmsAreBody: of two places with about as many votes, the hand is where an arm
// leads, not where there is air on the way.
func TestArmsAreBody(t *testing.T) {
	l := upperBody()
	l.put(kinect.LeftElbow, 430, -300, 2000, 1500)
	l.put(kinect.LeftHand, 650, -300, 2000, 1000)
	l.put(kinect.LeftHand, 430, -540, 2000, 1100)
	l.paint(180, -300, 650, -300, 2000)
	l.decide(&gesture.Expectation{})
	if !l.isAt(kinect.LeftHand, 650, -300, 2000) || !l.isAt(kinect.RightHand, -200, 240, 2000) {
		t.Errorf("hands at %v and %v", l.modes[kinect.LeftHand], l.modes[kinect.RightHand])
	}
}

// TestHandsAreExpected: of two places that are as likely, the hand is at the one where it
// was a moment ago.
func TestHandsAreExpected(t *testing.T) {
	for _, y := range []float32{-540, -60} {
		l := upperBody()
		l.put(kinect.LeftElbow, 430, -300, 2000, 1500)
		l.put(kinect.LeftHand, 430, -540, 2000, 1000)
		l.put(kinect.LeftHand, 430, -60, 2000, 1000)
		l.paint(180, -300, 430, -300, 2000)
		l.paint(430, -540, 430, -60, 2000)
		e := gesture.Expectation{}
		e.Known[kinect.LeftHand], e.At[kinect.LeftHand] = true, kinect.Place{X: 0.44, Y: float64(y) / 1000, Z: 2}
		l.decide(&e)
		if !l.isAt(kinect.LeftHand, 430, y, 2000) {
			t.Errorf("expected at y %g, found at %v", y, l.modes[kinect.LeftHand])
		}
	}
}

// TestHandOfEitherSide: a hand that is taken for the other's is still the one at the end
// of its arm.
func TestHandOfEitherSide(t *testing.T) {
	l := upperBody()
	l.put(kinect.LeftElbow, 430, -300, 2000, 1500)
	l.put(kinect.LeftHand, -200, 240, 2000, 700)
	l.put(kinect.LeftHand, 650, -300, 2000, 300)
	l.put(kinect.RightHand, 650, -300, 2000, 1200)
	l.paint(180, -300, 650, -300, 2000)
	l.decide(&gesture.Expectation{})
	if !l.isAt(kinect.LeftHand, 650, -300, 2000) || !l.isAt(kinect.RightHand, -200, 240, 2000) {
		t.Errorf("hands at %v and %v", l.modes[kinect.LeftHand], l.modes[kinect.RightHand])
	}
}

// TestBonesKeepTheirLength: a forearm half as long as it was is none.
func TestBonesKeepTheirLength(t *testing.T) {
	l := upperBody()
	l.put(kinect.LeftElbow, 430, -300, 2000, 1500)
	l.put(kinect.LeftHand, 540, -300, 2000, 1300)
	l.put(kinect.LeftHand, 690, -300, 2000, 1000)
	l.paint(180, -300, 690, -300, 2000)
	l.decide(&gesture.Expectation{Forearm: 0.26})
	if !l.isAt(kinect.LeftHand, 690, -300, 2000) {
		t.Errorf("the hand is at %v", l.modes[kinect.LeftHand])
	}
}

// BenchmarkJoints is all of one body's joints, from its cells to its hands.
func BenchmarkJoints(b *testing.B) {
	for name, many := range map[string]int{"alone": 1, "of six": 6} {
		b.Run(name, func(b *testing.B) {
			t := NewTracker()
			if n := len(t.Update(mannequin.NewPlay(mannequin.Stillness, 1).Shot(0).Frame).People); n != 1 {
				b.Fatalf("%d people", n)
			}
			t.bodies.n = many
			e := t.tracks[0].gestures.Expect(t.clock)
			t.findJoints(&e)
			b.ReportAllocs()
			for b.Loop() {
				t.findJoints(&e)
			}
			b.ReportMetric(float64(t.limbs.view.Cells), "cells")
		})
	}
}
