package body_test

import (
	"fmt"
	"image"
	"math"
	"math/bits"
	"math/rand/v2"
	"sync"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
)

var sprintf = fmt.Sprintf

// apart is how many pixels a joint is from a place; a joint that was not found is
// infinitely far.
func apart(j kinect.Joint, at []int) float64 {
	if j.Confidence == 0 {
		return math.Inf(1)
	}
	return math.Hypot(float64(j.X-at[0]), float64(j.Y-at[1]))
}

// rooms are made once: making one takes longer than anything done with it.
var rooms = sync.OnceValue(func() []*puppet.Room { return []*puppet.Room{puppet.NewRoom(1), puppet.NewRoom(5)} })

func room() *puppet.Room { return rooms()[0] }

var poses = []struct {
	name string
	up   bool
	pose kinect.Pose
}{
	{"at ease", false, kinect.Pose{LeftShoulder: 14, RightShoulder: 14, LeftElbow: 6, RightElbow: 6, LeftHip: 4, RightHip: 4}},
	{"hands up", true, kinect.Pose{LeftShoulder: 165, RightShoulder: 165, LeftElbow: 10, RightElbow: 10, LeftHip: 5, RightHip: 5}},
	{"elbows out, hands up", true, kinect.Pose{LeftShoulder: 80, RightShoulder: 80, LeftElbow: 95, RightElbow: 95}},
	{"arms out", false, kinect.Pose{LeftShoulder: 88, RightShoulder: 88}},
	{"left arm up", false, kinect.Pose{LeftShoulder: 160, RightShoulder: 20, LeftHip: 10, RightHip: 10}},
	{"step", false, kinect.Pose{LeftShoulder: 80, RightShoulder: 60, LeftHip: 30, LeftKnee: -20, Lean: -10, Head: 5}},
	{"squat", false, kinect.Pose{LeftShoulder: 70, LeftElbow: 10, RightShoulder: 45, RightElbow: -60, Squat: 350, LeftHip: 20, RightHip: 20}},
	{"lean", false, kinect.Pose{LeftShoulder: 40, LeftElbow: -70, RightShoulder: 60, RightElbow: 20, Lean: 20}},
}

func TestPuppets(t *testing.T) {
	for _, c := range poses {
		for _, mm := range []int{1800, 2400, 2900, 3500} {
			f, truth := posed(room(), c.pose, mm, 1)
			scene := body.NewTracker().Update(f)
			p := scene.Player()
			if p == nil {
				t.Errorf("%s at %d: nobody found", c.name, mm)
				continue
			}
			iou := overlap(p.Mask, truth, kinect.Height)
			t.Logf("%s at %d: overlap %.3f, %d people, up %v, height %d, floor %d", c.name, mm, iou, len(scene.People), p.Gestures.Has(kinect.HandsUp),
				p.Silhouette.Height, p.Silhouette.FloorDrop)
			if iou < 0.93 {
				t.Errorf("%s at %d: overlap %.3f", c.name, mm, iou)
			}
			if p.Gestures.Has(kinect.HandsUp) != c.up {
				t.Errorf("%s at %d: hands up %v", c.name, mm, p.Gestures.Has(kinect.HandsUp))
			}
			if len(scene.People) != 1 {
				t.Errorf("%s at %d: %d people", c.name, mm, len(scene.People))
			}
			if d := int(p.Distance) - mm; d > 150 || d < -250 {
				t.Errorf("%s at %d: distance %d", c.name, mm, p.Distance)
			}
		}
	}
}

func TestEmptyRooms(t *testing.T) {
	for seed, room := range rooms() {
		// A figure far outside the picture leaves the room alone.
		s := puppet.Render(puppet.Figure{Height: 1700, Distance: 2500, Side: 9000}, room, 1)
		if p := body.NewTracker().Update(developed(s.Codes)).Player(); p != nil {
			t.Errorf("room %d: somebody at %v", seed, p.Box)
		}
	}
}

func TestStill(t *testing.T) {
	tr := body.NewTracker()
	var before *kinect.Person
	var sum, n, edge float64
	for seed := range uint64(20) {
		f, _ := posed(room(), poses[5].pose, 2600, seed)
		p := tr.Update(f).Player()
		if p == nil {
			t.Fatal("lost")
		}
		if before != nil && seed > 5 {
			changed := 0
			for i := range p.Mask {
				d := p.Mask[i] ^ before.Mask[i]
				for ; d != 0; d &= d - 1 {
					changed++
				}
			}
			cells := p.Silhouette.Body.AndNot(&before.Silhouette.Body)
			gone := before.Silhouette.Body.AndNot(&p.Silhouette.Body)
			sum += float64(changed)
			edge += float64(cells.Count() + gone.Count())
			n++
			if p.ID != before.ID {
				t.Error("another person")
			}
			if before.Gestures != p.Gestures {
				t.Error("hands")
			}
		}
		before = p
	}
	t.Logf("a frame changes %.0f of %d pixels, %.1f of %d cells", sum/n, before.Mask.Count(), edge/n, before.Silhouette.Body.Count())
	if sum/n > 0.018*float64(before.Mask.Count()) || edge/n > 0.006*float64(before.Silhouette.Body.Count()) {
		t.Error("the mask flickers")
	}
}

