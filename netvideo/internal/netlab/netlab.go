//go:build linux

package netlab

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A Lab is a set of machines that go when the test ends.
type Lab struct {
	t  testing.TB
	id string
}

// New makes an empty lab, or skips the test where there can be none.
func New(t testing.TB) *Lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("this test needs the right to make network namespaces")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this test needs %s", tool)
		}
	}
	return &Lab{t: t, id: fmt.Sprintf("cut%d-%04x-", os.Getpid(), rand.N(1<<16))}
}

// A Host is a machine: a network namespace of its own, with its loopback up.
type Host struct {
	t testing.TB
	// Netns is the namespace's name, as ip netns knows it.
	Netns string
}

// Host adds a machine. The name is for people; it must be another one for each.
func (l *Lab) Host(name string) *Host {
	l.t.Helper()
	h := &Host{t: l.t, Netns: l.id + name}
	if out, err := exec.Command("ip", "netns", "add", h.Netns).CombinedOutput(); err != nil {
		l.t.Skipf("no network namespaces here: %s", out)
	}
	l.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", h.Netns).Run() })
	h.IP("link set lo up")
	return h
}

// File shows the machine's programs other bytes in the place of a file in /etc: hosts,
// say. It holds for programs that start after it.
func (h *Host) File(name string, data []byte) {
	h.t.Helper()
	etc := "/etc/netns/" + h.Netns // ip shows its files in the place of those in /etc
	if err := os.MkdirAll(etc, 0o755); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = os.RemoveAll(etc) })
	if err := os.WriteFile(etc+"/"+name, data, 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// Command is a command on the machine, which is killed when the thread that starts it
// ends. The caller starts it, and waits for it.
func (h *Host) Command(args ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", h.Netns}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Self is this test's own binary as a program on the machine: env, like "NAME=value",
// tells TestMain what it is to be.
func (h *Host) Self(env ...string) *exec.Cmd {
	h.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		h.t.Fatal(err)
	}
	cmd := h.Command(exe)
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// Run runs a command on the machine to its end and returns what it printed; failing
// ends the test.
func (h *Host) Run(args ...string) string {
	h.t.Helper()
	out, err := h.Command(args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}

// IP runs ip on the machine, with arguments divided by blanks.
func (h *Host) IP(args string) {
	h.t.Helper()
	if err := h.ip(args); err != nil {
		h.t.Fatal(err)
	}
}

func (h *Host) ip(args string) error {
	cmd := exec.Command("ip", append([]string{"-n", h.Netns}, strings.Fields(args)...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip -n %s %s: %w: %s", h.Netns, args, err, out)
	}
	return nil
}

// nft loads rules.
func (h *Host) nft(rules string) {
	h.t.Helper()
	cmd := h.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("nft: %v: %s\n%s", err, out, rules)
	}
}

// Do calls f on a thread that is on the machine, and returns when it has returned:
// sockets that f opens by itself are the machine's for as long as they live.
// Goroutines that f starts are not on the machine.
func (h *Host) Do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		done <- h.enter(f)
	}()
	return <-done
}

func (h *Host) enter(f func() error) error {
	ns, err := os.Open("/run/netns/" + h.Netns)
	if err != nil {
		return fmt.Errorf("enter %s: %w", h.Netns, err)
	}
	defer func() { _ = ns.Close() }()
	if _, _, no := syscall.RawSyscall(sysSetns, ns.Fd(), syscall.CLONE_NEWNET, 0); no != 0 {
		return fmt.Errorf("enter %s: %w", h.Netns, no)
	}
	return f()
}

// Route sends what has no better way through a neighbour.
func (h *Host) Route(via string) {
	h.t.Helper()
	h.IP("route replace default via " + via)
}

// Forward makes the machine a router.
func (h *Host) Forward() {
	h.t.Helper()
	h.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
}

// Addresses lists the machine's addresses but the loopback's, as ADDRESS/BITS.
func (h *Host) Addresses() []string {
	h.t.Helper()
	var list []string
	for line := range bytes.Lines([]byte(h.Run("ip", "-o", "addr"))) {
		f := strings.Fields(string(line))
		if len(f) > 3 && f[1] != "lo" {
			list = append(list, f[3])
		}
	}
	return list
}
