package mannequin

import (
	"math"

	"cutout/kinect"
)

// A Play is a sequence of shots, 30 a second. Shots may be asked for in any order and
// by any number of goroutines.
type Play interface {
	// Len is how many shots there are.
	Len() int
	// Shot is shot i, 0 <= i < Len. The same i gives the same shot.
	Shot(i int) *Shot
}

// Kind is what happens in a Play.
type Kind uint8

// The kinds of play.
const (
	// Dance is one player at lively game poses, at human speeds.
	Dance Kind = iota
	// Cross is two people who pass each other with a gap between them, the one behind
	// vanishing behind the one in front.
	Cross
	// CrossTouching is the same, brushing against each other.
	CrossTouching
	// Stillness is one person who stands still, a hand held out.
	Stillness
	// Party is three to six people.
	Party
	// Sofa is a player, and somebody who sits behind.
	Sofa
	// Walkby is a player, and somebody who walks through the picture.
	Walkby
	// PlayHandsUp and the following have one person make one gesture several times,
	// with other poses between.
	PlayHandsUp
	PlayTPose
	PlayArmsCrossed
	PlayHandOverMouth
	PlayWave
	PlaySwipeLeft
	PlaySwipeRight
	// KindCount is how many kinds there are.
	KindCount = iota
)

var kindNames = [KindCount]string{
	"dance", "cross", "cross_touching", "stillness", "party", "sofa", "walkby",
	"hands_up", "t_pose", "arms_crossed", "hand_over_mouth", "wave", "swipe_left", "swipe_right",
}

// String is the kind's name, such as "cross_touching".
func (k Kind) String() string {
	if int(k) >= KindCount {
		return "unknown"
	}
	return kindNames[k]
}

// Gesture is the gesture that a play of this kind is about; 0 for the others.
func (k Kind) Gesture() kinect.Gestures {
	if k < PlayHandsUp || k > PlaySwipeRight {
		return 0
	}
	return 1 << (k - PlayHandsUp)
}

// NewPlay makes up a sequence; the same kind and seed make the same one. A Kind that
// there is not is a Dance.
func NewPlay(kind Kind, seed uint64) Play {
	d := newDice(seed, 0x706c6179+uint64(kind))
	p := &play{set: newSet(d)}
	p.set.sensor.cut = false
	p.set.sensor.lossy = 0.01
	switch kind {
	case Cross, CrossTouching:
		p.crossing(d, kind == CrossTouching)
	case Stillness:
		p.stillness(d)
	case Party:
		p.party(d)
	case Sofa:
		p.sofa(d)
	case Walkby:
		p.walkby(d)
	default:
		p.alone(d, kind)
	}
	p.set.paint()
	return p
}

// A play is a set on which everybody moves in some way. It never changes once made.
type play struct {
	set    *set
	length int
	movers []mover
	events []event
}

// An event is a gesture that person who completes in a frame.
type event struct {
	frame, who int
	gesture    kinect.Gestures
}

func (p *play) Len() int { return p.length }

func (p *play) Shot(i int) *Shot {
	t := float64(i) * frameTicks / kinect.ClockHz
	postures := make([]posture, len(p.movers))
	for n, m := range p.movers {
		postures[n] = m.posture(t)
	}
	shot := p.set.shoot(postures, i)
	for _, e := range p.events {
		if e.frame == i {
			shot.People[e.who].Gestures |= e.gesture
		}
	}
	return shot
}

// frameAt is the first frame at or after a time.
func frameAt(t float64) int { return int(math.Ceil(t * kinect.ClockHz / frameTicks)) }

// enter has somebody play a part.
func (p *play) enter(f *figure, m mover) {
	p.set.figures = append(p.set.figures, f)
	p.movers = append(p.movers, m)
}

// build puts up the sensor and the room: people stand up to far away, and on pitches.
func (p *play) build(d dice, far float64, taken []pitch) {
	s := p.set
	// So that people at a usual distance are whole in the picture if that can be.
	pitch := math.Atan2(0.85-s.height, far)/degree + d.around(0, 2.5)
	for i, m := range p.movers {
		// The picture reaches 22.6 degrees up; heads come before feet.
		f, at := s.figures[i], m.posture(0).root
		pitch = max(pitch, math.Atan2(f.height+0.06-s.height, -at.z)/degree-21)
	}
	s.eye = newEye(s.height, clamp(pitch, -27, 27)*degree, d.around(0, 0.8)*degree)
	s.room = newRoom(d, far+0.5)
	for t := 0.0; t <= frameSeconds*float64(p.length); t += 0.2 {
		for i, m := range p.movers {
			s.room.enclose(m.posture(t).root, armSpan/2*s.figures[i].height)
		}
	}
	s.room.furnish(d, taken)
}

