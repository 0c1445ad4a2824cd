package reach

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"cutout/netvideo/door"
)

// Ways are the addresses of a door that listens on listen, the one that reaches farthest
// first, in the scheme it speaks: http or https. s is what the router gave. Only what
// there is reason to believe is said to reach the internet: an address of the router
// with a mapping, an address of this machine that is no private one, an IPv6 address
// that the router has opened.
func Ways(listen net.Addr, scheme string, s State) ([]door.Address, error) {
	near, err := door.Addresses(listen)
	if err != nil {
		return nil, err
	}
	port, err := netip.ParseAddrPort(listen.String())
	if err != nil {
		return nil, fmt.Errorf("list the ways to %s: %w", listen, err)
	}
	return ways(near, port.Port(), scheme, s), nil
}

func ways(near []door.Address, port uint16, scheme string, s State) []door.Address {
	var far []door.Address
	for _, m := range s.Mapped {
		if m.Protocol == TCP && m.Port.Port == port && s.External.IsValid() {
			far = append(far, door.Address{URL: scheme + "://" + net.JoinHostPort(s.External.String(), strconv.Itoa(int(m.External))), Reach: door.TheInternet})
		}
	}
	near = slices.Clone(near)
	// A machine with a public IPv4 address of its own is a server: no router keeps its
	// IPv6 address from anybody.
	server := slices.ContainsFunc(near, func(a door.Address) bool { ip := hostOf(a); return ip.Is4() && public(ip) })
	for i, a := range near {
		near[i].URL = scheme + a.URL[len("http"):]
		ip := hostOf(a)
		if public(ip) && (ip.Is4() || server || ip == s.Open6) {
			near[i].Reach = door.TheInternet
		}
	}
	slices.SortStableFunc(near, func(a, b door.Address) int { return distance(b) - distance(a) })
	return append(far, near...)
}

// distance orders addresses by their reach.
func distance(a door.Address) int {
	return slices.Index([]door.Reach{door.ThisMachine, door.ThisNetwork, door.TheInternet}, a.Reach)
}

func hostOf(a door.Address) netip.Addr {
	u, err := url.Parse(a.URL)
	if err != nil {
		return netip.Addr{}
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	return ip
}

// Words say in one sentence how far links reach and why, and in another what to do
// about it; both are empty when they reach the internet.
func (s State) Words() (why, advice string) {
	const cure = "for friends in other homes run 'cutout serve --domain NAME' on a machine on the internet, or join any LiveKit server"
	switch s.Trouble {
	case NoRouter:
		return "links work on the same network only: this network has no router to the internet", cure
	case Silent:
		return "links work on the same network only: the router does not open ports by itself", "switch UPnP or PCP on in the router, or forward the ports by hand; or " + cure
	case Refused:
		return "links work on the same network only: the router refused to open the ports (" + s.Detail + ")", "allow this machine to open ports in the router (UPnP, PCP); or " + cure
	case SharedAddress:
		return "links work on the same network only: this home has no address of its own on the internet (" + s.Detail + ")", cure
	case OtherPort:
		return "links work on the same network only: another machine has the ports in the router (" + s.Detail + ")", "choose others with --udp and --tcp; or " + cure
	}
	return "", ""
}

// Lonely are the words for a door that nobody from off this machine has reached.
func Lonely() (what, advice string) {
	return "nobody off this machine has reached the door in 60 s",
		"guest Wi-Fi often keeps its guests apart: try a phone's hotspot or a cable; a firewall here must let the ports in; 'cutout doctor --room LINK' on the other machine says what is wrong"
}
