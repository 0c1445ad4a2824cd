package reach

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	labRouter = "192.168.77.1"
	labHome   = "192.168.77.2"
	labWAN    = "11.22.33.44"
	labFriend = "11.22.33.45"
	limit     = time.Minute
)

func tContext(end <-chan struct{}) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-end; cancel() }()
	return ctx
}

// A lab is a home with a router and a friend on the internet, each in a network
// namespace of its own.
type lab struct {
	t                    *testing.T
	home, router, friend string
}

// newLab builds one whose router has the address wan outside; NAT is the router's
// daemon's to do.
func newLab(t *testing.T, wan string) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("this test needs the right to make network namespaces")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this test needs %s", tool)
		}
	}
	id := fmt.Sprintf("cr%d", os.Getpid()%100000)
	l := &lab{t: t, home: id + "h", router: id + "r", friend: id + "f"}
	for _, ns := range []string{l.home, l.router, l.friend} {
		if out, err := exec.Command("ip", "netns", "add", ns).CombinedOutput(); err != nil {
			t.Skipf("no network namespaces here: %s", out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
		l.ip(ns, "link set lo up")
	}
	l.ip(l.router, "link add lan type veth peer name eth netns "+l.home)
	l.ip(l.router, "link add wan type veth peer name eth netns "+l.friend)
	l.ip(l.router, "addr add "+labRouter+"/24 dev lan")
	l.ip(l.router, "addr add "+wan+"/24 dev wan")
	l.ip(l.router, "addr add 2a00:1:2:3::1/64 dev lan nodad")
	l.ip(l.home, "addr add "+labHome+"/24 dev eth")
	l.ip(l.home, "addr add 2a00:1:2:3::2/64 dev eth nodad")
	l.ip(l.friend, "addr add "+labFriend+"/24 dev eth")
	l.ip(l.router, "link set lan up")
	l.ip(l.router, "link set wan up")
	l.ip(l.home, "link set eth up")
	l.ip(l.friend, "link set eth up")
	l.ip(l.home, "route add default via "+labRouter)
	l.in(l.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	return l
}

func (l *lab) ip(ns, args string) {
	l.t.Helper()
	if out, err := exec.Command("ip", append([]string{"-n", ns}, strings.Fields(args)...)...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip -n %s %s: %s", ns, args, out)
	}
}

// in runs a command to its end in a namespace.
func (l *lab) in(ns string, args ...string) string {
	l.t.Helper()
	out, err := exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s: %v: %s", ns, args, out)
	}
	return string(out)
}

// A process runs in a namespace until the test ends.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
	mu    sync.Mutex
	out   bytes.Buffer
}

func (l *lab) start(ns string, env string, args ...string) *process {
	l.t.Helper()
	p := &process{t: l.t, lines: make(chan string, 1000)}
	p.cmd = exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...)
	p.cmd.Env = append(os.Environ(), env)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		l.t.Fatal(err)
	}
	read, write := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = write, write
	if err := p.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for s := bufio.NewScanner(read); s.Scan(); {
			p.mu.Lock()
			fmt.Fprintln(&p.out, s.Text())
			p.mu.Unlock()
			select {
			case p.lines <- s.Text():
			default:
			}
		}
		close(p.lines)
	})
	l.t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		_ = p.cmd.Wait()
		_ = write.Close()
		wg.Wait()
		if l.t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			l.t.Logf("%v said:\n%.4000s", args, p.out.String())
		}
	})
	return p
}

// child runs this test's binary in a namespace as one of TestMain's children.
func (l *lab) child(ns, what string) *process {
	l.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	return l.start(ns, "CUTOUT_REACH_CHILD="+what, exe)
}

// await returns the first line that fits.
func (p *process) await(what string, fits func(string) bool) string {
	p.t.Helper()
	end := time.After(limit)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("ended before %s", what)
			}
			if fits(line) {
				return line
			}
		case <-end:
			p.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// mapper runs a mapper at home and returns its first state.
func (l *lab) mapper(o Options) (*process, State) {
	l.t.Helper()
	o.Nonce = [12]byte{1, 2, 3}
	arg, err := json.Marshal(o)
	if err != nil {
		l.t.Fatal(err)
	}
	p := l.child(l.home, "mapper "+string(arg))
	return p, p.state()
}

func (p *process) state() State {
	p.t.Helper()
	var s State
	line := p.await("a state", func(line string) bool { return strings.HasPrefix(line, "{") })
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		p.t.Fatal(err)
	}
	return s
}

// end has the mapper close.
func (p *process) end() {
	p.t.Helper()
	_ = p.stdin.Close()
	p.await("the end", func(line string) bool { return strings.HasPrefix(line, "closed in") })
}

// miniupnpd runs the daemon that many routers have, with extra lines of configuration.
func (l *lab) miniupnpd(config string) *process {
	l.t.Helper()
	if _, err := exec.LookPath("miniupnpd"); err != nil {
		l.t.Skip("this test needs miniupnpd")
	}
	dir := l.t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			l.t.Fatal(err)
		}
		return path
	}
	l.in(l.router, "nft", "-f", write("nft", `
table inet igd {
	chain forward { type filter hook forward priority 0; policy accept; ct state established,related accept; jump open; iifname "wan" drop; }
	chain prerouting { type nat hook prerouting priority -100; policy accept; jump pre; }
	chain postrouting { type nat hook postrouting priority 100; policy accept; jump post; oifname "wan" masquerade; }
	chain open { }
	chain pre { }
	chain post { }
}`))
	path := write("conf", `ext_ifname=wan
listening_ip=lan
uuid=00000000-0000-0000-0000-000000000001
upnp_table_name=igd
upnp_nat_table_name=igd
upnp_forward_chain=open
upnp_nat_chain=pre
upnp_nat_postrouting_chain=post
system_uptime=yes
max_lifetime=86400
`+config+"\n")
	p := l.start(l.router, "LANG=C", "miniupnpd", "-d", "-f", path)
	p.await("miniupnpd", func(line string) bool {
		return strings.Contains(line, "HTTP listening on port") || strings.Contains(line, "Listening for NAT-PMP")
	})
	return p
}

// knock reports whether the friend gets through to the port, by each protocol.
func (l *lab) knock(address string, port int) (tcp, udp bool) {
	l.t.Helper()
	try := func(network string) bool {
		script := fmt.Sprintf("exec 3<>/dev/%s/%s/%d && echo >&3 && timeout 2 head -c 5 <&3", network, address, port)
		out, _ := exec.Command("ip", "netns", "exec", l.friend, "timeout", "5", "bash", "-c", script).Output()
		return string(out) == "hello"
	}
	return try("tcp"), try("udp")
}
