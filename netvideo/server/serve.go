package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// The ports people expect: LiveKit's own, for signalling and for media.
const (
	DefaultListen = ":7880"
	DefaultUDP    = 7882
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
	// State is the door's file; empty keeps the state in memory.
	State string
	// Keys, when set, are used instead of those in the state.
	Keys door.Keys
	// Sample makes one session with a token for each role and an invite, the same at
	// every start with the same state. Only this machine and its own network are
	// answered then, and a Listen outside them is refused.
	Sample bool
	// IPs and LogLevel are Config's.
	IPs      []netip.Addr
	LogLevel string
	// Ready, when set, is called once, when joins are accepted.
	Ready func(Ready)
}

// ErrSampleOutside means that a sample was asked for where strangers could use it.
var ErrSampleOutside = errors.New("a sample's tokens are for this machine and its own network only")

// Serve runs LiveKit's server with a door in front until ctx ends, and returns nil then.
// What Run says about goroutines and panics holds here.
func Serve(ctx context.Context, cfg ServeConfig) error {
	if err := checkSample(cfg); err != nil {
		return err
	}
	store, err := door.OpenStore(cfg.State, cfg.Keys)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	listener, err := listenDoor(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	udp, err := chooseUDP(cfg.UDP)
	if errors.Is(err, ErrPortTaken) && cfg.AnyUDP {
		udp, err = 0, nil
	}
	if err != nil {
		return err
	}
	return serveBehind(ctx, cfg, udp, store, listener)
}

// serveBehind runs LiveKit, and once that answers, the door. The end of either is the
// end of both.
func serveBehind(ctx context.Context, cfg ServeConfig, udp int, store *door.Store, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Info, 1)
	liveKit := make(chan error, 1)
	go func() {
		defer cancel()
		liveKit <- Run(ctx, Config{
			UDP: udp, Key: store.Keys().Key, Secret: store.Keys().Secret, IPs: cfg.IPs, LogLevel: cfg.LogLevel,
			Ready: func(i Info) { answers <- i },
		})
	}()
	var info Info
	select {
	case info = <-answers:
	case err := <-liveKit:
		return err
	}
	err := openDoor(ctx, cfg, info, store, l)
	cancel()
	return errors.Join(<-liveKit, err)
}

// openDoor tells that everything is ready, and serves until ctx ends.
func openDoor(ctx context.Context, cfg ServeConfig, info Info, store *door.Store, l net.Listener) error {
	d, err := door.New(door.Config{Store: store, LiveKit: info.URL(), LocalOnly: cfg.Sample})
	if err != nil {
		return err
	}
	ready, err := readyLine(cfg, info, store, l)
	if err != nil {
		return err
	}
	if cfg.Ready != nil {
		// The listener has queued connections since it was opened: nobody is early.
		cfg.Ready(ready)
	}
	return d.Serve(ctx, l)
}

// readyLine is what there is to say about a server that is ready.
func readyLine(cfg ServeConfig, info Info, store *door.Store, l net.Listener) (Ready, error) {
	ways, err := door.Addresses(l.Addr())
	if err != nil {
		return Ready{}, err
	}
	if len(ways) == 0 {
		return Ready{}, fmt.Errorf("no address of this machine leads to %s", l.Addr())
	}
	r := Ready{URL: ways[0].URL, Listen: listenAgain(cfg.Listen, l), UDP: info.UDP, Addresses: ways}
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
