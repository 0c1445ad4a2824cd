package reach

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A Protocol is what runs on a port.
type Protocol string

// The two there are.
const (
	TCP Protocol = "tcp"
	UDP Protocol = "udp"
)

// number is IANA's for the protocol in IP.
func (p Protocol) number() byte {
	if p == TCP {
		return 6
	}
	return 17
}

// A Port is one that others should reach.
type Port struct {
	Protocol Protocol `json:"protocol"`
	Port     uint16   `json:"port"`
	// Same ports are useless unless the router gives them the same number outside:
	// WebRTC tells its peers the number it has itself.
	Same bool `json:"-"`
}

// A Mapping is a port as it is seen from outside the router.
type Mapping struct {
	Port
	External uint16 `json:"external"`
}

// A Method is how a router was asked.
type Method string

// The methods, in the order of preference.
const (
	PCP    Method = "PCP"
	NATPMP Method = "NAT-PMP"
	UPnP   Method = "UPnP"
)

// A Trouble is why the internet does not reach this machine.
type Trouble string

// The troubles there are.
const (
	NoRouter      Trouble = "noRouter"      // no default route: this network ends here
	Silent        Trouble = "silent"        // the router knows none of the methods, or they are switched off
	Refused       Trouble = "refused"       // the router knows them and said no
	SharedAddress Trouble = "sharedAddress" // the router itself has no address of its own on the internet
	OtherPort     Trouble = "otherPort"     // the router gave other port numbers than the ones that are needed
)

// Options say what to ask for.
type Options struct {
	// Ports are mapped all or none.
	Ports []Port
	// Nonce is the same for the same server at every start, so that it gets its own
	// mappings back after a crash; PCP refuses them to others.
	Nonce [12]byte
	// Name is what the router's page lists the mappings under.
	Name string
	// STUN, when set, is HOST:PORT of a STUN server on the internet that is asked
	// which address it sees: a router behind another one can't know.
	STUN string
	// Lease is how long a mapping outlives a crash. 0 means 30 minutes.
	Lease time.Duration
	// Within bounds each attempt. 0 means 5 s.
	Within time.Duration
}

const (
	defaultLease  = 30 * time.Minute
	defaultWithin = 5 * time.Second
	shortestLease = 2 * time.Minute  // a router that gives less is asked no more often than this allows
	tryAgain      = 10 * time.Minute // a router that said no, or nothing
)

// A State is what is known about the way in from outside.
type State struct {
	// Done is false until the first attempt has ended.
	Done bool `json:"-"`
	// Method is the one that worked; empty when none did.
	Method Method `json:"method,omitempty"`
	// External is the router's address on the internet; zero without one.
	External netip.Addr `json:"external,omitzero"`
	// Local is this machine's address behind it.
	Local netip.Addr `json:"local,omitzero"`
	// Mapped has the ports in the order they were asked for.
	Mapped []Mapping `json:"mapped,omitempty"`
	// Open6 is this machine's IPv6 address whose ports the router has opened.
	Open6 netip.Addr `json:"open6,omitzero"`
	// Trouble, when nothing was mapped, is why; Detail is what the router said.
	Trouble Trouble `json:"trouble,omitempty"`
	Detail  string  `json:"detail,omitempty"`
}

// sameWay reports whether whoever was told a is served by b.
func sameWay(a, b State) bool {
	return a.External == b.External && a.Local == b.Local && a.Open6 == b.Open6 && slices.Equal(a.Mapped, b.Mapped)
}

// A Mapper keeps a server's ports mapped. Its methods may be called from any goroutine.
type Mapper struct {
	o       Options
	cancel  context.CancelFunc
	done    chan struct{}
	first   chan struct{}
	changed chan struct{}

	mu    sync.Mutex
	state State
}

