package forest

import "cutout/kinect"

// A Mode is a place where votes for a joint meet.
type Mode struct {
	X, Y, Z float32 // mm, as in Cast
	// Weight is the sum of the votes' worth there, mm² of body, those further away
	// counting less; Share is that of all the votes for the joint.
	Weight, Share float32
}

const (
	// kernel is the radius, mm, within which votes are averaged.
	kernel = 110
	// seedSize is how wide, mm, the boxes are in which the first guesses are looked for.
	seedSize = 70
	// seeds is the size of the table of boxes, a power of two.
	seeds = 512
	// modeGap is how far apart modes of one joint are at least, mm.
	modeGap = 140
)

// A seed is the votes in a box, or in a few that share a place in the table.
type seed struct{ x, y, z, weight float32 }

// Modes appends to into the places where the most votes for joint j meet, at most n
// of them, the one with the most first.
func (votes *Votes) Modes(j kinect.JointName, n int, into []Mode) []Mode {
	cast := votes.Cast[j]
	votes.table = [seeds]seed{}
	var total float32
	for i := range cast {
		c := &cast[i]
		s := &votes.table[c.box()]
		s.x, s.y, s.z, s.weight = s.x+c.X*c.Weight, s.y+c.Y*c.Weight, s.z+c.Z*c.Weight, s.weight+c.Weight
		total += c.Weight
	}
	first := len(into)
	for range 2 * n {
		if len(into)-first == n {
			break
		}
		at := 0
		for i := range votes.table {
			if votes.table[i].weight > votes.table[at].weight {
				at = i
			}
		}
		s := votes.table[at]
		if s.weight < 0.02*total || s.weight == 0 {
			break
		}
		votes.table[at].weight = 0
		m := votes.shift(cast, Mode{X: s.x / s.weight, Y: s.y / s.weight, Z: s.z / s.weight})
		m.Share = m.Weight / max(total, 1e-9)
		if m.Weight > 0 && apart(into[first:], &m) {
			into = append(into, m)
		}
	}
	sortModes(into[first:])
	return into
}

func sortModes(modes []Mode) {
	for i := 1; i < len(modes); i++ {
		for k := i; k > 0 && modes[k].Weight > modes[k-1].Weight; k-- {
			modes[k], modes[k-1] = modes[k-1], modes[k]
		}
	}
}

// box is the place in the table of the box in which a vote lies.
func (c *Cast) box() uint32 {
	const away = 1 << 20 // keeps whole numbers positive
	x, y, z := uint32(int32(c.X+away)/seedSize), uint32(int32(c.Y+away)/seedSize), uint32(int32(c.Z+away)/seedSize)
	return (x*73 ^ y*179 ^ z*283) % seeds
}

// apart reports whether m is none of modes.
func apart(modes []Mode, m *Mode) bool {
	for i := range modes {
		dx, dy, dz := modes[i].X-m.X, modes[i].Y-m.Y, modes[i].Z-m.Z
		if dx*dx+dy*dy+dz*dz < modeGap*modeGap {
			return false
		}
	}
	return true
}

// shift moves m to where the votes around it are densest: mean shift with
// Epanechnikov's kernel squared.
func (votes *Votes) shift(cast []Cast, m Mode) Mode {
	const around = 2 * kernel
	votes.close = votes.close[:0]
	for i := range cast {
		c := &cast[i]
		dx, dy, dz := c.X-m.X, c.Y-m.Y, c.Z-m.Z
		if dx*dx+dy*dy+dz*dz < around*around {
			votes.close = append(votes.close, *c)
		}
	}
	for range 10 {
		var sx, sy, sz, sw float32
		for i := range votes.close {
			c := &votes.close[i]
			dx, dy, dz := c.X-m.X, c.Y-m.Y, c.Z-m.Z
			k := 1 - (dx*dx+dy*dy+dz*dz)*(1.0/(kernel*kernel))
			if k <= 0 {
				continue
			}
			k *= k * c.Weight
			sx, sy, sz, sw = sx+k*dx, sy+k*dy, sz+k*dz, sw+k
		}
		if sw == 0 {
			m.Weight = 0
			return m
		}
		dx, dy, dz := sx/sw, sy/sw, sz/sw
		m.X, m.Y, m.Z, m.Weight = m.X+dx, m.Y+dy, m.Z+dz, sw
		if dx*dx+dy*dy+dz*dz < 1 {
			break
		}
	}
	return m
}
