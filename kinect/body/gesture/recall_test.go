package gesture_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"text/tabwriter"

	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

// A script is a gesture made on purpose out of standing or sitting at ease: where the hands
// are t seconds after it began, and how long it takes.
type script struct {
	gesture kinect.Gestures
	lasts   float64
	hands   func(t float64, hand int, style *rand.Rand) [2]reach
}

// jitter is somebody's own way of making a gesture.
func jitter(r reach, by float64, style *rand.Rand) reach {
	n := func() float64 { return by * (2*style.Float64() - 1) }
	return reach{r.out + n(), r.up + n(), r.front + n()}
}

// pose goes to a pose in 0.4 s, holds it, and goes back.
func pose(hold float64, left, right reach) func(t float64, hand int, style *rand.Rand) [2]reach {
	return func(t float64, hand int, style *rand.Rand) [2]reach {
		k := max(0, min(1, t/0.4))
		k = min(k, max(0, (hold+0.8-t)/0.4))
		a := atEase.towards(jitter(left, 0.04, style), k)
		b := atEase.towards(jitter(right, 0.04, style), k)
		if hand == 0 {
			a, b = b, a
		}
		return [2]reach{a, b}
	}
}

// A flourish is how somebody waves or swipes.
type flourish struct{ pace, wide, took float64 } // Hz, arms, s

func newFlourish(style *rand.Rand) flourish {
	return flourish{1.3 + 1.2*style.Float64(), 0.14 + 0.12*style.Float64(), 0.25 + 0.15*style.Float64()}
}

// waving goes from side to side from 0.4 s on.
func waving(t float64, hand int, style *rand.Rand) (r [2]reach) {
	f := newFlourish(style)
	base := jitter(reach{0.35, 0.2, 0.3}, 0.1, style)
	k := max(0, min(1, min(t/0.4, (3.2-t)/0.4)))
	if t > 0.4 && t < 2.8 {
		base.out += f.wide * math.Sin(2*math.Pi*f.pace*(t-0.4))
	}
	r[1-hand], r[hand] = atEase, atEase.towards(base, k)
	return r
}

// swiping holds the hand out, swipes at 0.9 s, waits, and lets the hand sink.
func swiping(from, to reach) func(t float64, hand int, style *rand.Rand) [2]reach {
	return func(t float64, hand int, style *rand.Rand) (r [2]reach) {
		f := newFlourish(style)
		a, b := jitter(from, 0.06, style), jitter(to, 0.06, style)
		at := atEase.towards(a, max(0, min(1, t/0.5)))
		at = at.towards(b, max(0, min(1, (t-0.9)/f.took)))
		at = at.towards(atEase, max(0, min(1, (t-1.7)/0.5)))
		r[1-hand], r[hand] = atEase, at
		return r
	}
}

func scripts(hand int) []script {
	outside, inside := reach{0.45, -0.2, 0.6}, reach{-0.4, -0.2, 0.65}
	left, right := swiping(outside, inside), swiping(inside, outside) // of a right hand
	if hand == 0 {
		left, right = right, left
	}
	return []script{
		{kinect.HandsUp, 2, pose(1.2, handsUp, handsUp)},
		{kinect.TPose, 2, pose(1.2, tPose, tPose)},
		{kinect.ArmsCrossed, 2, pose(1.2, crossed, crossed)},
		{kinect.HandOverMouth, 2.3, pose(1.5, atEase, mouth)},
		{kinect.Wave, 3.2, waving},
		{kinect.SwipeLeft, 2.3, left},
		{kinect.SwipeRight, 2.3, right},
	}
}

// A result is how a gesture was told: how many times of how many, with what delay, how
// often another was told instead.
type result struct {
	made, told, other int
	delays            []float64 // ms
}

// A setting is who makes the gestures, and where.
type setting struct {
	height, z float64
	hand      int
	seated    bool
	few       bool
}

