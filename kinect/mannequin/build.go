package mannequin

// A build is the measures of a body, in metres.
type build struct {
	height float64
	// child is 1 for the proportions of a small child and 0 for a grown body's; woman
	// is 0 to 1; fat is 0 for a lean body, 1 for a heavy one, less for a thin one.
	child, woman, fat, muscle float64

	head                        vec // half of its size
	neck, torso                 float64
	shoulderHalf, hipHalf       float64
	upperArm, forearm, hand     float64
	thigh, shin, ankle, foot    float64
	girth                       float64 // of limbs, 1 is the average
	torsoWide, torsoDeep, belly float64 // multiply the trunk
}

// newBuild makes up a body. Lengths of bones are shares of the height after Winter
// (figure 4.1) and, for children, after Snyder et al., Anthropometry of infants,
// children and youths (1977): a child of one metre is about five and a half heads
// tall and has shorter legs. Heads are from NASA-STD-3000 figure 3.3.1.3-1 (breadth
// 142-165 mm, length 183-209 mm, menton to vertex 205-250 mm).
func newBuild(d dice) build {
	var b build
	b.woman = float64(d.IntN(2))
	b.height = d.around(1.77-0.12*b.woman, 0.075)
	if d.chance(0.2) {
		b.height = d.between(1.0, 1.6)
	} else if d.chance(0.08) {
		b.height = d.between(1.85, 2.0)
	}
	b.child = clamp((1.62-b.height)/0.6, 0, 1)
	if b.height > 1.45 {
		b.child *= d.Float64()
	}
	b.woman *= d.between(0.5, 1) * (1 - 0.8*b.child)
	b.fat = clamp(d.around(0.3, 0.3), -0.2, 1)
	if d.chance(0.1) {
		b.fat = d.between(0.7, 1.3)
	}
	b.fat *= 1 - 0.5*b.child
	b.muscle = d.between(0, 1) * (1 - b.child) * (1 - 0.6*b.woman)
	h, c := b.height, b.child
	k := func(share, sd float64) float64 { return share * h * d.around(1, sd) }

	size := (0.228 - 0.012*b.woman) * (1 - 0.13*c) * d.around(1, 0.03)
	b.head = vec{size * 0.345, size * 0.5, size * 0.43}
	b.neck = k(0.052-0.012*c, 0.1)
	legs := 1 - 0.10*c
	b.thigh, b.shin = k(0.245, 0.025)*legs, k(0.246, 0.025)*legs
	b.ankle, b.foot = 0.039*h, k(0.150, 0.03)
	b.torso = h - b.thigh - b.shin - b.ankle - b.neck - size*0.96 // hips to shoulders
	b.shoulderHalf = k(0.108-0.006*b.woman-0.004*c+0.006*b.muscle, 0.035)
	b.hipHalf = k(0.050+0.003*b.woman, 0.03)
	b.upperArm, b.forearm, b.hand = k(0.180, 0.03), k(0.148, 0.03), k(0.108, 0.03)
	b.girth = (1 + 0.28*b.fat + 0.08*b.muscle) * d.around(0.94, 0.04)
	b.torsoWide = (1 + 0.17*b.fat) * d.around(0.97, 0.03)
	b.torsoDeep = (1 + 0.34*b.fat) * d.around(0.95, 0.05)
	b.belly = max(0, b.fat-0.15) * d.between(0.3, 1)
	return b
}

// arm and leg are the lengths from the shoulder to the wrist, the hip to the ankle.
func (b *build) arm() float64 { return b.upperArm + b.forearm }
func (b *build) leg() float64 { return b.thigh + b.shin }
