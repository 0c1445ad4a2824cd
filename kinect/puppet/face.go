package puppet

import "math"

// A headView paints the head: hair, face, and what the face does. Its coordinates
// are the head's own: (0, 0) is the middle, u runs to the picture's right and v
// down when the head is upright, and the outline is at a distance of 1.
type headView struct {
	x, y, upX, upY  float32 // middle in the picture; upwards there
	r               float32 // radius in pixels
	soft            float32 // one pixel in head units
	skin, hair, lip ycc
	blush, brow     ycc
	iris            ycc
	cut             Hair
	smile           float32
	closed          bool
}

func newHeadView(l Look, f Face) headView {
	skin, hair := l.Skin.tint(), l.Hair.tint()
	iris := Colour{74, 56, 44}
	if l.Skin.R > 230 && l.Hair.R > 90 {
		iris = Colour{66, 110, 150}
	}
	return headView{
		skin: skin.ycc(), hair: hair.ycc(), cut: l.Cut, closed: f.Closed,
		lip:   skin.mix(Colour{176, 48, 56}.tint(), 0.72).ycc(),
		blush: skin.mix(Colour{240, 92, 84}.tint(), 0.34).ycc(),
		brow:  hair.mix(skin, 0.15).times(0.85).ycc(),
		iris:  iris.tint().ycc(),
		smile: float32(max(0, min(1000, f.Smile))) / 1000,
	}
}

// place puts the head where the limb is.
func (h *headView) place(x, y, r, upX, upY float64) {
	h.x, h.y, h.r = float32(x), float32(y), float32(max(r, 1))
	n := math.Hypot(upX, upY)
	h.upX, h.upY = float32(upX/n), float32(upY/n)
	h.soft = 0.8 / h.r
}

// local is a pixel in the head's coordinates.
func (h *headView) local(x, y int) (u, v float32) {
	dx, dy := (float32(x)-h.x)/h.r, (float32(y)-h.y)/h.r
	return -dx*h.upY + dy*h.upX, -dx*h.upX - dy*h.upY
}

// inside is the share of a pixel on the inner side of an edge at distance d, which
// is negative inside.
func (h *headView) inside(d float32) float32 { return step32(h.soft, -h.soft, d) }

// oval is the distance from an ellipse's edge, nearly.
func oval(u, v, cu, cv, ru, rv float32) float32 {
	a, b := (u-cu)/ru, (v-cv)/rv
	return (float32(math.Sqrt(float64(a*a+b*b))) - 1) * min(ru, rv)
}

// colour of the head before light; shine says how much of the light's gloss the
// place takes.
func (h *headView) colour(u, v float32) ycc {
	c := h.skin
	if covered := h.hairAt(u, v); covered > 0.99 {
		return h.lock(u, v)
	} else if covered > 0 {
		return h.features(c, u, v).mix(h.lock(u, v), covered)
	}
	return h.features(c, u, v)
}

// hairAt is how much of the place is hair.
func (h *headView) hairAt(u, v float32) float32 {
	side := max(u, -u)
	switch h.cut {
	case Bald:
		return 0
	case Long:
		// Hair all around the face's oval, parted to the side.
		face := oval(u, v, 0, 0.22, 0.74, 0.86)
		brow := -0.36 - 0.22*(u+0.35)*(u+0.35)
		return max(h.inside(-face), h.inside(v-brow-0.1*max(0, 0.1-side)))
	case Fringe:
		line := -0.27 + 0.05*side
		temple := max(-(side - 0.8), v-0.42)
		return max(h.inside(v-line), h.inside(temple))
	case Curly:
		line := -0.4 + 0.06*float32(math.Sin(float64(u)*14)) + 0.1*u*u
		temple := max(-(side - 0.78 + 0.04*float32(math.Sin(float64(v)*16))), v-0.3)
		return max(h.inside(v-line), h.inside(temple))
	default:
		line := -0.42 + 0.16*u + 0.2*u*u
		temple := max(-(side - 0.84 + 0.1*v), v-0.06)
		return max(h.inside(v-line), h.inside(temple))
	}
}

