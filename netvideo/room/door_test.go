package room

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// serveDoor is the child's part: LiveKit with a door in front. What it listens on is
// STATE,LISTEN,UDP.
func serveDoor(ctx context.Context, what string) {
	f := strings.Split(what, ",")
	cfg := server.ServeConfig{State: f[0], Listen: f[1], Sample: true, AnyUDP: true}
	_, _ = fmt.Sscan(f[2], &cfg.UDP)
	cfg.Ready = func(r server.Ready) { _ = json.NewEncoder(os.Stdout).Encode(r) }
	if err := server.Serve(ctx, cfg); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
}

// startDoor starts what `cutout serve --sample` starts; the child is killed with kill.
func startDoor(t *testing.T, what string) (ready server.Ready, kill func()) {
	t.Helper()
	ready, kill, err := openDoor(what)
	if err != nil {
		t.Fatal(err)
	}
	return ready, kill
}

func openDoor(what string) (ready server.Ready, kill func(), err error) {
	exe, err := os.Executable()
	if err != nil {
		return ready, nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), serveEnv+"=door:"+what)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return ready, nil, err
	}
	if err := cmd.Start(); err != nil {
		return ready, nil, err
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if err := json.Unmarshal([]byte(line), &ready); err != nil {
		kill()
		return ready, nil, fmt.Errorf("the server said %q", line)
	}
	return ready, kill, nil
}

// SampleDoor is a door for the examples. Where there is no network its address is empty.
func SampleDoor() (url string, tokens map[netvideo.Role]string, stop func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil || !door.HasNetwork() {
		return "", nil, func() {}
	}
	ready, kill, err := openDoor(filepath.Join(dir, "state.json") + ",127.0.0.1:0,0")
	if err != nil {
		panic(err)
	}
	return ready.URL, ready.Tokens, func() { kill(); _ = os.RemoveAll(dir) }
}

func TestThroughTheDoor(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("this machine has no network but its loopback, and LiveKit's SDK needs one")
	}
	state := filepath.Join(t.TempDir(), "state.json")
	ready, kill := startDoor(t, state+",127.0.0.1:0,0")
	defer func() { kill() }()
	ctx := context.Background()
	link, err := netvideo.ParseLink(ready.Invite)
	if err != nil {
		t.Fatal(err)
	}
	enter := func(name string) (*Room, door.Pass) {
		pass, err := door.Redeem(ctx, link, door.Who{Name: name, Native: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Join(ctx, Options{URL: pass.URL, Token: pass.Token, Session: pass.Session, JoinTimeout: patience, RejoinFor: patience})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r, pass
	}
	ada, _ := enter("Ada")
	bob, bobs := enter("Bob")
	if c := bob.Self(); c.Name != "Bob" || c.ID != bobs.Identity || !c.Native || !c.Role.Publishes() {
		t.Errorf("%+v", c)
	}
	publish(t, ada, "cam")
	publish(t, bob, "cam")
	sees(t, ada, time.Time{}, bob)
	sees(t, bob, time.Time{}, ada)

	watcher, err := Join(ctx, Options{URL: ready.URL, Token: ready.Tokens[netvideo.Subscriber], JoinTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { watcher.Close() })
	if _, err := watcher.Publish(ctx, PublishOptions{}); !errors.Is(err, netvideo.ErrRole) {
		t.Errorf("the watcher publishing: %v", err)
	}

	kill()
	for _, r := range []*Room{ada, bob} {
		await[netvideo.Reconnecting](t, r, nil)
	}
	_, kill = startDoor(t, fmt.Sprintf("%s,%s,%d", state, ready.Listen, ready.UDP))
	up := time.Now()
	for _, r := range []*Room{ada, bob} {
		await[netvideo.Reconnected](t, r, nil)
	}
	sees(t, ada, up, bob)
	sees(t, bob, up, ada)
	t.Logf("everyone seen %v after the door", time.Since(up))

	revoked(t, ready, bobs)
}

// revoked checks that a revoked pass opens nothing any more.
func revoked(t *testing.T, ready server.Ready, bobs door.Pass) {
	t.Helper()
	ctx := context.Background()
	admin := door.Admin{URL: ready.URL, Pass: ready.Tokens[netvideo.Moderator]}
	if err := admin.RevokePass(ctx, bobs.Session, bobs.Identity); err != nil {
		t.Fatal(err)
	}
	if r, err := Join(ctx, Options{URL: bobs.URL, Token: bobs.Token, JoinTimeout: patience}); !errors.Is(err, netvideo.ErrRevoked) {
		t.Errorf("with a revoked pass: %v", err)
		if r != nil {
			r.Close()
		}
	}
}
