//go:build linux

// Package reconnect_test shows that rooms survive what happens to networks and servers,
// with real ones: LiveKit behind its door and clients of netvideo/room, each in a process
// of its own, on machines that are network namespaces.
package reconnect_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// What this test's binary is, when it is not the test.
const (
	roleEnv    = "CUTOUT_RECONNECT_ROLE" // one of the roles below, a colon, and its argument
	roleServer = "server"                // STATE,LISTEN,UDP,TCP,REDIS, or that as its only argument
	roleInvite = "invite"                // URL: makes a session and an invite with keys
	roleHost   = "host"                  // STATE[,REDIS]: keeps a server alive in a child
	roleClient = "client"                // clientOptions as JSON
)

// keys are those of a cluster's nodes.
var keys = door.Keys{Key: "key", Secret: "0123456789abcdef0123456789abcdef"}

func TestMain(m *testing.M) {
	role, arg, _ := strings.Cut(os.Getenv(roleEnv), ":")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	var err error
	switch role {
	case roleServer:
		if len(os.Args) > 1 {
			arg = os.Args[1]
		}
		err = serve(untilEOF(ctx), arg)
	case roleInvite:
		err = invite(ctx, arg)
	case roleHost:
		err = host(untilEOF(ctx), arg)
	case roleClient:
		err = client(untilEOF(ctx), arg)
	default:
		stop()
		goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			os.Exit(code)
		}))
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
}

// orders are the lines of stdin, which ends when the test lets go.
var orders = make(chan string)

// untilEOF ends when stdin does.
func untilEOF(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		in, b := "", make([]byte, 256)
		for {
			n, err := os.Stdin.Read(b)
			in += string(b[:n])
			for line, rest, whole := strings.Cut(in, "\n"); whole; line, rest, whole = strings.Cut(in, "\n") {
				in = rest
				orders <- line
			}
			if err == io.EOF || err != nil {
				return
			}
		}
	}()
	return ctx
}

// serve is a room's server. It has one session, and invites to it.
func serve(ctx context.Context, arg string) error {
	f := strings.Split(arg, ",")
	cfg := server.ServeConfig{State: f[0], Listen: f[1], Ready: func(r server.Ready) { _ = json.NewEncoder(os.Stdout).Encode(r) }}
	cfg.UDP, _ = strconv.Atoi(f[2])
	cfg.TCP, _ = strconv.Atoi(f[3])
	if cfg.Redis.Address = f[4]; cfg.Redis.Some() {
		cfg.Keys = keys
	} else {
		cfg.Host = true
	}
	return server.Serve(ctx, cfg)
}

// invite makes a session, and an invite to it.
func invite(ctx context.Context, url string) error {
	admin := door.Admin{URL: url, Keys: keys}
	s, err := admin.CreateSession(ctx, door.SessionRequest{})
	if err != nil {
		return err
	}
	i, err := admin.CreateInvite(ctx, door.InviteRequest{Session: s.ID})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(i)
}

// host keeps a server, as the game does, and prints what it is doing.
func host(ctx context.Context, arg string) error {
	state, redis, _ := strings.Cut(arg, ",")
	s, err := server.Supervise(ctx, server.Options{
		Stderr: os.Stderr, Env: []string{roleEnv + "=" + roleServer},
		Args: func(last server.Ready) []string {
			if last.Listen == "" {
				last.Listen = ":0"
			}
			return []string{fmt.Sprintf("%s,%s,%d,%d,%s", state, last.Listen, last.UDP, last.TCP, redis)}
		},
	})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	go func() {
		for range orders {
		}
	}()
	for {
		_ = json.NewEncoder(os.Stdout).Encode(hostState{s.State().Phase, s.State().PID, s.State().Ready})
		select {
		case <-ctx.Done():
			return nil
		case <-s.Changed():
		}
	}
}

// hostState is a line of what a host prints.
type hostState struct {
	Phase server.Phase
	PID   int
	Ready server.Ready
}
