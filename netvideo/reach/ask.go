package reach

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"time"

	"cutout/netvideo/door"
)

// patience is how long a router on this network may take to answer PCP or NAT-PMP:
// two requests, 250 ms apart, and the second one's time.
const patience = 750 * time.Millisecond

// askers are the ways to ask the router's IPv4 side, best first. UPnP's search, which
// always takes its time, goes on beside the others. The error is why there is no such
// way.
func (m *Mapper) askers(ctx context.Context, gw gateway) iter.Seq2[asker, error] {
	return func(yield func(asker, error) bool) {
		here := localTowards(orDocumentation(gw.v4))
		if !here.IsValid() {
			yield(nil, errors.New("there is no way to the router"))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		type foundUPnP struct {
			a   *upnpAsker
			err error
		}
		found := make(chan foundUPnP, 1)
		go func() {
			a, err := findUPnP(ctx, gw.v4, here, m.o.Name)
			found <- foundUPnP{a, err}
		}()
		joined := false
		defer func() {
			cancel()
			if !joined {
				<-found
			}
		}()
		if gw.v4.IsValid() {
			a, err := newPCP(gw.v4, netip.Addr{}, m.o.Nonce)
			if err == nil && !yield(impatient{a}, nil) || err != nil && !yield(nil, err) {
				return
			}
			if !yield(impatient{&natpmpAsker{gw.v4, here}}, nil) {
				return
			}
		}
		f := <-found
		joined = true
		if f.err != nil {
			yield(nil, f.err)
			return
		}
		yield(f.a, nil)
	}
}

// impatient asks who answers at once or never.
type impatient struct{ asker }

func (i impatient) ask(ctx context.Context, p Port, suggested uint16, life time.Duration) (lease, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return i.asker.ask(ctx, p, suggested, life)
}

func (i impatient) external(ctx context.Context) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return i.asker.external(ctx)
}

// orDocumentation is a, or an address (RFC 5737) that is routed like any other.
func orDocumentation(a netip.Addr) netip.Addr {
	if a.IsValid() {
		return a
	}
	return netip.AddrFrom4([4]byte{198, 51, 100, 1})
}

// six has the router's firewall let IPv6 in, by PCP; where it has no word for that, the
// address may still be reachable, but there is no reason to believe it.
func (m *Mapper) six(ctx context.Context, gw gateway) (netip.Addr, []lease) {
	if !gw.v6.IsValid() {
		return netip.Addr{}, nil
	}
	here := publicHere6()
	if !here.IsValid() {
		return netip.Addr{}, nil
	}
	ask, err := newPCP(gw.v6, here, m.o.Nonce)
	if err != nil {
		return netip.Addr{}, nil
	}
	var leases []lease
	for _, p := range m.o.Ports {
		l, err := m.mapOne(ctx, impatient{ask}, Port{p.Protocol, p.Port, true}, nil)
		if err != nil {
			release(ctx, leases)
			ask.close()
			return netip.Addr{}, nil
		}
		leases = append(leases, l)
	}
	ask.close()
	return here, leases
}

// publicHere6 is this machine's address for connections over IPv6 that the internet
// would know; zero without one.
func publicHere6() netip.Addr {
	a := localTowards(netip.MustParseAddr("2001:db8::1"))
	if !a.Is6() || !public(a) {
		return netip.Addr{}
	}
	return a
}

// public reports whether the internet has a way to the address.
func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !door.LocalOnly(a.WithZone("").String())
}
