package puppet

import (
	"math"
	"math/rand/v2"
	"testing"

	"cutout/kinect"
)

// reached is where the hands end up, as aims.
func reached(p posture) (left, right Aim) {
	s := p.skeleton()
	rest := kinect.Pose{}.Skeleton()
	half := length(rest.LeftShoulder, rest.RightShoulder) / 2
	unit := half + length(rest.LeftShoulder, rest.LeftElbow) + length(rest.LeftElbow, rest.LeftHand)
	mx, my := float64(s.LeftShoulder.X+s.RightShoulder.X)/2, float64(s.LeftShoulder.Y+s.RightShoulder.Y)/2
	aim := func(h kinect.Point) Aim { return Aim{(float64(h.X) - mx) / unit, (float64(h.Y) - my) / unit, true} }
	return aim(s.LeftHand), aim(s.RightHand)
}

func TestHandsGoWhereTheyAim(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	var d driver
	for range 500 {
		// Places within reach even when leaning, not across the body.
		place := func(side float64) Aim {
			a, r := random.Float64()*math.Pi, 0.25+random.Float64()*0.38
			return Aim{side * (0.24 + r*math.Sin(a)), -r * math.Cos(a), true}
		}
		c := Controls{LeftHand: place(1), RightHand: place(-1), Lean: random.Float64()*2 - 1}
		p := d.posture(c)
		left, right := reached(p)
		for _, pair := range [][2]Aim{{c.LeftHand, left}, {c.RightHand, right}} {
			want, got := pair[0], pair[1]
			if off := math.Hypot(want.X-got.X, want.Y-got.Y); off > 0.02 {
				t.Fatalf("a hand that aims at %+v gets to %+v (%+v)", want, got, p)
			}
		}
	}
}

func TestSteeringKeepsToHumanLimits(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	var d driver
	wild := func() float64 {
		switch random.IntN(6) {
		case 0:
			return math.NaN()
		case 1:
			return math.Inf(1 - 2*random.IntN(2))
		}
		return random.NormFloat64() * 2
	}
	for range 2000 {
		p := d.posture(Controls{
			LeftHand: Aim{wild(), wild(), random.IntN(2) == 0}, RightHand: Aim{wild(), wild(), random.IntN(2) == 0},
			Lean: wild(), Crouch: wild(), Step: wild(), LeftLeg: wild(), RightLeg: wild(), HandsUp: random.IntN(5) == 0,
		})
		for i, v := range p {
			if !(v >= limits[i][0] && v <= limits[i][1]) {
				t.Fatalf("angle %d is %v, limits are %v", i, v, limits[i])
			}
		}
	}
}

func TestNoControlsStandAtEase(t *testing.T) {
	var d driver
	if got := d.posture(Controls{}); got != ease {
		t.Errorf("without controls the puppet stands %v", got)
	}
}

func TestControlsMoveTheirPart(t *testing.T) {
	var d driver
	up := d.posture(Controls{HandsUp: true}).skeleton()
	if up.LeftHand.Y < up.Head.Y || up.RightHand.Y < up.Head.Y {
		t.Error("HandsUp leaves a hand below the head")
	}
	if p := d.posture(Controls{Step: 1, Crouch: 1, Lean: -1}); p[shift] <= 0 || p[squat] <= 0 || p[lean] >= 0 {
		t.Errorf("step, crouch and lean give %v", p)
	}
	if p := d.posture(Controls{LeftLeg: 1}); p[leftHip] < 40 || p[rightHip] > 10 {
		t.Errorf("the left leg gives %v", p)
	}
}

func TestElbowsDoNotFlip(t *testing.T) {
	var d driver
	last := d.posture(Controls{LeftHand: Aim{0.6, 0.02, true}})
	flips := 0
	for i := range 200 {
		jitter := 0.02 * float64(1-2*(i%2))
		p := d.posture(Controls{LeftHand: Aim{0.6, -0.2 + jitter, true}})
		if i > 0 && p[leftElbow]*last[leftElbow] < 0 {
			flips++
		}
		last = p
	}
	if flips > 1 {
		t.Errorf("the elbow flips %d times", flips)
	}
}
