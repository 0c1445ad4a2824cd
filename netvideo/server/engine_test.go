package server_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

const testKey, testSecret = "key", "0123456789abcdef0123456789abcdef"

// start supervises a child that ends with the test.
func start(t testing.TB, o server.Options) *server.Supervisor {
	t.Helper()
	s, err := server.Supervise(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// status asks and returns the HTTP status.
func status(t testing.TB, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestRunServesOnItsPorts(t *testing.T) {
	ready := start(t, childOptions("run")).State().Ready
	if got := status(t, ready.URL+"/rtc/validate"); got != http.StatusUnauthorized {
		t.Errorf("without a token: status %d, want 401", got)
	}
	if l, err := net.ListenUDP("udp", &net.UDPAddr{Port: ready.UDP}); err == nil {
		_ = l.Close()
		t.Errorf("UDP port %d is not in use", ready.UDP)
	}
}

// takenPorts are a TCP and a UDP port that this test has.
func takenPorts(t *testing.T) (tcp net.Listener, udp *net.UDPConn) {
	t.Helper()
	udp, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = udp.Close() })
	tcp, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tcp.Close() })
	return tcp, udp
}

func TestTakenPortsAreNamed(t *testing.T) {
	tcp, udp := takenPorts(t)
	tcpPort, udpPort := tcp.Addr().(*net.TCPAddr).Port, udp.LocalAddr().(*net.UDPAddr).Port
	for want, run := range map[string]func() error{
		"UDP port": func() error {
			return server.Run(t.Context(), server.Config{Key: testKey, Secret: testSecret, UDP: udpPort})
		},
		"TCP port": func() error {
			return server.Run(t.Context(), server.Config{Key: testKey, Secret: testSecret, Port: tcpPort})
		},
		"TCP 127.0.0.1:": func() error {
			return server.Serve(t.Context(), server.ServeConfig{Listen: tcp.Addr().String()})
		},
		"UDP": func() error {
			return server.Serve(t.Context(), server.ServeConfig{Listen: "127.0.0.1:0", UDP: udpPort})
		},
	} {
		err := run()
		if !errors.Is(err, server.ErrPortTaken) || !strings.Contains(err.Error(), want) {
			t.Errorf("a taken %s: %v", want, err)
		}
	}
}

func TestRunRefusesShortSecrets(t *testing.T) {
	if err := server.Run(t.Context(), server.Config{Key: "key", Secret: "short"}); err == nil {
		t.Error("Run takes a five-byte secret")
	}
}

func TestSampleStaysInside(t *testing.T) {
	for _, listen := range []string{"8.8.8.8:7880", "[2606:4700::1]:7880", "example.org:7880"} {
		err := server.Serve(t.Context(), server.ServeConfig{Listen: listen, Sample: true})
		if !errors.Is(err, server.ErrSampleOutside) {
			t.Errorf("%s: %v, want ErrSampleOutside", listen, err)
		}
	}
}

func TestStateInUse(t *testing.T) {
	path := t.TempDir() + "/state.json"
	s, err := door.OpenStore(path, door.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := server.Serve(t.Context(), server.ServeConfig{Listen: "127.0.0.1:0", State: path}); !errors.Is(err, door.ErrStateInUse) {
		t.Errorf("Serve on a state in use: %v", err)
	}
}
