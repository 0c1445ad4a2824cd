package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/pion/stun/v3"
	"github.com/pion/turn/v5"

	"cutout/netvideo/door"
)

// A relayed is a relay of the tests: what it says, and an echo where media would be.
type relayed struct {
	r     *relay
	udp   string     // where it listens
	tcp   string     // the same, for what comes by TLS
	lan   netip.Addr // an address of this machine's that others reach
	media *net.UDPAddr
}

func newRelayed(t *testing.T) relayed {
	t.Helper()
	own := slices.DeleteFunc(door.OwnAddresses(), func(a netip.Addr) bool { return !a.Is4() || a.IsLoopback() || a.IsLinkLocalUnicast() })
	if len(own) == 0 {
		t.Skip("this test needs a network")
	}
	port, err := chooseUDP(0)
	if err != nil {
		t.Fatal(err)
	}
	echo := hear(t, own[0].String())
	tls, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay(Config{TURN: &TURN{Domain: "play.example.org", UDP: port, TLS: tls}})
	conf, err := config.NewConfig("", true, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.tell(conf)
	media := echo.LocalAddr().(*net.UDPAddr)
	if err := r.open(media.Port); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := echo.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = echo.WriteTo(b[:n], from)
		}
	}()
	return relayed{r, fmt.Sprintf("127.0.0.1:%d", port), tls.Addr().String(), own[0], media}
}

// hear opens a UDP port that nobody should reach.
func hear(t *testing.T, ip string) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp4", net.JoinHostPort(ip, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// keys are credentials as LiveKit makes them, with any secret.
func keys(secret, participant string, expires time.Time) (username, password string) {
	username = strconv.FormatInt(expires.Unix(), 10) + ":" + participant
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return username, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// client is a TURN client at the relay, over UDP or, once TLS is off, TCP.
func (x relayed) client(t *testing.T, network, username, password string) *turn.Client {
	t.Helper()
	c := turn.ClientConfig{TURNServerAddr: x.udp, STUNServerAddr: x.udp, Username: username, Password: password, RTO: 200 * time.Millisecond}
	if network == "tcp" {
		conn, err := net.Dial("tcp", x.tcp)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		c.Conn, c.TURNServerAddr, c.STUNServerAddr = turn.NewSTUNConn(conn), x.tcp, x.tcp
	} else {
		c.Conn = hear(t, "127.0.0.1")
	}
	client, err := turn.NewClient(&c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	return client
}

// allocate asks for a relay, which ends with the test.
func allocate(t *testing.T, c *turn.Client) (net.PacketConn, error) {
	t.Helper()
	conn, err := c.Allocate()
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

// TestRelayWantsCredentials: nobody allocates without the ones of somebody who was let
// in a short while ago; who has a relay keeps it.
func TestRelayWantsCredentials(t *testing.T) {
	x := newRelayed(t)
	good, expired := time.Now().Add(time.Hour), time.Now().Add(-time.Minute)
	name, password := keys(x.r.secret, "PA_ada", good)
	oldName, oldPassword := keys(x.r.secret, "PA_ada", expired)
	longer, _ := keys(x.r.secret, "PA_ada", good.Add(time.Hour))
	another, _ := keys(x.r.secret, "PA_eve", good)
	otherName, otherPassword := keys("another secret", "PA_ada", good)
	for what, c := range map[string][2]string{
		"none":                  {"", ""},
		"a name alone":          {name, ""},
		"another password":      {name, "hello"},
		"expired":               {oldName, oldPassword},
		"expired, date changed": {name, oldPassword},
		"a later date":          {longer, password},
		"somebody else's name":  {another, password},
		"another server's":      {otherName, otherPassword},
		"no date":               {"PA_ada", password},
		"nonsense":              {strings.Repeat("1", 500) + ":", password},
	} {
		for _, network := range []string{"udp", "tcp"} {
			if conn, err := allocate(t, x.client(t, network, c[0], c[1])); err == nil {
				t.Errorf("%s over %s: a relay at %s", what, network, conn.LocalAddr())
			}
		}
	}
	for method, want := range map[stun.Method]bool{stun.MethodAllocate: false, stun.MethodRefresh: true, stun.MethodCreatePermission: true} {
		if _, _, ok := x.r.authenticate(&turn.RequestAttributes{Username: oldName, Realm: "cutout", Method: method}); ok != want {
			t.Errorf("%v with expired credentials: %v", method, ok)
		}
	}
}

// TestRelayLeadsToMediaAlone: with good credentials, each way that TURN has to somewhere
// else is shut: by address, by port, by TCP, by IPv6, and backwards.
func TestRelayLeadsToMediaAlone(t *testing.T) {
	x := newRelayed(t)
	name, password := keys(x.r.secret, "PA_eve", time.Now().Add(time.Hour))
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			client := x.client(t, network, name, password)
			conn, err := allocate(t, client)
			if err != nil {
				t.Fatal(err)
			}
			for _, peer := range []string{
				"127.0.0.1", "127.0.0.53", "0.0.0.0", "169.254.169.254", "10.255.255.254", "192.168.255.254", "100.100.100.200",
				"8.8.8.8", "224.0.0.251", "255.255.255.255", x.lan.Next().String(),
			} {
				to := &net.UDPAddr{IP: net.ParseIP(peer), Port: x.media.Port}
				if err := client.CreatePermission(to); err == nil {
					t.Errorf("permission for %s", peer)
				}
				if _, err := conn.WriteTo([]byte("hello"), to); err == nil {
					t.Errorf("sent to %s", peer)
				}
			}
			x.echoes(t, conn)
			x.noOtherPort(t, conn)
			if a, err := x.client(t, network, name, password).AllocateTCP(); err == nil {
				t.Errorf("a relay for TCP at %s", a.Addr())
			}
		})
	}
}

