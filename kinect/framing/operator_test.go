package framing

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

// contains says whether a pixel is in the view.
func (v view) contains(x, y float32) bool {
	return off(x, v.x) <= v.width/2+0.01 && off(y, v.y) <= v.height()/2+0.01
}

// An observer follows a director's work: how far the view goes, and that it goes
// smoothly.
type observer struct {
	d    director
	path float32 // pixels, of the middle and the width together
	last [2]view // the two views before
	n    int
}

func (o *observer) follow(t *testing.T, people []kinect.Person) view {
	t.Helper()
	v := o.d.follow(people)
	if o.n > 0 {
		was := o.last[0]
		o.path += off(v.x, was.x) + off(v.y, was.y) + off(v.width, was.width)
		if off(v.x, was.x) > topSpeed || off(v.y, was.y) > topSpeed || off(v.width, was.width) > topSpeed {
			t.Fatalf("frame %d: the view leaps from %v to %v", o.n, was, v)
		}
		if o.n > 1 {
			before := o.last[1]
			bend := func(a, b, c float32) float32 { return off(c-b, b-a) }
			// At the border of the picture the middle gives way to the width.
			if bend(before.width, was.width, v.width) > push+0.01 ||
				bend(before.x, was.x, v.x) > push+topSpeed/2+0.01 || bend(before.y, was.y, v.y) > push+topSpeed/2+0.01 {
				t.Fatalf("frame %d: the view jerks: %v, %v, %v", o.n, before, was, v)
			}
		}
	}
	if v != v.inside() {
		t.Fatalf("frame %d: %v leaves the picture", o.n, v)
	}
	o.last = [2]view{v, o.last[0]}
	o.n++
	return v
}

// figure is somebody who plays, standing 1.7 m tall at mm millimetres with the head at
// (x, y), all in the picture.
func figure(id int, x, y float64, mm int) kinect.Person {
	unit := kinect.FocalLength / float64(mm) // pixels per millimetre
	at := func(dx, dy float64) (int, int) { return int(x + dx*unit), int(y + dy*unit) }
	x0, y0 := at(-280, -115)
	x1, y1 := at(280, 1585)
	p := kinect.Person{ID: id, Activity: kinect.Playing, Box: image.Rect(x0, y0, x1, y1).Intersect(image.Rect(0, 0, kinect.Width, kinect.Height)), Mask: &kinect.Mask{}}
	p.Joints[kinect.Head] = kinect.Joint{X: int(x), Y: int(y), Depth: kinect.Millimetres(mm), Confidence: 1, Sight: kinect.Seen}
	return p
}

// TestOperatorRests: while somebody stands still or plays with their hands, the view
// does not move at all.
func TestOperatorRests(t *testing.T) {
	t.Run("noise", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		var o observer
		o.d = newDirector()
		for i := range 1800 {
			sway := 6 * math.Sin(float64(i)/25)
			p := figure(1, 320+sway, 120+sway/2, 2600)
			p.Box.Min.X += random.IntN(9) - 4
			p.Box.Min.Y += random.IntN(9) - 4
			p.Box.Max.X += random.IntN(9) - 4
			p.Box.Max.Y += random.IntN(9) - 4
			if o.follow(t, []kinect.Person{p}); i == 300 {
				o.path = 0
			}
		}
		t.Logf("50 s of swaying, edges off by up to 4 pixels: the view goes %.2f px", o.path)
		if o.path > 2 {
			t.Errorf("the view swims by %.1f px", o.path)
		}
	})
	for seed := range uint64(1) {
		play := mannequin.NewPlay(mannequin.Stillness, seed)
		var o observer
		o.d = newDirector()
		n := 0
		for i := 0; i < min(play.Len(), 240); i += 20 {
			people := playing(play.Shot(i))
			for range 19 {
				o.follow(t, people)
			}
			if o.follow(t, people); i == 120 {
				o.path, n = 0, i
			}
		}
		t.Logf("stillness %d: from frame %d on the view goes %.2f px", seed, n, o.path)
		if o.path > 2 {
			t.Errorf("the view swims by %.1f px", o.path)
		}
	}
}

