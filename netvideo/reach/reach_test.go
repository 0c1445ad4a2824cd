package reach

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func both(port uint16) []Port { return []Port{{TCP, port, false}, {UDP, port, true}} }

const allowAll = "allow 1024-65535 0.0.0.0/0 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535"

// TestRouterOpensPorts asks miniupnpd, which many routers run, by each method that it
// speaks. A friend beyond the router gets through, as long as the mapper is there.
func TestRouterOpensPorts(t *testing.T) {
	for method, config := range map[Method]string{
		PCP:  "enable_natpmp=yes\nenable_upnp=no",
		UPnP: "enable_natpmp=no\nenable_upnp=yes",
	} {
		t.Run(string(method), func(t *testing.T) {
			l := newLab(t, labWAN)
			l.miniupnpd(config + "\n" + allowAll)
			l.child(l.home, "listen 7880").await("the listener", func(s string) bool { return s == "listening" })
			if tcp, udp := l.knock(labWAN, 7880); tcp || udp {
				t.Fatalf("without a mapping: TCP %v, UDP %v", tcp, udp)
			}
			p, s := l.mapper(Options{Ports: both(7880)})
			if s.Method != method || s.External.String() != labWAN || s.Local.String() != labHome || len(s.Mapped) != 2 || s.Trouble != "" {
				t.Fatalf("state %+v", s)
			}
			if tcp, udp := l.knock(labWAN, int(s.Mapped[0].External)); !tcp || !udp {
				t.Errorf("with the mapping: TCP %v, UDP %v", tcp, udp)
			}
			p.end()
			if tcp, udp := l.knock(labWAN, 7880); tcp || udp {
				t.Errorf("after the mapper's end: TCP %v, UDP %v", tcp, udp)
			}
		})
	}
}

// TestRouterOpensIPv6: by PCP, for as long as the mapper is there.
func TestRouterOpensIPv6(t *testing.T) {
	l := newLab(t, labWAN)
	l.ip(l.home, "-6 route add default via 2a00:1:2:3::1")
	l.miniupnpd("enable_natpmp=yes\nenable_upnp=no\nipv6_disable=no\n" + allowAll)
	p, s := l.mapper(Options{Ports: both(7880)})
	if s.Open6.String() != "2a00:1:2:3::2" || s.Method != PCP {
		t.Errorf("state %+v", s)
	}
	rules := func() string { return l.in(l.router, "nft", "list", "chain", "inet", "igd", "open") }
	if !strings.Contains(rules(), "2a000001000200030000000000000002") {
		t.Errorf("the router's rules are\n%s", rules())
	}
	p.end()
	if strings.Contains(rules(), "2a000001000200030000000000000002") {
		t.Errorf("afterwards the router's rules are\n%s", rules())
	}
}

// TestMappingComesBack: a server that was killed gets its own mappings again, and the
// router's new address is noticed at the next renewal.
func TestMappingComesBack(t *testing.T) {
	l := newLab(t, labWAN)
	l.miniupnpd("enable_natpmp=yes\nenable_upnp=no\nmin_lifetime=2\n" + allowAll)
	p, _ := l.mapper(Options{Ports: both(7880)})
	_ = p.cmd.Process.Kill()
	p, s := l.mapper(Options{Ports: both(7880), Lease: 4 * time.Second})
	if s.Method != PCP || len(s.Mapped) != 2 || s.Mapped[0].External != 7880 {
		t.Fatalf("after a crash: %+v", s)
	}
	l.ip(l.router, "addr del "+labWAN+"/24 dev wan")
	l.ip(l.router, "addr add 11.22.33.99/24 dev wan")
	for s.External.String() != "11.22.33.99" {
		s = p.state()
	}
	p.end()
}

// TestPortsOfOthers: another machine has the port of the media in the router.
func TestPortsOfOthers(t *testing.T) {
	for _, config := range []string{"enable_natpmp=yes", "enable_natpmp=no"} {
		t.Run(config, func(t *testing.T) {
			l := newLab(t, labWAN)
			l.miniupnpd(config + "\nenable_upnp=yes\nsecure_mode=no\n" + allowAll)
			l.in(l.home, "upnpc", "-a", "192.168.77.3", "7880", "7880", "udp")
			_, s := l.mapper(Options{Ports: both(7880)})
			if s.Trouble != OtherPort && s.Trouble != Refused || len(s.Mapped) != 0 {
				t.Errorf("state %+v", s)
			}
		})
	}
}

func TestRouterThatRefuses(t *testing.T) {
	l := newLab(t, labWAN)
	l.miniupnpd("enable_natpmp=no\nenable_upnp=yes\ndeny 0-65535 0.0.0.0/0 0-65535")
	_, s := l.mapper(Options{Ports: both(7880)})
	if s.Trouble != Refused || s.Detail == "" || s.External.IsValid() {
		t.Errorf("state %+v", s)
	}
	why, advice := s.Words()
	if !strings.Contains(why, "refused") || advice == "" {
		t.Errorf("words %q, %q", why, advice)
	}
}

