package main

import (
	"time"

	"cutout/game/match"
	"cutout/game/world"
)

// logMatchEvent writes what happened in the match.
func logMatchEvent(log *jsonLines, e match.Event) {
	switch e := e.(type) {
	case match.Ready:
		log.event("ready", map[string]any{"player": e.Name, "connection": e.Player, "ready": e.Ready})
	case match.MatchStarted:
		log.event("matchStarted", map[string]any{"seed": e.Seed, "walls": e.Walls})
	case match.WallComing:
		log.event("wall", map[string]any{"wall": e.Index + 1, "impact_in": round(e.ImpactIn.Seconds(), 3)})
	case match.VerdictGiven:
		log.event("verdict", map[string]any{
			"wall": e.Verdict.Wall + 1, "player": e.Name, "connection": e.Player,
			"outcome": outcomeName(e.Verdict.Outcome), "fit": thousandths(e.Verdict.Fit),
			"fill": thousandths(e.Verdict.Fill), "points": e.Verdict.Points, "combo": e.Verdict.Combo,
		})
	case match.PodiumReached:
		scores := make([]map[string]any, len(e.Scores))
		for i, s := range e.Scores {
			scores[i] = map[string]any{"connection": s.Player, "player": s.Name, "points": s.Points}
		}
		log.event("podium", map[string]any{"scores": scores})
	case match.BackInLobby:
		log.event("lobby", nil)
	case match.HostChanged:
		log.event("host", map[string]any{"connection": e.Host})
	case match.PlayerJoined:
		log.event("playerJoined", map[string]any{"player": e.Name, "connection": e.Player})
	case match.PlayerLeft:
		log.event("playerLeft", map[string]any{"player": e.Name, "connection": e.Player})
	}
}

func thousandths(n int) float64 { return round(float64(n)/1000, 3) }

func outcomeName(o world.Outcome) string {
	switch o {
	case world.Pass:
		return "pass"
	case world.Fail:
		return "fail"
	case world.Unseen:
		return "unseen"
	default:
		return "pending"
	}
}

// A playedMatch is the match as the window sees it: what happens in it is logged,
// and told to whoever follows it. One goroutine, the game's or the bot's.
type playedMatch struct {
	*match.Match
	log       *jsonLines
	followers []func(now time.Duration, events []match.Event, s *world.State)
	// recordFailed is told the recorder's first error.
	recordFailed func(error)
}

// Advance implements game.Match.
func (m *playedMatch) Advance(now time.Duration, in match.Input) error {
	err := m.Match.Advance(now, in)
	if err != nil && m.recordFailed != nil {
		m.recordFailed(err)
		m.recordFailed = nil
	}
	events, state := m.Events(), m.State()
	for _, e := range events {
		if r, ok := e.(match.Ready); ok && !r.Ready && state.Phase != world.Lobby {
			continue // nobody changed their mind: the match has begun
		}
		logMatchEvent(m.log, e)
	}
	for _, follow := range m.followers {
		follow(now, events, state)
	}
	return nil
}
