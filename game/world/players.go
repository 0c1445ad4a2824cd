package world

import (
	"slices"

	"cutout/kinect"
)

// player is what the world knows of someone.
type player struct {
	id, name       string
	ready, present bool
	marks          []mark // by wall, as far as known; also of walls yet to come here
	body           *kinect.Grid
	bodyOf         int // the wall that body met
}

type mark struct {
	outcome   Outcome
	fit, fill int
}

func (p *player) reset() {
	p.ready, p.marks, p.body, p.bodyOf = false, nil, nil, 0
}

// show is the player with the walls that have arrived, points added up.
func (p *player) show(arrived, walls int) Player {
	out := Player{ID: p.id, Name: p.name, Ready: p.ready, Present: p.present, Body: p.body}
	if arrived > 0 {
		out.Verdicts = make([]Verdict, arrived)
	}
	for i := range out.Verdicts {
		v := &out.Verdicts[i]
		v.Wall = i
		if i < len(p.marks) {
			v.Outcome, v.Fit, v.Fill = p.marks[i].outcome, p.marks[i].fit, p.marks[i].fill
		}
		out.Combo++
		if v.Outcome != Pass {
			out.Combo = 0
		} else {
			v.Points = Points(i, walls, v.Fit, v.Fill, out.Combo)
		}
		v.Combo = out.Combo
		out.Points += v.Points
	}
	return out
}

func (w *World) me() *player { return w.player(w.self) }

func (w *World) player(id string) *player {
	if id == "" {
		return nil
	}
	for _, p := range w.players {
		if p.id == id {
			return p
		}
	}
	return nil
}

// obey does what a command says, or nothing if it makes no sense.
func (w *World) obey(command Command) {
	w.scoreChanged = true
	switch c := command.(type) {
	case Identify:
		w.identify(c)
	case Joined:
		w.join(c.ID, c.Name)
	case Left:
		w.leave(c.ID)
	case Renamed:
		if p := w.player(c.ID); p != nil {
			p.name = c.Name
		}
	case SetReady:
		if p := w.player(c.ID); p != nil && c.ID != w.self && w.phase == Lobby {
			p.ready = c.Ready
		}
	case Start:
		w.start(c)
	case Judged:
		w.judged(c)
	case Abandon:
		if w.match != nil {
			w.match, w.phase = nil, Lobby
			w.lobby()
		}
	}
}

// judged takes another home's word. For the own player it fills gaps only: walls
// that went by before this world was there.
func (w *World) judged(c Judged) {
	p := w.player(c.ID)
	if p == nil || w.match == nil || c.ID == w.self && c.Verdict.Wall >= w.match.judged {
		return
	}
	w.settle(p, c.Verdict, c.Body)
}

func (w *World) join(id, name string) {
	if id == "" {
		return
	}
	p := w.player(id)
	if p == nil {
		if len(w.players) >= maxPlayers {
			return
		}
		p = &player{id: id}
		w.players = append(w.players, p)
	}
	p.name, p.present = name, true
}

func (w *World) leave(id string) {
	p := w.player(id)
	if p == nil || id == w.self {
		return
	}
	p.present, p.ready = false, false
	if w.match == nil {
		w.players = slices.DeleteFunc(w.players, func(q *player) bool { return q == p })
	}
}

// identify makes someone the own player. If the world already knew them (a player
// who restarted the program), what it knew is kept.
func (w *World) identify(c Identify) {
	before := w.me()
	w.self = c.ID
	known := w.player(c.ID)
	switch {
	case !c.Plays || c.ID == "":
		for _, p := range []*player{before, known} {
			if p != nil {
				w.players = slices.DeleteFunc(w.players, func(q *player) bool { return q == p })
			}
		}
	case before == nil || before == known:
		w.join(c.ID, c.Name)
	case known == nil:
		before.id, before.name = c.ID, c.Name
	default:
		w.players = slices.DeleteFunc(w.players, func(q *player) bool { return q == before })
		known.name, known.present, known.ready = c.Name, true, before.ready
		if known.marks == nil {
			known.marks, known.body, known.bodyOf = before.marks, before.body, before.bodyOf
		}
	}
}
