package server_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"cutout/netvideo/server"
)

const testKey, testSecret = "key", "0123456789abcdef0123456789abcdef"

func TestRunServesAndStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready := make(chan server.Info, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, server.Config{Key: testKey, Secret: testSecret, Ready: func(i server.Info) { ready <- i }})
	}()
	var info server.Info
	select {
	case info = <-ready:
	case err := <-ended:
		t.Fatalf("Run ended before it was ready: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("not ready after a minute")
	}
	if info.Port == 0 || info.UDP == 0 {
		t.Fatalf("ready on %+v, want two ports", info)
	}
	res, err := http.Get(info.URL() + "/rtc/validate")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: status %d, want 401", res.StatusCode)
	}
	if l, err := net.ListenUDP("udp", &net.UDPAddr{Port: info.UDP}); err == nil {
		_ = l.Close()
		t.Errorf("UDP port %d is not in use", info.UDP)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run after the end of its context: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Run does not end")
	}
}

func TestRunSaysWhichPortIsTaken(t *testing.T) {
	udp, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = udp.Close() }()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	for want, cfg := range map[string]server.Config{
		"UDP port": {UDP: udp.LocalAddr().(*net.UDPAddr).Port},
		"TCP port": {Port: tcp.Addr().(*net.TCPAddr).Port},
	} {
		cfg.Key, cfg.Secret = testKey, testSecret
		err := server.Run(t.Context(), cfg)
		if !errors.Is(err, server.ErrPortTaken) || !strings.Contains(err.Error(), want) {
			t.Errorf("Run with a taken %s: %v", want, err)
		}
	}
}

func TestRunRefusesShortSecrets(t *testing.T) {
	if err := server.Run(t.Context(), server.Config{Key: "key", Secret: "short"}); err == nil {
		t.Error("Run takes a five-byte secret")
	}
}
