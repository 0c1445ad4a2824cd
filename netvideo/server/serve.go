package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/cluster"
	"cutout/netvideo/door"
)

// The ports people expect: LiveKit's own, for signalling and for media.
const (
	DefaultListen = ":7880"
	DefaultUDP    = 7882
	DefaultTCP    = 7881 // for media where UDP does not get through
)

// ServeConfig says how a room's server and the door in front of it run.
type ServeConfig struct {
	// Listen is the door's TCP address, HOST:PORT; an empty host is every address, port
	// 0 a free one.
	Listen string
	// UDP is the port for media; 0 takes a free one. With AnyUDP a free one is taken
	// where the wanted one is not to be had: clients learn it when they join, nobody
	// has to know it before.
	UDP    int
	AnyUDP bool
	// TCP is the port for media where UDP does not get through, and AnyTCP like AnyUDP.
	TCP    int
	AnyTCP bool
	// Map asks the router to open the ports, where there is something to open: not for a
	// door that only this machine reaches, nor for a sample.
	Map bool
	// STUN, when set, is a STUN server that is asked which address the internet sees; see
	// reach.Options.
	STUN string
	// Certificate makes the door speak TLS. With a domain, and a door on port 443, TURN
	// is on, too.
	Certificate Certificate
	// TURN is the UDP port for TURN, with a domain; 0 opens none.
	TURN int
	// External, when set, is this machine's address on the internet where that is not on
	// one of its interfaces: in most clouds. With a domain it is looked up.
	External netip.Addr
	// Redis makes this server one of several that share sessions, invites, bans and
	// rooms.
	Redis Redis
	// State is the door's file; empty keeps the state in memory.
	State string
	// Keys, when set, are used instead of those in the state.
	Keys door.Keys
	// Sample makes one session with a token for each role and an invite, the same at
	// every start with the same state. Only this machine and its own network are
	// answered then, and a Listen outside them is refused.
	Sample bool
	// Lonely is after how long without a visitor News says so; 0 is a minute.
	Lonely time.Duration
	// Host makes one session with a link for its moderator and one for everybody else, the
	// same at every start with the same state.
	Host bool
	// IPs and LogLevel are Config's.
	IPs      []netip.Addr
	LogLevel string
	// Ready, when set, is called once, when joins are accepted.
	Ready func(Ready)
	// News, when set, is told what the one who runs the server should know. It is called
	// by one goroutine at a time, after Ready.
	News func(News)
}

// News is what there is to say about a server that runs.
type News struct {
	News   string `json:"news"`
	Advice string `json:"advice,omitempty"`
	// Addresses, when set, are the ways to the door from now on.
	Addresses []door.Address `json:"addresses,omitempty"`
}

// ErrMoved means that this machine is on another network than it was. Serve anew: the
// media's sockets belong to the addresses of the start.
var ErrMoved = errors.New("this machine has another address than before")

// ErrSampleOutside means that a sample was asked for where strangers could use it.
var ErrSampleOutside = errors.New("a sample's tokens are for this machine and its own network only")

