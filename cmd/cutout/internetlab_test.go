package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo/server"
)

// An internet is a server's and a friend's machine, each in a network namespace of its
// own, with a name for the server that both know.
type internet struct {
	t              *testing.T
	server, friend string
	dir            string
}

const (
	serverIP   = "11.22.33.44"
	friendIP   = "11.22.33.45"
	serverName = "play.example.org"
)

func newInternet(t *testing.T) *internet {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("this test needs the right to make network namespaces")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this test needs %s", tool)
		}
	}
	id := fmt.Sprintf("ci%d", os.Getpid()%100000)
	n := &internet{t: t, server: id + "s", friend: id + "f", dir: t.TempDir()}
	for _, ns := range []string{n.server, n.friend} {
		if out, err := exec.Command("ip", "netns", "add", ns).CombinedOutput(); err != nil {
			t.Skipf("no network namespaces here: %s", out)
		}
		etc := "/etc/netns/" + ns // ip shows its files in the place of those in /etc
		if err := os.MkdirAll(etc, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = exec.Command("ip", "netns", "del", ns).Run()
			_ = os.RemoveAll(etc)
		})
		hosts := "127.0.0.1 localhost\n" + serverIP + " " + serverName + " other.example.org\n" + friendIP + " acme.example.org\n"
		if err := os.WriteFile(etc+"/hosts", []byte(hosts), 0o644); err != nil {
			t.Fatal(err)
		}
		n.run(ns, "ip", "link", "set", "lo", "up")
	}
	if out, err := exec.Command("ip", "-n", n.server, "link", "add", "eth", "type", "veth", "peer", "name", "eth", "netns", n.friend).CombinedOutput(); err != nil {
		t.Fatalf("connect them: %s", out)
	}
	for ns, ip := range map[string]string{n.server: serverIP, n.friend: friendIP} {
		n.run(ns, "ip", "addr", "add", ip+"/24", "dev", "eth")
		n.run(ns, "ip", "link", "set", "eth", "up")
	}
	return n
}

func (n *internet) run(ns string, args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...).CombinedOutput(); err != nil {
		n.t.Fatalf("%v: %s", args, out)
	}
}

// block has the friend's machine drop what matches, until the returned function is
// called.
func (n *internet) block(rules ...string) (open func()) {
	n.t.Helper()
	table := "table inet blocked {\nchain in {\ntype filter hook input priority 0\n" + strings.Join(rules, "\n") + "\n}\n}\n"
	n.run(n.friend, "nft", table)
	return func() { n.run(n.friend, "nft", "delete table inet blocked") }
}

// cutout starts the program in a namespace.
func (n *internet) cutout(ns string, env []string, args ...string) *program {
	n.t.Helper()
	return startBy(n.t, []string{"ip", "netns", "exec", ns}, n.dir, env, args...)
}

// serve starts a server and reads its ready line.
func (n *internet) serve(env []string, args ...string) (server.Ready, *program) {
	n.t.Helper()
	args = append([]string{"serve", "--json", "--state", filepath.Join(n.t.TempDir(), "state.json")}, args...)
	p := n.cutout(n.server, env, args...)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if line, _, whole := strings.Cut(p.output(), "\n"); whole {
			var r server.Ready
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				n.t.Fatalf("%q: %v", line, err)
			}
			return r, p
		}
	}
	n.t.Fatal("the server is not ready")
	return server.Ready{}, nil
}

// doctor examines the way from the friend to a room; the result is by step.
func (n *internet) doctor(env []string, link string) map[string]finding {
	n.t.Helper()
	p := n.cutout(n.friend, env, "doctor", "--json", "--for", "2s", "--room", link)
	code := p.wait()
	found := map[string]finding{}
	failed := false
	for line := range strings.Lines(p.output()) {
		var f finding
		if json.Unmarshal([]byte(line), &f) == nil && f.Step != "" {
			found[f.Step] = f
			failed = failed || f.Result == resultFailed
			if f.Says == "" || (f.Result == resultFailed || f.Result == resultWarning) && f.Advice == "" {
				n.t.Errorf("a finding without words: %s", line)
			}
		}
	}
	if failed != (code == 1) {
		n.t.Errorf("exit code %d", code)
	}
	return found
}

