package gesture_test

import (
	"math"
	"math/rand/v2"

	"cutout/kinect"
)

// The truth of these tests is made up: skeletons in three dimensions that dance or pose,
// seen by a sensor with the noise, gaps, outliers and exchanged hands of a tracker. The
// real frames with marked joints are single pictures and know no time.

type place = kinect.Place

func plus(a place, k float64, b place) place {
	return place{X: a.X + k*b.X, Y: a.Y + k*b.Y, Z: a.Z + k*b.Z}
}
func minus(a, b place) place { return plus(a, -1, b) }
func dot(a, b place) float64 { return a.X*b.X + a.Y*b.Y + a.Z*b.Z }
func length(a place) float64 { return math.Sqrt(dot(a, a)) }

// reach is where a hand is from its shoulder, in lengths of the arm: outwards, upwards,
// forwards.
type reach struct{ out, up, front float64 }

func (r reach) towards(q reach, t float64) reach {
	t = t * t * t * (10 - 15*t + 6*t*t) // as people move: smooth in speed and force
	return reach{r.out + (q.out-r.out)*t, r.up + (q.up-r.up)*t, r.front + (q.front-r.front)*t}
}

// A figure is somebody before the sensor. Angles are in radians.
type figure struct {
	height           float64
	x, z             float64 // metres beside the axis, and away
	yaw, lean, squat float64
	seated           bool
	hand             [2]reach // left, right
}

var (
	atEase  = reach{0.12, -0.97, 0.05}
	handsUp = reach{0.25, 0.9, 0.1}
	tPose   = reach{0.98, 0, 0.05}
	crossed = reach{-0.47, -0.25, 0.45}
	mouth   = reach{-0.313, 0.204, 0.2}
	pointed = reach{0.15, -0.05, 0.6}
)

// axes of a person who may have turned.
func (f *figure) axes() (right, up, front place) {
	up = place{Y: -1}
	right = place{X: -math.Cos(f.yaw), Z: -math.Sin(f.yaw)}
	front = place{X: math.Sin(f.yaw), Z: -math.Cos(f.yaw)}
	return right, up, front
}

// sensorHeight is how high the made-up sensor stands above the floor, m.
const sensorHeight = 0.9

// joints places the figure's joints in a level sensor's axes.
func (f *figure) joints() (j [kinect.JointCount]place) {
	right, up, front := f.axes()
	h := f.height
	hipHeight := 0.53 * h * (1 - 0.25*f.squat)
	if f.seated {
		hipHeight = 0.28 * h
	}
	hips := place{X: f.x, Y: sensorHeight - hipHeight, Z: f.z}
	spine := plus(plus(place{}, math.Cos(f.lean), up), math.Sin(f.lean), right)
	across := plus(plus(place{}, math.Cos(f.lean), right), -math.Sin(f.lean), up)
	middle := plus(hips, 0.288*h, spine)
	j[kinect.Neck], j[kinect.Head] = plus(middle, 0.026*h, spine), plus(middle, 0.117*h, spine)
	for i := range 2 {
		side := float64(2*i - 1)
		shoulder := plus(middle, side*0.115*h, across)
		hip := plus(hips, side*0.056*h, right)
		r := f.hand[i]
		arm := 0.367 * h
		hand := plus(plus(plus(shoulder, side*r.out*arm, right), r.up*arm, up), r.front*arm, front)
		hint := plus(plus(place{}, side*0.6, right), -0.8, up)
		elbow, hand := bend(shoulder, hand, hint, 0.172*h, 0.195*h)
		knee, foot := place{X: hip.X, Y: sensorHeight - 0.285*h, Z: hip.Z}, place{X: hip.X, Y: sensorHeight - 0.039*h, Z: hip.Z}
		knee = plus(knee, 0.2*h*f.squat, front)
		if f.seated {
			knee, foot = plus(knee, 0.24*h, front), plus(foot, 0.24*h, front)
		}
		for k, at := range map[kinect.JointName]place{
			kinect.LeftShoulder: shoulder, kinect.LeftElbow: elbow, kinect.LeftHand: hand,
			kinect.LeftHip: hip, kinect.LeftKnee: knee, kinect.LeftFoot: foot,
		} {
			j[int(k)+i] = at
		}
	}
	return j
}

