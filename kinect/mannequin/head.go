package mannequin

import "math"

// drawHead draws the neck, the skull with its face, and the hair.
func (f *figure) drawHead(c *canvas, k *skeleton) {
	f.drawNeck(c, k)
	h := f.head
	type section struct{ y, wide, front, back float64 }
	// The skull seen from the side, in halves of its size: how far it goes to the
	// front and to the back at a height.
	sections := [...]section{
		{-1.0, 0.30, 0.72, -0.30}, {-0.93, 0.48, 0.86, -0.10}, {-0.80, 0.66, 0.90, 0.10}, {-0.64, 0.78, 0.90, 0.40},
		{-0.48, 0.88, 0.92, 0.66}, {-0.30, 0.93, 0.93, 0.84}, {-0.12, 0.97, 0.92, 0.95}, {0.08, 0.99, 0.88, 1.0},
		{0.30, 1.0, 0.92, 1.0}, {0.50, 0.97, 0.90, 0.96}, {0.68, 0.88, 0.80, 0.86}, {0.83, 0.70, 0.60, 0.68},
		{0.94, 0.44, 0.36, 0.44}, {1.0, 0.12, 0.1, 0.12},
	}
	var rings [len(sections)]ring
	for i, q := range sections {
		g := k.head
		g.at = k.head.place(vec{y: q.y * h.y, z: (q.front - q.back) / 2 * h.z})
		rings[i] = ring{frame: g, wide: q.wide * h.x, deep: max(0.01, (q.front+q.back)/2*h.z), part: Head, pale: f.skinPale, square: 0.08}
	}
	skin := func(at vec, ring, corner int) float64 {
		y, t := sections[ring].y, &turns[corner]
		d := 0.0
		if t.s > 0.8 { // the nose, and the eyes beside it
			d += 0.17 * h.z * math.Exp(-sq((y+0.30)/0.13)) * math.Exp(-sq(t.c/0.2))
			d -= 0.05 * h.z * math.Exp(-sq((y+0.02)/0.10)) * math.Exp(-sq((math.Abs(t.c)-0.38)/0.2))
		}
		if y > -0.2 || t.s < 0 && y > -0.6 {
			d += f.hair.thick(y, t.s)
		}
		return d
	}
	c.tube(f.owner, rings[:], skin, func(middle vec, r *ring, corner int) (Part, float64) {
		q := k.head.local(middle)
		if q.y > 0.45*h.y || q.z < 0.05*h.z && q.y > -0.5*h.y {
			return Head, f.hair.pale
		}
		return Head, f.skinPale
	})
	for s := range 2 { // ears
		e := k.head
		e.at = k.head.place(vec{x: outwards(s) * 1.02 * h.x, y: -0.12 * h.y, z: -0.05 * h.z})
		if f.hair.covers < 0.5 {
			c.ball(f.owner, e, vec{0.12 * h.x, 0.28 * h.y, 0.17 * h.z}, Head, f.skinPale, nil)
		}
	}
	f.drawHair(c, k)
}

// drawNeck draws from between the shoulders into the skull.
func (f *figure) drawNeck(c *canvas, k *skeleton) {
	r := 0.034*f.height*(1-0.12*f.woman)*(1-0.1*f.child)*(1+0.25*max(0, f.fat)) + f.collar
	low := k.chest.place(vec{y: -0.02 * f.height, z: -0.004 * f.height})
	high := k.head.place(vec{y: -0.55 * f.head.y, z: -0.12 * f.head.z})
	places := []vec{low, low.to(high, 0.35), low.to(high, 0.7), high}
	rings := path(places, k.head.x, []float64{r * 1.25, r * 1.05, r, r}, []float64{r * 1.2, r * 1.05, r, r})
	for i := range rings {
		rings[i].part, rings[i].pale = Neck, f.skinPale
	}
	c.tube(f.owner, rings, nil, nil)
}

// A hairdo is what is on a head.
type hairdo struct {
	volume float64 // metres on the skull
	covers float64 // of the ears: 1 hides them
	long   float64 // how far it hangs below the chin, metres; 0 does not
	bun    float64 // radius, metres; 0 has none
	brim   float64 // of a hat, metres beyond the head; 0 has none
	hat    float64 // height of a hat over the skull, metres; 0 has none
	pale   float64
}

// thick is how much hair lies on the skull at a height, towards the front or the back.
func (h *hairdo) thick(y, front float64) float64 {
	return h.volume * max(ease(0.35, 0.7, y), ease(0.3, -0.2, front))
}

// drawHair draws what does not lie close to the skull.
func (f *figure) drawHair(c *canvas, k *skeleton) {
	h, hair := f.head, &f.hair
	if hair.long > 0 {
		// Falls over the back of the head and straight down from there.
		low := k.head.place(vec{y: -0.5 * h.y, z: -0.85 * h.z})
		fall := vec{y: -1}.plus(k.chest.y.times(-1)).unit()
		end := low.plus(fall.times(0.5*h.y + hair.long)).minus(k.chest.z.times(0.3 * h.z))
		places := []vec{k.head.place(vec{y: 0.7 * h.y, z: -0.35 * h.z}), k.head.place(vec{y: 0.2 * h.y, z: -0.6 * h.z}), low, low.to(end, 0.5), end}
		w := h.x * (1 + hair.covers*0.25)
		v := hair.volume
		rings := path(places, k.head.x, []float64{w * 0.7, w + v, w + v, w * 0.95, w * 0.5}, []float64{h.z * 0.5, h.z*0.5 + v, h.z * 0.42, h.z * 0.28, h.z * 0.15})
		for i := range rings {
			rings[i].part, rings[i].pale = Head, hair.pale
			if i >= 3 {
				rings[i].part = Neck
			}
		}
		c.tube(f.owner, rings, nil, nil)
	}
	if hair.bun > 0 {
		g := k.head
		g.at = k.head.place(vec{y: 0.45 * h.y, z: -1.0*h.z - hair.bun/2})
		c.ball(f.owner, g, vec{hair.bun, hair.bun, hair.bun}, Head, hair.pale, nil)
	}
	if hair.hat > 0 {
		f.drawHat(c, k)
	}
}

func (f *figure) drawHat(c *canvas, k *skeleton) {
	h, hair := f.head, &f.hair
	ringAt := func(y, wide, deep float64) ring {
		g := k.head
		g.at = k.head.place(vec{y: y, z: -0.02 * h.z})
		return ring{frame: g, wide: wide, deep: deep, part: Head, pale: 0.5}
	}
	const loose = 0.008
	x, z := h.x+hair.volume+loose, h.z+hair.volume+loose
	rings := []ring{ringAt(0.30*h.y, x, z), ringAt(0.6*h.y, x, z), ringAt(h.y+hair.hat*0.6, x*0.9, z*0.9), ringAt(h.y+hair.hat, x*0.6, z*0.6)}
	c.tube(f.owner, rings, nil, nil)
	if hair.brim > 0 {
		g := k.head.turned(0.1, 0, 0)
		g.at = k.head.place(vec{y: 0.36 * h.y, z: 0.5 * hair.brim})
		c.ball(f.owner, g, vec{x + 0.3*hair.brim, 0.008, z + hair.brim}, Head, 0.5, nil)
	}
}
