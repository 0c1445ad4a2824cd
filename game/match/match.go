package match

import (
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

// A Match is the game at one home, in step with the others'. It starts no
// goroutines; one goroutine may use it.
type Match struct {
	world *world.World
}

// New is a match in the lobby.
func New(o Options) *Match {
	return &Match{world: world.New(world.Options{Self: "me", Name: o.Name})}
}

// Advance brings the world to the tick which the shared clock says it is. now is
// this machine's monotonic time since any fixed moment, and must not go back. Call
// it about 60 times a second; when it was not called for long the world catches up.
// The error is the recorder's; the game goes on without it.
func (m *Match) Advance(now time.Duration, in Input) error {
	m.world.Step(world.Input{Body: in.Body, HandsUp: in.HandsUp, ReadyKey: in.ReadyKey})
	return nil
}

// State is the world as it is now, valid until the next Advance.
func (m *Match) State() *world.State { return m.world.State() }

// Events are what happened since the last call, in order.
func (m *Match) Events() []Event { return nil }

// Host is the ID of the peer who hosts, which may be the own; the own while alone.
func (m *Match) Host() string { return "" }

// Body is a friend's live silhouette in the wall's plane, about ten a second; nil
// when none came within the last second.
func (m *Match) Body(id string) *kinect.Grid { return nil }

// Close ends the recording, and returns its error. It is for the end of the game.
func (m *Match) Close() error { return nil }
