package world

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cutout/kinect"
)

// Where the made-up player of these tests stands: far enough away for raised hands
// to be in the picture.
const (
	testHeight   = 1800
	testDrop     = 900
	testDistance = 3000
)

// seen is the silhouette of a body in a pose, as the sensor would give it.
func seen(p kinect.Pose, height kinect.Millimetres) *kinect.Silhouette {
	body := BodyOf(p)
	s := &kinect.Silhouette{Distance: testDistance, Height: height, FloorDrop: testDrop}
	cell := int(height) // of 1/PlaneHeight mm
	for y := range kinect.GridHeight {
		for x := range kinect.GridWidth {
			right := (2*x + 1 - kinect.GridWidth) * 20 * testDistance / focalTenths // mm
			down := (2*y+1-kinect.GridHeight)*20*testDistance/focalTenths - testDrop
			u := PlaneCentre + floorDiv(right*PlaneHeight, cell)
			v := PlaneFloor + floorDiv(down*PlaneHeight, cell)
			if body.At(u, v) {
				s.Body.Set(x, y)
			}
		}
	}
	return s
}

var standing = kinect.Pose{LeftShoulder: 10, RightShoulder: 10}

func testWalls() []Wall {
	return []Wall{
		{"Star", 1, kinect.Pose{LeftShoulder: 122, RightShoulder: 122, LeftHip: 26, RightHip: 26}},
		{"Cactus", 1, kinect.Pose{LeftShoulder: 90, LeftElbow: 90, RightShoulder: 90, RightElbow: 90}},
		{"Frog", 4, kinect.Pose{Squat: 480, LeftShoulder: 58, LeftElbow: -46, RightShoulder: 58, RightElbow: -46, LeftHip: 46, LeftKnee: -30, RightHip: 46, RightKnee: -30}},
	}
}

// play steps w until the podium, with the silhouette that act gives for each state.
func play(t *testing.T, w *World, act func(*State) *kinect.Silhouette) {
	t.Helper()
	for range 3600 {
		w.Step(Input{Body: act(w.State())})
		if w.State().Phase == Podium {
			return
		}
	}
	t.Fatal("no podium within a minute")
}

// begun is a world whose match starts at once, after two seconds in the lobby.
func begun(body *kinect.Silhouette) *World {
	w := New(Options{Self: "ada", Name: "Ada"})
	for range 120 {
		if body != nil {
			b := *body
			body = &b // a new frame
		}
		w.Step(Input{Body: body})
	}
	w.Step(Input{Body: body, Commands: []Command{Start{Seed: 1, Tick: w.State().Tick + 200, Walls: testWalls()}}})
	return w
}

func TestPerfectPlayerPassesEveryWall(t *testing.T) {
	for _, height := range []kinect.Millimetres{1100, 1500, 1800} {
		w := begun(seen(standing, height))
		bodies := map[kinect.Pose]*kinect.Silhouette{}
		play(t, w, func(s *State) *kinect.Silhouette {
			if bodies[s.Pose] == nil {
				bodies[s.Pose] = seen(s.Pose, height)
			}
			return bodies[s.Pose]
		})
		me := w.State().Players[0]
		if len(me.Verdicts) != 3 {
			t.Fatalf("height %d: %d verdicts, want 3", height, len(me.Verdicts))
		}
		sum := 0
		for i, v := range me.Verdicts {
			if v.Outcome != Pass || v.Fit < 950 || v.Fill < 600 || v.Combo != i+1 || v.Points == 0 {
				t.Errorf("height %d: %s: %+v", height, testWalls()[i].Name, v)
			}
			sum += v.Points
		}
		if me.Points != sum || me.Body == nil {
			t.Errorf("height %d: %d points, the verdicts add up to %d; body %v", height, me.Points, sum, me.Body != nil)
		}
	}
}

func TestStandingFailsAndNobodyIsUnseen(t *testing.T) {
	still := seen(standing, testHeight)
	for _, c := range []struct {
		body *kinect.Silhouette
		want Outcome
	}{{still, Fail}, {nil, Unseen}, {&kinect.Silhouette{Distance: testDistance, Height: testHeight, FloorDrop: testDrop}, Unseen}} {
		w := begun(still)
		play(t, w, func(*State) *kinect.Silhouette { return c.body })
		for _, v := range w.State().Players[0].Verdicts {
			if v.Outcome != c.want || v.Points != 0 || v.Combo != 0 {
				t.Errorf("%+v, want outcome %d without points", v, c.want)
			}
		}
	}
}