// armSpan is how far apart fingertips reach, as a share of the height, with something
// to spare (Winter, figure 4.1: 1.03 with hands); frameSeconds is how long a frame lasts.
const (
	armSpan      = 1.2
	frameSeconds = float64(frameTicks) / kinect.ClockHz
)

// somebody is a person in clothes.
func somebody(d dice) *figure {
	b := newBuild(d)
	return &figure{build: b, dress: newDress(d, &b)}
}

// alone is one player who dances, or makes one gesture again and again.
func (p *play) alone(d dice, kind Kind) {
	f := somebody(d)
	far := d.between(max(1.3, f.height*1.05), 3.6)
	at := vec{x: d.around(0, 0.15) * far, z: -far}
	var m *motion
	if g := kind.Gesture(); g != 0 {
		m = newGesturing(d, &f.build, at, g, p)
	} else {
		m = newDance(d, &f.build, at, 20, 0.35)
	}
	p.enter(f, m)
	p.length = frameAt(m.end())
	p.build(d, far+0.3, []pitch{{at, 1}})
}

// stillness is one who holds out a hand at two metres and does not move.
func (p *play) stillness(d dice) {
	f := somebody(d)
	at := vec{x: d.around(0, 0.2), z: -2}
	b := &f.build
	q := standing(d, b, at)
	s := d.IntN(2)
	q.arms[s] = armPosture{wrist: vec{d.between(-0.1, 0.5), d.between(-0.1, 0.4), d.between(0.5, 0.8)}, swivel: 0.1}
	b.showPalm(&q, s)
	p.enter(f, &motion{keys: []key{{0, q}}})
	p.length = 150
	p.build(d, 2.2, []pitch{{at, 1}})
}

// party is three to six who dance, each at a place of their own.
func (p *play) party(d dice) {
	n := 3 + d.IntN(4)
	var taken []pitch
	for try := range 300 {
		if len(taken) == n {
			break
		}
		z := d.between(1.7, 3.9)
		at := vec{x: d.between(-0.42, 0.42) * z, z: -z}
		// Rather beside than behind each other.
		if crowded(at, taken, 0.75) || try < 150 && eclipsed(at, taken, 0.16) {
			continue
		}
		taken = append(taken, pitch{at, 0.5})
		f := somebody(d)
		p.enter(f, newDance(d, &f.build, at, 8, 0.05))
	}
	p.length = 210
	p.build(d, 4, taken)
}

// crowded says whether one of the others stands nearer than near.
func crowded(at vec, taken []pitch, near float64) bool {
	for _, t := range taken {
		if math.Hypot(at.x-t.at.x, at.z-t.at.z) < near {
			return true
		}
	}
	return false
}

// eclipsed says whether one of the others is seen in nearly the same direction.
func eclipsed(at vec, taken []pitch, apart float64) bool {
	for _, t := range taken {
		if math.Abs(at.x/at.z-t.at.x/t.at.z) < apart {
			return true
		}
	}
	return false
}

// sofa is a player with somebody sitting behind.
func (p *play) sofa(d dice) {
	f := somebody(d)
	far := d.between(1.6, 2.4)
	at := vec{x: d.around(0, 0.2), z: -far}
	m := newDance(d, &f.build, at, 8, 0.1)
	p.enter(f, m)
	g := somebody(d)
	back := far + d.between(0.9, 1.6)
	seat := vec{x: d.sign() * d.between(0.2, 0.4) * back, z: -back}
	rest := standing(d, &g.build, seat)
	rest.heading = math.Atan2(-seat.x, -seat.z) + d.around(0, 0.2)
	high := g.sit(d, &rest)
	p.enter(g, newResting(d, &g.build, rest, m.end()))
	p.length = frameAt(m.end())
	p.build(d, -seat.z, []pitch{{at, 0.8}, {seat, 0.8}})
	p.set.room.seat(d, seat, rest.heading, high)
}
