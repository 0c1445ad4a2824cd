package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"github.com/livekit/protocol/logger"

	"cutout/netvideo/door"
)

// MinSecret is the shortest secret a key may have, in bytes: the length of the
// HMAC-SHA256 that signs the tokens.
const MinSecret = 32

// ErrPortTaken means that another program has the port.
var ErrPortTaken = errors.New("the port is taken by another program")

// Config says how LiveKit's server runs.
type Config struct {
	// Port is the TCP port for signalling, on 127.0.0.1 only: a door stands in front.
	// 0 takes a free one.
	Port int
	// UDP is the port for media, on every address of this machine that is up. 0 takes
	// a free one.
	UDP int
	// TCP is the port for media where UDP does not get through, on every address. 0 takes
	// a free one; NoTCP opens none.
	TCP   int
	NoTCP bool
	// External, when set, is this machine's address on the internet, for TURN.
	External netip.Addr
	// TURN, when set, relays media to this server for those whose network lets nothing
	// else through.
	TURN *TURN
	// Redis, when set, makes this server one of several that share their rooms.
	Redis Redis
	// Key names Secret, which signs the tokens and has at least MinSecret bytes.
	Key, Secret string
	// IPs, when set, are the addresses media is offered on; empty means all that are up.
	IPs []netip.Addr
	// LogLevel, one of debug, info, warn and error, lets LiveKit write to stderr; empty
	// keeps it quiet. LiveKit keeps its logger in a global, which Run sets: with two
	// servers in one process, the newer one's choice holds for both.
	LogLevel string
	// Ready, when set, is called once, when the server accepts joins.
	Ready func(Info)
}

// Info is where a server is reached.
type Info struct {
	Port int // TCP, on 127.0.0.1
	UDP  int
	TCP  int // for media; 0 without
}

// URL is where clients on this machine join without a door.
func (i Info) URL() string { return "http://127.0.0.1:" + strconv.Itoa(i.Port) }

// Run serves rooms in this process until ctx ends, then sends everyone home and
// returns nil. LiveKit leaves goroutines behind, and ends the process after some
// panics: programs that mind run it in a child (Supervise).
func Run(ctx context.Context, cfg Config) error {
	if cfg.Key == "" || len(cfg.Secret) < MinSecret {
		return fmt.Errorf("the server needs a key with a secret of at least %d bytes", MinSecret)
	}
	setLogger(cfg.LogLevel)
	r := newRelay(cfg)
	srv, info, err := newEngine(cfg, r)
	if err != nil {
		return err
	}
	if err := r.open(info.UDP); err != nil {
		return err
	}
	defer r.Close()
	ended := make(chan error, 1)
	go func() { ended <- srv.Start() }()
	if err := waitServing(ctx, info, ended); err != nil {
		if ctx.Err() == nil {
			return err
		}
		return stop(srv, ended)
	}
	if cfg.Ready != nil {
		cfg.Ready(info)
	}
	select {
	case err := <-ended:
		if err == nil {
			err = errors.New("it stopped by itself")
		}
		return fmt.Errorf("run LiveKit: %w", err)
	case <-ctx.Done():
		return stop(srv, ended)
	}
}

// stop ends srv, which ignores being stopped in the first tenth of a second after it
// answers its port.
func stop(srv *service.LivekitServer, ended <-chan error) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !srv.IsRunning() {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
		}
	}
	srv.Stop(true)
	return <-ended
}