func TestStature(t *testing.T) {
	for _, height := range []kinect.Millimetres{1200, 1500, 1850} {
		tr := body.NewTracker()
		var last *kinect.Silhouette
		for i := range uint64(30) {
			pose := poses[0].pose
			if i > 20 {
				pose = poses[6].pose // a squat is not a shorter person
			}
			s := puppet.Render(puppet.Figure{Pose: pose, Height: height, Distance: 2900}, room(), i)
			p := tr.Update(developed(s.Codes)).Player()
			if p == nil {
				t.Fatalf("%d: nobody", height)
			}
			last = p.Silhouette
		}
		t.Logf("%d: measured %d, floor %d", height, last.Height, last.FloorDrop)
		if d := int(last.Height) - int(height); d > 60 || d < -60 {
			t.Errorf("%d measured as %d", height, last.Height)
		}
		if last.FloorDrop < 870 || last.FloorDrop > 930 { // the puppet's sensor stands 900 above it
			t.Errorf("the floor is %d below", last.FloorDrop)
		}
	}
}

func TestHandsUpSettles(t *testing.T) {
	tr := body.NewTracker()
	look := func(k int, seed uint64) bool {
		f, _ := posed(room(), poses[k].pose, 2900, seed)
		return tr.Update(f).Player().Gestures.Has(kinect.HandsUp)
	}
	for i := range uint64(5) {
		if look(0, i) {
			t.Fatal("up at once")
		}
	}
	if look(1, 6) {
		t.Error("one frame is enough")
	}
	if look(0, 7) {
		t.Error("up though down")
	}
	at := -1
	for i := range 5 {
		if look(1, uint64(10+i)) {
			at = i + 1
			break
		}
	}
	if at < 2 || at > 4 {
		t.Errorf("up after %d frames", at)
	}
}

// TestWalk: somebody who walks across and moves the arms stays the same person.
func TestWalk(t *testing.T) {
	tr := body.NewTracker()
	id, worst := 0, 1.0
	for i := range 40 {
		s := puppet.Render(puppet.Figure{
			Pose: poses[0].pose.Towards(poses[1].pose, i*25), Height: 1700, Distance: kinect.Millimetres(2300 + 20*i), Side: -700 + 35*i,
		}, room(), uint64(i))
		scene := tr.Update(developed(s.Codes))
		check(t, scene)
		p := scene.Player()
		if p == nil {
			t.Fatalf("frame %d: lost", i)
		}
		if id == 0 {
			id = p.ID
		}
		if p.ID != id {
			t.Fatalf("frame %d: another person", i)
		}
		worst = min(worst, overlap(p.Mask, s.Truth, kinect.Height))
	}
	t.Logf("overlap at least %.3f", worst)
	if worst < 0.92 {
		t.Errorf("overlap %.3f", worst)
	}
}

// both is two figures in one room: the nearer code of each pixel.
func both(a, b puppet.Figure, seed uint64) *kinect.Frame {
	p, q := puppet.Render(a, room(), seed), puppet.Render(b, room(), seed)
	for i, c := range q.Codes {
		if p.Codes[i] != kinect.NoDisparity || q.Truth.At(i%kinect.Width, i/kinect.Width) {
			p.Codes[i] = min(p.Codes[i], c)
		}
	}
	return developed(p.Codes)
}

// TestPassing: whoever walks between the player and the sensor is never the player.
func TestPassing(t *testing.T) {
	tr := body.NewTracker()
	player := puppet.Figure{Pose: poses[0].pose, Height: 1700, Distance: 2900, Look: puppet.NewLook(1)}
	id, hidden := 0, 0
	for i := range 50 {
		passer := puppet.Figure{Pose: poses[0].pose, Height: 1800, Distance: 1900, Side: -1700 + max(0, i-5)*80}
		scene := tr.Update(both(player, passer, uint64(i)))
		check(t, scene)
		p := scene.Player()
		if p == nil {
			hidden++
			continue
		}
		if id == 0 {
			id = p.ID
		}
		if p.ID != id || p.Distance < 2500 {
			t.Fatalf("frame %d: person %d at %d mm is the player", i, p.ID, p.Distance)
		}
	}
	t.Logf("hidden for %d of 50 frames", hidden)
	if hidden > 25 {
		t.Error("the player was lost for too long")
	}
}

