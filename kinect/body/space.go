package body

import "cutout/kinect"

// floor is the floor as a Scene has it. A floor that was seen is believed for as long
// as it is found again; otherwise only the accelerometer's upwards is known.
func (t *Tracker) floor() kinect.Floor {
	if !t.survey.floorKnown {
		return kinect.Floor{Up: t.up}
	}
	p, n := t.survey.floor, float64(t.survey.floorSize)
	return kinect.Floor{
		Known: true, Height: 1 / n / 1000,
		Up: kinect.Place{X: -float64(p.a*focal) / n, Y: -float64(p.b*focal) / n, Z: -float64(p.c) / n},
	}
}

const (
	// The floor is looked at in squares of tile mm, tilesAcross of them beside each
	// other around the axis and tilesAway from the sensor on.
	tile, tilesAcross, tilesAway = 100, 44, 45
	// freeEvery is how many frames pass between two looks at it.
	freeEvery = 10
	// Things from obstacleLow to obstacleHigh mm over the floor stand in the way.
	obstacleLow, obstacleHigh = 90, 1900
	// openEnough is how many squares a free place is wide and deep at least.
	openEnough = 5
)

// A freeFloor is the map of the floor before the sensor.
type freeFloor struct {
	blocked [tilesAway][tilesAcross]bool
	seen    [tilesAway][tilesAcross]bool
	since   int
	space   kinect.Space
}

// space is the largest rectangle of floor on the sensor's axis in which nothing
// stands. People do not count.
func (t *Tracker) space() kinect.Space {
	m := &t.free
	if !t.survey.floorKnown {
		m.space, m.since = kinect.Space{}, 0
		return m.space
	}
	if m.since--; m.since > 0 {
		return m.space
	}
	m.since = freeEvery
	t.mapFloor()
	m.space = m.largest()
	return m.space
}

// mapFloor notes where floor is seen and where something stands.
func (t *Tracker) mapFloor() {
	m, g := &t.free, &t.grid
	m.blocked, m.seen = [tilesAway][tilesAcross]bool{}, [tilesAway][tilesAcross]bool{}
	for y := 0; y < gridHeight; y += 2 {
		for x := 0; x < gridWidth; x += 2 {
			i := y*gridWidth + x
			z := g.z[i]
			across := int((float32(x)-centreX)*float32(z)/focal)/tile + tilesAcross/2
			away := int(z) / tile
			if z == 0 || t.bodies.prior[i] != 0 || away >= tilesAway || uint(across) >= tilesAcross {
				continue
			}
			switch over := t.survey.overFloor(x, y, z); {
			case over < t.survey.floorAllowance(z):
				m.seen[away][across] = true
			case over > obstacleLow && over < obstacleHigh:
				m.blocked[away][across] = true
			}
		}
	}
}

// largest tries every nearest row, and grows from it: a rectangle goes on as long as
// its rows are free, and ends where floor was seen.
func (m *freeFloor) largest() (best kinect.Space) {
	most := 0
	for near := fieldNear / tile; near < tilesAway-openEnough; near++ {
		left, right := 0, tilesAcross
		for far := near; far < tilesAway; far++ {
			l, r := m.open(far)
			if left, right = max(left, l), min(right, r); right-left < openEnough {
				break
			}
			if n := (far + 1 - near) * (right - left); far+1-near >= openEnough && n > most && m.sees(far, left, right) {
				most = n
				best = kinect.Space{Near: near * tile, Far: (far + 1) * tile, Left: (left - tilesAcross/2) * tile, Right: (right - tilesAcross/2) * tile}
			}
		}
	}
	return best
}

// sees reports whether floor was seen in a stretch of a row.
func (m *freeFloor) sees(row, left, right int) bool {
	for _, s := range m.seen[row][left:right] {
		if s {
			return true
		}
	}
	return false
}

// open is the free stretch of a row around the axis, within the picture.
func (m *freeFloor) open(row int) (left, right int) {
	half := min(tilesAcross/2, int(float32(row)*(gridWidth/2)/focal))
	mid := tilesAcross / 2
	left, right = mid, mid
	for left > mid-half && !m.blocked[row][left-1] {
		left--
	}
	for right < mid+half && !m.blocked[row][right] {
		right++
	}
	return left, right
}