// bend finds the elbow of an arm, and pulls in a hand that is out of reach.
func bend(shoulder, hand, hint place, upper, fore float64) (elbow, at place) {
	v := minus(hand, shoulder)
	d := max(0.05, length(v))
	if most := 0.99 * (upper + fore); d > most {
		v = plus(place{}, most/d, v)
		d = most
	}
	along := plus(place{}, 1/length(v), v)
	x := (d*d + upper*upper - fore*fore) / (2 * d)
	across := plus(hint, -dot(hint, along), along)
	across = plus(place{}, 1/max(1e-6, length(across)), across)
	elbow = plus(plus(shoulder, x, along), math.Sqrt(max(0, upper*upper-x*x)), across)
	return elbow, plus(shoulder, 1, v)
}

// A move is where the hands are at a phase, counted in beats.
type move func(beat float64) [2]reach

// swing goes from 0 to 1 and back once a beat, smoothly.
func swing(beat float64) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*beat) }

// both mirrors a way of one hand; turns gives the left the other half of the beat.
func both(f func(beat float64) reach) move {
	return func(b float64) [2]reach { return [2]reach{f(b), f(b)} }
}

func turns(f func(beat float64) reach) move {
	return func(b float64) [2]reach { return [2]reach{f(b + 0.5), f(b)} }
}

// one moves the left or the right hand, the other hangs or rests on the hip.
func one(hand int, rest reach, f func(beat float64) reach) move {
	return func(b float64) (r [2]reach) {
		r[1-hand], r[hand] = rest, f(b)
		return r
	}
}

// between swings between two places.
func between(a, b reach) func(float64) reach {
	return func(beat float64) reach {
		t := swing(beat)
		return reach{a.out + (b.out-a.out)*t, a.up + (b.up-a.up)*t, a.front + (b.front-a.front)*t}
	}
}

// looks are the gestures that a move of the list looks like, though it is only danced: an
// arm that sways over the head, and an arm that sweeps across before the body.
func looks(kind int) kinect.Gestures {
	switch kind {
	case 12:
		return kinect.Wave
	case 16, 17:
		return kinect.SwipeLeft | kinect.SwipeRight
	}
	return 0
}

// moves are what people do on a dance floor.
func moves(random *rand.Rand) []move {
	wild := func() reach {
		return reach{random.Float64()*1.5 - 0.5, random.Float64()*1.7 - 0.9, random.Float64()*0.9 - 0.1}
	}
	hip := reach{0.25, -0.6, 0.1}
	hand := random.IntN(2)
	circle := func(at reach, r float64) func(float64) reach {
		return func(b float64) reach {
			return reach{at.out + r*math.Cos(2*math.Pi*b), at.up + r*math.Sin(2*math.Pi*b), at.front}
		}
	}
	return []move{
		turns(between(reach{0.1, -0.6, 0.3}, reach{0.15, -0.1, 0.55})),                   // running arms
		both(between(reach{0.2, -0.5, 0.3}, reach{0.3, 0.85, 0.2})),                      // raise the roof
		both(between(reach{-0.1, 0.85, 0.1}, reach{0.5, 0.8, 0.1})),                      // sway overhead
		one(hand, hip, between(reach{-0.4, -0.7, 0.3}, reach{0.6, 0.75, 0.1})),           // disco point
		turns(between(reach{0, -0.25, 0.35}, reach{-0.1, -0.05, 0.95})),                  // punches
		both(between(reach{0.97, -0.1, 0}, reach{0.95, 0.2, 0})),                         // flying
		both(between(reach{0.9, 0, 0.2}, reach{-0.4, -0.2, 0.6})),                        // opening and closing
		both(between(reach{0.3, -0.2, 0.5}, reach{-0.3, -0.2, 0.55})),                    // clapping
		both(circle(reach{-0.25, -0.3, 0.5}, 0.15)),                                      // rolling
		both(func(float64) reach { return hip }),                                         // hands on hips
		both(between(reach{-0.1, 0.42, 0.0}, reach{0.0, 0.45, 0.05})),                    // hands on the head
		one(hand, reach{-0.2, -0.45, 0.35}, circle(reach{0.1, 0.85, 0.1}, 0.2)),          // lasso
		one(hand, atEase, between(reach{0.2, 0.7, 0.2}, reach{0.7, 0.6, 0.2})),           // one arm sways
		turns(between(reach{-0.35, 0.3, 0.3}, reach{0.8, 0.2, 0.3})),                     // before the face
		both(between(reach{-0.2, 0.1, 0.35}, reach{0.6, -0.3, 0.3})),                     // brushing the chest
		both(between(reach{0.45, -0.1, 0.1}, reach{0.55, 0.1, 0.1})),                     // chicken wings
		turns(between(reach{0.5, -0.2, 0.4}, reach{-0.5, -0.2, 0.5})),                    // sweeping across
		one(hand, atEase, between(reach{0.6, -0.2, 0.5}, reach{-0.45, -0.1, 0.6})),       // pushing air aside
		both(func(b float64) reach { return between(atEase, reach{0.5, -0.8, 0.2})(b) }), // arms hang
		turns(between(wild(), wild())), both(between(wild(), wild())), turns(between(wild(), wild())),
		func(b float64) [2]reach { return [2]reach{between(wild1, wild2)(b), between(wild3, wild1)(b * 0.5)} },
		one(hand, wild(), between(wild(), wild())),
	}
}