// TestHiddenCountsForNeither hides the picture's left side: what lies there is
// missing from body and hole alike, until too little of the hole is left.
func TestHiddenCountsForNeither(t *testing.T) {
	pose := testWalls()[0].Pose
	hole := HoleOf(pose)
	for _, c := range []struct {
		columns int
		want    Outcome
	}{{0, Pass}, {60, Pass}, {74, Pass}, {90, Unseen}, {160, Unseen}} {
		s := *seen(pose, testHeight)
		for x := range c.columns {
			for y := range kinect.GridHeight {
				s.Unseen.Set(x, y)
			}
		}
		s.Body = s.Body.AndNot(&s.Unseen)
		own, hidden := Normalise(&s, Calibration{testHeight, testDrop})
		if fit, fill, got := Judge(&own, &hidden, &hole); got != c.want {
			t.Errorf("%d columns hidden: outcome %d with fit %d, fill %d, want %d", c.columns, got, fit, fill, c.want)
		}
	}
}

// TestBestInstantCounts: the pose need only be right for a moment near the impact.
func TestBestInstantCounts(t *testing.T) {
	still := seen(standing, testHeight)
	for _, c := range []struct {
		from, to int64 // ticks relative to the impact in which the pose is struck
		want     Outcome
	}{{-9, -9, Pass}, {9, 9, Pass}, {0, 1, Pass}, {-30, -10, Fail}, {10, 30, Fail}} {
		w := begun(still)
		good := seen(testWalls()[0].Pose, testHeight)
		arrive := w.match.arrive[0]
		for w.tick < arrive+40 {
			body := still
			if next := w.tick + 1; next >= arrive+c.from && next <= arrive+c.to {
				body = good
			}
			w.Step(Input{Body: body})
		}
		if got := w.State().Players[0].Verdicts[0].Outcome; got != c.want {
			t.Errorf("pose struck from %d to %d ticks: outcome %d, want %d", c.from, c.to, got, c.want)
		}
	}
}

// TestCrouchingIsSeen: the size of the lobby holds in the match, so a tracker that
// thinks the crouching player short changes nothing.
func TestCrouchingIsSeen(t *testing.T) {
	w := begun(seen(standing, testHeight))
	for w.State().Phase != Approach {
		w.Step(Input{Body: w.body})
	}
	low := *seen(standing, testHeight)
	low.Height, low.FloorDrop = 1000, 500
	w.Step(Input{Body: &low})
	if got := (Calibration{testHeight, testDrop}); w.size != got {
		t.Errorf("calibration became %+v in the match, want %+v", w.size, got)
	}
	for w.State().Phase != Lobby {
		w.Step(Input{})
	}
	for range measureSamples {
		again := low
		w.Step(Input{Body: &again})
	}
	if size := w.State().Size; size.Height != 1000 {
		t.Errorf("back in the lobby the calibration is %+v, want the new player's", size)
	}
}

func TestLatecomerIsMeasuredWhilePlaying(t *testing.T) {
	w := New(Options{Self: "ada"})
	w.Step(Input{Commands: []Command{Joined{"bob", "Bob"}, Start{Seed: 1, Tick: -500, Walls: testWalls()}}})
	s := w.State()
	if s.Wall == 0 || s.Phase == Lobby {
		t.Fatalf("phase %d of wall %d after joining late", s.Phase, s.Wall)
	}
	for _, v := range s.Players[0].Verdicts {
		if v.Outcome != Pending {
			t.Errorf("a wall of before our time has the verdict %+v", v)
		}
	}
	for i := range 60 {
		b := *seen(standing, testHeight)
		w.Step(Input{Body: &b})
		if got := w.measure.frozen; got != (i+1 >= measureEnough) {
			t.Fatalf("frozen is %v after %d silhouettes", got, i+1)
		}
	}
}

func TestReadiness(t *testing.T) {
	w := New(Options{Self: "ada"})
	step := func(n int, in Input) bool {
		for range n {
			w.Step(in)
		}
		return w.State().Players[0].Ready
	}
	up, key := Input{HandsUp: true}, Input{ReadyKey: true}
	if step(holdTicks-1, up) || step(1, Input{}) {
		t.Error("ready after hands were up for too short a time")
	}
	if !step(holdTicks, up) || !step(300, up) || !step(10, Input{}) {
		t.Error("not ready although hands were up")
	}
	if step(30, key) || step(30, Input{}) || !step(1, key) {
		t.Error("the key does not toggle")
	}
	// Who cheers at the podium is not ready for the next match by that.
	w.Step(Input{Commands: []Command{Start{Seed: 1, Tick: w.State().Tick - 600, Walls: testWalls()}}})
	for w.State().Phase != Lobby {
		step(1, up)
	}
	if step(100, up) || step(1, Input{}) || !step(holdTicks, up) {
		t.Error("hands that were up before the lobby count, or later ones do not")
	}
}

