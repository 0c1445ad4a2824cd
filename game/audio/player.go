package audio

import "cutout/game/world"

// Effect is a short sound.
type Effect uint8

// The effects there are.
const (
	Ready   Effect = iota // someone raised both hands
	Tick                  // one second of the countdown
	Go                    // the countdown has ended
	Pass                  // through the hole
	Fail                  // into the wall
	Combo                 // several passes in a row
	Fanfare               // the podium
	numEffects
)

// Options is how a Player plays. The zero value uses the machine's sound device.
type Options struct {
	// Silent opens no sound device.
	Silent bool
}

// A Player plays the game's sound. Its methods may be called by any goroutine and
// never wait for the device.
type Player struct{}

// New starts playing. It never fails: without a device it plays silently, and
// Trouble says so.
func New(o Options) *Player { return &Player{} }

// Play starts an effect.
func (p *Player) Play(e Effect) {}

// SetPhase has the music follow the match: call it every tick or when something
// changes. progress is how much of the phase has gone by, 0..1; in Approach the
// sound of the wall rises with it.
func (p *Player) SetPhase(phase world.Phase, progress float64) {}

// Duck turns music and effects down under voices: 0 not at all, 1 as far as it
// goes. It glides.
func (p *Player) Duck(amount float64) {}

// Mute turns everything off or on again.
func (p *Player) Mute(on bool) {}

// Trouble is one line on why there is no sound, or empty.
func (p *Player) Trouble() string { return "" }

// Close ends the sound and returns when everything it started has ended. Closing
// twice is allowed.
func (p *Player) Close() error { return nil }
