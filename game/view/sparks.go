package view

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
)

// A sparkler draws many small lights at once.
type sparkler struct {
	vertices []ebiten.Vertex
	indices  []uint32
}

func (s *sparkler) reset() { s.vertices, s.indices = s.vertices[:0], s.indices[:0] }

// add puts a light at (x, y) with a radius, in a colour times a brightness.
func (s *sparkler) add(x, y, radius float64, c [3]float64, bright float64) {
	n := uint32(len(s.vertices))
	for i := range 4 {
		sx, sy := float64(2*(i&1)-1), float64(2*(i>>1)-1)
		s.vertices = append(s.vertices, ebiten.Vertex{
			DstX: float32(x + sx*radius), DstY: float32(y + sy*radius), SrcX: float32(sx), SrcY: float32(sy),
			ColorR: float32(c[0]), ColorG: float32(c[1]), ColorB: float32(c[2]), ColorA: float32(bright),
		})
	}
	s.indices = append(s.indices, n, n+1, n+2, n+1, n+2, n+3)
}

func (s *sparkler) draw(dst *ebiten.Image, shader *ebiten.Shader) {
	if len(s.indices) > 0 {
		dst.DrawTrianglesShader32(s.vertices, s.indices, shader, &ebiten.DrawTrianglesShaderOptions{Blend: ebiten.BlendLighter})
	}
}

// dice is a number 0..1 that follows from n and k alone.
func dice(n, k int) float64 {
	x := uint64(n)*0x9E3779B97F4A7C15 + uint64(k)*0xD1B54A32D192ED03 + 0x632BE59BD9B4E019
	x ^= x >> 31
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 29
	x *= 0x94D049BB133111EB
	x ^= x >> 32
	return float64(x>>11) / (1 << 53)
}

// drawDust draws motes that drift towards the player.
func (v *View) drawDust(dst *ebiten.Image, p plane, seconds float64) {
	v.sparks.reset()
	n := efforts[v.level].sparks / 3
	for i := range n {
		// Each mote comes from far away within a few seconds, then again elsewhere.
		life := seconds*(0.10+0.10*dice(i, 1)) + dice(i, 2)
		round, t := math.Floor(life), life-math.Floor(life)
		z := 5.2 - 4.6*t
		k := int(round)
		x := (dice(i, 3+5*k) - 0.5) * 200 * p.cell
		y := (dice(i, 4+5*k) - 0.55) * 130 * p.cell
		c := mix3(rimGood, rimFrame, dice(i, 5))
		bright := 0.55 * smooth(0, 0.3, t) * (1 - smooth(0.9, 1, t))
		v.sparks.add(p.vanishX+x/z, p.vanishY+y/z, p.cell*1.1/z+0.6, c, bright)
	}
	v.sparks.draw(dst, v.shaders.spark)
}

// drawConfetti draws what rains on the winners, t seconds into the podium.
func (v *View) drawConfetti(dst *ebiten.Image, p plane, t float64) {
	v.sparks.reset()
	b := dst.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	for i := range efforts[v.level].sparks {
		life := t*(0.14+0.12*dice(i, 21)) + dice(i, 22)
		if life < 1 && t*0.2 < dice(i, 22)-0.4 { // it starts thinly
			continue
		}
		k := int(life)
		fall := life - float64(k)
		x := w*dice(i, 23+7*k) + 14*p.cell*math.Sin(2*math.Pi*(fall*1.3+dice(i, 24)))*dice(i, 25)
		c := [][3]float64{rimGood, rimFrame, {1, 0.8, 0.25}, {0.5, 0.4, 1}}[i%4]
		v.sparks.add(x, -10+(h+20)*fall, p.cell*(0.9+1.1*dice(i, 26)), c, 0.9*(1-smooth(0.75, 1, fall)))
	}
	v.sparks.draw(dst, v.shaders.spark)
}

// sparkLife is how long the sparks of a pass fly, in seconds.
const sparkLife = 1.5

// drawSparks draws what flies from the hole's rim t seconds after a pass.
func (v *View) drawSparks(dst *ebiten.Image, p plane, t float64, wall int) {
	if t > sparkLife || len(v.hole.edge) == 0 {
		return
	}
	v.sparks.reset()
	cx, cy := p.at(centreColumn, floorRow-standing/2, 1)
	for i := range efforts[v.level].sparks {
		e := v.hole.edge[int(dice(i, 7+wall)*float64(len(v.hole.edge)))]
		x, y := p.at(float64(e[0]), float64(e[1]), 1)
		dx, dy := x-cx, y-cy
		n := math.Hypot(dx, dy) + 1
		turn := (dice(i, 8) - 0.5) * 1.6
		sin, cos := math.Sincos(turn)
		dx, dy = (dx*cos-dy*sin)/n, (dx*sin+dy*cos)/n
		speed := (14 + 70*dice(i, 9)*dice(i, 10)) * p.cell
		far := speed * (1 - math.Exp(-2.2*t)) / 1.4
		life := 0.6 + 0.9*dice(i, 11)
		bright := math.Max(0, 1-t/life)
		c := rimGood
		switch i % 4 {
		case 0:
			c = rimFrame
		case 1:
			c = [3]float64{1, 0.85, 0.35}
		}
		v.sparks.add(x+dx*far, y+dy*far+26*p.cell*t*t, p.cell*(0.8+1.3*dice(i, 12))*(0.5+0.5*bright), c, bright*1.3)
	}
	v.sparks.draw(dst, v.shaders.spark)
}
