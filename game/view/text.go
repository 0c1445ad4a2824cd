package view

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/text/v2"
	"golang.org/x/image/font/gofont/gobold"

	"cutout/assets"
)

// A typeface is one of the voices the screen speaks in.
type typeface uint8

const (
	display  typeface = iota // numbers and big words
	headline                 // the heaviest
	label                    // what things are called
	prose                    // sentences, and the names of people in any European script
	numFaces
)

// fonts are the typefaces, each with fallbacks for letters it lacks.
type fonts struct {
	sources [numFaces][]*text.GoTextFaceSource
	faces   map[faceKey]*face
	glows   map[glowKey]*ebiten.Image
	blur    *ebiten.Shader
	pen     pen
}

type faceKey struct {
	typeface typeface
	size     int // in half pixels
}

type face struct {
	multi  *text.MultiFace
	ascent float64 // of the tallest: where drawing starts above the baseline
	cap    float64 // height of capitals of the first
}

func loadFonts(blur *ebiten.Shader) (*fonts, error) {
	load := func(name string) (*text.GoTextFaceSource, error) {
		b, err := assets.Fonts.ReadFile("fonts/" + name + ".woff")
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
		s, err := text.NewGoTextFaceSource(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
		return s, nil
	}
	wide, err := text.NewGoTextFaceSource(bytes.NewReader(gobold.TTF))
	if err != nil {
		return nil, fmt.Errorf("read font Go Bold: %w", err)
	}
	f := &fonts{faces: map[faceKey]*face{}, glows: map[glowKey]*ebiten.Image{}, blur: blur}
	for i, names := range [numFaces][]string{
		display:  {"orbitron-latin-700-normal", "exo-2-latin-600-normal"},
		headline: {"orbitron-latin-900-normal", "exo-2-latin-600-normal"},
		label:    {"rajdhani-latin-700-normal", "exo-2-latin-600-normal"},
		prose:    {"exo-2-latin-600-normal", "exo-2-latin-ext-600-normal", "exo-2-cyrillic-600-normal"},
	} {
		for _, name := range names {
			s, err := load(name)
			if err != nil {
				return nil, err
			}
			f.sources[i] = append(f.sources[i], s)
		}
		f.sources[i] = append(f.sources[i], wide)
	}
	return f, nil
}

// face is a typeface in a size, in pixels.
func (f *fonts) face(t typeface, size float64) *face {
	k := faceKey{t, max(int(math.Round(size*2)), 8)}
	if c := f.faces[k]; c != nil {
		return c
	}
	if len(f.faces) > 96 { // a window being resized; what is needed comes back
		clear(f.faces)
	}
	var list []text.Face
	for _, s := range f.sources[t] {
		list = append(list, &text.GoTextFace{Source: s, Size: float64(k.size) / 2})
	}
	multi, err := text.NewMultiFace(list...)
	if err != nil {
		panic(err) // the faces all run the same way
	}
	c := &face{multi: multi, ascent: multi.Metrics().HAscent, cap: list[0].Metrics().CapHeight}
	f.faces[k] = c
	return c
}

// align says which side of a text its x is at.
type align uint8

const (
	left align = iota
	centre
	right
)

// A style is how a text looks.
type style struct {
	face  typeface
	size  float64
	color color.RGBA // premultiplied
	align align
	glow  float64 // 0..1
	// shadow is how many pixels to the lower right a dark copy lies; 0 is none.
	shadow float64
}

// width is how wide the text is, in pixels.
func (f *fonts) width(s string, t typeface, size float64) float64 {
	w, _ := text.Measure(s, f.face(t, size).multi, 0)
	return w
}

// draw writes s with the middle of its capitals at height y.
func (f *fonts) draw(dst *ebiten.Image, s string, x, y float64, st style) {
	f.drawScaled(dst, s, x, y, st, 1, 0)
}

// drawScaled is draw, scaled about (x, y) and turned by an angle.
func (f *fonts) drawScaled(dst *ebiten.Image, s string, x, y float64, st style, scale, angle float64) {
	if s == "" || st.color.A == 0 {
		return
	}
	c := f.face(st.face, st.size)
	shift := 0.0
	switch st.align {
	case centre:
		shift = -f.width(s, st.face, st.size) / 2
	case right:
		shift = -f.width(s, st.face, st.size)
	}
	var o text.DrawOptions
	o.GeoM.Translate(shift, c.cap/2-c.ascent)
	o.GeoM.Scale(scale, scale)
	o.GeoM.Rotate(angle)
	if scale == 1 && angle == 0 {
		x, y = math.Round(x), math.Round(y)
	} else {
		o.Filter = ebiten.FilterLinear
	}
	o.GeoM.Translate(x, y)
	if st.shadow > 0 {
		dark := o
		dark.GeoM.Translate(st.shadow, st.shadow)
		dark.ColorScale.Scale(0, 0, 0, float32(st.color.A)/255*0.75)
		text.Draw(dst, s, c.multi, &dark)
	}
	if st.glow > 0 {
		f.drawGlow(dst, s, c, st, shift, x, y, scale, angle)
	}
	o.ColorScale.ScaleWithColor(st.color)
	text.Draw(dst, s, c.multi, &o)
}

// maxLetters bounds texts from outside, such as names.
const maxLetters = 120

// clean makes a text from outside one line of printable letters.
func clean(s string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > maxLetters || r == utf8.RuneError {
			return -1
		}
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// fitting shortens s with an ellipsis until it is no wider than w.
func (f *fonts) fitting(s string, t typeface, size, w float64) string {
	s = clean(s)
	if f.width(s, t, size) <= w {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && f.width(string(r)+"…", t, size) > w {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// shrunk is the largest size up to size in which s is no wider than w, but no
// smaller than least.
func (f *fonts) shrunk(s string, t typeface, size, w, least float64) float64 {
	if have := f.width(s, t, size); have > w {
		size = math.Max(least, math.Floor(size*w/have*2)/2)
	}
	return size
}

// wrap breaks s into lines no wider than w, at spaces if it can and else anywhere.
func (f *fonts) wrap(s string, t typeface, size, w float64) []string {
	var lines []string
	s = clean(s)
	line, space := []rune{}, -1
	for _, r := range s {
		line = append(line, r)
		if len(line) > 1 && f.width(string(line), t, size) > w {
			cut := len(line) - 1
			if space > 0 {
				cut = space
			}
			lines = append(lines, string(line[:cut]))
			line, space = append([]rune{}, line[cut:]...), -1
		}
		if r == ' ' || r == '/' || r == '-' {
			space = len(line)
		}
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}