// newEngine makes a server on the ports that cfg names. Ports that are ours to choose
// can be lost to another program between choosing and opening, so a few are tried.
func newEngine(cfg Config, r *relay) (*service.LivekitServer, Info, error) {
	const tries = 5
	var last error
	for range tries {
		info, err := choosePorts(cfg)
		if err != nil {
			return nil, Info{}, err
		}
		srv, err := openEngine(cfg, info, r)
		if err == nil {
			return srv, info, nil
		}
		last = err
		if cfg.UDP != 0 && (cfg.TCP != 0 || cfg.NoTCP) || !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	if errors.Is(last, syscall.EADDRINUSE) {
		return nil, Info{}, fmt.Errorf("UDP port %d or TCP port %d: %w", cfg.UDP, cfg.TCP, ErrPortTaken)
	}
	return nil, Info{}, fmt.Errorf("start LiveKit: %w", last)
}

func openEngine(cfg Config, info Info, r *relay) (*service.LivekitServer, error) {
	conf, err := liveKitConfig(cfg, info)
	if err != nil {
		return nil, err
	}
	r.tell(conf)
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return nil, err
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return nil, err
	}
	return service.InitializeServer(conf, node)
}

// liveKitConfig is one node with a TCP port on loopback for signalling, and for media a
// UDP port and a TCP port.
func liveKitConfig(cfg Config, info Info) (*config.Config, error) {
	conf, err := config.NewConfig("", true, nil, nil)
	if err != nil {
		return nil, err
	}
	conf.BindAddresses = []string{"127.0.0.1"}
	conf.Port = uint32(info.Port)
	conf.Keys = map[string]string{cfg.Key: cfg.Secret}
	conf.RTC.UDPPort.Start, conf.RTC.UDPPort.End = info.UDP, 0
	conf.RTC.ICEPortRangeStart, conf.RTC.ICEPortRangeEnd = 0, 0
	conf.RTC.TCPPort = uint32(info.TCP)
	fallback := info.TCP != 0 || cfg.TURN != nil
	conf.RTC.AllowTCPFallback = &fallback
	conf.Redis.Address, conf.Redis.Password = cfg.Redis.Address, cfg.Redis.Password
	// A lite agent answers on its own addresses and asks no STUN server about them.
	conf.RTC.UseICELite = true
	// With an empty list LiveKit sends every client to public STUN servers. Our own
	// media port stands in: friends' addresses are nobody else's business.
	conf.RTC.STUNServers = []string{net.JoinHostPort(conf.RTC.NodeIP.PrimaryIP(), strconv.Itoa(info.UDP))}
	for _, ip := range cfg.IPs {
		ip = ip.Unmap()
		conf.RTC.IPs.Includes = append(conf.RTC.IPs.Includes, netip.PrefixFrom(ip, ip.BitLen()).String())
	}
	// LiveKit learns by itself what gets to a client. By default it waits for the client's
	// own estimate (REMB), which none but a browser sends.
	conf.RTC.CongestionControl.UseSendSideBWE = true
	conf.RTC.EnableLoopbackCandidate = onlyLoopback()
	return conf, nil
}

// onlyLoopback reports whether this machine has no other address than its own.
func onlyLoopback() bool {
	ways, err := door.Addresses(&net.TCPAddr{IP: net.IPv6unspecified})
	return err == nil && !slices.ContainsFunc(ways, func(a door.Address) bool { return a.Reach != door.ThisMachine })
}

// waitServing returns once the server answers on its port.
func waitServing(ctx context.Context, info Info, ended <-chan error) error {
	client := http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return fmt.Errorf("start LiveKit: %w", err)
		case <-tick.C:
		}
		res, err := client.Get(info.URL())
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<10))
		_ = res.Body.Close()
		return nil
	}
}

// logging is set by the first server of a process and stays: LiveKit keeps its logger
// in a variable which goroutines that outlive a server read without a lock.
var logging sync.Once

func setLogger(level string) {
	logging.Do(func() {
		if level != "" {
			logger.InitFromConfig(&logger.Config{Level: level}, "livekit")
			return
		}
		// pion asks zap's for its level before it formats a message, and formats every
		// one for LiveKit's discarding logger.
		if l, err := logger.NewZapLogger(&logger.Config{Level: "fatal"}); err == nil {
			logger.SetLogger(l, "livekit")
		}
	})
}
