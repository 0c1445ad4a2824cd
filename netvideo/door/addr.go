package door

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Reach is how far away an address can be used, as people say it.
type Reach string

const (
	// TheInternet reaches everybody, other homes included.
	TheInternet Reach = "the internet"
	// ThisNetwork reaches those on the same Wi-Fi or cable.
	ThisNetwork Reach = "this network"
	// ThisMachine reaches programs on the same computer.
	ThisMachine Reach = "this machine"
)

// An Address is a way to a door, and who can use it.
type Address struct {
	URL   string `json:"url"`
	Reach Reach  `json:"reach"`
}

// Invite is the link to an invite's code by this way.
func (a Address) Invite(code string) string { return a.URL + "/r/" + code }

// Addresses are the ways to a door that listens on listen, the best for friends first:
// the local network's IPv4 address, other addresses of interfaces that are up, and this
// machine's own last. What lies beyond the router is not looked at.
func Addresses(listen net.Addr) ([]Address, error) {
	at, err := netip.ParseAddrPort(listen.String())
	if err != nil {
		return nil, fmt.Errorf("list the ways to %s: %w", listen, err)
	}
	up, err := upAddrs()
	if err != nil {
		return nil, fmt.Errorf("list the ways to %s: %w", listen, err)
	}
	return addresses(at, up), nil
}

// An ifAddr is an address of an interface.
type ifAddr struct {
	name string
	addr netip.Addr
	link netip.Prefix // what is reached through it without a router
}

// upAddrs are the addresses of the interfaces that are up.
func upAddrs() ([]ifAddr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var up []ifAddr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				up = append(up, ifAddr{i.Name, p.Addr().Unmap(), p.Masked()})
			}
		}
	}
	return up, nil
}

// OwnAddresses are those of this machine's interfaces that are up.
func OwnAddresses() []netip.Addr {
	up, err := upAddrs()
	if err != nil {
		return nil
	}
	own := make([]netip.Addr, len(up))
	for i, u := range up {
		own[i] = u.addr
	}
	return own
}

// HasNetwork reports whether this machine has an address that media can come to: one of
// an interface that is up, and neither the loopback's nor link-local. LiveKit's SDK
// gathers none on the loopback and leaves no way to ask for it. Where the interfaces
// can't be listed it is true, and who tries to join finds out.
func HasNetwork() bool {
	up, err := upAddrs()
	if err != nil {
		return true
	}
	return slices.ContainsFunc(up, func(u ifAddr) bool { return !u.addr.IsLoopback() && !u.addr.IsLinkLocalUnicast() })
}

func addresses(listen netip.AddrPort, up []ifAddr) []Address {
	ip := listen.Addr().Unmap()
	var found []ifAddr
	switch {
	case !ip.IsUnspecified():
		found = []ifAddr{{addr: ip.WithZone("")}}
	default:
		for _, a := range up {
			// Link-local addresses only work with a zone that is another one on every machine.
			if !a.addr.IsLinkLocalUnicast() && (listen.Addr().Is6() || a.addr.Is4()) {
				found = append(found, a)
			}
		}
		slices.SortStableFunc(found, func(a, b ifAddr) int { return cmp.Compare(rank(a), rank(b)) })
	}
	var list []Address
	for _, a := range found {
		reach := ThisNetwork
		if a.addr.IsLoopback() {
			reach = ThisMachine
		}
		host := net.JoinHostPort(a.addr.String(), strconv.Itoa(int(listen.Port())))
		list = append(list, Address{URL: "http://" + host, Reach: reach})
	}
	return list
}

// rank orders addresses by how likely a friend in the same room reaches them.
func rank(a ifAddr) int {
	r := 0
	switch {
	case a.addr.IsLoopback():
		return 100 + familyRank(a.addr)
	case !local(a.addr):
		r = 10
	}
	// Bridges and tunnels of containers and virtual machines are up on many machines
	// and lead nowhere a friend could be.
	for _, prefix := range []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "tun", "tap", "wg", "zt", "tailscale"} {
		if strings.HasPrefix(a.name, prefix) {
			r += 40
			break
		}
	}
	return r + familyRank(a.addr)
}

func familyRank(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 20
}

// inHouse are the blocks that IANA's special-purpose registries (RFC 6890) list as not
// globally reachable and that netip has no word for: shared address space,
// documentation, benchmarking.
func inHouse() [6]netip.Prefix {
	return [6]netip.Prefix{
		netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("2001:db8::/32"),
	}
}

// local reports whether an address means nothing on the internet.
func local(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return true
	}
	for _, p := range inHouse() {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// onOurNetwork reports whether an address is local or on the same link as one of ours:
// where every machine has an address that is good on the internet, that is the LAN.
func onOurNetwork(a netip.Addr) bool {
	if local(a) {
		return true
	}
	a = a.Unmap().WithZone("")
	up, err := upAddrs()
	if err != nil {
		return false
	}
	for _, u := range up {
		if u.link.Contains(a) {
			return true
		}
	}
	return false
}

// LocalOnly reports whether only this machine and its own network can reach a door that
// listens on host. A host that is empty or unspecified stands for every address, and is
// not.
func LocalOnly(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && local(a)
}
