package probe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/netvideo"
	"cutout/netvideo/probe"
	"cutout/netvideo/server"
)

// TestMain is also the tests' server: LiveKit leaves goroutines behind.
func TestMain(m *testing.M) {
	if os.Getenv("CUTOUT_TEST_CHILD") != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		err := server.Serve(ctx, server.ServeConfig{Listen: "127.0.0.1:0", Sample: true, Ready: func(r server.Ready) {
			_ = json.NewEncoder(os.Stdout).Encode(r)
		}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func startServer(t *testing.T) server.Ready {
	t.Helper()
	s, err := server.Supervise(t.Context(), server.Options{
		Env: []string{"CUTOUT_TEST_CHILD=1"}, Args: func(server.Ready) []string { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.State().Ready
}

func join(t *testing.T, o probe.Options) *probe.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c, err := probe.Join(ctx, o)
	if err != nil {
		t.Fatalf("%q: %v", o.Way, err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestThroughTheServer sends a clip by each direct way, and receives it.
func TestThroughTheServer(t *testing.T) {
	r := startServer(t)
	show := join(t, probe.Options{URL: r.URL, Token: r.Tokens[netvideo.Publisher]})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- show.Publish(ctx, probe.Blank()) }()
	for way, protocol := range map[probe.Way]string{probe.AnyWay: "", probe.UDP: "udp", probe.TCP: "tcp"} {
		c := join(t, probe.Options{URL: r.URL, Token: r.Tokens[netvideo.Moderator], Way: way, Listen: true})
		if got := c.Route(); protocol != "" && got.Protocol != protocol || got.Remote == "" {
			t.Errorf("%q: route %+v", way, got)
		}
		var sum probe.Received
		for end := time.Now().Add(time.Minute); sum.Frames < 60 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			sum = sum.Add(c.Received())
		}
		if sum.Frames < 60 || sum.Packets < 3*sum.Frames || sum.Mean <= 0 {
			t.Errorf("%q: received %+v", way, sum)
		}
		c.Close()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNoWayIn(t *testing.T) {
	r := startServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, c := range []struct {
		o    probe.Options
		want error
	}{
		{probe.Options{URL: r.URL, Token: "hello"}, probe.ErrTurnedAway},
		{probe.Options{URL: "http://127.0.0.1:1", Token: "hello"}, probe.ErrNoSignal},
		{probe.Options{URL: r.URL, Token: r.Tokens[netvideo.Publisher], Way: probe.TURNTLS}, probe.ErrNoTURN},
	} {
		if _, err := probe.Join(ctx, c.o); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.o, err, c.want)
		}
	}
}
