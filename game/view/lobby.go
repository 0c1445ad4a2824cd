package view

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"
	"rsc.io/qr"
)

// A qrTexture is the QR code of a link, one pixel a module with its quiet zone.
type qrTexture struct {
	link  string
	image *ebiten.Image
	size  int
}

// quiet is how many modules stay light around a QR code (ISO/IEC 18004).
const quiet = 4

// update makes the code of link and reports whether there is one.
func (q *qrTexture) update(link string) bool {
	if q.link == link {
		return q.image != nil
	}
	q.link = link
	drop(&q.image)
	if link == "" {
		return false
	}
	code, err := qr.Encode(link, qr.L)
	if err != nil { // longer than a code can hold: the text is there to read
		return false
	}
	q.size = code.Size + 2*quiet
	pixels := make([]byte, 4*q.size*q.size)
	for y := range q.size {
		for x := range q.size {
			c := byte(255)
			if code.Black(x-quiet, y-quiet) {
				c = 0
			}
			i := 4 * (y*q.size + x)
			pixels[i], pixels[i+1], pixels[i+2], pixels[i+3] = c, c, c, 255
		}
	}
	q.image = newTexture(q.size, q.size)
	q.image.WritePixels(pixels)
	return true
}

// draw puts the code into the middle of r, in whole pixels a module.
func (q *qrTexture) draw(dst *ebiten.Image, r rect) {
	k := math.Max(1, math.Floor(math.Min(r.w, r.h)/float64(q.size)))
	var o ebiten.DrawImageOptions
	o.GeoM.Scale(k, k)
	n := k * float64(q.size)
	o.GeoM.Translate(math.Round(r.midX()-n/2), math.Round(r.midY()-n/2))
	dst.DrawImage(q.image, &o)
}

func (v *View) drawLobby(dst *ebiten.Image, m *Model, l *layout) {
	u := l.unit
	v.fonts.draw(dst, "CUTOUT", l.vanishX, l.title.y+42*u, style{face: headline, size: 64 * u, color: white, align: centre, glow: 1})
	v.fonts.draw(dst, "FIT THROUGH THE WALL", l.vanishX, l.title.y+88*u, style{face: display, size: 17 * u, color: cyan, align: centre})
	if m.Link != "" {
		v.drawInvite(dst, m, l)
	}
	v.drawPrompt(dst, m, l)
}

// drawInvite shows how friends come in: a code to scan and a link to type.
func (v *View) drawInvite(dst *ebiten.Image, m *Model, l *layout) {
	u, r := l.unit, l.invite
	size := 22 * u
	shown := strings.TrimPrefix(strings.TrimPrefix(m.Link, "http://"), "https://")
	lines := v.fonts.wrap(shown, prose, size, r.w-30*u)
	if len(lines) > 3 { // a long name: smaller letters
		size = 16 * u
		lines = v.fonts.wrap(shown, prose, size, r.w-24*u)
	}
	if len(lines) > 4 {
		lines = lines[:4]
	}
	h := 52*u + (r.w - 32*u) + 40*u + float64(len(lines))*26*u + 14*u
	r.y, r.h = r.bottom()-h, h
	v.glass(dst, r, pane(u))
	v.fonts.draw(dst, "JOIN THE ROOM", r.midX(), r.y+27*u, style{face: label, size: 25 * u, color: white, align: centre})
	card := rect{r.x + 16*u, r.y + 48*u, r.w - 32*u, r.w - 32*u}
	v.pill(dst, card, 10*u, color.RGBA{255, 255, 255, 255})
	if v.qr.update(m.Link) {
		v.qr.draw(dst, card.inset(2*u))
	}
	y := card.bottom() + 21*u
	v.fonts.draw(dst, "scan, or open", r.midX(), y, style{face: label, size: 20 * u, color: lilac, align: centre})
	for i, line := range lines {
		v.fonts.draw(dst, line, r.midX(), y+(28+float64(i)*26)*u, style{face: prose, size: size, color: cyan, align: centre})
	}
}

func (v *View) drawPrompt(dst *ebiten.Image, m *Model, l *layout) {
	u, r, s := l.unit, l.prompt, m.World
	p := self(s)
	ready, playing := 0, 0
	waiting := []string{}
	for i := range s.Players {
		if !s.Players[i].Present {
			continue
		}
		playing++
		if s.Players[i].Ready {
			ready++
		} else {
			waiting = append(waiting, s.Players[i].Name)
		}
	}
	text, line, c := "RAISE BOTH HANDS TO START", "or press Enter", cyan
	pulse := 0.5 + 0.5*math.Sin(float64(m.Ticks)*2*math.Pi/150)
	switch {
	case p == nil:
		text, line = "YOU ARE WATCHING", "the match begins when all are ready"
	case p.Ready && len(waiting) > 0:
		text, c = "YOU ARE READY", green
		line = "waiting for " + v.fonts.fitting(strings.Join(waiting, ", "), prose, 20*u, r.w*0.6)
	case p.Ready:
		text, line, c = "YOU ARE READY", "here we go", green
	case m.Scene != nil && m.Scene.Player() == nil:
		line = "stand where you can see yourself here"
	}
	v.glass(dst, r, lit(u, faded(c, 0.55+0.45*pulse), 0.3+0.5*pulse))
	size := v.fonts.shrunk(text, display, 28*u, r.w-40*u, 10)
	v.fonts.draw(dst, text, r.midX(), r.y+25*u, style{face: display, size: size, color: white, align: centre, glow: 0.5})
	if playing > 1 {
		line += "   ·   " + strconv.Itoa(ready) + " of " + strconv.Itoa(playing) + " ready"
	}
	size = v.fonts.shrunk(line, prose, 20*u, r.w-30*u, 9)
	v.fonts.draw(dst, line, r.midX(), r.y+53*u, style{face: prose, size: size, color: c, align: centre})
}
