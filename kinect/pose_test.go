package kinect_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"cutout/kinect"
)

func poses() *rapid.Generator[kinect.Pose] {
	return rapid.Custom(func(t *rapid.T) kinect.Pose {
		a := func(name string, low, high int16) int16 { return rapid.Int16Range(low, high).Draw(t, name) }
		return kinect.Pose{
			Lean: a("lean", -40, 40), Head: a("head", -40, 40),
			LeftShoulder: a("ls", -90, 200), LeftElbow: a("le", -160, 160),
			RightShoulder: a("rs", -90, 200), RightElbow: a("re", -160, 160),
			LeftHip: a("lh", -30, 120), LeftKnee: a("lk", -120, 120),
			RightHip: a("rh", -30, 120), RightKnee: a("rk", -120, 120),
			Squat: a("squat", 0, 1000), Shift: a("shift", -300, 300),
		}
	})
}

// joints lists a skeleton's points, the left ones beside their right ones.
func joints(s kinect.Skeleton) (middle []kinect.Point, left, right []kinect.Point) {
	return []kinect.Point{s.Head, s.Neck, s.Pelvis},
		[]kinect.Point{s.LeftShoulder, s.LeftElbow, s.LeftHand, s.LeftHip, s.LeftKnee, s.LeftAnkle, s.LeftToe},
		[]kinect.Point{s.RightShoulder, s.RightElbow, s.RightHand, s.RightHip, s.RightKnee, s.RightAnkle, s.RightToe}
}

func TestMirror(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := poses().Draw(t, "pose")
		if p.Mirror().Mirror() != p {
			t.Fatal("a mirrored mirror image differs")
		}
		middle, left, right := joints(p.Skeleton())
		mMiddle, mLeft, mRight := joints(p.Mirror().Skeleton())
		same := func(a, b []kinect.Point) {
			for i := range a {
				if a[i].X != -b[i].X || a[i].Y != b[i].Y || a[i].Z != b[i].Z {
					t.Fatalf("%+v is mirrored as %+v", a[i], b[i])
				}
			}
		}
		same(middle, mMiddle)
		same(left, mRight)
		same(right, mLeft)
	})
}

func TestTowards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := poses().Draw(t, "p"), poses().Draw(t, "q")
		if p.Towards(q, 0) != p || p.Towards(q, 1000) != q {
			t.Fatal("the ends differ")
		}
		at := rapid.IntRange(0, 1000).Draw(t, "t")
		m := p.Towards(q, at)
		for _, v := range [][3]int16{{p.Lean, m.Lean, q.Lean}, {p.RightKnee, m.RightKnee, q.RightKnee}, {p.Squat, m.Squat, q.Squat}, {p.Shift, m.Shift, q.Shift}} {
			if v[1] < min(v[0], v[2]) || v[1] > max(v[0], v[2]) {
				t.Fatalf("%d lies outside %d..%d", v[1], v[0], v[2])
			}
		}
	})
}

// TestSkeletonStands: the lower foot is on the floor, shift moves everything alike,
// and bones keep their lengths.
func TestSkeletonStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := poses().Draw(t, "pose")
		s := p.Skeleton()
		if low := min(s.LeftAnkle.Y, s.RightAnkle.Y); low != 390 {
			t.Fatalf("the lower ankle is %d above the floor", low)
		}
		length := func(a, b kinect.Point) float64 { return math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)) }
		for name, bone := range map[string]struct {
			a, b kinect.Point
			want float64
		}{
			"left upper arm": {s.LeftShoulder, s.LeftElbow, 1720}, "right upper arm": {s.RightShoulder, s.RightElbow, 1720},
			"left forearm": {s.LeftElbow, s.LeftHand, 1950}, "right forearm": {s.RightElbow, s.RightHand, 1950},
			"shoulders": {s.LeftShoulder, s.RightShoulder, 2300}, "hips": {s.LeftHip, s.RightHip, 1120},
		} {
			if got := length(bone.a, bone.b); math.Abs(got-bone.want) > 4 {
				t.Fatalf("%s is %.0f long, want %.0f", name, got, bone.want)
			}
		}
		still := p
		still.Shift = 0
		a, _, _ := joints(s)
		b, _, _ := joints(still.Skeleton())
		for i := range a {
			if a[i].X-b[i].X != int(p.Shift)*kinect.Span/1000 || a[i].Y != b[i].Y {
				t.Fatalf("shift %d moves %+v to %+v", p.Shift, b[i], a[i])
			}
		}
	})
}

