package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadInput: whatever is wrong, there is one line that says so, one of advice,
// and the right exit code.
func TestBadInput(t *testing.T) {
	empty := t.TempDir()
	garbage := t.TempDir()
	if err := os.WriteFile(filepath.Join(garbage, "INDEX.txt"), []byte("d-what-is-this.pgm\n\x00\xff"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args string
		code int
		says string
	}{
		{"no such command", "dance", 2, "dance"},
		{"no such flag", "play --loud", 2, "--loud"},
		{"argument too much", "play now", 2, "now"},
		{"no such sensor", "play --sensor lidar", 2, "lidar"},
		{"no such way to share", "play --share everything", 2, "everything"},
		{"no such background", "play --background beach", 2, "beach"},
		{"background without picture", "play --background replace", 2, "which picture"},
		{"background missing", "play --background replace:/nowhere/beach.png", 1, "/nowhere/beach.png"},
		{"background is no picture", "join LINK --background replace:" + filepath.Join(garbage, "INDEX.txt"), 1, "INDEX.txt"},
		{"background is a folder", "play --background replace:" + garbage, 1, garbage},
		{"room behind a silhouette", "play --share silhouette --background blur", 2, "silhouette"},
		{"background of the camera", "play --share camera --background key", 2, "camera"},
		{"recording without folder", "play --sensor recording", 2, "folder"},
		{"recording missing", "play --solo --offscreen --shots OUT --sensor recording:/nowhere/at/all", 1, "/nowhere/at/all"},
		{"recording empty", "play --solo --offscreen --shots OUT --sensor recording:" + empty, 1, "INDEX.txt"},
		{"recording garbage", "play --solo --offscreen --shots OUT --sensor recording:" + garbage, 1, garbage},
		{"too many bots", "play --bots 99", 2, "99"},
		{"bots without a room", "play --solo --bots 2", 2, "solo"},
		{"name too long", "play --name " + strings.Repeat("x", 100), 2, "name"},
		{"link missing", "join", 2, "where"},
		{"link malformed", "join ftp://example/r/abcdefgh", 2, "link"},
		{"link without code", "join http://127.0.0.1:9/", 2, "code"},
		{"link and token", "join http://127.0.0.1:9/r/abcdefgh --token x", 2, "neither"},
		{"server is down", "join http://127.0.0.1:9/r/abcdefghjk", 1, "answer"},
		{"server is down, by token", "join --server http://127.0.0.1:9 --token x.y.z", 1, "token"},
		{"events can't be written", "play --solo --offscreen --shots OUT --events /proc/no/events", 1, "/proc/no"},
		{"shots can't be written", "play --solo --offscreen --shots /proc/no", 1, "/proc/no"},
		{"bots, none", "bot 0 --room http://127.0.0.1:9/r/abcdefgh", 2, "bots"},
		{"bots, no room", "bot 3", 2, "room"},
		{"no Kinect", "play --solo --offscreen --shots OUT --sensor kinect", 1, "Kinect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(strings.ReplaceAll(c.args, "OUT", t.TempDir()))
			p := start(t, t.TempDir(), nil, args...)
			if code := p.wait(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			checkTrouble(t, p.output(), c.says)
		})
	}
}

// checkTrouble looks for one line that says what is wrong and one of advice.
func checkTrouble(t *testing.T, out, says string) {
	t.Helper()
	var why, hints int
	for line := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(line, "cutout: "):
			why++
			if !strings.Contains(strings.ToLower(line), strings.ToLower(says)) {
				t.Errorf("%q does not speak of %q", line, says)
			}
		case strings.HasPrefix(line, "hint: "):
			hints++
		}
	}
	if why != 1 || hints != 1 {
		t.Errorf("%d lines say what is wrong and %d what to do, want one of each:\n%s", why, hints, out)
	}
	if strings.Contains(out, "goroutine ") {
		t.Errorf("a stack trace:\n%s", out)
	}
}

// TestSoloWithoutNetwork plays where there is no network interface but loopback.
func TestSoloWithoutNetwork(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err == nil {
		err = exec.Command(unshare, "--net", "true").Run()
	}
	if err != nil {
		t.Skip("this test needs the right to make a network namespace")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(unshare, "--net", exe, "play", "--bots", "3", "--walls", "1", "--offscreen", "--sensor", "puppet")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if !strings.Contains(string(out), "solo") {
		t.Errorf("it does not say that it plays solo:\n%s", out)
	}
	events := readEvents(t, filepath.Join(dir, "out", "events.jsonl"))
	var verdicts, podiums int
	for _, e := range events {
		if e.is("verdict") {
			verdicts++
		}
		if e.is("podium") {
			podiums++
		}
	}
	if verdicts != 1 || podiums != 1 {
		t.Errorf("%d verdicts and %d podiums, want one of each", verdicts, podiums)
	}
	if shots, _ := filepath.Glob(filepath.Join(dir, "out", "*.png")); len(shots) < 4 {
		t.Errorf("only %d pictures", len(shots))
	}
}
