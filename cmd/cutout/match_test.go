package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"

	"cutout/game/match"
	"cutout/game/world"
	"cutout/netvideo/door"
)

// results are the verdicts of a match by wall and player, and the podium, as one
// home logged them.
func results(t *testing.T, p *program) (verdicts map[string]event, podium []any) {
	t.Helper()
	verdicts = map[string]event{}
	for _, e := range readEvents(t, p.events) {
		switch {
		case e.is("verdict"):
			delete(e, "t")
			verdicts[fmt.Sprint(e["wall"], e["connection"])] = e
		case e.is("podium"):
			podium = e["scores"].([]any)
		}
	}
	return verdicts, podium
}

// TestMatch has two homes and a server play ten walls. In the middle of it the
// server is killed: it comes back, so do both homes, and no score is lost. At the
// end both report the same, and the recorded inputs replay to it.
func TestMatch(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("a room needs a network interface beside the loopback")
	}
	host := startHost(t, "--walls", "10", "--friends", "1", "--seed", "7", "--record", "match.log", "--name", "Ada")
	link := host.waitNamed("invite")["link"].(string)
	guest := start(t, t.TempDir(), nil, "join", link, "--offscreen", "--sensor", "puppet", "--name", "Bob",
		"--shots", ".", "--events", "events.jsonl", "--stats", "stats.jsonl")

	server := host.waitEvent(1, "the server", func(e event) bool { return e.is("server") && e["phase"] == "running" })
	guest.waitEvent(2, "the second verdict", func(e event) bool { return e.is("verdict") })
	if err := syscall.Kill(int(server["pid"].(float64)), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	host.waitNamed("reconnected")
	guest.waitNamed("reconnected")

	for _, p := range []*program{host, guest} {
		if code := p.wait(); code != 0 {
			t.Errorf("exit code %d; it said:\n%s", code, p.output())
		}
	}
	verdicts, podium := results(t, host)
	others, othersPodium := results(t, guest)
	if len(verdicts) != 20 {
		t.Errorf("%d verdicts, want one for each of ten walls and two players", len(verdicts))
		for _, e := range readEvents(t, host.events) {
			t.Log(e)
		}
	}
	if !reflect.DeepEqual(verdicts, others) {
		t.Errorf("the homes disagree:\n%v\n%v", verdicts, others)
	}
	if len(podium) != 2 || !reflect.DeepEqual(podium, othersPodium) {
		t.Errorf("the podiums disagree:\n%v\n%v", podium, othersPodium)
	}
	checkReplay(t, filepath.Join(filepath.Dir(host.events), "match.log"), podium)
}

// startHost starts `cutout play` with a room in a folder of its own.
func startHost(t *testing.T, args ...string) *program {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"play", "--offscreen", "--sensor", "puppet", "--listen", ":0",
		"--shots", ".", "--events", "events.jsonl", "--stats", "stats.jsonl"}, args...)
	return start(t, dir, nil, args...)
}

// checkReplay replays recorded inputs and compares the scores.
func checkReplay(t *testing.T, path string, podium []any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	log, err := world.NewLogReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var last []match.Score
	for w := world.New(log.Options()); ; {
		in, err := log.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("replay the match: %v", err)
		}
		if w.Step(in); w.State().Phase != world.Podium {
			continue
		}
		last = last[:0]
		for _, p := range w.State().Players {
			last = append(last, match.Score{Player: p.ID, Name: p.Name, Points: p.Points})
		}
	}
	if len(last) != len(podium) {
		t.Fatalf("the replay has %d players on the podium, want %d", len(last), len(podium))
	}
	for i, s := range last {
		want := podium[i].(map[string]any)
		if s.Name != want["player"] || float64(s.Points) != want["points"] {
			t.Errorf("place %d of the replay is %s with %d points, want %v", i+1, s.Name, s.Points, want)
		}
	}
}
