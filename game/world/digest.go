package world

import (
	"slices"

	"cutout/kinect"
)

// A Summarizer makes a Summary of the states of a world, given one after the other.
type Summarizer struct {
	sum    Summary
	phase  Phase
	podium bool
	begun  bool
	last   []Player
}

// Add takes in the state after a Step.
func (z *Summarizer) Add(s *State) {
	z.sum.Ticks++
	if !z.begun {
		z.begun, z.sum.Hash = true, fnvOffset
	}
	z.sum.Hash = fnv(z.sum.Hash, Digest(s))
	if s.Phase != z.phase {
		switch {
		case z.phase == Lobby:
			z.sum.Matches++
		case s.Phase == Podium:
			z.podium = true
		}
		z.phase = s.Phase
	}
	if s.Phase == Podium || !z.podium {
		z.last = s.Players
	}
}

// Summary is what was added so far.
func (z *Summarizer) Summary() Summary {
	sum := z.sum
	sum.Players = slices.Clone(z.last)
	return sum
}

// FNV-1a, of whole words.
const (
	fnvOffset = 0xcbf29ce484222325
	fnvPrime  = 0x100000001b3
)

func fnv(h, v uint64) uint64 { return (h ^ v) * fnvPrime }

// Digest is a number that two states share when they are equal, and hardly ever
// otherwise.
func Digest(s *State) uint64 {
	h := uint64(fnvOffset)
	for _, n := range []int{int(s.Tick), int(s.Phase), s.PhaseTicks, s.PhaseLength, s.Wall, s.Walls, s.Fit, s.Fill, int(s.Size.Height), s.Size.FloorDrop, len(s.Players)} {
		h = fnv(h, uint64(n))
	}
	pose := s.Pose
	for _, a := range angles(&pose) {
		h = fnv(h, uint64(*a))
	}
	for _, g := range []*kinect.Grid{s.Hole, s.Own, s.Hidden, s.Spill} {
		h = digestGrid(h, g)
	}
	h = digestText(h, s.Self)
	for i := range s.Players {
		h = digestPlayer(h, &s.Players[i])
	}
	return h
}

func digestPlayer(h uint64, p *Player) uint64 {
	h = digestText(digestText(h, p.ID), p.Name)
	state := 0
	if p.Ready {
		state |= 1
	}
	if p.Present {
		state |= 2
	}
	for _, n := range []int{state, p.Points, p.Combo, len(p.Verdicts)} {
		h = fnv(h, uint64(n))
	}
	for _, v := range p.Verdicts {
		for _, n := range []int{v.Wall, int(v.Outcome), v.Fit, v.Fill, v.Points, v.Combo} {
			h = fnv(h, uint64(n))
		}
	}
	return digestGrid(h, p.Body)
}

func digestGrid(h uint64, g *kinect.Grid) uint64 {
	if g == nil {
		return fnv(h, 1)
	}
	for _, w := range g {
		h = fnv(h, w)
	}
	return h
}

func digestText(h uint64, s string) uint64 {
	h = fnv(h, uint64(len(s)))
	for i := range len(s) {
		h = fnv(h, uint64(s[i]))
	}
	return h
}