// lock is the colour of hair, with a band of shine across the crown.
func (h *headView) lock(u, v float32) ycc {
	strand := float32(math.Sin(float64(u)*23+3*float64(v))) * 0.05
	if h.cut == Curly {
		strand = float32(math.Sin(float64(u)*15)*math.Sin(float64(v)*15)) * 0.16
	}
	band := v + 0.62 - 0.25*u*u
	shine := max(0, 1-band*band*30)
	c := h.hair.times(1 + strand)
	c.y += 16 * shine
	return c
}

// features paints eyes, brows, nose, cheeks and mouth on the skin.
func (h *headView) features(c ycc, u, v float32) ycc {
	side := max(u, -u)
	if d := (side-0.52)*(side-0.52) + (v-0.34)*(v-0.34); d < 0.045 {
		c = c.mix(h.blush, step32(0.045, 0.005, d))
	}
	if v < 0.28 && v > -0.5 {
		c = h.eye(c, u, v)
	}
	// The nose is a soft shadow below its tip and a light on it.
	if d := oval(u, v, 0, 0.2, 0.11, 0.075); d < 0.08 {
		c = c.times(1 - 0.16*step32(0.06, -0.05, d+max(0, 0.16-v)))
		if l := u*u + (v-0.13)*(v-0.13); l < 0.012 {
			c.y += 9 * step32(0.012, 0.002, l)
		}
	}
	if v > 0.28 {
		c = h.mouth(c, u, v)
	}
	return c
}

var (
	eyeWhite = tint{0.97, 0.97, 0.98}.ycc()
	darkness = tint{0.07, 0.05, 0.07}.ycc()
	teeth    = tint{0.98, 0.97, 0.94}.ycc()
	mouthRed = tint{0.42, 0.08, 0.1}.ycc()
)

func (h *headView) eye(c ycc, u, v float32) ycc {
	side := max(u, -u)
	e := side - 0.35
	arch := -0.27 - 0.05*h.smile - 0.5*e*e - 0.05*e
	if thick := 0.052 - max(0, max(e, -e)-0.16)*0.4; thick > 0 {
		c = c.mix(h.brow, h.inside(max(max(v-arch, arch-v)-thick, max(e, -e)-0.23)))
	}
	if h.closed {
		lid := 0.06 - 1.6*e*e
		return c.mix(darkness, 0.85*h.inside(max(max(v-lid, lid-v)-0.035, max(e, -e)-0.18)))
	}
	open := oval(e, v, 0, 0.02, 0.165, 0.185-0.03*h.smile)
	if open > 0.08 {
		return c
	}
	lash := oval(e, v, 0, -0.005, 0.185, 0.2-0.03*h.smile)
	c = c.mix(darkness, 0.8*h.inside(lash)*step32(0.06, -0.06, v))
	c = c.mix(eyeWhite, h.inside(open))
	ball := oval(e, v, 0, 0.03, 0.105, 0.125)
	c = c.mix(h.iris, min(h.inside(ball), h.inside(open)))
	c = c.mix(darkness, h.inside(oval(e, v, 0, 0.03, 0.06, 0.075)))
	// The window's light lies on the same side of both eyes.
	return c.mix(eyeWhite, h.inside(oval(u, v, signed(u)*0.35+0.04, -0.03, 0.038, 0.042)))
}

func signed(u float32) float32 {
	if u < 0 {
		return -1
	}
	return 1
}

func (h *headView) mouth(c ycc, u, v float32) ycc {
	wide := 0.26 + 0.1*h.smile
	side := max(u, -u)
	if side > wide+0.06 {
		return c
	}
	// The upper lip hangs between its corners, the lower one hangs deeper.
	bend := u * u / (wide * wide)
	upper := 0.55 - (0.03+0.07*h.smile)*bend + 0.01
	gap := max(0, h.smile-0.35) * 0.36 * (1 - bend)
	lower := upper + gap
	if gap < 0.02 {
		line := max(max(v-upper, upper-v)-0.03, side-wide)
		return c.mix(h.lip, h.inside(line))
	}
	lips := max(upper-0.03-v, max(v-lower-0.05, side-wide))
	c = c.mix(h.lip, h.inside(lips))
	inner := max(upper-v, max(v-lower, side-wide+0.03))
	c = c.mix(mouthRed, h.inside(inner))
	tooth := max(inner, v-upper-0.42*gap-0.02)
	return c.mix(teeth, h.inside(tooth))
}