var wild1, wild2, wild3 = reach{0.7, 0.5, 0.3}, reach{-0.3, 0.6, 0.4}, reach{0.3, -0.7, 0.5}

// A dancer goes from move to move.
type dancer struct {
	figure
	random   *rand.Rand
	time     float64
	tempo    float64 // beats a second
	now, was move
	kind     int // of move
	looks    kinect.Gestures
	began    float64 // beats
	ends     float64
	home     [2]float64
	yawTo    float64
	swayBy   float64
	energy   float64 // how much the body moves along with the arms, 0.1 to 1
}

func newDancer(seed uint64) *dancer {
	d := &dancer{random: rand.New(rand.NewPCG(seed, 7))}
	d.height = 1.0 + d.random.Float64()
	d.home = [2]float64{d.random.Float64()*0.6 - 0.3, 1.8 + 1.9*d.random.Float64()}
	d.tempo = (90 + 50*d.random.Float64()) / 60
	d.x, d.z = d.home[0], d.home[1]
	d.next(0)
	d.was = d.now
	return d
}

func (d *dancer) next(beat float64) {
	list := moves(d.random)
	d.kind = d.random.IntN(len(list))
	d.was, d.now = d.now, list[d.kind]
	d.looks = looks(d.kind)
	if d.random.IntN(3) == 0 { // half the pace
		f := d.now
		d.now = func(b float64) [2]reach { return f(b / 2) }
	}
	d.began, d.ends = beat, beat+4+float64(d.random.IntN(5))
	d.yawTo = (d.random.Float64() - 0.5) * 1.4
	d.swayBy = 0.12 * d.random.Float64()
	d.energy = 0.1 + 0.9*d.random.Float64()
}

// step moves on to the time t, in seconds.
func (d *dancer) step(t float64) {
	dt := t - d.time
	d.time = t
	beat := t * d.tempo
	if beat > d.ends {
		d.next(beat)
	}
	a, b := d.was(beat), d.now(beat)
	blend := max(0, min(1, (beat-d.began)/0.8))
	for i := range d.hand {
		d.hand[i] = a[i].towards(b[i], blend)
	}
	d.yaw += (d.yawTo - d.yaw) * min(1, 2*dt)
	d.lean = 0.12 * d.energy * math.Sin(math.Pi*beat)
	d.squat = 0.15 * d.energy * swing(beat)
	d.x = d.home[0] + d.energy*d.swayBy*math.Sin(math.Pi*beat)
	d.z = d.home[1] + 0.1*math.Sin(beat/5)
}

// clock is the sensor's time of frame i.
func clock(i int) uint32 { return uint32(uint64(i) * 2_002_000) }

// seconds is the time of frame i.
func seconds(i int) float64 { return float64(i) * 1001 / 30000 }
