package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// shell runs a command that answers with one line of JSON.
func (s sampleServer) shell(t *testing.T, answer any, args ...string) {
	t.Helper()
	t.Setenv("CUTOUT_PASS", s.Tokens["moderator"])
	code, out, errOut := runOnce(t, append(args, "--url", s.URL, "--json")...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, errOut)
	}
	if err := json.Unmarshal([]byte(out), answer); err != nil {
		t.Fatalf("%v: %v in %q", args, err, out)
	}
}

// TestTurnedAway: links that are used up, expired or revoked, and tokens that are
// expired, edited or another room's, are answered with what is wrong and what to do.
func TestTurnedAway(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("a room needs a network interface beside the loopback")
	}
	s := startSample(t)
	var once, short, gone struct{ Code, Link string }
	s.shell(t, &once, "invite", "--session", s.Session, "--uses", "1")
	s.shell(t, &short, "invite", "--session", s.Session, "--expires", "1s")
	s.shell(t, &gone, "invite", "--session", s.Session)
	if code, _, errOut := runOnce(t, "invite", "revoke", gone.Code, "--session", s.Session, "--url", s.URL); code != 0 {
		t.Fatalf("revoke: exit code %d: %s", code, errOut)
	}
	var brief struct{ Token string }
	s.shell(t, &brief, "token", "--session", s.Session, "--role", "publisher", "--name", "Ada", "--expires", "1s")
	other := startSample(t)
	if _, err := netvideo.ParseLink(once.Link); err != nil {
		t.Fatal(err)
	}

	join := func(args ...string) *program {
		return start(t, t.TempDir(), nil, append([]string{"join", "--offscreen", "--sensor", "puppet", "--for", "3s"}, args...)...)
	}
	if p := join(once.Link); p.wait() != 0 {
		t.Errorf("the first use of a link fails:\n%s", p.output())
	}
	time.Sleep(1500 * time.Millisecond) // until the short-lived ones have ended
	edited := brief.Token[:len(brief.Token)-4] + "AAAA"
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"used up", []string{once.Link}, "used up"},
		{"expired", []string{short.Link}, "expired"},
		{"revoked", []string{gone.Link}, "revoked"},
		{"unknown", []string{s.URL + "/r/zzzzzzzzzz"}, "invite"},
		{"expired token", []string{"--server", s.URL, "--token", brief.Token}, "expired"},
		{"edited token", []string{"--server", s.URL, "--token", edited}, "token"},
		{"another server's token", []string{"--server", s.URL, "--token", other.Tokens["publisher"]}, "token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := join(c.args...)
			if code := p.wait(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			checkTrouble(t, p.output(), c.says)
		})
	}
}

// TestSubscriberIsTold: who may only watch is told so at once, and watches.
func TestSubscriberIsTold(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("a room needs a network interface beside the loopback")
	}
	s := startSample(t)
	p := start(t, t.TempDir(), nil, "join", "--offscreen", "--sensor", "puppet", "--for", "4s",
		"--server", s.URL, "--token", s.Tokens["subscriber"])
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if !strings.Contains(p.output(), "You are watching") {
		t.Errorf("it is not told that it watches:\n%s", p.output())
	}
}
