package puppet

import "math"

// A solid is a piece of the room.
type solid struct {
	// meet is the distance along a ray from the sensor (in units of the ray, whose
	// z is 1: so millimetres of z) and the surface's direction; ok when they meet.
	meet func(dir vec) (z float64, normal vec, ok bool)
	// colour of a point of the surface, before light.
	colour func(at vec) tint
	// dull in 0..1: 1 always gives a reading, 0 never (glass, mirrors, black gloss).
	dull float64
	// glow is how much the colour shines by itself.
	glow float64
}

var eye = vec{0, sensorHeight, 0}

func plain(t tint) func(vec) tint { return func(vec) tint { return t } }

// box is an upright block between two corners.
func box(lo, hi vec, colour func(vec) tint) solid {
	return solid{colour: colour, dull: 1, meet: func(d vec) (float64, vec, bool) {
		near, far := 0.0, math.Inf(1)
		var normal vec
		for i, axis := range [3][4]float64{
			{eye.x, d.x, lo.x, hi.x}, {eye.y, d.y, lo.y, hi.y}, {eye.z, d.z, lo.z, hi.z},
		} {
			a, b := (axis[2]-axis[0])/axis[1], (axis[3]-axis[0])/axis[1]
			sign := -1.0
			if a > b {
				a, b, sign = b, a, 1
			}
			if a > near {
				near = a
				normal = [3]vec{{sign, 0, 0}, {0, sign, 0}, {0, 0, sign}}[i]
			}
			far = min(far, b)
		}
		return near, normal, near > 0 && near < far
	}}
}

// ball is an ellipsoid about c with the half axes r.
func ball(c, r vec, colour func(vec) tint) solid {
	o := vec{(eye.x - c.x) / r.x, (eye.y - c.y) / r.y, (eye.z - c.z) / r.z}
	return solid{colour: colour, dull: 1, meet: func(d vec) (float64, vec, bool) {
		e := vec{d.x / r.x, d.y / r.y, d.z / r.z}
		a, b := e.dot(e), o.dot(e)
		q := b*b - a*(o.dot(o)-1)
		if q < 0 {
			return 0, vec{}, false
		}
		z := (-b - math.Sqrt(q)) / a
		n := o.plus(e.times(z))
		return z, unit(vec{n.x / r.x, n.y / r.y, n.z / r.z}), z > 0
	}}
}

// cone stands on foot, is high, and has the radius r0 at its foot and r1 on top.
func cone(foot vec, high, r0, r1 float64, colour func(vec) tint) solid {
	k := (r1 - r0) / high
	return solid{colour: colour, dull: 1, meet: func(d vec) (float64, vec, bool) {
		o := eye.minus(foot)
		// x²+z² = (r0+k·y)² along the ray.
		r := r0 + k*o.y
		a := d.x*d.x + d.z*d.z - k*k*d.y*d.y
		b := o.x*d.x + o.z*d.z - k*r*d.y
		q := b*b - a*(o.x*o.x+o.z*o.z-r*r)
		if q < 0 {
			return 0, vec{}, false
		}
		z := (-b - math.Sqrt(q)) / a
		p := o.plus(d.times(z))
		n := unit(vec{p.x, -k * (r0 + k*p.y), p.z})
		return z, n, z > 0 && p.y >= 0 && p.y <= high
	}}
}

// plane is the half space's surface through p.
func plane(p, normal vec, colour func(vec) tint) solid {
	return solid{colour: colour, dull: 1, meet: func(d vec) (float64, vec, bool) {
		z := p.minus(eye).dot(normal) / d.dot(normal)
		return z, normal, z > 0 && !math.IsInf(z, 0)
	}}
}

func unit(a vec) vec { return a.times(1 / math.Sqrt(a.dot(a))) }