// echoes sends to the media port and waits until that comes back.
func (x relayed) echoes(t *testing.T, conn net.PacketConn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	b := make([]byte, 1500)
	for i := range 3 { // by Send and, later, by a channel
		word := fmt.Sprint("media ", i)
		if _, err := conn.WriteTo([]byte(word), x.media); err != nil {
			t.Fatal(err)
		}
		n, from, err := conn.ReadFrom(b)
		if err != nil || string(b[:n]) != word || from.String() != x.media.String() {
			t.Fatalf("the media port answers %q from %v, %v", b[:n], from, err)
		}
	}
}

// noOtherPort sends to a port beside the media's, and from there to the relay. What is
// sent to the media port after that arrives, and nothing else has.
func (x relayed) noOtherPort(t *testing.T, conn net.PacketConn) {
	t.Helper()
	ear := hear(t, x.lan.String())
	for range 3 {
		if _, err := conn.WriteTo([]byte("hello"), ear.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	relayPort := conn.LocalAddr().(*net.UDPAddr).Port
	if _, err := ear.WriteTo([]byte("from elsewhere"), &net.UDPAddr{IP: x.lan.AsSlice(), Port: relayPort}); err != nil {
		t.Fatal(err)
	}
	x.echoes(t, conn) // a foreign packet would be read first
	_ = ear.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	b := make([]byte, 100)
	if n, from, err := ear.ReadFrom(b); err == nil {
		t.Errorf("a port beside the media's was sent %q by %v", bytes.TrimSpace(b[:n]), from)
	}
}

// TestRelaysAreCounted: one participant has so many and no more, and others have theirs
// meanwhile; one that is closed counts no longer.
func TestRelaysAreCounted(t *testing.T) {
	x := newRelayed(t)
	name, password := keys(x.r.secret, "PA_eve", time.Now().Add(time.Hour))
	var last net.PacketConn
	for range relaysEach {
		conn, err := allocate(t, x.client(t, "udp", name, password))
		if err != nil {
			t.Fatal(err)
		}
		last = conn
	}
	if _, err := allocate(t, x.client(t, "udp", name, password)); err == nil {
		t.Error("one relay more than there may be")
	}
	other, otherPassword := keys(x.r.secret, "PA_ada", time.Now().Add(time.Hour))
	if _, err := allocate(t, x.client(t, "udp", other, otherPassword)); err != nil {
		t.Errorf("somebody else has none: %v", err)
	}
	_ = last.Close()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, err := allocate(t, x.client(t, "udp", name, password))
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("one was closed, and yet: %v", err)
		}
	}
}
