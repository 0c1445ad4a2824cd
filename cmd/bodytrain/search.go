package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"cutout/kinect"
	"cutout/kinect/body/forest"
)

// limits are the answers, mm, between which a question's limit is looked for.
var limits = []int16{
	-400, -280, -200, -150, -110, -80, -58, -42, -30, -20, -12, -5, 1,
	8, 16, 25, 36, 50, 70, 95, 130, 180, 250, 350, 600,
}

// binCount is the number of gaps between limits, those outside included.
var binCount = len(limits) + 1

const clip = 1024

// bins has the number of the gap for answers from -clip to clip-1.
var bins = sync.OnceValue(func() *[2 * clip]uint8 {
	t := new([2 * clip]uint8)
	for i := range t {
		t[i] = uint8(slices.IndexFunc(append(slices.Clone(limits), math.MaxInt16), func(l int16) bool { return i-clip <= int(l) }))
	}
	return t
})

// A bench is what one search works with.
type bench struct {
	questions []forest.Split
	judges    []judge
	count     []int32   // by question, bin, class
	sum       []float32 // by question, bin, and number and places of the nearest joints
}

type judge struct {
	e           *example
	x, y, scale int32
	class       int32
	to          [aims * 3]float32
}

// aims is how many joints a question of place is judged by.
const aims = 2

var benches = sync.Pool{New: func() any { return &bench{} }}

// search finds the question that tells most about a node's samples: about the part of
// the body they are on or, where that is clear already, about where its joints are. ok
// is false when none is worth it.
func (g *grower) search(t task, tree int) (best forest.Split, ok bool) {
	if t.hi-t.lo < 2*g.Leaf {
		return best, false
	}
	b := benches.Get().(*bench)
	defer benches.Put(b)
	r := rand.New(rand.NewPCG(g.Seed, uint64(tree)<<32|uint64(t.node)))
	b.ask(g.Candidates, r)
	classes, entropy := b.choose(g, t)
	least := max(1, g.Leaf*len(b.judges)/(t.hi-t.lo))
	if entropy < pure {
		return b.byPlace(least)
	}
	return b.byClass(classes, least)
}

// pure is the entropy, bits, below which the samples of a node count as of one part.
const pure = 0.35

// ask makes up questions: half of them compare a place with the cell itself.
func (b *bench) ask(n int, r *rand.Rand) {
	b.questions = b.questions[:0]
	offset := func() (int8, int8) {
		far := leastOffset * math.Exp(r.Float64()*math.Log(mostOffset/leastOffset))
		sin, cos := math.Sincos(2 * math.Pi * r.Float64())
		return int8(math.Round(far * cos / forest.Unit)), int8(math.Round(far * sin / forest.Unit))
	}
	for k := range n {
		var s forest.Split
		s.UX, s.UY = offset()
		if k%2 == 0 {
			s.VX, s.VY = offset()
		}
		b.questions = append(b.questions, s)
	}
}

// choose picks the samples that judge, and says how many classes they are of, numbered
// from 0, and their entropy in bits.
func (b *bench) choose(g *grower, t task) (classes int, entropy float64) {
	b.judges = b.judges[:0]
	var number [classCount]int32
	var count [classCount]int
	n := t.hi - t.lo
	judges := min(n, g.Judges)
	for k := range judges {
		s := &g.corpus.samples[g.order[t.lo+k*n/judges]]
		e := g.corpus.examples[s.example]
		if number[s.class] == 0 {
			classes++
			number[s.class] = int32(classes)
		}
		c := number[s.class] - 1
		count[c]++
		x, y := int32(s.x), int32(s.y)
		b.judges = append(b.judges, judge{e: e, x: x, y: y, scale: forest.Scale(uint16(e.at(x, y))), class: c})
	}
	for _, c := range count[:classes] {
		p := float64(c) / float64(judges)
		entropy -= p * math.Log2(p)
	}
	return classes, entropy
}

