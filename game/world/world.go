package world

import (
	"cmp"
	"slices"

	"cutout/kinect"
)

// A World is one match as one home sees it. One goroutine may use it.
type World struct {
	tick    int64
	self    string
	players []*player // in the order of their coming
	match   *running  // nil in the lobby with nothing agreed
	phase   Phase
	hands   hold
	measure measurer

	body         *kinect.Silhouette // the newest
	size         Calibration        // with which own and hidden were made
	own, hidden  kinect.Grid
	spill        kinect.Grid
	state        State
	scoreChanged bool // the players have to be listed anew
}

// running is a match that was announced.
type running struct {
	schedule
	walls []Wall
	hole  kinect.Grid // of wall holeOf
	holed int         // wall+1, 0 before the first
	best  attempt
	// judged counts the walls whose window has closed.
	judged int
}

// maxPlayers bounds what others can make the world remember.
const maxPlayers = 256

// New is a world in the lobby, at tick 0.
func New(o Options) *World {
	w := &World{scoreChanged: true}
	w.identify(Identify{ID: o.Self, Name: o.Name, Plays: o.Self != ""})
	w.refresh(nil)
	return w
}

// State is the world as it is now, valid until the next Step.
func (w *World) State() *State { return &w.state }

// Step advances the world by one tick of 1/TicksPerSecond.
func (w *World) Step(in Input) {
	for _, c := range in.Commands {
		w.obey(c)
	}
	w.tick++
	w.enter()
	w.look(in.Body)
	if w.phase == Lobby {
		w.readiness(in)
	} else {
		w.hands = hold{waits: true, key: true}
	}
	if w.match != nil {
		w.judge()
	}
	w.refresh(in.Body)
}

// enter moves to the phase that the tick lies in.
func (w *World) enter() {
	before := w.phase
	w.phase = Lobby
	if w.match != nil {
		w.phase, _, _, _ = w.match.at(w.tick)
		if w.phase == Lobby && w.tick >= w.match.start {
			w.match = nil
		}
	}
	switch {
	case w.phase == Lobby && before != Lobby:
		w.lobby()
	case (w.phase == Approach || w.phase == Impact) && before != Approach && before != Impact:
		w.measure.freeze()
	}
	if w.phase != before {
		w.scoreChanged = true
	}
}

// lobby forgets the match and those who are gone.
func (w *World) lobby() {
	w.measure.thaw()
	w.players = slices.DeleteFunc(w.players, func(p *player) bool { return !p.present })
	for _, p := range w.players {
		p.reset()
	}
	w.scoreChanged = true
}

// start takes on a match.
func (w *World) start(c Start) {
	if len(c.Walls) == 0 || len(c.Walls) > MaxWalls {
		return
	}
	for _, wall := range c.Walls {
		if wall.Check() != nil {
			return
		}
	}
	w.lobby()
	w.phase = Lobby
	w.match = &running{schedule: newSchedule(c.Tick, len(c.Walls)), walls: slices.Clone(c.Walls)}
	for w.match.judged < len(c.Walls) && w.tick >= w.match.arrive[w.match.judged]+judgeWindow {
		w.match.judged++ // before our time
	}
}

// look takes in the newest silhouette.
func (w *World) look(s *kinect.Silhouette) {
	if s != w.body {
		w.measure.add(s)
	}
	if size := w.measure.now; s != w.body || size != w.size {
		w.body, w.size = s, size
		w.own, w.hidden = Normalise(s, size)
	}
}

// readiness: hands that go up in the lobby and stay up, or the key.
func (w *World) readiness(in Input) {
	p := w.me()
	raised, pressed := w.hands.update(in.HandsUp, in.ReadyKey)
	if p == nil || !raised && !pressed {
		return
	}
	p.ready = raised || !p.ready
	w.scoreChanged = true
}

// hold watches hands and key.
type hold struct {
	ticks int
	key   bool
	waits bool // hands were up when the lobby began: they have to come down first
}

func (h *hold) update(hands, key bool) (raised, pressed bool) {
	pressed = key && !h.key
	h.key = key
	switch {
	case !hands:
		h.ticks, h.waits = 0, false
	case !h.waits:
		h.ticks++
	}
	return h.ticks == holdTicks, pressed
}

// refresh brings the state up to date.
func (w *World) refresh(body *kinect.Silhouette) {
	s := &w.state
	s.Tick, s.Phase, s.Self = w.tick, w.phase, w.self
	s.PhaseTicks, s.PhaseLength, s.Wall, s.Walls = 0, 0, 0, 0
	s.Pose, s.Hole, s.Fit, s.Fill = kinect.Pose{}, nil, 0, 0
	s.Own, s.Hidden, s.Spill, s.Size = nil, nil, nil, w.size
	if body != nil {
		s.Own, s.Hidden = &w.own, &w.hidden
	}
	if m := w.match; m != nil && w.phase != Lobby {
		_, s.Wall, s.PhaseTicks, s.PhaseLength = m.at(w.tick)
		s.Walls, s.Pose = len(m.walls), m.walls[s.Wall].Pose
		if w.phase == Approach || w.phase == Impact {
			s.Hole = m.open(s.Wall)
		}
	}
	if s.Hole != nil && s.Own != nil {
		w.spill = w.own.AndNot(s.Hole)
		s.Spill = &w.spill
		s.Fit, s.Fill, _ = Judge(s.Own, s.Hidden, s.Hole)
	}
	if w.scoreChanged {
		w.scoreChanged = false
		w.list()
	}
}

// list writes the players down in their order.
func (w *World) list() {
	arrived, walls := 0, 0
	if w.match != nil && w.phase != Lobby {
		arrived, walls = w.match.arrived(w.tick), len(w.match.walls)
	}
	w.state.Players = make([]Player, 0, len(w.players))
	for _, p := range w.players {
		w.state.Players = append(w.state.Players, p.show(arrived, walls))
	}
	if w.phase != Lobby {
		slices.SortStableFunc(w.state.Players, func(a, b Player) int {
			return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
	}
}

// open is the hole of a wall.
func (m *running) open(wall int) *kinect.Grid {
	if m.holed != wall+1 {
		m.hole, m.holed = HoleOf(m.walls[wall].Pose), wall+1
	}
	return &m.hole
}
