package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// A tlsMux takes TLS off the connections of a listener, hands those that speak HTTP to
// who accepts from it, and passes those that speak TURN on to LiveKit, so that both
// live on one port.
type tlsMux struct {
	net.Listener // the one below
	conf         *tls.Config
	turn         int // LiveKit's port for TURN; 0 without

	cancel context.CancelFunc
	ended  <-chan struct{} // closed by cancel
	http   chan net.Conn
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
func newTLSMux(l net.Listener, conf *tls.Config, turn int) *tlsMux {
	ctx, cancel := context.WithCancel(context.Background())
	m := &tlsMux{Listener: l, conf: conf, turn: turn, cancel: cancel, ended: ctx.Done(), http: make(chan net.Conn), from: map[netip.Addr]int{}}
	m.wg.Go(func() { m.run(ctx) })
	return m
}

// run accepts until the listener is closed.
func (m *tlsMux) run(ctx context.Context) {
	defer m.cancel()
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
				m.hand(ctx, conn)
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

// hand gives a connection to who accepts.
func (m *tlsMux) hand(ctx context.Context, conn net.Conn) {
	select {
	case m.http <- conn:
	case <-ctx.Done():
		_ = conn.Close()
	}
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

// relay passes a connection on to LiveKit until either side ends.
func (m *tlsMux) relay(ctx context.Context, conn net.Conn, relayed chan struct{}) {
	defer func() { _ = conn.Close() }()
	select {
	case relayed <- struct{}{}:
	default:
		return // no more
	}
	defer func() { <-relayed }()
	if m.turn == 0 {
		return
	}
	var d net.Dialer
	inner, err := d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(m.turn)))
	if err != nil {
		return
	}
	defer func() { _ = inner.Close() }()
	both := func() { _ = conn.Close(); _ = inner.Close() }
	stop := context.AfterFunc(ctx, both)
	defer stop()
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(conn, inner)
		both()
	}()
	_, _ = io.Copy(inner, conn)
	both()
	<-back
}

// Accept returns the next connection that speaks HTTP.
func (m *tlsMux) Accept() (net.Conn, error) {
	select {
	case conn := <-m.http:
		return conn, nil
	case <-m.ended:
		return nil, net.ErrClosed
	}
}

// Close ends everything that was accepted and not handed out.
func (m *tlsMux) Close() error {
	m.cancel()
	err := m.Listener.Close()
	m.wg.Wait()
	return err
}
