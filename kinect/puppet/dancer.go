package puppet

import (
	"math/rand/v2"
	"sync"
	"time"

	"cutout/kinect"
)

// A Dancer tries to fit walls with a puppet's body. Any goroutine.
type Dancer struct {
	puppet *Puppet
	skill  float64

	mu     sync.Mutex
	random *rand.Rand
	pose   kinect.Pose // of the wall announced last
	impact time.Time
}

// NewDancer makes a dancer of skill 0 (hopeless) to 1 (strikes every pose
// exactly), whose mistakes the seed decides. The puppet stays the caller's to
// close.
func NewDancer(p *Puppet, skill float64, seed uint64) *Dancer {
	return &Dancer{puppet: p, skill: cut(skill, 0, 1), random: rand.New(rand.NewPCG(seed, 0x64616e63))}
}

// again is how far two announcements of the same wall may lie apart in time.
const again = 250 * time.Millisecond

// Wall announces a wall with that hole, which arrives after in. The dancer strikes
// the pose before that, holds it over the impact, and returns to ease.
// Announcing the same wall again changes nothing.
func (d *Dancer) Wall(pose kinect.Pose, in time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	impact := time.Now().Add(in)
	if off := impact.Sub(d.impact); pose == d.pose && off < again && off > -again {
		return
	}
	d.pose, d.impact = pose, impact
	d.puppet.order(attempt(d.random, d.skill, pose, in)...)
}

// wildness is how far the joints of someone without any skill are off: one standard
// deviation, in units of kinect.Pose.
var wildness = posture{
	lean: 9, head: 8, leftShoulder: 34, leftElbow: 40, rightShoulder: 34, rightElbow: 40,
	leftHip: 12, leftKnee: 14, rightHip: 12, rightKnee: 14, squat: 170, shift: 70,
}

// attempt is what a dancer does about a wall: after a while of wonder it goes to
// something like the pose, is there early (or, unskilled, not quite in time), and
// relaxes half a second after the impact. At skill 1 the pose is exact.
func attempt(random *rand.Rand, skill float64, pose kinect.Pose, in time.Duration) []move {
	lack := 1 - skill
	goal := postureOf(pose)
	if lack > 0 {
		for i := range goal {
			goal[i] = cut(goal[i]+lack*wildness[i]*random.NormFloat64(), limits[i][0], limits[i][1])
		}
		if random.Float64() < 0.6*lack*lack {
			forget(random.IntN(4), &goal)
		}
	}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	start := seconds(0.15 + 0.7*lack*random.Float64())
	start += time.Duration(float64(max(0, in-2*time.Second)) * 0.3 * random.Float64())
	start = min(start, in/3)
	early := min(in/4, 350*time.Millisecond) - seconds(0.6*lack*lack*random.Float64())
	long := seconds(0.9 + 0.5*random.Float64())
	arrive := max(start, min(start+long, in-early))
	strike := move{start: start, arrive: arrive, goal: goal, smile: 300}
	return []move{strike, relax(max(in, arrive) + 500*time.Millisecond)}
}

// forget leaves one limb where it is when standing at ease.
func forget(limb int, p *posture) {
	i := [4]int{leftShoulder, rightShoulder, leftHip, rightHip}[limb]
	p[i], p[i+1] = ease[i], ease[i+1]
}

// Ready raises both hands for two and a half seconds.
func (d *Dancer) Ready() { d.puppet.HandsUp(2500 * time.Millisecond) }

// Rest returns to standing at ease.
func (d *Dancer) Rest() { d.puppet.Relax() }

// Cheer celebrates for a few seconds: a hop from one foot to the other with the
// arms in the air.
func (d *Dancer) Cheer() {
	const beat = 420 * time.Millisecond
	cheer := posture{leftShoulder: 150, leftElbow: 20, rightShoulder: 150, rightElbow: 20, leftHip: 8, rightHip: 8}
	var moves []move
	for i := range 8 {
		goal := cheer
		side := float64(1 - 2*(i%2))
		goal[lean], goal[head], goal[shift] = 7*side, -4*side, 35*side
		goal[leftShoulder] += 14 * side
		goal[rightShoulder] -= 14 * side
		goal[squat] = 60
		at := time.Duration(i) * beat
		moves = append(moves, move{start: at, arrive: at + beat, goal: goal, sway: 0.3, smile: 1000})
	}
	d.puppet.order(append(moves, relax(8*beat))...)
}
