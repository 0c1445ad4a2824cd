package puppet

import (
	"image"
	"math"

	"cutout/kinect"
)

// shine is how light falls on a round body, by the surface's direction.
type shine [128 * 128]struct {
	gain  float32 // multiplies the surface's colour
	gloss float32 // comes on top of its luma
}

// of is the light on a surface whose direction is nx, ny, in -127..127.
func (s *shine) of(nx, ny int) (gain, gloss float32) {
	l := &s[((ny+128)>>1&127)<<7|(nx+128)>>1&127]
	return l.gain, l.gloss
}

// newShine has a warm lamp above the sensor to the left, a weak one to the right,
// and light from the room all around.
func newShine() *shine {
	s := new(shine)
	key := unit(vec{-0.5, 0.65, 0.62})
	fill := unit(vec{0.8, 0.25, 0.5})
	half := unit(key.plus(vec{0, 0, 1}))
	for j := range 128 {
		for i := range 128 {
			nx, ny := (float64(i)-63.75)/63.5, -(float64(j)-63.75)/63.5
			nz := math.Sqrt(max(0, 1-nx*nx-ny*ny))
			n := unit(vec{nx, ny, nz + 1e-9})
			l := &s[j<<7|i]
			l.gain = float32(0.6 + 0.1*n.y + 0.5*max(0, n.dot(key)) + 0.16*max(0, n.dot(fill)))
			l.gloss = float32(26 * math.Pow(max(0, n.dot(half)), 14))
		}
	}
	return s
}

// A fabric is what a part of the body is made of.
type fabric struct {
	ycc
	gloss float32 // share of the light's gloss that shows
}

// An outfit has the fabrics of a look.
type outfit struct{ skin, shirt, trim, trousers, belt, shoes fabric }

func newOutfit(l Look) outfit {
	return outfit{
		skin: fabric{l.Skin.tint().ycc(), 0.55}, shirt: fabric{l.Shirt.tint().ycc(), 0.25},
		trim: fabric{l.Trim.tint().ycc(), 0.25}, trousers: fabric{l.Trousers.tint().ycc(), 0.15},
		belt:  fabric{l.Trousers.tint().times(0.55).ycc(), 0.5},
		shoes: fabric{l.Shoes.tint().ycc(), 0.4},
	}
}

// A dresser shades a figure's pixels.
type dresser struct {
	shine  *shine
	outfit outfit
	head   headView
	parts  []kinect.Part
	// The torso in the picture: from (x, y) between the shoulders along (ex, ey),
	// length pixels to between the hips, wide to either side at the chest.
	x, y, ex, ey, length, wide float32
}

// measure takes the torso's measures; wide is in millimetres.
func (d *dresser) measure(chest, pelvis vec, wide float64) {
	u, v, s := chest.project()
	pu, pv, _ := pelvis.project()
	long := max(1, math.Hypot(pu-u, pv-v))
	d.x, d.y, d.length, d.wide = float32(u), float32(v), float32(long), float32(max(1, wide*s))
	d.ex, d.ey = float32((pu-u)/long), float32((pv-v)/long)
}

// between is 1 where lo < x < hi, fading over soft on either side.
func between(lo, hi, x, soft float32) float32 {
	return max(0, min(1, (min(x-lo, hi-x))/soft+0.5))
}

// cloth is the fabric at a pixel of the torso, and the direction of the surface of
// one smooth trunk rather than of the limbs that make it up.
func (d *dresser) cloth(x, y int) (f fabric, nx, ny int) {
	dx, dy := float32(x)-d.x, float32(y)-d.y
	down := (dx*d.ex + dy*d.ey) / d.length
	across := (dx*d.ey - dy*d.ex) / (d.wide * (1 - 0.34*max(0, min(1, down))))
	across = max(-1, min(1, across))
	// A trunk is flat in front and round at its sides; the chest bows out.
	side := across * (0.5 + 0.5*across*across)
	bow := 0.6*(down-0.28) - 0.1
	nx = int(127 * 0.85 * (side*d.ey + bow*d.ex))
	ny = int(127 * 0.85 * (bow*d.ey - side*d.ex))
	f = d.outfit.shirt
	soft := 1 / d.length
	switch {
	case down > 0.8:
		f.ycc = f.ycc.mix(d.outfit.belt.ycc, between(0.86, 2, down, soft))
		f.ycc = f.ycc.mix(d.outfit.trousers.ycc, between(0.9, 2, down, soft))
	case down > 0.2:
		band := max(between(0.25, 0.31, down, soft), between(0.335, 0.36, down, soft))
		f.ycc = f.ycc.mix(d.outfit.trim.ycc, band)
	}
	return f, max(-127, min(127, nx)), max(-127, min(127, ny))
}

// sleeve is the upper arm's fabric: a short sleeve with a hem.
func (d *dresser) sleeve(along uint8) fabric {
	a := float32(along)
	f := d.outfit.shirt
	f.ycc = f.ycc.mix(d.outfit.trim.ycc, between(128, 999, a, 7)).mix(d.outfit.skin.ycc, between(152, 999, a, 7))
	return f
}

