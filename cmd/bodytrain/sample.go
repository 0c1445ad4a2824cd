package main

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"cutout/kinect/body/forest"
	"cutout/kinect/mannequin"
)

// A sample is one cell of an example, in the grid's columns and rows.
type sample struct {
	example int32
	x, y    uint8
	class   class
}

// A corpus is what trees are grown on.
type corpus struct {
	examples []*example
	samples  []sample
}

// each calls do for 0 to n-1 on all processors, and progress now and then.
func each(n int, progress func(done int), do func(i int)) {
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
				if d := int(done.Add(1)); progress != nil {
					progress(d)
				}
			}
		})
	}
	wg.Wait()
}

// A source makes the people of a seed.
type source func(seed uint64) []*figure

// stills are the people of mannequin's single shots, who may be anywhere and do anything.
func stills(seed uint64) []*figure { return cutOut(mannequin.Still(seed)) }

// playSeed is added to the seeds of plays that are learnt from: nobody measures by them.
const playSeed = 1 << 62

// people are of single shots and of plays, in turn: of those one moment of any kind, so
// that what players do is learnt more than what people may do.
func people(seed uint64) []*figure {
	if seed%2 == 0 {
		return stills(seed)
	}
	r := rand.New(rand.NewPCG(seed, 0x706c6179))
	kind := mannequin.Dance
	if r.IntN(3) > 0 {
		kind = mannequin.Kind(r.IntN(mannequin.KindCount))
	}
	play := mannequin.NewPlay(kind, playSeed+seed)
	return cutOut(play.Shot(r.IntN(play.Len())))
}

// gather makes the corpus: the same from the same settings, however many processors
// work on it.
func gather(s Settings, from source, progress func(done int)) *corpus {
	perShot := make([][]*example, s.Shots)
	cellsOf := make([][]sample, s.Shots)
	each(s.Shots, progress, func(i int) {
		seed := s.Seed<<20 + uint64(i)
		r := rand.New(rand.NewPCG(seed, 0x626f6479))
		for _, f := range from(seed) {
			for range s.Variants {
				g := *f
				g.disturb(r)
				e := g.crop()
				picked := e.pick(s.Samples, r)
				for k := range picked {
					picked[k].example = int32(len(perShot[i]))
				}
				perShot[i] = append(perShot[i], e)
				cellsOf[i] = append(cellsOf[i], picked...)
			}
		}
	})
	c := &corpus{}
	for i := range perShot {
		first := int32(len(c.examples))
		for _, k := range cellsOf[i] {
			k.example += first
			c.samples = append(c.samples, k)
		}
		c.examples = append(c.examples, perShot[i]...)
	}
	return c
}

// rarity is how much more often than others cells of small parts are picked.
func rarity(c class) int {
	switch mannequin.Part(c % mannequin.PartCount) {
	case mannequin.LeftHand, mannequin.RightHand:
		return 5
	case mannequin.LeftForearm, mannequin.RightForearm, mannequin.Neck, mannequin.LeftFoot, mannequin.RightFoot,
		mannequin.Head, mannequin.LeftShoulder, mannequin.RightShoulder:
		return 2
	}
	return 1
}

// pick takes about n of the example's cells, in their order.
func (e *example) pick(n int, r *rand.Rand) []sample {
	total := 0
	for k, z := range e.z {
		if z != forest.Nothing {
			total += rarity(e.class[k])
		}
	}
	var list []sample
	for k, z := range e.z {
		if z == forest.Nothing || r.IntN(max(1, total)) >= n*rarity(e.class[k]) {
			continue
		}
		list = append(list, sample{x: uint8(e.left + k%e.width), y: uint8(e.top + k/e.width), class: e.class[k]})
	}
	return list
}

// at is the distance in the grid's cell (x, y).
func (e *example) at(x, y int32) int32 {
	u, v := uint(int(x)-e.left), uint(int(y)-e.top)
	if u >= uint(e.width) || v >= uint(e.height) {
		return forest.Nothing
	}
	return int32(e.z[v*uint(e.width)+u])
}

// response is forest.Split's, on an example.
func (e *example) response(s *forest.Split, x, y, scale int32) int32 {
	const half = 1 << 15
	return e.at(x+(int32(s.UX)*scale+half)>>16, y+(int32(s.UY)*scale+half)>>16) -
		e.at(x+(int32(s.VX)*scale+half)>>16, y+(int32(s.VY)*scale+half)>>16)
}
