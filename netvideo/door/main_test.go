package door_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"cutout/netvideo/server"
)

// TestMain is also the server that the tests start: the embedded LiveKit leaves
// goroutines, so it gets a process of its own.
func TestMain(m *testing.M) {
	if state := os.Getenv("CUTOUT_TEST_STATE"); state != "" {
		if err := serveForTests(state); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func serveForTests(state string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	udp, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	return server.Serve(ctx, server.ServeConfig{
		Listen: os.Args[1], UDP: udp, State: state,
		Ready: func(r server.Ready) { _ = json.NewEncoder(os.Stdout).Encode(r) },
	})
}

// serve starts a supervised server on this state file.
func serve(t testing.TB, state string) *server.Supervisor {
	t.Helper()
	s, err := server.Supervise(context.Background(), server.Options{
		Env: []string{"CUTOUT_TEST_STATE=" + state},
		Args: func(last server.Ready) []string {
			if last.Listen == "" {
				return []string{"127.0.0.1:0", "0"}
			}
			return []string{last.Listen, strconv.Itoa(last.UDP)}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
