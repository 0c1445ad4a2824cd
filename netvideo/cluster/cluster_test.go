package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/netvideo"
	"cutout/netvideo/cluster"
	"cutout/netvideo/door"
	"cutout/netvideo/probe"
	"cutout/netvideo/room"
	"cutout/netvideo/server"
)

const patience = 90 * time.Second

var keys = door.Keys{Key: "key", Secret: "0123456789abcdef0123456789abcdef"}

// TestMain is also a node of the tests' cluster: LiveKit leaves goroutines behind.
func TestMain(m *testing.M) {
	if redis := os.Getenv("CUTOUT_TEST_NODE"); redis != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		err := server.Serve(ctx, server.ServeConfig{
			Listen: "127.0.0.1:0", Keys: keys, Redis: server.Redis{Address: redis},
			Ready: func(r server.Ready) { _ = json.NewEncoder(os.Stdout).Encode(r) },
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// A redisServer is a real one, on a port of its own, without a disk.
type redisServer struct {
	t    *testing.T
	port int
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("this test needs redis-server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &redisServer{t: t, port: l.Addr().(*net.TCPAddr).Port}
	_ = l.Close()
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *redisServer) address() string { return "127.0.0.1:" + strconv.Itoa(r.port) }

func (r *redisServer) start() {
	r.t.Helper()
	r.cmd = exec.Command("redis-server", "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	c := cluster.Open(r.address(), "")
	defer func() { _ = c.Close() }()
	eventually(r.t, "Redis answers", func() bool { _, err := c.Version(r.t.Context()); return err == nil })
}

func (r *redisServer) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain until %s", what)
}

// node starts a server of the cluster. It is started once: what is killed stays so.
func node(t *testing.T, r *redisServer) (server.Ready, *server.Supervisor) {
	t.Helper()
	s, err := server.Supervise(context.Background(), server.Options{
		Env: []string{"CUTOUT_TEST_NODE=" + r.address()}, Stderr: os.Stderr,
		Args: func(last server.Ready) []string {
			if last.URL != "" {
				return []string{"-test.run=^$"} // no second life
			}
			return nil
		},
		GiveUp: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.State().Ready, s
}

// TestState: many writers lose nothing, the audit keeps its order, and doors are
// forgotten when they no longer say that they are there.
func TestState(t *testing.T) {
	r := startRedis(t)
	ctx := t.Context()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := cluster.Open(r.address(), "")
			defer func() { _ = c.Close() }()
			for done := 0; done < 25; {
				data, v, err := c.Load(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				n, _ := strconv.Atoi(string(data))
				swapped, err := c.Swap(ctx, v, []byte(strconv.Itoa(n+1)))
				if err != nil {
					t.Error(err)
					return
				}
				if swapped {
					done++
				}
			}
		})
	}
	wg.Wait()
	c := cluster.Open(r.address(), "")
	defer func() { _ = c.Close() }()
	if data, v, err := c.Load(ctx); string(data) != "200" || v != 200 || err != nil {
		t.Errorf("after 200 changes: %s, version %d, %v", data, v, err)
	}
	for i := range 5 {
		if err := c.Append(ctx, []byte{byte('a' + i)}); err != nil {
			t.Error(err)
		}
	}
	if lines, err := c.Tail(ctx, 2); err != nil || len(lines) != 2 || string(lines[0])+string(lines[1]) != "de" {
		t.Errorf("the tail is %s, %v", lines, err)
	}
	if err := c.Announce(ctx, "one", []byte("x"), 200*time.Millisecond); err != nil {
		t.Error(err)
	}
	if all, err := c.Announced(ctx); err != nil || string(all["one"]) != "x" {
		t.Errorf("announced: %s, %v", all, err)
	}
	eventually(t, "it is forgotten", func() bool { all, err := c.Announced(ctx); return err == nil && len(all) == 0 })
}

// TestTwoDoorsOneState: what one door's store does, the other's knows at its next
// question, bans above all.
func TestTwoDoorsOneState(t *testing.T) {
	r := startRedis(t)
	open := func() (*door.Store, string) {
		t.Helper()
		c := cluster.Open(r.address(), "")
		s, err := door.OpenShared(t.Context(), c, door.Keys{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := door.New(door.Config{Store: s, LiveKit: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		web := httptest.NewServer(d)
		t.Cleanup(func() { web.Close(); _ = s.Close(); _ = c.Close() })
		return s, web.URL
	}
	a, urlA := open()
	b, urlB := open()
	if a.Keys() != b.Keys() || a.Keys() == (door.Keys{}) {
		t.Error("the doors have different keys")
	}
	session, err := a.CreateSession(door.SessionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	invite, err := b.CreateInvite(door.InviteRequest{Session: session.ID, Uses: 10})
	if err != nil {
		t.Fatalf("the other door does not know the session: %v", err)
	}
	// Twenty want the ten uses, through both doors at once.
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := 0
	for i := range 20 {
		wg.Go(func() {
			link := netvideo.Link{Base: []string{urlA, urlB}[i%2], Code: invite.Code}
			if _, err := door.Redeem(t.Context(), link, door.Who{Name: "Ada"}); err == nil {
				mu.Lock()
				got++
				mu.Unlock()
			} else if !errors.Is(err, netvideo.ErrNoSuchInvite) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got != 10 {
		t.Errorf("an invite with ten uses gave %d passes", got)
	}
}

func admin(url string) door.Admin { return door.Admin{URL: url, Keys: keys} }

func redeem(t *testing.T, base, code string, who door.Who) door.Pass {
	t.Helper()
	pass, err := door.Redeem(t.Context(), netvideo.Link{Base: base, Code: code}, who)
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

// TestCluster: a stream that enters through one node is seen through another; who is
// banned at one is turned away at the other at once; the players of a killed node come
// back through another.
func TestCluster(t *testing.T) {
	r := startRedis(t)
	a, nodeA := node(t, r)
	b, _ := node(t, r)
	session, err := admin(a.URL).CreateSession(t.Context(), door.SessionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	invite, err := admin(b.URL).CreateInvite(t.Context(), door.InviteRequest{Session: session.ID})
	if err != nil {
		t.Fatal(err)
	}
	var atA door.Pass
	eventually(t, "passes list both doors", func() bool {
		atA = redeem(t, a.URL, invite.Code, door.Who{Name: "Ada", Native: true})
		return len(atA.Doors) == 1 && atA.Doors[0] == b.URL
	})
	atB := redeem(t, b.URL, invite.Code, door.Who{Name: "Bob", Native: true})

	joining, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	show, err := probe.Join(joining, probe.Options{URL: b.URL, Token: atB.Token})
	if err != nil {
		t.Fatal(err)
	}
	defer show.Close()
	sending, stop := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- show.Publish(sending, probe.Blank()) }()
	look, err := probe.Join(joining, probe.Options{URL: a.URL, Token: redeem(t, a.URL, invite.Code, door.Who{Name: "Eve"}).Token, Listen: true})
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	eventually(t, "pictures of node B arrive through node A", func() bool { frames += look.Received().Frames; return frames > 30 })
	look.Close()

	kickedThroughTheOther(t, a, b, redeem(t, a.URL, invite.Code, door.Who{Name: "Mallory"}))
	stop()
	<-sent
	carol := redeem(t, b.URL, invite.Code, door.Who{Name: "Carol", Native: true})
	backAfterKill(t, a, nodeA, atA, b, carol)
}

// kickedThroughTheOther joins through A and is kicked through B: the connection ends, no
// door lets the pass in again, and either knows who did it.
func kickedThroughTheOther(t *testing.T, a, b server.Ready, pass door.Pass) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	in, err := probe.Join(ctx, probe.Options{URL: a.URL, Token: pass.Token})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	done, err := admin(b.URL).Kick(ctx, pass.Session, door.KickRequest{Connection: pass.Identity})
	if err != nil || !slices.Contains(done.Connections, pass.Identity) {
		t.Errorf("kicked %v, %v", done.Connections, err)
	}
	eventually(t, "the connection ends", func() bool { return in.Err() != nil })
	for _, node := range []server.Ready{a, b} {
		if err := check(t, node.URL, pass.Token); !errors.Is(err, netvideo.ErrRevoked) {
			t.Errorf("the pass at %s: %v", node.URL, err)
		}
		acts, err := admin(node.URL).Audit(ctx, pass.Session, 10)
		if err != nil || len(acts) == 0 || acts[0].Act != "kick" || acts[0].Whom != pass.Identity {
			t.Errorf("the audit at %s: %+v, %v", node.URL, acts, err)
		}
	}
}

// backAfterKill joins through node A, kills it, and waits to be back through B with
// Carol, who was there all the time. Whichever node had the room, both meet again.
func backAfterKill(t *testing.T, a server.Ready, nodeA *server.Supervisor, pass door.Pass, b server.Ready, carol door.Pass) {
	t.Helper()
	there, err := room.Join(t.Context(), room.Options{URL: b.URL, Token: carol.Token, NoPictures: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = there.Close() }()
	in, err := room.Join(t.Context(), room.Options{URL: a.URL, Doors: pass.Doors, Token: pass.Token, NoPictures: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	killed := time.Now()
	if err := syscall.Kill(nodeA.State().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(patience)
	for {
		select {
		case e, ok := <-in.Events():
			if !ok {
				t.Fatal("the room has ended")
			}
			if _, back := e.(netvideo.Reconnected); back {
				t.Logf("back through %s %v after the kill", b.URL, time.Since(killed).Round(time.Millisecond))
				eventually(t, "Carol is there", func() bool {
					return slices.ContainsFunc(in.Connections(), func(c netvideo.Connection) bool { return c.Name == "Carol" })
				})
				return
			}
		case <-deadline:
			t.Fatal("not back")
		}
	}
}

// TestLostRedis: while the Redis is away nobody is let in, whoever asks; when one is
// there again, even one that remembers nothing, everything is as it was, bans included.
func TestLostRedis(t *testing.T) {
	r := startRedis(t)
	a, _ := node(t, r)
	session, err := admin(a.URL).CreateSession(t.Context(), door.SessionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	invite, err := admin(a.URL).CreateInvite(t.Context(), door.InviteRequest{Session: session.ID})
	if err != nil {
		t.Fatal(err)
	}
	good, bad := redeem(t, a.URL, invite.Code, door.Who{Name: "Ada"}), redeem(t, a.URL, invite.Code, door.Who{Name: "Mallory"})
	if err := admin(a.URL).RevokePass(t.Context(), session.ID, bad.Identity); err != nil {
		t.Fatal(err)
	}
	r.kill()
	for what, err := range map[string]error{
		"a good pass":   check(t, a.URL, good.Token),
		"a banned pass": check(t, a.URL, bad.Token),
		"an invite": func() error {
			_, err := door.Redeem(t.Context(), netvideo.Link{Base: a.URL, Code: invite.Code}, door.Who{})
			return err
		}(),
		"a join": func() error {
			_, err := probe.Join(t.Context(), probe.Options{URL: a.URL, Token: good.Token})
			return err
		}(),
	} {
		if !errors.Is(err, netvideo.ErrUnreachable) && !errors.Is(err, probe.ErrNoSignal) {
			t.Errorf("without Redis, %s: %v", what, err)
		}
	}
	if res, err := http.Get(a.URL + "/healthz"); err != nil || res.StatusCode != http.StatusBadGateway {
		t.Errorf("without Redis, healthz: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}
	r.start() // and it knows nothing
	eventually(t, "the door opens again", func() bool { return check(t, a.URL, good.Token) == nil })
	if err := check(t, a.URL, bad.Token); !errors.Is(err, netvideo.ErrRevoked) {
		t.Errorf("the banned pass after Redis lost its memory: %v", err)
	}
	redeem(t, a.URL, invite.Code, door.Who{Name: "Grace"})
}

func check(t *testing.T, base, token string) error {
	t.Helper()
	_, err := door.CheckPass(t.Context(), base, token)
	return err
}

// TestNoRedis: a node without its Redis does not start.
func TestNoRedis(t *testing.T) {
	err := server.Serve(t.Context(), server.ServeConfig{Listen: "127.0.0.1:0", Keys: keys, Redis: server.Redis{Address: "127.0.0.1:1"}})
	if !errors.Is(err, server.ErrRedis) {
		t.Errorf("without Redis: %v", err)
	}
}
