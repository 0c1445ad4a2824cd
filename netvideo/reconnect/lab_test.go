//go:build linux

package reconnect_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo/internal/netlab"
	"cutout/netvideo/server"
)

// patience is for what a busy machine may take; what is measured is printed.
const patience = 90 * time.Second

// A program is a process of a lab's machine that prints lines of JSON.
type program[T any] struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser

	mu    sync.Mutex
	lines []T
	more  chan struct{} // closed with the next line
	ended bool
}

func start[T any](t *testing.T, h *netlab.Host, role, arg, name string) *program[T] {
	t.Helper()
	p := &program[T]{t: t, name: name, cmd: h.Self(roleEnv + "=" + role + ":" + arg), more: make(chan struct{})}
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in = in
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for s := bufio.NewScanner(out); s.Scan(); {
			var l T
			if json.Unmarshal(s.Bytes(), &l) == nil {
				p.add(l, false)
			}
		}
		var none T
		p.add(none, true)
	}()
	t.Cleanup(func() {
		_ = p.in.Close()
		stop := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
		<-read
		_ = p.cmd.Wait()
		stop.Stop()
	})
	return p
}

func (p *program[T]) add(l T, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ended {
		p.lines = append(p.lines, l)
	}
	p.ended = p.ended || ended
	close(p.more)
	p.more = make(chan struct{})
}

// await returns the first line, printed already or not, that fits.
func (p *program[T]) await(what string, fits func(T) bool) T {
	p.t.Helper()
	late := time.After(patience)
	for n := 0; ; {
		p.mu.Lock()
		lines, more, ended := p.lines, p.more, p.ended
		p.mu.Unlock()
		for ; n < len(lines); n++ {
			if fits(lines[n]) {
				return lines[n]
			}
		}
		if ended {
			p.t.Fatalf("%s ended before %s", p.name, what)
		}
		select {
		case <-more:
		case <-late:
			p.t.Fatalf("%s waited in vain for %s", p.name, what)
		}
	}
}

func (p *program[T]) order(what string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, what+"\n"); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// all are the lines so far that fit.
func (p *program[T]) all(fits func(T) bool) []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []T
	for _, l := range p.lines {
		if fits(l) {
			list = append(list, l)
		}
	}
	return list
}

// A friend is a client on a machine.
type friend struct{ *program[line] }

func join(t *testing.T, h *netlab.Host, o clientOptions) friend {
	t.Helper()
	arg, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	f := friend{start[line](t, h, roleClient, string(arg), o.Name)}
	f.await("joining", func(l line) bool { return l.What == "joined" })
	t.Cleanup(func() {
		if t.Failed() || os.Getenv("CUTOUT_STORY") != "" {
			t.Logf("%s: %s", o.Name, f.story())
		}
	})
	return f
}

// story is what happened to a friend, without the many pictures and numbers.
func (f friend) story() string {
	var b strings.Builder
	var begun int64
	for _, l := range f.all(func(l line) bool { return l.What != "picture" && l.What != "heard" }) {
		if begun == 0 {
			begun = l.T
		}
		fmt.Fprintf(&b, "\n  %6d ms %s %s %s", (l.T-begun)/1e6, l.What, l.Who, l.Why)
	}
	return b.String()
}

// after is how long after since something first happened to somebody, or was first seen.
func (f friend) after(since time.Time, what, who string) time.Duration {
	f.t.Helper()
	l := f.await(what+" "+who, func(l line) bool {
		return l.T > since.UnixNano() && (l.What == what || l.What == "noPicture" && l.Why == what) && (who == "" || l.Who == who)
	})
	return time.Duration(l.T - since.UnixNano())
}

// seesAfter is how long after since the first new picture of all the others was there.
func (f friend) seesAfter(since time.Time, others ...friend) (longest time.Duration) {
	f.t.Helper()
	for _, o := range others {
		longest = max(longest, f.after(since, "picture", o.name))
	}
	return longest
}

