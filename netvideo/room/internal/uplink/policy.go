package uplink

import (
	"math"
	"time"
)

// Wanted is what a stream's pictures are to be while nothing limits them.
type Wanted struct {
	Kbps   int // all layers together
	FPS    int
	Layers int // sizes, each half as wide as the one above it
}

// A Situation is what a Policy decides by.
type Situation struct {
	Now time.Time
	// Kbps is what the way bears for these pictures; 0 while nobody knows.
	Kbps int
	// EncodeTime is the mean time one picture takes in all its layers, now; 0 while
	// nobody knows.
	EncodeTime time.Duration
	// Width and Height of the pictures that are shown.
	Width, Height int
	// Watched is how many layers, from the smallest, somebody looks at.
	Watched int
	// Homes is how many may look.
	Homes int
}

// A Plan is what is to be sent.
type Plan struct {
	FPS    int
	Layers []Step // as many as wanted, smallest first
	// Bandwidth and CPU say what it is that limits; the one that limits more, never
	// both.
	Bandwidth, CPU bool
}

// A Step is what is to be sent of one layer.
type Step struct {
	On    bool
	Scale float64 // how many times smaller than what is shown
	Kbps  int
}

// Kbps of all layers together.
func (p Plan) Kbps() int {
	sum := 0
	for _, l := range p.Layers {
		sum += l.Kbps
	}
	return sum
}

const (
	// What 640x480 at 30, 15 and 10 pictures a second are worth, in kbit/s: a fifth more
	// than the bits that VP8 at its coarsest (quantizer 56) spends on a noisy picture of
	// somebody walking, which were 197, 134 and 103. Below it the encoder sends more
	// than it is asked for.
	worth30, worth15, worth10 = 240, 160, 120
	worthPixels               = 640 * 480
	// worthPower: 480x360 needed 130, 320x240 72 of those 197.
	worthPower = 0.75
	// A layer that is fewer pixels takes this power of their share of the bits.
	layerPower = 0.75

	// Down at once when little is left, after downAfter when it is nearly enough; up
	// when there is upShare of what it takes, for upAfter.
	downHard  = 0.75
	downAfter = 300 * time.Millisecond
	upShare   = 1.15
	upAfter   = time.Second
	// The encoder may take cpuHigh of the time from one picture to the next; the next
	// better step is taken when it would take cpuLow.
	cpuHigh = 0.8
	cpuLow  = 0.6
	cpuDown = time.Second
	cpuUp   = 3 * time.Second
	// The frame rates below the wanted one.
	frameFull = 30
	frameLow  = 15
	frameMin  = 10
)

// A rung is a frame rate and a size.
type rung struct {
	fps   int
	scale float64
}

// A Policy makes of what the way and the machine bear what is to be sent: first the bit
// rate goes down, then the frame rate, then the size; of several layers the largest go
// first. It comes down at once and goes up with hesitation, several rungs at a time. It is
// pure: time is handed in.
type Policy struct {
	want   Wanted
	rungs  []rung
	bw     wavering // rung for the bit rate
	cpu    wavering
	layers wavering // how many layers are left out
}

// wavering is a choice, and since when another is called for.
type wavering struct {
	now        int
	down, up   time.Time
	downs, up1 bool
}

// NewPolicy makes one.
func NewPolicy(w Wanted) *Policy {
	p := &Policy{}
	p.SetWanted(w)
	return p
}

// SetWanted changes what is sent while nothing limits it.
func (p *Policy) SetWanted(w Wanted) {
	w.Layers = max(w.Layers, 1)
	if w == p.want {
		return
	}
	p.want = w
	p.rungs = []rung{{w.FPS, 1}}
	for _, scale := range []float64{1, 4.0 / 3, 2} {
		for _, fps := range []int{frameFull, frameLow, frameMin} {
			if fps < w.FPS && (fps < frameFull || scale == 1) {
				p.rungs = append(p.rungs, rung{fps, scale})
			}
		}
		if w.FPS <= frameMin && scale > 1 {
			p.rungs = append(p.rungs, rung{w.FPS, scale})
		}
	}
	p.bw.now, p.cpu.now = min(p.bw.now, len(p.rungs)-1), min(p.cpu.now, len(p.rungs)-1)
}

// Plan decides. It is to be asked several times a second.
func (p *Policy) Plan(s Situation) Plan {
	top := min(max(s.Watched, 0), p.want.Layers) // layers 0 to top-1 are watched
	plan := Plan{FPS: p.want.FPS, Layers: make([]Step, p.want.Layers)}
	for i := range plan.Layers {
		plan.Layers[i].Scale = math.Exp2(float64(p.want.Layers - 1 - i))
	}
	if top == 0 {
		return plan
	}
	first, most := p.choose(s, top)
	plan.Bandwidth = p.layers.now > 0
	single := most-first == 1
	step := p.rungs[p.climb(s, plan.Layers[most-1].Scale, single)]
	plan.FPS = step.fps
	plan.Layers[most-1].Scale *= step.scale
	p.share(s, &plan, first, most)
	limit := max(p.bw.now, 0)
	if p.cpu.now > limit {
		plan.CPU, plan.Bandwidth = true, false
	} else if limit > 0 || s.Kbps > 0 && plan.Kbps() < p.limit(top, first)*95/100 {
		plan.Bandwidth = true
	}
	return plan
}

