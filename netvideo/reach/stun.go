package reach

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/stun/v3"
)

// seenFrom is this machine's address as a STUN server (RFC 8489) sees it.
func seenFrom(ctx context.Context, server string) (netip.Addr, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp4", server)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("ask %s for our address: %w", server, err)
	}
	defer func() { _ = conn.Close() }()
	q, err := stun.Build(stun.TransactionID, stun.BindingRequest)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("ask %s for our address: %w", server, err)
	}
	var seen netip.Addr
	err = exchange(ctx, conn.(*net.UDPConn), q.Raw, func(b []byte) (bool, error) {
		seen = parseSTUN(b, q.TransactionID)
		return seen.IsValid(), nil
	})
	if err != nil {
		return netip.Addr{}, fmt.Errorf("ask %s for our address: %w", server, err)
	}
	return seen, nil
}

// parseSTUN is the mapped address in the answer to the request with this id; zero in
// everything else.
func parseSTUN(b []byte, id [stun.TransactionIDSize]byte) netip.Addr {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil || m.TransactionID != id || m.Type != stun.BindingSuccess {
		return netip.Addr{}
	}
	var mapped stun.XORMappedAddress
	if mapped.GetFrom(m) != nil {
		return netip.Addr{}
	}
	a, _ := netip.AddrFromSlice(mapped.IP)
	return a.Unmap()
}
