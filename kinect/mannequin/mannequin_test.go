package mannequin

import (
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const manySeeds = 60

func TestSameSeedSameShot(t *testing.T) {
	for seed := range uint64(5) {
		shots := make([]*Shot, 3)
		var all sync.WaitGroup
		for i := range shots {
			all.Go(func() { shots[i] = Still(seed) })
		}
		all.Wait()
		for _, s := range shots[1:] {
			if !reflect.DeepEqual(s, shots[0]) {
				t.Errorf("seed %d gave two shots", seed)
			}
		}
		if reflect.DeepEqual(shots[0].Codes, Still(seed+100).Codes) {
			t.Errorf("seeds %d and %d gave the same shot", seed, seed+100)
		}
	}
}

// TestTruthHolds looks at many shots: parts only where masks are, masks of different
// people apart, seen joints on their own mask, depth as codes say.
func TestTruthHolds(t *testing.T) {
	l := glass()
	for seed := range uint64(manySeeds) {
		s := Still(seed)
		for i, p := range s.Parts {
			x, y := i%kinect.Width, i/kinect.Width
			owners := 0
			for n := range s.People {
				if s.People[n].Mask.At(x, y) {
					owners++
				}
			}
			if (p != NoPart) != (owners == 1) || owners > 1 {
				t.Fatalf("seed %d: pixel %d,%d shows %v and belongs to %d people", seed, x, y, p, owners)
			}
			if s.Frame.Depth[i] != l.millimetres[s.Codes[i]] {
				t.Fatalf("seed %d: code %d became %d mm", seed, s.Codes[i], s.Frame.Depth[i])
			}
		}
		for n := range s.People {
			checkJoints(t, seed, s, n)
		}
		if d := s.Up.X*s.Up.X + s.Up.Y*s.Up.Y + s.Up.Z*s.Up.Z; math.Abs(d-1) > 1e-9 || s.Up.Y > -0.85 {
			t.Errorf("seed %d: up is %v", seed, s.Up)
		}
	}
}

// TestMillimetres compares with what a driver makes of the same codes.
func TestMillimetres(t *testing.T) {
	for code, mm := range glass().millimetres {
		want := raw.Distance(kinect.DefaultCalibration(), uint16(code))
		if want < 1000*nearest || code > lastCode {
			want = kinect.NoReading
		}
		if mm != want {
			t.Errorf("code %d is %d mm, not %d", code, mm, want)
		}
	}
}

func checkJoints(t *testing.T, seed uint64, s *Shot, n int) {
	t.Helper()
	p := &s.People[n]
	if p.ID != n+1 || p.Height < 0.95 || p.Height > 2.1 {
		t.Errorf("seed %d: person %d is %.2f m tall", seed, p.ID, p.Height)
	}
	for name, j := range p.Joints {
		inside := uint(j.X) < kinect.Width && uint(j.Y) < kinect.Height
		switch j.Sight {
		case kinect.Seen:
			near := false // the outline is ragged
			for d := range 25 {
				near = near || p.Mask.At(j.X+d%5-2, j.Y+d/5-2)
			}
			if !near {
				t.Errorf("seed %d: %v of person %d is seen at %d,%d, beside the mask", seed, kinect.JointName(name), p.ID, j.X, j.Y)
			}
		case kinect.Hidden:
			if !inside {
				t.Errorf("seed %d: %v of person %d is hidden out of view", seed, kinect.JointName(name), p.ID)
			}
		case kinect.OutOfView:
			if inside && j.Place.Z > 0.05 {
				t.Errorf("seed %d: %v of person %d is out of view at %d,%d", seed, kinect.JointName(name), p.ID, j.X, j.Y)
			}
			continue
		default:
			t.Errorf("seed %d: %v of person %d has no sight", seed, kinect.JointName(name), p.ID)
		}
		if q := kinect.DefaultCalibration().Place(float64(j.X), float64(j.Y), j.Depth); math.Abs(q.X-j.Place.X) > 0.01 || math.Abs(q.Y-j.Place.Y) > 0.01 {
			t.Errorf("seed %d: %v lies at %v and is said to be at %v", seed, kinect.JointName(name), q, j.Place)
		}
	}
}

// TestJointsLieInside compares seen joints with the depth at their pixel where that
// shows their limb: the surface lies before the centre, by no more than a thick body's
// radius.
func TestJointsLieInside(t *testing.T) {
	seen, outside := 0, 0
	for seed := range uint64(manySeeds) {
		s := Still(seed)
		for n := range s.People {
			for name, j := range s.People[n].Joints {
				if j.Sight != kinect.Seen {
					continue
				}
				mm := s.Frame.Depth[j.Y*kinect.Width+j.X]
				if part := s.Parts[j.Y*kinect.Width+j.X]; mm == 0 || part == NoPart || !slices.Contains(limbs[name].parts[:], part) {
					continue
				}
				seen++
				if before := int(j.Depth) - int(mm); before < -25 || before > 260 {
					outside++
				}
			}
		}
	}
	if seen < 300 || outside*100 > seen {
		t.Errorf("%d of %d seen joints are not inside their limb", outside, seen)
	}
}

// TestLeftIsLeft has somebody stand before the sensor with the arms out: the left hand
// is at the right of the picture, and so are all left parts.
func TestLeftIsLeft(t *testing.T) {
	play := NewPlay(PlayTPose, 1)
	for i := range play.Len() {
		s := play.Shot(i)
		p := &s.People[0]
		if !p.Gestures.Has(kinect.TPose) {
			continue
		}
		if p.Joints[kinect.LeftHand].X <= p.Joints[kinect.RightHand].X || p.Joints[kinect.LeftHip].X <= p.Joints[kinect.RightHip].X {
			t.Errorf("left hand at %d, right hand at %d", p.Joints[kinect.LeftHand].X, p.Joints[kinect.RightHand].X)
		}
		var sum, count [PartCount]int
		for i, part := range s.Parts {
			sum[part] += i % kinect.Width
			count[part]++
		}
		for part := LeftUpperTorso; part < PartCount; part += 2 {
			if count[part] > 0 && count[part+1] > 0 && sum[part]/count[part] <= sum[part+1]/count[part+1] {
				t.Errorf("%v lies left of %v in the picture", part, part+1)
			}
		}
		return
	}
	t.Error("nobody made a T")
}

// TestStillsAreMany counts what a training set must have enough of.
func TestStillsAreMany(t *testing.T) {
	var parts [PartCount]int
	var hidden, out, several, cut, small int
	const n = 150
	for seed := range uint64(n) {
		s := Still(seed)
		var here [PartCount]bool
		room := false
		for i, p := range s.Parts {
			here[p] = true
			room = room || p == NoPart && s.Codes[i] != kinect.NoDisparity
		}
		for p, is := range here {
			if is {
				parts[p]++
			}
		}
		if !room {
			cut++
		}
		if len(s.People) > 1 {
			several++
		}
		for _, p := range s.People {
			if p.Height < 1.4 {
				small++
			}
			for _, j := range p.Joints {
				switch j.Sight {
				case kinect.Hidden:
					hidden++
				case kinect.OutOfView:
					out++
				}
			}
		}
	}
	if slices.Min(parts[1:]) < n/3 {
		t.Errorf("parts in %d shots: %v", n, parts)
	}
	for name, count := range map[string]int{"hidden joints": hidden, "joints out of view": out, "several people": several, "people alone": cut, "small people": small} {
		if count < n/15 {
			t.Errorf("%s: %d in %d shots", name, count, n)
		}
	}
}

func BenchmarkStill(b *testing.B) {
	Still(0)
	b.ReportAllocs()
	seed := uint64(0)
	for b.Loop() {
		Still(seed % 200)
		seed++
	}
}
