// Package game is the game as a window shows it: it gathers what the sensor, the
// match and the room have to say, sixty times a second, lets package view draw it,
// and turns keys, mouse and gamepads into what a player without a Kinect needs.
// It knows interfaces only; cmd puts the real parts behind them.
package game

import (
	"time"

	"cutout/game/audio"
	"cutout/game/match"
	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

// A Sensor is the player's own Kinect, recording or puppet behind a tracker. The
// game calls it from its own goroutine, and never waits for it.
type Sensor interface {
	// Scene is the newest; nil before the first.
	Scene() *kinect.Scene
	Status() kinect.Status
}

// A Match is the world that is played, alone or shared; match.Match is one. Only
// the game's goroutine calls it.
type Match interface {
	// Advance brings the world to now, a time that never goes back, counted from
	// the game's start.
	// An error is told to the player once and the game goes on.
	Advance(now time.Duration, in match.Input) error
	// State is valid until the next Advance.
	State() *world.State
}

// A Room shows who else is there; room.Room is one.
type Room interface {
	// Streams are the others' streams, oldest first, with their newest pictures.
	Streams() []netvideo.StreamView
}

// Sound is what the game wants to be heard; audio.Player is one. Its methods must
// not block.
type Sound interface {
	Play(audio.Effect)
	// SetPhase is told at each tick where the match is; progress is 0..1.
	SetPhase(phase world.Phase, progress float64)
	Mute(on bool)
}

// A Microphone is what friends hear of the player. Its methods must not block.
type Microphone interface {
	// Live says whether friends can hear the player now, and whether there is a
	// microphone at all.
	Live() (on, there bool)
	// Toggle mutes or unmutes it.
	Toggle()
}

// Options are the parts a game is put together from. Sensor and Match are needed.
type Options struct {
	Title string // the window's; "Cutout" when empty
	// Width and Height of the window, 1280x720 when zero.
	Width, Height int
	Fullscreen    bool
	// MaxFPS caps the frames a second, for displays without vertical sync; 0 means
	// 60. Updates go on at 60 a second.
	MaxFPS int
	// Offscreen says that nobody looks: the window asks for no focus and no
	// vertical sync, and keeps running without attention.
	Offscreen bool
	// MaxQuality bounds what the quality governor may choose; see view.Level.
	// Empty means the best.
	MaxQuality string

	Sensor Sensor
	Match  Match
	Room   Room  // nil when playing alone
	Sound  Sound // nil for silence
	// Microphone is nil for those who do not talk.
	Microphone Microphone

	// Drawn is told at each frame how large a stream is drawn, in pixels; may be nil.
	Drawn func(stream string, width, height int)

	// Link is the invite to show; Notice one line of trouble and one of advice.
	// Each may be nil, and is called once a frame.
	Link   func() string
	Notice func() (text, hint string)
	// Level is how loud a connection's voice is now, 0..1; nil for what its streams say.
	Level func(connection string) float32
	// Steer is given the puppet player's controls at each tick; nil when the player
	// is not a puppet.
	Steer func(Controls)
	// ShotDir is where the screenshot key leaves its PNG files; the working
	// directory when empty.
	ShotDir string
}
