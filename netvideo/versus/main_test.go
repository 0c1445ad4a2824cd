package versus

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain is also the child of the tests: a client, or the server.
func TestMain(m *testing.M) {
	if kind := os.Getenv(Env); kind != "" {
		if err := Serve(Kind(kind), os.Getenv(DirEnv), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0) // LiveKit's server leaves goroutines behind
	}
	flag.Parse()
	goleak.VerifyTestMain(m)
}
