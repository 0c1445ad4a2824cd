package gesture_test

import (
	"math"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

// TestGuessedHands: neither hands up nor crossed arms begin with hands that are only guessed at;
// those that have begun survive a few of them.
func TestGuessedHands(t *testing.T) {
	for g, k := range map[kinect.Gestures][2]reach{
		kinect.HandsUp: {handsUp, handsUp}, kinect.ArmsCrossed: {crossed, crossed},
	} {
		told := func(guessed func(i int) bool) (last kinect.Gestures) {
			var p gesture.Person
			for i := range 40 {
				of, _ := standing(k[0], k[1])
				if guessed(i) {
					of.Joints[kinect.RightHand].Confidence, of.Joints[kinect.RightHand].Sight = 0.1, kinect.Hidden
				}
				p.Update(&of, clock(i), place{})
				last = of.Gestures
			}
			return last
		}
		if got := told(func(int) bool { return true }); got != 0 {
			t.Errorf("%v is told of a guessed hand", got.Names())
		}
		if got := told(func(i int) bool { return i > 36 }); got != g {
			t.Errorf("%v, not %v, with a hand that is guessed at for three frames", got.Names(), g.Names())
		}
	}
}

// TestThroughT: arms that go down from overhead by the sides pass through a T, and do not make one.
func TestThroughT(t *testing.T) {
	f := figure{height: 1.7, z: 2.5}
	told := func(lasts float64) (g kinect.Gestures) {
		for _, k := range shown(f, 1+lasts+1, func(f *figure, at float64) {
			up := 1.3 * (1 - 2*max(0, min(1, (at-1)/lasts))) // radians
			arm := reach{0.98 * math.Cos(up), 0.98 * math.Sin(up), 0.05}
			f.hand = [2]reach{arm, arm}
		}) {
			g |= k.Gestures
		}
		return g
	}
	if told(1.2).Has(kinect.TPose) {
		t.Error("arms that were let down in 1.2 s made a T")
	}
	if !told(8).Has(kinect.TPose) {
		t.Error("arms that go down in 8 s hold a T on the way")
	}
}

// TestArmsOpened: both hands that go apart, or across each other, at once are no swipes.
func TestArmsOpened(t *testing.T) {
	f := figure{height: 1.7, z: 2.5}
	inward, outward := reach{-0.1, -0.2, 0.6}, reach{0.6, -0.2, 0.5}
	for name, k := range map[string][2]reach{"apart": {inward, outward}, "together": {outward, inward}} {
		swiped := func(both bool) (g kinect.Gestures) {
			for _, p := range shown(f, 3, func(f *figure, at float64) {
				way := max(0, min(1, (at-1.5)/0.25))
				f.hand = [2]reach{atEase, k[0].towards(k[1], way)}
				if both {
					f.hand[0] = f.hand[1]
				}
			}) {
				g |= p.Gestures & (kinect.SwipeLeft | kinect.SwipeRight)
			}
			return g
		}
		if g := swiped(true); g != 0 {
			t.Errorf("hands that go %s: %v", name, g.Names())
		}
		if swiped(false) == 0 {
			t.Errorf("one hand that goes %s is no swipe", name)
		}
	}
}