// wear is what a pixel of the body is made of, and the surface's direction.
func (d *dresser) wear(x, y int, c *cell) (f fabric, nx, ny int) {
	nx, ny = int(c.nx), int(c.ny)
	switch d.parts[c.limb-1] {
	case kinect.PartTorso:
		return d.cloth(x, y)
	case kinect.PartHead:
		f = d.outfit.skin
		f.ycc = d.head.colour(d.head.local(x, y))
	case kinect.PartNeck:
		f = d.outfit.skin
		ny = min(127, ny+50) // under the chin it is darker
	case kinect.PartUpperArm:
		f = d.sleeve(c.along)
	case kinect.PartThigh, kinect.PartShin:
		f = d.outfit.trousers
	case kinect.PartFoot:
		f = d.outfit.shoes
	default:
		f = d.outfit.skin
	}
	return f, nx, ny
}

// lay draws the figure of a raster over a picture that shows the room.
func (d *dresser) lay(r *raster, to *image.YCbCr) {
	for top := r.top &^ 1; top < r.bottom; top += 2 {
		a, b := r.spans[top], r.spans[top+1]
		if a.lo == a.hi {
			a = b
		}
		if b.lo == b.hi {
			b = a
		}
		lo, hi := min(a.lo, b.lo)&^1, (max(a.hi, b.hi)+1)&^1
		for x := lo; x < hi; x += 2 {
			i := top*kinect.Width + x
			c := [4]*cell{&r.cells[i], &r.cells[i+1], &r.cells[i+kinect.Width], &r.cells[i+kinect.Width+1]}
			limb := c[0].limb
			if limb|c[1].limb|c[2].limb|c[3].limb == 0 {
				continue
			}
			same := limb == c[1].limb && limb == c[2].limb && limb == c[3].limb
			if same && c[0].cover&c[1].cover&c[2].cover&c[3].cover == 255 {
				switch d.parts[limb-1] {
				case kinect.PartHead:
				case kinect.PartTorso:
					if d.patterned(x, top) {
						break
					}
					d.smoothBlock(&c, to, x, top)
					continue
				default:
					d.plainBlock(&c, to, x, top)
					continue
				}
			}
			d.edgeBlock(&c, to, x, top)
		}
	}
}

// patterned says that a block of the torso lies near a stripe or the belt.
func (d *dresser) patterned(x, y int) bool {
	down := ((float32(x)-d.x)*d.ex + (float32(y)-d.y)*d.ey) / d.length
	return down > 0.22 && down < 0.39 || down > 0.83 && down < 0.93
}

// smoothBlock draws two by two pixels of plain cloth on the trunk.
func (d *dresser) smoothBlock(c *[4]*cell, to *image.YCbCr, x, y int) {
	f, nx, ny := d.wear(x, y, c[0])
	gain, gloss := d.shine.of(nx, ny)
	l := luma(f.y*gain + f.gloss*gloss)
	i := y*kinect.Width + x
	to.Y[i], to.Y[i+1], to.Y[i+kinect.Width], to.Y[i+kinect.Width+1] = l, l, l, l
	i = y/2*to.CStride + x/2
	to.Cb[i], to.Cr[i] = chroma(f.cb*gain), chroma(f.cr*gain)
}

// plainBlock draws two by two pixels within one limb, all of one fabric.
func (d *dresser) plainBlock(c *[4]*cell, to *image.YCbCr, x, y int) {
	f, nx, ny := d.wear(x, y, c[0])
	gain, _ := d.shine.of(nx, ny)
	i := y/2*to.CStride + x/2
	to.Cb[i], to.Cr[i] = chroma(f.cb*gain), chroma(f.cr*gain)
	i = y*kinect.Width + x
	for k, at := range [4]int{i, i + 1, i + kinect.Width, i + kinect.Width + 1} {
		gain, gloss := d.shine.of(int(c[k].nx), int(c[k].ny))
		to.Y[at] = luma(f.y*gain + f.gloss*gloss)
	}
}

// edgeBlock draws two by two pixels of any kind.
func (d *dresser) edgeBlock(c *[4]*cell, to *image.YCbCr, x, y int) {
	var cb, cr, covered float32
	for k, c := range c {
		if c.limb == 0 || c.cover == 0 {
			continue
		}
		px, py := x+k&1, y+k>>1
		f, nx, ny := d.wear(px, py, c)
		gain, gloss := d.shine.of(nx, ny)
		share := float32(c.cover) * (1.0 / 255)
		i := py*kinect.Width + px
		behind := float32(to.Y[i]) - 16
		to.Y[i] = luma(behind + (f.y*gain+f.gloss*gloss-behind)*share)
		cb += f.cb * gain * share
		cr += f.cr * gain * share
		covered += share
	}
	i := y/2*to.CStride + x/2
	rest := 1 - covered/4
	to.Cb[i] = chroma(cb/4 + (float32(to.Cb[i])-128)*rest)
	to.Cr[i] = chroma(cr/4 + (float32(to.Cr[i])-128)*rest)
}

// ground darkens the floor under a foot.
func ground(to *image.YCbCr, foot vec, reach float64) {
	const w = kinect.Width
	u, v, s := vec{foot.x, 0, foot.z}.project()
	ru := reach * s
	rv := max(2, ru*sensorHeight/foot.z)
	for y := max(0, int(v-rv)); y < min(kinect.Height, int(v+rv)+1); y++ {
		for x := max(0, int(u-ru)); x < min(w, int(u+ru)+1); x++ {
			a, b := (float64(x)-u)/ru, (float64(y)-v)/rv
			if d := a*a + b*b; d < 1 {
				i := y*w + x
				to.Y[i] = luma(float32(to.Y[i]-16) * float32(1-0.5*(1-d)*(1-d)))
			}
		}
	}
}
