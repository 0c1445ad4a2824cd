package view

import (
	"image/color"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

// updateTiles uploads new pictures and forgets friends who left.
func (v *View) updateTiles(m *Model) {
	for _, t := range v.tiles {
		t.used = false
	}
	for i := range min(len(m.Tiles), maxTiles) {
		id := m.Tiles[i].ID
		t := v.tiles[id]
		if t == nil {
			t = &tileTexture{}
			v.tiles[id] = t
		}
		t.used = true
		t.update(m.Tiles[i].Picture)
	}
	for id, t := range v.tiles {
		if !t.used {
			drop(&t.image)
			delete(v.tiles, id)
		}
	}
}

// drawTiles draws the friends' column.
func (v *View) drawTiles(dst *ebiten.Image, m *Model, l *layout) {
	if len(l.tiles) == 0 {
		return
	}
	u, r := l.unit, l.column
	v.glass(dst, r, pane(u))
	v.fonts.draw(dst, "FRIENDS", r.x+18*u, r.y+26*u, style{face: display, size: 18 * u, color: white})
	v.fonts.draw(dst, strconv.Itoa(len(m.Tiles)), r.x+24*u+v.fonts.width("FRIENDS", display, 18*u), r.y+26*u,
		style{face: display, size: 18 * u, color: cyan})
	v.fonts.draw(dst, "LIVE", r.right()-34*u, r.y+26*u, style{face: label, size: 19 * u, color: red, align: right})
	v.pill(dst, rect{r.right() - 27*u, r.y + 21.5*u, 9 * u, 9 * u}, 5*u, red)
	for i, at := range l.tiles {
		v.drawTile(dst, m, &m.Tiles[i], at, u)
	}
}

// drawTile draws one friend.
func (v *View) drawTile(dst *ebiten.Image, m *Model, t *Tile, r rect, u float64) {
	if m.Drawn != nil && t.Stream != "" {
		m.Drawn(t.Stream, int(r.w), int(r.h))
	}
	p := playerOf(m.World, t.ID)
	ring, width := ringOf(m.World, p, t)
	shade := 0.0
	if t.Trouble != "" || t.Away {
		shade = 0.75
	}
	v.drawFace(dst, v.tiles[t.ID], t.Name, r, u, framing{ring: ring, width: width * u, voice: float64(t.Level), shade: shade})
	small := r.w < 200*u
	size := 20 * u
	if small {
		size = 16 * u
	}
	foot := r.bottom() - 17*u
	room := r.w - 26*u
	if p != nil && m.World.Phase != world.Lobby {
		points := thousands(p.Points)
		v.fonts.draw(dst, points, r.right()-12*u, foot, style{face: display, size: size * 0.72, color: white, align: right})
		room -= v.fonts.width(points, display, size*0.72) + 8*u
	}
	v.fonts.draw(dst, v.fonts.fitting(t.Name, prose, size, room), r.x+13*u, foot, style{face: prose, size: size, color: white})
	if t.Ready && m.World.Phase == world.Lobby {
		v.badge(dst, "READY", r.right()-10*u, r.y+19*u, u, green)
	}
	if p != nil && m.World.Phase == world.Impact {
		if d := verdictOf(m.World, p); d.Outcome != world.Pending {
			text, _ := word(d)
			v.badge(dst, text, r.right()-10*u, r.y+19*u, u, outcomeColour(d.Outcome))
		}
	}
	trouble := t.Trouble
	if t.Away && trouble == "" {
		trouble = "reconnecting …"
	}
	if trouble != "" {
		size := v.fonts.shrunk(clean(trouble), prose, 17*u, r.w-20*u, 8)
		v.fonts.draw(dst, v.fonts.fitting(trouble, prose, size, r.w-16*u), r.midX(), r.midY()+r.h*0.12, style{face: prose, size: size, color: amber, align: centre})
	}
}

// badge writes a word on a dark pill that ends at x.
func (v *View) badge(dst *ebiten.Image, s string, x, y, u float64, c color.RGBA) {
	w := v.fonts.width(s, label, 17*u) + 20*u
	r := rect{x - w, y - 11.5*u, w, 23 * u}
	v.glass(dst, r, sheet{radius: 12 * u, line: math.Max(1, 1.4*u), top: color.RGBA{6, 6, 24, 225}, bottom: color.RGBA{6, 6, 24, 225}, edge: c})
	v.fonts.draw(dst, s, r.midX(), r.midY(), style{face: label, size: 17 * u, color: c, align: centre})
}

func playerOf(s *world.State, id string) *world.Player {
	for i := range s.Players {
		if s.Players[i].ID == id {
			return &s.Players[i]
		}
	}
	return nil
}

// ringOf is the colour and width of the ring around a friend's picture.
func ringOf(s *world.State, p *world.Player, t *Tile) (color.RGBA, float64) {
	if s.Phase == world.Impact && p != nil {
		if d := verdictOf(s, p); d.Outcome != world.Pending {
			return outcomeColour(d.Outcome), 3.5
		}
	}
	switch {
	case t.Trouble != "" || t.Away:
		return faded(amber, 0.9), 2
	case t.Level > 0.05:
		return color.RGBA{255, 128, 226, 255}, 2.5 + 2*float64(min(t.Level, 1))
	case t.Ready && s.Phase == world.Lobby:
		return green, 2.5
	}
	return color.RGBA{52, 120, 168, 255}, 2
}

// framing is how a picture of somebody is framed.
type framing struct {
	ring  color.RGBA
	width float64 // of the ring
	voice float64
	shade float64
	crop  *rect // in pixels of the picture; nil for its middle
	flip  bool  // as in a mirror
}

// drawFace draws a picture in a rounded frame, or initials when there is none.
func (v *View) drawFace(dst *ebiten.Image, t *tileTexture, name string, r rect, u float64, f framing) {
	if t == nil || t.image == nil {
		s := sheet{radius: 13 * u, line: f.width, top: color.RGBA{34, 26, 82, 255}, bottom: color.RGBA{14, 10, 40, 255}, edge: f.ring}
		v.glass(dst, r, s)
		initial, _ := utf8.DecodeRuneInString(name)
		if name == "" {
			initial = '?'
		}
		v.fonts.draw(dst, string(initial), r.midX(), r.midY()-r.h*0.14, style{face: prose, size: math.Min(r.h, r.w) * 0.38, color: faded(lilac, 0.75), align: centre})
		return
	}
	c := cover(float64(t.packing.width), float64(t.packing.height), r.w/r.h,
		float64(t.packing.width)/2, float64(t.packing.height)*0.46, 1)
	if f.crop != nil {
		c = *f.crop
	}
	shader := v.shaders.tile
	if efforts[v.level].fine && c.w > 1.3*r.w {
		shader = v.shaders.tileFine
	}
	src := rect{0, 0, r.w, r.h}
	if f.flip {
		src = rect{r.w, 0, -r.w, r.h}
	}
	v.pen.quad(dst, r, src, shader, ebiten.BlendSourceOver, uniforms{
		"Size":   vec(r.w, r.h),
		"Radius": float32(13 * u),
		"Plane":  vec(float64(t.packing.planeW), float64(t.packing.planeH)),
		"Crop":   vec(c.x, c.y, c.w, c.h),
		"Ring":   vec(float64(f.ring.R)/255, float64(f.ring.G)/255, float64(f.ring.B)/255, f.width),
		"Voice":  float32(f.voice), "Shade": float32(f.shade),
		// BT.601, limited range (ITU-R BT.601-7, 2.5.3): luma 16..235, chroma 128±112.
		"Range":  vec(16.0/255, 255.0/219),
		"Matrix": vec(1.402*255/224, -0.344136*255/224, -0.714136*255/224, 1.772*255/224),
	}, t.image)
}

// ownFace is the own player's head in the sensor's colour picture, nil without one.
func (v *View) ownFace(m *Model, aspect float64) (*tileTexture, *rect) {
	p := m.Scene.Player()
	if p == nil || m.Scene.Frame == nil || m.Scene.Frame.Colour == nil {
		return nil, nil
	}
	if !v.face.update(&netvideo.Picture{Image: m.Scene.Frame.Colour, Seq: m.Scene.Frame.Seq}) {
		return nil, nil
	}
	w, h := float64(v.face.packing.width), float64(v.face.packing.height)
	cx, cy, share := w/2, h*0.4, 1.0
	if head := p.Joints[kinect.Head]; head.Confidence > 0 {
		// About three heads high: 0.75 m at the person's distance.
		cx, cy = float64(head.X), float64(head.Y)
		d := math.Max(float64(p.Distance), 500)
		share = math.Max(0.25, math.Min(1, 750/d*575.8/h))
	}
	c := cover(w, h, aspect, cx, cy+0.06*h*share, share)
	return &v.face, &c
}
