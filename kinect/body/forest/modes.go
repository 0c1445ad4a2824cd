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
	// boxSize is how wide, mm, the boxes are in which votes are taken together: little
	// enough beside the kernel to make no difference.
	boxSize = 40
	// boxes is the size of the table of boxes, a power of two, of which fullest are used
	// at most; votes that find none are left out.
	boxes, fullest = 1024, 700
	// modeGap is how far apart modes of one joint are at least, mm.
	modeGap = 140
	// least is the share of the votes in a box from which a mode is looked for.
	least = 0.005
)

// A box has the sum of the places of its votes, times their weight, and of the weights;
// once all are in, their mean place.
type box struct {
	key             uint32 // 0: not in use
	tried           bool
	x, y, z, weight float32
}

// Modes appends to into the places where the most votes for joint j meet, at most n
// of them, the one with the most first.
func (votes *Votes) Modes(j kinect.JointName, n int, into []Mode) []Mode {
	total := votes.pack(votes.Cast[j])
	first := len(into)
	// A box with much in it may lie on the slope of a mode found before.
	for tries := 0; tries < n+2; tries++ {
		var best *box
		for _, k := range votes.used {
			if b := &votes.table[k]; !b.tried && (best == nil || b.weight > best.weight) {
				best = b
			}
		}
		if best == nil || best.weight <= least*total {
			break
		}
		best.tried = true
		m := votes.shift(Mode{X: best.x, Y: best.y, Z: best.z})
		m.Share = m.Weight / total
		if m.Weight > 0 && apart(into[first:], &m) {
			into = append(into, m)
			votes.pass(&m)
		}
	}
	sortModes(into[first:])
	return into[:min(len(into), first+n)]
}

// pass leaves out the boxes that belong to a mode that was found.
func (votes *Votes) pass(m *Mode) {
	for _, k := range votes.used {
		b := &votes.table[k]
		dx, dy, dz := b.x-m.X, b.y-m.Y, b.z-m.Z
		b.tried = b.tried || dx*dx+dy*dy+dz*dz < modeGap*modeGap
	}
}

// Climb is where the votes meet to which those around a place lead, of the joint that Modes
// was asked for last. Its Weight is 0 where there are none; its Share is not set.
func (votes *Votes) Climb(from Mode) Mode { return votes.shift(from) }

// Weight is what the votes for joint j at a place are worth, as Mode has it.
func (votes *Votes) Weight(j kinect.JointName, at *Mode) float32 {
	sum := float32(0)
	for i := range votes.Cast[j] {
		c := &votes.Cast[j][i]
		dx, dy, dz := c.X-at.X, c.Y-at.Y, c.Z-at.Z
		if k := 1 - (dx*dx+dy*dy+dz*dz)*(1.0/(kernel*kernel)); k > 0 {
			sum += k * k * c.Weight
		}
	}
	return sum
}

// pack puts votes into boxes, and says what all are worth.
func (votes *Votes) pack(cast []Cast) (total float32) {
	for _, k := range votes.used {
		votes.table[k] = box{}
	}
	votes.used = votes.used[:0]
	for i := range cast {
		c := &cast[i]
		total += c.Weight
		if b := votes.boxOf(c.key()); b != nil {
			b.x, b.y, b.z, b.weight = b.x+c.X*c.Weight, b.y+c.Y*c.Weight, b.z+c.Z*c.Weight, b.weight+c.Weight
		}
	}
	for _, k := range votes.used {
		b := &votes.table[k]
		if b.weight > 0 {
			b.x, b.y, b.z = b.x/b.weight, b.y/b.weight, b.z/b.weight
		}
	}
	return total
}

// boxOf is the box with a key; nil when there are too many.
func (votes *Votes) boxOf(key uint32) *box {
	for k := key * 2654435761 % boxes; ; k = (k + 1) % boxes {
		b := &votes.table[k]
		if b.key == key {
			return b
		}
		if b.key == 0 {
			if len(votes.used) == fullest {
				return nil
			}
			b.key = key
			votes.used = append(votes.used, uint16(k))
			return b
		}
	}
}

// key is the number of the box in which a vote lies, never 0.
func (c *Cast) key() uint32 {
	const away = 512 * boxSize // keeps whole numbers positive: 20 m
	x, y, z := uint32(int32(c.X+away)/boxSize), uint32(int32(c.Y+away)/boxSize), uint32(int32(c.Z+away)/boxSize)
	return 1<<30 | x&1023<<20 | y&1023<<10 | z&1023
}

func sortModes(modes []Mode) {
	for i := 1; i < len(modes); i++ {
		for k := i; k > 0 && modes[k].Weight > modes[k-1].Weight; k-- {
			modes[k], modes[k-1] = modes[k-1], modes[k]
		}
	}
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

// shift moves m to where the boxes around it are densest: mean shift with
// Epanechnikov's kernel squared.
func (votes *Votes) shift(m Mode) Mode {
	const around = 2 * kernel
	near := votes.near[:0]
	for _, k := range votes.used {
		b := &votes.table[k]
		dx, dy, dz := b.x-m.X, b.y-m.Y, b.z-m.Z
		if dx*dx+dy*dy+dz*dz < around*around {
			near = append(near, Cast{b.x, b.y, b.z, b.weight})
		}
	}
	votes.near = near
	for range 10 {
		var sx, sy, sz, sw float32
		for i := range near {
			c := &near[i]
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
