package view

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/world"
	"cutout/kinect"
)

const (
	// farthest is how many times as far as the plane of play a wall sets out.
	farthest = 5.0
	// tileCells is the side of the corridor's tiles, in cells of the wall's plane.
	tileCells = 26
	// hold is the share of the impact during which the wall stands still.
	hold = 0.62
	// passFit is where the rules begin to count a body as inside, in thousandths.
	passFit = 900
)

var (
	rimGood  = [3]float64{0.05, 0.90, 1.00}
	rimBad   = [3]float64{1.00, 0.10, 0.24}
	rimDim   = [3]float64{0.62, 0.60, 0.90}
	rimFrame = [3]float64{0.98, 0.35, 0.95}
)

// A moment is what the scene looks like at one instant, as numbers.
type moment struct {
	wall      bool
	near      float64 // 1 at the plane of play, smaller when farther
	alpha     float64 // of the wall
	outline   float64 // of the hole's outline in the plane of play
	rim       [3]float64
	danger    float64 // 0..1
	heat      float64
	spill     float64
	solid     float64 // of the body
	inFront   bool    // the wall has passed the player
	celebrate float64 // seconds since a pass, or negative
}

// momentOf reads the state of the world.
func momentOf(s *world.State, danger float64) moment {
	m := moment{near: 1, solid: 1, rim: rimGood, celebrate: -1, danger: danger}
	t := progress(s)
	switch s.Phase {
	case world.Approach:
		m.wall = s.Hole != nil
		m.near = 1 / (1 + (1-t)*(farthest-1))
		m.alpha = smooth(0, 0.10, t)
		m.outline = smooth(0.02, 0.12, t) * (1 - smooth(0.80, 0.97, t))
		m.rim = mix3(rimGood, rimBad, danger)
		m.danger = danger * smooth(0.30, 0.75, t) // early on there is still time
		m.heat = 0.3 + 0.7*t
		m.solid = 0.66 + 0.34*smooth(0.55, 0.92, t)
		m.spill = 0.75 * danger * smooth(0.45, 0.85, t)
	case world.Impact:
		m.wall = s.Hole != nil
		m.heat, m.alpha = 1, 1
		switch outcomeOf(s) {
		case world.Pass:
			m.rim, m.danger = rimGood, 0
			m.celebrate = float64(s.PhaseTicks) / world.TicksPerSecond
		case world.Fail:
			m.rim, m.danger, m.spill = rimBad, 1, 1
		case world.Unseen:
			m.rim, m.danger = rimDim, 0
		default: // the verdict is a few ticks away
			m.rim, m.spill = mix3(rimGood, rimBad, danger), danger
		}
		if t > hold {
			q := (t - hold) / (1 - hold)
			m.near = 1 / (1 - 0.78*q*q)
			m.alpha = 1 - smooth(0.15, 0.95, q)
			m.inFront = true
		}
	}
	return m
}

// progress is how much of the phase has gone by, 0..1; 0 in an open phase.
func progress(s *world.State) float64 {
	if s.PhaseLength <= 0 {
		return 0
	}
	return math.Max(0, math.Min(1, float64(s.PhaseTicks)/float64(s.PhaseLength)))
}

// self is the own player, or nil.
func self(s *world.State) *world.Player {
	for i := range s.Players {
		if s.Players[i].ID == s.Self {
			return &s.Players[i]
		}
	}
	return nil
}

// verdictOf is p's verdict on the wall in question, Pending before it came.
func verdictOf(s *world.State, p *world.Player) world.Verdict {
	if p != nil {
		for i := len(p.Verdicts) - 1; i >= 0; i-- {
			if p.Verdicts[i].Wall == s.Wall {
				return p.Verdicts[i]
			}
		}
	}
	return world.Verdict{Wall: s.Wall}
}

func outcomeOf(s *world.State) world.Outcome { return verdictOf(s, self(s)).Outcome }

// dangerOf is how badly the body fits now, 0..1. Without a body there is none.
func dangerOf(s *world.State) float64 {
	if s.Own == nil || s.Hole == nil || s.Phase != world.Approach && s.Phase != world.Impact {
		return 0
	}
	return math.Max(0, math.Min(1, float64(passFit-s.Fit)/120+0.02))
}

// drawScene draws the corridor and what is in it over the whole of dst.
func (v *View) drawScene(dst *ebiten.Image, m *Model, p plane, now moment) {
	seconds := float64(m.Ticks%(world.TicksPerSecond*3600)) / world.TicksPerSecond
	v.drawCorridor(dst, p, now, seconds)
	s := m.World
	if now.wall {
		v.hole.update(s.Hole)
	}
	if now.wall && !now.inFront {
		v.drawWall(dst, p, now, seconds)
	}
	v.drawDust(dst, p, seconds)
	hasBody := v.shape.update(m.Scene)
	if s.Phase != world.Podium && hasBody {
		v.drawBody(dst, m, p, now, seconds)
	}
	if now.wall && now.outline > 0 {
		v.drawOutline(dst, p, now, seconds)
	}
	if now.wall && now.inFront && now.alpha > 0 {
		v.drawWall(dst, p, now, seconds)
	}
	if s.Phase == world.Podium {
		v.drawConfetti(dst, p, float64(s.PhaseTicks)/world.TicksPerSecond)
	}
	if now.celebrate >= 0 {
		v.drawSparks(dst, p, now.celebrate, s.Wall)
	}
}

