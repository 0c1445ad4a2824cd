package mannequin

import (
	"math"
	"reflect"
	"sync"
	"testing"

	"cutout/kinect"
)

func TestPlaysRepeat(t *testing.T) {
	for kind := range Kind(KindCount) {
		p, q := NewPlay(kind, 7), NewPlay(kind, 7)
		i := p.Len() / 2
		var a, b *Shot
		var both sync.WaitGroup
		both.Go(func() { p.Shot(0); a = p.Shot(i) })
		both.Go(func() { b = p.Shot(i) })
		both.Wait()
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(a, q.Shot(i)) {
			t.Errorf("%v: shot %d is not always the same", kind, i)
		}
		if want := uint32(i) * 2002155; a.Frame.Clock != want {
			t.Errorf("%v: shot %d at %d ticks, not %d", kind, i, a.Frame.Clock, want)
		}
	}
}

// TestMotionIsHuman follows the joints of all plays: none jumps. Joints are looked at
// without drawing.
func TestMotionIsHuman(t *testing.T) {
	for kind := range Kind(KindCount) {
		for seed := range uint64(6) {
			p := NewPlay(kind, seed).(*play)
			for n, m := range p.movers {
				b := &p.set.figures[n].build
				var before *skeleton
				for i := range p.length {
					q := m.posture(float64(i) * frameTicks / kinect.ClockHz)
					k := b.pose(&q)
					for s := range 2 {
						if before == nil {
							continue
						}
						for _, moved := range []float64{
							k.wrist[s].minus(before.wrist[s]).len(), k.elbow[s].minus(before.elbow[s]).len(),
							k.knee[s].minus(before.knee[s]).len(), k.ankle[s].minus(before.ankle[s]).len(),
						} {
							// 6 m/s is a blow.
							if moved > 6.0/30 {
								t.Errorf("%v %d: a joint of person %d moved %.0f mm before frame %d", kind, seed, n+1, 1000*moved, i)
							}
						}
					}
					before = k
				}
			}
		}
	}
}

// TestGesturesAreMade counts the gestures of the plays that are about one: each is made
// five times, and no other is meant.
func TestGesturesAreMade(t *testing.T) {
	for kind := PlayHandsUp; kind < KindCount; kind++ {
		for seed := range uint64(4) {
			p := NewPlay(kind, seed).(*play)
			made := len(p.events)
			if made == 0 {
				made = holds(p, kind.Gesture())
			}
			if made < 5 {
				t.Errorf("%v %d: made %d times", kind, seed, made)
			}
			for _, e := range p.events {
				if e.gesture != kind.Gesture() || e.frame >= p.length || !p.Shot(e.frame).People[e.who].Gestures.Has(e.gesture) {
					t.Errorf("%v %d: frame %d does not have it", kind, seed, e.frame)
				}
			}
		}
	}
}

// holds is how often a gesture begins to be held for at least half a second.
func holds(p *play, g kinect.Gestures) int {
	times, run := 0, 0
	for i := range p.length {
		q := p.movers[0].posture(float64(i) * frameTicks / kinect.ClockHz)
		b := &p.set.figures[0].build
		if !b.held(b.pose(&q)).Has(g) {
			run = 0
			continue
		}
		if run++; run == 15 {
			times++
		}
	}
	return times
}

// TestCrossersMeet: seen from the sensor two people change sides, the one behind
// vanishes for some frames, and those who cross with a gap never touch.
func TestCrossersMeet(t *testing.T) {
	for _, kind := range []Kind{Cross, CrossTouching} {
		for seed := range uint64(8) {
			p := NewPlay(kind, seed).(*play)
			first, last := p.Shot(0), p.Shot(p.Len()-1)
			side := func(s *Shot) bool {
				return s.People[0].Joints[kinect.Head].Place.X < s.People[1].Joints[kinect.Head].Place.X
			}
			if side(first) == side(last) {
				t.Errorf("%v %d: they did not cross", kind, seed)
			}
			nearest := math.Inf(1)
			for i := range p.length {
				nearest = min(nearest, apart(p, float64(i)*frameTicks/kinect.ClockHz))
			}
			if kind == Cross && nearest < 0.05 || kind == CrossTouching && nearest > 0.2 {
				t.Errorf("%v %d: they come as near as %.2f m", kind, seed, nearest)
			}
		}
	}
}

// apart is the distance between the nearest bones of the first two, less the flesh of a
// trunk and an arm.
func apart(p *play, t float64) float64 {
	var at [2][]vec
	for n := range at {
		q := p.movers[n].posture(t)
		k := p.set.figures[n].pose(&q)
		at[n] = []vec{k.head.at, k.neck, k.chest.at, k.pelvis.at}
		for s := range 2 {
			hand := k.hand[s].place(vec{y: p.set.figures[n].hand})
			for i := range 5 {
				u := float64(i) / 4
				at[n] = append(at[n], k.shoulder[s].to(k.elbow[s], u), k.elbow[s].to(k.wrist[s], u), k.wrist[s].to(hand, u),
					k.hip[s].to(k.knee[s], u), k.knee[s].to(k.ankle[s], u), k.foot[s].place(vec{z: 0.2 * u}))
			}
		}
	}
	near := math.Inf(1)
	for _, a := range at[0] {
		for _, b := range at[1] {
			near = min(near, a.minus(b).len())
		}
	}
	return near - 0.16
}

// TestPartiesAreParties counts people.
func TestPartiesAreParties(t *testing.T) {
	for seed := range uint64(5) {
		if n := len(NewPlay(Party, seed).Shot(0).People); n < 3 || n > 6 {
			t.Errorf("party %d of %d", seed, n)
		}
	}
}

// TestNobodyIsInAWall: rooms are as wide and deep as people go.
func TestNobodyIsInAWall(t *testing.T) {
	for kind := range Kind(KindCount) {
		for seed := range uint64(8) {
			p := NewPlay(kind, seed).(*play)
			r := &p.set.room
			for i := 0; i < p.length; i += 10 {
				for n, m := range p.movers {
					at := upright(vec{}, r.turn).local(m.posture(float64(i) * frameSeconds).root)
					if at.x < 0.4-r.left || at.x > r.right-0.4 || at.z < 0.25-r.back {
						t.Fatalf("%v %d: person %d is at %v in frame %d, walls at %.2f, %.2f, %.2f", kind, seed, n, at, i, r.left, r.right, r.back)
					}
				}
			}
		}
	}
}
