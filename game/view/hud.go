package view

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/world"
)

// drawOver writes over the scene, at the window's own resolution.
func (v *View) drawOver(dst *ebiten.Image, m *Model, l *layout) {
	switch m.World.Phase {
	case world.Lobby:
		v.drawLobby(dst, m, l)
	case world.Countdown:
		v.drawBoard(dst, m, l)
		v.drawCountdown(dst, m, l)
	case world.Approach, world.Impact:
		v.drawPlay(dst, m, l)
	case world.Podium:
		v.drawPodium(dst, m, l)
	}
	if m.World.Phase != world.Podium {
		v.drawTiles(dst, m, l)
	}
	v.drawNotice(dst, m, l)
	if m.Help {
		v.drawHelp(dst, l)
	}
}

// drawPlay is what is written while walls come.
func (v *View) drawPlay(dst *ebiten.Image, m *Model, l *layout) {
	v.drawScore(dst, m, l)
	v.drawWallCount(dst, m, l)
	v.drawMatch(dst, m, l)
	v.drawBoard(dst, m, l)
	if m.World.Phase == world.Impact {
		v.drawVerdict(dst, m, l)
	}
}

func (v *View) drawScore(dst *ebiten.Image, m *Model, l *layout) {
	u, r := l.unit, l.score
	v.glass(dst, r, pane(u))
	p := self(m.World)
	v.fonts.draw(dst, "SCORE", r.x+18*u, r.y+22*u, style{face: label, size: 20 * u, color: lilac})
	if p == nil {
		v.fonts.draw(dst, "WATCHING", r.x+18*u, r.y+62*u, style{face: display, size: 30 * u, color: white})
		return
	}
	rank := 1
	for i := range m.World.Players {
		if m.World.Players[i].ID == p.ID {
			rank = i + 1
		}
	}
	if n := len(m.World.Players); n > 1 {
		v.fonts.draw(dst, ordinal(rank)+" OF "+strconv.Itoa(n), r.right()-18*u, r.y+22*u,
			style{face: label, size: 20 * u, color: lilac, align: right})
	}
	number := thousands(int(math.Round(v.points)))
	size := v.fonts.shrunk(number, headline, 46*u, r.w-36*u, 12)
	v.fonts.draw(dst, number, r.x+17*u, r.y+60*u, style{face: headline, size: size, color: white})
	v.fonts.draw(dst, "COMBO", r.x+18*u, r.y+106*u, style{face: label, size: 20 * u, color: lilac})
	c := faded(lilac, 0.7)
	if p.Combo > 1 {
		c = magenta
	}
	v.fonts.draw(dst, "×"+strconv.Itoa(p.Combo), r.x+86*u, r.y+104*u, style{face: headline, size: 27 * u, color: c})
	// One light for each wall met.
	for i, verdict := range p.Verdicts[max(0, len(p.Verdicts)-5):] {
		dot := rect{r.right() - float64(5-i)*20*u - 6*u, r.y + 98*u, 13 * u, 13 * u}
		v.pill(dst, dot, 7*u, outcomeColour(verdict.Outcome))
	}
}

func (v *View) drawWallCount(dst *ebiten.Image, m *Model, l *layout) {
	u, r, s := l.unit, l.wall, m.World
	v.glass(dst, r, pane(u))
	name := fmt.Sprintf("WALL %02d", s.Wall+1)
	v.fonts.draw(dst, name, r.x+18*u, r.y+21*u, style{face: display, size: 19 * u, color: white})
	x := r.x + 18*u + v.fonts.width(name, display, 19*u)
	v.fonts.draw(dst, "OF "+strconv.Itoa(s.Walls), x+10*u, r.y+21*u, style{face: label, size: 20 * u, color: lilac})
	left := 1.0
	c := cyan
	if s.Phase == world.Approach && s.PhaseLength > 0 {
		left = 1 - progress(s)
		seconds := math.Max(0, float64(s.PhaseLength-s.PhaseTicks)/world.TicksPerSecond)
		if seconds < 1.5 {
			c = amber
		}
		v.fonts.draw(dst, fmt.Sprintf("%.1f", seconds), r.right()-18*u, r.y+21*u,
			style{face: display, size: 19 * u, color: amber, align: right})
	} else {
		left = 0
	}
	const cells = 18
	step := (r.w - 36*u) / cells
	for i := range cells {
		k := faded(color.RGBA{86, 70, 150, 255}, 0.5)
		if float64(i) < left*cells {
			k = c
		}
		v.pill(dst, rect{r.x + 18*u + float64(i)*step, r.y + 41*u, step - 3*u, 5.5 * u}, 1.5*u, k)
	}
}

