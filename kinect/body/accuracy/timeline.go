package accuracy

import (
	"math"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

// gestureCount is how many gestures there are; gesture g is the bit 1<<g.
const gestureCount = 7

// momentary says that a gesture is told in one frame, not held.
func momentary(g int) bool { return kinect.Gestures(1)<<g >= kinect.Wave }

const (
	// mends is for how many frames a gesture may pause and still be the same.
	mends = 6
	// lateBy is how many frames after the truth's end a gesture may still be found, and
	// earlyBy how many before a moment: half a second, and what people differ by on
	// when a wave is one.
	lateBy, earlyBy = 15, 20
)

// poses are the gestures that somebody's true joints hold by a loose reading, though
// perhaps not on purpose: finding those is no mistake.
func poses(truth *mannequin.Truth) (g kinect.Gestures) {
	const loose = 0.15 // metres
	j := &truth.Joints
	neck, left, right := j[kinect.Neck].Place, j[kinect.LeftHand].Place, j[kinect.RightHand].Place
	if left.Y < neck.Y+loose && right.Y < neck.Y+loose {
		g |= kinect.HandsUp
	}
	level := func(hand kinect.Place) bool { return math.Abs(hand.Y-neck.Y) < 2*loose }
	if level(left) && level(right) && left.X-right.X > 0.6*truth.Height {
		g |= kinect.TPose
	}
	return g
}

// A timeline is when one gesture was made by one person, and when it was found.
type timeline struct{ truth, found []span }

// A span is from a frame to another, both included.
type span struct{ from, to int }

func (t *timeline) add(frame int, truth, found bool) {
	if truth {
		t.truth = extend(t.truth, frame)
	}
	if found {
		t.found = extend(t.found, frame)
	}
}

func extend(spans []span, frame int) []span {
	if n := len(spans); n > 0 && frame-spans[n-1].to <= mends {
		spans[n-1].to = frame
		return spans
	}
	return append(spans, span{frame, frame})
}

// A verdict is how often a gesture was made, found, and found although it was not made.
type verdict struct {
	made, found, alarms int
	delays              []float64 // frames, of held gestures
}

func (t *timeline) judge(moment bool) verdict {
	early := 0
	if moment {
		early = earlyBy
	}
	v := verdict{made: len(t.truth)}
	for _, made := range t.truth {
		for _, f := range t.found {
			if f.to >= made.from-early && f.from <= made.to+lateBy {
				v.found++
				if !moment {
					v.delays = append(v.delays, float64(max(0, f.from-made.from)))
				}
				break
			}
		}
	}
	for _, f := range t.found {
		right := false
		for _, made := range t.truth {
			right = right || f.to >= made.from-earlyBy && f.from <= made.to+lateBy
		}
		if !right {
			v.alarms++
		}
	}
	return v
}
