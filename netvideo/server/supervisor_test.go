package server_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// await waits for a state that is as wanted.
func await(t testing.TB, s *server.Supervisor, what string, ok func(server.State) bool) server.State {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		if now := s.State(); ok(now) {
			return now
		}
		select {
		case <-s.Changed():
		case <-limit:
			t.Fatalf("not %s after a minute: %+v", what, s.State())
		}
	}
}

// gone waits until there is no such process: a zombie of another parent counts as gone
// once that has collected it.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 600 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// TestKilledServerComesBack: same ports, same keys, same session, same invite.
func TestKilledServerComesBack(t *testing.T) {
	s := serveAgain(t, filepath.Join(t.TempDir(), "state.json"))
	before := s.State()
	pid := before.PID
	for round := range 3 {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		now := await(t, s, "restarted", func(st server.State) bool { return st.Phase == server.Running && st.PID != pid })
		pid = now.PID
		if now.Restarts != round+1 || now.Err == nil {
			t.Errorf("round %d: %d restarts, last end %v", round, now.Restarts, now.Err)
		}
		r, b := now.Ready, before.Ready
		if r.URL != b.URL || r.UDP != b.UDP || r.Session != b.Session || r.Invite != b.Invite {
			t.Errorf("round %d: it was %+v, is %+v", round, b, r)
		}
		for role, token := range b.Tokens {
			if c, err := door.CheckPass(t.Context(), r.URL, token); err != nil || c.Role != role {
				t.Errorf("round %d: the first %s token: %+v, %v", round, role, c, err)
			}
		}
		link, err := netvideo.ParseLink(b.Invite)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := door.Redeem(t.Context(), link, door.Who{Name: "Ada", Native: true}); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	gone(t, pid)
	if got := s.State().Phase; got != server.Closed {
		t.Errorf("after Close the phase is %s", got)
	}
}

func TestFirstFailureIsAnError(t *testing.T) {
	for _, c := range []struct {
		what, want string
		readyIn    time.Duration
	}{{"fails", "no luck", time.Minute}, {"mute", "not ready after", time.Second}, {"chatty", "not ready after", time.Second}} {
		o := childOptions(c.what)
		o.ReadyIn = c.readyIn
		s, err := server.Supervise(t.Context(), o)
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: no error", c.what)
		} else if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hint") {
			t.Errorf("%s: %v; want it to say %q", c.what, err, c.want)
		}
	}
	if _, err := server.Supervise(t.Context(), server.Options{Exe: "/nonexistent", Args: func(server.Ready) []string { return nil }}); err == nil {
		t.Error("a program that is not there is no error")
	}
}

func TestGivesUp(t *testing.T) {
	o := childOptions("brief")
	o.GiveUp = 3
	s := start(t, o)
	now := await(t, s, "given up", func(st server.State) bool { return st.Phase == server.Failed })
	if now.Restarts != 2 || now.Err == nil || !strings.Contains(now.Err.Error(), "no more") || now.PID != 0 {
		t.Errorf("given up as %+v", now)
	}
}

func TestCloseEndsADeafChild(t *testing.T) {
	s := start(t, childOptions("deaf"))
	pid := s.State().PID
	_ = s.Close()
	gone(t, pid)
	_ = s.Close() // again does no harm
}

func TestContextEndsTheChild(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := server.Supervise(ctx, childOptions("run"))
	if err != nil {
		t.Fatal(err)
	}
	pid := s.State().PID
	cancel()
	await(t, s, "closed", func(st server.State) bool { return st.Phase == server.Closed })
	gone(t, pid)
	_ = s.Close()
}

// TestChildDiesWithItsParent kills the process that supervises.
func TestChildDiesWithItsParent(t *testing.T) {
	parent := start(t, childOptions("parent"))
	pid, err := strconv.Atoi(parent.State().Ready.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(parent.State().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
}
