package reach

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// A gateway is this machine's way out, by each of the two protocols; zero without one.
type gateway struct {
	v4, v6 netip.Addr // the IPv6 one with its zone
	// blind is set where the routes can't be read.
	blind bool
}

// parseRoutes4 finds the default gateway in Linux's /proc/net/route: the one with the
// lowest metric. Addresses are written there as the processor keeps them: on every one
// that this program runs on, the lowest byte first.
func parseRoutes4(table []byte) netip.Addr {
	const (
		up, viaGateway            = 1, 2 // RTF_UP, RTF_GATEWAY of linux/route.h
		destination, gate, flagsF = 1, 2, 3
		metricF, maskF            = 6, 7
	)
	best, bestMetric := netip.Addr{}, int64(-1)
	for lines := bufio.NewScanner(bytes.NewReader(table)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) <= maskF || f[destination] != "00000000" || f[maskF] != "00000000" {
			continue
		}
		flags, err := strconv.ParseUint(f[flagsF], 16, 32)
		raw, err2 := hex.DecodeString(f[gate])
		metric, err3 := strconv.ParseInt(f[metricF], 10, 64)
		if err != nil || err2 != nil || err3 != nil || len(raw) != 4 || metric < 0 || flags&(up|viaGateway) != up|viaGateway {
			continue
		}
		if bestMetric < 0 || metric < bestMetric {
			best, bestMetric = netip.AddrFrom4([4]byte{raw[3], raw[2], raw[1], raw[0]}), metric
		}
	}
	return best
}

// parseRoutes6 finds the default gateway in Linux's /proc/net/ipv6_route, with the
// name of its interface as the zone when it is link-local.
func parseRoutes6(table []byte) netip.Addr {
	const (
		up, viaGateway        = 1, 2
		destination, prefixF  = 0, 1
		gate, metricF, flagsF = 4, 5, 8
		deviceF               = 9
	)
	best, bestMetric := netip.Addr{}, uint64(0)
	for lines := bufio.NewScanner(bytes.NewReader(table)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) <= deviceF || strings.Trim(f[destination], "0") != "" || f[prefixF] != "00" {
			continue
		}
		flags, err := strconv.ParseUint(f[flagsF], 16, 32)
		raw, err2 := hex.DecodeString(f[gate])
		metric, err3 := strconv.ParseUint(f[metricF], 16, 32)
		if err != nil || err2 != nil || err3 != nil || len(raw) != 16 || flags&(up|viaGateway) != up|viaGateway {
			continue
		}
		if !best.IsValid() || metric < bestMetric {
			a := netip.AddrFrom16([16]byte(raw))
			if a.IsLinkLocalUnicast() {
				a = a.WithZone(f[deviceF])
			}
			best, bestMetric = a, metric
		}
	}
	return best
}

// localTowards is this machine's address on the way to a; nothing is sent.
func localTowards(a netip.Addr) netip.Addr {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, portPCP)))
	if err != nil {
		return netip.Addr{}
	}
	defer func() { _ = conn.Close() }()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// Towards is this machine's address on the way to a; zero without a way. Nothing is
// sent.
func Towards(a netip.Addr) netip.Addr { return localTowards(a) }
