//go:build linux

package versus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/internal/netlab"
)

// Where the server is, for the publisher and for the subscriber.
const (
	serverUp   = "10.77.1.1"
	serverDown = "10.77.2.1"
	port       = ":7880"
)

// patience is how long anything may take that comes by itself.
const patience = 30 * time.Second

// bench is a room's server with a machine for each of two clients, and cables.
type bench struct {
	t        *testing.T
	ctx      context.Context // ends when somebody wants the bench to end
	pub, sub *netlab.Host
	up, down *netlab.Wire // A is the client's end
	server   *child
}

func newBench(t *testing.T, ctx context.Context) *bench {
	t.Helper()
	lab := netlab.New(t)
	b := &bench{t: t, ctx: ctx, pub: lab.Host("pub"), sub: lab.Host("sub")}
	server := lab.Host("srv")
	b.up = lab.Wire(b.pub, "eth0", server, "eth0")
	b.down = lab.Wire(b.sub, "eth0", server, "eth1")
	b.up.A.Add("10.77.1.2/24")
	b.up.B.Add(serverUp + "/24")
	b.down.A.Add("10.77.2.2/24")
	b.down.B.Add(serverDown + "/24")
	// From here on nothing enters a namespace: the thread that does so ends, and with it
	// what it had started.
	b.server = b.start(server, Server)
	state := filepath.Join(b.server.dir, "state.json")
	b.server.must("Host.Start", HostArgs{Listen: port, State: state}, nil)
	return b
}

// child is a process of the comparison.
type child struct {
	t    testing.TB
	kind Kind
	dir  string
	cmd  *exec.Cmd
	rpc  *rpc.Client
	log  *os.File
	once sync.Once
}

type duplex struct {
	io.ReadCloser
	w io.WriteCloser
}

func (d duplex) Write(b []byte) (int, error) { return d.w.Write(b) }
func (d duplex) Close() error                { return errors.Join(d.w.Close(), d.ReadCloser.Close()) }

// start starts one; it ends with the test at the latest.
func (b *bench) start(h *netlab.Host, kind Kind) *child {
	b.t.Helper()
	dir, err := os.MkdirTemp("", "versus-"+string(kind))
	if err != nil {
		b.t.Fatal(err)
	}
	c := &child{t: b.t, kind: kind, dir: dir}
	b.t.Cleanup(c.end)
	if c.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		b.t.Fatal(err)
	}
	c.cmd = h.Self(Env+"="+string(kind), DirEnv+"="+dir)
	c.cmd.Stderr = c.log
	in, err := c.cmd.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	c.rpc = rpc.NewClient(duplex{out, in})
	return c
}

// end ends it, gently for some seconds.
func (c *child) end() {
	c.once.Do(func() {
		if c.rpc != nil {
			_ = c.rpc.Close() // the child reads to the end, and ends
			gone := make(chan struct{})
			go func() { _ = c.cmd.Wait(); close(gone) }()
			select {
			case <-gone:
			case <-time.After(8 * time.Second):
				_ = c.cmd.Process.Signal(syscall.SIGKILL)
				<-gone
			}
		}
		if c.log != nil {
			_ = c.log.Close()
		}
		if c.t.Failed() {
			if text, err := os.ReadFile(filepath.Join(c.dir, "log")); err == nil {
				c.t.Logf("%s said:\n%.3000s", c.kind, text)
			}
		}
		_ = os.RemoveAll(c.dir)
	})
}

func (c *child) call(method string, args, reply any) error {
	if reply == nil {
		reply = new(Nothing)
	}
	call := c.rpc.Go(method, args, reply, make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
		if call.Error != nil {
			return fmt.Errorf("%s: %s: %w", c.kind, method, call.Error)
		}
		return nil
	case <-time.After(callTime + patience):
		return fmt.Errorf("%s: %s: no answer", c.kind, method)
	}
}

func (c *child) must(method string, args, reply any) {
	c.t.Helper()
	if err := c.call(method, args, reply); err != nil {
		c.t.Fatal(err)
	}
}

func (c *child) cpu() (used time.Duration) {
	c.t.Helper()
	service := "Peer"
	if c.kind == Server {
		service = "Host"
	}
	c.must(service+".CPU", Nothing{}, &used)
	return used
}

func (c *child) measure(m Measurement) { c.t.Helper(); c.must("Peer.Measure", m, nil) }

func (c *child) stats() (s Stats) { c.t.Helper(); c.must("Peer.Stats", Nothing{}, &s); return s }

// A call between two clients, and what has arrived so far.
type meeting struct {
	b        *bench
	session  string
	pub, sub *child
	all      []Arrival
}

// meet starts both clients in a fresh session; nobody has joined.
func (b *bench) meet(pair Pair) *meeting {
	b.t.Helper()
	m := &meeting{b: b, pub: b.start(b.pub, pair.From), sub: b.start(b.sub, pair.To)}
	b.server.must("Host.Session", Nothing{}, &m.session)
	return m
}

// join has one of both join.
func (m *meeting) join(c *child, kbps, layers int) (begun time.Time) {
	m.b.t.Helper()
	role, listen := netvideo.Subscriber, serverDown+port
	if c == m.pub {
		role, listen = netvideo.Publisher, serverUp+port
	}
	var pass door.Pass
	m.b.server.must("Host.Pass", PassArgs{Session: m.session, Role: role, Listen: listen}, &pass)
	args := JoinArgs{URL: pass.URL, Token: pass.Token, Publish: c == m.pub, Kbps: kbps, Layers: layers}
	c.must("Peer.Join", args, &begun)
	return begun
}

func (m *meeting) take() {
	m.b.t.Helper()
	var fresh []Arrival
	m.sub.must("Peer.Take", Nothing{}, &fresh)
	m.all = append(m.all, fresh...)
}

// first waits for a readable picture that arrives after a moment.
func (m *meeting) first(since time.Time) Arrival {
	m.b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); m.pass(50 * time.Millisecond) {
		m.take()
		for _, a := range m.all {
			if a.At.After(since) && !a.Captured.IsZero() {
				return a
			}
		}
	}
	m.b.t.Fatalf("no picture came; the publisher says %v, the subscriber %v", m.pub.stats(), m.sub.stats())
	return Arrival{}
}

// pass lets time pass.
func (m *meeting) pass(d time.Duration) {
	m.b.t.Helper()
	select {
	case <-time.After(d):
	case <-m.b.ctx.Done():
		m.b.t.Fatal("interrupted")
	}
}

func (m *meeting) end() { m.pub.end(); m.sub.end() }