// expect fails unless the steps came to what is wanted.
func expect(t *testing.T, what string, found map[string]finding, want map[string]string) {
	t.Helper()
	for step, result := range want {
		if got := found[step]; got.Result != result {
			t.Errorf("%s: %s is %q (%s), want %q", what, step, got.Result, got.Says, result)
		}
	}
}

// A ca signs certificates for tests.
type ca struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newCA(t *testing.T) ca {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the tests' authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return ca{c, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// issue writes a certificate for a name that is good until then, and its key.
func (a ca) issue(t *testing.T, cert, keyFile, name string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		c.DNSNames, c.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// pebble runs Let's Encrypt's ACME server for tests on the friend's machine, and writes
// what a client has to trust: the authority of its web server, and its own.
func (n *internet) pebble(a ca) (directory, trust string) {
	n.t.Helper()
	if _, err := exec.LookPath("pebble"); err != nil {
		n.t.Skip("this test needs pebble")
	}
	at := func(name string) string { return filepath.Join(n.dir, name) }
	a.issue(n.t, at("acme.pem"), at("acme.key"), "acme.example.org", time.Now().Add(time.Hour))
	write(n.t, at("pebble.json"), fmt.Appendf(nil, `{"pebble":{"listenAddress":":14000","managementListenAddress":":15000","certificate":%q,"privateKey":%q,"httpPort":80,"tlsPort":443}}`, at("acme.pem"), at("acme.key")))
	p := exec.Command("ip", "netns", "exec", n.friend, "pebble", "-config", at("pebble.json"))
	p.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	trust = at("trust.pem")
	write(n.t, trust, a.pem)
	var root []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		root, err = exec.Command("ip", "netns", "exec", n.friend, "curl", "-s", "--cacert", trust, "https://acme.example.org:15000/roots/0").Output()
		if err == nil && bytes.Contains(root, []byte("CERTIFICATE")) {
			break
		}
	}
	write(n.t, trust, append(root, a.pem...))
	return "https://acme.example.org:14000/dir", trust
}

// homeBehind makes the server's machine the router of a home, and runs miniupnpd on it.
func (n *internet) homeBehind() (home string) {
	n.t.Helper()
	home = n.server + "h"
	for _, args := range []string{"netns add " + home, "-n " + n.server + " link add lan type veth peer name eth netns " + home} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			n.t.Fatalf("ip %s: %s", args, out)
		}
	}
	n.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", home).Run() })
	n.run(n.server, "ip", "addr", "add", "192.168.77.1/24", "dev", "lan")
	n.run(n.server, "ip", "link", "set", "lan", "up")
	n.run(n.server, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	n.run(home, "ip", "link", "set", "lo", "up")
	n.run(home, "ip", "addr", "add", "192.168.77.2/24", "dev", "eth")
	n.run(home, "ip", "link", "set", "eth", "up")
	n.run(home, "ip", "route", "add", "default", "via", "192.168.77.1")
	n.run(n.server, "nft", `table inet igd {
chain forward { type filter hook forward priority 0; policy accept; ct state established,related accept; jump open; iifname "eth" drop; }
chain prerouting { type nat hook prerouting priority -100; policy accept; jump pre; }
chain postrouting { type nat hook postrouting priority 100; policy accept; jump post; oifname "eth" masquerade; }
chain open { }
chain pre { }
chain post { }
}
`)
	conf := filepath.Join(n.dir, "miniupnpd.conf")
	write(n.t, conf, []byte(`ext_ifname=eth
listening_ip=lan
enable_natpmp=yes
enable_upnp=no
uuid=00000000-0000-0000-0000-000000000001
upnp_table_name=igd
upnp_nat_table_name=igd
upnp_forward_chain=open
upnp_nat_chain=pre
upnp_nat_postrouting_chain=post
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`))
	daemon := exec.Command("ip", "netns", "exec", n.server, "miniupnpd", "-d", "-f", conf)
	daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := daemon.StderrPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		n.t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "Listening for NAT-PMP") {
	}
	heard := make(chan struct{})
	go func() { defer close(heard); _, _ = io.Copy(io.Discard, said) }()
	n.t.Cleanup(func() { _ = daemon.Process.Kill(); <-heard; _ = daemon.Wait() })
	return home
}
