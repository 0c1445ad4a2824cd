package match

import (
	"errors"
	"io"
	"time"

	"cutout/game/world"
	"cutout/kinect"
)

// Options is what a Match is made with.
type Options struct {
	// Transport leads to the others; nil plays alone. It may begin to work, or cease
	// to, at any time.
	Transport Transport
	// Poses are what walls are picked from when this home hosts; at least one.
	Poses []world.Wall
	// Walls is how many a match has; 0 is 10.
	Walls int
	// Seed makes the matches hosted here; a fresh random number for each program
	// run, or a fixed one for matches that can be told in advance.
	Seed uint64
	// Name is the own player's while the transport knows none.
	Name string
	// Watch is set for homes that have no body to play with, even if they publish.
	Watch bool
	// Record, if set, receives the world's input log (see world.Replay).
	Record io.Writer
}

// Input is what happens at home.
type Input struct {
	// Body is the own player, nil when nobody is there; never changed afterwards.
	Body *kinect.Silhouette
	// HandsUp is set while both hands are above the shoulders.
	HandsUp bool
	// ReadyKey is set while the key is held that toggles being ready; StartKey while
	// the key is held with which the host starts although some are not ready.
	ReadyKey, StartKey bool
}

// alone is the own ID before a room gave another.
const alone = "me"

const (
	defaultWalls = 10
	// maxCatchUp is how much the world plays after a pause; what is longer is left
	// out. No match lasts as long.
	maxCatchUp = 10 * 60 * world.TicksPerSecond
	// bodyLasts is for how many ticks of catching up the body of now is taken for
	// the body of then. Before that, nobody was seen.
	bodyLasts = world.TicksPerSecond
	// dawn is when the own clock begins: late enough for what never happened, at
	// zero, to be long ago.
	dawn = time.Hour
)

// A Match is the game at one home, in step with the others'. It starts no
// goroutines; one goroutine may use it.
type Match struct {
	o        Options
	world    *world.World
	recorder *world.Recorder
	trouble  error // of the recorder, not yet told

	now      time.Duration // by our own clock, which began at dawn
	zero     time.Duration // of our clock, by the caller's
	running  bool          // Advance was called before
	clock    clock
	base     int64 // shared ticks at the world's tick 0
	commands []world.Command
	startKey bool

	self    Peer
	room    room
	ask     asking
	current *current // nil in the lobby
	matches uint64   // announced here so far
	held    map[string]heldMessage

	events   []Event
	reported reported
	bodySent time.Duration      // when our body was last shown
	bodyLast *kinect.Silhouette // and which
}

// current is the match that is on, or was announced.
type current struct {
	announce
	tick int64 // the world's, at which the first wall sets out
	// together is set when others are in it, so that its time is the host's.
	together bool
}

// New is a match in the lobby.
func New(o Options) *Match {
	if o.Walls <= 0 {
		o.Walls = defaultWalls
	}
	o.Walls = min(o.Walls, world.MaxWalls)
	m := &Match{o: o, self: Peer{ID: alone, Name: o.Name, Publishes: true, Native: true}}
	m.room.peers = map[string]*peer{}
	m.held = map[string]heldMessage{}
	m.clock.lead()
	wo := world.Options{Name: o.Name}
	if !o.Watch {
		wo.Self = alone
	}
	m.world = world.New(wo)
	m.reported.init()
	if o.Record != nil {
		m.recorder, m.trouble = world.NewRecorder(o.Record, wo)
	}
	return m
}

// Advance brings the world to the tick which the shared clock says it is. now is
// this machine's monotonic time since any fixed moment, and must not go back. Call
// it about 60 times a second; when it was not called for long the world catches up.
// The error is the recorder's, told once; the game goes on without it.
func (m *Match) Advance(now time.Duration, in Input) error {
	if !m.running {
		m.running = true
		m.zero = now - dawn
		m.now, m.clock.at = dawn, dawn
		m.base = m.sharedTick(dawn) - 1
	}
	m.now = max(m.now, now-m.zero)
	if m.o.Transport != nil {
		m.meet()
		m.elect()
		m.receive()
		m.follow()
		m.tell()
	} else if m.room.host == "" {
		m.changeHost(m.self.ID)
	}
	m.lead(in)
	m.catchUp(in)
	m.showBody(in.Body)
	err := m.trouble
	m.trouble = nil
	return err
}

// State is the world as it is now, valid until the next Advance.
func (m *Match) State() *world.State { return m.world.State() }

// Events are what happened since the last call, in order.
func (m *Match) Events() []Event {
	e := m.events
	m.events = nil
	return e
}

// Host is the ID of the peer who hosts, which may be the own; empty when nobody
// publishes.
func (m *Match) Host() string { return m.room.host }

// Body is a friend's live silhouette in the wall's plane, about ten a second; nil
// when none came within the last second.
func (m *Match) Body(id string) *kinect.Grid {
	if p := m.room.peers[id]; p != nil && p.body != nil && m.now-p.bodyAt <= time.Second {
		return p.body
	}
	return nil
}

// Close ends the recording, and returns its error. It is for the end of the game.
func (m *Match) Close() error {
	if m.recorder == nil {
		return nil
	}
	err := m.recorder.Close()
	m.recorder = nil
	return err
}

// sharedTick is what the shared clock says, in ticks.
func (m *Match) sharedTick(now time.Duration) int64 {
	return ticksOf(m.clock.shared(now))
}

func ticksOf(d time.Duration) int64 {
	t := int64(d)
	whole, rest := t/int64(time.Second), t%int64(time.Second)
	if rest < 0 {
		whole, rest = whole-1, rest+int64(time.Second)
	}
	return whole*world.TicksPerSecond + rest*world.TicksPerSecond/int64(time.Second)
}

// catchUp steps the world to the shared clock's tick.
func (m *Match) catchUp(in Input) {
	target := m.sharedTick(m.now) - m.base
	if behind := target - m.world.State().Tick; behind > maxCatchUp {
		m.base += behind - maxCatchUp
		target -= behind - maxCatchUp
	}
	for tick := m.world.State().Tick + 1; tick <= target; tick++ {
		step := world.Input{Commands: m.commands}
		if target-tick < bodyLasts {
			step.Body, step.HandsUp, step.ReadyKey = in.Body, in.HandsUp, in.ReadyKey
		}
		m.commands = nil
		m.world.Step(step)
		m.record(step)
		m.report()
	}
}

func (m *Match) record(in world.Input) {
	if m.recorder == nil {
		return
	}
	if err := m.recorder.Add(in); err != nil {
		m.trouble = errors.Join(m.trouble, err)
		m.recorder = nil
	}
}

// command is something for the world at its next step.
func (m *Match) command(c ...world.Command) { m.commands = append(m.commands, c...) }

// begin enters a match.
func (m *Match) begin(a announce, together bool) {
	at := ticksOf(time.Duration(a.At) * time.Microsecond)
	m.current = &current{announce: a, tick: at - m.base, together: together}
	walls := make([]world.Wall, len(a.Walls))
	for i := range a.Walls {
		walls[i] = a.Walls[i].wall()
	}
	m.command(world.Start{Seed: a.Match, Tick: m.current.tick, Walls: walls})
}
