package reach

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// The Port Control Protocol, RFC 6887: sections 7.1, 7.2 and 11.1 have the forms,
// section 19.1 the port.
const (
	portPCP     = 5351
	versionPCP  = 2
	opMap       = 1
	answerBit   = 0x80
	sizeMap     = 60   // a MAP request or answer without options
	maxPCP      = 1100 // the longest message there is
	unsupported = 1    // result UNSUPP_VERSION
	offline     = 7    // result NETWORK_FAILURE
)

// errNoPCP means that something else than PCP answered.
var errNoPCP = errors.New("the router does not speak PCP")

// resultsPCP are the names of RFC 6887, section 7.4.
func resultPCP(code byte) string {
	names := [...]string{
		1: "UNSUPP_VERSION", 2: "NOT_AUTHORIZED", 3: "MALFORMED_REQUEST", 4: "UNSUPP_OPCODE", 5: "UNSUPP_OPTION",
		6: "MALFORMED_OPTION", 7: "NETWORK_FAILURE", 8: "NO_RESOURCES", 9: "UNSUPP_PROTOCOL", 10: "USER_EX_QUOTA",
		11: "CANNOT_PROVIDE_EXTERNAL", 12: "ADDRESS_MISMATCH", 13: "EXCESSIVE_REMOTE_PEERS",
	}
	if int(code) < len(names) && names[code] != "" {
		return names[code]
	}
	return fmt.Sprintf("result %d", code)
}

// A mapPCP is what is asked for, or was given.
type mapPCP struct {
	nonce    [12]byte
	protocol byte
	internal uint16
	external netip.AddrPort
	life     time.Duration
}

// request is the message that asks for m on behalf of client.
func (m mapPCP) request(client netip.Addr) []byte {
	b := make([]byte, sizeMap)
	b[0], b[1] = versionPCP, opMap
	binary.BigEndian.PutUint32(b[4:], uint32(m.life/time.Second))
	from := client.As16()
	copy(b[8:24], from[:])
	copy(b[24:36], m.nonce[:])
	b[36] = m.protocol
	binary.BigEndian.PutUint16(b[40:], m.internal)
	binary.BigEndian.PutUint16(b[42:], m.external.Port())
	outside := m.external.Addr().As16()
	copy(b[44:60], outside[:])
	return b
}

// parseMapPCP reads an answer to a MAP request. The result is the router's own word;
// an answer that says no has no mapping.
func parseMapPCP(b []byte) (m mapPCP, result byte, err error) {
	switch {
	case len(b) < 4 || len(b) > maxPCP:
		return mapPCP{}, 0, errNoPCP
	case b[0] != versionPCP, b[3] == unsupported:
		return mapPCP{}, 0, errNoPCP // NAT-PMP servers answer with their own version
	case b[1] != answerBit|opMap, len(b) < sizeMap, len(b)%4 != 0:
		return mapPCP{}, 0, errors.New("the router's PCP answer makes no sense")
	}
	m = mapPCP{
		nonce:    [12]byte(b[24:36]),
		protocol: b[36],
		internal: binary.BigEndian.Uint16(b[40:]),
		external: netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[44:60])).Unmap(), binary.BigEndian.Uint16(b[42:])),
		life:     time.Duration(binary.BigEndian.Uint32(b[4:])) * time.Second,
	}
	return m, b[3], nil
}

// answers reports whether m is the answer to q, and no other's.
func (m mapPCP) answers(q mapPCP) bool {
	return m.nonce == q.nonce && m.protocol == q.protocol && m.internal == q.internal
}

