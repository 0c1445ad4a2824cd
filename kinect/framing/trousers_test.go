package framing

import (
	"math/rand/v2"
	"slices"
	"testing"

	"cutout/kinect"
	"cutout/kinect/mannequin"
	"cutout/kinect/puppet"
)

// perforated takes patches of up to 60 mm around out of the pixels of a mask that
// where holds for, and their depth with them, as black cloth does.
func perforated(m *kinect.Mask, depth []kinect.Millimetres, mm int, random *rand.Rand, where func(x, y int) bool) (*kinect.Mask, int) {
	out := *m
	radius := 60 * kinect.FocalLength / float64(mm)
	lost := 0
	for range 4000 {
		x0, y0, r := random.IntN(kinect.Width), random.IntN(kinect.Height), radius*random.Float64()
		n := int(r)
		if !where(x0, y0) {
			continue
		}
		inside := true // a rim of mask is left all around
		each := func(n int, f func(x, y int)) {
			for y := y0 - n; y <= y0+n; y++ {
				for x := x0 - n; x <= x0+n; x++ {
					if (x-x0)*(x-x0)+(y-y0)*(y-y0) <= n*n {
						f(x, y)
					}
				}
			}
		}
		each(n+2, func(x, y int) { inside = inside && out.At(x, y) })
		if !inside {
			continue
		}
		each(n, func(x, y int) {
			i := y*kinect.Width + x
			out[i/64] &^= 1 << (i % 64)
			depth[i] = 0
			lost++
		})
	}
	return &out, lost
}

// missing counts the pixels of a mask that a matte shows by less than half.
func missing(m *matte, truth *kinect.Mask) int {
	n := 0
	for i, a := range m.whole().pix {
		if a < 128 && truth.At(i%kinect.Width, i/kinect.Width) {
			n++
		}
	}
	return n
}

// TestBlackTrousers: legs of which the sensor misses patches are whole, with colour and
// without.
func TestBlackTrousers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	judge := func(name string, truth *kinect.Mask, depth []kinect.Millimetres, mm int, s *kinect.Frame, where func(x, y int) bool) {
		person := kinect.Person{Activity: kinect.Playing, Mask: truth, Distance: kinect.Millimetres(mm)}
		whole := newMatte()
		whole.draw([]kinect.Person{person}, depth, s.Colour)
		before := missing(whole, truth)
		depth = slices.Clone(depth)
		var lost int
		person.Mask, lost = perforated(truth, depth, mm, random, where)
		if lost < 300 {
			t.Fatalf("%s: no legs to be seen", name)
		}
		holed := newMatte()
		holed.draw([]kinect.Person{person}, depth, s.Colour)
		after := missing(holed, truth)
		t.Logf("%s at %d mm: %d pixels lost, of the body's %d are missing in the matte, %d with a whole mask", name, mm, lost, after, before)
		if after-before > lost/50 {
			t.Errorf("%s: the body has holes: %d pixels of the %d lost stay so", name, after-before, lost)
		}
	}
	room := puppet.NewRoom(2)
	for i := range 2 {
		mm := 1600 + 1200*i
		s := puppet.Render(puppet.Figure{
			Pose:   kinect.Pose{LeftShoulder: 60, RightShoulder: 40, LeftHip: 14, RightHip: 10},
			Height: 1700, Distance: kinect.Millimetres(mm), Look: puppet.NewLook(uint64(i)),
		}, room, uint64(i))
		depth := make([]kinect.Millimetres, kinect.Width*kinect.Height)
		top := kinect.Height
		for k := range depth {
			depth[k] = 4200
			if x, y := k%kinect.Width, k/kinect.Width; s.Truth.At(x, y) {
				depth[k], top = kinect.Millimetres(mm), min(top, y)
			}
		}
		hip := top + int(850*kinect.FocalLength/float64(mm))
		judge("puppet", s.Truth, depth, mm, &kinect.Frame{Colour: s.Picture}, func(_, y int) bool { return y > hip })
	}
	for seed := range uint64(2) {
		shot := mannequin.NewPlay(mannequin.Dance, seed).Shot(40)
		truth := &shot.People[0]
		legs := func(x, y int) bool {
			if uint(x) >= kinect.Width || uint(y) >= kinect.Height {
				return false
			}
			p := shot.Parts[y*kinect.Width+x]
			return p >= mannequin.LeftThigh && p <= mannequin.RightShin
		}
		mm := int(truth.Joints[kinect.Head].Depth)
		judge("mannequin", &truth.Mask, shot.Frame.Depth, mm, shot.Frame, legs)
	}
}

// TestHandsAndHeads: what is thin at a body's edge is not rubbed off by smoothing it.
func TestHandsAndHeads(t *testing.T) {
	var seen, shown int
	for seed := range uint64(6) {
		shot := mannequin.Still(seed)
		for k := range shot.People {
			m := newMatte()
			m.draw([]kinect.Person{{Activity: kinect.Playing, Mask: &shot.People[k].Mask}}, shot.Frame.Depth, nil)
			for i, p := range shot.Parts {
				if p != mannequin.Head && p != mannequin.LeftHand && p != mannequin.RightHand || !shot.People[k].Mask.At(i%kinect.Width, i/kinect.Width) {
					continue
				}
				seen++
				if m.whole().pix[i] >= 128 {
					shown++
				}
			}
		}
	}
	t.Logf("of %d pixels of heads and hands %.1f %% are shown", seen, 100*float64(shown)/float64(seen))
	if seen < 5000 || shown*100 < seen*95 {
		t.Errorf("only %d of %d pixels of heads and hands are shown", shown, seen)
	}
}
