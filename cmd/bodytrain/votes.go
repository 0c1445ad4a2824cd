package main

import (
	"cmp"
	"math"
	"slices"

	"cutout/kinect"
	"cutout/kinect/body/forest"
)

const (
	// agreed is the radius, mm, of the places of a joint that agree.
	agreed = 110
	// leastShare of a leaf's samples must agree for a vote.
	leastShare = 0.12
	// mostHeard samples of a leaf are looked at.
	mostHeard = 600
)

// votes are what a leaf's samples say about the joints: where most of them agree.
func (g *grower) votes(t task) []forest.Vote {
	n := min(mostHeard, t.hi-t.lo)
	var list []forest.Vote
	offsets := make([]place, 0, n)
	for j := range kinect.JointName(kinect.JointCount) {
		offsets = offsets[:0]
		for k := range n {
			s := &g.corpus.samples[g.order[t.lo+k*(t.hi-t.lo)/n]]
			e := g.corpus.examples[s.example]
			if s.class == 0 || !e.known[j] {
				continue
			}
			at := placeOf(int(s.x), int(s.y), uint16(e.at(int32(s.x), int32(s.y))))
			to := e.joint[j]
			offsets = append(offsets, place{to[0] - at[0], to[1] - at[1], to[2] - at[2]})
		}
		if v, ok := agree(offsets, n); ok {
			v.Joint = j
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b forest.Vote) int { return cmp.Compare(b.Weight, a.Weight) })
	return list[:min(len(list), g.Votes)]
}

// agree finds where offsets are densest, starting from their medians; n is how many
// samples there are, with those that say nothing.
func agree(offsets []place, n int) (v forest.Vote, ok bool) {
	if len(offsets) == 0 {
		return v, false
	}
	var at place
	column := make([]float32, len(offsets))
	for d := range at {
		for i := range offsets {
			column[i] = offsets[i][d]
		}
		slices.Sort(column)
		at[d] = column[len(column)/2]
	}
	var share float64
	for range 8 {
		var sum place
		var weight float32
		for _, o := range offsets {
			k := 1 - o.square(at)/(agreed*agreed)
			if k <= 0 {
				continue
			}
			k *= k
			weight += k
			for d := range sum {
				sum[d] += k * o[d]
			}
		}
		if weight == 0 {
			return v, false
		}
		for d := range at {
			at[d] = sum[d] / weight
		}
		share = float64(weight) / float64(n)
	}
	if share < leastShare {
		return v, false
	}
	for d := range at {
		steps := math.Round(float64(at[d]) / forest.Reach)
		if steps < -127 || steps > 127 {
			return v, false
		}
		v.D[d] = int8(steps)
	}
	v.Weight = uint8(math.Round(min(1, share) * 255))
	return v, true
}
