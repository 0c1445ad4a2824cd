package main

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// serveForScripts starts 'cutout serve --json' as a script would and reads its line.
func serveForScripts(t *testing.T, dir string, args ...string) server.Ready {
	t.Helper()
	p := start(t, dir, nil, append([]string{"serve", "--json", "--state", filepath.Join(dir, "state.json")}, args...)...)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if line, rest, whole := strings.Cut(p.output(), "\n"); whole {
			var r server.Ready
			if err := json.Unmarshal([]byte(line), &r); err != nil || rest != "" {
				t.Fatalf("%q is not one line of JSON: %v", p.output(), err)
			}
			return r
		}
		select {
		case <-p.done:
			t.Fatalf("ended before it was ready: %s", p.output())
		default:
		}
	}
	t.Fatalf("not ready: %s", p.output())
	return server.Ready{}
}

func TestServeSample(t *testing.T) {
	r := serveForScripts(t, t.TempDir(), "--sample", "--listen", "127.0.0.1:0")
	for _, role := range []netvideo.Role{netvideo.Subscriber, netvideo.Publisher, netvideo.Moderator} {
		c, err := door.CheckPass(t.Context(), r.URL, r.Tokens[role])
		if err != nil || c.Role != role || c.Session != r.Session {
			t.Errorf("the %s token: %+v, %v", role, c, err)
		}
	}
	link, err := netvideo.ParseLink(r.Invite)
	if err != nil || link.Base != r.URL {
		t.Fatalf("invite %q, url %q: %v", r.Invite, r.URL, err)
	}
	if pass, err := door.Redeem(t.Context(), link, door.Who{Name: "Ada"}); err != nil || pass.Session != r.Session {
		t.Errorf("pass %+v, %v", pass, err)
	}
}

// TestTokensAndInvitesFromTheShell goes the way of the help texts.
func TestTokensAndInvitesFromTheShell(t *testing.T) {
	t.Setenv("CUTOUT_PASS", "")
	t.Setenv("LIVEKIT_API_KEY", "")
	t.Setenv("LIVEKIT_API_SECRET", "")
	dir := t.TempDir()
	r := serveForScripts(t, dir, "--listen", "127.0.0.1:0")
	if r.Session != "" || r.Invite != "" || len(r.Tokens) > 0 {
		t.Errorf("without --sample it gives %+v", r)
	}
	shell := func(wantCode int, args ...string) string {
		t.Helper()
		code, out, errOut := runOnce(t, append(args, "--url", r.URL, "--state", filepath.Join(dir, "state.json"))...)
		if code != wantCode {
			t.Fatalf("%v: exit code %d, want %d: %s", args, code, wantCode, errOut)
		}
		if code != 0 {
			checkTrouble(t, errOut, "")
		}
		return out
	}
	var pass door.Pass
	decode(t, shell(0, "token", "--session", "new", "--role", "moderator", "--name", "Ada", "--expires", "1h", "--json"), &pass)
	if left := time.Until(pass.Expires); pass.URL != r.URL || pass.Role != netvideo.Moderator || left < 59*time.Minute || left > time.Hour {
		t.Errorf("pass %+v", pass)
	}
	if c, err := door.CheckPass(t.Context(), pass.URL, pass.Token); err != nil || c.Name != "Ada" {
		t.Errorf("the token says %+v, %v", c, err)
	}
	var invite door.LinkedInvite
	decode(t, shell(0, "invite", "--session", pass.Session, "--uses", "2", "--json"), &invite)
	if out := shell(0, "invite", "list", "--session", pass.Session); !strings.Contains(out, invite.Link) || !strings.Contains(out, "2 left") {
		t.Errorf("the list is %q", out)
	}
	shell(0, "invite", "revoke", invite.Link)
	if out := shell(0, "invite", "list", "--session", pass.Session); !strings.Contains(out, "revoked") {
		t.Errorf("after revoking, the list is %q", out)
	}

	// With a moderator's pass instead of the key: the own session only.
	t.Setenv("CUTOUT_PASS", pass.Token)
	decode(t, shell(0, "invite", "--session", pass.Session, "--role", "subscriber", "--json"), &invite)
	shell(1, "token", "--session", "new")
	shell(1, "token", "--session", "elsewhere")
	t.Setenv("CUTOUT_PASS", "hello")
	shell(1, "token", "--session", pass.Session)
	t.Setenv("CUTOUT_PASS", "")

	shell(1, "token", "--session", "elsewhere")
	shell(1, "invite", "revoke", "nosuchinvite")
	shell(2, "token")
	shell(2, "token", "--session", pass.Session, "--role", "owner")
	shell(2, "token", "--session", pass.Session, "--expires", "9999h")
	shell(2, "token", "--session", pass.Session, "--data", strings.Repeat("x", 1001))
	shell(2, "invite", "--session", pass.Session, "--interaction", "one-to-one")
	shell(2, "invite", "revoke")
}

func decode(t *testing.T, line string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), v); err != nil || strings.Count(line, "\n") != 1 {
		t.Fatalf("%q is not one line of JSON: %v", line, err)
	}
}

func TestServeTrouble(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"serve --listen " + taken.Addr().String(), 1, "taken"},
		{"serve --listen 8.8.8.8:7880 --sample", 1, "sample"},
		{"serve --listen here", 2, "--listen"},
		{"serve --udp 70000", 2, "--udp"},
		{"serve --log loud", 2, "--log"},
		{"serve now", 2, "now"},
		{"serve --listen 127.0.0.1:0 --state /proc/no/state.json", 1, "/proc/no"},
		{"token --session S --url here", 2, "--url"},
		{"token --session S --url http://127.0.0.1:9", 1, "key"},
	} {
		code, _, errOut := runOnce(t, strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.args, code, c.code)
		}
		checkTrouble(t, errOut, c.says)
	}
	t.Setenv("LIVEKIT_API_KEY", "key")
	t.Setenv("LIVEKIT_API_SECRET", "short")
	code, _, errOut := runOnce(t, "serve", "--listen", "127.0.0.1:0")
	if code != 2 {
		t.Errorf("with a short secret: exit code %d", code)
	}
	checkTrouble(t, errOut, "32 bytes")
}