// TestStanding pins what the angles mean.
func TestStanding(t *testing.T) {
	s := kinect.Pose{}.Skeleton()
	top := 0
	for _, l := range limbs(s) {
		top = max(top, l.From.Y+l.FromRadius, l.To.Y+l.ToRadius)
	}
	if top < kinect.Span*95/100 || top > kinect.Span*102/100 {
		t.Errorf("a standing body is %d high, want about %d", top, kinect.Span)
	}
	if !(s.LeftShoulder.X > 0 && s.RightShoulder.X < 0 && s.LeftHand.Y < s.LeftElbow.Y && s.LeftElbow.Y < s.LeftShoulder.Y) {
		t.Errorf("standing: %+v", s)
	}
	up := kinect.Pose{LeftShoulder: 180, RightShoulder: 90}.Skeleton()
	if up.LeftHand.Y <= up.Head.Y || abs(up.LeftHand.X-up.LeftShoulder.X) > 2 {
		t.Errorf("a raised left hand is at %+v", up.LeftHand)
	}
	if abs(up.RightHand.Y-up.RightShoulder.Y) > 2 || up.RightHand.X >= up.RightShoulder.X {
		t.Errorf("a right arm held out ends at %+v", up.RightHand)
	}
	if lean := (kinect.Pose{Lean: 30}).Skeleton(); lean.Head.X <= 0 {
		t.Errorf("leaning to the left brings the head to %+v", lean.Head)
	}
	squat := kinect.Pose{Squat: 500}.Skeleton()
	if squat.Head.Y >= s.Head.Y || squat.LeftKnee.Z <= 0 {
		t.Errorf("squatting: head %+v, knee %+v", squat.Head, squat.LeftKnee)
	}
}

func limbs(s kinect.Skeleton) []kinect.Limb { return s.Limbs() }

func abs(v int) int { return max(v, -v) }

// TestLimbs: the body hangs together, and none of it is below the floor when it
// stands.
func TestLimbs(t *testing.T) {
	s := kinect.Pose{}.Skeleton()
	parts := map[kinect.Part]int{}
	for _, l := range s.Limbs() {
		parts[l.Part]++
		if l.FromRadius <= 0 || l.ToRadius <= 0 {
			t.Errorf("%+v has no thickness", l)
		}
		if l.From.Y-l.FromRadius < 0 || l.To.Y-l.ToRadius < 0 {
			t.Errorf("%+v reaches below the floor", l)
		}
	}
	for part, want := range map[kinect.Part]int{
		kinect.PartHead: 1, kinect.PartNeck: 1, kinect.PartUpperArm: 2, kinect.PartForearm: 2, kinect.PartHand: 2,
		kinect.PartThigh: 2, kinect.PartShin: 2, kinect.PartFoot: 2,
	} {
		if parts[part] != want {
			t.Errorf("%d limbs of part %d, want %d", parts[part], part, want)
		}
	}
}

func TestSinCos(t *testing.T) {
	for d := -1000; d <= 1000; d++ {
		r := float64(d) * math.Pi / 180
		if math.Abs(float64(kinect.Sin(d))-math.Sin(r)*kinect.One) > 0.51 || math.Abs(float64(kinect.Cos(d))-math.Cos(r)*kinect.One) > 0.51 {
			t.Errorf("%d degrees: %d, %d; want %.1f, %.1f", d, kinect.Sin(d), kinect.Cos(d), math.Sin(r)*kinect.One, math.Cos(r)*kinect.One)
		}
	}
}
