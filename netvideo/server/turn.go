package server

import (
	"net/netip"

	"github.com/livekit/livekit-server/pkg/config"

	"cutout/netvideo/door"
)

// DefaultTURN is the UDP port that TURN clients expect (RFC 8656).
const DefaultTURN = 3478

// TURN says how media is relayed: over UDP on a port of its own, and over TLS on the
// door's.
type TURN struct {
	// Domain is what the door's certificate names.
	Domain string
	// UDP is the port; 0 opens none.
	UDP int
	// TLS is for a door on port 443: clients are told no other.
	TLS bool
}

// configure turns LiveKit's own TURN server on. It relays to this server's media ports
// and to nobody else, or passes would make it a relay to anywhere.
func (t *TURN) configure(conf *config.Config, cfg Config, info Info) {
	if t == nil {
		return
	}
	c := &conf.TURN
	c.Enabled, c.Domain = true, t.Domain
	c.UDPPort = t.UDP
	c.TLSPort, c.ExternalTLS = info.TURN, true
	c.BindAddresses = []string{"0.0.0.0"}
	c.RelayPortRangeStart, c.RelayPortRangeEnd = 30000, 32767
	if cfg.External.IsValid() {
		conf.RTC.NodeIP.V4 = cfg.External.String() // what clients are told
	}
	own := append(door.OwnAddresses(), cfg.External)
	for _, a := range own {
		if a.Is4() && !a.IsLoopback() {
			c.AllowRestrictedPeerCIDRs = append(c.AllowRestrictedPeerCIDRs, netip.PrefixFrom(a, 32).String())
		}
	}
	if !cfg.Redis.Some() { // the others of a cluster have media ports too
		for _, p := range allBut(own) {
			c.DenyPeerCIDRs = append(c.DenyPeerCIDRs, p.String())
		}
	}
	c.DenyPeerCIDRs = append(c.DenyPeerCIDRs, "::/0")
}

// allBut are the prefixes that cover all of IPv4 but these addresses.
func allBut(keep []netip.Addr) []netip.Prefix {
	var split func(p netip.Prefix) []netip.Prefix
	split = func(p netip.Prefix) []netip.Prefix {
		inside := false
		for _, a := range keep {
			inside = inside || p.Contains(a)
		}
		switch {
		case !inside:
			return []netip.Prefix{p}
		case p.Bits() == p.Addr().BitLen():
			return nil
		}
		half := p.Addr().As4()
		half[p.Bits()/8] |= 1 << (7 - p.Bits()%8)
		low, high := netip.PrefixFrom(p.Addr(), p.Bits()+1), netip.PrefixFrom(netip.AddrFrom4(half), p.Bits()+1)
		return append(split(low), split(high)...)
	}
	return split(netip.PrefixFrom(netip.IPv4Unspecified(), 0))
}