// choose is which layers are sent: from first up to, without, most. To one home goes one
// layer: what a smaller one takes would be missing in it.
func (p *Policy) choose(s Situation, top int) (first, most int) {
	if s.Homes <= 1 || top == 1 {
		p.layers = wavering{}
		return top - 1, top
	}
	fits := func(n int, share float64) bool {
		need := 0
		for i := range n - 1 {
			need += p.Most(i)
		}
		w, h := p.size(s, math.Exp2(float64(p.want.Layers-n)))
		return n <= 1 || s.Kbps == 0 || float64(s.Kbps) >= share*float64(need+worth(w, h, frameLow))
	}
	p.layers.move(s.Now, top-1, func(out int, share float64) bool { return fits(top-out, share) })
	return 0, max(top-p.layers.now, 1)
}

func (p *Policy) size(s Situation, scale float64) (w, h int) {
	return int(float64(s.Width) / scale), int(float64(s.Height) / scale)
}

// climb moves on the ladder of frame rates and sizes. Of several layers, the bit rate
// takes whole ones.
func (p *Policy) climb(s Situation, scale float64, single bool) int {
	need := func(r rung) int {
		w, h := p.size(s, scale*r.scale)
		return worth(w, h, r.fps)
	}
	if single {
		p.bw.move(s.Now, len(p.rungs)-1, func(i int, share float64) bool {
			return s.Kbps == 0 || i == len(p.rungs)-1 || float64(s.Kbps) >= share*float64(need(p.rungs[i]))
		})
	} else {
		p.bw = wavering{}
	}
	p.pace(s)
	return max(p.bw.now, p.cpu.now)
}

// pace moves on the ladder by what the encoder takes.
func (p *Policy) pace(s Situation) {
	if s.EncodeTime <= 0 {
		return
	}
	r := p.rungs[max(p.bw.now, p.cpu.now)]
	load := s.EncodeTime.Seconds() * float64(r.fps)
	at := func(o rung) float64 {
		return load * float64(o.fps) / float64(r.fps) * (r.scale * r.scale) / (o.scale * o.scale)
	}
	c := &p.cpu
	if !c.since(&c.down, &c.downs, s.Now, load > cpuHigh, cpuDown) {
		if c.now > 0 && c.since(&c.up, &c.up1, s.Now, at(p.rungs[c.now-1]) < cpuLow, cpuUp) {
			c.now--
			c.up1 = false
		}
		return
	}
	c.now = min(max(p.bw.now, c.now)+1, len(p.rungs)-1)
	c.downs = false
}

// since reports whether something has held for a while.
func (*wavering) since(from *time.Time, on *bool, now time.Time, holds bool, long time.Duration) bool {
	if !holds {
		*on = false
		return false
	}
	if !*on {
		*on, *from = true, now
	}
	return now.Sub(*from) >= long
}

// move goes to the first choice, of 0 to last, that fits: down at once or soon, up with
// hesitation.
func (w *wavering) move(now time.Time, last int, fits func(choice int, share float64) bool) {
	w.now = min(w.now, last)
	best := func(share float64) int {
		for i := range last {
			if fits(i, share) {
				return i
			}
		}
		return last
	}
	hard, soft, up := best(downHard), best(1), best(upShare)
	late := w.since(&w.down, &w.downs, now, soft > w.now, downAfter)
	ready := w.since(&w.up, &w.up1, now, up < w.now, upAfter)
	switch {
	case hard > w.now || late:
		w.now = max(soft, w.now)
		w.downs, w.up1 = false, false
	case ready:
		w.now = up
		w.up1 = false
	}
}

// Most is what a layer takes, in kbit/s, when all are sent and nothing limits them.
func (p *Policy) Most(layer int) int { return p.mostOf(layer, 0) }

// mostOf is what a layer takes of all there is when none below first is sent.
func (p *Policy) mostOf(layer, first int) int {
	part := func(i int) float64 { return math.Pow(0.25, layerPower*float64(p.want.Layers-1-i)) }
	var sum float64
	for i := first; i < p.want.Layers; i++ {
		sum += part(i)
	}
	return int(float64(p.want.Kbps) * part(layer) / sum)
}

// limit is what is sent when nothing limits it.
func (p *Policy) limit(top, first int) int {
	sum := 0
	for i := first; i < top; i++ {
		sum += p.mostOf(i, first)
	}
	return sum
}

// share gives the layers their bits, the smaller ones first.
func (p *Policy) share(s Situation, plan *Plan, first, most int) {
	left := s.Kbps
	if left == 0 {
		left = p.want.Kbps
	}
	for i := first; i < most; i++ {
		l := &plan.Layers[i]
		l.On = true
		l.Kbps = max(min(p.mostOf(i, first), left), 10)
		left -= l.Kbps
	}
}

// worth is how many kbit/s a size and frame rate take to be worth it.
func worth(w, h, fps int) int {
	at := func(low, high, from, to float64) float64 {
		return low + (high-low)*(float64(fps)-from)/(to-from)
	}
	var kbps float64
	if fps >= frameLow {
		kbps = at(worth15, worth30, frameLow, frameFull)
	} else {
		kbps = at(worth10, worth15, frameMin, frameLow)
	}
	return int(max(kbps, 40) * math.Pow(float64(w*h)/worthPixels, worthPower))
}

const (
	audioShare = 0.12 // of what the way bears goes to sound
	audioMin   = 12   // kbit/s: below it a voice is hard to follow
)

// AudioKbps is what sound may take of a way that bears kbps in all, 0 while unknown.
func AudioKbps(most, kbps int) int {
	if kbps <= 0 {
		return most
	}
	return min(most, max(audioMin, int(audioShare*float64(kbps))))
}