// perform makes one gesture and counts what is told.
func perform(s setting, n int, seed uint64, r *result) {
	c := scripts(s.hand)[n]
	f := figure{height: s.height, z: s.z, seated: s.seated, hand: [2]reach{atEase, atEase}}
	w := newWatcher(seed, s.few)
	w.aim(&f)
	var p gesture.Person
	const still = 40 // frames before and after
	began, told, other := -1, -1, false
	visible := true
	for i := range still + int(c.lasts*29.97) + still {
		t := seconds(i - still)
		if i < still || t > c.lasts {
			f.hand = [2]reach{atEase, atEase}
		} else {
			f.hand = c.hands(t, s.hand, rand.New(rand.NewPCG(seed, 5)))
		}
		// Nobody stands like a statue.
		f.x, f.lean = 0.02*math.Sin(2.2*t+float64(seed)), 0.03*math.Sin(3*t+2*float64(seed))
		truth := f.joints()
		if began < 0 && strictly(c, &f, &truth, t, newFlourish(rand.New(rand.NewPCG(seed, 5)))) {
			began = i
			visible = c.gesture == kinect.HandsUp || w.inView(truth[kinect.LeftHand]) && w.inView(truth[kinect.RightHand])
		}
		seen := w.see(&truth, s.height)
		p.Update(&seen, clock(i), w.up())
		if seen.Gestures.Has(c.gesture) && told < 0 {
			told = i
		}
		other = other || seen.Gestures&^c.gesture != 0
	}
	if !visible || began < 0 {
		return
	}
	r.made++
	if other {
		r.other++
	}
	if told >= 0 {
		r.told++
		r.delays = append(r.delays, 1000*(seconds(told)-seconds(began)))
	}
}

// strictly is when a gesture has been made: a pose is held; the hand has gone to and
// fro twice; the swipe has come to its end.
func strictly(c script, f *figure, truth *[kinect.JointCount]place, t float64, style flourish) bool {
	switch c.gesture {
	case kinect.Wave:
		return t > 0.4+2/style.pace
	case kinect.SwipeLeft, kinect.SwipeRight:
		return t > 0.9+style.took
	}
	return truly(c.gesture, f, truth, true)
}

// inView reports whether the sensor sees a place.
func (w *watcher) inView(at place) bool {
	x, y, _, ok := kinect.DefaultCalibration().Pixel(w.turned(at))
	return ok && x > 5 && y > 5 && x < kinect.Width-5 && y < kinect.Height-5
}

// settings are people of all sizes at all distances, either hand, standing and seated.
func settings(few bool) (list []setting) {
	for _, height := range []float64{1.0, 1.2, 1.5, 1.75, 2.0} {
		for _, z := range []float64{1.0, 1.5, 2.0, 2.7, 3.4, 4.0} {
			for hand := range 2 {
				list = append(list, setting{height, z, hand, false, few}, setting{height, z, hand, true, few})
			}
		}
	}
	return list
}

// TestRecall makes every gesture on purpose and counts how often, and how soon, it is told.
func TestRecall(t *testing.T) {
	for _, few := range []bool{false, true} {
		out := tabwriter.NewWriter(os.Stderr, 0, 4, 2, ' ', 0)
		fmt.Fprintf(out, "gestures on purpose, only head and hands: %v\n\tmade\ttold\tmedian ms\t95%% ms\tanother too\n", few)
		for n, g := range all() {
			var r result
			for k, s := range settings(few) {
				for m := range uint64(2) {
					perform(s, n, uint64(k)*2+m, &r)
				}
			}
			slices.Sort(r.delays)
			share := float64(r.told) / float64(r.made)
			fmt.Fprintf(out, "%s\t%d\t%.1f %%\t%.0f\t%.0f\t%d\n", g.Names()[0], r.made, 100*share,
				r.delays[len(r.delays)/2], r.delays[len(r.delays)*95/100], r.other)
			if share < 0.9 {
				t.Errorf("%s: told %d of %d", g.Names()[0], r.told, r.made)
			}
		}
		out.Flush()
	}
}
