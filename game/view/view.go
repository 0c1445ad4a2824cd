package view

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/world"
)

// A View draws Models. Only the goroutine that ebiten draws on may use it.
type View struct {
	shaders *shaders
	fonts   *fonts
	pen     pen
	sparks  sparkler
	level   Level

	scene        *ebiten.Image // at the level's size
	glowA, glowB *ebiten.Image // a quarter of it
	hole         holeTexture
	shape        reliefTexture
	tiles        map[string]*tileTexture
	face         tileTexture // the own player's, from the sensor's colour
	qr           qrTexture

	layout    layout  // of the last frame
	danger    float64 // as shown: it glides
	lastTicks int64
	lastPhase world.Phase
	drawn     bool
	points    float64 // as shown: they count up
}

// New compiles the shaders and reads the fonts; it needs no display.
func New() (*View, error) {
	s, err := loadShaders()
	if err != nil {
		return nil, err
	}
	f, err := loadFonts(s.blur)
	if err != nil {
		return nil, err
	}
	return &View{shaders: s, fonts: f, level: High, tiles: map[string]*tileTexture{}}, nil
}

// SetLevel says how much effort pictures may cost from now on.
func (v *View) SetLevel(l Level) { v.level = min(l, numLevels-1) }

// Draw draws m over the whole of screen. m.World must be set.
func (v *View) Draw(screen *ebiten.Image, m *Model) {
	b := screen.Bounds()
	tiles := m.Tiles
	if m.World.Phase == world.Podium {
		tiles = nil // they stand on the podium
	}
	l := layoutFor(float64(b.Dx()), float64(b.Dy()), len(tiles))
	v.layout = l
	v.glide(m)
	now := momentOf(m.World, v.danger)

	scale := math.Min(1, efforts[v.level].height/float64(b.Dy()))
	w, h := int(float64(b.Dx())*scale+0.5), int(float64(b.Dy())*scale+0.5)
	scene := fit(&v.scene, max(w, 16), max(h, 16))
	v.drawScene(scene, m, l.plane(scale), now)
	v.present(screen)
	v.updateTiles(m)
	v.drawOver(screen, m, &l)
}

// glide moves what is shown smoothly towards what is.
func (v *View) glide(m *Model) {
	s := m.World
	target := dangerOf(s)
	dt := float64(m.Ticks-v.lastTicks) / world.TicksPerSecond
	if !v.drawn || s.Phase != v.lastPhase || dt < 0 || dt > 1 {
		v.danger = target
	} else {
		// A time constant of 0.18 s: nothing can blink faster than about 3 Hz.
		v.danger += (target - v.danger) * (1 - math.Exp(-dt/0.18))
	}
	points := 0.0
	if p := self(s); p != nil {
		points = float64(p.Points)
	}
	if !v.drawn || points < v.points || dt > 1 {
		v.points = points
	} else {
		v.points = points - (points-v.points)*math.Exp(-dt/0.15)
		if points-v.points < 1 {
			v.points = points
		}
	}
	v.drawn, v.lastTicks, v.lastPhase = true, m.Ticks, s.Phase
}

// present brings the scene to the screen, with its glow.
func (v *View) present(screen *ebiten.Image) {
	b, s := v.scene.Bounds(), screen.Bounds()
	scene := rect{0, 0, float64(b.Dx()), float64(b.Dy())}
	if efforts[v.level].bloom {
		// Added before the scene grows, where there are fewer pixels.
		g := v.bloom(scene)
		small := rect{0.5, 0.5, float64(g.Bounds().Dx()) - 1, float64(g.Bounds().Dy()) - 1}
		v.pen.quad(v.scene, scene, small, v.shaders.glow, ebiten.BlendLighter, uniforms{"Strength": float32(0.58)}, g)
	}
	shader, from := v.shaders.native, scene
	if b.Size() != s.Size() {
		shader, from = v.shaders.final, scene.inset(0.5)
	}
	v.pen.quad(screen, rect{0, 0, float64(s.Dx()), float64(s.Dy())}, from, shader, ebiten.BlendCopy, nil, v.scene)
}

// bloom makes the glow of the scene at a quarter of its size.
func (v *View) bloom(from rect) *ebiten.Image {
	w, h := max(int(from.w)/4, 4), max(int(from.h)/4, 4)
	a, b := fit(&v.glowA, w, h), fit(&v.glowB, w, h)
	small := rect{0, 0, float64(w), float64(h)}
	v.pen.quad(a, small, from, v.shaders.bright, ebiten.BlendCopy, nil, v.scene)
	// Close taps first: wide ones alone would show as ghost lines.
	for _, step := range []float64{1, 2.4} {
		v.pen.quad(b, small, small, v.shaders.blur, ebiten.BlendCopy, uniforms{"Step": vec(step, 0)}, a)
		v.pen.quad(a, small, small, v.shaders.blur, ebiten.BlendCopy, uniforms{"Step": vec(0, step)}, b)
	}
	return a
}

// Aim is where the point (x, y) of the window lies for the player whose body was
// drawn last: from between the shoulders, in lengths of a stretched arm, towards the
// player's left and upwards.
func (v *View) Aim(x, y float64) (toLeft, up float64) {
	const shoulders, reach = 0.815 * standing, 0.40 * standing // cells; see kinect.Pose
	p := v.layout.plane(1)
	if p.cell == 0 {
		return 0, 0
	}
	sx, sy := p.at(centreColumn, floorRow-shoulders, 1)
	return (sx - x) / (reach * p.cell), (sy - y) / (reach * p.cell)
}

// Close gives the textures back. The View can not be used afterwards.
func (v *View) Close() {
	for _, img := range []**ebiten.Image{&v.scene, &v.glowA, &v.glowB, &v.hole.image, &v.shape.image, &v.face.image, &v.qr.image} {
		drop(img)
	}
	for id, t := range v.tiles {
		drop(&t.image)
		delete(v.tiles, id)
	}
	v.fonts.close()
	v.shaders.close()
}
