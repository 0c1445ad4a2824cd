//go:build linux

package netlab

import (
	"fmt"
	"strings"
	"testing"
)

// An End is one machine's end of a cable.
type End struct {
	*Host
	// Dev is the name of the interface there.
	Dev string
}

// A Link is a cable between two machines, up.
type Link struct {
	t testing.TB
	// A and B are its ends.
	A, B End
}

// Connect lays a cable between two machines, as interfaces of these names.
func (l *Lab) Connect(a *Host, devA string, b *Host, devB string) *Link {
	l.t.Helper()
	a.IP(fmt.Sprintf("link add %s type veth peer name %s netns %s", devA, devB, b.Netns))
	c := &Link{t: l.t, A: End{a, devA}, B: End{b, devB}}
	c.A.Up()
	c.B.Up()
	return c
}

// Add gives the interface an address, as ADDRESS/BITS.
func (e End) Add(address string) {
	e.t.Helper()
	e.IP("addr add " + address + " dev " + e.Dev + nodad(address))
}

// nodad spares an IPv6 address the two seconds of looking for duplicates.
func nodad(address string) string {
	if strings.Contains(address, ":") {
		return " nodad"
	}
	return ""
}

// Remove takes an address from the interface, and with it the routes that need it.
func (e End) Remove(address string) {
	e.t.Helper()
	e.IP("addr del " + address + " dev " + e.Dev)
}

// Down turns the interface off: its routes and IPv6 addresses go, and the other end
// loses its carrier, as a station does whose access point is gone.
func (e End) Down() {
	e.t.Helper()
	e.IP("link set " + e.Dev + " down")
}

// Up turns it on again. Routes through neighbours are the caller's to add anew.
func (e End) Up() {
	e.t.Helper()
	e.IP("link set " + e.Dev + " up")
}

// Loss drops this share of what comes in by the interface, in percent with two digits
// after the point, whatever it is; 0 ends it. Each end has its own.
func (e End) Loss(percent float64) { e.t.Helper(); e.LossOf("", percent) }

// LossOf is Loss for what nft's expression matches, "meta l4proto udp" say; of all
// losses of an interface the one asked for last holds.
func (e End) LossOf(match string, percent float64) {
	e.t.Helper()
	table := e.table("loss")
	e.nft(fmt.Sprintf("table netdev %[1]s {}\ndelete table netdev %[1]s\n", table))
	if percent <= 0 {
		return
	}
	drop := fmt.Sprintf("%s numgen random mod 10000 < %d drop", match, int(percent*100+0.5))
	if percent >= 100 {
		drop = match + " drop"
	}
	e.nft(fmt.Sprintf("table netdev %s { chain in { type filter hook ingress device %q priority 0; %s; }; }\n", table, e.Dev, drop))
}

// table names an nft table of this interface.
func (e End) table(what string) string {
	return what + "_" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, e.Dev)
}

// Rate bounds what goes out by the interface, in kbit/s, with a queue as long as
// 200 ms of it; 0 ends it.
func (e End) Rate(kbps int) {
	e.t.Helper()
	if kbps <= 0 {
		_ = e.Command("tc", "qdisc", "del", "dev", e.Dev, "root").Run() // there may be none
		return
	}
	// A burst of a few packets: more would let a pause be made up for at full speed.
	burst := max(3000, kbps*1000/8/100)
	e.Run("tc", "qdisc", "replace", "dev", e.Dev, "root", "tbf", "rate", fmt.Sprint(kbps, "kbit"), "burst", fmt.Sprint(burst), "latency", "200ms")
}

// Swallow has nothing come through the cable, either way, while its ends look well.
// Letting through again is Swallow(false).
func (c *Link) Swallow(on bool) {
	c.t.Helper()
	percent := 0.0
	if on {
		percent = 100
	}
	c.A.Loss(percent)
	c.B.Loss(percent)
}
