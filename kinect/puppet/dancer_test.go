package puppet

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"cutout/kinect"
)

// dance lets a dancer of that skill try a wall, and returns how it stands at impact.
func dance(skill float64, seed uint64, pose kinect.Pose, in time.Duration) posture {
	m := newMover(seed)
	random := rand.New(rand.NewPCG(seed, 1))
	moves := attempt(random, skill, pose, in)
	const now = time.Second
	for i := range moves {
		moves[i].start += now
		moves[i].arrive += now
	}
	m.order(now, moves...)
	for at := now; at < now+in; at += framePace {
		m.at(at)
	}
	p, _ := m.at(now + in)
	return p
}

func TestSkilledDancerStrikesThePoseExactly(t *testing.T) {
	for _, in := range []time.Duration{5 * time.Second, 3 * time.Second, 2 * time.Second} {
		for seed := range uint64(20) {
			if got := dance(1, seed, striking, in); got != postureOf(striking) {
				t.Fatalf("seed %d: with %v to go the dancer stands %v", seed, in, got)
			}
		}
	}
}

func TestSkilledDancerFillsTheHole(t *testing.T) {
	p := New(Options{Room: parlour()})
	defer p.Close()
	f := p.figure
	at := dance(1, 3, striking, 3*time.Second)
	r := newRenderer(p.options.Room)
	r.stand(&f, at)
	f.Pose = striking
	if want := Render(f, p.options.Room, 1).Truth; *r.truth() != *want {
		t.Error("the silhouette at impact is not that of the pose")
	}
}

func TestSkillMakesDancersBetter(t *testing.T) {
	off := func(skill float64) float64 {
		var sum float64
		for seed := range uint64(60) {
			p := dance(skill, seed, striking, 3*time.Second)
			for i := range p {
				sum += math.Abs(p[i]-postureOf(striking)[i]) / topSpeed[i]
			}
		}
		return sum / 60
	}
	last := math.Inf(1)
	for _, skill := range []float64{0, 0.3, 0.6, 0.9, 1} {
		got := off(skill)
		t.Logf("skill %.1f is off by %.3f", skill, got)
		if got >= last {
			t.Errorf("skill %.1f is off by %.3f, less skill by %.3f", skill, got, last)
		}
		last = got
	}
	if last != 0 {
		t.Errorf("full skill is off by %.3f", last)
	}
}

func TestDancerRelaxesAfterTheWall(t *testing.T) {
	p := New(Options{Room: &Room{}})
	defer p.Close()
	d := NewDancer(p, 1, 1)
	d.Wall(striking, 2*time.Second)
	before := len(p.mover.later)
	p.mover.at(time.Second)
	d.Wall(striking, 2*time.Second) // again: nothing changes
	if p.mover.now.goal != postureOf(striking) || before != 2 {
		t.Fatalf("the dancer does not go for the pose: %+v", p.mover.now)
	}
	if got, _ := p.mover.at(6 * time.Second); math.Abs(got[leftShoulder]-ease[leftShoulder]) > 10 {
		t.Errorf("four seconds after the wall the dancer stands %v", got)
	}
	d.Cheer()
	d.Ready()
	d.Rest()
}

func TestDancerWithoutTime(t *testing.T) {
	for seed := range uint64(50) {
		for _, in := range []time.Duration{-time.Second, 0, time.Millisecond, 100 * time.Millisecond} {
			moves := attempt(rand.New(rand.NewPCG(seed, 2)), 0, striking, in)
			if moves[0].arrive < moves[0].start || moves[1].start < moves[0].arrive {
				t.Fatalf("with %v to go the moves are %+v", in, moves)
			}
		}
	}
}
