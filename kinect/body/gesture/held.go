package gesture

import (
	"math"

	"cutout/kinect"
)

// A hold settles a held gesture: the time it has been seen against the time it has not.
type hold struct {
	on    bool
	score float64 // s, from 0 to settle (off) or to release (on)
}

// A heldGesture is a pose that counts once it was seen for settle seconds, and no
// longer once it was not seen for release seconds.
type heldGesture struct {
	gesture         kinect.Gestures
	settle, release float64
}

// heldGestures are short where a mistake costs little (ready takes a hold anyway) and
// long where dancers pass through the pose.
func heldGestures() [4]heldGesture {
	return [4]heldGesture{
		{kinect.HandsUp, 0.09, 0.1},
		{kinect.TPose, 0.09, 0.16},
		{kinect.ArmsCrossed, 0.33, 0.2},
		{kinect.HandOverMouth, 0.2, 0.2},
	}
}

// hold settles the held gestures.
func (p *Person) hold(s *stance, dt float64, first bool) (g kinect.Gestures) {
	for i, k := range heldGestures() {
		h := &p.held[i]
		seen := s.ok && s.shows(k.gesture, h.on)
		if first && seen {
			*h = hold{on: true, score: k.release}
		}
		limit := k.settle
		if h.on {
			limit = k.release
		}
		// A missing frame cannot have shown more than one frame's worth of a pose.
		step := min(dt, 2*period)
		if !seen {
			step = -dt
		}
		h.score = max(0, min(limit, h.score+step))
		const slack = 1e-3 // frames come a little early
		switch {
		case !h.on && h.score >= limit-slack:
			*h = hold{on: true, score: k.release}
		case h.on && h.score <= slack:
			*h = hold{}
		}
		if h.on {
			g |= k.gesture
		}
	}
	return g
}

// shows reports whether a pose is seen; one that is held now is looked at more laxly.
// None begins with a body that is only guessed at; hands up and crossed arms not with such
// hands, either. A T is strict enough without, with hands at the picture's sides, and before
// the mouth hand and face are hard to tell apart.
func (s *stance) shows(g kinect.Gestures, now bool) bool {
	if !now && !s.sure {
		return false
	}
	switch g {
	case kinect.HandsUp:
		return s.handsUp(now)
	case kinect.TPose:
		return s.tPose(now)
	case kinect.ArmsCrossed:
		return s.armsCrossed(now)
	default:
		return s.handOverMouth(now)
	}
}

// held picks the limit for a gesture that begins, or for one that goes on.
func held(now bool, begin, goOn float64) float64 {
	if now {
		return goOn
	}
	return begin
}

// found reports whether a hand is there: surely, for a pose to begin.
func (e *limbEnd) found(now bool) bool { return e.sure || now && e.ok }

// tPoseSpeed is how fast, in heights a second against the head, hands may still be when a
// T begins: dancers pass through it faster.
const tPoseSpeed = 0.5

// handsUp: both hands above the middle of the shoulders, or out at the top; not with
// both arms out to the sides, a little raised.
func (s *stance) handsUp(now bool) bool {
	if !now && s.tPose(true) {
		return false
	}
	line := held(now, 0.04, -0.012)
	for i, h := range s.hand {
		if !(s.outAtTop[i] || h.found(now) && s.height(h.at) > line) {
			return false
		}
	}
	return true
}

// tPose: both arms stretched, level, and out to the sides.
func (s *stance) tPose(now bool) bool {
	long, level, out := held(now, 0.82, 0.75), held(now, 0.40, 0.5), held(now, 0.82, 0.72)
	for i, h := range s.hand {
		if !h.ok || !now && h.speed.minus(s.headSpeed).length() > tPoseSpeed*s.size {
			return false
		}
		v := h.at.minus(s.shoulder[i])
		n := v.length()
		if n < long*s.arm || math.Abs(v.dot(s.up)) > level*n || float64(2*i-1)*v.dot(s.right) < out*n {
			return false
		}
	}
	return true
}

// armsCrossed: each hand on the other's side, in front of the chest, the elbows not.
func (s *stance) armsCrossed(now bool) bool {
	l, r := s.hand[0], s.hand[1]
	if !l.found(now) || !r.found(now) {
		return false
	}
	over := s.side(l.at) - s.side(r.at)
	if over < held(now, 0.075, 0.03) || over > 0.36 {
		return false
	}
	if !now && l.speed.minus(r.speed).length() > 0.8*s.size {
		return false
	}
	for i, h := range s.hand {
		y, e := s.height(h.at), s.elbow[i]
		if y > held(now, 0.07, 0.1) || y < held(now, -0.24, -0.28) || s.before(h.at) < held(now, 0.03, 0) {
			return false
		}
		if e.ok && float64(2*i-1)*s.side(e.at) < held(now, 0.03, 0) {
			return false // the whole arm is over there: swinging, or left taken for right
		}
	}
	return true
}

// handOverMouth: a hand before the mouth, following the head.
func (s *stance) handOverMouth(now bool) bool {
	if !s.headSeen {
		return false
	}
	mouth := s.head.plus(-mouthBelow*s.size, s.up).plus(mouthBefore*s.size, s.front)
	for _, h := range s.hand {
		if !h.ok || !now && h.speed.minus(s.headSpeed).length() > 0.35*s.size {
			continue
		}
		v := h.at.minus(mouth)
		before := v.dot(s.front)
		beside := v.plus(-before, s.front).length()
		if beside < held(now, 0.048, 0.07)*s.size && before > -0.04*s.size && before < held(now, 0.08, 0.1)*s.size {
			return true
		}
	}
	return false
}
