package view

import (
	"errors"
	"image"
)

// Blank says why a picture of the game can not be one, or nil: it is of one colour
// or nearly black, as a window is that was never drawn on.
func Blank(m *image.RGBA) error {
	b := m.Bounds()
	if b.Empty() {
		return errors.New("the picture is empty")
	}
	colours := map[[3]byte]bool{}
	sum, n := 0, 0
	step := max(1, b.Dx()/200)
	for y := b.Min.Y; y < b.Max.Y; y += step {
		for x := b.Min.X; x < b.Max.X; x += step {
			i := m.PixOffset(x, y)
			r, g, bl := m.Pix[i], m.Pix[i+1], m.Pix[i+2]
			colours[[3]byte{r >> 3, g >> 3, bl >> 3}] = true
			sum += int(max(r, g, bl))
			n++
		}
	}
	switch {
	case len(colours) < 24:
		return errors.New("the picture has hardly any colours")
	case sum/n < 6:
		return errors.New("the picture is black")
	}
	return nil
}
