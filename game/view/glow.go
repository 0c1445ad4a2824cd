package view

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/text/v2"
)

// A glowKey is a text whose glow was made.
type glowKey struct {
	text string
	face *face
}

const (
	glowScale = 4  // a glow is so many times smaller than its text
	glowReach = 11 // and reaches so many of its own pixels around it
	maxGlows  = 48
)

// drawGlow draws the light around a text that is drawn with the same arguments. It
// is for words that stay a while: each costs a small texture.
func (f *fonts) drawGlow(dst *ebiten.Image, s string, c *face, st style, shift, x, y, scale, angle float64) {
	img := f.glow(s, c)
	var o ebiten.DrawImageOptions
	o.GeoM.Translate(-glowReach, -glowReach)
	o.GeoM.Scale(glowScale, glowScale)
	o.GeoM.Translate(shift, c.cap/2-c.ascent)
	o.GeoM.Scale(scale, scale)
	o.GeoM.Rotate(angle)
	o.GeoM.Translate(x, y)
	o.Filter = ebiten.FilterLinear
	o.Blend = ebiten.BlendLighter
	o.ColorScale.ScaleWithColor(st.color)
	k := float32(st.glow)
	o.ColorScale.Scale(k, k, k, 1)
	dst.DrawImage(img, &o)
}

// glow is the blurred picture of a text.
func (f *fonts) glow(s string, c *face) *ebiten.Image {
	k := glowKey{s, c}
	if img := f.glows[k]; img != nil {
		return img
	}
	if len(f.glows) >= maxGlows {
		f.close()
	}
	w, h := text.Measure(s, c.multi, 0)
	iw, ih := int(math.Ceil(w/glowScale))+2*glowReach, int(math.Ceil(h/glowScale))+2*glowReach
	a, b := newTexture(iw, ih), newTexture(iw, ih)
	var o text.DrawOptions
	o.GeoM.Scale(1.0/glowScale, 1.0/glowScale)
	o.GeoM.Translate(glowReach, glowReach)
	o.Filter = ebiten.FilterLinear
	text.Draw(a, s, c.multi, &o)
	full := rect{0, 0, float64(iw), float64(ih)}
	for _, step := range []float64{1, 1.6} {
		f.pen.quad(b, full, full, f.blur, ebiten.BlendCopy, uniforms{"Step": vec(step, 0)}, a)
		f.pen.quad(a, full, full, f.blur, ebiten.BlendCopy, uniforms{"Step": vec(0, step)}, b)
	}
	b.Deallocate()
	f.glows[k] = a
	return a
}

// close gives the glows back.
func (f *fonts) close() {
	for k, img := range f.glows {
		img.Deallocate()
		delete(f.glows, k)
	}
}
