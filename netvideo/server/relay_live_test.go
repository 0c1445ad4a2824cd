package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/turn/v5"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/probe"
	"cutout/netvideo/server"
)

// startRelay is a LiveKit with a relay, and where that listens.
func startRelay(t *testing.T) (s *server.Supervisor, udp, tcp string) {
	t.Helper()
	if !door.HasNetwork() {
		t.Skip("this test needs a network")
	}
	free, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(free.LocalAddr().(*net.UDPAddr).Port)
	_ = free.Close()
	s = start(t, childOptions("relay", port))
	return s, "127.0.0.1:" + port, s.State().Ready.Listen
}

// credentials are what LiveKit tells somebody who joins.
func credentials(t *testing.T, url, token string) *livekit.ICEServer {
	t.Helper()
	_, joined := join(t, url, token, "")
	for _, s := range joined.GetIceServers() {
		if s.GetUsername() != "" {
			return s
		}
	}
	t.Fatal("nobody is told of the relay")
	return nil
}

// TestRelayOfARoom: pictures come by it, as clients are told, and with the same
// credentials it reaches neither LiveKit's own interface nor anything else that listens
// here: not while they are in the room, nor when they were thrown out.
func TestRelayOfARoom(t *testing.T) {
	s, udp, tcp := startRelay(t)
	url := s.State().Ready.URL
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	token := plainToken(t, netvideo.Publisher, "ada", "friday")
	c, err := probe.Join(ctx, probe.Options{URL: url, Token: token, Way: probe.TURNUDP})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Route(); got.Local != "relay" {
		t.Errorf("media goes by %+v", got)
	}
	c.Close()

	told := credentials(t, url, plainToken(t, netvideo.Publisher, "eve", "friday"))
	ear, err := net.Listen("tcp", ":0") // on all addresses, as many a Redis
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ear.Close() }()
	ports := []string{strings.TrimPrefix(url, "http://127.0.0.1:"), strconv.Itoa(ear.Addr().(*net.TCPAddr).Port)}
	for _, in := range []bool{true, false} {
		if !in {
			remove(t, url, "friday", "eve")
		}
		for _, network := range []string{"udp", "tcp"} {
			for _, own := range append(ownIPs(), "127.0.0.1") {
				for _, port := range ports {
					tryConnect(t, network, map[string]string{"udp": udp, "tcp": tcp}[network], told, net.JoinHostPort(own, port))
				}
			}
		}
	}
}

// remove throws somebody out, as the door does.
func remove(t *testing.T, url, session, identity string) {
	t.Helper()
	body := strings.NewReader(fmt.Sprintf(`{"room":%q,"identity":%q}`, session, identity))
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/twirp/livekit.RoomService/RemoveParticipant", body)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+sign(t, "", map[string]any{"roomAdmin": true, "room": session}))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("throw %s out: %s", identity, res.Status)
	}
}

// ownIPs are this machine's IPv4 addresses but loopback.
func ownIPs() (ips []string) {
	for _, a := range door.OwnAddresses() {
		if a.Is4() && !a.IsLoopback() {
			ips = append(ips, a.String())
		}
	}
	return ips
}

// tryConnect asks the relay for a TCP connection to the peer (RFC 6062).
func tryConnect(t *testing.T, network, address string, told *livekit.ICEServer, peer string) {
	t.Helper()
	conf := &turn.ClientConfig{STUNServerAddr: address, TURNServerAddr: address, Username: told.GetUsername(), Password: told.GetCredential()}
	if network == "tcp" {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		conf.Conn = turn.NewSTUNConn(conn)
	} else {
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		conf.Conn = conn
	}
	client, err := turn.NewClient(conf)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	a, err := client.AllocateTCP()
	if err != nil {
		return
	}
	defer func() { _ = a.Close() }()
	to, err := net.ResolveTCPAddr("tcp4", peer)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := a.Connect(to); err == nil {
		t.Errorf("over %s: connection %d to %s", network, id, peer)
	} else {
		t.Errorf("over %s: there are relays for TCP", network)
	}
}
