package main

import (
	"fmt"

	"cutout/kinect/body/forest"
)

// Settings are all that a training depends on, besides the program.
type Settings struct {
	Seed uint64
	// Shots are made, of seeds no held-out shot has; each person in them gives Variants
	// examples, and each example about Samples cells.
	Shots, Variants, Samples int
	Trees, Depth             int
	// A node is split by the best of Candidates questions, judged by at most Judges of
	// its samples, into two with at least Leaf each.
	Candidates, Judges, Leaf int
	// Votes of a leaf at most.
	Votes int
}

// usual are the settings that the forest of the package was grown with.
func usual() Settings {
	return Settings{
		Seed: 1, Shots: 8000, Variants: 2, Samples: 220, Trees: 3, Depth: 19,
		Candidates: 220, Judges: 6000, Leaf: 70, Votes: 5,
	}
}

// heldOut is added to the seeds of shots that are only measured by.
const heldOut = 1 << 40

// offsets are how far from the cell questions look, mm.
const (
	leastOffset, mostOffset = 16, 127 * forest.Unit
)

// check holds settings to what makes sense.
func (s Settings) check() error {
	for _, c := range []struct {
		name      string
		v, lo, hi int
	}{
		{"shots", s.Shots, 1, 1 << 20}, {"variants", s.Variants, 1, 16}, {"samples", s.Samples, 1, cells},
		{"trees", s.Trees, 1, forest.MaxTrees}, {"depth", s.Depth, 1, forest.MaxDepth},
		{"candidates", s.Candidates, 1, 1 << 16}, {"judges", s.Judges, 1, 1 << 24}, {"leaf", s.Leaf, 1, 1 << 20},
		{"votes", s.Votes, 1, forest.MaxVotes},
	} {
		if c.v < c.lo || c.v > c.hi {
			return fmt.Errorf("--%s is %d; it must lie between %d and %d", c.name, c.v, c.lo, c.hi)
		}
	}
	return nil
}
