package accuracy

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rectangle is a mask with that part of the picture.
func rectangle(r image.Rectangle) *kinect.Mask {
	m := &kinect.Mask{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			m.Set(x, y)
		}
	}
	return m
}

// TestMasks: growing a mask by some pixels is a boundary error of so many.
func TestMasks(t *testing.T) {
	a := rectangle(image.Rect(100, 100, 200, 300))
	for _, d := range []int{0, 2, 7} {
		b := rectangle(image.Rect(100-d, 100-d, 200+d, 300+d))
		if got := boundaryError(a, b, kinect.Height); math.Abs(got-float64(d)) > 1e-9 {
			t.Errorf("grown by %d: %g px", d, got)
		}
		want := 100 * 200 / float64((100+2*d)*(200+2*d))
		if got := overlap(a, b, kinect.Height); math.Abs(got-want) > 1e-9 {
			t.Errorf("grown by %d: overlap %g, want %g", d, got, want)
		}
	}
	below := rectangle(image.Rect(100, 100, 200, 480))
	if overlap(a, below, 250) != 1 || boundaryError(a, below, 250) != 0 {
		t.Error("what is below the last row counts")
	}
	if overlap(a, &kinect.Mask{}, 480) != 0 || !math.IsNaN(boundaryError(a, &kinect.Mask{}, 480)) {
		t.Error("an empty mask is like something")
	}
}

func TestPair(t *testing.T) {
	apart := [][]float64{{5, 1, 9}, {2, 1.5, 9}, {9, 9, 40}}
	got := pair(3, 3, 50, func(i, j int) float64 { return apart[i][j] })
	if got[0] != 1 || got[1] != 0 || got[2] != 2 {
		t.Errorf("pairs %v", got)
	}
	if got := pair(1, 1, 50, func(int, int) float64 { return 51 }); got[0] != -1 {
		t.Errorf("pairs %v", got)
	}
}

func TestQuantile(t *testing.T) {
	v := []float64{4, 1, 3, 2, math.Inf(1)}
	if median(v) != 3 || !math.IsInf(quantile(v, 1), 1) || quantile(v, 0.125) != 1.5 || !math.IsNaN(median(nil)) {
		t.Errorf("median %g, all %g, eighth %g, of nothing %g", median(v), quantile(v, 1), quantile(v, 0.125), median(nil))
	}
}

func TestTimeline(t *testing.T) {
	var line timeline
	for i := range 300 {
		truth := i >= 50 && i < 100 || i >= 200 && i < 240
		found := i >= 55 && i < 104 || i >= 150 && i < 153
		line.add(i, truth, found)
	}
	if v := line.judge(false); v.made != 2 || v.found != 1 || v.alarms != 1 || len(v.delays) != 1 || v.delays[0] != 5 {
		t.Errorf("%+v", v)
	}
}

// A teller is a tracker that knows the truth of a play, and may tell it wrongly.
type teller struct {
	play mannequin.Play
	at   int
	lie  func(i int, s *kinect.Scene)
}

func (o *teller) Update(f *kinect.Frame) *kinect.Scene {
	shot := o.play.Shot(o.at)
	s := &kinect.Scene{Frame: f}
	for i := range shot.People {
		p := &shot.People[i]
		if p.Mask.Count() > 0 {
			s.People = append(s.People, kinect.Person{ID: p.ID, Mask: &p.Mask, Joints: p.Joints, Gestures: p.Gestures, Activity: kinect.Playing})
		}
	}
	if o.lie != nil {
		o.lie(o.at, s)
	}
	o.at++
	return s
}

// A short is the beginning of a play.
type short struct{ mannequin.Play }

func (s short) Len() int { return min(s.Play.Len(), 60) }

// told measures somebody who tells of a play.
func told(t *testing.T, kind mannequin.Kind, lie func(int, *kinect.Scene)) *Report {
	t.Helper()
	j := &job{kind: kind, seed: 1}
	play := short{mannequin.NewPlay(kind, j.seed)}
	tally := watch(t.Context(), play, j, Options{NewTracker: func() Tracker { return &teller{play: play, lie: lie} }})
	r := &Report{}
	r.addSynthetic(tally)
	return r
}

func (r *Report) row(t *testing.T, what string) Row {
	t.Helper()
	for _, row := range r.Rows {
		if row.What == what {
			return row
		}
	}
	t.Fatalf("no row %q", what)
	return Row{}
}

// TestTruthIsPerfect: who tells the truth meets every target.
func TestTruthIsPerfect(t *testing.T) {
	r := told(t, mannequin.CrossTouching, nil)
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if n := r.Missed(); n != 0 || r.row(t, "joints, median error").Value != 0 {
		t.Errorf("%d targets missed:\n%s", n, &b)
	}
}

