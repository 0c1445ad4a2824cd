package view

import (
	"fmt"
	"time"
)

// A Level is how much effort a picture may cost.
type Level uint8

// The levels there are, cheapest first.
const (
	Lowest Level = iota // 640x360 inside, no glow, few sparks
	Low                 // 640x360 with glow
	Medium              // 960x540 with glow
	High                // 1280x720
	Ultra               // as fine as the window, up to 1920x1080
	numLevels
)

// effort is what a Level means.
type effort struct {
	name   string
	height float64 // of the scene at most, pixels
	bloom  bool
	sparks int
	fine   bool // average luma samples of tiles
}

var efforts = [numLevels]effort{
	Lowest: {"lowest", 360, false, 24, false},
	Low:    {"low", 360, true, 60, false},
	Medium: {"medium", 540, true, 110, false},
	High:   {"high", 720, true, 160, true},
	Ultra:  {"ultra", 1080, true, 220, true},
}

func (l Level) String() string { return efforts[min(l, numLevels-1)].name }

// ParseLevel is the level of that name.
func ParseLevel(name string) (Level, error) {
	for l, e := range efforts {
		if e.name == name {
			return Level(l), nil
		}
	}
	return 0, fmt.Errorf("quality %q is none of lowest, low, medium, high, ultra", name)
}

// A Governor chooses the level by how long frames take.
type Governor struct {
	level, best Level
	budget      time.Duration
	frames      int
	sum         time.Duration
	good        int  // what speaks for the next level up, since the last change
	patience    int  // how much of that it takes to try it
	tired       bool // even the lowest level misses 30 frames a second
	rose        bool // the last change was upwards
}

// The governor looks at windows of frames; it skips a few after each change, when
// textures are made anew.
const (
	governorWindow   = 30
	governorSkip     = 6
	firstPatience    = 10
	greatestPatience = 640
)

// NewGovernor starts at level start and keeps frames within budget, the time from
// one to the next at the rate that is wanted.
func NewGovernor(start, best Level, budget time.Duration) *Governor {
	return &Governor{level: min(start, best), best: best, budget: budget, patience: firstPatience, frames: -governorSkip}
}

// Level is the level to draw at.
func (g *Governor) Level() Level { return g.level }

// Budget is the time from one frame to the next at the present level. Below High a
// machine that can not do better is left to 30 frames a second, so that sensor and
// video have time.
func (g *Governor) Budget() time.Duration {
	if g.level >= High {
		return g.budget
	}
	if g.tired {
		return max(g.budget, time.Second/20)
	}
	return max(g.budget, time.Second/30)
}

// Frame tells how long a frame kept the machine busy, waiting for the display or
// for the next frame's turn left out. It reports whether the level changed.
func (g *Governor) Frame(busy time.Duration) bool {
	g.frames++
	if g.frames <= 0 {
		return false
	}
	budget := g.Budget()
	g.sum += min(busy, 10*budget) // one long stall is not a trend
	if g.frames < governorWindow {
		return false
	}
	mean := g.sum / time.Duration(g.frames)
	g.frames, g.sum = 0, 0
	g.tired = g.tired && mean > time.Second/36
	switch {
	case mean > budget*11/10:
		return g.fall()
	case mean < min(g.budget, budget)*3/4:
		g.good += 5
	default: // on time, but perhaps only because of the display's pace
		g.good++
	}
	if g.good >= g.patience && g.level < g.best {
		g.level++
		g.rose, g.good, g.frames = true, 0, -governorSkip
		return true
	}
	return false
}

// fall takes the level down. Who has just risen and falls again waits longer before
// the next try.
func (g *Governor) fall() bool {
	g.good = 0
	if g.rose {
		g.patience = min(2*g.patience, greatestPatience)
	}
	g.rose = false
	if g.level == Lowest {
		g.tired = true // leave what time there is to the sensor and to friends
		return false
	}
	g.level--
	g.frames = -governorSkip
	return true
}
