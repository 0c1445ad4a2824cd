package view

import (
	"image/color"
	"math"
	"strconv"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/world"
)

var medals = [3]color.RGBA{{255, 206, 72, 255}, {196, 214, 240, 255}, {255, 150, 92, 255}}

// drawPodium shows the first three with their faces, and the others in a list.
func (v *View) drawPodium(dst *ebiten.Image, m *Model, l *layout) {
	u, s := l.unit, m.World
	cx := l.w / 2
	if len(s.Players) == 0 {
		v.fonts.draw(dst, "GAME OVER", cx, l.h*0.4, style{face: headline, size: 60 * u, color: white, align: centre, glow: 1})
		return
	}
	title, c := "WINNER", amber
	switch {
	case len(s.Players) == 1:
		title, c = "FINISHED", cyan
	case s.Players[0].ID == s.Self:
		title = "YOU WIN"
	}
	t := float64(s.PhaseTicks) / world.TicksPerSecond
	v.fonts.drawScaled(dst, title, cx, 52*u, style{face: headline, size: 58 * u, color: c, align: centre, glow: 1},
		1+0.6*math.Exp(-4*t), 0)
	// Second, first, third, from the left.
	for place, x := range []float64{cx, cx - 296*u, cx + 296*u} {
		if place < len(s.Players) {
			// Third place rises first.
			rise := smooth(0, 0.7, t-0.35*float64(2-place))
			v.drawStep(dst, m, l, place, x, rise)
		}
	}
	v.drawRest(dst, m, l)
}

// drawStep is one step of the podium and who stands on it.
func (v *View) drawStep(dst *ebiten.Image, m *Model, l *layout, place int, x, rise float64) {
	u, s := l.unit, m.World
	p := &s.Players[place]
	medal := medals[place]
	height := []float64{168, 118, 82}[place] * u
	base := l.h - 92*u
	top := base - height*(0.35+0.65*rise)
	block := rect{x - 138*u, top, 276 * u, base - top}
	v.glass(dst, block, sheet{
		radius: 12 * u, line: math.Max(1.4, 2*u), edge: medal, glow: 0.7,
		top: color.RGBA{44, 30, 96, 235}, bottom: color.RGBA{12, 8, 40, 235},
	})
	v.fonts.draw(dst, strconv.Itoa(place+1), x, top+(base-top)/2, style{face: headline, size: 54 * u, color: medal, align: centre, glow: 0.7})

	k := []float64{1, 0.86, 0.8}[place] * u
	fw, fh := 256*k, 192*k
	r := rect{x - fw/2, top - fh - 76*u, fw, fh}
	frame := framing{ring: medal, width: 4 * u}
	if place == 0 {
		frame.voice = 0.3
	}
	t := v.tiles[p.ID]
	if p.ID == s.Self {
		t, frame.crop = v.ownFace(m, fw/fh)
		frame.flip = true
	}
	v.drawFace(dst, t, p.Name, r, u, frame)
	c := white
	if p.ID == s.Self {
		c = cyan
	}
	v.fonts.draw(dst, v.fonts.fitting(p.Name, prose, 25*u, 270*u), x, r.bottom()+23*u,
		style{face: prose, size: 25 * u, color: c, align: centre})
	v.fonts.draw(dst, thousands(int(math.Round(float64(p.Points)*rise))), x, r.bottom()+54*u,
		style{face: headline, size: 30 * u, color: medal, align: centre})
}

// drawRest lists who came after the third in one row.
func (v *View) drawRest(dst *ebiten.Image, m *Model, l *layout) {
	s, u := m.World, l.unit
	rest := s.Players[min(3, len(s.Players)):]
	if len(rest) == 0 {
		return
	}
	shown := rest[:min(len(rest), 5)]
	w := 236 * u
	x := l.w/2 - w*float64(len(shown))/2
	for i := range shown {
		p := &shown[i]
		r := rect{x + float64(i)*w + 5*u, l.h - 66*u, w - 10*u, 46 * u}
		c := white
		if p.ID == s.Self {
			c = cyan
		}
		v.glass(dst, r, pane(u))
		v.fonts.draw(dst, strconv.Itoa(i+4), r.x+24*u, r.midY(), style{face: display, size: 17 * u, color: lilac, align: centre})
		points := thousands(p.Points)
		wide := v.fonts.width(points, display, 17*u)
		v.fonts.draw(dst, v.fonts.fitting(p.Name, prose, 18*u, r.w-62*u-wide), r.x+42*u, r.midY(), style{face: prose, size: 18 * u, color: c})
		v.fonts.draw(dst, points, r.right()-14*u, r.midY(), style{face: display, size: 17 * u, color: c, align: right})
	}
}