// playing is a shot's people as a perfect tracker sees them.
func playing(s *mannequin.Shot) []kinect.Person {
	var out []kinect.Person
	for i := range s.People {
		truth := &s.People[i]
		r := image.Rectangle{}
		for y := range kinect.Height {
			for x := range kinect.Width {
				if truth.Mask.At(x, y) {
					r = r.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		out = append(out, kinect.Person{ID: truth.ID, Activity: kinect.Playing, Box: r, Mask: &truth.Mask, Joints: truth.Joints})
	}
	return out
}

// TestOperatorFollows walks to and fro, and looks how far the middle of the view is
// behind.
func TestOperatorFollows(t *testing.T) {
	for _, mmps := range []float64{400, 800, 1500} {
		const mm = 3000
		pace := mmps / 30 * kinect.FocalLength / mm // pixels a frame
		var o observer
		o.d = newDirector()
		x, dir := 320.0, 1.0
		var worst, sum float64
		for i := range 900 {
			if x += dir * pace; x > 500 || x < 140 {
				dir = -dir
			}
			v := o.follow(t, []kinect.Person{figure(1, x, 130, mm)})
			if i < 90 {
				continue
			}
			lag := math.Abs(float64(v.x) - x)
			worst, sum = max(worst, lag), sum+lag
			if !v.contains(float32(x), 130) {
				t.Fatalf("frame %d at %.0f mm/s: the head at %.0f is not in %v", i, mmps, x, v)
			}
		}
		t.Logf("walking to and fro over 1.9 m at %.1f m/s: the middle of the view is %.0f px off in the mean, %.0f at worst", mmps/1000, sum/810, worst)
	}
}

// TestOperatorSeesHandsGoUp raises hands out of the view, and counts the frames in
// which they are cropped.
func TestOperatorSeesHandsGoUp(t *testing.T) {
	var o observer
	o.d = newDirector()
	stand := figure(1, 320, 190, 3000)
	for range 300 {
		o.follow(t, []kinect.Person{stand})
	}
	top, cropped := float64(stand.Box.Min.Y), 0
	for i := range 60 {
		p := stand
		// 500 mm in a third of a second, with a swing's speed.
		up := 96 * (1 - math.Cos(math.Pi*min(1, float64(i)/10))) / 2
		p.Box.Min.Y = int(top - up)
		if v := o.follow(t, []kinect.Person{p}); v.y-v.height()/2 > float32(p.Box.Min.Y) {
			cropped++
		}
	}
	t.Logf("hands that go up by half a metre in a third of a second are cropped for %d frames", cropped)
	if cropped > 8 {
		t.Errorf("the hands are out of the picture for %d frames", cropped)
	}
}

// TestOperatorKeepsHeads lets up to three people come, walk about as fast as people
// play, and go: a second after somebody came, their head is never cropped.
func TestOperatorKeepsHeads(t *testing.T) {
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 7))
		var o observer
		o.d = newDirector()
		type walker struct {
			x, y, vx, vy float64
			mm, since    int
			here         bool
		}
		var walkers [3]walker
		for i := range 1500 {
			var people []kinect.Person
			for k := range walkers {
				w := &walkers[k]
				if random.IntN(200) == 0 {
					*w = walker{x: 60 + 520*random.Float64(), y: 60 + 120*random.Float64(), mm: 2000 + random.IntN(2000), since: i, here: !w.here}
				}
				if !w.here {
					continue
				}
				most := 1.5 / 30 * kinect.FocalLength * 1000 / float64(w.mm) // 1.5 m/s
				w.vx = max(-most, min(most, w.vx+1.5*random.NormFloat64()))
				w.vy = max(-most/3, min(most/3, w.vy+0.7*random.NormFloat64()))
				if w.x+w.vx < 30 || w.x+w.vx > 610 {
					w.vx = 0
				}
				if w.y+w.vy < 50 || w.y+w.vy > 300 {
					w.vy = 0
				}
				w.x, w.y = w.x+w.vx, w.y+w.vy
				people = append(people, figure(k+1, w.x, w.y, w.mm))
			}
			v := o.follow(t, people)
			for k, w := range walkers {
				if w.here && i-w.since > 30 && !v.contains(float32(int(w.x)), float32(int(w.y))) {
					t.Fatalf("seed %d, frame %d: the head of %d at (%.0f, %.0f) is not in %v", seed, i, k, w.x, w.y, v)
				}
			}
		}
	}
}

// TestOperatorLetsGo: when one of two leaves, the view closes in on the other within
// some seconds, slowly.
func TestOperatorLetsGo(t *testing.T) {
	var o observer
	o.d = newDirector()
	one, two := figure(1, 130, 140, 4000), figure(2, 520, 140, 4000)
	for range 300 {
		o.follow(t, []kinect.Person{one, two})
	}
	both := o.d.now
	for _, p := range []kinect.Person{one, two} {
		b := p.Box
		if !both.contains(float32(b.Min.X), float32(b.Min.Y)) || !both.contains(float32(b.Max.X), float32(b.Max.Y)) {
			t.Errorf("%v is not in %v", b, both)
		}
	}
	var fastest float32
	frames := 0
	for i := range 600 {
		was := o.d.now
		v := o.follow(t, []kinect.Person{one})
		fastest = max(fastest, off(v.width, was.width), off(v.x, was.x))
		if off(v.width, was.width) > 0.05 {
			frames = i
		}
	}
	t.Logf("from %.0f px wide to %.0f in %.1f s, at most %.1f px a frame", both.width, o.d.now.width, float64(frames)/30, fastest)
	if o.d.now.width > both.width*0.9 {
		t.Errorf("the view stays %.0f wide", o.d.now.width)
	}
	if fastest > 6 {
		t.Errorf("the view leaves in a hurry: %.1f px a frame", fastest)
	}
}
