package body

import (
	"math"

	"cutout/kinect"
)

const (
	// gateBase and gatePerFrame are how far, mm, from where somebody is expected they
	// may be found, after one frame and more for each further one; gateMost is the most.
	gateBase, gatePerFrame, gateMost = 350, 60, 1600
	// topWeight and girthWeight are what a mm of difference in looks counts against one
	// of way, topMost and girthMost the most that counts.
	topWeight, topMost     = 0.8, 300
	girthWeight, girthMost = 0.6, 200
	// kinBonus is what having been there in the last frame is worth, mm.
	kinBonus = 250
	// unmatched is what it costs to leave a track without a body.
	unmatched = 2500
	// coast is for how many frames' time people are expected to go on as they went.
	coast = 20
	// absent is for how many frames' time the looks of those who left are remembered,
	// and sameTop and sameGirth how alike, mm, they must look to be taken for them.
	absent             = 150
	sameTop, sameGirth = 70, 70
)

// expected is where a track's person should be now.
func (k *track) expected() place {
	n := float32(min(k.missed, coast))
	return place{x: k.place.x + int32(k.vx*n), z: k.place.z + int32(k.vz*n)}
}

// cost is how unlikely a body is to be a track's, in mm; ok is false when it is not.
func (k *track) cost(e *found, slot int) (cost float32, ok bool) {
	p := k.expected()
	d := float32(math.Hypot(float64(e.place.x-p.x), float64(e.place.z-p.z)))
	gate := min(gateMost, gateBase+gatePerFrame*float32(k.missed-1))
	if k.missed > longest { // they may have turned round
		d = min(d, float32(math.Hypot(float64(e.place.x-k.place.x), float64(e.place.z-k.place.z))))
	}
	if !e.isNew {
		gate = min(gate, gateBase+gatePerFrame*longest) // may be furniture: only where it must be
	}
	if d > gate {
		return 0, false
	}
	c := d + topWeight*min(topMost, abs(float32(e.look.top-k.look.top))) +
		girthWeight*min(girthMost, abs(float32(e.look.girth-k.look.girth)))
	if k.missed > lost && (abs(float32(e.look.top-k.look.top)) > sameTop || abs(float32(e.look.girth-k.look.girth)) > sameGirth) {
		return 0, false
	}
	if int(e.kin) == slot {
		c -= kinBonus
	}
	return c, true
}

// match finds out whose the bodies are: the assignment of all bodies to all tracks
// that costs least, by trying the tracks one after the other against every set of
// bodies.
func (t *Tracker) match() {
	b := &t.bodies
	all := 1 << b.n
	best, choice := &t.assign.best, &t.assign.choice
	for s := range all {
		best[s] = float32(math.Inf(1))
	}
	best[0] = 0
	var ok [maxPeople][maxBodies]bool
	var cost [maxPeople][maxBodies]float32
	for i := range t.tracks {
		k := &t.tracks[i]
		for j := range b.n {
			if k.id != 0 {
				cost[i][j], ok[i][j] = k.cost(&b.list[j], i)
			}
		}
		// From the fullest set down, so that each body is used once: best[s] still is
		// what it was before this track.
		for s := all - 1; s >= 0; s-- {
			least, which := best[s]+unmatched, int8(-1)
			for j := range b.n {
				if s>>j&1 != 0 && ok[i][j] && best[s&^(1<<j)]+cost[i][j] < least {
					least, which = best[s&^(1<<j)]+cost[i][j], int8(j)
				}
			}
			best[s], choice[i][s] = least, which
		}
	}
	s := 0
	for c := range all {
		if best[c] < best[s] {
			s = c
		}
	}
	for i := maxPeople - 1; i >= 0; i-- {
		t.assigned[i] = choice[i][s]
		if j := choice[i][s]; j >= 0 {
			s &^= 1 << j
		}
	}
}

// An assignment is the scratch of match: for each set of bodies, what it costs to give
// them to the tracks looked at so far, and which of them the last one got.
type assignment struct {
	best   [1 << maxBodies]float32
	choice [maxPeople][1 << maxBodies]int8
}

// people draws everybody: those who are known, then who is new.
func (t *Tracker) people(depth []kinect.Millimetres) []kinect.Person {
	b := &t.bodies
	t.match()
	var has [maxBodies]int8
	for j := range b.n {
		has[j] = -1
	}
	for i, j := range t.assigned {
		if j >= 0 {
			has[j] = int8(i)
		}
	}
	for j := range b.n {
		if e := &b.list[j]; has[j] < 0 && e.isNew && !t.doubled(e) {
			has[j] = t.begin()
		}
	}
	clear(b.prior[:])
	n := 0
	for j := range b.n {
		if has[j] >= 0 {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	found := make([]kinect.Person, 0, n)
	for j := range b.n {
		if has[j] < 0 {
			continue
		}
		t.load(j)
		tr := &t.tracks[has[j]]
		tr.follow(&b.list[j])
		t.remember(has[j])
		found = append(found, t.describe(tr, depth))
	}
	return found
}

// doubled reports whether somebody new would stand where somebody known stands: a
// piece of them.
func (t *Tracker) doubled(e *found) bool {
	for i, j := range t.assigned {
		if j < 0 || t.tracks[i].id == 0 {
			continue
		}
		o := t.bodies.list[j].place
		if d := length(max(o.x-e.place.x, e.place.x-o.x), max(o.z-e.place.z, e.place.z-o.z)); d < 150 {
			return true
		}
	}
	return false
}

// follow takes over where the track's body is now. Speeds are averaged over some
// eight frames.
func (k *track) follow(e *found) {
	if k.frames > 0 {
		n := float32(max(1, k.missed))
		vx, vz := float32(e.place.x-k.place.x)/n, float32(e.place.z-k.place.z)/n
		share := float32(0.15)
		if k.frames < 6 {
			share = 1 / float32(k.frames+1)
		}
		k.vx += (vx - k.vx) * share
		k.vz += (vz - k.vz) * share
		k.look.top += (e.look.top - k.look.top) / 8
		k.look.girth += (e.look.girth - k.look.girth) / 8
	} else {
		k.look = e.look
		k.distance = e.distance
	}
	k.frames++
	k.place, k.head, k.axis = e.place, e.head, e.axis
}

// remember notes for the next frame whose the figure's cells are.
func (t *Tracker) remember(slot int8) {
	f, b := &t.figure, &t.bodies
	for y := f.box.top; y <= f.box.down; y++ {
		for i := y*gridWidth + f.box.left; i <= y*gridWidth+f.box.right; i++ {
			if f.shape[i] != notBody {
				b.prior[i], b.priorZ[i] = uint8(slot)+1, t.grid.z[i]
				if k := t.parts.id[i]; k >= 0 {
					t.furniture.used[k] = true
				}
			}
		}
	}
}
