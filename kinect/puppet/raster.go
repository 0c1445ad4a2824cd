package puppet

import (
	"math"

	"cutout/kinect"
)

// A cell is what a raster knows of one pixel.
type cell struct {
	z      float32 // distance of the surface, mm
	limb   uint8   // 1 + index in kinect.Limbs; 0 is nothing
	nx, ny int8    // the surface's direction, 127 = straight to the picture's right, down
	along  uint8   // how far from the limb's From (0) to its To (255)
	cover  uint8   // share of the pixel that the body covers, 255 = all
	rim    bool    // within rimWidth of the limb's outline
}

// rimWidth is how many pixels inside a body's outline a sensor begins to lose it.
const rimWidth = 1.6

// A span is the touched part lo <= x < hi of a row.
type span struct{ lo, hi int }

// A raster is a figure's body projected onto the picture's pixels.
type raster struct {
	cells  []cell
	spans  [kinect.Height]span
	top    int // rows top <= y < bottom were touched
	bottom int
}

func newRaster() *raster {
	return &raster{cells: make([]cell, kinect.Width*kinect.Height), top: kinect.Height}
}

// clear forgets the last figure.
func (r *raster) clear() {
	for y := r.top; y < r.bottom; y++ {
		s := r.spans[y]
		if s.lo < s.hi {
			clear(r.cells[y*kinect.Width+s.lo : y*kinect.Width+s.hi])
		}
		r.spans[y] = span{}
	}
	r.top, r.bottom = kinect.Height, 0
}

// A capsule is a limb in the picture: all in pixels, except z and depth.
type capsule struct {
	ax, ay, dx, dy float32 // from a, along d
	len2, inv2     float32 // d's length squared, and one over it
	ra, dr         float32 // radius at a, and its growth to the other end
	za, dz         float32 // distance from the sensor in mm
	ia, di         float32 // 127 over the radius, nearly, at a and its growth
	depth          float32 // mm of thickness per pixel of radius
	limb           uint8
}

func newCapsule(index int, a, b vec, ra, rb float64) (c capsule, ok bool) {
	if a.z < nearest/2 || b.z < nearest/2 {
		return c, false
	}
	au, av, as := a.project()
	bu, bv, bs := b.project()
	c = capsule{
		ax: float32(au), ay: float32(av), dx: float32(bu - au), dy: float32(bv - av),
		ra: float32(ra * as), dr: float32(rb*bs - ra*as),
		za: float32(a.z), dz: float32(b.z - a.z), depth: float32(2 / (as + bs)), limb: uint8(index + 1),
	}
	// A little more than the radius, so that no direction exceeds 127.
	c.ia = 127 / (c.ra + 0.6)
	c.di = 127/(c.ra+c.dr+0.6) - c.ia
	c.len2 = c.dx*c.dx + c.dy*c.dy
	if c.len2 > 1e-3 {
		c.inv2 = 1 / c.len2
	}
	return c, true
}

// add draws a capsule where it is nearer than what is there.
func (r *raster) add(c *capsule) {
	widest := max(c.ra, c.ra+c.dr) + 1
	top := max(0, int(min(c.ay, c.ay+c.dy)-widest))
	bottom := min(kinect.Height, int(max(c.ay, c.ay+c.dy)+widest)+2)
	if top >= bottom {
		return
	}
	r.top, r.bottom = min(r.top, top), max(r.bottom, bottom)
	for y := top; y < bottom; y++ {
		s := c.reach(float32(y), widest)
		if s.lo >= s.hi {
			continue
		}
		if t := &r.spans[y]; t.lo == t.hi {
			*t = s
		} else {
			t.lo, t.hi = min(t.lo, s.lo), max(t.hi, s.hi)
		}
		c.scan(r.cells[y*kinect.Width:(y+1)*kinect.Width], s, float32(y))
	}
}

// reach is the part of row y that can lie within widest of the capsule's axis.
func (c *capsule) reach(y, widest float32) span {
	lo, hi := min(c.ax, c.ax+c.dx)-widest, max(c.ax, c.ax+c.dx)+widest
	if dy := max(c.dy, -c.dy); dy > 1 {
		// The band around the axis' line crosses the row over this much.
		half := widest * float32(math.Sqrt(float64(c.len2))) / dy
		at := c.ax + (y-c.ay)*c.dx/c.dy
		lo, hi = max(lo, at-half), min(hi, at+half)
	}
	return span{max(0, int(lo)), min(kinect.Width, int(hi)+2)}
}

func (c *capsule) scan(row []cell, s span, y float32) {
	py := y - c.ay
	px := float32(s.lo) - c.ax
	along, dt := (px*c.dx+py*c.dy)*c.inv2, c.dx*c.inv2
	cells := row[s.lo:s.hi]
	for i := range cells {
		t := max(0, min(1, along))
		along += dt
		qx, qy := px-t*c.dx, py-t*c.dy
		px++
		radius := c.ra + t*c.dr
		d2 := qx*qx + qy*qy
		if outer := radius + 0.5; d2 >= outer*outer {
			continue
		}
		p := &cells[i]
		z := c.za + t*c.dz
		if p.cover == 255 && z-radius*c.depth >= p.z {
			continue
		}
		cover, rim := c.edge(radius, d2)
		if bulge := radius*radius - d2; bulge > 0 {
			z -= float32(math.Sqrt(float64(bulge))) * c.depth
		}
		if p.limb != 0 && (z >= p.z || cover < 128 && p.cover > cover) {
			p.cover = max(p.cover, cover)
			continue
		}
		n := c.ia + t*c.di
		// Field by field: a whole cell would be put together elsewhere and copied.
		p.z, p.limb, p.along = z, c.limb, uint8(t*255)
		p.nx, p.ny = int8(qx*n), int8(qy*n)
		p.cover, p.rim = max(cover, p.cover), rim
	}
}

// edge is how much of a pixel the limb covers, and whether that is at its rim.
func (c *capsule) edge(radius, d2 float32) (cover uint8, rim bool) {
	inner := radius - rimWidth
	if inner > 0 && d2 <= inner*inner {
		return 255, false
	}
	share := radius + 0.5 - float32(math.Sqrt(float64(d2)))
	return uint8(max(0, min(1, share)) * 255), true
}
