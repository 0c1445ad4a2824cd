package mannequin

import "math"

// A ring is a cross-section of a tube: a rounded rectangle about a frame's middle,
// across the frame's y axis.
type ring struct {
	frame
	// wide and deep are half the size along x and z, in metres.
	wide, deep float64
	// square is 0 for an ellipse, towards 1 for a rectangle.
	square float64
	part   Part // of the stretch from here to the next ring
	pale   float64
}

// around says how many corners a ring has; divisible by four so that left and right,
// front and back are cut apart cleanly.
const around = 20

var turns = func() (t [around]struct{ s, c float64 }) {
	for i := range t {
		// From half a step on: corners lie beside the middle planes, not in them.
		t[i].s, t[i].c = math.Sincos(2 * math.Pi * float64(i) / around)
	}
	return t
}()

// A skin makes a tube's surface less than perfect. Its results are in metres along
// the surface's direction; angle is from the person's left over the front.
type skin func(at vec, ring, corner int) float64

// A tint is the part and the paleness of a patch of a tube, when not the ring's.
type tint func(middle vec, r *ring, corner int) (Part, float64)

// tube draws the surface through rings, closed at both ends.
func (c *canvas) tube(owner uint8, rings []ring, s skin, t tint) {
	var before, now [around]corner
	var places, last [around]vec
	for i := range rings {
		r := &rings[i]
		c.outline(r, i, s, &places, &now)
		if i > 0 {
			p := &rings[i-1]
			for k := range around {
				n := (k + 1) % around
				st := stain{owner, p.part, float32(p.pale)}
				if t != nil {
					part, pale := t(places[k].plus(last[n]).times(0.5), p, k)
					st.part, st.pale = part, float32(pale)
				}
				c.triangle(&before[k], &before[n], &now[n], st)
				c.triangle(&before[k], &now[n], &now[k], st)
			}
		}
		if i == 0 || i == len(rings)-1 {
			c.lid(r, owner, &places, &now, t)
		}
		before, last = now, places
	}
}

// lid closes a tube at a ring.
func (c *canvas) lid(r *ring, owner uint8, places *[around]vec, at *[around]corner, t tint) {
	middle := c.corner(r.at)
	for k := range around {
		n := (k + 1) % around
		st := stain{owner, r.part, float32(r.pale)}
		if t != nil {
			part, pale := t(places[k].to(r.at, 0.3), r, k)
			st.part, st.pale = part, float32(pale)
		}
		c.triangle(&at[k], &at[n], &middle, st)
	}
}

// outline places a ring's corners.
func (c *canvas) outline(r *ring, index int, s skin, places *[around]vec, at *[around]corner) {
	for k := range around {
		x, z := turns[k].c, turns[k].s
		if r.square > 0 {
			// Between the ellipse and the rectangle that it touches.
			m := 1 / max(math.Abs(x), math.Abs(z))
			m = 1 + (m-1)*r.square
			x, z = x*m, z*m
		}
		p := r.at.plus(r.x.times(x * r.wide)).plus(r.z.times(z * r.deep))
		if s != nil {
			p = p.plus(r.x.times(x).plus(r.z.times(z)).times(s(p, index, k)))
		}
		places[k] = p
		at[k] = c.corner(p)
	}
}

// path lays rings along a bent line through places, its y axis along it and its x axis
// as near to side as it can be. Each place has the radii there.
func path(places []vec, side vec, wide, deep []float64) []ring {
	rings := make([]ring, len(places))
	for i, p := range places {
		a, b := places[max(0, i-1)], places[min(len(places)-1, i+1)]
		y := b.minus(a).unit()
		x := side.across(y)
		rings[i] = ring{frame: frame{at: p, x: x, y: y, z: x.cross(y)}, wide: wide[i], deep: deep[i]}
		side = x
	}
	return rings
}

// ball draws an ellipsoid about a frame, half its size along the axes.
func (c *canvas) ball(owner uint8, f frame, half vec, part Part, pale float64, s skin) {
	const steps = 8
	rings := make([]ring, 0, steps+1)
	for i := range steps + 1 {
		y, r := math.Sincos(math.Pi * (float64(i)/steps - 0.5))
		g := f
		g.at = f.place(vec{y: y * half.y})
		rings = append(rings, ring{frame: g, wide: max(1e-4, r*half.x), deep: max(1e-4, r*half.z), part: part, pale: pale})
	}
	c.tube(owner, rings, s, nil)
}

func sqrt32(v float32) float32 { return float32(math.Sqrt(float64(v))) }
