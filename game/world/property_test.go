package world

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cutout/kinect"
)

func TestPackGridLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g kinect.Grid
		for range rapid.IntRange(0, 40).Draw(t, "runs") {
			from := rapid.IntRange(0, gridCells-1).Draw(t, "from")
			for i := from; i < min(gridCells, from+rapid.IntRange(1, 500).Draw(t, "length")); i++ {
				g[i>>6] |= 1 << (i & 63)
			}
		}
		back, err := UnpackGrid(PackGrid(nil, &g))
		if err != nil || *back != g {
			t.Fatalf("unpacked differently: %v", err)
		}
	})
}

func TestScheduleHasNoGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, MaxWalls).Draw(t, "walls")
		start := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "start")
		s := newSchedule(start, n)
		phase, wall, ticks, length := s.at(start - countdownTicks - 1)
		if phase != Lobby || ticks != 0 || length != 0 {
			t.Fatalf("phase %d before the countdown", phase)
		}
		walls := 0
		for tick := start - countdownTicks; ; tick++ {
			p, w, k, l := s.at(tick)
			switch {
			case p == phase && w == wall && k == ticks+1 && l == length:
			case k == 0 && ticks+1 == length || phase == Lobby:
				if p == Approach {
					walls++
					if l < fastestTicks || l > slowestTicks {
						t.Fatalf("wall %d approaches for %d ticks", w, l)
					}
				}
			default:
				t.Fatalf("at %d: phase %d, wall %d, tick %d of %d after phase %d, wall %d, tick %d of %d", tick-start, p, w, k, l, phase, wall, ticks, length)
			}
			if phase, wall, ticks, length = p, w, k, l; phase == Lobby {
				break
			}
		}
		if walls != n {
			t.Fatalf("%d walls came, want %d", walls, n)
		}
	})
}

func TestPickIsPureAndDoesNotRepeat(t *testing.T) {
	var pool []Wall
	for i := range 50 {
		pool = append(pool, Wall{Name: string(rune('A' + i)), Difficulty: 1 + i/10, Pose: kinect.Pose{LeftShoulder: int16(3 * i), RightHip: 20}})
	}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		n := rapid.IntRange(1, 60).Draw(t, "n")
		walls := Pick(seed, pool, n)
		if len(walls) != n || !slices.Equal(walls, Pick(seed, pool, n)) {
			t.Fatalf("%d walls, want %d, the same twice", len(walls), n)
		}
		names := map[string]bool{}
		for i, w := range walls {
			if err := w.Check(); err != nil {
				t.Fatal(err)
			}
			if names[w.Name] && i < len(pool) {
				t.Fatalf("wall %d, %s, comes again", i, w.Name)
			}
			names[w.Name] = true
			if n == 10 && i > 0 && w.Difficulty < walls[i-1].Difficulty {
				t.Fatalf("wall %d is easier than the one before", i)
			}
		}
	})
	if slices.Equal(Pick(1, pool, 10), Pick(2, pool, 10)) {
		t.Error("two seeds give the same walls")
	}
}

// TestAnyCommandsKeepTheBoardInOrder throws commands at a world in any order.
func TestAnyCommandsKeepTheBoardInOrder(t *testing.T) {
	ids := rapid.SampledFrom([]string{"", "me", "a", "b", "c"})
	command := rapid.Custom(func(t *rapid.T) Command {
		id := ids.Draw(t, "id")
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			return Identify{id, id, rapid.Bool().Draw(t, "plays")}
		case 1:
			return Joined{id, id}
		case 2:
			return Left{id}
		case 3:
			return Renamed{id, "x"}
		case 4:
			return SetReady{id, rapid.Bool().Draw(t, "ready")}
		case 5:
			return Start{Tick: rapid.Int64Range(-2500, 500).Draw(t, "tick"), Walls: testWalls()[:rapid.IntRange(0, 3).Draw(t, "walls")]}
		case 6:
			return Judged{ID: id, Verdict: Verdict{
				Wall: rapid.IntRange(-1, 4).Draw(t, "wall"), Outcome: Outcome(rapid.IntRange(0, 5).Draw(t, "outcome")),
				Fit: rapid.IntRange(-10, 1100).Draw(t, "fit"), Fill: rapid.IntRange(-10, 1100).Draw(t, "fill"),
			}}
		}
		return Abandon{}
	})
	rapid.Check(t, func(t *rapid.T) {
		w := New(Options{Self: "me", Name: "Me"})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.Step(Input{Commands: []Command{command.Draw(t, "command")}})
			for range rapid.IntRange(0, 200).Draw(t, "idle") {
				w.Step(Input{})
			}
			checkBoard(t, w.State())
		}
	})
}

func checkBoard(t *rapid.T, s *State) {
	seen := map[string]bool{}
	for i, p := range s.Players {
		if seen[p.ID] || p.ID == "" {
			t.Fatalf("player %q is there twice, or nameless", p.ID)
		}
		seen[p.ID] = true
		sum := 0
		for k, v := range p.Verdicts {
			sum += v.Points
			if v.Wall != k || v.Outcome > Unseen || (v.Points > 0) != (v.Outcome == Pass) {
				t.Fatalf("verdict %+v of wall %d", v, k)
			}
		}
		if sum != p.Points {
			t.Fatalf("%d points, verdicts add up to %d", p.Points, sum)
		}
		if s.Phase != Lobby && i > 0 {
			q := s.Players[i-1]
			if cmp.Or(cmp.Compare(p.Points, q.Points), cmp.Compare(q.Name, p.Name), cmp.Compare(q.ID, p.ID)) > 0 {
				t.Fatalf("%+v stands before %+v", q, p)
			}
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add(uint16(3000), uint16(1800), 900)
	f.Add(uint16(1), uint16(65535), -1<<40)
	f.Fuzz(func(t *testing.T, distance, height uint16, drop int) {
		s := seen(standing, testHeight)
		s.Distance = kinect.Millimetres(distance)
		own, hidden := Normalise(s, Calibration{kinect.Millimetres(height), drop})
		if both := own.And(&hidden); both.Count() > 0 {
			t.Fatal("a cell is body and hidden at once")
		}
	})
}

// BenchmarkStep is a tick with a new silhouette in front of a wall.
func BenchmarkStep(b *testing.B) {
	w := begun(seen(standing, testHeight))
	for w.State().Phase != Approach {
		w.Step(Input{Body: w.body})
	}
	bodies := [2]*kinect.Silhouette{seen(standing, testHeight), seen(testWalls()[0].Pose, testHeight)}
	w.match.schedule = newSchedule(w.tick, 1)
	w.match.arrive[0] = 1 << 60
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.Step(Input{Body: bodies[i&1]})
	}
}