func TestScoreboardIsTheSameInAnyOrderOfVerdicts(t *testing.T) {
	verdicts := []Command{
		Judged{ID: "bob", Verdict: Verdict{Wall: 0, Outcome: Pass, Fit: 950, Fill: 700}},
		Judged{ID: "bob", Verdict: Verdict{Wall: 1, Outcome: Pass, Fit: 910, Fill: 560}},
		Judged{ID: "eve", Verdict: Verdict{Wall: 0, Outcome: Pass, Fit: 10, Fill: 10, Points: 9999}}, // a liar
		Judged{ID: "eve", Verdict: Verdict{Wall: 2, Outcome: Unseen}},
		Judged{ID: "cid", Verdict: Verdict{Wall: 1, Outcome: Fail, Fit: 890, Fill: 700}},
		Judged{ID: "cid", Verdict: Verdict{Wall: 1, Outcome: Pass, Fit: 990, Fill: 700}}, // too late
		Judged{ID: "cid", Verdict: Verdict{Wall: 77, Outcome: Pass, Fit: 990, Fill: 700}},
		Judged{ID: "who", Verdict: Verdict{Wall: 1, Outcome: Pass, Fit: 990, Fill: 700}},
	}
	var boards [2][]Player
	for i := range boards {
		w := New(Options{})
		w.Step(Input{Commands: []Command{Joined{"eve", "Eve"}, Joined{"cid", "Cid"}, Joined{"bob", "Bob"}, Start{Seed: 1, Tick: 10, Walls: testWalls()}}})
		if i == 1 {
			slices.Reverse(verdicts[:4])
		}
		for _, v := range verdicts {
			w.Step(Input{Commands: []Command{v}})
		}
		for w.State().Phase != Podium {
			w.Step(Input{})
		}
		boards[i] = w.State().Players
	}
	if d := cmp.Diff(boards[0], boards[1]); d != "" {
		t.Error("the order in which verdicts came makes a difference:", d)
	}
	var ids []string
	for _, p := range boards[0] {
		ids = append(ids, p.ID)
	}
	if want := []string{"bob", "cid", "eve"}; !slices.Equal(ids, want) {
		t.Errorf("scoreboard %v, want %v", ids, want)
	}
	want := Points(0, 3, 950, 700, 1) + Points(1, 3, 910, 560, 2)
	if b := boards[0]; b[0].Points != want || b[1].Points != 0 || b[2].Points != 0 || b[2].Verdicts[0].Outcome != Fail {
		t.Errorf("points %d, %d, %d, want %d, 0, 0; Eve's first: %+v", b[0].Points, b[1].Points, b[2].Points, want, b[2].Verdicts)
	}
}

func TestWhoLeavesKeepsTheScoreUntilTheLobby(t *testing.T) {
	w := New(Options{Self: "ada", Name: "Ada"})
	w.Step(Input{Commands: []Command{Joined{"bob", "Bob"}, Start{Seed: 1, Tick: -400, Walls: testWalls()}}})
	pass := Verdict{Wall: 0, Outcome: Pass, Fit: 950, Fill: 700}
	w.Step(Input{Commands: []Command{Judged{ID: "bob", Verdict: pass}, Left{"bob"}}})
	bob := w.State().Players[0]
	if bob.ID != "bob" || bob.Present || bob.Points == 0 {
		t.Fatalf("after Bob left: %+v", bob)
	}
	w.Step(Input{Commands: []Command{Joined{"bob", "Bobby"}}})
	if back := w.State().Players[0]; !back.Present || back.Points != bob.Points || back.Name != "Bobby" {
		t.Fatalf("after Bob came back: %+v", back)
	}
	w.Step(Input{Commands: []Command{Left{"bob"}, Identify{ID: "a2", Name: "Ada", Plays: true}}})
	for w.State().Phase != Lobby {
		w.Step(Input{})
	}
	if p := w.State().Players; len(p) != 1 || p[0].ID != "a2" || p[0].Points != 0 {
		t.Errorf("in the lobby: %+v", p)
	}
}
