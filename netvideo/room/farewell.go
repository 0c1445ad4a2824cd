package room

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo/room/internal/wire"

	"github.com/gorilla/websocket"
)

// farewellPatience is how long a leaving client waits for the server to hang up.
const farewellPatience = time.Second

// dialPatiently makes the SDK's signal connections wait at their end until the
// server has hung up. The SDK says that it leaves and closes at once; LiveKit then
// loses the message about one time in five on a busy machine (its relay stream ends
// before the message is through), and the others see a ghost for 20 s. The SDK dials
// with gorilla's default dialer and lets nobody choose another.
// (server-sdk-go 2.17.0, signaltransport_websocket.go 214; livekit-server 1.13.3)
var dialPatiently = sync.OnceFunc(func() {
	websocket.DefaultDialer.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return patient(ctx)(new(net.Dialer).DialContext(ctx, network, addr))
	}
	websocket.DefaultDialer.NetDialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		d := tls.Dialer{Config: websocket.DefaultDialer.TLSClientConfig}
		return patient(ctx)(d.DialContext(ctx, network, addr))
	}
})

// farewells are the signal connections of one link.
type farewells struct {
	mu      sync.Mutex
	conns   []*patientConn
	leaving atomic.Bool  // only then is there something to wait for
	read    atomic.Int64 // counts what was read of them
	// heard is given each message of the server; may be nil.
	heard func([]byte)
}

type farewellsKey struct{}

// patient wraps a new connection when its context asks for it.
func patient(ctx context.Context) func(net.Conn, error) (net.Conn, error) {
	return func(c net.Conn, err error) (net.Conn, error) {
		all, ours := ctx.Value(farewellsKey{}).(*farewells)
		if err != nil || !ours {
			return c, err
		}
		p := &patientConn{Conn: c, all: all, ended: make(chan struct{})}
		all.mu.Lock()
		defer all.mu.Unlock()
		all.conns = append(all.conns, p)
		return p, nil
	}
}

// A patientConn of a link that leaves closes when the other side has, or after
// farewellPatience. Somebody must be reading from it meanwhile.
type patientConn struct {
	net.Conn
	all   *farewells
	end   sync.Once
	ended chan struct{} // closed when reading has failed
	words wire.Frames
}

func (c *patientConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.all.read.Add(1)
	}
	if c.all.heard != nil {
		c.words.Push(b[:n], c.all.heard)
	}
	if err != nil {
		c.end.Do(func() { close(c.ended) })
	}
	return n, err
}

func (c *patientConn) Close() error {
	if c.all.leaving.Load() {
		waitFor(c.ended)
	}
	return c.Conn.Close()
}

func waitFor(done <-chan struct{}) {
	limit := time.NewTimer(farewellPatience)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
	}
}

// hangUp closes the connections without a word.
func (f *farewells) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		_ = c.Conn.Close()
	}
}

// close returns when every connection is closed, those too that the SDK forgot
// because they never got as far as a session.
func (f *farewells) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		waitFor(c.ended)
		_ = c.Conn.Close()
	}
}
