// Package view draws the game: the corridor, the wall with its hole, the player's
// body, the friends' tiles and what is written over it all. It draws what it is
// given and decides nothing.
package view

import (
	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

// A Model is all there is to draw in one frame.
type Model struct {
	World *world.State
	// Scene is the newest of the player's own sensor; nil before the first.
	Scene *kinect.Scene
	Tiles []Tile
	// Link is the invite, shown with its QR code; empty without a room.
	Link string
	// Notice is one line of trouble or advice, and Hint what to do; both may be empty.
	Notice, Hint string
	// Ticks is the clock of all animation, in 1/60 s.
	Ticks int64
	// Help shows which key does what; Muted that the sound is off.
	Help, Muted bool
	// Drawn is told how large a stream's tile is drawn, in pixels; may be nil.
	Drawn func(stream string, width, height int)
	// Mic says that there is a microphone, and MicOn that friends hear it.
	Mic, MicOn bool
}

// A Tile is a friend on the screen.
type Tile struct {
	// Stream is the id of the stream that the picture is of; empty without.
	Stream   string
	ID, Name string
	Picture  *netvideo.Picture // nil while there is none
	// Trouble says why there is no picture, in a few words.
	Trouble string
	Level   float32 // loudness, 0..1
	Ready   bool
	Away    bool // reconnecting
}
