package view

import (
	"testing"
	"time"
)

const budget60 = time.Second / 60

// play runs the governor for n frames on a machine where a frame at a level takes
// cost, and counts the changes.
func play(g *Governor, n int, cost func(Level) time.Duration) (changes int) {
	for range n {
		if g.Frame(cost(g.Level())) {
			changes++
		}
	}
	return changes
}

func TestGovernorFalls(t *testing.T) {
	g := NewGovernor(High, Ultra, budget60)
	play(g, 300, func(l Level) time.Duration { return time.Duration(l+1) * 14 * time.Millisecond })
	// 14 ms at lowest, 28 at low: 30 a second, which is good enough below high.
	if g.Level() != Low {
		t.Errorf("settled at %v", g.Level())
	}
	if g.Budget() != time.Second/30 {
		t.Errorf("frames come every %v", g.Budget())
	}
}

// TestGovernorTired: who can not draw 30 frames a second at all draws 20, until it
// gets better.
func TestGovernorTired(t *testing.T) {
	g := NewGovernor(Medium, High, budget60)
	play(g, 400, func(Level) time.Duration { return 45 * time.Millisecond })
	if g.Level() != Lowest || g.Budget() != time.Second/20 {
		t.Errorf("at %v a frame every %v", g.Level(), g.Budget())
	}
	play(g, 70, func(Level) time.Duration { return 20 * time.Millisecond })
	if g.Budget() != time.Second/30 {
		t.Errorf("rested, a frame every %v", g.Budget())
	}
}

func TestGovernorRises(t *testing.T) {
	g := NewGovernor(Lowest, High, budget60)
	play(g, 2000, func(Level) time.Duration { return 2 * time.Millisecond })
	if g.Level() != High {
		t.Errorf("settled at %v, though there is time for more and no more is allowed", g.Level())
	}
}

// TestGovernorBehindVsync: where every frame waits for the display, on time is all
// that can be measured.
func TestGovernorBehindVsync(t *testing.T) {
	g := NewGovernor(High, Ultra, budget60)
	play(g, 30*(firstPatience+2), func(Level) time.Duration { return budget60 })
	if g.Level() != Ultra {
		t.Errorf("stayed at %v", g.Level())
	}
}

// TestGovernorCalms: a level that is just too dear is tried ever more rarely.
func TestGovernorCalms(t *testing.T) {
	g := NewGovernor(High, Ultra, budget60)
	cost := func(l Level) time.Duration {
		if l == Ultra {
			return 25 * time.Millisecond
		}
		return 10 * time.Millisecond
	}
	early := play(g, 3000, cost)
	play(g, 30000, cost)
	late := play(g, 3000, cost)
	if early < 2 || late > 2 {
		t.Errorf("%d changes at first, %d later", early, late)
	}
	if g.Level() < High {
		t.Errorf("ended at %v", g.Level())
	}
}

// TestGovernorStall: one long stall, as when the disk is slow, changes nothing.
func TestGovernorStall(t *testing.T) {
	g := NewGovernor(High, High, budget60)
	n := 0
	play(g, 300, func(Level) time.Duration {
		if n++; n == 50 {
			return 2 * time.Second
		}
		return 8 * time.Millisecond
	})
	if g.Level() != High {
		t.Errorf("fell to %v", g.Level())
	}
}

func TestLevelNames(t *testing.T) {
	for l := range numLevels {
		if got, err := ParseLevel(l.String()); err != nil || got != l {
			t.Errorf("%v is read as %v, %v", l, got, err)
		}
	}
	if _, err := ParseLevel("stunning"); err == nil {
		t.Error("an unknown name is taken")
	}
}