// TestNearest: of two who stand there from the start, the nearer plays; once that one
// has gone, the other does.
func TestNearest(t *testing.T) {
	tr := body.NewTracker()
	near := puppet.Figure{Pose: poses[0].pose, Height: 1700, Distance: 2200, Side: -500}
	other := puppet.Figure{Pose: poses[0].pose, Height: 1700, Distance: 3000, Side: 600}
	for i := range uint64(3) {
		scene := tr.Update(both(other, near, i))
		if len(scene.People) != 2 || scene.Player().Distance > 2500 {
			t.Fatalf("%d people, the player at %d", len(scene.People), scene.Player().Distance)
		}
	}
	near.Side = 9000
	for i := range uint64(40) {
		if p := tr.Update(both(other, near, i)).Player(); p != nil && p.Distance > 2500 {
			return
		}
	}
	t.Error("nobody took over")
}

// TestAllocations: nothing but the scene, its list, the mask and the silhouette.
func TestAllocations(t *testing.T) {
	f, _ := posed(room(), poses[0].pose, 2600, 1)
	tr := body.NewTracker()
	for range 10 {
		tr.Update(f)
	}
	if n := testing.AllocsPerRun(20, func() { tr.Update(f) }); n > 4 {
		t.Errorf("%.0f allocations a frame", n)
	}
}

// hostile are frames that no room gives.
func hostile() map[string][]kinect.Millimetres {
	random := rand.New(rand.NewPCG(1, 2))
	fill := func(at func(i int) int) []kinect.Millimetres {
		d := make([]kinect.Millimetres, pixels)
		for i := range d {
			d[i] = kinect.Millimetres(at(i))
		}
		return d
	}
	return map[string][]kinect.Millimetres{
		"zero":     fill(func(int) int { return 0 }),
		"largest":  fill(func(int) int { return 65535 }),
		"noise":    fill(func(int) int { return random.IntN(65536) }),
		"near":     fill(func(int) int { return 800 + random.IntN(3200) }),
		"speckle":  fill(func(i int) int { return random.IntN(2) * 2000 }),
		"lens":     fill(func(i int) int { return 420 + i/640/20 }),
		"stripes":  fill(func(i int) int { return 1000 + i/8%2*1500 }),
		"rows":     fill(func(i int) int { return 1000 + i/640/16%2*1500 }),
		"checker":  fill(func(i int) int { return 1000 + (i/16+i/640/16)%2*1500 }),
		"too few":  make([]kinect.Millimetres, 100),
		"too many": make([]kinect.Millimetres, pixels+1),
		"nil":      nil,
	}
}

func TestHostileFrames(t *testing.T) {
	tr := body.NewTracker()
	for name, depth := range hostile() {
		for _, k := range []*body.Tracker{tr, body.NewTracker()} {
			scene := k.Update(&kinect.Frame{Depth: depth})
			if p := scene.Player(); p != nil {
				t.Errorf("%s: somebody at %v, head %v", name, p.Box, p.Joints[kinect.Head])
			}
		}
	}
	if tr.Update(nil).Player() != nil {
		t.Error("somebody in no frame")
	}
}

// bounds is the rectangle around a mask.
func bounds(m *kinect.Mask) (r image.Rectangle) {
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			x, y := i%10*64+bits.TrailingZeros64(w), i/10
			r = r.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return r
}

// check holds a scene to what is promised of every one.
func check(t *testing.T, scene *kinect.Scene) {
	t.Helper()
	ids := map[int]bool{}
	for i := range scene.People {
		p := &scene.People[i]
		if p.ID < 1 || ids[p.ID] {
			t.Errorf("ID %d", p.ID)
		}
		ids[p.ID] = true
		if p.Mask == nil || p.Silhouette == nil {
			t.Fatal("no mask")
		}
		if b := bounds(p.Mask); b != p.Box {
			t.Errorf("box %v around a mask in %v", p.Box, b)
		}
		if both := p.Silhouette.Body.And(&p.Silhouette.Unseen); both.Count() != 0 {
			t.Errorf("%d cells are body and unseen", both.Count())
		}
		for _, j := range []kinect.Joint{p.Joints[kinect.Head], p.Joints[kinect.LeftHand], p.Joints[kinect.RightHand]} {
			if j.Confidence < 0 || j.Confidence > 1 || j.Confidence > 0 && j.Sight != kinect.OutOfView && (uint(j.X) >= kinect.Width || uint(j.Y) >= kinect.Height) {
				t.Errorf("joint %+v", j)
			}
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	frames := make([]*kinect.Frame, 8)
	for i := range frames {
		frames[i], _ = posed(room(), poses[i%len(poses)].pose, 2400, uint64(i))
	}
	tr := body.NewTracker()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tr.Update(frames[i%len(frames)])
	}
}
