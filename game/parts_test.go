package game

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cutout/game/audio"
	"cutout/game/world"
	"cutout/netvideo"
)

// TestSteering: holding a key raises the arm to straight up and no further; letting
// go keeps it; lowering it brings it back to rest.
func TestSteering(t *testing.T) {
	var s steering
	var c Controls
	hold := func(k keysHeld, seconds float64) {
		for range int(seconds * 60) {
			c = s.tick(k, 1.0/60)
		}
	}
	hold(keysHeld{leftUp: true}, 2)
	if !c.LeftHand.On || math.Abs(c.LeftHand.Y-1) > 1e-6 || c.RightHand.On {
		t.Errorf("raised: %+v", c)
	}
	hold(keysHeld{}, 1)
	if !c.LeftHand.On {
		t.Error("let go, the arm falls")
	}
	hold(keysHeld{leftDown: true}, 2)
	if c.LeftHand.On {
		t.Errorf("lowered: %+v", c.LeftHand)
	}
	hold(keysHeld{rightUp: true}, 90.0/armPace)
	if c.RightHand.X > -0.95 {
		t.Errorf("the right arm points to %+v; out is away from the left", c.RightHand)
	}
	aim := &Aim{X: 0.6, Y: 0.7}
	hold(keysHeld{aimLeft: aim}, 0.1)
	hold(keysHeld{}, 0.1)
	if want := (Aim{0.6, 0.7, true}); c.LeftHand != want {
		t.Errorf("aimed: %+v", c.LeftHand)
	}
	hold(keysHeld{stepLeft: true, leanRight: true, crouch: 1, legLeft: true, up: 1}, 3)
	if c.Step != 1 || c.Lean != -1 || c.Crouch != 1 || c.LeftLeg != 1 || !c.HandsUp {
		t.Errorf("all at once: %+v", c)
	}
	hold(keysHeld{}, 1)
	if c.Step != 1 || c.Lean != 0 || c.Crouch != 0 || c.LeftLeg != 0 || c.HandsUp {
		t.Errorf("at rest: %+v", c)
	}
}

// TestSteeringBounds: whatever is held for however long, all stays in range.
func TestSteeringBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s steering
		for range rapid.IntRange(1, 40).Draw(t, "ticks") {
			b := func() bool { return rapid.Bool().Draw(t, "key") }
			k := keysHeld{b(), b(), b(), b(), b(), b(), b(), b(), rapid.Float64Range(0, 1).Draw(t, "crouch"), 0, b(), b(), nil, nil}
			c := s.tick(k, rapid.Float64Range(0, 0.2).Draw(t, "dt"))
			for _, v := range []float64{c.LeftHand.X, c.LeftHand.Y, c.RightHand.X, c.RightHand.Y, c.Lean, c.Step} {
				if !(v >= -1 && v <= 1) {
					t.Fatalf("%+v", c)
				}
			}
			if !(c.Crouch >= 0 && c.Crouch <= 1 && c.LeftLeg >= 0 && c.LeftLeg <= 1) {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// TestCues: each effect once, when its moment comes.
func TestCues(t *testing.T) {
	var c cues
	var heard []audio.Effect
	at := func(s world.State) { c.tick(&s, func(e audio.Effect) { heard = append(heard, e) }) }
	expect := func(what string, want ...audio.Effect) {
		t.Helper()
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		heard = nil
	}
	me := world.Player{ID: "me"}
	s := world.State{Self: "me", Players: []world.Player{me, {ID: "you", Ready: true}}}
	at(s)
	expect("who comes late hears nothing of before")
	s.Players[0].Ready = true
	at(s)
	at(s)
	expect("ready", audio.Ready)
	s.Phase, s.PhaseLength = world.Countdown, 180
	for s.PhaseTicks = 0; s.PhaseTicks < 180; s.PhaseTicks++ {
		at(s)
	}
	expect("countdown", audio.Tick, audio.Tick, audio.Tick)
	s.Phase = world.Approach
	at(s)
	expect("go", audio.Go)
	s.Phase = world.Impact
	at(s)
	for i, want := range []audio.Effect{audio.Pass, audio.Pass, audio.Combo, audio.Fail} {
		v := world.Verdict{Wall: i, Outcome: world.Pass, Combo: i + 1}
		if i == 3 {
			v.Outcome = world.Fail
		}
		s.Players[0].Verdicts = append(s.Players[0].Verdicts, v)
		at(s)
		expect("verdict", want)
	}
	s.Phase = world.Podium
	at(s)
	at(s)
	expect("podium", audio.Fanfare)
}

// TestTilesOf: friends with streams first, then players without; each once.
func TestTilesOf(t *testing.T) {
	now := time.Unix(1000, 0)
	fresh := &netvideo.Picture{Decoded: now.Add(-time.Second)}
	old := &netvideo.Picture{Decoded: now.Add(-time.Minute)}
	stream := func(id, name string, video bool, p *netvideo.Picture) netvideo.StreamView {
		return netvideo.StreamView{Stream: netvideo.Stream{HasVideo: video, Connection: netvideo.Connection{ID: id, Name: name}}, Picture: p}
	}
	s := &world.State{Self: "me", Players: []world.Player{
		{ID: "me", Present: true}, {ID: "a", Name: "Ada", Present: true, Ready: true}, {ID: "x", Name: "Bo", Present: true}, {ID: "c", Present: false},
	}}
	got := tilesOf(s, []netvideo.StreamView{
		stream("a", "Ada", true, nil), stream("b", "Freja", true, fresh), stream("c", "Tunde", true, old), stream("a", "Ada", true, fresh), stream("d", "Mute", false, nil),
	}, func(id string) float32 { return map[string]float32{"b": 0.5}[id] }, now)
	type row struct {
		ID, Name, Trouble string
		Ready, Away, Pic  bool
		Level             float32
	}
	var rows []row
	for _, g := range got {
		rows = append(rows, row{g.ID, g.Name, g.Trouble, g.Ready, g.Away, g.Picture != nil, g.Level})
	}
	want := []row{
		{"a", "Ada", "", true, false, true, 0},
		{"b", "Freja", "", false, false, true, 0.5},
		{"c", "Tunde", "away", false, true, true, 0},
		{"d", "Mute", "camera off", false, false, false, 0},
		{"x", "Bo", "no picture", false, false, false, 0},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if g := tilesOf(s, []netvideo.StreamView{stream("z", "Z", true, old)}, nil, now); g[0].Trouble != "picture frozen" {
		t.Errorf("an old picture: %q", g[0].Trouble)
	}
}

// TestCounter: rates are those of the last second.
func TestCounter(t *testing.T) {
	var c counter
	now := time.Unix(0, 0)
	for i := range 121 {
		c.update(now, int64(2*i))
		if i%2 == 0 {
			c.frame("low")
		}
		now = now.Add(time.Second / 60)
	}
	s := c.read()
	near := func(got, want float64) bool { return math.Abs(got-want) < 2.5 }
	if !near(s.UpdatesPerSecond, 60) || !near(s.TicksPerSecond, 120) || !near(s.FramesPerSecond, 30) || s.Updates != 121 {
		t.Errorf("%+v", s)
	}
}
