package framing

import (
	"time"

	"cutout/kinect"
)

// A history keeps the last scenes, because a colour picture is often older than the
// depth it comes with: up to a frame while all is well, more when the processor or
// the bus is busy. Cut along the body as it is now, it would show the room where the
// body was not yet. So it is cut along the body as it was then.
type history struct {
	scenes [5]*kinect.Scene // the newest first
}

// tooOld is how far a picture may be from the nearest scene: a frame and a half.
// Further back nobody knows where the body was.
const tooOld = 50 * time.Millisecond

// when is the scene nearest to when s's colour picture was taken, s itself as a rule
// and when there is none of so long ago; nil when the picture is older than all that
// is kept.
func (h *history) when(s *kinect.Scene) *kinect.Scene {
	copy(h.scenes[1:], h.scenes[:])
	h.scenes[0] = s
	best, off := s, abs(s.Frame.ColourAge)
	for _, o := range h.scenes[1:] {
		if o == nil || o.Frame == nil {
			continue
		}
		// The clock's difference is right for 35 s, also when it wraps; one of a frame
		// without a clock is never better.
		before := time.Duration(int32(s.Frame.Clock-o.Frame.Clock)) * time.Second / kinect.ClockHz
		if d := abs(s.Frame.ColourAge - before); before > 0 && d < off {
			best, off = o, d
		}
	}
	if off > tooOld {
		return nil
	}
	return best
}

func abs(d time.Duration) time.Duration { return max(d, -d) }
