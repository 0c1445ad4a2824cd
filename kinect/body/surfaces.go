package body

// A surface says what a cell is, before people are looked for.
type surface uint8

const (
	unread    surface = iota // no reading, or too far away to play
	free                     // may be somebody
	structure                // floor, wall, ceiling
	support                  // a level top of furniture
)

// Limits of where people are looked for, mm from the sensor. DESIGN's players stand
// at 0.8 to 4 m; hands reach out and depth is noisy.
const (
	nearest  = 400
	furthest = 4600
)

const (
	// floorSlack is up to how many mm above the floor, besides noise, things count as
	// floor: floors are not flat. Soles are lost with it.
	floorSlack = 14
	// floorCodes is for how many codes of noise the floor's height is allowed to stray.
	floorCodes = 2.5
	// A level surface counts as furniture when it is this wide and deep, in mm:
	// more than a person's lap.
	supportWidth, supportDepth = 650, 250
)

// classify tells room from possible people.
func (t *Tracker) classify() {
	g := &t.grid
	for y := range gridHeight {
		for x := range gridWidth {
			i := y*gridWidth + x
			z := g.z[i]
			switch {
			case z < nearest || z > furthest:
				t.kind[i] = unread
			case t.onFloor(i, x, y) || t.onWall(i, x, y):
				t.kind[i] = structure
			case g.isLevel(i, x, y):
				t.kind[i] = support
			default:
				t.kind[i] = free
			}
		}
	}
	t.keepLaps()
}

// onFloor allows for noise.
func (t *Tracker) onFloor(i, x, y int) bool {
	s, z := &t.survey, t.grid.z[i]
	if !s.floorKnown {
		return false
	}
	// Most are so far above that no division is needed to tell.
	const surely = 1.01
	if 1-s.floor.at(x, y)*float32(z) > surely*(floorSlack*s.floorSize+floorCodes*code*float32(z)) {
		return false
	}
	return s.overFloor(x, y, z) < s.floorAllowance(z)
}

// floorAllowance is up to how many mm above the floor something at z counts as floor. A
// sensor at height h that is wrong by dz there is wrong by dz*h/z in height, and a code is
// z² times the constant.
func (s *surveyor) floorAllowance(z int32) float32 {
	return floorSlack + floorCodes*code*float32(z)/s.floorSize
}

// onWall needs the cell to lean as the plane does, so that a body in front of a
// wall's extension stays free.
func (t *Tracker) onWall(i, x, y int) bool {
	g := &t.grid
	for _, p := range t.survey.walls[:t.survey.nWalls] {
		if d := g.w[i] - p.at(x, y); abs(d) > 1.5*tolerance(g.z[i], g.w[i]) {
			continue
		}
		if !g.smooth[i] {
			return true
		}
		da, db := (g.dx[i]-p.a)*focal, (g.dy[i]-p.b)*focal
		if n := 0.35 * p.size(); da*da+db*db < n*n {
			return true
		}
	}
	return false
}

// levelCosine is the cosine of 35 degrees.
const levelCosine = 0.82

// isLevel: seen from above, within 35 degrees of level.
func (g *grid) isLevel(i, x, y int) bool {
	if !g.smooth[i] || g.dy[i] <= 0 {
		return false
	}
	p := plane{a: g.dx[i], b: g.dy[i]}
	p.c = g.w[i] - p.at(x, y)
	// The cosine of the angle is b*focal over the plane's size; here in squares.
	b := p.b * focal
	return b*b*(1-levelCosine*levelCosine) > levelCosine*levelCosine*(p.a*p.a*focal*focal+p.c*p.c)
}

// keepLaps frees level surfaces again that are too small for furniture.
func (t *Tracker) keepLaps() {
	t.parts.label(&t.grid, &t.kind, support, 1)
	for k := range t.parts.list {
		p := &t.parts.list[k]
		p.furniture = p.width() > supportWidth && p.depth() > supportDepth
	}
	for i := range t.kind {
		if t.kind[i] == support && !t.parts.of(i).furniture {
			t.kind[i] = free
		}
	}
}
