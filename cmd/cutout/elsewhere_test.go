package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// asPlainServer makes this test binary a LiveKit server without a door.
const asPlainServer = "CUTOUT_TEST_AS_LIVEKIT"

const plainKey, plainSecret = "key", "0123456789abcdef0123456789abcdef"

func plainServer() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return server.Run(ctx, server.Config{Key: plainKey, Secret: plainSecret, Ready: func(i server.Info) {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"url": i.URL()})
	}})
}

// startPlain starts one and returns its address.
func startPlain(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), asPlainServer+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var ready struct{ URL string }
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	return ready.URL
}

// TestPlayElsewhere keeps a room on a server that is there already: a LiveKit without a
// door, where a friend comes by a token, and a cutout serve, by a link.
func TestPlayElsewhere(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("a room needs a network interface beside the loopback")
	}
	env := []string{"LIVEKIT_API_KEY=" + plainKey, "LIVEKIT_API_SECRET=" + plainSecret}
	offscreen := []string{"--offscreen", "--sensor", "puppet", "--for", "60s", "--shots", ".", "--events", "events.jsonl", "--stats", "stats.jsonl"}
	withDoor := start(t, t.TempDir(), env, "serve", "--json", "--listen", "127.0.0.1:0", "--udp", "0", "--tcp", "0")
	for end := time.Now().Add(patience); !strings.Contains(withDoor.output(), "\n") && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	var door server.Ready
	if err := json.Unmarshal([]byte(withDoor.output()), &door); err != nil {
		t.Fatalf("%s: %v", withDoor.output(), err)
	}
	for name, url := range map[string]string{"plain": startPlain(t), "door": door.URL} {
		t.Run(name, func(t *testing.T) {
			host := start(t, t.TempDir(), env, append([]string{"play", "--server", url, "--session", "friday", "--name", "Ada"}, offscreen...)...)
			invite := host.waitNamed("invite")
			host.waitNamed("sessionConnected")
			join := []string{"join", "--server", url, "--token"}
			if link, ok := invite["link"].(string); ok {
				join = []string{"join", link}
			} else {
				join = append(join, invite["token"].(string))
			}
			friend := start(t, t.TempDir(), nil, append(append(join, "--name", "Bob"), offscreen...)...)
			friend.waitEvent(1, "the host", func(e event) bool {
				if !e.is("sessionConnected") && !e.is("connectionCreated") {
					return false
				}
				text, _ := json.Marshal(e)
				return strings.Contains(string(text), `"name":"Ada"`)
			})
			host.waitEvent(1, "the friend's stream", func(e event) bool { return e.is("streamCreated") })
			for _, p := range []*program{friend, host} {
				p.interrupt()
				if code := p.wait(); code != 0 {
					t.Errorf("exit code %d; it said:\n%s", code, p.output())
				}
			}
		})
	}
}
