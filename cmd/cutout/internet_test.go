package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/netvideo/server"
)

// TestDomain is a server on the internet as a host would start it: the certificate comes
// by ACME, friends come by https, and those whose network lets less and less through
// still see pictures, at last by a relay on the door's own port.
func TestDomain(t *testing.T) {
	n := newInternet(t)
	directory, trust := n.pebble(newCA(t))
	env := []string{"SSL_CERT_FILE=" + trust}
	r, _ := n.serve(env, "--domain", serverName, "--acme", directory)
	if r.URL != "https://"+serverName || !strings.HasPrefix(r.Moderator, r.URL+"/r/") || !strings.HasPrefix(r.Invite, r.URL+"/r/") || r.Moderator == r.Invite {
		t.Fatalf("ready: %+v", r)
	}
	all := map[string]string{"certificate": resultOK, "server": resultOK, "invite": resultOK, "udp": resultOK, "tcp": resultOK, "turn/udp": resultOK, "turn/tls": resultOK, "bandwidth": resultOK}
	found := n.doctor(env, r.Moderator)
	expect(t, "open network", found, all)
	if !strings.Contains(found["invite"].Says, "moderator") {
		t.Errorf("the moderator's link: %+v", found["invite"])
	}

	for _, c := range []struct {
		what  string
		rules []string
		works map[string]string
	}{
		{"no UDP", []string{"meta l4proto udp drop"}, map[string]string{"udp": resultWarning, "turn/udp": resultWarning, "tcp": resultOK, "turn/tls": resultOK, "bandwidth": resultOK}},
		{"TCP 443 only", []string{"meta l4proto udp drop", "tcp sport != 443 drop"}, map[string]string{"udp": resultWarning, "turn/udp": resultWarning, "tcp": resultWarning, "turn/tls": resultOK, "bandwidth": resultOK}},
	} {
		open := n.block(c.rules...)
		expect(t, c.what, n.doctor(env, r.Invite), c.works)
		open()
	}
}

// TestDoctorSaysWhatIsWrong breaks the way to a room in each way that homes, venues and
// hosts break it.
func TestDoctorSaysWhatIsWrong(t *testing.T) {
	n := newInternet(t)
	a := newCA(t)
	cert, key, trust := filepath.Join(n.dir, "cert.pem"), filepath.Join(n.dir, "key.pem"), filepath.Join(n.dir, "trust.pem")
	write(t, trust, a.pem)
	env := []string{"SSL_CERT_FILE=" + trust, "LIVEKIT_API_KEY=key", "LIVEKIT_API_SECRET=0123456789abcdef0123456789abcdef"}
	a.issue(t, cert, key, serverName, time.Now().Add(30*24*time.Hour))
	r, host := n.serve(env, "--listen", ":7880", "--tls-cert", cert, "--tls-key", key)
	base := "https://" + serverName + ":7880"
	invite := func(more ...string) string {
		t.Helper()
		p := n.cutout(n.server, env, append([]string{"invite", "--json", "--url", base, "--session", "new"}, more...)...)
		p.wait()
		var made struct{ Link string }
		if err := json.Unmarshal([]byte(p.output()), &made); err != nil || made.Link == "" {
			t.Fatalf("%s: %v", p.output(), err)
		}
		return made.Link
	}
	good := invite()
	expect(t, "nothing wrong", n.doctor(env, good), map[string]string{"name": resultOK, "port": resultOK, "certificate": resultOK, "udp": resultOK, "tcp": resultOK, "turn/tls": resultSkipped, "bandwidth": resultOK})
	pair := invite("--interaction", "one-to-one")
	expect(t, "a session with two places", n.doctor(env, pair), map[string]string{"udp": resultOK, "tcp": resultOK, "turn/tls": resultSkipped, "bandwidth": resultOK})

	fails := func(what, link, step, says string) {
		t.Helper()
		found := n.doctor(env, link)
		if got := found[step]; got.Result != resultFailed || !strings.Contains(got.Says+" "+got.Advice, says) {
			t.Errorf("%s: %s is %+v; want a failure with %q in it", what, step, got, says)
		}
	}
	in := func(link, old, new string) string { return strings.Replace(link, old, new, 1) }
	fails("nonsense", "hello", "link", "http")
	fails("a name that nobody has", in(good, serverName, "nowhere.example.org"), "name", "nowhere.example.org")
	fails("a closed port", in(good, ":7880", ":7999"), "port", "nothing listens")
	fails("another's name", in(good, serverName, "other.example.org"), "certificate", "not for other.example.org")
	fails("no TLS there", in(good, ":7880", fmt.Sprintf(":%d", r.TCP)), "certificate", "another network")
	fails("an unknown invite", good[:len(good)-4]+"zzzz", "invite", "ask your friend")
	expired := invite("--expires", "1s")
	time.Sleep(1100 * time.Millisecond)
	fails("an expired invite", expired, "invite", "expired")
	once := invite("--uses", "1")
	n.doctor(env, once)
	fails("a used up invite", once, "invite", "used up")

	open := n.block("tcp sport 7880 drop")
	fails("a firewall", good, "port", "does not answer")
	open()
	open = n.block("meta l4proto udp drop", "tcp sport "+fmt.Sprint(r.TCP)+" drop")
	fails("no media", good, "media", "UDP 7882")
	open()

	expireAndGo(t, a, cert, key, host, func(what, says string) {
		t.Helper()
		fails(what, good, map[bool]string{true: "port", false: "certificate"}[says == "nothing listens"], says)
	})
}

