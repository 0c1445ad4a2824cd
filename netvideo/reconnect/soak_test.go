//go:build linux

package reconnect_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
	"cutout/netvideo/server"
)

// An inn is a server in a process of its own, reached through a wire that can be cut;
// those who visit it live in this process, where what they leave behind can be counted.
type inn struct {
	t    *testing.T
	wire *wire
	link netvideo.Link
	pid  int
}

func newInn(t *testing.T) *inn {
	t.Helper()
	if !door.HasNetwork() {
		t.Skip("this machine has no network but its loopback, and LiveKit's SDK needs one")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleEnv+"="+roleServer+":"+filepath.Join(t.TempDir(), "state.json")+",127.0.0.1:0,0,0,")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _, _ = io.Copy(io.Discard, out); _ = cmd.Wait() })
	var ready server.Ready
	text, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &ready)
	}
	if err != nil {
		t.Fatalf("the server said %q: %v", text, err)
	}
	n := &inn{t: t, pid: cmd.Process.Pid, wire: newWire(t, strings.TrimPrefix(ready.URL, "http://"))}
	n.link = netvideo.Link{Base: "http://" + n.wire.l.Addr().String(), Code: code(ready.Invite)}
	return n
}

// A wire carries TCP connections from a listener to an address.
type wire struct {
	l  net.Listener
	to string
	wg sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{l: l, to: to, conns: map[net.Conn]bool{}}
	w.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.wg.Go(func() { w.carry(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); w.cut(); w.wg.Wait() })
	return w
}

func (w *wire) carry(c net.Conn) {
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = c.Close()
		return
	}
	w.mu.Lock()
	w.conns[c], w.conns[far] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	copied := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.(*net.TCPConn).CloseWrite()
	}
	both.Go(func() { copied(far, c) })
	both.Go(func() { copied(c, far) })
	both.Wait()
	w.mu.Lock()
	delete(w.conns, c)
	delete(w.conns, far)
	w.mu.Unlock()
	_ = c.Close()
	_ = far.Close()
}

// cut breaks all connections there are.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
}

// A guest is in the room and shows something, until it leaves.
type guest struct {
	*room.Room
	name  string
	leave func()
}

func (n *inn) enter(name string) (*guest, error) {
	ctx, cancel := context.WithCancel(context.Background())
	pass, err := door.Redeem(ctx, n.link, door.Who{Name: name, Native: true})
	if err != nil {
		cancel()
		return nil, err
	}
	r, err := room.Join(ctx, room.Options{URL: pass.URL, Token: pass.Token, JoinTimeout: 30 * time.Second, RejoinFor: patience})
	if err != nil {
		cancel()
		return nil, err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for range r.Events() {
		}
	})
	g := &guest{Room: r, name: name, leave: sync.OnceFunc(func() { cancel(); _ = r.Close(); wg.Wait() })}
	n.t.Cleanup(g.leave)
	p, err := r.Publish(ctx, room.PublishOptions{Name: "camera", Width: 160, Height: 120, FPS: 10, Kbps: 100})
	if err != nil {
		g.leave()
		return nil, err
	}
	wg.Go(func() { show(ctx, p) })
	return g, nil
}

// sees waits until everybody sees exactly the others, with pictures newer than since.
func sees(t *testing.T, since time.Time, guests ...*guest) {
	t.Helper()
	for _, g := range guests {
		ok := func() bool {
			live := 0
			views := g.Streams()
			for _, v := range views {
				if v.Picture != nil && v.Picture.Decoded.After(since) {
					live++
				}
			}
			return live == len(guests)-1 && len(views) == live && len(g.Connections()) == live
		}
		for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s sees %d streams of %d connections, and not exactly the %d others", g.name, len(g.Streams()), len(g.Connections()), len(guests)-1)
			}
		}
	}
}

// A sample is what is counted in a quiet moment.
type sample struct {
	at                    time.Duration
	goroutines, fds       int
	streams               int
	heap, rss             float64 // MiB
	serverRSS             float64
	serverFDs, reconnects int
}

func take(begun time.Time, pid, reconnects int, guests ...*guest) sample {
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := sample{
		at: time.Since(begun), goroutines: runtime.NumGoroutine(), heap: float64(m.HeapAlloc) / (1 << 20),
		rss: rss(os.Getpid()), fds: fds(os.Getpid()), serverRSS: rss(pid), serverFDs: fds(pid), reconnects: reconnects,
	}
	for _, g := range guests {
		s.streams += len(g.Streams())
	}
	return s
}