func (v *View) drawCorridor(dst *ebiten.Image, p plane, now moment, seconds float64) {
	b := dst.Bounds()
	full := rect{0, 0, float64(b.Dx()), float64(b.Dy())}
	// Whole tiles, so that lines run along the edges.
	below := p.floorY - p.vanishY
	half, above := 4*tileCells*p.cell, 5*tileCells*p.cell-below
	v.pen.quad(dst, full, full, v.shaders.corridor, ebiten.BlendCopy, uniforms{
		"Vanish": vec(p.vanishX, p.vanishY),
		"Box":    vec(half, above, below),
		"Cell":   float32(tileCells * p.cell),
		"Scroll": float32(math.Mod(seconds*1.6, 1000)),
		"Glow":   float32(0.35 + 0.25*now.heat),
		"Danger": float32(now.danger * 0.85),
	})
}

func (v *View) drawWall(dst *ebiten.Image, p plane, now moment, seconds float64) {
	// From the right edge to the left: the mirror.
	x0, y0 := p.at(wallRight+2, wallTop-2, now.near)
	x1, y1 := p.at(wallLeft-2, floorRow, now.near)
	src := rect{2 * (wallRight + 2), 2 * (wallTop - 2), -2 * (wallRight - wallLeft + 4), 2 * (floorRow - wallTop + 2)}
	vu, vv := p.vanish()
	// Thickness: the back is 0.16 of the plane's distance behind the front.
	z := 1 / now.near
	v.pen.quad(dst, rect{x0, y0, x1 - x0, y1 - y0}, src, v.shaders.wall, ebiten.BlendSourceOver, uniforms{
		"Texel":  float32(p.cell * now.near / 2),
		"Vanish": vec(2*vu, 2*vv),
		"Depth":  float32(z / (z + 0.16)),
		"Bounds": vec(2*wallLeft, 2*wallTop, 2*wallRight, 2*floorRow),
		"Rim":    vec(now.rim[:]...),
		"Frame":  vec(mixFrame(now)...),
		"Alpha":  float32(now.alpha),
		"Time":   float32(math.Mod(seconds, 600)),
		"Heat":   float32(now.heat),
	}, v.hole.image)
}

func mixFrame(now moment) []float64 {
	c := mix3(rimFrame, rimBad, now.danger*0.7)
	return c[:]
}

func (v *View) drawOutline(dst *ebiten.Image, p plane, now moment, seconds float64) {
	b := v.hole.bounds
	x0, y0 := p.at(b.right(), b.y, 1)
	x1, y1 := p.at(b.x, b.bottom(), 1)
	src := rect{2 * b.right(), 2 * b.y, -2 * b.w, 2 * b.h}
	v.pen.quad(dst, rect{x0, y0, x1 - x0, y1 - y0}, src, v.shaders.outline, ebiten.BlendLighter, uniforms{
		"Texel": float32(p.cell / 2),
		"Rim":   vec(now.rim[:]...),
		"Alpha": float32(now.outline),
		"Time":  float32(math.Mod(seconds, 600)),
	}, v.hole.image)
}

// A placement lays pixels of the sensor's picture into the wall's plane:
// u = x*scale + offU, v = y*scale + offV.
type placement struct{ scale, offU, offV float64 }

// placementOf is how world.Normalise laid the silhouette into the plane.
func placementOf(s *kinect.Silhouette, size world.Calibration) placement {
	h, drop := float64(size.Height), float64(size.FloorDrop)
	if h == 0 {
		h, drop = float64(s.Height), float64(s.FloorDrop)
	}
	if h == 0 {
		h, drop = 1700, 900
	}
	d := math.Max(float64(s.Distance), 300)
	k := d / kinect.FocalLength * standing / h
	return placement{
		scale: k,
		offU:  centreColumn - kinect.Width/2*k,
		offV:  floorRow - kinect.Height/2*k - drop*standing/h,
	}
}

func (v *View) drawBody(dst *ebiten.Image, m *Model, p plane, now moment, seconds float64) {
	at := placementOf(m.Scene.Player().Silhouette, m.World.Size)
	b := v.shape.relief.Box
	// A texel of the relief is two pixels of the sensor.
	uv := func(tx, ty int) (float64, float64) {
		return float64(2*tx)*at.scale + at.offU, float64(2*ty)*at.scale + at.offV
	}
	u0, v0 := uv(b.Max.X, b.Min.Y)
	u1, v1 := uv(b.Min.X, b.Max.Y)
	x0, y0 := p.at(u0, v0, 1)
	x1, y1 := p.at(u1, v1, 1)
	src := rect{float64(b.Max.X), float64(b.Min.Y), -float64(b.Dx()), float64(b.Dy())}
	images := []*ebiten.Image{v.shape.image}
	spill := now.spill
	if v.hole.image == nil || !now.wall {
		spill = 0
		images = append(images, v.shape.image) // something to sample, with no effect
	} else {
		images = append(images, v.hole.image)
	}
	k := 4 * at.scale // relief texel -> field texel
	v.pen.quad(dst, rect{x0, y0, x1 - x0, y1 - y0}, src, v.shaders.body, ebiten.BlendSourceOver, uniforms{
		"Scale":  float32(2 * at.scale * p.cell),
		"Affine": vec(k, k, 2*at.offU, 2*at.offV),
		"Spill":  float32(spill),
		"Alpha":  float32(now.solid),
		"Time":   float32(math.Mod(seconds, 600)),
		"Mirror": float32(-1),
		"Danger": float32(now.danger * 0.5),
	}, images...)
}

// smooth rises from 0 at a to 1 at b.
func smooth(a, b, x float64) float64 {
	t := math.Max(0, math.Min(1, (x-a)/(b-a)))
	return t * t * (3 - 2*t)
}

func mix3(a, b [3]float64, t float64) [3]float64 {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}
