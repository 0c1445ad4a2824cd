package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cutout/netvideo/sound"
)

// TestPreflight: a healthy start is told in one line and holds nothing up; what does not
// work is named, and the game goes on.
func TestPreflight(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		ok   bool
		says string
	}{
		"healthy":       {[]string{"--sensor", "puppet", "--for", "4s"}, true, "Checked in"},
		"only watching": {[]string{"--sensor", "none", "--for", "4s"}, true, "Checked in"},
		"no microphone": {[]string{"--sensor", "puppet", "--mic", "on", "--for", "12s"}, false, "note: no microphone"},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.ok && hasMicrophone(t.Context()) {
				t.Skip("there is a microphone")
			}
			p := start(t, t.TempDir(), nil, append([]string{"play", "--solo", "--offscreen", "--shots", ".", "--events", "events.jsonl", "--stats", "stats.jsonl"}, c.args...)...)
			e := p.waitNamed("preflight")
			took, _ := e["took"].(float64)
			if e["ok"] != c.ok || took > 10 || c.ok && took > 5 {
				t.Errorf("preflight %v", e)
			}
			if code := p.wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if !strings.Contains(p.output(), c.says) {
				t.Errorf("it does not say %q:\n%s", c.says, p.output())
			}
		})
	}
}

func hasMicrophone(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return !errors.Is(sound.Microphone(ctx, func([]float32) {}), sound.ErrNoMicrophone)
}