// expireAndGo replaces the server's certificate, which it reads anew when the file
// changes, by ones that nobody should take, and ends the server.
func expireAndGo(t *testing.T, a ca, cert, key string, host *program, fails func(what, says string)) {
	t.Helper()
	other := newCA(t)
	for what, says := range map[string]string{"expired": "expired on", "of nobody we know": "nobody that this machine trusts"} {
		by, until := a, time.Now().Add(-time.Hour)
		if what != "expired" {
			by, until = other, time.Now().Add(time.Hour)
		}
		by.issue(t, cert, key, serverName, until)
		time.Sleep(1500 * time.Millisecond)
		fails("a certificate "+what, says)
	}
	host.interrupt()
	host.wait()
	fails("a host that has gone", "nothing listens")
}

// TestHomeBehindRouter plays host at home: the router opens the ports, and a friend
// beyond it comes in by the link and gets pictures, over UDP and over TCP.
func TestHomeBehindRouter(t *testing.T) {
	n := newInternet(t)
	if _, err := exec.LookPath("miniupnpd"); err != nil {
		t.Skip("this test needs miniupnpd")
	}
	home := n.homeBehind()
	state := filepath.Join(t.TempDir(), "state.json")
	p := startBy(t, []string{"ip", "netns", "exec", home}, n.dir, nil, "serve", "--json", "--state", state)
	var r server.Ready
	for end := time.Now().Add(patience); r.URL == "" && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		_ = json.Unmarshal([]byte(p.output()), &r)
	}
	if len(r.Addresses) == 0 || r.Addresses[0].URL != "http://"+serverIP+":7880" || r.Addresses[0].Reach != "the internet" || r.Limit != "" {
		t.Fatalf("ready: %+v", r)
	}
	if r.URL != "http://192.168.77.2:7880" {
		t.Errorf("at home it is at %s", r.URL)
	}
	invite := startBy(t, []string{"ip", "netns", "exec", home}, n.dir, nil, "invite", "--json", "--url", r.URL, "--state", state, "--session", "new")
	invite.wait()
	var made struct{ Code string }
	if err := json.Unmarshal([]byte(invite.output()), &made); err != nil {
		t.Fatalf("%s: %v", invite.output(), err)
	}
	link := r.Addresses[0].Invite(made.Code)
	expect(t, "from the internet", n.doctor(nil, link), map[string]string{"port": resultOK, "udp": resultOK, "tcp": resultOK, "bandwidth": resultOK})
	p.interrupt()
	p.wait()
	if got := n.doctor(nil, link)["port"]; got.Result != resultFailed {
		t.Errorf("after the host has gone: %+v", got)
	}
}

// TestAnotherNetwork moves the server's machine to another network: it starts again
// there by itself, and friends get pictures by its new address.
func TestAnotherNetwork(t *testing.T) {
	n := newInternet(t)
	state := filepath.Join(t.TempDir(), "state.json")
	_, p := n.serve(nil, "--map", "off", "--state", state)
	n.run(n.server, "ip", "addr", "del", serverIP+"/24", "dev", "eth")
	n.run(n.server, "ip", "addr", "add", "11.22.33.77/24", "dev", "eth")
	var r server.Ready
	for end := time.Now().Add(patience); r.URL == "" && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		lines := strings.Split(strings.TrimSpace(p.output()), "\n")
		if now := lines[len(lines)-1]; len(lines) > 1 && strings.Contains(now, "11.22.33.77") {
			_ = json.Unmarshal([]byte(now), &r)
		}
	}
	if r.URL != "http://11.22.33.77:7880" || r.UDP != 7882 {
		t.Fatalf("on the other network: %+v; it said:\n%s", r, p.output())
	}
	invite := n.cutout(n.server, nil, "invite", "--json", "--url", r.URL, "--state", state, "--session", "new")
	invite.wait()
	var made struct{ Link string }
	if err := json.Unmarshal([]byte(invite.output()), &made); err != nil {
		t.Fatalf("%s: %v", invite.output(), err)
	}
	expect(t, "on the other network", n.doctor(nil, made.Link), map[string]string{"port": resultOK, "udp": resultOK, "tcp": resultOK, "bandwidth": resultOK})
}
