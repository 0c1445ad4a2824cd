package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/protocol/logger"
	"github.com/livekit/protocol/logger/pionlogger"
	"github.com/pion/stun/v3"
	"github.com/pion/turn/v5"

	"cutout/netvideo/door"
)

// DefaultTURN is the UDP port that TURN clients expect (RFC 8656).
const DefaultTURN = 3478

// TURN says how media is relayed: over UDP on a port of its own, and over TLS on the
// door's.
type TURN struct {
	// Domain is what the door's certificate names.
	Domain string
	// UDP is the port; 0 opens none.
	UDP int
	// TLS, when set, brings the connections that speak TURN, once TLS was taken off.
	// Clients are told port 443. The server closes it.
	TLS net.Listener
}

// What a relay gives at most. A client allocates once for each of its addresses, ways
// and peer connections.
const (
	relayFirst, relayLast = 30000, 32767 // UDP ports
	relaysEach            = 32           // of one participant
	relaysAll             = 2048
	relayKeys             = 4 * time.Hour // how long a newcomer's credentials allocate
)

var (
	errOnlyMedia = errors.New("only media is relayed, by UDP over IPv4")
	errRelays    = errors.New("there are as many relays as there may be")
)

// A relay is a TURN server that leads to this machine's media port, and nowhere else.
// LiveKit's own leads to addresses, whatever the port, by TCP as well. A nil one is none.
type relay struct {
	t        TURN
	external netip.Addr
	secret   string
	own      []netip.Addr // where media is
	port     uint16       // of media
	turn.RelayAddressGeneratorPortRange
	server *turn.Server

	mu   sync.Mutex
	held map[string]int // by participant
	all  int
}

func newRelay(cfg Config) *relay {
	if cfg.TURN == nil {
		return nil
	}
	r := &relay{t: *cfg.TURN, external: cfg.External, secret: rand.Text(), held: map[string]int{}}
	for _, a := range append(door.OwnAddresses(), r.external) {
		if a.Is4() && !a.IsLoopback() {
			r.own = append(r.own, a)
		}
	}
	return r
}

// tell has LiveKit tell its clients of the relay.
func (r *relay) tell(conf *config.Config) {
	if r == nil {
		return
	}
	host := conf.RTC.NodeIP.V4
	if r.external.IsValid() {
		host = r.external.String()
	}
	r.RelayAddressGeneratorPortRange = turn.RelayAddressGeneratorPortRange{
		RelayAddress: net.ParseIP(host), Address: "0.0.0.0", MinPort: relayFirst, MaxPort: relayLast, MaxRetries: 50,
	}
	add := func(host string, port int, protocol string) {
		conf.RTC.TURNServers = append(conf.RTC.TURNServers, config.TURNServer{
			Host: host, Port: port, Protocol: protocol, Secret: r.secret, TTL: int(relayKeys.Seconds()),
		})
	}
	if r.t.UDP != 0 {
		add(host, r.t.UDP, "udp")
	}
	if r.t.TLS != nil {
		add(r.t.Domain, 443, "tls")
	}
}

// open begins to relay to the port.
func (r *relay) open(media int) error {
	if r == nil {
		return nil
	}
	r.port = uint16(media)
	c := turn.ServerConfig{Realm: "cutout", AuthHandler: r.authenticate, LoggerFactory: pionlogger.NewLoggerFactory(logger.GetLogger())}
	if r.t.UDP != 0 {
		udp, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", r.t.UDP))
		if err != nil {
			return portError("UDP", r.t.UDP, err)
		}
		c.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: r, PermissionHandler: r.permit}}
	}
	if r.t.TLS != nil {
		c.ListenerConfigs = []turn.ListenerConfig{{Listener: r.t.TLS, RelayAddressGenerator: r, PermissionHandler: r.permit}}
	}
	var err error
	if r.server, err = turn.NewServer(c); err != nil {
		return fmt.Errorf("start the relay: %w", err)
	}
	return nil
}

// Close ends the relay and what goes through it.
func (r *relay) Close() {
	if r != nil {
		_ = r.server.Close()
	}
}

// authenticate knows the credentials that LiveKit makes with a relay's secret: until when
// they are good, a participant, and an HMAC-SHA1 of both. They end new allocations alone:
// a long call keeps what it has.
func (r *relay) authenticate(a *turn.RequestAttributes) (participant string, key []byte, ok bool) {
	until, participant, whole := strings.Cut(a.Username, ":")
	expires, err := strconv.ParseInt(until, 10, 64)
	if !whole || err != nil || a.Method == stun.MethodAllocate && time.Now().Unix() > expires {
		return "", nil, false
	}
	mac := hmac.New(sha1.New, []byte(r.secret))
	mac.Write([]byte(a.Username))
	password := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return participant, turn.GenerateAuthKey(a.Username, a.Realm, password), true
}

// permit is asked about the address alone; a relayConn looks at the port.
func (r *relay) permit(_ net.Addr, peer net.IP) bool {
	a, ok := netip.AddrFromSlice(peer)
	return ok && slices.Contains(r.own, a.Unmap())
}

// leadsTo reports whether media is at the address.
func (r *relay) leadsTo(a net.Addr) bool {
	udp, ok := a.(*net.UDPAddr)
	return ok && udp.AddrPort().Port() == r.port && slices.Contains(r.own, udp.AddrPort().Addr().Unmap())
}

// AllocatePacketConn opens a relay's socket.
func (r *relay) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if c.Network != "udp4" {
		return nil, nil, errOnlyMedia
	}
	r.mu.Lock()
	full := r.held[c.UserID] >= relaysEach || r.all >= relaysAll
	if !full {
		r.held[c.UserID]++
		r.all++
	}
	r.mu.Unlock()
	if full {
		return nil, nil, errRelays
	}
	leave := sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all--
		if r.held[c.UserID]--; r.held[c.UserID] == 0 {
			delete(r.held, c.UserID)
		}
	})
	conn, told, err := r.RelayAddressGeneratorPortRange.AllocatePacketConn(c)
	if err != nil {
		leave()
		return nil, nil, err
	}
	return &relayConn{PacketConn: conn, r: r, leave: leave}, told, nil
}

// AllocateListener refuses: peers' connections (RFC 6062) are not media.
func (r *relay) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyMedia
}

// AllocateConn refuses, too.
func (r *relay) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errOnlyMedia }

// A relayConn passes on what goes to the media port and comes from there.
type relayConn struct {
	net.PacketConn
	r     *relay
	leave func()
}

// ReadFrom waits for a packet of the media port's.
func (c *relayConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || c.r.leadsTo(from) {
			return n, from, err
		}
	}
}

// WriteTo drops what goes elsewhere, as a firewall would.
func (c *relayConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if !c.r.leadsTo(to) {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, to)
}

// Close gives the relay back.
func (c *relayConn) Close() error {
	c.leave()
	return c.PacketConn.Close()
}
