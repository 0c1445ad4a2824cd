package game

import (
	"cutout/game/audio"
	"cutout/game/world"
)

// cues notices what shall be heard in how the world changes.
type cues struct {
	began    bool
	phase    world.Phase
	second   int // of the countdown
	ready    int
	verdicts int
}

// tick compares s with the tick before and calls play for each effect.
func (c *cues) tick(s *world.State, play func(audio.Effect)) {
	ready, verdicts := 0, 0
	var last world.Verdict
	for i := range s.Players {
		p := &s.Players[i]
		if p.Ready {
			ready++
		}
		if p.ID == s.Self {
			if verdicts = len(p.Verdicts); verdicts > 0 {
				last = p.Verdicts[verdicts-1]
			}
		}
	}
	second := 0
	if s.Phase == world.Countdown {
		second = (s.PhaseLength - s.PhaseTicks + world.TicksPerSecond - 1) / world.TicksPerSecond
	}
	if c.began {
		c.compare(s, ready, second, verdicts, last, play)
	}
	*c = cues{began: true, phase: s.Phase, second: second, ready: ready, verdicts: verdicts}
}

func (c *cues) compare(s *world.State, ready, second, verdicts int, last world.Verdict, play func(audio.Effect)) {
	if s.Phase == world.Lobby && ready > c.ready {
		play(audio.Ready)
	}
	if s.Phase == world.Countdown && second != c.second && second > 0 {
		play(audio.Tick)
	}
	if c.phase == world.Countdown && s.Phase == world.Approach {
		play(audio.Go)
	}
	if verdicts > c.verdicts {
		switch {
		case last.Outcome == world.Pass && last.Combo > 2:
			play(audio.Combo)
		case last.Outcome == world.Pass:
			play(audio.Pass)
		case last.Outcome == world.Fail:
			play(audio.Fail)
		}
	}
	if s.Phase == world.Podium && c.phase != world.Podium {
		play(audio.Fanfare)
	}
}
