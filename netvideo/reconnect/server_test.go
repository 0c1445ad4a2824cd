//go:build linux

package reconnect_test

import (
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"

	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// TestServerKilled: the server is killed, twice, and started again by its supervisor;
// everybody is back, and nothing that was said is lost.
func TestServerKilled(t *testing.T) {
	if !long() {
		t.Parallel()
	}
	n := newHome(t)
	was := n.first
	for range 2 {
		killed := time.Now()
		kill(t, was.PID)
		now := n.running()
		up := time.Now()
		t.Logf("the server was back %v after it was killed, and everybody saw everybody %v after that",
			up.Sub(killed).Round(time.Millisecond), n.seen(up).Round(time.Millisecond))
		if now.Ready.Listen != was.Ready.Listen || now.Ready.UDP != was.Ready.UDP || now.Ready.Invite != was.Ready.Invite {
			t.Errorf("it came back as %+v, was %+v", now.Ready, was.Ready)
		}
		was = now
	}
	check(t, n.ada, n.bob)
	for _, f := range []friend{n.ada, n.bob} {
		for _, l := range f.all(func(l line) bool { return l.What == "ConnectionDestroyed" || l.What == "StreamDestroyed" }) {
			t.Errorf("%s was told of %s of %s, who was as much away as everybody", f.name, l.What, l.Who)
		}
	}
}

// TestHostMoves: the host's machine joins another network, where it has other addresses.
// Its server is started anew on them by itself. The host's own client is back by the
// machine's own address, Bob by an address that his pass lists.
func TestHostMoves(t *testing.T) {
	if !long() {
		t.Skip("this test takes a quiet machine: make reconnect")
	}
	n := newHome(t)
	was := n.first
	_, port, err := splitURL(was.Ready.URL)
	if err != nil {
		t.Fatal(err)
	}
	host := join(t, n.server, clientOptions{Link: at(was, "127.0.0.1"), Name: "Host"})
	cyd := join(t, n.cables[1].B.Host, clientOptions{Link: at(was, "10.9.2.1"), Name: "Cyd", Doors: []string{"http://10.9.2.9:" + port}})
	host.seesAfter(time.Now(), cyd, n.bob)
	cyd.seesAfter(time.Now(), host, n.bob)

	moved := time.Now()
	for i, c := range n.cables {
		c.A.Remove(fmt.Sprintf("10.9.%d.1/24", i+1))
		c.A.Add(fmt.Sprintf("10.9.%d.9/24", i+1))
	}
	now := n.running()
	up := time.Now()
	t.Logf("the server was there again %v after the addresses changed; the host saw Cyd %v after that, and Cyd the host %v",
		up.Sub(moved).Round(time.Millisecond), host.seesAfter(up, cyd).Round(time.Millisecond), cyd.seesAfter(up, host).Round(time.Millisecond))
	if code(now.Ready.Invite) != code(was.Ready.Invite) || now.Ready.Invite == was.Ready.Invite {
		t.Errorf("the link was %s and is %s: it should lead to the new address, and to the same room", was.Ready.Invite, now.Ready.Invite)
	}
	dan := join(t, n.cables[0].B.Host, clientOptions{Link: at(now, "10.9.1.9"), Name: "Dan"})
	dan.seesAfter(up, host, cyd)
}

// TestClusterNode: of two nodes of a cluster one is killed, and stays so. Whoever came by
// it is back by the other.
func TestClusterNode(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("this test needs redis-server")
	}
	if !long() {
		t.Skip("this test takes a quiet machine: make reconnect")
	}
	n := &home{t: t, pids: map[int]bool{}}
	n.lab = newLab(t, n)
	const redis = "127.0.0.1:6399"
	startRedis(t, n.server, redis)
	node := func(port string) *program[server.Ready] {
		p := start[server.Ready](t, n.server, roleServer, ",:"+port+",0,0,"+redis, "the node at "+port)
		p.await("a server", func(r server.Ready) bool { return r.URL != "" })
		return p
	}
	// Ada comes by the first node, while it is alone: it has the room. Bob comes by the
	// second, when both know of each other.
	first := node("7880")
	invite := start[door.LinkedInvite](t, n.server, roleInvite, "http://127.0.0.1:7880", "the inviter").
		await("an invite", func(i door.LinkedInvite) bool { return i.Code != "" }).Code
	n.ada = join(t, n.cables[0].B.Host, clientOptions{Link: "http://10.9.1.1:7880/r/" + invite, Name: "Ada", Doors: []string{"http://10.9.1.1:7890"}})
	node("7890")
	n.bob = join(t, n.cables[1].B.Host, clientOptions{Link: "http://10.9.2.1:7890/r/" + invite, Name: "Bob", Doors: []string{"http://10.9.2.1:7880"}})
	n.seen(time.Now())
	killed := time.Now()
	kill(t, first.cmd.Process.Pid)
	t.Logf("everybody saw everybody %v after a node of two was killed", n.seen(killed.Add(time.Second)).Round(time.Millisecond)+time.Second)
	check(t, n.ada, n.bob)
}

func startRedis(t *testing.T, h interface{ Command(...string) *exec.Cmd }, address string) {
	t.Helper()
	_, port, _ := net.SplitHostPort(address)
	cmd := h.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}
