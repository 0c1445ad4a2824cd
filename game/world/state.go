package world

import "cutout/kinect"

// TicksPerSecond is the pace of the world's clock.
const TicksPerSecond = 60

// Phase is where in a match the world is.
type Phase uint8

const (
	// Lobby: people gather and see themselves; raised hands make them ready.
	Lobby Phase = iota
	// Countdown: the match is agreed upon and begins when the countdown ends.
	Countdown
	// Approach: a wall comes down the corridor.
	Approach
	// Impact: the wall has arrived, the verdict is shown.
	Impact
	// Podium: the match is over; scores in order.
	Podium
)

// Outcome is how a body met a wall.
type Outcome uint8

const (
	// Pending: no verdict has come yet.
	Pending Outcome = iota
	// Pass: through the hole.
	Pass
	// Fail: something stuck out, or the pose was not struck.
	Fail
	// Unseen: nobody there, or too little of the hole could be seen to judge.
	Unseen
)

// A Verdict is how one player met one wall.
type Verdict struct {
	Wall    int // from 0
	Outcome Outcome
	Fit     int // thousandths of the body that were inside the hole
	Fill    int // thousandths of the hole that the body filled
	Points  int
	Combo   int // passes in a row, this one included
}

// A Player is someone in the match.
type Player struct {
	ID      string // the connection's ID, as far as the world knows people
	Name    string
	Ready   bool
	Present bool // false while away; the score stays
	Points  int
	Combo   int
	// Verdicts has one entry for each wall that has arrived.
	Verdicts []Verdict
	// Body is the player's body in the wall's plane at the latest impact, nil until
	// it is known.
	Body *kinect.Grid
}

// State is all that drawing and sound need to know of the world at one tick. It is
// valid until the next Step and must not be changed.
type State struct {
	Tick  int64
	Phase Phase
	// PhaseTicks have gone by of PhaseLength; a length of 0 means open end.
	PhaseTicks, PhaseLength int

	Wall, Walls int // the wall on its way or just met, from 0, of how many
	Pose        kinect.Pose
	// Hole is the opening in the wall's plane, valid in Approach and Impact.
	Hole *kinect.Grid
	// Own is the player's body in the wall's plane now; Hidden the cells that the
	// sensor can not see; Spill what sticks out of the hole. nil without a body.
	Own, Hidden, Spill *kinect.Grid
	// Size is what Own was laid into the plane with; zero while nobody was measured.
	Size Calibration
	// Fit and Fill of this moment, as a verdict would have them.
	Fit, Fill int

	Self string
	// Players in the order of the scoreboard: points, then name, then ID. In the
	// lobby in the order of their coming.
	Players []Player
}