// exchange sends a request until an answer to it comes or ctx ends, waiting longer
// each time. What is no answer to it is not looked at.
func exchange(ctx context.Context, conn *net.UDPConn, request []byte, read func([]byte) (done bool, err error)) error {
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, maxPCP+1)
	for wait := 250 * time.Millisecond; ; wait *= 2 {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		again := time.Now().Add(wait)
		for {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			_ = conn.SetReadDeadline(earlier(ctx, again))
			n, err := conn.Read(buf)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				break
			}
			if err != nil {
				return err // nobody listens: ICMP says so at once
			}
			if done, err := read(buf[:n]); done || err != nil {
				return err
			}
		}
	}
}

func earlier(ctx context.Context, t time.Time) time.Time {
	if end, ok := ctx.Deadline(); ok && end.Before(t) {
		return end
	}
	return t
}

// A pcpAsker asks one router by PCP.
type pcpAsker struct {
	conn  *net.UDPConn
	here  netip.Addr
	nonce [12]byte
	seen  netip.Addr // the router's address in the latest answer
}

// newPCP is for the router at gw; from, when valid, is the address to ask from.
func newPCP(gw, from netip.Addr, nonce [12]byte) (*pcpAsker, error) {
	var local *net.UDPAddr
	if from.IsValid() {
		local = net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	conn, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(netip.AddrPortFrom(gw, portPCP)))
	if err != nil {
		return nil, fmt.Errorf("ask the router by PCP: %w", err)
	}
	here := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
	return &pcpAsker{conn: conn, here: here, nonce: nonce}, nil
}

func (a *pcpAsker) method() Method    { return PCP }
func (a *pcpAsker) local() netip.Addr { return a.here }
func (a *pcpAsker) close()            { _ = a.conn.Close() }

func (a *pcpAsker) external(context.Context) (netip.Addr, error) {
	if !a.seen.IsValid() {
		return netip.Addr{}, fmt.Errorf("%w: it did not tell its address", errRefused)
	}
	return a.seen, nil
}

func (a *pcpAsker) ask(ctx context.Context, p Port, suggested uint16, life time.Duration) (lease, error) {
	q := mapPCP{nonce: a.nonce, protocol: p.Protocol.number(), internal: p.Port, life: life}
	// Every mapping has its own nonce, the same one at every renewal.
	q.nonce[9] ^= q.protocol
	q.nonce[10] ^= byte(p.Port >> 8)
	q.nonce[11] ^= byte(p.Port)
	unspecified := netip.IPv4Unspecified()
	if a.here.Is6() {
		unspecified = netip.IPv6Unspecified()
	}
	q.external = netip.AddrPortFrom(unspecified, suggested)
	given, err := a.call(ctx, q)
	if err != nil {
		return lease{}, err
	}
	a.seen = given.external.Addr()
	gw := a.conn.RemoteAddr().(*net.UDPAddr).AddrPort().Addr()
	here, nonce := a.here, a.nonce
	return lease{
		Mapping: Mapping{Port: p, External: given.external.Port()},
		life:    given.life,
		drop: func(ctx context.Context) {
			if again, err := newPCP(gw, here, nonce); err == nil {
				defer again.close()
				q.life, q.external = 0, netip.AddrPortFrom(unspecified, 0)
				_, _ = again.call(ctx, q) // a mapping that can't be taken back ends with its lease
			}
		},
	}, nil
}

// call asks for one mapping, or with a lifetime of zero takes it back.
func (a *pcpAsker) call(ctx context.Context, q mapPCP) (mapPCP, error) {
	var given mapPCP
	err := exchange(ctx, a.conn, q.request(a.here), func(b []byte) (bool, error) {
		m, result, err := parseMapPCP(b)
		switch {
		case errors.Is(err, errNoPCP):
			return true, err
		case err != nil || !m.answers(q):
			return false, nil
		case result == offline:
			return true, errNoAddress
		case result != 0:
			return true, fmt.Errorf("%w: %s", errRefused, resultPCP(result))
		case q.life > 0 && (m.life == 0 || m.external.Port() == 0):
			return true, fmt.Errorf("%w: it gave nothing", errRefused)
		}
		given = m
		return true, nil
	})
	return given, err
}