func (v *View) drawMatch(dst *ebiten.Image, m *Model, l *layout) {
	u, r, s := l.unit, l.match, m.World
	fits, fills := s.Fit, s.Fill
	if s.Phase == world.Impact {
		if d := verdictOf(s, self(s)); d.Outcome != world.Pending {
			fits, fills = d.Fit, d.Fill
		}
	}
	c := cyan
	switch {
	case s.Own == nil:
		c = faded(lilac, 0.8)
	case fits < passFit:
		c = red
	}
	v.glass(dst, r, lit(u, faded(c, 0.65), 0))
	number := strconv.Itoa(fits / 10)
	if s.Own == nil {
		number = "–"
	}
	v.fonts.draw(dst, number, r.x+16*u, r.y+41*u, style{face: headline, size: 46 * u, color: white})
	x := r.x + 22*u + v.fonts.width(number, headline, 46*u)
	v.fonts.draw(dst, "%", x, r.y+48*u, style{face: display, size: 24 * u, color: c})
	v.fonts.draw(dst, "MATCH", r.right()-16*u, r.y+20*u, style{face: label, size: 20 * u, color: lilac, align: right})
	v.bar(dst, rect{r.x + 16*u, r.y + 72*u, r.w - 32*u, 8 * u}, float64(fits)/1000, c)
	v.bar(dst, rect{r.x + 16*u, r.y + 86*u, r.w - 32*u, 5 * u}, float64(fills)/1000, faded(magenta, 0.85))
}

// drawBoard lists the players, best first.
func (v *View) drawBoard(dst *ebiten.Image, m *Model, l *layout) {
	s := m.World
	if len(s.Players) < 2 {
		return
	}
	u := l.unit
	rows := min(len(s.Players), 6)
	r := l.board
	h := float64(rows)*27*u + 22*u
	r.y, r.h = r.bottom()-h, h
	v.glass(dst, r, pane(u))
	first := 0
	for i := range s.Players { // the own line is always among those shown
		if s.Players[i].ID == s.Self && i >= rows {
			first = i - rows + 1
		}
	}
	for i, p := range s.Players[first : first+rows] {
		y := r.y + 11*u + (float64(i)+0.5)*27*u
		c := white
		if p.ID == s.Self {
			c = cyan
			v.pill(dst, rect{r.x + 7*u, y - 13*u, r.w - 14*u, 26 * u}, 8*u, color.RGBA{10, 52, 74, 150})
		}
		if !p.Present {
			c = faded(lilac, 0.6)
		}
		v.fonts.draw(dst, strconv.Itoa(first+i+1), r.x+27*u, y, style{face: display, size: 14 * u, color: lilac, align: right})
		points := thousands(p.Points)
		wide := v.fonts.width(points, display, 16*u)
		v.fonts.draw(dst, v.fonts.fitting(p.Name, prose, 17*u, r.w-74*u-wide), r.x+37*u, y, style{face: prose, size: 17 * u, color: c})
		v.fonts.draw(dst, points, r.right()-30*u, y, style{face: display, size: 16 * u, color: c, align: right})
		if d := verdictOf(s, &s.Players[first+i]); s.Phase == world.Impact && d.Outcome != world.Pending {
			v.pill(dst, rect{r.right() - 24*u, y - 6*u, 12 * u, 12 * u}, 6*u, outcomeColour(d.Outcome))
		}
	}
}

