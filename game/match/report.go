package match

import (
	"time"

	"cutout/game/world"
)

// reported is what events have told so far, so that each is told once.
type reported struct {
	phase    world.Phase
	wall     int
	match    uint64 // whose start was told
	over     uint64 // the last match that ended
	present  map[string]string
	ready    map[string]bool
	verdicts map[string]int // walls told, as bits
	players  []world.Player // the list last looked at
}

func (r *reported) init() {
	r.wall = -1
	r.present, r.ready, r.verdicts = map[string]string{}, map[string]bool{}, map[string]int{}
}

// rename follows a change of the own ID.
func (r *reported) rename(from, to string) {
	if name, ok := r.present[from]; ok {
		r.present[to] = name
	}
	r.ready[to], r.verdicts[to] = r.ready[from], r.verdicts[from]
	delete(r.present, from)
	delete(r.ready, from)
	delete(r.verdicts, from)
}

// report makes events of the difference between the world and what was told.
func (m *Match) report() {
	s, r := m.world.State(), &m.reported
	if m.current != nil && s.Phase != world.Lobby && r.match != m.current.Match {
		r.match, r.wall, r.verdicts = m.current.Match, -1, map[string]int{}
		m.event(MatchStarted{Seed: m.current.Match, Walls: s.Walls})
	}
	if s.Phase == world.Approach && r.wall != s.Wall {
		r.wall = s.Wall
		m.event(WallComing{
			Index: s.Wall, Pose: s.Pose,
			ImpactIn: time.Duration(s.PhaseLength-s.PhaseTicks) * time.Second / world.TicksPerSecond,
		})
	}
	if len(s.Players) != len(r.players) || len(s.Players) > 0 && &s.Players[0] != &r.players[0] {
		r.players = s.Players
		m.reportPlayers(s)
	}
	m.reportPhase(s)
}

func (m *Match) reportPhase(s *world.State) {
	r := &m.reported
	before := r.phase
	r.phase = s.Phase
	switch {
	case s.Phase == world.Podium && before != world.Podium:
		var scores []Score
		for _, p := range s.Players {
			scores = append(scores, Score{Player: p.ID, Name: p.Name, Points: p.Points})
		}
		m.event(PodiumReached{Scores: scores})
	case s.Phase == world.Podium && s.PhaseTicks == world.TicksPerSecond:
		m.greet("", false) // once more all results, in case some were lost
	case s.Phase == world.Lobby && before != world.Lobby:
		m.event(BackInLobby{})
	}
	if m.current != nil && s.Phase == world.Lobby && s.Tick >= m.current.tick {
		r.over = m.current.Match
		m.current = nil
	}
}

func (m *Match) reportPlayers(s *world.State) {
	r := &m.reported
	here := map[string]string{}
	for i := range s.Players {
		p := &s.Players[i]
		if p.Present {
			here[p.ID] = p.Name
			if _, known := r.present[p.ID]; !known {
				m.event(PlayerJoined{Player: p.ID, Name: p.Name})
			}
		}
		if p.Ready != r.ready[p.ID] {
			r.ready[p.ID] = p.Ready
			if p.Ready || m.current == nil { // that a match uses it up is no news
				m.event(Ready{Player: p.ID, Name: p.Name, Ready: p.Ready})
			}
			if p.ID == m.self.ID {
				m.greet("", false)
			}
		}
		m.reportVerdicts(p)
	}
	for _, id := range sorted(r.present) {
		if _, still := here[id]; !still {
			delete(r.ready, id)
			m.event(PlayerLeft{Player: id, Name: r.present[id]})
		}
	}
	r.present = here
}

func (m *Match) reportVerdicts(p *world.Player) {
	told := m.reported.verdicts[p.ID]
	mine := false
	for _, v := range p.Verdicts {
		if bit := 1 << v.Wall; v.Outcome != world.Pending && told&bit == 0 {
			told |= bit
			mine = p.ID == m.self.ID
			m.event(VerdictGiven{Player: p.ID, Name: p.Name, Verdict: v})
		}
	}
	m.reported.verdicts[p.ID] = told
	if mine && m.current != nil {
		m.send("", &verdict{Match: m.current.Match, Results: results(p.Verdicts), body: p.Body}, false)
	}
}

func (m *Match) event(e Event) { m.events = append(m.events, e) }
