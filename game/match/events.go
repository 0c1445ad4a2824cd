package match

import (
	"time"

	"cutout/game/world"
	"cutout/kinect"
)

// An Event is something that happened in the match. The types below are all there
// are.
type Event interface{ event() }

// PlayerJoined: someone plays along, or is back.
type PlayerJoined struct{ Player, Name string }

// PlayerLeft: a player has gone.
type PlayerLeft struct{ Player, Name string }

// Ready: a player, perhaps the own, has become ready or thought better of it.
type Ready struct {
	Player, Name string
	Ready        bool
}

// MatchStarted: the countdown runs.
type MatchStarted struct {
	Seed  uint64
	Walls int
}

// WallComing: a wall has set out.
type WallComing struct {
	Index    int // from 0
	Pose     kinect.Pose
	ImpactIn time.Duration
}

// VerdictGiven: how a player met a wall is known.
type VerdictGiven struct {
	Player, Name string
	Verdict      world.Verdict
}

// A Score is one line of the podium.
type Score struct {
	Player, Name string
	Points       int
}

// PodiumReached: the match is over. Scores are in the scoreboard's order.
type PodiumReached struct{ Scores []Score }

// BackInLobby: the podium is over, or the match was abandoned.
type BackInLobby struct{}

// HostChanged: another home leads now.
type HostChanged struct{ Host string }

func (PlayerJoined) event()  {}
func (PlayerLeft) event()    {}
func (Ready) event()         {}
func (MatchStarted) event()  {}
func (WallComing) event()    {}
func (VerdictGiven) event()  {}
func (PodiumReached) event() {}
func (BackInLobby) event()   {}
func (HostChanged) event()   {}
