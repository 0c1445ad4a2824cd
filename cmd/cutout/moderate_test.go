package main

import (
	"strings"
	"testing"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// runLine runs a line against the server at url, fails unless it ends with the code, and
// returns what it prints.
func runLine(t *testing.T, wantCode int, line, url string) string {
	t.Helper()
	code, out, errOut := runOnce(t, append(strings.Fields(line), "--url", url)...)
	if code != wantCode {
		t.Fatalf("%s: exit code %d, want %d: %s", line, code, wantCode, errOut)
	}
	if code != 0 {
		checkTrouble(t, errOut, "")
	}
	return out
}

// muteFromTheShell mutes one, holds her, mutes all, and lifts it again.
func muteFromTheShell(t *testing.T, shell func(int, string) string, eve door.Pass) {
	t.Helper()
	var done door.Done
	decode(t, shell(0, "mute eve --lock --json"), &done)
	if len(done.Connections) != 1 || done.Connections[0] != eve.Identity || !done.Durable {
		t.Errorf("mute: %+v", done)
	}
	if out := shell(0, "connections"); !strings.Contains(out, "held muted: audio") {
		t.Errorf("connections say %q", out)
	}
	decode(t, shell(0, "mute --all --except Bo --on-join --media audio,video --json"), &done)
	if len(done.Connections) != 1 || done.Connections[0] != eve.Identity {
		t.Errorf("mute all: %+v", done)
	}
	shell(0, "unmute Eve")
	shell(0, "unmute --all --media video,audio")
}

// TestModerationFromTheShell goes the way of the help texts, with a moderator's pass.
func TestModerationFromTheShell(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	host := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator, Who: door.Who{Name: "Host"}})
	eve := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Eve"}})
	bo := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Bo"}})
	for _, p := range []door.Pass{host, eve, bo} {
		join(t, p)
	}
	t.Setenv("LIVEKIT_API_KEY", "")
	t.Setenv("LIVEKIT_API_SECRET", "")
	t.Setenv("CUTOUT_PASS", host.Token)
	shell := func(wantCode int, line string) string {
		t.Helper()
		return runLine(t, wantCode, line, s.URL)
	}
	var present []door.Present
	decode(t, shell(0, "connections --json"), &present)
	if len(present) != 3 {
		t.Errorf("connections %+v", present)
	}
	muteFromTheShell(t, shell, eve)
	if out := shell(0, "streams --json"); out != "[]\n" {
		t.Errorf("streams %q", out)
	}
	if out := shell(0, "kick Eve --replace-links"); !strings.Contains(out, eve.Identity) {
		t.Errorf("kick says %q", out)
	}
	var bans []door.Ban
	decode(t, shell(0, "ban list --json"), &bans)
	if len(bans) != 1 || bans[0].ID != eve.Identity || bans[0].Name != "Eve" || bans[0].By != host.Identity {
		t.Errorf("bans %+v", bans)
	}
	shell(0, "ban lift "+eve.Identity)
	shell(0, "token revoke "+bo.Identity)
	var link door.LinkedInvite
	decode(t, shell(0, "invite create --uses 2 --json"), &link)
	decode(t, shell(0, "invite replace "+link.Code+" --json"), &link)
	if link.UsesLeft != 2 {
		t.Errorf("replaced by %+v", link)
	}
	var acts []door.Act
	decode(t, shell(0, "audit --json --limit 20"), &acts)
	if len(acts) != 8 || acts[len(acts)-1].Act != "mute" || acts[0].Act != "replaceInvite" {
		t.Errorf("the audit is %+v", acts)
	}
	for line, code := range map[string]int{
		"kick": 2, "kick Nobody": 1, "mute": 2, "mute Bo --all": 2, "mute Bo --on-join": 2, "mute Bo --media smell": 2, "unpublish nobody#x/camera": 1,
		"session create": 1, "ban lift Nobody": 1, "audit --limit 0": 2, "session end elsewhere": 1, "handover": 2, "handover " + host.Identity: 2,
	} {
		shell(code, line)
	}
	shell(0, "session end "+id)
	shell(1, "connections")
}

// TestSessionsFromTheShell: with the server's key.
func TestSessionsFromTheShell(t *testing.T) {
	s := startTarget(t)
	t.Setenv("CUTOUT_PASS", "")
	t.Setenv("LIVEKIT_API_KEY", s.Keys.Key)
	t.Setenv("LIVEKIT_API_SECRET", s.Keys.Secret)
	shell := func(args ...string) string {
		t.Helper()
		code, out, errOut := runOnce(t, append(args, "--url", s.URL)...)
		if code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, errOut)
		}
		return out
	}
	var made door.Session
	decode(t, shell("session", "create", "--id", "friday", "--interaction", "one-to-many", "--data", "a show", "--json"), &made)
	if made.ID != "friday" || made.Interaction != door.OneToMany || made.Data != "a show" {
		t.Errorf("made %+v", made)
	}
	var once door.Pass
	decode(t, shell("token", "--session", "friday", "--role", "publisherOnly", "--once", "--json"), &once)
	if !once.Once || once.Role != netvideo.PublisherOnly {
		t.Errorf("the token is %+v", once)
	}
	join(t, once)
	var list []door.SessionView
	decode(t, shell("session", "list", "--json"), &list)
	if len(list) != 2 || list[1].ID != "friday" || list[1].Connections != 1 {
		t.Errorf("sessions %+v", list)
	}
	if out := shell("session", "list"); !strings.Contains(out, "1 inside") {
		t.Errorf("the list is %q", out)
	}
	shell("session", "end", "friday")
	decode(t, shell("session", "list", "--json"), &list)
	if len(list) != 1 {
		t.Errorf("after the end %+v", list)
	}
}
