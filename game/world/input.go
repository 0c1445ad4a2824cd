package world

import "cutout/kinect"

// Options is what a World is born with.
type Options struct {
	// Self is the ID of the player in front of this screen; empty for a world that
	// only watches.
	Self string
	// Name is what that player is called.
	Name string
}

// Input is everything that reaches the world in one tick. The same inputs in the
// same order give the same states, bit for bit.
type Input struct {
	// Body is the own player as the sensor sees them; nil when nobody is there. It
	// must never change after it was handed in.
	Body *kinect.Silhouette
	// HandsUp is set while both hands are above the shoulders; ReadyKey while the
	// key that says ready is held.
	HandsUp, ReadyKey bool
	// Commands happen before the tick, in this order.
	Commands []Command
}

// A Command is something the world learns from outside: who is there, that a match
// begins, how others fared. The types below are all there are. A command that makes
// no sense (an unknown player, a wall that does not exist) changes nothing.
type Command interface{ command() }

// Identify says who the own player is, when that becomes known or changes. Scores
// stay. With Plays unset this world only watches.
type Identify struct {
	ID, Name string
	Plays    bool
}

// Joined: a player is there, new or back again.
type Joined struct{ ID, Name string }

// Left: a player has gone. In the lobby they are forgotten; in a match their score
// stays until it is over, in case they come back.
type Left struct{ ID string }

// Renamed: a player is called something else now.
type Renamed struct{ ID, Name string }

// SetReady says whether another player is ready.
type SetReady struct {
	ID    string
	Ready bool
}

// Start announces a match: the first wall sets out at Tick, the countdown runs
// before it. A Tick in the past joins a match under way. It replaces any match.
type Start struct {
	Seed  uint64
	Tick  int64
	Walls []Wall // 1..MaxWalls
}

// Judged is another player's verdict; the first for each wall counts. Only Wall,
// Outcome, Fit and Fill are taken from it: points and combo follow from the rules.
type Judged struct {
	ID      string
	Verdict Verdict
	Body    *kinect.Grid // in the wall's plane; may be nil
}

// Abandon ends the match and returns to the lobby.
type Abandon struct{}

func (Identify) command() {}
func (Joined) command()   {}
func (Left) command()     {}
func (Renamed) command()  {}
func (SetReady) command() {}
func (Start) command()    {}
func (Judged) command()   {}
func (Abandon) command()  {}
