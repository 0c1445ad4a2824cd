package puppet

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"cutout/kinect"
)

var striking = kinect.Pose{
	Lean: 10, Head: -4, LeftShoulder: 130, LeftElbow: 30, RightShoulder: 60, RightElbow: -70,
	LeftHip: 35, LeftKnee: -25, RightHip: 4, Squat: 150, Shift: 120,
}

func TestPostureOfWholeUnitsIsThePose(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var a [numAngles]int16
		for i, l := range limits {
			a[i] = int16(l[0] + random.Float64()*(l[1]-l[0]))
		}
		p := poseOf(a)
		if got := postureOf(p).pose(); got != p {
			t.Fatalf("%+v comes back as %+v", p, got)
		}
		if got, want := postureOf(p).skeleton(), p.Skeleton(); got != want {
			t.Fatalf("the skeleton of %+v is %+v, want %+v", p, got, want)
		}
	}
}

func TestSkeletonMovesSmoothlyBetweenDegrees(t *testing.T) {
	p := postureOf(striking)
	last := p.skeleton()
	for range 400 {
		p[leftShoulder] += 0.05
		p[squat] += 0.3
		p[lean] -= 0.02
		next := p.skeleton()
		was, is := joints(&last), joints(&next)
		for j := range was {
			if d := length(*was[j], *is[j]); d > 12 {
				t.Fatalf("joint %d jumps by %.0f of %d at %v", j, d, kinect.Span, p)
			}
		}
		last = next
	}
}

// watch runs a mover in frames and checks that no joint is faster than a person.
func watch(t *testing.T, m *mover, from, to time.Duration) posture {
	t.Helper()
	last, _ := m.at(from)
	for at := from + framePace; at <= to; at += framePace {
		p, _ := m.at(at)
		for i := range p {
			// A move that cuts into another may start with its speed and still speed up.
			most := 1.6*topSpeed[i]*framePace.Seconds() + 0.5
			if d := math.Abs(p[i] - last[i]); d > most {
				t.Fatalf("at %v angle %d moves by %.1f in a frame, at most %.1f is human", at, i, d, most)
			}
		}
		last = p
	}
	p, _ := m.at(to)
	return p
}

func TestPerformArrivesAndHoldsStill(t *testing.T) {
	m := newMover(1)
	m.order(time.Second, perform(time.Second, 3*time.Second, striking))
	if got := watch(t, m, time.Second, 3*time.Second); got != postureOf(striking) {
		t.Errorf("at the arrival the posture is %v", got)
	}
	if got := watch(t, m, 3*time.Second, 9*time.Second); got != postureOf(striking) {
		t.Errorf("later the posture is %v", got)
	}
}

func TestPerformIsNoFasterThanAPerson(t *testing.T) {
	m := newMover(1)
	m.order(time.Second, perform(time.Second, time.Second+time.Millisecond, striking))
	early, _ := m.at(time.Second + 100*time.Millisecond)
	if early == postureOf(striking) {
		t.Error("a tenth of a second is enough for a whole pose")
	}
	if got := watch(t, m, time.Second, 4*time.Second); got != postureOf(striking) {
		t.Errorf("in the end the posture is %v", got)
	}
}

func TestOrdersMayCutIntoEachOther(t *testing.T) {
	m := newMover(2)
	random := rand.New(rand.NewPCG(1, 1))
	at := time.Second
	for range 60 {
		goal := striking
		if random.IntN(2) == 0 {
			goal = striking.Mirror()
		}
		m.order(at, perform(at, at+time.Duration(random.IntN(900))*time.Millisecond, goal))
		next := at + time.Duration(50+random.IntN(700))*time.Millisecond
		watch(t, m, at, next)
		at = next
	}
}

func TestIdleSwaysAndBlinksGently(t *testing.T) {
	m := newMover(3)
	var lo, hi posture
	shut := 0
	for n := range 900 {
		p, face := m.at(time.Duration(n) * framePace)
		for i := range p {
			lo[i], hi[i] = min(lo[i], p[i]-ease[i]), max(hi[i], p[i]-ease[i])
		}
		if face.Closed {
			shut++
		}
	}
	if hi[lean]-lo[lean] < 0.5 || hi[leftShoulder]-lo[leftShoulder] < 1 {
		t.Error("the puppet stands like a statue")
	}
	if hi[lean] > 3 || hi[leftShoulder] > 8 || lo[squat] < 0 {
		t.Errorf("the puppet sways too much: %v to %v", lo, hi)
	}
	if shut < 10 || shut > 90 {
		t.Errorf("the eyes are shut in %d of 900 frames", shut)
	}
}

func TestHandsUpGoesUpAndComesDown(t *testing.T) {
	p := New(Options{Room: &Room{}})
	defer p.Close()
	p.HandsUp(2 * time.Second)
	s := func(at time.Duration) kinect.Skeleton {
		now, _ := p.mover.at(at)
		return now.skeleton()
	}
	if up := s(1500 * time.Millisecond); up.LeftHand.Y < up.Head.Y || up.RightHand.Y < up.Head.Y {
		t.Error("the hands are not up after a second and a half")
	}
	if down := s(6 * time.Second); down.LeftHand.Y > down.LeftShoulder.Y || down.RightHand.Y > down.RightShoulder.Y {
		t.Error("the hands are still up after six seconds")
	}
}

func TestFollowerSettlesOnItsGoal(t *testing.T) {
	m := newMover(4)
	goal := postureOf(striking)
	m.follow(time.Second, goal, 500)
	watch(t, m, time.Second, 3*time.Second)
	p, _ := m.place(3 * time.Second)
	for i := range p {
		if math.Abs(p[i]-goal[i]) > 0.5 {
			t.Errorf("angle %d is %.2f two seconds later, want %.2f", i, p[i], goal[i])
		}
	}
	m.order(3*time.Second, relax(3*time.Second))
	watch(t, m, 3*time.Second, 5*time.Second)
	if m.live != nil {
		t.Error("another order does not end the steering")
	}
}