// rss is a process's resident memory, in MiB.
func rss(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	f := strings.Fields(string(text))
	if err != nil || len(f) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(f[1])
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// fds is how many files and sockets a process has open.
func fds(pid int) int {
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(list)
}

func table(samples []sample) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%10s %10s %8s %6s %10s %9s %9s %12s %11s", "after", "reconnects", "streams", "files", "goroutines", "heap MiB", "RSS MiB", "server's RSS", "its files")
	for i, s := range samples {
		if i%max(1, len(samples)/40) == 0 || i == len(samples)-1 {
			fmt.Fprintf(&b, "\n%10v %10d %8d %6d %10d %9.1f %9.1f %12.1f %11d", s.at.Round(time.Second), s.reconnects, s.streams, s.fds, s.goroutines, s.heap, s.rss, s.serverRSS, s.serverFDs)
		}
	}
	return b.String()
}

// flat fails when what is counted grows: the median of the last third against that of
// the first. What is counted exactly may not be more; memory breathes.
func flat(t *testing.T, samples []sample) {
	t.Helper()
	t.Log(table(samples))
	third := max(1, len(samples)/3)
	for _, of := range []struct {
		what  string
		value func(sample) float64
		share float64
		slack float64
	}{
		{"goroutines", func(s sample) float64 { return float64(s.goroutines) }, 0, 6}, // a tick's helpers come and go
		{"open files", func(s sample) float64 { return float64(s.fds) }, 0, 6},
		{"streams", func(s sample) float64 { return float64(s.streams) }, 0, 0},
		{"the server's open files", func(s sample) float64 { return float64(s.serverFDs) }, 0, 6},
		{"MiB of heap", func(s sample) float64 { return s.heap }, 0.1, 4},
		{"MiB of memory", func(s sample) float64 { return s.rss }, 0.1, 24},
	} {
		before, after := median(samples[:third], of.value), median(samples[len(samples)-third:], of.value)
		if after > before*(1+of.share)+of.slack {
			t.Errorf("%s grew from %.1f to %.1f", of.what, before, after)
		}
	}
}

func median(samples []sample, value func(sample) float64) float64 {
	var list []float64
	for _, s := range samples {
		list = append(list, value(s))
	}
	return middle(list)
}

// TestReconnects: two lose their connections a hundred times in a row, ten where not
// everything is to be shown; the server is asked for everything anew each time, and
// nothing of before is left.
func TestReconnects(t *testing.T) {
	n := newInn(t)
	var guests []*guest
	for _, name := range []string{"Ada", "Bob"} {
		g, err := n.enter(name)
		if err != nil {
			t.Fatal(err)
		}
		guests = append(guests, g)
	}
	times := 10
	if long() {
		times = 100
	}
	begun := time.Now()
	var samples []sample
	var took []float64
	for i := range times {
		cut := time.Now()
		before := [2]uint64{guests[0].Stats().Rejoins, guests[1].Stats().Rejoins}
		n.wire.cut()
		for j, g := range guests {
			for end := time.Now().Add(patience); g.Stats().Rejoins == before[j]; time.Sleep(2 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%s is not back after cut %d", g.name, i)
				}
			}
		}
		sees(t, time.Now(), guests...)
		took = append(took, time.Since(cut).Seconds()*1000)
		if i%5 == 4 {
			time.Sleep(1500 * time.Millisecond) // old links take their leave
			samples = append(samples, take(begun, n.pid, i+1, guests...))
		}
	}
	t.Logf("%d reconnects; pictures both ways again after %.0f ms in the median, %.0f ms at most", times, middle(took), most(took))
	flat(t, samples)
}

// TestSoak has people come and go, with reconnects, for as long as CUTOUT_SOAK says (make
// soak SOAK=1h); a few rounds where it says nothing.
func TestSoak(t *testing.T) {
	lasts, rounds := time.Duration(0), 3
	if env := os.Getenv("CUTOUT_SOAK"); env != "" {
		var err error
		if lasts, err = time.ParseDuration(env); err != nil {
			t.Fatalf("CUTOUT_SOAK is a duration: %v", err)
		}
	}
	n := newInn(t)
	residents := make([]*guest, 2)
	for i, name := range []string{"Ada", "Bob"} {
		g, err := n.enter(name)
		if err != nil {
			t.Fatal(err)
		}
		residents[i] = g
	}
	begun := time.Now()
	var samples []sample
	for round := 0; round < rounds || time.Since(begun) < lasts; round++ {
		everybody := append([]*guest(nil), residents...)
		for i := range 2 {
			g, err := n.enter(fmt.Sprint("Guest ", i))
			if err != nil {
				t.Fatal(err)
			}
			everybody = append(everybody, g)
		}
		sees(t, time.Now(), everybody...)
		if round%3 == 1 {
			n.wire.cut()
			sees(t, time.Now().Add(500*time.Millisecond), everybody...)
		}
		for _, g := range everybody[2:] {
			g.leave()
		}
		sees(t, time.Now(), residents...)
		time.Sleep(1500 * time.Millisecond)
		samples = append(samples, take(begun, n.pid, int(residents[0].Stats().Rejoins), residents...))
	}
	flat(t, samples)
	if err := syscall.Kill(n.pid, 0); err != nil {
		t.Errorf("the server has ended: %v", err)
	}
}
