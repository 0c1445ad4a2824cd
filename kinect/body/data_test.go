package body_test

import (
	"encoding/json"
	"image"
	"image/png"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

const pixels = kinect.Width * kinect.Height

// dataDir is where real recordings lie.
func dataDir(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("CUTOUT_DATA")
	if _, err := os.Stat(dir); dir == "" || err != nil {
		tb.Skip("CUTOUT_DATA is not set to a directory of recordings")
	}
	return dir
}

func files(tb testing.TB, pattern string) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(dataDir(tb), pattern))
	if err != nil || len(names) == 0 {
		tb.Skipf("no %s", pattern)
	}
	slices.Sort(names)
	return names
}

// grey reads a 16-bit PNG.
func grey(tb testing.TB, name string) []uint16 {
	tb.Helper()
	f, err := os.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		tb.Fatal(err)
	}
	out := make([]uint16, pixels)
	switch img := img.(type) {
	case *image.Gray16:
		for i := range out {
			out[i] = uint16(img.Pix[2*i])<<8 | uint16(img.Pix[2*i+1])
		}
	case *image.Gray:
		for i := range out {
			out[i] = uint16(img.Pix[i])
		}
	default:
		tb.Fatalf("%s is %T", name, img)
	}
	return out
}

func millimetres(tb testing.TB, name string) *kinect.Frame {
	f := &kinect.Frame{Depth: make([]kinect.Millimetres, pixels)}
	for i, v := range grey(tb, name) {
		f.Depth[i] = kinect.Millimetres(v)
	}
	return f
}

var developer = sync.OnceValue(func() *raw.Developer { return raw.NewDeveloper(kinect.DefaultCalibration()) })

// developed makes a frame of codes.
func developed(codes []uint16) *kinect.Frame {
	f := &kinect.Frame{}
	f.Depth, _ = developer().Depth(&kinect.DepthFrame{Codes: codes, Registered: true})
	return f
}

// overlap is the area that two masks share over that of both, above a row.
func overlap(a, b *kinect.Mask, bottom int) float64 {
	both, either := 0, 0
	for i := range bottom * kinect.Width / 64 {
		both += bits.OnesCount64(a[i] & b[i])
		either += bits.OnesCount64(a[i] | b[i])
	}
	return float64(both) / float64(max(1, either))
}

// The bed hides the man below this row, and the truth ends there.
const bedEdge = 389

func TestRealMasks(t *testing.T) {
	sum, names := 0.0, files(t, "kinect_rf_frames/raw11/*.png")
	for _, name := range names {
		scene := body.NewTracker().Update(developed(grey(t, name)))
		p := scene.Player()
		if p == nil {
			t.Errorf("%s: nobody found", filepath.Base(name))
			continue
		}
		truth := &kinect.Mask{}
		for i, v := range grey(t, filepath.Join(filepath.Dir(name), "../mask", filepath.Base(name))) {
			if v != 0 {
				truth.Set(i%kinect.Width, i/kinect.Width)
			}
		}
		iou := overlap(p.Mask, truth, bedEdge)
		sum += iou
		t.Logf("%s: overlap %.3f, %d people, height %d, floor %d below", filepath.Base(name), iou, len(scene.People),
			p.Silhouette.Height, p.Silhouette.FloorDrop)
		off := outline(p.Mask, truth, bedEdge)
		t.Logf("%s: outline %.1f pixels off", filepath.Base(name), off)
		if iou < 0.96 || off > 2 {
			t.Errorf("%s: overlap %.3f, outline %.1f pixels off", filepath.Base(name), iou, off)
		}
	}
	if mean := sum / float64(len(names)); mean < 0.97 {
		t.Errorf("mean overlap %.3f", mean)
	}
}

// outline is how far, in pixels, the outline of mask a is from that of b: the median.
func outline(a, b *kinect.Mask, bottom int) float64 {
	edge := func(m *kinect.Mask, x, y int) bool {
		return m.At(x, y) && !(m.At(x-1, y) && m.At(x+1, y) && m.At(x, y-1) && m.At(x, y+1))
	}
	var far []float64
	for y := 1; y < bottom-1; y++ {
		for x := range kinect.Width {
			if !edge(a, x, y) {
				continue
			}
			best := 20.0
			for v := max(0, y-8); v <= min(bottom-1, y+8); v++ {
				for u := x - 8; u <= x+8; u++ {
					if edge(b, u, v) {
						best = min(best, math.Hypot(float64(u-x), float64(v-y)))
					}
				}
			}
			far = append(far, best)
		}
	}
	slices.Sort(far)
	return far[len(far)/2]
}

type annotation struct{ Head, L, R []int }

// annotated reads the joints that were marked by hand, by file name without its
// prefix and suffix. In these, R is at the picture's right: the person's left.
func annotated(t *testing.T, dir string) map[string]annotation {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dataDir(t), dir, "annotations.json"))
	if err != nil {
		t.Skip(err)
	}
	var a struct{ Frames map[string]annotation }
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	return a.Frames
}

