package main

import (
	"cutout/kinect/body/forest"
)

// A task is a node whose samples are those between lo and hi.
type task struct {
	node, lo, hi int
}

// A grower grows one tree after the other on a corpus.
type grower struct {
	Settings
	corpus *corpus
	order  []int32 // numbers of samples; each node's lie together
	spare  []int32
	tell   func(tree, level, nodes int)
	save   func(done []planted) error
}

// planted is a tree as far as it has grown: the first Decided nodes are final.
type planted struct {
	Tree    forest.Tree
	Decided int
}

// growAll goes on from what is planted already.
func (g *grower) growAll(done []planted) ([]forest.Tree, error) {
	for k := range g.Trees {
		if k == len(done) {
			done = append(done, planted{Tree: make(forest.Tree, 1)})
		}
		if err := g.grow(done, k); err != nil {
			return nil, err
		}
	}
	trees := make([]forest.Tree, len(done))
	for k := range done {
		trees[k] = done[k].Tree
	}
	return trees, nil
}

// grow finishes tree k, level by level.
func (g *grower) grow(done []planted, k int) error {
	p := &done[k]
	n := len(g.corpus.samples)
	g.order, g.spare = make([]int32, n), make([]int32, n)
	for i := range g.order {
		g.order[i] = int32(i)
	}
	level := []task{{0, 0, n}}
	var leaves []task
	finished := p.Decided == len(p.Tree)
	for depth := 0; len(level) > 0 && !finished; depth++ {
		split := make([]bool, len(level))
		middle := make([]int, len(level))
		known := p.Decided > level[0].node
		each(len(level), nil, func(i int) {
			t := level[i]
			switch {
			case known:
				split[i] = p.Tree[t.node].Next != 0
			case depth < g.Depth:
				p.Tree[t.node].Split, split[i] = g.search(t, k)
			}
			if split[i] {
				middle[i] = g.part(t, &p.Tree[t.node].Split)
			}
		})
		var below []task
		for i, t := range level {
			if !split[i] {
				leaves = append(leaves, t)
				continue
			}
			next := len(p.Tree)
			if known {
				next = int(p.Tree[t.node].Next)
			} else {
				p.Tree[t.node].Next = uint32(next)
				p.Tree = append(p.Tree, forest.Node{}, forest.Node{})
			}
			below = append(below, task{next, t.lo, middle[i]}, task{next + 1, middle[i], t.hi})
		}
		p.Decided = max(p.Decided, level[len(level)-1].node+1)
		level = below
		g.tell(k, depth+1, len(p.Tree))
		if !known && len(level) > 0 {
			if err := g.save(done); err != nil {
				return err
			}
		}
	}
	if finished {
		return nil
	}
	each(len(leaves), nil, func(i int) { p.Tree[leaves[i].node].Votes = g.votes(leaves[i]) })
	return g.save(done)
}

// part puts the samples that answer no before those that answer yes, each in the order
// they were in, and says where the latter begin.
func (g *grower) part(t task, s *forest.Split) int {
	yes, at := g.spare[t.lo:t.lo], t.lo
	for _, i := range g.order[t.lo:t.hi] {
		c := &g.corpus.samples[i]
		e := g.corpus.examples[c.example]
		x, y := int32(c.x), int32(c.y)
		if e.response(s, x, y, forest.Scale(uint16(e.at(x, y)))) > int32(s.Limit) {
			yes = append(yes, i)
		} else {
			g.order[at] = i
			at++
		}
	}
	copy(g.order[at:t.hi], yes)
	return at
}
