package puppet

import (
	"math/rand/v2"

	"cutout/kinect"
)

// What a recording of a still room showed from one frame to the next: 72 % of the
// codes unchanged, 26 % changed by one, 1 % by two, and 0.8 % gaining or losing
// their reading. Independent frames whose codes stray by one, each way with
// probability p, give (1-2p)²+2p², 4p(1-2p) and 2p²: 0.72, 0.27 and 0.013 for
// p = 0.08.
const (
	strayShare = 0.08
	// lostShare of all pixels have no reading for no reason; the changes of those on
	// marginal pixels come on top.
	lostShare = 0.0015
	// weakShare is the probability of a marginal pixel to be lost.
	weakShare = 0.35
)

// The bits of a grain: what happens to a pixel in one frame.
const (
	grainStray = 0x03 // 0, 1, 2: one less, unchanged, one more
	grainLost  = 0x40
	grainWeak  = 0x80
)

// noiseRows is how many rows of grain there are; a frame takes kinect.Height of
// them from a random place.
const noiseRows = 1024

// newNoise makes grain with patches a few pixels wide, as block matching leaves them.
func newNoise(random *rand.Rand) []uint8 {
	grain := make([]uint8, noiseRows*kinect.Width)
	threshold(smooth(random, 1), func(i int, rank float64) {
		switch {
		case rank < strayShare:
		case rank < 1-strayShare:
			grain[i] = 1
		default:
			grain[i] = 2
		}
	})
	threshold(smooth(random, 2), func(i int, rank float64) {
		if rank < weakShare {
			grain[i] |= grainWeak
		}
	})
	for i := range grain {
		if random.Float64() < lostShare {
			grain[i] |= grainLost
		}
	}
	return grain
}

// smooth is a field of random numbers, each summed over (2*reach+1)² places.
func smooth(random *rand.Rand, reach int) []uint16 {
	n := noiseRows * kinect.Width
	raw := make([]uint16, n)
	for i := range raw {
		raw[i] = uint16(random.Uint32() >> 22) // 10 bits: sums of 25 fit into 16
	}
	rows, field := make([]uint16, n), make([]uint16, n)
	sum(raw, rows, reach, 1)
	sum(rows, field, reach, kinect.Width)
	return field
}

// sum adds up 2*reach+1 neighbours that lie step apart; the field wraps around.
func sum(from, to []uint16, reach, step int) {
	n := len(from)
	for i := range to {
		var s uint16
		for k := -reach; k <= reach; k++ {
			s += from[(i+k*step+n)%n]
		}
		to[i] = s
	}
}

// threshold calls set for each place with its rank in the field, 0 to 1.
func threshold(field []uint16, set func(i int, rank float64)) {
	var count [1 << 16]int
	for _, v := range field {
		count[v]++
	}
	var rank [1 << 16]float64
	below := 0
	for v, n := range count {
		rank[v] = (float64(below) + float64(n)/2) / float64(len(field))
		below += n
	}
	for i, v := range field {
		set(i, rank[v])
	}
}

// develop turns codes into one frame's readings.
func develop(to, from []uint16, grain []uint8) {
	to, grain = to[:len(from)], grain[:len(from)]
	for i, code := range from {
		g := grain[i]
		v := code&^marginal + uint16(g&grainStray) - 1
		if g&grainLost != 0 || uint8(code>>8)&g&grainWeak != 0 || v > lastCode+1 {
			v = kinect.NoDisparity
		}
		to[i] = v
	}
}
