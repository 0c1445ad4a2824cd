package view

import (
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"
)

// The colours of what is written, premultiplied.
var (
	white   = color.RGBA{250, 248, 255, 255}
	lilac   = color.RGBA{178, 172, 214, 255}
	cyan    = color.RGBA{64, 226, 255, 255}
	magenta = color.RGBA{255, 66, 206, 255}
	amber   = color.RGBA{255, 206, 72, 255}
	red     = color.RGBA{255, 74, 104, 255}
	green   = color.RGBA{92, 255, 170, 255}
)

// faded is c with its opacity times k.
func faded(c color.RGBA, k float64) color.RGBA {
	k = math.Max(0, math.Min(1, k))
	f := func(x uint8) uint8 { return uint8(float64(x)*k + 0.5) }
	return color.RGBA{f(c.R), f(c.G), f(c.B), f(c.A)}
}

// A sheet is how a piece of glass looks; lengths in pixels.
type sheet struct {
	radius, line float64
	top, bottom  color.RGBA
	edge         color.RGBA
	glow         float64
}

// pane is the glass that things are written on.
func pane(u float64) sheet {
	return sheet{
		radius: 15 * u, line: math.Max(1, 1.3*u),
		top: color.RGBA{13, 10, 38, 205}, bottom: color.RGBA{6, 5, 22, 222},
		edge: color.RGBA{62, 52, 128, 190},
	}
}

// lit is a pane with a bright edge.
func lit(u float64, c color.RGBA, glow float64) sheet {
	s := pane(u)
	s.edge, s.line, s.glow = c, math.Max(1.4, 2*u), glow
	return s
}

// glass draws a sheet.
func (v *View) glass(dst *ebiten.Image, r rect, s sheet) {
	if r.w <= 0 || r.h <= 0 {
		return
	}
	margin := 1.0
	if s.glow > 0 {
		margin = 15
	}
	to := r.inset(-margin)
	v.pen.quad(dst, to, rect{-margin, -margin, to.w, to.h}, v.shaders.panel, ebiten.BlendSourceOver, uniforms{
		"Size":   vec(r.w, r.h),
		"Radius": float32(math.Min(s.radius, math.Min(r.w, r.h)/2)),
		"Top":    rgba(s.top), "Bottom": rgba(s.bottom), "Edge": rgba(s.edge),
		"Line": float32(s.line), "Glow": float32(s.glow),
	})
}

func rgba(c color.RGBA) []float32 {
	return []float32{float32(c.R) / 255, float32(c.G) / 255, float32(c.B) / 255, float32(c.A) / 255}
}

// pill draws a plain shape of one colour; ebiten joins those that follow each other
// into one draw call.
func (v *View) pill(dst *ebiten.Image, r rect, radius float64, c color.RGBA) {
	if r.w <= 0 || r.h <= 0 {
		return
	}
	radius = math.Min(radius, math.Min(r.w, r.h)/2)
	const margin = 1
	for i := range v.pen.vertices {
		right, down := float64(i&1), float64(i>>1)
		x, y := -margin+right*(r.w+2*margin), -margin+down*(r.h+2*margin)
		v.pen.vertices[i] = ebiten.Vertex{
			DstX: float32(r.x + x), DstY: float32(r.y + y), SrcX: float32(x), SrcY: float32(y),
			ColorR: float32(c.R) / 255, ColorG: float32(c.G) / 255, ColorB: float32(c.B) / 255, ColorA: float32(c.A) / 255,
			Custom0: float32(r.w), Custom1: float32(r.h), Custom2: float32(radius),
		}
	}
	v.pen.options = ebiten.DrawTrianglesShaderOptions{Blend: ebiten.BlendSourceOver}
	dst.DrawTrianglesShader(v.pen.vertices[:], quadIndices, v.shaders.pill, &v.pen.options)
}

// bar draws a bar filled to t in a colour.
func (v *View) bar(dst *ebiten.Image, r rect, t float64, c color.RGBA) {
	v.pill(dst, r, r.h/2, color.RGBA{34, 28, 74, 220})
	r.w *= math.Max(0, math.Min(1, t))
	if r.w >= 1 {
		v.pill(dst, r, r.h/2, c)
	}
}