func TestRealJoints(t *testing.T) {
	for _, set := range []struct {
		dir, pattern string
		frame        func(name string) *kinect.Frame
	}{
		{"kinect_rf_frames", "kinect_rf_frames/raw11/%s.png", func(name string) *kinect.Frame { return developed(grey(t, name)) }},
		{"skeltrack_frames", "skeltrack_frames/depth-%s.png", func(name string) *kinect.Frame { return millimetres(t, name) }},
	} {
		heads, headsNear, headsFair, hands, handsNear, handsFair, sides := 0, 0, 0, 0, 0, 0, 0
		truth := annotated(t, set.dir)
		var names []string
		for name := range truth {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			a := truth[name]
			file := filepath.Join(dataDir(t), sprintf(set.pattern, name))
			p := body.NewTracker().Update(set.frame(file)).Player()
			if p == nil {
				t.Errorf("%s: nobody found", name)
				continue
			}
			perMM := kinect.FocalLength / float64(p.Distance)
			heads++
			d := apart(p.Joints[kinect.Head], a.Head) / perMM
			if d < 100 {
				headsNear++
			}
			if d < 150 {
				headsFair++
			} else {
				t.Logf("%s: head %.0f mm off", name, d)
			}
			for side, at := range map[string][]int{"left": a.R, "right": a.L} {
				if at == nil {
					continue
				}
				own, other := p.Joints[kinect.LeftHand], p.Joints[kinect.RightHand]
				if side == "right" {
					own, other = other, own
				}
				hands++
				d := min(apart(own, at), apart(other, at)) / perMM
				if d < 100 {
					handsNear++
				}
				if d < 150 {
					handsFair++
				} else {
					t.Logf("%s: %s hand %.0f mm off: %v, is at %v", name, side, d, own, at)
				}
				if apart(own, at)/perMM < 100 {
					sides++
				}
			}
		}
		t.Logf("%s: heads %d of %d, hands within 100 mm %d (%d on the right side), within 150 mm %d of %d",
			set.dir, headsNear, heads, handsNear, sides, handsFair, hands)
		if headsFair < heads || headsNear < heads-1 || sides < hands-2 {
			t.Errorf("%s: too few joints", set.dir)
		}
	}
}

func TestRealHandsUp(t *testing.T) {
	for name, want := range map[string]bool{
		"kinect_rf_frames/raw11/00221.png": true, "kinect_rf_frames/raw11/00322.png": true,
		"kinect_rf_frames/raw11/02051.png": true, "kinect_rf_frames/raw11/01407.png": false,
		"skeltrack_frames/depth-1051883281.png": true, "skeltrack_frames/depth-1045879925.png": true,
		"skeltrack_frames/depth-1028894671.png": false, "skeltrack_frames/depth-1064898470.png": false,
		"skeltrack_frames/depth-1070905432.png": false, "skeltrack_frames/depth-1166565565.png": false,
	} {
		file := filepath.Join(dataDir(t), name)
		frame := millimetres
		if filepath.Base(filepath.Dir(file)) == "raw11" {
			frame = func(tb testing.TB, name string) *kinect.Frame { return developed(grey(tb, name)) }
		}
		p := body.NewTracker().Update(frame(t, file)).Player()
		if p == nil || p.Gestures.Has(kinect.HandsUp) != want {
			t.Errorf("%s: hands up should be %v", name, want)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	for _, name := range append(files(t, "pcl_empty_scenes/*.png"), files(t, "candescent_hands/no_hand*.png")...) {
		tr := body.NewTracker()
		f := millimetres(t, name)
		for range 3 {
			for _, p := range tr.Update(f).People {
				t.Errorf("%s: somebody at %v", filepath.Base(name), p.Box)
			}
		}
	}
}

func TestFivePeople(t *testing.T) {
	f := millimetres(t, files(t, "pcl_five_people/*.png")[0])
	scene := body.NewTracker().Update(f)
	t.Logf("%d of 5 people", len(scene.People))
	if len(scene.People) != 5 {
		t.Errorf("%d people", len(scene.People))
	}
	for i := range scene.People {
		p := &scene.People[i]
		t.Logf("%v %d mm, height %d, floor %d", p.Box, p.Distance, p.Silhouette.Height, p.Silhouette.FloorDrop)
		if p.Silhouette.FloorDrop < 850 || p.Silhouette.FloorDrop > 1150 {
			t.Errorf("the floor is %d mm below", p.Silhouette.FloorDrop)
		}
	}
}

func TestTwoPeople(t *testing.T) {
	for _, name := range []string{"depth-1399145206.png", "depth-82823944.png"} {
		tr := body.NewTracker()
		f := millimetres(t, filepath.Join(dataDir(t), "skeltrack_frames", name))
		for range 3 {
			if n := len(tr.Update(f).People); n != 2 {
				t.Errorf("%s: %d people", name, n)
			}
		}
	}
}

// posed is a figure in a room.
func posed(room *puppet.Room, pose kinect.Pose, distance int, seed uint64) (*kinect.Frame, *kinect.Mask) {
	s := puppet.Render(puppet.Figure{
		Pose: pose, Height: 1700, Distance: kinect.Millimetres(distance), Look: puppet.NewLook(1),
	}, room, seed)
	f := developed(s.Codes)
	f.Colour, f.Registered = s.Picture, true
	return f, s.Truth
}
