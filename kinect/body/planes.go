package body

import (
	"math"

	"cutout/kinect"
)

// A plane is where 1/z = a*x + b*y + c, with x and y in cells from the optical axis.
// (a*focal, b*focal, c) is then its normal over its distance from the sensor.
type plane struct{ a, b, c float32 }

func (p plane) at(x, y int) float32 {
	return p.a*(float32(x)-centreX) + p.b*(float32(y)-centreY) + p.c
}

// size is 1 over the plane's distance.
func (p plane) size() float32 {
	return float32(math.Sqrt(float64((p.a*p.a+p.b*p.b)*focal*focal + p.c*p.c)))
}

// isFloor: its normal is within 33 degrees of upright (the sensor tilts by 27 or so),
// it does not roll by more than 15, and it lies 0.3 to 2.6 m below.
func (p plane) isFloor() bool {
	n := p.size()
	return p.b*focal > 0.84*n && abs(p.a*focal) < 0.26*n && n > 1/2600.0 && n < 1/300.0
}

// tiltSlack is the cosine of 10 degrees, by which a floor may differ from what the
// accelerometer calls level: it is read to about one, and sensors lean on carpets.
const tiltSlack = 0.985

// across reports whether the plane is level, up being the direction upwards.
func (p plane) across(up kinect.Place) bool {
	if up == (kinect.Place{}) {
		return true
	}
	down := float64(p.a*focal)*up.X + float64(p.b*focal)*up.Y + float64(p.c)*up.Z
	return -down > tiltSlack*float64(p.size())
}

// drop is how many mm below the optical axis the plane lies at distance z, on the
// axis' own vertical plane.
func (p plane) drop(z float32) float32 { return (1 - p.c*z) / (p.b * focal) }

// A surveyor looks for the large planes of a room: floor, walls, ceiling.
type surveyor struct {
	up         kinect.Place // upwards, of length 1, when it is known
	floor      plane
	floorKnown bool
	floorSize  float32 // floor.size()
	random     uint32
	walls      [maxWalls]plane
	nWalls     int
	frames     int
	points     [cells / 4]point
	nPoints    int
}

type point struct {
	x, y    int16
	z       int32
	w       float32
	slack   float32 // tolerance(z, w)
	explain bool    // some plane has it already
}

const (
	maxWalls = 4
	// searchEvery is how many frames pass between searches while walls are known.
	searchEvery = 6
	// tries is how many planes are guessed for each one looked for.
	tries = 48
	// A wall has at least this much to be seen, mm²: more than any person's front.
	wallArea = 1_300_000
	// And a floor this much, which a person's thighs have not.
	floorArea = 250_000
)

// tolerance of the inverse distance for being on a plane: two codes, but no more
// than 35 mm at z.
func tolerance(z int32, w float32) float32 {
	return min(2*code, 35*w*w)
}

// survey finds the floor and the walls of a frame. What was there in the last frame
// is looked for first.
func (s *surveyor) survey(g *grid) {
	s.collect(g)
	s.findFloor(g)
	s.keepWalls()
	// While walls are known, new ones are looked for now and then only.
	if s.frames++; s.nWalls > 0 && s.frames%searchEvery != 0 {
		return
	}
	for s.nWalls < maxWalls {
		p, ok := s.findWall(g)
		if !ok {
			return
		}
		s.walls[s.nWalls] = p
		s.nWalls++
	}
}

// keepWalls keeps the walls of the last frame that are still there.
func (s *surveyor) keepWalls() {
	n := 0
	for _, p := range s.walls[:s.nWalls] {
		if on, _ := s.support(p, 4); on < wallArea/2 {
			continue
		}
		p = s.fit(p)
		if on, _ := s.support(p, 1); on < wallArea {
			continue
		}
		s.claim(p)
		s.walls[n] = p
		n++
	}
	s.nWalls = n
}

// collect takes every second cell of every second row.
func (s *surveyor) collect(g *grid) {
	s.nPoints = 0
	for y := 0; y < gridHeight; y += 2 {
		for x := 0; x < gridWidth; x += 2 {
			if i := y*gridWidth + x; g.smooth[i] {
				s.points[s.nPoints] = point{x: int16(x), y: int16(y), z: g.z[i], w: g.w[i], slack: tolerance(g.z[i], g.w[i])}
				s.nPoints++
			}
		}
	}
}

// roll is a random number below n: a linear congruential generator with the
// constants of Numerical Recipes.
func (s *surveyor) roll(n int) int {
	s.random = s.random*1664525 + 1013904223
	return int(uint64(s.random) * uint64(n) >> 32)
}

// guess is the plane through a random cell and two more, one to its side and one
// above or below it.
func (s *surveyor) guess(g *grid) (plane, bool) {
	p := &s.points[s.roll(s.nPoints)]
	x, y := int(p.x), int(p.y)
	u, v := x+s.stride(), y+s.stride()
	if p.explain || uint(u) >= gridWidth || uint(v) >= gridHeight {
		return plane{}, false
	}
	i, j := y*gridWidth+u, v*gridWidth+x
	if !g.smooth[i] || !g.smooth[j] {
		return plane{}, false
	}
	q := plane{a: (g.w[i] - p.w) / float32(u-x), b: (g.w[j] - p.w) / float32(v-y)}
	q.c = p.w - q.at(x, y)
	return q, true
}

