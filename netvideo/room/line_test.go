package room

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A thinLine is a way to a server that can be made thin and lossy: a relay for its UDP, and
// one for its TCP that gives clients the relay's UDP port for the server's. What a client
// sends waits in a queue of limited length; what comes back is let through.
type thinLine struct {
	t    testing.TB
	url  string
	udp  *net.UDPConn // where the clients send to
	to   *net.UDPAddr // the server
	bps  atomic.Int64 // upwards; 0: as much as there is
	loss atomic.Int64 // upwards, per cent
	up   atomic.Int64 // bytes that got through

	mu    sync.Mutex
	peers map[string]*net.UDPConn // to the server, one for each client
	ends  []io.Closer
	rnd   *rand.Rand
	free  time.Time // when the queue upwards is empty
	wg    sync.WaitGroup
}

// queueLength is how long the queue of a thin line is.
const queueLength = 300 * time.Millisecond

func newThinLine(t testing.TB, s *testServer) *thinLine {
	t.Helper()
	tcp, udp, _ := strings.Cut(s.ports, "/")
	l := &thinLine{t: t, peers: map[string]*net.UDPConn{}, rnd: rand.New(rand.NewPCG(1, 2))}
	var err error
	if l.to, err = net.ResolveUDPAddr("udp4", net.JoinHostPort(outsideIP(t), udp)); err != nil {
		t.Fatal(err)
	}
	// A port of as many digits: it is exchanged in place.
	for try := 0; l.udp == nil; try++ {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{})
		if err != nil || try == 100 {
			t.Fatal("no port for the relay: ", err)
		}
		if len(fmt.Sprint(c.LocalAddr().(*net.UDPAddr).Port)) == len(udp) {
			l.udp = c
		} else {
			c.Close()
		}
	}
	door, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.url = "http://" + door.Addr().String()
	l.ends = append(l.ends, l.udp, door)
	l.wg.Go(l.upwards)
	l.wg.Go(func() { l.signalling(door, "127.0.0.1:"+tcp, " "+udp+" typ host") })
	t.Cleanup(func() {
		l.mu.Lock()
		for _, c := range l.ends {
			c.Close()
		}
		l.ends = nil
		l.mu.Unlock()
		l.wg.Wait()
	})
	return l
}

// outsideIP is an address of this machine that is not its loopback.
func outsideIP(t testing.TB) string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no IPv4 address but its loopback")
	return ""
}

// keep has a connection closed at the end; false when the end has come.
func (l *thinLine) keep(c io.Closer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends == nil {
		c.Close()
		return false
	}
	l.ends = append(l.ends, c)
	return true
}

// signalling relays TCP, and has clients send their media to the relay.
func (l *thinLine) signalling(door net.Listener, server, candidate string) {
	ours := fmt.Sprintf(" %d typ host", l.udp.LocalAddr().(*net.UDPAddr).Port)
	for {
		in, err := door.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp4", server)
		if err != nil || !l.keep(in) || !l.keep(out) {
			in.Close()
			continue
		}
		l.wg.Go(func() { _, _ = io.Copy(out, in); out.(*net.TCPConn).CloseWrite() })
		l.wg.Go(func() {
			defer in.Close()
			buf := make([]byte, 1<<20)
			for {
				n, err := out.Read(buf)
				if _, werr := in.Write(bytes.ReplaceAll(buf[:n], []byte(candidate), []byte(ours))); err != nil || werr != nil {
					return
				}
			}
		})
	}
}

// upwards relays what clients send.
func (l *thinLine) upwards() {
	buf := make([]byte, 2048)
	for {
		n, from, err := l.udp.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if peer := l.peer(from); peer != nil {
			l.pass(peer, bytes.Clone(buf[:n]))
		}
	}
}

// peer is the connection to the server that stands for a client.
func (l *thinLine) peer(client *net.UDPAddr) *net.UDPConn {
	if p := l.peers[client.String()]; p != nil {
		return p
	}
	p, err := net.DialUDP("udp4", nil, l.to)
	if err != nil || !l.keep(p) {
		return nil
	}
	l.peers[client.String()] = p
	l.wg.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, err := p.Read(buf)
			if err != nil {
				return
			}
			_, _ = l.udp.WriteToUDP(buf[:n], client)
		}
	})
	return p
}

// pass sends a packet on when the line is free, if it gets through.
func (l *thinLine) pass(to *net.UDPConn, packet []byte) {
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	if l.free.Sub(now) > queueLength || l.rnd.Int64N(100) < l.loss.Load() {
		return
	}
	if bps := l.bps.Load(); bps > 0 {
		l.free = l.free.Add(time.Duration(float64(len(packet)+28) * 8 / float64(bps) * 1e9))
	}
	send := func() {
		if n, err := to.Write(packet); err == nil {
			l.up.Add(int64(n))
		}
	}
	if wait := time.Until(l.free); wait > 0 {
		l.wg.Add(1)
		time.AfterFunc(wait, func() { defer l.wg.Done(); send() })
		return
	}
	send()
}
