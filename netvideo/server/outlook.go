package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo/door"
	"cutout/netvideo/internal/netwatch"
	"cutout/netvideo/reach"
)

// An outlook is what a server knows about its way to the internet: what the router
// opened, or the domain that leads here.
type outlook struct {
	domain string
	port   string // of the door
	tls    *tls.Config
	state  reach.State
	mapper *reach.Mapper // nil when the router was not asked
	fixed  door.Outside  // of the domain, or given
	// What is relayed, nil for nothing, and who takes what comes for that by the door's
	// port.
	turn    *TURN
	relayed *handoff
	current atomic.Pointer[[]door.Address] // the ways to the door, once it is open
}

// openOutside finds out how this server is reached from outside, which takes up to a
// few seconds where a router is asked.
func openOutside(ctx context.Context, cfg ServeConfig, store *door.Store, l net.Listener) (*outlook, error) {
	listen := l.Addr().(*net.TCPAddr)
	o := &outlook{domain: cfg.Certificate.Domain, port: strconv.Itoa(listen.Port)}
	o.turn, o.relayed = cfg.turn(l)
	if cfg.Certificate.Some() {
		conf, err := cfg.Certificate.config()
		if err != nil {
			return nil, err
		}
		o.tls = conf
	}
	external := cfg.External
	if !external.IsValid() && o.domain != "" {
		var err error
		if external, err = lookUp(ctx, o.domain); err != nil {
			return nil, err
		}
	}
	if external.IsValid() {
		o.fixed = door.Outside{External: external, Local: localFor(external)}
		return o, nil
	}
	if !cfg.Map || cfg.Sample || listen.IP.IsLoopback() {
		return o, nil
	}
	o.mapper = reach.Open(reach.Options{
		Ports: []reach.Port{
			{Protocol: reach.TCP, Port: uint16(listen.Port)},
			{Protocol: reach.UDP, Port: uint16(cfg.UDP), Same: true},
			{Protocol: reach.TCP, Port: uint16(cfg.TCP), Same: true},
		},
		Nonce: nonce(store.Keys()), STUN: cfg.STUN,
	})
	o.state = o.mapper.Wait(ctx)
	return o, nil
}

// nonce names this server to the router, the same at every start.
func nonce(k door.Keys) [12]byte {
	h := hmac.New(sha256.New, []byte(k.Secret))
	h.Write([]byte("port mappings"))
	return [12]byte(h.Sum(nil)[:12])
}

// lookUp is the IPv4 address that a domain leads to.
func lookUp(ctx context.Context, domain string) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", domain)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find the address of %s: %w", domain, err)
	}
	return found[0].Unmap(), nil
}

// localFor is the interface's address that stands behind an external one: the same where
// the machine has it, else the one that leads to the internet.
func localFor(external netip.Addr) netip.Addr {
	if slices.Contains(door.OwnAddresses(), external) {
		return external
	}
	return reach.Towards(external)
}

func (o *outlook) close() {
	if o.mapper != nil {
		_ = o.mapper.Close()
	}
}

// outside is where media is offered beside this machine's own addresses.
func (o *outlook) outside() door.Outside {
	if o.mapper == nil {
		return o.fixed
	}
	s := o.mapper.State()
	return door.Outside{External: s.External, Local: s.Local}
}

func (o *outlook) scheme() string {
	if o.tls != nil {
		return "https"
	}
	return "http"
}

// ways are the addresses of the door, the one that reaches farthest first.
func (o *outlook) ways(listen net.Addr) ([]door.Address, error) {
	near, err := reach.Ways(listen, o.scheme(), o.state)
	if err != nil {
		return nil, err
	}
	host := o.domain
	if host == "" && o.fixed.External.IsValid() && o.fixed.External != o.fixed.Local {
		host = o.fixed.External.String()
	}
	if host == "" {
		return near, nil
	}
	u := url.URL{Scheme: o.scheme(), Host: net.JoinHostPort(host, o.port)}
	if o.tls != nil && o.port == "443" {
		u.Host = host
	}
	far := door.Address{URL: u.String(), Reach: door.TheInternet}
	if o.domain != "" {
		return []door.Address{far}, nil // the certificate is for this name alone
	}
	return append([]door.Address{far}, near...), nil
}

// known are the ways to the door as they were told last. Any goroutine may ask.
func (o *outlook) known() []door.Address {
	if ways := o.current.Load(); ways != nil {
		return *ways
	}
	return nil
}

// url is the one of the ways that whoever is here should take: many routers do not let
// their own network use their outside.
func (o *outlook) url(ways []door.Address) string {
	for _, w := range ways {
		if u, err := url.Parse(w.URL); err == nil && u.Hostname() != o.state.External.String() {
			return w.URL
		}
	}
	return ways[0].URL
}