// TestSharedAddress: the router's own address is the provider's (RFC 6598).
func TestSharedAddress(t *testing.T) {
	for _, config := range []string{"enable_natpmp=yes\nenable_upnp=no", "enable_natpmp=no\nenable_upnp=yes"} {
		t.Run(config[:17], func(t *testing.T) {
			l := newLab(t, "100.64.3.4")
			l.miniupnpd(config + "\n" + allowAll)
			_, s := l.mapper(Options{Ports: both(7880)})
			if s.Trouble != SharedAddress || len(s.Mapped) != 0 {
				t.Errorf("state %+v", s)
			}
		})
	}
}

func TestNobodyToAsk(t *testing.T) {
	l := newLab(t, labWAN)
	start := time.Now()
	_, s := l.mapper(Options{Ports: both(7880)})
	if s.Trouble != Silent {
		t.Errorf("a router that says nothing: %+v", s)
	}
	t.Logf("silent after %v", time.Since(start))
	l.ip(l.home, "route del default")
	if _, s := l.mapper(Options{Ports: both(7880)}); s.Trouble != NoRouter {
		t.Errorf("without a router: %+v", s)
	}
}

// TestOddRouters asks routers that answer nonsense, slowly, or too much: whatever they
// do, there is an end in time, and nothing is believed.
func TestOddRouters(t *testing.T) {
	for odd, want := range map[string]struct {
		trouble Trouble
		method  Method
	}{
		"natpmp":         {"", NATPMP},        // speaks no PCP
		"natpmp refuse":  {Refused, ""},       //
		"natpmp port":    {OtherPort, ""},     // gives another port
		"natpmp double":  {SharedAddress, ""}, // stands behind another router
		"pcp other":      {Silent, ""},        // answers with another's nonce
		"pcp short":      {Silent, ""},        //
		"garbage":        {Silent, ""},        //
		"mute":           {Silent, ""},        // takes, and never answers
		"upnp permanent": {"", UPnP},          // knows mappings for ever only
		"upnp garbage":   {Silent, ""},        //
		"upnp endless":   {Silent, ""},        // a description that does not end
		"upnp slow":      {Silent, ""},        // a description that does not come
		"upnp elsewhere": {Silent, ""},        // sends us to another machine
		"upnp private":   {SharedAddress, ""}, // double NAT
		"upnp noaddress": {SharedAddress, ""}, // is offline
		"upnp storm":     {Silent, ""},        // a thousand answers to one search
	} {
		t.Run(odd, func(t *testing.T) {
			l := newLab(t, labWAN)
			l.child(l.router, "fake "+odd).await("the router", func(s string) bool { return s == "ready" })
			start := time.Now()
			p, s := l.mapper(Options{Ports: both(7880), Within: 4 * time.Second})
			if s.Trouble != want.trouble || s.Method != want.method || (len(s.Mapped) > 0) != (want.trouble == "") {
				t.Errorf("state %+v, want %+v", s, want)
			}
			p.end()
			t.Logf("%s: %v, %+v", odd, time.Since(start).Round(time.Millisecond), s)
		})
	}
}

func TestWays(t *testing.T) {
	mapped := State{
		External: netip.MustParseAddr(labWAN), Local: netip.MustParseAddr(labHome),
		Mapped: []Mapping{{Port{TCP, 7880, false}, 17880}, {Port{UDP, 7882, true}, 7882}},
	}
	for name, c := range map[string]struct {
		near  []string
		state State
		want  string
	}{
		"at home, mapped":       {[]string{"192.168.77.2", "127.0.0.1"}, mapped, "https://11.22.33.44:17880 the internet; https://192.168.77.2:7880 this network; https://127.0.0.1:7880 this machine"},
		"at home, refused":      {[]string{"192.168.77.2"}, State{Trouble: Refused}, "https://192.168.77.2:7880 this network"},
		"on the internet":       {[]string{"10.0.0.5", "11.22.33.44", "[2a00::5]"}, State{}, "https://11.22.33.44:7880 the internet; https://[2a00::5]:7880 the internet; https://10.0.0.5:7880 this network"},
		"IPv6 behind a router":  {[]string{"192.168.77.2", "[2a00::5]"}, State{}, "https://192.168.77.2:7880 this network; https://[2a00::5]:7880 this network"},
		"IPv6, opened":          {[]string{"192.168.77.2", "[2a00::5]"}, State{Open6: netip.MustParseAddr("2a00::5")}, "https://[2a00::5]:7880 the internet; https://192.168.77.2:7880 this network"},
		"behind the provider's": {[]string{"100.64.1.1"}, State{}, "https://100.64.1.1:7880 this network"},
	} {
		if got := waysOf(c.near, c.state); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func waysOf(near []string, s State) string {
	var list []string
	for _, w := range ways(addressesOf(near), 7880, "https", s) {
		list = append(list, fmt.Sprint(w.URL, " ", w.Reach))
	}
	return strings.Join(list, "; ")
}