// TestLiesAreFound: joints that are moved, hands and people that are exchanged, and
// people who are left out.
func TestLiesAreFound(t *testing.T) {
	r := told(t, mannequin.CrossTouching, func(i int, s *kinect.Scene) {
		for k := range s.People {
			p := &s.People[k]
			if i > 30 {
				p.ID = 3 - p.ID
			}
			for n := range p.Joints {
				p.Joints[n].Place.X += 0.05
			}
			p.Joints[kinect.LeftHand], p.Joints[kinect.RightHand] = p.Joints[kinect.RightHand], p.Joints[kinect.LeftHand]
		}
	})
	if r.row(t, "identities swapped, crossings touching").Value != 1 {
		t.Error("a swap was not seen")
	}
	if v := r.row(t, "  head, median error").Value; math.Abs(float64(v)-50) > 0.5 {
		t.Errorf("heads 50 mm off are %g mm off", v)
	}
	if own, either := r.row(t, "hands within 100 mm, left and right correct").Value, r.row(t, "hands within 100 mm of either").Value; own > 50 || either < 99 {
		t.Errorf("with left and right exchanged %g %% and %g %%", own, either)
	}
	nobody := told(t, mannequin.Cross, func(_ int, s *kinect.Scene) { s.People = nil })
	if nobody.row(t, "people found who are plainly seen").Value != 0 || nobody.row(t, "mask, mean overlap (IoU)").Value != 0 {
		t.Error("nobody is found to be somebody")
	}
}

// TestReportForms: the table and the JSON object hold what could not be measured, too.
func TestReportForms(t *testing.T) {
	r := &Report{Seed: 3}
	r.add(Row{Section: "s", What: "count", Value: 3, Of: 4, Target: least(4)})
	r.add(Row{What: "none", Value: Number(math.Inf(1)), Unit: "mm", Target: most(30)})
	r.add(Row{What: "fine", Value: 2, Unit: "ms", Target: most(3)})
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 of 4", "at least 4", "NO", "none", "at most 3.00 ms", "yes"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	if _, err := json.Marshal(r); err != nil || r.Missed() != 2 {
		t.Errorf("%v, %d missed", err, r.Missed())
	}
}

// TestLoadTrouble: what is not there is left out; what is wrong is said.
func TestLoadTrouble(t *testing.T) {
	if all, err := Load(fstest.MapFS{}); err != nil || len(all) != 0 {
		t.Errorf("%d pictures, %v", len(all), err)
	}
	size := image.Rect(0, 0, kinect.Width, kinect.Height)
	eight, deep := encoded(t, image.NewGray(size)), encoded(t, image.NewGray16(size))
	for says, data := range map[string]fstest.MapFS{
		"annotations.json": {"kinect_rf_frames/annotations.json": {Data: []byte("{")}},
		"00001.png":        {"kinect_rf_frames/annotations.json": {Data: []byte(`{"frames":{"00001":{"head":[1,1]}}}`)}},
		"no pixel":         {"pcl_five_people/truth.json": {Data: []byte(`{"heads_xy":[[-1,5]]}`)}, "pcl_five_people/five_people_depth_mm.png": {Data: deep}},
		"8-bit":            {"pcl_empty_scenes/a.png": {Data: eight}},
	} {
		if _, err := Load(data); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want it to speak of %q", err, says)
		}
	}
}

func encoded(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRealSets reads the real frames: so many heads, hands and masks are marked, the left
// hand always at the picture's right.
func TestRealSets(t *testing.T) {
	dir := os.Getenv("CUTOUT_DATA")
	if _, err := os.Stat(dir); dir == "" || err != nil {
		t.Skip("CUTOUT_DATA is not set to a directory of recordings")
	}
	all, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	heads, hands, masks := 0, 0, 0
	for _, p := range all {
		if p.Mask != nil {
			masks++
		}
		for _, b := range p.Bodies {
			for at, count := range map[*image.Point]*int{b.Head: &heads, b.Left: &hands, b.Right: &hands} {
				if at != nil {
					*count++
				}
			}
			if b.Left != nil && b.Right != nil && b.Left.X <= b.Right.X {
				t.Errorf("%s: the left hand is marked at %v, left of the right one at %v", p.Name, b.Left, b.Right)
			}
		}
	}
	if heads != 29 || hands != 46 || masks != 9 {
		t.Errorf("%d heads, %d hands, %d masks", heads, hands, masks)
	}
}