// words are why links do not reach the internet.
func (o *outlook) words() (why, advice string) {
	if o.mapper == nil {
		return "", ""
	}
	return o.state.Words()
}

// watch tells what the one who runs the server should know, until ctx ends; moved is
// called when the machine's addresses are no longer those of the start.
func (o *outlook) watch(ctx context.Context, cfg ServeConfig, guests *guestList, moved context.CancelCauseFunc) {
	say := cfg.News
	if say == nil {
		say = func(News) {}
	}
	if o.domain != "" {
		if err := obtain(ctx, o.tls, o.domain); err != nil && ctx.Err() == nil {
			say(News{News: err.Error(), Advice: "does the name lead to this machine, and does its firewall let TCP 443 in? The next visitor tries again"})
		}
	}
	var changed <-chan struct{}
	if o.mapper != nil {
		changed = o.mapper.Changed()
	}
	var lonely <-chan time.Time
	came := guests.seen
	if !guests.l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		timer := time.NewTimer(cfg.lonelyAfter())
		defer timer.Stop()
		lonely = timer.C
	}
	was := homes()
	homed := make(chan struct{}, 1)
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { watchHomes(ctx, homed) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-came:
			lonely, came = nil, nil
		case <-lonely:
			what, advice := reach.Lonely()
			say(News{News: what, Advice: advice})
			lonely = nil
		case <-changed:
			say(o.changed(guests.l.Addr()))
		case <-homed:
			if cfg.IPs == nil && slices.ContainsFunc(homes(), func(h netip.Prefix) bool { return !slices.Contains(was, h) }) {
				moved(ErrMoved)
				return
			}
		}
	}
}

// addressesSettle is how long a network that has changed is given to change further
// before it is looked at: a machine that joins another one gets its addresses one by one.
const addressesSettle = 250 * time.Millisecond

// watchHomes nudges when this machine's network has changed, until ctx ends.
func watchHomes(ctx context.Context, homed chan<- struct{}) {
	settled := time.AfterFunc(time.Hour, func() {
		select {
		case homed <- struct{}{}:
		default:
		}
	})
	defer settled.Stop()
	netwatch.Run(ctx, func() { settled.Reset(addressesSettle) })
}

// homes are what media are offered on: IPv4 addresses, and for IPv6 the networks, since
// temporary addresses come and go by the hour within one.
func homes() []netip.Prefix {
	var list []netip.Prefix
	for _, a := range door.OwnAddresses() {
		bits := 32
		if a.Is6() {
			bits = 64
		}
		home, err := a.WithZone("").Prefix(bits)
		if err == nil && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			list = append(list, home)
		}
	}
	return list
}

// changed is what there is to say when the router's way has become another one.
func (o *outlook) changed(listen net.Addr) News {
	o.state = o.mapper.State()
	ways, err := o.ways(listen)
	if err != nil || len(ways) == 0 {
		return News{News: "the way to the internet has changed"}
	}
	o.current.Store(&ways)
	why, advice := o.words()
	return News{News: orSay(why, "links now begin with "+ways[0].URL), Advice: advice, Addresses: ways}
}

func orSay(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// lonelyAfter is how long it may take until somebody comes.
func (cfg ServeConfig) lonelyAfter() time.Duration {
	if cfg.Lonely > 0 {
		return cfg.Lonely
	}
	return time.Minute
}

// turn is what an outlook says of relaying.
func (cfg ServeConfig) turn(l net.Listener) (*TURN, *handoff) {
	if cfg.Certificate.Domain == "" {
		return nil, nil
	}
	t := &TURN{Domain: cfg.Certificate.Domain, UDP: cfg.TURN}
	if l.Addr().(*net.TCPAddr).Port != 443 {
		if t.UDP == 0 {
			return nil, nil
		}
		return t, nil
	}
	h := newHandoff(l.Addr())
	t.TLS = h
	return t, h
}

// A guestList notices the first connection that comes from off this machine.
type guestList struct {
	l    net.Listener
	own  map[netip.Addr]bool
	once sync.Once
	seen chan struct{} // closed then
}

func newGuestList(l net.Listener) *guestList {
	g := &guestList{l: l, own: map[netip.Addr]bool{}, seen: make(chan struct{})}
	for _, a := range door.OwnAddresses() {
		g.own[a] = true
	}
	return g
}

// Accept is the listener's.
func (g *guestList) Accept() (net.Conn, error) {
	c, err := g.l.Accept()
	if err != nil {
		return nil, err
	}
	if from, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		if a := from.AddrPort().Addr().Unmap().WithZone(""); !a.IsLoopback() && !g.own[a] {
			g.once.Do(func() { close(g.seen) })
		}
	}
	return c, nil
}

// Close is the listener's.
func (g *guestList) Close() error { return g.l.Close() }

// Addr is the listener's.
func (g *guestList) Addr() net.Addr { return g.l.Addr() }