func outcomeColour(o world.Outcome) color.RGBA {
	switch o {
	case world.Pass:
		return cyan
	case world.Fail:
		return red
	case world.Unseen:
		return faded(amber, 0.8)
	}
	return faded(lilac, 0.3)
}

// word is what a verdict is called, and its colour.
func word(d world.Verdict) (string, color.RGBA) {
	switch d.Outcome {
	case world.Pass:
		switch {
		case d.Fit >= 980 && d.Fill >= 750:
			return "PERFECT!", amber
		case d.Fit >= 950 || d.Fill >= 800:
			return "GREAT!", amber
		}
		return "PASS", cyan
	case world.Fail:
		return "OUCH!", red
	case world.Unseen:
		return "UNSEEN", lilac
	}
	return "", color.RGBA{}
}

func (v *View) drawVerdict(dst *ebiten.Image, m *Model, l *layout) {
	s, u := m.World, l.unit
	d := verdictOf(s, self(s))
	text, c := word(d)
	if text == "" {
		return
	}
	t := float64(s.PhaseTicks) / world.TicksPerSecond
	// It springs in, and leaves with the wall.
	scale := 1 + 0.9*math.Exp(-t*11)*math.Cos(t*13)
	alpha := smooth(0, 0.08, t) * (1 - smooth(0.86, 1, progress(s)))
	x, y := l.vanishX+l.play.w*0.26, l.h*0.245
	v.fonts.drawScaled(dst, text, x, y, style{face: headline, size: 52 * u, color: faded(c, alpha), align: centre, glow: 0.8, shadow: 3 * u}, scale, -0.11)
	line, lc := "+"+thousands(d.Points), white
	switch d.Outcome {
	case world.Fail:
		line = "too much sticks out"
		if d.Fit >= passFit {
			line = "strike the pose"
		}
	case world.Unseen:
		line = "step into the picture"
	}
	face, size := display, 28*u
	if d.Outcome != world.Pass {
		face, size = label, 26*u
	}
	v.fonts.drawScaled(dst, line, x+8*u, y+50*u, style{face: face, size: size, color: faded(lc, alpha), align: centre, shadow: 2 * u}, 1, -0.11)
}

func (v *View) drawCountdown(dst *ebiten.Image, m *Model, l *layout) {
	s, u := m.World, l.unit
	left := max(s.PhaseLength-s.PhaseTicks, 0)
	n := (left + world.TicksPerSecond - 1) / world.TicksPerSecond
	number := strconv.Itoa(n)
	if n == 0 {
		number = "GO"
	}
	t := 1 - float64(left%world.TicksPerSecond)/world.TicksPerSecond
	if left%world.TicksPerSecond == 0 {
		t = 0
	}
	scale := 1 + 0.25*math.Exp(-t*7)
	r := rect{l.vanishX - 128*u, l.h*0.44 - 128*u, 256 * u, 256 * u}
	v.glass(dst, r, sheet{radius: 128 * u, line: 5 * u, top: color.RGBA{8, 6, 30, 130}, bottom: color.RGBA{8, 6, 30, 130}, edge: faded(cyan, 0.9), glow: 1})
	v.fonts.drawScaled(dst, number, l.vanishX, l.h*0.44, style{face: headline, size: 150 * u, color: white, align: centre, glow: 0.8}, scale, 0)
	v.fonts.draw(dst, "GET READY", l.vanishX, l.h*0.44-168*u, style{face: display, size: 34 * u, color: cyan, align: centre, glow: 0.6})
	v.fonts.draw(dst, "fit through the hole when the wall arrives", l.vanishX, l.h*0.44+166*u,
		style{face: prose, size: 24 * u, color: white, align: centre, shadow: 2 * u})
}

