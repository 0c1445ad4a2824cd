package mannequin

import "cutout/kinect"

// A cell is what a canvas knows of one pixel.
type cell struct {
	// near is one over the distance from the sensor's plane, 1/m: linear across a flat
	// surface in the picture, as disparity is. 0 is nothing.
	near float32
	// owner is 0 for the room, else 1 + the person's index.
	owner uint8
	part  Part
	// echo is how much of the projector's light comes back at a metre's distance, 255
	// from a pale surface seen squarely.
	echo uint8
}

// A canvas is a picture of what lies before a camera. One goroutine.
type canvas struct {
	cells []cell
	eye   eye
}

// An eye is where the sensor is and how it looks.
type eye struct {
	at                 vec
	right, up, forward vec
}

// newEye looks into the room from a height, raised by pitch and rolled clockwise.
func newEye(height, pitch, roll float64) eye {
	f := frame{at: vec{y: height}, x: vec{x: 1}, y: vec{y: 1}, z: vec{z: 1}}
	f = f.turned(pitch, roll, 0)
	return eye{at: f.at, right: f.x, up: f.y, forward: f.z.times(-1)}
}

// see is a place in the axes of kinect.Place.
func (e *eye) see(p vec) kinect.Place {
	q := p.minus(e.at)
	return kinect.Place{X: q.dot(e.right), Y: -q.dot(e.up), Z: q.dot(e.forward)}
}

func newCanvas(e eye) *canvas {
	return &canvas{cells: make([]cell, kinect.Width*kinect.Height), eye: e}
}

// nearClip is how near to the sensor's plane surfaces are still drawn, in metres: less
// than it can measure.
const nearClip = 0.2

// A corner is a corner of a triangle in the picture.
type corner struct {
	place kinect.Place
	u, v  float32 // pixels
	near  float32
}

func (c *canvas) corner(p vec) corner { return project(c.eye.see(p)) }

func project(p kinect.Place) corner {
	if p.Z < nearClip {
		return corner{place: p}
	}
	s := kinect.FocalLength / p.Z
	return corner{place: p, u: float32(kinect.Width/2 + p.X*s), v: float32(kinect.Height/2 + p.Y*s), near: float32(1 / p.Z)}
}

// A stain is what a surface leaves in a cell.
type stain struct {
	owner uint8
	part  Part
	// pale is how much of the projector's light the surface throws back, 0 to 1.
	pale float32
}

// triangle draws a surface, seen from either side, where it is nearer than what is
// there.
func (c *canvas) triangle(a, b, d *corner, s stain) {
	if a.near == 0 || b.near == 0 || d.near == 0 {
		c.clipped(a, b, d, s)
		return
	}
	top := max(0, int(min(a.v, b.v, d.v)+0.999))
	bottom := min(kinect.Height-1, int(max(a.v, b.v, d.v)))
	left := max(0, int(min(a.u, b.u, d.u)+0.999))
	right := min(kinect.Width-1, int(max(a.u, b.u, d.u)))
	if top > bottom || left > right {
		return
	}
	area := (b.u-a.u)*(d.v-a.v) - (b.v-a.v)*(d.u-a.u)
	if area < 0 {
		b, d, area = d, b, -area
	}
	if area < 1e-9 {
		return
	}
	// near = n0 + nx·u + ny·v
	inv := 1 / area
	db, dd := (b.near-a.near)*inv, (d.near-a.near)*inv
	nx := db*(d.v-a.v) - dd*(b.v-a.v)
	ny := dd*(b.u-a.u) - db*(d.u-a.u)
	fill := cell{owner: s.owner, part: s.part, echo: echo(s.pale, a, nx, ny)}
	for y := top; y <= bottom; y++ {
		lo, hi := float32(left), float32(right)
		for _, e := range [3][2]*corner{{a, b}, {b, d}, {d, a}} {
			// Inside where (q.u-p.u)(y-p.v) - (q.v-p.v)(x-p.u) >= 0.
			p, q := e[0], e[1]
			dv := q.v - p.v
			if dv == 0 {
				continue
			}
			x := p.u + (float32(y)-p.v)*(q.u-p.u)/dv
			if dv > 0 {
				hi = min(hi, x)
			} else {
				lo = max(lo, x)
			}
		}
		if lo > hi {
			continue
		}
		x0, x1 := int(lo+0.9999), int(hi)
		if x0 > x1 {
			continue
		}
		near := a.near + (float32(x0)-a.u)*nx + (float32(y)-a.v)*ny
		row := c.cells[y*kinect.Width+x0 : y*kinect.Width+x1+1]
		for i := range row {
			if near > row[i].near {
				fill.near = near
				row[i] = fill
			}
			near += nx
		}
	}
}

// echo is the light that a surface throws back: less the more aslant it is seen.
func echo(pale float32, a *corner, nx, ny float32) uint8 {
	// The plane m·P = 1 has near = mx·(u-cx)/f + my·(v-cy)/f + mz, so its direction
	// is the gradient of near, times the focal length.
	const f = kinect.FocalLength
	mz := a.near - nx*(a.u-kinect.Width/2) - ny*(a.v-kinect.Height/2)
	mx, my := nx*f, ny*f
	rx, ry := (a.u-kinect.Width/2)/f, (a.v-kinect.Height/2)/f
	along := mx*rx + my*ry + mz
	cos2 := along * along / ((mx*mx + my*my + mz*mz) * (rx*rx + ry*ry + 1))
	return uint8(255 * min(1, pale*sqrt32(cos2)))
}

// clipped draws the part of a triangle that lies before the sensor.
func (c *canvas) clipped(a, b, d *corner, s stain) {
	in := make([]kinect.Place, 0, 4)
	ring := [3]*corner{a, b, d}
	for i, p := range ring {
		q := ring[(i+1)%3]
		if p.place.Z >= nearClip {
			in = append(in, p.place)
		}
		if (p.place.Z >= nearClip) != (q.place.Z >= nearClip) {
			t := (nearClip - p.place.Z) / (q.place.Z - p.place.Z)
			in = append(in, kinect.Place{
				X: p.place.X + t*(q.place.X-p.place.X), Y: p.place.Y + t*(q.place.Y-p.place.Y), Z: nearClip,
			})
		}
	}
	for i := 2; i < len(in); i++ {
		u, v, w := project(in[0]), project(in[i-1]), project(in[i])
		c.triangle(&u, &v, &w, s)
	}
}

// quad draws a flat surface between four places, which go round it.
func (c *canvas) quad(p [4]vec, s stain) {
	var k [4]corner
	for i := range p {
		k[i] = c.corner(p[i])
	}
	c.triangle(&k[0], &k[1], &k[2], s)
	c.triangle(&k[0], &k[2], &k[3], s)
}

// box draws a block: half is half its size along the axes of the frame in its middle.
func (c *canvas) box(f frame, half vec, s stain) {
	var k [8]corner
	for i := range k {
		sign := func(bit int) float64 { return float64(i>>bit&1)*2 - 1 }
		k[i] = c.corner(f.place(vec{half.x * sign(0), half.y * sign(1), half.z * sign(2)}))
	}
	for _, q := range [6][4]int{{0, 1, 3, 2}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 3, 7, 6}, {0, 2, 6, 4}, {1, 3, 7, 5}} {
		c.triangle(&k[q[0]], &k[q[1]], &k[q[2]], s)
		c.triangle(&k[q[0]], &k[q[2]], &k[q[3]], s)
	}
}
