package puppet

import (
	"image"
	"math"

	"cutout/kinect"
)

// shine is how light falls on a round body: gain multiplies its colour, gloss is
// added to its luma. The index is the surface's direction, (ny+128)*256+(nx+128).
type shine struct {
	gain  [256 * 256]float32
	gloss [256 * 256]float32
}

// newShine has a warm lamp above the sensor to the left, a weak one to the right,
// and light from the room all around.
func newShine() *shine {
	s := new(shine)
	key := unit(vec{-0.5, 0.65, 0.62})
	fill := unit(vec{0.8, 0.25, 0.5})
	half := unit(key.plus(vec{0, 0, 1}))
	for j := range 256 {
		for i := range 256 {
			nx, ny := float64(i-128)/127, -float64(j-128)/127
			nz := math.Sqrt(max(0, 1-nx*nx-ny*ny))
			n := unit(vec{nx, ny, nz + 1e-9})
			ambient := 0.5 + 0.1*n.y
			gain := ambient + 0.5*max(0, n.dot(key)) + 0.16*max(0, n.dot(fill))
			s.gain[j*256+i] = float32(gain)
			s.gloss[j*256+i] = float32(26 * math.Pow(max(0, n.dot(half)), 14))
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
type outfit struct{ skin, shirt, trim, trousers, belt, shoes, sole fabric }

func newOutfit(l Look) outfit {
	return outfit{
		skin: fabric{l.Skin.tint().ycc(), 0.55}, shirt: fabric{l.Shirt.tint().ycc(), 0.25},
		trim: fabric{l.Trim.tint().ycc(), 0.25}, trousers: fabric{l.Trousers.tint().ycc(), 0.15},
		belt:  fabric{l.Trousers.tint().times(0.55).ycc(), 0.5},
		shoes: fabric{l.Shoes.tint().ycc(), 0.4}, sole: fabric{tint{0.95, 0.95, 0.93}.ycc(), 0.2},
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

// cloth is the fabric at a pixel of the torso, and the direction of the surface of
// one smooth trunk rather than of the limbs that make it up.
func (d *dresser) cloth(x, y int, c *cell) (f *fabric, nx, ny int) {
	dx, dy := float32(x)-d.x, float32(y)-d.y
	down := (dx*d.ex + dy*d.ey) / d.length
	across := (dx*d.ey - dy*d.ex) / (d.wide * (1 - 0.34*max(0, min(1, down))))
	across = max(-1, min(1, across))
	// A trunk is flat in front and round at its sides; the chest bows out.
	side := across * (0.5 + 0.45*across*across)
	bow := 0.42*(down-0.28) - 0.1
	nx = int(127*0.7*(side*d.ey+bow*d.ex) + 0.3*float32(c.nx))
	ny = int(127*0.7*(bow*d.ey-side*d.ex) + 0.3*float32(c.ny))
	switch {
	case down > 0.9:
		f = &d.outfit.trousers
	case down > 0.86:
		f = &d.outfit.belt
	case down > 0.25 && down < 0.31 || down > 0.34 && down < 0.36:
		f = &d.outfit.trim
	default:
		f = &d.outfit.shirt
	}
	return f, max(-127, min(127, nx)), max(-127, min(127, ny))
}

// fabricOf is what a limb other than head and torso wears at a place along it.
func (d *dresser) fabricOf(part kinect.Part, along uint8) *fabric {
	o := &d.outfit
	switch part {
	case kinect.PartUpperArm:
		if along < 128 {
			return &o.shirt
		}
		if along < 150 {
			return &o.trim
		}
		return &o.skin
	case kinect.PartThigh, kinect.PartShin:
		return &o.trousers
	case kinect.PartFoot:
		return &o.shoes
	default:
		return &o.skin
	}
}

// shade is the colour of a pixel of the body.
func (d *dresser) shade(x, y int, c *cell) ycc {
	part := d.parts[c.limb-1]
	nx, ny := int(c.nx), int(c.ny)
	var f *fabric
	var painted fabric
	switch part {
	case kinect.PartTorso:
		f, nx, ny = d.cloth(x, y, c)
	case kinect.PartHead:
		painted = fabric{d.head.colour(d.head.local(x, y)), 0.5}
		f = &painted
	case kinect.PartNeck:
		f = &d.outfit.skin
		if c.along < 70 {
			f = &d.outfit.trim
		}
		ny += 60 // under the chin it is darker
	default:
		f = d.fabricOf(part, c.along)
	}
	i := (min(ny, 127)+128)<<8 + nx + 128
	out := f.ycc.times(d.shine.gain[i])
	out.y += d.shine.gloss[i] * f.gloss
	return out
}

// lay draws the figure of a raster over a picture that shows the room.
func (d *dresser) lay(r *raster, to *image.YCbCr) {
	const w = kinect.Width
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
			d.block(r, to, x, top)
		}
	}
}

// block draws the two by two pixels that share their chroma.
func (d *dresser) block(r *raster, to *image.YCbCr, x, y int) {
	const w = kinect.Width
	var cb, cr, covered float32
	for k := range 4 {
		px, py := x+k&1, y+k>>1
		c := &r.cells[py*w+px]
		if c.limb == 0 || c.cover == 0 {
			continue
		}
		shown := d.shade(px, py, c)
		share := float32(c.cover) * (1.0 / 255)
		i := py*w + px
		if c.cover == 255 {
			to.Y[i] = luma(shown.y)
		} else {
			behind := float32(to.Y[i]) - 16
			to.Y[i] = luma(behind + (shown.y-behind)*share)
		}
		cb += shown.cb * share
		cr += shown.cr * share
		covered += share
	}
	if covered == 0 {
		return
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