// stride is 6 to 25 cells one way or the other.
func (s *surveyor) stride() int {
	n := s.roll(40)
	if n < 20 {
		return n - 25
	}
	return n - 20 + 6
}

// support is the seen area, mm², of the points on a plane; only every skip-th is
// asked. below is the area of what lies more than 100 mm behind it.
func (s *surveyor) support(p plane, skip int) (on, below float32) {
	size := p.size()
	behind := 1 + 100*size
	for i := 0; i < s.nPoints; i += skip {
		q := &s.points[i]
		at := p.at(int(q.x), int(q.y))
		if d := q.w - at; d < q.slack && d > -q.slack {
			if !q.explain {
				on += float32(q.z) * float32(q.z)
			}
		} else if at > behind*q.w {
			below += float32(q.z) * float32(q.z)
		}
	}
	area := float32(4*skip) / (focal * focal)
	return on * area, below * area
}

// fit refines a plane to the points on it, by least squares.
func (s *surveyor) fit(p plane) plane {
	for range 2 {
		var xx, xy, yy, x, y, n, xw, yw, w float64
		for i := range s.points[:s.nPoints] {
			q := &s.points[i]
			at := p.at(int(q.x), int(q.y))
			if d := q.w - at; q.explain || d > q.slack || d < -q.slack {
				continue
			}
			u, v, t := float64(q.x)-centreX, float64(q.y)-centreY, float64(q.w)
			xx, xy, yy = xx+u*u, xy+u*v, yy+v*v
			x, y, n = x+u, y+v, n+1
			xw, yw, w = xw+u*t, yw+v*t, w+t
		}
		if n < 20 {
			return p
		}
		// Around the means, so that two unknowns remain.
		xx, xy, yy = xx-x*x/n, xy-x*y/n, yy-y*y/n
		xw, yw = xw-x*w/n, yw-y*w/n
		det := xx*yy - xy*xy
		if det < 1e-3*xx*yy || det == 0 {
			return p
		}
		a, b := (xw*yy-yw*xy)/det, (yw*xx-xw*xy)/det
		p = plane{float32(a), float32(b), float32((w - a*x - b*y) / n)}
	}
	return p
}

// claim marks the points on a plane as explained.
func (s *surveyor) claim(p plane) {
	for i := range s.points[:s.nPoints] {
		q := &s.points[i]
		d := q.w - p.at(int(q.x), int(q.y))
		if d < q.slack && d > -q.slack {
			q.explain = true
		}
	}
}

// overFloor is how many mm the surface at distance z in cell (x, y) is above the
// floor, which must be known.
func (s *surveyor) overFloor(x, y int, z int32) float32 {
	return (1 - s.floor.at(x, y)*float32(z)) / s.floorSize
}

// findFloor looks for the lowest large level plane.
func (s *surveyor) findFloor(g *grid) {
	var best plane
	var most float32
	consider := func(p plane, skip int) {
		if !p.isFloor() || !p.across(s.up) {
			return
		}
		if on, below := s.support(p, skip); on-2*below > most && on > floorArea {
			best, most = p, on-2*below
		}
	}
	if s.nPoints == 0 {
		return
	}
	if s.floorKnown {
		consider(s.floor, 2)
	}
	// While the floor is known, a few guesses a frame suffice to find a better one.
	n := 4 * tries
	if most > 0 {
		n = tries / 4
	}
	for range n {
		if p, ok := s.guess(g); ok {
			consider(p, 4)
		}
	}
	if most == 0 {
		s.floorKnown = false
		return
	}
	best = s.fit(best)
	if !best.isFloor() || !best.across(s.up) {
		return
	}
	if s.floorKnown && abs(best.drop(2500)-s.floor.drop(2500)) < 40 { // steady: a fifth of the way a frame
		mix := func(old, now float32) float32 { return old + (now-old)/5 }
		best = plane{mix(s.floor.a, best.a), mix(s.floor.b, best.b), mix(s.floor.c, best.c)}
	}
	s.floor, s.floorSize, s.floorKnown = best, best.size(), true
	s.claim(best)
}

// findWall looks for the largest plane that is left.
func (s *surveyor) findWall(g *grid) (plane, bool) {
	var best plane
	var most float32
	if s.nPoints == 0 {
		return best, false
	}
	for range tries {
		if p, ok := s.guess(g); ok {
			if on, _ := s.support(p, 4); on > most {
				best, most = p, on
			}
		}
	}
	if most < wallArea/2 {
		return best, false
	}
	best = s.fit(best)
	if on, _ := s.support(best, 1); on < wallArea {
		return best, false
	}
	s.claim(best)
	return best, true
}

func abs(x float32) float32 { return max(x, -x) }
