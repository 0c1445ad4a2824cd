package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/netvideo/server"
)

// TestMain is also the child of the tests: a server, or one that misbehaves.
func TestMain(m *testing.M) {
	if what := os.Getenv("CUTOUT_TEST_CHILD"); what != "" {
		if err := child(what); err != nil {
			fmt.Fprintf(os.Stderr, "cutout: %v\nhint: try again\n", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func child(what string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	say := func(r server.Ready) { _ = json.NewEncoder(os.Stdout).Encode(r) }
	switch what {
	case "serve":
		udp, err := strconv.Atoi(os.Args[2])
		if err != nil {
			return err
		}
		return server.Serve(ctx, server.ServeConfig{Listen: os.Args[1], UDP: udp, Sample: true, State: os.Args[3], Ready: say})
	case "run":
		return server.Run(ctx, server.Config{Key: testKey, Secret: testSecret, Ready: func(i server.Info) {
			say(server.Ready{URL: i.URL(), UDP: i.UDP})
		}})
	case "relay": // LiveKit with a relay, whose way over TLS has none
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		port, err := strconv.Atoi(os.Args[1])
		if err != nil {
			return err
		}
		turn := &server.TURN{Domain: "play.example.org", UDP: port, TLS: l}
		return server.Run(ctx, server.Config{Key: testKey, Secret: testSecret, TURN: turn, Ready: func(i server.Info) {
			say(server.Ready{URL: i.URL(), UDP: i.UDP, Listen: l.Addr().String()})
		}})
	case "lonely": // nobody comes
		return server.Serve(ctx, server.ServeConfig{Listen: ":0", Lonely: time.Second, Ready: say, News: func(n server.News) {
			_ = json.NewEncoder(os.Stdout).Encode(n)
		}})
	case "deaf": // does not end when it is asked to
		say(server.Ready{URL: "http://127.0.0.1:1"})
		select {}
	case "idle": // does nothing more
		say(server.Ready{URL: "http://127.0.0.1:1"})
		<-ctx.Done()
	case "mute": // is never ready
		<-ctx.Done()
	case "chatty": // talks before it should
		fmt.Println("hello")
		<-ctx.Done()
	case "brief": // is ready, and gone
		say(server.Ready{URL: "http://127.0.0.1:1"})
		return fmt.Errorf("no more")
	case "parent": // supervises one that lives on unless it is killed with its parent
		s, err := server.Supervise(ctx, childOptions("idle"))
		if err != nil {
			return err
		}
		say(server.Ready{URL: strconv.Itoa(s.State().PID)})
		<-ctx.Done()
		return s.Close()
	default:
		return fmt.Errorf("no luck")
	}
	return nil
}

func childOptions(what string, args ...string) server.Options {
	return server.Options{
		Env:  []string{"CUTOUT_TEST_CHILD=" + what},
		Args: func(server.Ready) []string { return args },
	}
}