// Open starts to ask the router, and goes on until Close.
func Open(o Options) *Mapper {
	if o.Lease <= 0 {
		o.Lease = defaultLease
	}
	if o.Within <= 0 {
		o.Within = defaultWithin
	}
	if o.Name == "" {
		o.Name = "cutout"
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &Mapper{
		o: o, cancel: cancel,
		done: make(chan struct{}), first: make(chan struct{}), changed: make(chan struct{}, 1),
	}
	go m.run(ctx)
	return m
}

// State is what is known now.
func (m *Mapper) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Wait returns the state once the first attempt has ended, which Options.Within
// bounds, or ctx has.
func (m *Mapper) Wait(ctx context.Context) State {
	select {
	case <-m.first:
	case <-ctx.Done():
	}
	return m.State()
}

// Changed receives when, after the first attempt, the way in has become another one:
// a router that was restarted, an address that was replaced, a mapping that was lost.
func (m *Mapper) Changed() <-chan struct{} { return m.changed }

// Close takes the mappings back, and returns within two seconds.
func (m *Mapper) Close() error {
	m.cancel()
	<-m.done
	return nil
}

// run asks, renews half-way through the lease, and in the end takes everything back.
func (m *Mapper) run(ctx context.Context) {
	defer close(m.done)
	var held []lease
	defer func() {
		// The caller's context has ended; this is what there is to do after that.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		release(last, held)
	}()
	for {
		attempt, cancel := context.WithTimeout(ctx, m.o.Within)
		state, leases := m.attempt(attempt, held)
		cancel()
		if ctx.Err() != nil {
			held = append(held, leases...)
			return
		}
		held = leases
		m.set(state)
		timer := time.NewTimer(m.pause(state, leases))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// pause is when to ask again: half-way through the shortest lease, as RFC 6887
// (section 11.2.1) wants it.
func (m *Mapper) pause(s State, leases []lease) time.Duration {
	if s.Trouble != "" || len(leases) == 0 {
		return tryAgain
	}
	shortest := m.o.Lease
	for _, l := range leases {
		shortest = min(shortest, l.life)
	}
	return max(shortest, min(shortestLease, m.o.Lease)) / 2
}

func (m *Mapper) set(s State) {
	s.Done = true
	m.mu.Lock()
	before := m.state
	m.state = s
	m.mu.Unlock()
	if !before.Done {
		close(m.first)
		return
	}
	if !sameWay(before, s) {
		select {
		case m.changed <- struct{}{}:
		default:
		}
	}
}

// errRefused is what an asker's errors unwrap to when there was an answer, and it was no.
var errRefused = errors.New("the router refused")

// errNoAddress is what they unwrap to when the router has no address on the internet.
var errNoAddress = fmt.Errorf("%w: it has no address of its own on the internet", errRefused)

// A lease is one mapping that a router holds for us.
type lease struct {
	Mapping
	life time.Duration
	drop func(context.Context)
}

// release gives leases back, all at once: a router that is slow with one is slow with all.
func release(ctx context.Context, held []lease) {
	var wg sync.WaitGroup
	for _, l := range held {
		wg.Go(func() { l.drop(ctx) })
	}
	wg.Wait()
}

// An asker speaks one method with one router.
type asker interface {
	method() Method
	// external is the router's own address.
	external(context.Context) (netip.Addr, error)
	// ask maps a port; suggested is the number wanted outside. Errors unwrap to
	// errRefused when the router answered.
	ask(ctx context.Context, p Port, suggested uint16, life time.Duration) (lease, error)
	// local is this machine's address as the router sees it.
	local() netip.Addr
	close()
}

// attempt asks the router for everything once; held are the leases of the last time.
// Those it can't confirm are released.
func (m *Mapper) attempt(ctx context.Context, held []lease) (State, []lease) {
	gw := defaultGateway()
	if !gw.v4.IsValid() && !gw.v6.IsValid() && !gw.blind {
		return State{Trouble: NoRouter}, nil
	}
	state, leases := m.four(ctx, gw, held)
	open6, six := m.six(ctx, gw)
	state.Open6 = open6
	return state, append(leases, six...)
}

// four maps the ports on the router's IPv4 side.
func (m *Mapper) four(ctx context.Context, gw gateway, held []lease) (State, []lease) {
	state := State{Trouble: Silent}
	for a, err := range m.askers(ctx, gw) {
		if err == nil {
			var leases []lease
			if leases, err = m.mapAll(ctx, a, held); err == nil {
				return m.judge(ctx, a, leases)
			}
		}
		var other *otherPortError
		switch {
		case errors.As(err, &other):
			state.Trouble, state.Detail = OtherPort, err.Error()
		case errors.Is(err, errNoAddress):
			state.Trouble, state.Detail = SharedAddress, err.Error()
		case errors.Is(err, errRefused) && state.Trouble == Silent:
			state.Trouble, state.Detail = Refused, err.Error()
		}
	}
	return state, nil
}

// judge finds out whether mappings lead anywhere; those that don't are released.
func (m *Mapper) judge(ctx context.Context, a asker, leases []lease) (State, []lease) {
	defer a.close()
	state := State{Method: a.method(), Local: a.local()}
	external, err := a.external(ctx)
	switch {
	case errors.Is(err, errNoAddress):
		state.Trouble, state.Detail = SharedAddress, err.Error()
	case err != nil:
		state.Trouble, state.Detail = Refused, err.Error()
	case !public(external):
		state.Trouble = SharedAddress
		state.Detail = fmt.Sprintf("the router's own address is %s", external)
	case m.o.STUN != "":
		if seen, err := seenFrom(ctx, m.o.STUN); err == nil && seen != external {
			state.Trouble = SharedAddress
			state.Detail = fmt.Sprintf("the router says %s, the internet sees %s", external, seen)
		}
	}
	if state.Trouble != "" {
		release(ctx, leases)
		return State{Trouble: state.Trouble, Detail: state.Detail}, nil
	}
	state.External = external
	for _, l := range leases {
		state.Mapped = append(state.Mapped, l.Mapping)
	}
	return state, leases
}

// mapAll asks for every port; when one is refused, the others are given back.
func (m *Mapper) mapAll(ctx context.Context, a asker, held []lease) ([]lease, error) {
	var leases []lease
	for _, p := range m.o.Ports {
		l, err := m.mapOne(ctx, a, p, held)
		if err != nil {
			release(ctx, leases)
			if external, no := a.external(ctx); errors.Is(no, errNoAddress) || no == nil && !public(external) {
				err = errNoAddress // that is why
			}
			a.close()
			return nil, fmt.Errorf("ask by %s for %s port %d: %w", a.method(), p.Protocol, p.Port, err)
		}
		leases = append(leases, l)
	}
	return leases, nil
}

// otherPortError says that the router gives a port under another number only.
type otherPortError struct{ wanted, got uint16 }

func (e *otherPortError) Error() string {
	return fmt.Sprintf("the router gives port %d in the place of %d", e.got, e.wanted)
}

// mapOne asks for one port, under the number it had the last time.
func (m *Mapper) mapOne(ctx context.Context, a asker, p Port, held []lease) (lease, error) {
	suggested := p.Port
	for _, h := range held {
		if h.Port == p {
			suggested = h.External
		}
	}
	l, err := a.ask(ctx, p, suggested, m.o.Lease)
	if err != nil {
		return lease{}, err
	}
	if p.Same && l.External != p.Port {
		l.drop(ctx)
		return lease{}, &otherPortError{p.Port, l.External}
	}
	return l, nil
}
