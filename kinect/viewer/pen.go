package viewer

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/text/v2"
	"github.com/hajimehoshi/ebiten/v2/vector"

	"cutout/assets"
)

// A font is one of the two voices of the screen.
type font uint8

const (
	bold  font = iota // titles and numbers
	plain             // everything else
)

// A pen writes and fills, in units of a 720 pixel high window.
type pen struct {
	fonts [2]*text.GoTextFaceSource
	faces map[faceKey]*text.GoTextFace
	dst   *ebiten.Image
	unit  float64 // pixels
}

type faceKey struct {
	font font
	size float64
}

func newPen() (*pen, error) {
	p := &pen{faces: map[faceKey]*text.GoTextFace{}}
	for f, name := range map[font]string{bold: "orbitron-latin-700-normal", plain: "exo-2-latin-600-normal"} {
		b, err := assets.Fonts.ReadFile("fonts/" + name + ".woff")
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
		if p.fonts[f], err = text.NewGoTextFaceSource(bytes.NewReader(b)); err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
	}
	return p, nil
}

func (p *pen) face(f font, size float64) *text.GoTextFace {
	k := faceKey{f, math.Round(size*p.unit*2) / 2}
	c := p.faces[k]
	if c == nil {
		if len(p.faces) > 64 { // a window being resized; what is needed comes back
			clear(p.faces)
		}
		c = &text.GoTextFace{Source: p.fonts[f], Size: max(k.size, 6)}
		p.faces[k] = c
	}
	return c
}

// width is how wide a text is, in units.
func (p *pen) width(s string, f font, size float64) float64 {
	w, _ := text.Measure(s, p.face(f, size), 0)
	return w / p.unit
}

// write writes a text with the middle of its capitals at height y.
func (p *pen) write(s string, x, y float64, f font, size float64, c color.Color) {
	if s == "" {
		return
	}
	face := p.face(f, size)
	m := face.Metrics()
	var o text.DrawOptions
	o.GeoM.Translate(math.Round(x*p.unit), math.Round(y*p.unit+m.CapHeight/2-m.HAscent))
	o.ColorScale.ScaleWithColor(c)
	text.Draw(p.dst, s, face, &o)
}

// writeRight is write with x at the text's right end.
func (p *pen) writeRight(s string, x, y float64, f font, size float64, c color.Color) {
	p.write(s, x-p.width(s, f, size), y, f, size, c)
}

// fitting shortens s until it is no wider than w.
func (p *pen) fitting(s string, f font, size, w float64) string {
	r := []rune(s)
	for len(r) > 1 && p.width(s, f, size) > w {
		r = r[:len(r)-1]
		s = string(r) + "…"
	}
	return s
}

// wrap breaks s at spaces into lines no wider than w.
func (p *pen) wrap(s string, f font, size, w float64) []string {
	var out []string
	line := ""
	for _, word := range bytes.Fields([]byte(s)) {
		longer := line + " " + string(word)
		if line == "" {
			longer = string(word)
		}
		if line != "" && p.width(longer, f, size) > w {
			out = append(out, line)
			longer = string(word)
		}
		line = longer
	}
	return append(out, line)
}

func (p *pen) fill(x, y, w, h float64, c color.Color) {
	u := p.unit
	vector.FillRect(p.dst, float32(x*u), float32(y*u), float32(w*u), float32(h*u), c, false)
}

func (p *pen) frame(x, y, w, h float64, c color.Color) {
	u := p.unit
	vector.StrokeRect(p.dst, float32(x*u), float32(y*u), float32(w*u), float32(h*u), float32(max(1, u)), c, false)
}

// stroke is a line of some thickness.
func (p *pen) stroke(x0, y0, x1, y1, thick float64, c color.Color) {
	u := p.unit
	vector.StrokeLine(p.dst, float32(x0*u), float32(y0*u), float32(x1*u), float32(y1*u), float32(max(1, thick*u)), c, true)
}

func (p *pen) disc(x, y, r float64, c color.Color) {
	u := p.unit
	vector.FillCircle(p.dst, float32(x*u), float32(y*u), float32(r*u), c, true)
}

func (p *pen) ring(x, y, r, thick float64, c color.Color) {
	u := p.unit
	vector.StrokeCircle(p.dst, float32(x*u), float32(y*u), float32(r*u), float32(max(1, thick*u)), c, true)
}

func (p *pen) line(x0, y0, x1, y1 float64, c color.Color) {
	p.stroke(x0, y0, x1, y1, 1.5, c)
}
