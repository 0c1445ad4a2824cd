package game

import (
	"context"
	"errors"
	"fmt"

	"github.com/hajimehoshi/ebiten/v2"
)

// ErrNoDisplay: no window can be opened here (no display, or no OpenGL).
var ErrNoDisplay = errors.New("no window can be opened here")

// Run opens the window and plays until the player leaves, Quit is called or ctx
// ends; these return nil. It must be called on the main goroutine and once in a
// process. Without a display the error is ErrNoDisplay.
func (g *Game) Run(ctx context.Context) error {
	g.done = ctx.Done()
	ebiten.SetWindowTitle(g.options.Title)
	ebiten.SetWindowSize(g.options.Width, g.options.Height)
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	ebiten.SetFullscreen(g.options.Fullscreen)
	ebiten.SetRunnableOnUnfocused(true)
	// The last pass covers every pixel: clearing would be wasted.
	ebiten.SetScreenClearedEveryFrame(false)
	if g.options.Offscreen {
		ebiten.SetVsyncEnabled(false)
	}
	err := ebiten.RunGameWithOptions(g, &ebiten.RunGameOptions{
		InitUnfocused: g.options.Offscreen,
		X11ClassName:  "Cutout", X11InstanceName: "cutout",
	})
	g.saving.Wait()
	g.view.Close()
	switch {
	case err == nil:
		return nil
	case !g.drew:
		return fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	return fmt.Errorf("draw the game: %w", err)
}