// drawNotice shows a line of trouble and one of advice.
func (v *View) drawNotice(dst *ebiten.Image, m *Model, l *layout) {
	u := l.unit
	if m.Muted {
		r := rect{l.play.right() - 108*u, 14 * u, 94 * u, 30 * u}
		v.glass(dst, r, pane(u))
		v.fonts.draw(dst, "MUTED", r.midX(), r.midY(), style{face: label, size: 18 * u, color: amber, align: centre})
	}
	if m.Mic {
		word, c := "MIC OFF", amber
		if m.MicOn {
			word, c = "MIC ON", cyan
		}
		r := rect{l.play.right() - 214*u, 14 * u, 98 * u, 30 * u}
		v.glass(dst, r, pane(u))
		v.fonts.draw(dst, word, r.midX(), r.midY(), style{face: label, size: 18 * u, color: c, align: centre})
	}
	if m.Notice == "" && m.Hint == "" {
		return
	}
	r := l.notice
	if m.World.Phase == world.Podium {
		r = rect{l.w/2 - 300*u, 12 * u, 600 * u, 56 * u}
	}
	v.glass(dst, r, lit(u, faded(amber, 0.8), 0))
	y := r.midY()
	if m.Notice != "" && m.Hint != "" {
		y -= 12 * u
		size := v.fonts.shrunk(clean(m.Hint), prose, 17*u, r.w-30*u, 10)
		v.fonts.draw(dst, v.fonts.fitting(m.Hint, prose, size, r.w-30*u), r.midX(), y+24*u, style{face: prose, size: size, color: lilac, align: centre})
	}
	text := m.Notice
	if text == "" {
		text = m.Hint
	}
	size := v.fonts.shrunk(clean(text), prose, 20*u, r.w-30*u, 11)
	v.fonts.draw(dst, v.fonts.fitting(text, prose, size, r.w-30*u), r.midX(), y, style{face: prose, size: size, color: white, align: centre})
}

// help is what the keys do.
var help = [][2]string{
	{"Enter / Space", "ready"}, {"S", "start now (who hosts the match)"},
	{"F11 or F", "full screen"}, {"M", "sound on and off"}, {"V", "microphone on and off"}, {"P", "save a picture"},
	{"H", "this page"}, {"Esc", "leave"},
	{"", "A puppet, without a Kinect:"},
	{"Mouse", "left and right button: aim that hand"},
	{"Q A  and  E D", "left and right arm up, down"},
	{"← →   Z C   ↓", "step, lean, crouch"},
	{"1  2   ↑", "spread a leg; both hands up"},
	{"Gamepad", "sticks aim the hands, triggers crouch and lean"},
}

func (v *View) drawHelp(dst *ebiten.Image, l *layout) {
	u := l.unit
	h := float64(len(help))*34*u + 84*u
	r := rect{l.w/2 - 330*u, (l.h - h) / 2, 660 * u, h}
	s := lit(u, faded(cyan, 0.8), 0.5)
	s.top, s.bottom = color.RGBA{9, 8, 30, 244}, color.RGBA{5, 4, 20, 248}
	v.glass(dst, r, s)
	v.fonts.draw(dst, "KEYS", r.x+30*u, r.y+38*u, style{face: headline, size: 26 * u, color: cyan})
	for i, row := range help {
		y := r.y + 84*u + float64(i)*34*u
		v.fonts.draw(dst, row[0], r.x+210*u, y, style{face: prose, size: 18 * u, color: amber, align: right})
		c := white
		if row[0] == "" {
			c = lilac
		}
		v.fonts.draw(dst, row[1], r.x+232*u, y, style{face: prose, size: 18 * u, color: c})
	}
}

// thousands writes n in groups of three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func ordinal(n int) string {
	suffix := "TH"
	switch {
	case n%100 >= 11 && n%100 <= 13:
	case n%10 == 1:
		suffix = "ST"
	case n%10 == 2:
		suffix = "ND"
	case n%10 == 3:
		suffix = "RD"
	}
	return strconv.Itoa(n) + suffix
}
