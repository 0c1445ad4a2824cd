package gesture_test

import (
	"math"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

// shown runs a figure, as act sets it, past an ordinary watcher, for so many seconds.
func shown(f figure, lasts float64, act func(f *figure, t float64)) (out []kinect.Person) {
	w := newWatcher(4, false)
	w.noise = 0.012
	w.aim(&f)
	var p gesture.Person
	for i := range int(lasts * 29.97) {
		act(&f, seconds(i))
		truth := f.joints()
		k := w.see(&truth, f.height)
		p.Update(&k, clock(i), w.up())
		out = append(out, k)
	}
	return out
}

func at(hand int, r reach) func(f *figure, t float64) {
	return func(f *figure, _ float64) { f.hand[1-hand], f.hand[hand] = atEase, r }
}

// TestCursorSense: X grows to the person's right and Y downwards, for either hand, for
// children and adults, and comfortable reach covers the field.
func TestCursorSense(t *testing.T) {
	for _, height := range []float64{1.0, 1.4, 1.9} {
		for hand, name := range []kinect.JointName{kinect.LeftHand, kinect.RightHand} {
			f := figure{height: height, z: 2.4}
			own := float64(2*hand - 1)
			where := func(right, up float64) kinect.Cursor {
				people := shown(f, 2.5, at(hand, reach{own*right + 0.12, up - 0.02, 0.6}))
				c := people[len(people)-1].Cursor
				if !c.Active || c.Hand != name {
					t.Fatalf("height %.1f, %v: %+v", height, name, c)
				}
				return c
			}
			middle := where(0, 0)
			if math.Abs(float64(middle.X)-0.5) > 0.1 || math.Abs(float64(middle.Y)-0.5) > 0.1 {
				t.Errorf("height %.1f, %v: before the shoulder it is %+v", height, name, middle)
			}
			right, left, up, down := where(0.45, 0), where(-0.45, 0), where(0, 0.36), where(0, -0.36)
			if right.X < 0.85 || left.X > 0.15 || up.Y > 0.17 || down.Y < 0.83 {
				t.Errorf("height %.1f, %v: right %.2f left %.2f up %.2f down %.2f", height, name, right.X, left.X, up.Y, down.Y)
			}
		}
	}
}

func TestCursorPush(t *testing.T) {
	f := figure{height: 1.7, z: 2.4}
	push := func(front float64) float32 {
		people := shown(f, 2, at(1, reach{0.12, -0.02, front}))
		return people[len(people)-1].Cursor.Push
	}
	if near, half, far := push(0.42), push(0.65), push(0.97); near > 0.15 || half < 0.3 || half > 0.7 || far < 0.85 {
		t.Errorf("push %.2f, %.2f, %.2f", near, half, far)
	}
}

// TestCursorHand: a hanging hand is no cursor; the first hand up keeps it while the other
// comes up beside it; the other takes over when the first drops.
func TestCursorHand(t *testing.T) {
	f := figure{height: 1.7, z: 2.4}
	people := shown(f, 8, func(f *figure, t float64) {
		f.hand = [2]reach{atEase, atEase}
		if t > 1 && t < 5 {
			f.hand[1] = atEase.towards(pointed, (min(t, 1.4)-1)/0.4)
		}
		if t > 3 && t < 7 {
			f.hand[0] = atEase.towards(pointed, (min(t, 3.4)-3)/0.4)
		}
	})
	for _, c := range []struct {
		at   float64
		on   bool
		hand kinect.JointName
	}{{0.9, false, 0}, {2.5, true, kinect.RightHand}, {4.5, true, kinect.RightHand}, {6, true, kinect.LeftHand}, {7.8, false, 0}} {
		got := people[int(c.at*29.97)].Cursor
		if got.Active != c.on || got.Hand != c.hand {
			t.Errorf("after %.1f s: %+v", c.at, got)
		}
		if !got.Active && got != (kinect.Cursor{}) {
			t.Errorf("no cursor, but %+v", got)
		}
	}
}

// TestCursorLag: the cursor is quick once it moves.
func TestCursorLag(t *testing.T) {
	const hz = 0.7
	wide := 0.15
	people := follow(func(at float64) place {
		return place{X: -0.25 + wide*math.Sin(2*math.Pi*hz*at), Y: -0.28, Z: 1.75}
	}, 0.010, 900, 5)
	var x []float64
	for _, p := range people {
		x = append(x, 0.5-float64(p.Cursor.X))
	}
	ms := lag(x, hz)
	t.Logf("the cursor lags %.0f ms at %.1f m/s", ms, wide*2*math.Pi*hz)
	if ms > 70 {
		t.Error("the cursor is slow")
	}
}
