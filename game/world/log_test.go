package world

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cutout/kinect"
)

// recorded is a match and a bit, with its log.
func recorded(t testing.TB) (Summary, []byte) {
	t.Helper()
	var log bytes.Buffer
	o := Options{Self: "ada", Name: "Ada"}
	r, err := NewRecorder(&log, o)
	if err != nil {
		t.Fatal(err)
	}
	w := New(o)
	var sum Summarizer
	poses := []kinect.Pose{standing}
	for _, wall := range testWalls() {
		poses = append(poses, wall.Pose)
	}
	pass := Verdict{Wall: 1, Outcome: Pass, Fit: 950, Fill: 700}
	hole := HoleOf(standing)
	commands := map[int][]Command{
		3:    {Joined{"bob", "Bob"}, SetReady{"bob", true}},
		130:  {Start{Seed: 1 << 63, Tick: 330, Walls: testWalls()}, Renamed{"bob", "Bobby"}},
		800:  {Identify{"ada2", "Ada", true}, Left{"bob"}},
		900:  {Joined{"bob", "Bobby"}, Judged{ID: "bob", Verdict: pass, Body: &hole}, Judged{ID: "bob", Verdict: pass}},
		2500: {Start{Seed: 2, Tick: 2600, Walls: testWalls()[:1]}},
		2700: {Abandon{}},
	}
	var body *kinect.Silhouette
	for tick := range 2800 {
		switch {
		case tick%2 == 0 && tick < 2000:
			p := poses[w.State().Wall+min(1, int(w.State().Phase))]
			body = seen(p.Towards(standing, tick%400), testHeight)
		case tick == 2100:
			body = nil
		}
		in := Input{Body: body, HandsUp: tick%500 < 50, ReadyKey: tick%700 < 4, Commands: commands[tick]}
		w.Step(in)
		sum.Add(w.State())
		if err := r.Add(in); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return sum.Summary(), log.Bytes()
}

func TestReplayIsTheSameBitForBit(t *testing.T) {
	want, log := recorded(t)
	got, err := Replay(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("the replay went differently:", d)
	}
	if want.Matches != 2 || len(want.Players) != 2 || want.Players[0].Points == 0 {
		t.Errorf("the match was no test: %+v", want)
	}
	t.Logf("%d ticks in %d bytes, hash %016x", want.Ticks, len(log), want.Hash)
	again, _ := recorded(t)
	if again.Hash != want.Hash {
		t.Error("the same inputs gave different states")
	}
}

func TestReplaySaysWhatIsWrong(t *testing.T) {
	_, log := recorded(t)
	for name, c := range map[string]struct {
		log  []byte
		want string
	}{
		"empty":   {nil, "not an input log"},
		"text":    {[]byte("hello, this is some text"), "not an input log"},
		"cut":     {log[:len(log)/2], "unexpected EOF"},
		"flags":   {append(bytes.Clone(log), 0xff), "unknown flags"},
		"repeat":  {append(bytes.Clone(log), 0, 0xff, 0xff, 0xff, 0xff, 0x7f), "a repetition"},
		"command": {append(bytes.Clone(log), logCommand, 0, 1, 99), "unknown kind 99"},
		"mask":    {append(bytes.Clone(log), logBody, 0, 1, 0xff, 0xff, 0xff, 1), "a mask has a run"},
	} {
		if _, err := Replay(bytes.NewReader(c.log)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one about %q", name, err, c.want)
		}
	}
}

func FuzzLog(f *testing.F) {
	_, log := recorded(f)
	f.Add(log[:400])
	f.Add(append([]byte(logMagic), 0, 0, logHands, 5, logNobody|logCommand, 0, 1, logAbandon))
	f.Add(append([]byte(logMagic), 1, 'a', 0, logCommand, 200, 1, 1, logStart, 1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := NewLogReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		var again bytes.Buffer
		r, err := NewRecorder(&again, l.Options())
		if err != nil {
			t.Fatal(err)
		}
		w := New(l.Options())
		ticks := 0
		for ; ticks < 200; ticks++ {
			in, err := l.Next()
			if err != nil {
				break
			}
			w.Step(in)
			if err := r.Add(in); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		// What could be read can be written, and then read to the end.
		l, err = NewLogReader(&again)
		v := New(l.Options())
		for err == nil {
			var in Input
			if in, err = l.Next(); err == nil {
				v.Step(in)
			}
		}
		if !errors.Is(err, io.EOF) || Digest(v.State()) != Digest(w.State()) {
			t.Fatalf("the log of %d ticks read back differs: %v", ticks, err)
		}
	})
}

func FuzzGrid(f *testing.F) {
	hole := HoleOf(standing)
	f.Add(PackGrid(nil, &hole))
	f.Add([]byte{1, 0})
	f.Add([]byte{3, 0, 5, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := UnpackGrid(b)
		if err != nil {
			return
		}
		again, err := UnpackGrid(PackGrid(nil, g))
		if err != nil || *again != *g {
			t.Fatalf("a mask changed by packing: %v", err)
		}
	})
}
