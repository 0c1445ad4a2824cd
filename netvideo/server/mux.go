package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A tlsMux takes TLS off the connections of a listener, hands those that speak HTTP to
// who accepts from it, and those that speak TURN to the relay, so that both live on one
// port.
type tlsMux struct {
	net.Listener // the one below
	conf         *tls.Config
	http         *handoff
	turn         *handoff // nil without a relay

	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	from map[netip.Addr]int // how many are being greeted or relayed
}

const (
	handshakeTime = 10 * time.Second
	maxHandshakes = 256 // at once; more wait in the system's queue
	maxRelayed    = 512
	maxEach       = 32 // of both, from one address
)

// newTLSMux begins to accept from l; Close ends that, and closes l.
func newTLSMux(l net.Listener, conf *tls.Config, turn *handoff) *tlsMux {
	ctx, cancel := context.WithCancel(context.Background())
	m := &tlsMux{Listener: l, conf: conf, http: newHandoff(l.Addr()), turn: turn, cancel: cancel, from: map[netip.Addr]int{}}
	m.wg.Go(func() { m.run(ctx) })
	return m
}

// A handoff is a listener of connections that somebody else has accepted.
type handoff struct {
	addr  net.Addr
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newHandoff(addr net.Addr) *handoff {
	return &handoff{addr: addr, conns: make(chan net.Conn), ended: make(chan struct{})}
}

// give waits until somebody takes the connection, and closes it when nobody will.
func (h *handoff) give(ctx context.Context, conn net.Conn) (taken bool) {
	select {
	case h.conns <- conn:
		return true
	case <-h.ended:
	case <-ctx.Done():
	}
	_ = conn.Close()
	return false
}

// Accept returns the next connection.
func (h *handoff) Accept() (net.Conn, error) {
	select {
	case conn := <-h.conns:
		return conn, nil
	case <-h.ended:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and give.
func (h *handoff) Close() error {
	h.once.Do(func() { close(h.ended) })
	return nil
}

// Addr is that of the listener that has accepted.
func (h *handoff) Addr() net.Addr { return h.addr }

// run accepts until the listener is closed.
func (m *tlsMux) run(ctx context.Context) {
	defer func() { _ = m.http.Close() }()
	greeting, relayed := make(chan struct{}, maxHandshakes), make(chan struct{}, maxRelayed)
	for {
		select {
		case greeting <- struct{}{}:
		case <-ctx.Done():
			return
		}
		raw, err := m.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, perhaps: it passes
			<-greeting
			time.Sleep(5 * time.Millisecond)
			continue
		}
		leave, ok := m.enter(raw)
		if !ok {
			<-greeting
			_ = raw.Close()
			continue
		}
		m.wg.Go(func() {
			defer leave()
			conn, isTURN := m.greet(ctx, raw)
			<-greeting
			if conn != nil && isTURN {
				m.relay(ctx, conn, relayed)
			} else if conn != nil {
				m.http.give(ctx, conn)
			}
		})
	}
}

// enter counts a connection, and refuses those of which there are too many from one
// address.
func (m *tlsMux) enter(raw net.Conn) (leave func(), ok bool) {
	var from netip.Addr
	if a, ok := raw.RemoteAddr().(*net.TCPAddr); ok {
		from = a.AddrPort().Addr().Unmap()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.from[from] >= maxEach {
		return nil, false
	}
	m.from[from]++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.from[from]--; m.from[from] == 0 {
			delete(m.from, from)
		}
	}, true
}

// greet does TLS's handshake, and finds out who is calling: the first byte of a STUN
// message is less than 4 (RFC 7983), that of an HTTP request is a letter.
func (m *tlsMux) greet(ctx context.Context, raw net.Conn) (conn net.Conn, isTURN bool) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	secured := tls.Server(raw, m.conf)
	if secured.HandshakeContext(ctx) != nil {
		_ = raw.Close()
		return nil, false
	}
	switch secured.ConnectionState().NegotiatedProtocol {
	case "http/1.1":
		return secured, false
	case turnALPN:
		return secured, true
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetReadDeadline(time.Unix(1, 0)) })
	r := bufio.NewReader(secured)
	first, err := r.Peek(1)
	if err != nil || !stop() {
		_ = raw.Close()
		return nil, false
	}
	return &readAhead{Conn: secured, r: r}, first[0] < 4
}

// A readAhead is a connection of which some bytes were read already. The HTTP server
// knows by its ConnectionState, which is embedded, that it is secured.
type readAhead struct {
	*tls.Conn
	r *bufio.Reader
}

func (c *readAhead) Read(b []byte) (int, error) { return c.r.Read(b) }

// relay hands a connection to the relay and waits for its end, or ends it.
func (m *tlsMux) relay(ctx context.Context, conn net.Conn, relayed chan struct{}) {
	defer func() { _ = conn.Close() }()
	select {
	case relayed <- struct{}{}:
	default:
		return // no more
	}
	defer func() { <-relayed }()
	c := &watchedConn{Conn: conn, closed: make(chan struct{})}
	if m.turn == nil || !m.turn.give(ctx, c) {
		return
	}
	select {
	case <-c.closed:
	case <-ctx.Done():
	}
}

// A watchedConn tells when it is closed.
type watchedConn struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *watchedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// Accept returns the next connection that speaks HTTP.
func (m *tlsMux) Accept() (net.Conn, error) { return m.http.Accept() }

// Close ends everything that was accepted and not handed out.
func (m *tlsMux) Close() error {
	m.cancel()
	err := m.Listener.Close()
	m.wg.Wait()
	return err
}
