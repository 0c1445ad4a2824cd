package match

import (
	"bytes"
	"flag"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"cutout/game/world"
	"cutout/kinect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTogether: two and four homes play ten seconds apart in clock time, and see the
// same walls at the same moment and the same scores in the same order.
func TestTogether(t *testing.T) {
	for _, n := range []int{2, 4} {
		s := newSim(t, int64(n))
		for i := range n {
			s.add(string(rune('a'+i)), dancer(4-i))
			s.pass(300 * time.Millisecond)
		}
		board := s.toPodium()
		if !strings.HasPrefix(board, "a ") || strings.Count(board, "\n") != n {
			t.Errorf("the board is\n%s", board)
		}
		sameWalls(t, s)
		for _, h := range s.homes {
			if h.match.Host() != "a" {
				t.Errorf("%s takes %q for the host", h.peer.ID, h.match.Host())
			}
			if got, _ := count[VerdictGiven](h); got != 4*n {
				t.Errorf("%s told of %d verdicts, want %d", h.peer.ID, got, 4*n)
			}
			for _, p := range h.match.State().Players {
				if p.Body == nil {
					t.Errorf("%s does not know how %s looked", h.peer.ID, p.ID)
				}
			}
		}
		s.run("the lobby", s.all(func(h *home) bool { n, _ := count[BackInLobby](h); return n == 1 }))
		s.run("another match", s.all(func(h *home) bool { n, _ := count[MatchStarted](h); return n == 2 }))
		if first, second := seedOf(s.homes[0], 0), seedOf(s.homes[0], 1); first == second {
			t.Errorf("the second match has the first one's seed %d", first)
		}
		replays(t, s)
	}
}

func seedOf(h *home, n int) uint64 {
	for _, e := range h.events {
		if m, ok := e.e.(MatchStarted); ok {
			if n == 0 {
				return m.Seed
			}
			n--
		}
	}
	return 0
}

// sameWalls compares what came towards each home, and when.
func sameWalls(t *testing.T, s *sim) {
	t.Helper()
	type coming struct {
		pose kinect.Pose
		at   time.Duration // of the impact, by the simulation's clock
	}
	walls := func(h *home) (out []coming) {
		for _, e := range h.events {
			if w, ok := e.e.(WallComing); ok {
				out = append(out, coming{w.Pose, e.at + w.ImpactIn})
			}
		}
		return out
	}
	first := walls(s.homes[0])
	if len(first) != 4 {
		t.Fatalf("%d walls came, want 4", len(first))
	}
	for _, h := range s.homes[1:] {
		for i, w := range walls(h) {
			if w.pose != first[i].pose {
				t.Errorf("wall %d is another at %s", i, h.peer.ID)
			}
			// A frame of 30 ms late at one home, and the jitter's 15 ms in the clock.
			if d := (w.at - first[i].at).Abs(); d > 60*time.Millisecond {
				t.Errorf("wall %d arrives %v apart at %s", i, d, h.peer.ID)
			}
		}
	}
}

// replays plays every home's log again and compares with what it showed.
func replays(t *testing.T, s *sim) {
	t.Helper()
	for _, h := range s.homes {
		if err := h.match.Close(); err != nil {
			t.Fatal(err)
		}
		var want []Score
		for _, e := range h.events {
			if p, ok := e.e.(PodiumReached); ok {
				want = p.Scores
			}
		}
		sum, err := world.Replay(bytes.NewReader(h.log.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", h.peer.ID, err)
		}
		if len(sum.Players) != len(want) || sum.Ticks != h.match.State().Tick {
			t.Fatalf("%s: %d players after %d ticks in the replay, want %d after %d", h.peer.ID, len(sum.Players), sum.Ticks, len(want), h.match.State().Tick)
		}
		for i, p := range sum.Players {
			if want[i].Player != alone && p.ID != want[i].Player || p.Points != want[i].Points {
				t.Errorf("%s: place %d in the replay is %s with %d points, was %+v", h.peer.ID, i, p.ID, p.Points, want[i])
			}
		}
	}
}

func TestHostLeavesInMidMatch(t *testing.T) {
	s := newSim(t, 5)
	a := s.add("a", dancer(9))
	s.add("b", dancer(4))
	s.add("c", dancer(2))
	s.run("wall 1", s.all(func(h *home) bool { return h.atWall(1) }))
	s.homes = s.homes[1:]
	a.present = false
	s.run("another host", s.all(func(h *home) bool { return h.match.Host() == "b" }))
	board := s.toPodium()
	if !strings.HasPrefix(board, "b ") || !strings.Contains(board, "\na ") {
		t.Errorf("the board without its first host:\n%s", board)
	}
	s.run("the next match", s.all(func(h *home) bool { n, _ := count[MatchStarted](h); return n == 2 }))
	if p := s.homes[0].match.State().Players; len(p) != 2 {
		t.Errorf("%d players in the next match, want 2", len(p))
	}
}

func TestLatecomerIsToldTheState(t *testing.T) {
	s := newSim(t, 6)
	s.add("a", dancer(9))
	s.add("b", dancer(1))
	s.run("wall 1", s.all(func(h *home) bool { return h.atWall(1) }))
	late := s.add("c", dancer(9))
	watcher := s.add("w", nil)
	watcher.peer.Publishes = false
	board := s.toPodium()
	c := late.match.State()
	if len(c.Players) != 3 || !strings.HasPrefix(board, "a ") {
		t.Fatalf("the latecomer's board:\n%s", board)
	}
	for _, p := range c.Players {
		if p.ID == "c" && (p.Verdicts[0].Outcome != world.Pending || p.Verdicts[3].Outcome != world.Pass) {
			t.Errorf("the latecomer's verdicts: %+v", p.Verdicts)
		}
	}
	if p := watcher.match.State().Players; len(p) != 3 {
		t.Errorf("the watcher sees %d players, want 3", len(p))
	}
	// The walls yet to come arrive for all at once, for those who only listen too.
	for i := 2; i < 4; i++ {
		var at []time.Duration
		for _, h := range s.homes {
			for _, e := range h.events {
				if w, ok := e.e.(WallComing); ok && w.Index == i {
					at = append(at, e.at+w.ImpactIn)
				}
			}
		}
		if len(at) != 4 {
			t.Fatalf("wall %d came to %d homes, want 4", i, len(at))
		}
		for _, a := range at[1:] {
			if d := (a - at[0]).Abs(); d > 110*time.Millisecond {
				t.Errorf("wall %d arrives %v apart", i, d)
			}
		}
	}
}

// TestRoomLostForFiveSeconds: each of three homes in turn, the host among them, is
// cut off in mid-match, plays on, and is back with its score.
func TestRoomLostForFiveSeconds(t *testing.T) {
	for i := range 6 {
		s := newSim(t, int64(10+i))
		for k := range 3 {
			s.add(string(rune('a'+k)), dancer(4-k))
		}
		s.run("wall 1", s.all(func(h *home) bool { return h.atWall(1) }))
		h := s.homes[i%3]
		before := h.lastTick
		h.present, h.cut = i >= 3, i >= 3 // its transport notices, or sees nobody
		s.pass(5 * time.Second)
		if passed := h.lastTick - before; passed < 290 || passed > 310 {
			t.Errorf("%s played %d ticks in five seconds while cut off", h.peer.ID, passed)
		}
		h.present, h.cut = true, false
		board := s.toPodium()
		for _, line := range strings.Split(strings.TrimSpace(board), "\n") {
			if strings.Contains(line, " 0/") {
				t.Errorf("verdicts are missing after %s was cut off:\n%s", h.peer.ID, board)
			}
		}
		sameWalls(t, s)
		if n, _ := count[MatchStarted](h); n != 1 {
			t.Errorf("%s began %d matches", h.peer.ID, n)
		}
	}
}

// TestCutOffInTheLobby: who is ready and loses the room does not start alone, and
// joins what the others began meanwhile, even if it is the host by the rules.
func TestCutOffInTheLobby(t *testing.T) {
	for _, noticed := range []bool{true, false} {
		s := newSim(t, 70)
		a, b, c := s.add("a", dancer(4)), s.add("b", dancer(4)), s.add("c", dancer(4))
		b.ready = false
		s.pass(2 * time.Second)
		a.present, a.cut = !noticed, !noticed
		s.pass(time.Second)
		b.ready = true
		s.run("the match without a", func() bool { return b.atWall(0) && c.atWall(0) })
		s.pass(3 * time.Second)
		if a.phase() != world.Lobby {
			t.Errorf("noticed %v: a began alone while cut off", noticed)
		}
		a.present, a.cut = true, false
		s.toPodium()
		if n, _ := count[MatchStarted](a); n != 1 || seedOf(a, 0) != seedOf(b, 0) {
			t.Errorf("noticed %v: a began %d matches, the last with another seed", noticed, n)
		}
	}
}

// TestProgramRestarts: somebody comes back with the same ID and knows nothing.
func TestProgramRestarts(t *testing.T) {
	for i := range 2 {
		s := newSim(t, int64(20+i))
		s.add("a", dancer(4))
		s.add("b", dancer(4))
		s.add("c", dancer(0))
		s.run("wall 2", s.all(func(h *home) bool { return h.atWall(2) }))
		h := s.homes[i]
		h.present = false
		s.pass(time.Second)
		h.open()
		h.present, h.peer.Joined = true, time.Unix(1000, 0).Add(s.now)
		board := s.toPodium()
		own := ""
		for _, line := range strings.Split(board, "\n") {
			if strings.HasPrefix(line, h.peer.ID+" ") {
				own = line
			}
		}
		if strings.Count(own, " 1/") < 3 {
			t.Errorf("%s lost its score: %s", h.peer.ID, own)
		}
	}
}

// TestBotsFirst: bots play by themselves; the human who comes next hosts by the
// rules, but has to learn the time and the match from them.
func TestBotsFirst(t *testing.T) {
	s := newSim(t, 30)
	for _, id := range []string{"x", "y"} {
		s.add(id, dancer(3)).peer.Bot = true
	}
	s.run("wall 1", s.all(func(h *home) bool { return h.atWall(1) }))
	human := s.add("h", dancer(9))
	s.run("the human's wall", func() bool { return human.atWall(1) })
	s.run("the new host", s.all(func(h *home) bool { return h.match.Host() == "h" }))
	s.toPodium()
	s.run("the next match", s.all(func(h *home) bool { n, _ := count[MatchStarted](h); return n == 2 }))
	if a, b := seedOf(s.homes[0], 1), seedOf(human, 1); a != b || a == seedOf(human, 0) {
		t.Errorf("the next match has seeds %d and %d", a, b)
	}
}

func TestReadinessDecides(t *testing.T) {
	s := newSim(t, 40)
	a, b := s.add("a", dancer(4)), s.add("b", dancer(4))
	camera := s.add("camera", nil) // publishes, but is no player
	camera.match = New(Options{Transport: camera, Poses: testPoses(), Watch: true})
	b.ready, camera.ready = false, false
	s.pass(6 * time.Second)
	if a.phase() != world.Lobby {
		t.Fatal("started although b is not ready")
	}
	if n, _ := count[Ready](b); n != 1 || !a.match.State().Players[0].Ready {
		t.Errorf("b told of %d changes of readiness, want 1, a's", n)
	}
	b.start = true // is not the host
	s.pass(time.Second)
	if a.phase() != world.Lobby {
		t.Fatal("a guest's start key started the match")
	}
	b.start, a.start = false, true
	s.run("an early start", s.all(func(h *home) bool { return h.phase() == world.Countdown }))
	if len(camera.match.State().Players) != 2 || camera.match.Body("a") == nil || camera.match.Body("camera") != nil {
		t.Errorf("the camera sees %d players", len(camera.match.State().Players))
	}
}

func TestAlone(t *testing.T) {
	for _, transport := range []bool{false, true} {
		s := newSim(t, 50)
		h := s.add("a", dancer(4))
		h.present = false // never joined
		if !transport {
			h.match = New(Options{Poses: testPoses(), Walls: 4, Seed: 7, Name: "Ada", Record: &h.log})
		}
		board := s.toPodium()
		if strings.Count(board, " 1/") != 4 {
			t.Errorf("a perfect player alone:\n%s", board)
		}
		if transport {
			// The room is there at last: same person, same score, another ID.
			h.present = true
			s.pass(time.Second)
			if got := h.board(); got != strings.Replace(board, "me Player a", "a Player a", 1) {
				t.Errorf("after joining:\n%s, before:\n%s", got, board)
			}
		}
		s.run("the lobby", func() bool { return h.phase() == world.Lobby })
		s.pass(2 * time.Second)
		replays(t, s)
	}
}

// TestStall: a home that hangs catches up; a body is not taken for that of long ago.
func TestStall(t *testing.T) {
	m := New(Options{Poses: testPoses(), Walls: 4, Seed: 1})
	up := Input{Body: seen(kinect.Pose{}), HandsUp: true}
	now := time.Duration(0)
	step := func(d time.Duration) *world.State {
		now += d
		if err := m.Advance(now, up); err != nil {
			t.Fatal(err)
		}
		return m.State()
	}
	for step(16*time.Millisecond).Phase != world.Approach {
	}
	st := step(8 * time.Second)
	if len(st.Players[0].Verdicts) == 0 || st.Players[0].Verdicts[0].Outcome != world.Unseen {
		t.Errorf("after a stall over the first wall: %+v", st.Players[0].Verdicts)
	}
	before := st.Tick
	if st = step(100 * time.Hour); st.Tick-before != maxCatchUp || st.Phase != world.Lobby {
		t.Errorf("a long sleep: %d ticks later, phase %d", st.Tick-before, st.Phase)
	}
	if st = step(time.Second); st.Tick-before != maxCatchUp+world.TicksPerSecond {
		t.Errorf("a second after: %d ticks later", st.Tick-before)
	}
}

// TestAnyRoom: whatever the latency, the jitter, the clocks and who is cut off when,
// all boards are the same in the end.
func TestAnyRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates many matches")
	}
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		_ = checks.Value.Set("8") // each is a whole match
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSim(t, rapid.Int64().Draw(rt, "seed"))
		s.latency = time.Duration(rapid.IntRange(0, 200).Draw(rt, "latency")) * time.Millisecond
		s.jitter = time.Duration(rapid.IntRange(0, 100).Draw(rt, "jitter")) * time.Millisecond
		s.loss = float64(rapid.IntRange(0, 50).Draw(rt, "loss")) / 100
		n := rapid.IntRange(2, 4).Draw(rt, "homes")
		for i := range n {
			s.add(string(rune('a'+i)), dancer(rapid.IntRange(0, 4).Draw(rt, "skill")))
		}
		s.run("the match", s.all(func(h *home) bool { return h.phase() == world.Approach }))
		s.pass(time.Duration(rapid.IntRange(0, 12000).Draw(rt, "before")) * time.Millisecond)
		h := s.homes[rapid.IntRange(0, n-1).Draw(rt, "who")]
		h.present = false
		s.pass(time.Duration(rapid.IntRange(1, 6000).Draw(rt, "away")) * time.Millisecond)
		h.present = true
		s.toPodium()
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}