// Serve runs LiveKit's server with a door in front until ctx ends, and returns nil then.
// What Run says about goroutines and panics holds here.
func Serve(ctx context.Context, cfg ServeConfig) error {
	if err := checkSample(cfg); err != nil {
		return err
	}
	store, closeStore, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer closeStore()
	listener, err := listenDoor(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if cfg.UDP, err = orAny(cfg.UDP, cfg.AnyUDP, chooseUDP); err != nil {
		return err
	}
	if cfg.TCP, err = orAny(cfg.TCP, cfg.AnyTCP, chooseTCP); err != nil {
		return err
	}
	o, err := openOutside(ctx, cfg, store, listener)
	if err != nil {
		return err
	}
	defer o.close()
	return serveBehind(ctx, cfg, o, store, listener)
}

// openStore opens what the door knows: in the cluster's Redis, or in a file.
func openStore(ctx context.Context, cfg ServeConfig) (s *door.Store, done func(), err error) {
	if !cfg.Redis.Some() {
		s, err = door.OpenStore(cfg.State, cfg.Keys)
		return s, func() { _ = s.Close() }, err
	}
	shared := cluster.Open(cfg.Redis.Address, cfg.Redis.Password)
	s, err = door.OpenShared(ctx, shared, cfg.Keys)
	if err != nil {
		_ = shared.Close()
		if errors.Is(err, netvideo.ErrUnreachable) {
			err = fmt.Errorf("%s: %w", cfg.Redis.Address, ErrRedis)
		}
		return nil, nil, err
	}
	return s, func() { _ = s.Close(); _ = shared.Close() }, nil
}

// orAny is the port, or, if that may be, another one when it is taken.
func orAny(port int, other bool, choose func(int) (int, error)) (int, error) {
	p, err := choose(port)
	if errors.Is(err, ErrPortTaken) && other {
		return choose(0)
	}
	return p, err
}

// serveBehind runs LiveKit, and once that answers, the door. The end of either is the
// end of both.
func serveBehind(ctx context.Context, cfg ServeConfig, o *outlook, store *door.Store, l net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	answers := make(chan Info, 1)
	liveKit := make(chan error, 1)
	go func() {
		defer cancel(nil)
		liveKit <- Run(ctx, Config{
			UDP: cfg.UDP, TCP: cfg.TCP, External: o.fixed.External, TURN: o.turn, Redis: cfg.Redis,
			Key: store.Keys().Key, Secret: store.Keys().Secret, IPs: cfg.IPs, LogLevel: cfg.LogLevel,
			Ready: func(i Info) { answers <- i },
		})
	}()
	var info Info
	select {
	case info = <-answers:
	case err := <-liveKit:
		return err
	}
	err := openDoor(ctx, cancel, cfg, info, o, store, l)
	moved := context.Cause(ctx)
	cancel(nil)
	if err = errors.Join(<-liveKit, err); err == nil && errors.Is(moved, ErrMoved) {
		return moved
	}
	return err
}

// openDoor tells that everything is ready, and serves until ctx ends; cancel is its.
func openDoor(ctx context.Context, cancel context.CancelCauseFunc, cfg ServeConfig, info Info, o *outlook, store *door.Store, l net.Listener) error {
	ways, err := o.ways(l.Addr())
	if err != nil {
		return err
	}
	if len(ways) == 0 {
		return fmt.Errorf("no address of this machine leads to %s", l.Addr())
	}
	o.current.Store(&ways)
	d, err := door.New(door.Config{
		Store: store, LiveKit: info.URL(), LocalOnly: cfg.Sample, URL: o.url(ways), Outside: o.outside, Ways: o.known,
	})
	if err != nil {
		return err
	}
	guests := newGuestList(l)
	l = guests
	if o.tls != nil {
		mux := newTLSMux(l, o.tls, o.relayed)
		defer func() { _ = mux.Close() }()
		l = mux
	}
	ready, err := readyLine(cfg, info, o, store, l, ways)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	if cfg.Ready != nil {
		// The listener has queued connections since it was opened: nobody is early.
		cfg.Ready(ready)
	}
	wg.Go(func() { o.watch(watching, cfg, guests, cancel) })
	return d.Serve(ctx, l)
}

// readyLine is what there is to say about a server that is ready.
func readyLine(cfg ServeConfig, info Info, o *outlook, store *door.Store, l net.Listener, ways []door.Address) (Ready, error) {
	r := Ready{URL: o.url(ways), Listen: listenAgain(cfg.Listen, l), UDP: info.UDP, TCP: info.TCP, Addresses: ways}
	r.Limit, r.Advice = o.words()
	if cfg.Host {
		err := r.host(store, ways[0])
		return r, err
	}
	if !cfg.Sample {
		return r, nil
	}
	sample, err := store.Sample()
	if err != nil {
		return Ready{}, err
	}
	r.Session, r.Invite = sample.Session, ways[0].Invite(sample.Invite)
	r.Tokens = map[netvideo.Role]string{}
	for role, pass := range sample.Passes {
		r.Tokens[role] = pass.Token
	}
	return r, nil
}

// listenAgain is the address to ask for to get this listener's again.
func listenAgain(wanted string, l net.Listener) string {
	host, _, err := net.SplitHostPort(wanted)
	if err != nil {
		return l.Addr().String()
	}
	return net.JoinHostPort(host, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

func listenDoor(cfg ServeConfig) (net.Listener, error) {
	l, err := listenTCP(cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("TCP %s: %w", cfg.Listen, ErrPortTaken)
	}
	if err != nil {
		return nil, fmt.Errorf("open the door: %w", err)
	}
	return l, nil
}

func checkSample(cfg ServeConfig) error {
	if !cfg.Sample {
		return nil
	}
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return fmt.Errorf("open the door: %w", err)
	}
	// On every address is fine: the door turns strangers away one by one.
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() || door.LocalOnly(host) {
		return nil
	}
	return fmt.Errorf("listen on %s: %w", cfg.Listen, ErrSampleOutside)
}