// byClass finds the question and limit after which the classes are least mixed.
func (b *bench) byClass(classes, least int) (best forest.Split, ok bool) {
	size := binCount * classes
	b.count = append(b.count[:0], make([]int32, len(b.questions)*size)...)
	table := bins()
	for i := range b.judges {
		j := &b.judges[i]
		for q := range b.questions {
			a := j.e.response(&b.questions[q], j.x, j.y, j.scale)
			bin := table[min(max(a, -clip), clip-1)+clip]
			b.count[q*size+int(bin)*classes+int(j.class)]++
		}
	}
	total := make([]int32, classes)
	for i := range b.judges {
		total[b.judges[i].class]++
	}
	left := make([]int32, classes)
	lowest := mixed(total, int32(len(b.judges))) - 0.004*float64(len(b.judges))
	for q := range b.questions {
		clear(left)
		n := int32(0)
		for bin, limit := range limits {
			moved := false
			for c, k := range b.count[q*size+bin*classes : q*size+(bin+1)*classes] {
				left[c] += k
				n += k
				moved = moved || k != 0
			}
			if !moved || int(n) < least || len(b.judges)-int(n) < least {
				continue
			}
			if m := mixed(left, n) + mixedRest(total, left, int32(len(b.judges))-n); m < lowest {
				lowest, best, ok = m, b.questions[q], true
				best.Limit = limit
			}
		}
	}
	return best, ok
}

// mixed is n times the entropy of counts that sum up to n, in bits.
func mixed(counts []int32, n int32) float64 {
	m := nlogn(n)
	for _, c := range counts {
		m -= nlogn(c)
	}
	return m
}

// mixedRest is mixed of what is left of total.
func mixedRest(total, taken []int32, n int32) float64 {
	m := nlogn(n)
	for i, c := range total {
		m -= nlogn(c - taken[i])
	}
	return m
}

var nlognTable = sync.OnceValue(func() []float64 {
	t := make([]float64, 1<<15)
	for i := range t[2:] {
		t[i+2] = float64(i+2) * math.Log2(float64(i+2))
	}
	return t
})

func nlogn(n int32) float64 {
	t := nlognTable()
	if int(n) < len(t) {
		return t[n]
	}
	return float64(n) * math.Log2(float64(n))
}

// byPlace finds the question and limit after which the nearest joints are best known.
func (b *bench) byPlace(least int) (best forest.Split, ok bool) {
	if !b.aim() {
		return best, false
	}
	const wide = 1 + aims*3
	size := binCount * wide
	b.sum = append(b.sum[:0], make([]float32, len(b.questions)*size)...)
	table := bins()
	var total [wide]float64
	for i := range b.judges {
		j := &b.judges[i]
		total[0]++
		for k, v := range j.to {
			total[1+k] += float64(v)
		}
		for q := range b.questions {
			a := j.e.response(&b.questions[q], j.x, j.y, j.scale)
			at := b.sum[q*size+int(table[min(max(a, -clip), clip-1)+clip])*wide:]
			at = at[:wide]
			at[0]++
			for k, v := range j.to {
				at[1+k] += v
			}
		}
	}
	n := total[0]
	highest := spreadOf(&total) + n*30 // the least gain: 5 mm in each direction and sample
	for q := range b.questions {
		var left, right [wide]float64
		for bin, limit := range limits {
			at := b.sum[q*size+bin*wide : q*size+(bin+1)*wide]
			for k, v := range at {
				left[k] += float64(v)
				right[k] = total[k] - left[k]
			}
			if at[0] == 0 || int(left[0]) < least || int(right[0]) < least {
				continue
			}
			if m := spreadOf(&left) + spreadOf(&right); m > highest {
				highest, best, ok = m, b.questions[q], true
				best.Limit = limit
			}
		}
	}
	return best, ok
}

// spreadOf is by how much less the squares around the mean sum up to than those around 0.
func spreadOf(s *[1 + aims*3]float64) float64 {
	sum := 0.0
	for _, v := range s[1:] {
		sum += v * v
	}
	return sum / s[0]
}

// aim sets where the joints nearest to the judges are, seen from each; false when none
// are known.
func (b *bench) aim() bool {
	var far [kinect.JointCount]float64
	for i := range b.judges {
		j := &b.judges[i]
		at := placeOf(int(j.x), int(j.y), uint16(j.e.at(j.x, j.y)))
		for k := range far {
			if !j.e.known[k] {
				far[k] += 3000
				continue
			}
			far[k] += math.Sqrt(float64(at.square(j.e.joint[k])))
		}
	}
	var nearest [aims]int
	for a := range nearest {
		nearest[a] = slices.Index(far[:], slices.Min(far[:]))
		if far[nearest[a]] > 1500*float64(len(b.judges)) {
			return false
		}
		far[nearest[a]] = math.Inf(1)
	}
	for i := range b.judges {
		j := &b.judges[i]
		at := placeOf(int(j.x), int(j.y), uint16(j.e.at(j.x, j.y)))
		for a, k := range nearest {
			for d := range 3 {
				j.to[3*a+d] = max(-600, min(600, j.e.joint[k][d]-at[d]))
			}
		}
	}
	return true
}