// A home is a lab with a server and two friends, each by a cable of their own.
type home struct {
	t        *testing.T
	lab      *netlab.Lab
	server   *netlab.Host
	cables   [2]*netlab.Link
	host     *program[hostState]
	first    hostState
	ada, bob friend
	pids     map[int]bool // of the servers there were
}

// newHome builds one in which Ada and Bob see each other.
func newHome(t *testing.T) *home {
	t.Helper()
	n := &home{t: t, pids: map[int]bool{}}
	n.lab = newLab(t, n)
	n.host = start[hostState](t, n.server, roleHost, filepath.Join(t.TempDir(), "state.json"), "the host")
	n.first = n.running()
	n.ada = join(t, n.cables[0].B.Host, clientOptions{Link: at(n.first, "10.9.1.1"), Name: "Ada"})
	n.bob = join(t, n.cables[1].B.Host, clientOptions{Link: at(n.first, "10.9.2.1"), Name: "Bob"})
	n.seen(time.Now())
	return n
}

// newLab makes the machines, and lays the cables.
func newLab(t *testing.T, n *home) *netlab.Lab {
	t.Helper()
	lab := netlab.New(t)
	n.server = lab.Host("server")
	for i, name := range []string{"ada", "bob"} {
		c := lab.Connect(n.server, name, lab.Host(name), "eth")
		c.A.Add(fmt.Sprintf("10.9.%d.1/24", i+1))
		c.B.Add(fmt.Sprintf("10.9.%d.2/24", i+1))
		n.cables[i] = c
	}
	return lab
}

// at is a server's invite by one of its addresses.
func at(s hostState, address string) string {
	_, port, _ := splitURL(s.Ready.URL)
	return fmt.Sprintf("http://%s:%s/r/%s", address, port, code(s.Ready.Invite))
}

// running waits for a server that is another process than all before.
func (n *home) running() hostState {
	n.t.Helper()
	now := n.host.await("a server", func(s hostState) bool { return s.Phase == server.Running && !n.pids[s.PID] })
	n.pids[now.PID] = true
	return now
}

// seen waits until both see each other's pictures that are newer than since.
func (n *home) seen(since time.Time) time.Duration {
	n.t.Helper()
	return max(n.ada.seesAfter(since, n.bob), n.bob.seesAfter(since, n.ada))
}

// check has everybody fall silent, and fails unless all that was said was heard, once and
// in order, and everybody's lists hold the others and nobody else.
func check(t *testing.T, friends ...friend) {
	t.Helper()
	for _, f := range friends {
		f.order("hush")
	}
	for _, f := range friends {
		said := f.await("silence", func(l line) bool { return l.What == "said" }).N
		var names []string
		for _, o := range friends {
			if o.name == f.name {
				continue
			}
			names = append(names, o.name)
			if said > 0 {
				o.await("all that "+f.name+" said", func(l line) bool { return l.What == "heard" && l.Who == f.name && l.N == said-1 })
			}
		}
		lists(f, names)
	}
	for _, f := range friends {
		for _, l := range f.all(func(l line) bool { return l.What == "wrong" }) {
			t.Errorf("%s: %s %s", f.name, l.Who, l.Why)
		}
	}
}

// lists waits until somebody's list is exactly the others with a stream each.
func lists(f friend, others []string) {
	f.t.Helper()
	var want, got []string
	for _, o := range others {
		want = append(want, o, o+"'s camera")
	}
	slices.Sort(want)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		asked := time.Now()
		f.order("list")
		l := f.await("a list", func(l line) bool { return l.What == "list" && l.T > asked.UnixNano() })
		got = l.List
		slices.Sort(got)
		if slices.Equal(got, want) && l.N == 0 {
			return
		}
	}
	f.t.Errorf("%s lists %v, want %v, and everything acknowledged", f.name, got, want)
}

// kill is kill -9.
func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
