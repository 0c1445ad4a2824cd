package netwatch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/netvideo/internal/netlab"
)

const watchEnv = "CUTOUT_NETWATCH"

// TestMain is also the program that watches a machine of the lab.
func TestMain(m *testing.M) {
	if how := os.Getenv(watchEnv); how != "" {
		ctx, cancel := context.WithCancel(context.Background())
		go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }()
		fmt.Println("watching")
		changed := func() { fmt.Println("changed", up()) }
		if how == "poll" {
			poll(ctx, 50*time.Millisecond, changed)
		} else {
			Run(ctx, changed)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func TestChangesAreNoticed(t *testing.T) {
	for _, how := range []string{"kernel", "poll"} {
		t.Run(how, func(t *testing.T) { noticed(t, how) })
	}
}

// noticed changes a machine's network in all ways there are; each is told.
func noticed(t *testing.T, how string) {
	lab := netlab.New(t)
	link := lab.Connect(lab.Host("a"), "eth", lab.Host("b"), "eth")
	link.A.Add("10.9.0.1/24")
	cmd := link.A.Self(watchEnv + "=" + how)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	await := func(what string) {
		t.Helper()
		select {
		case line := <-lines:
			t.Logf("%s: %s", what, line)
		case <-time.After(20 * time.Second):
			t.Fatalf("%s was not noticed", what)
		}
		for time.Sleep(200 * time.Millisecond); len(lines) > 0; {
			<-lines // the same change's other words
		}
	}
	await("the start")
	for what, change := range map[string]func(){
		"an address comes": func() { link.A.Add("10.9.0.2/24") },
		"the carrier goes": link.B.Down,
	} {
		change()
		await(what)
	}
	link.B.Up()
	await("the carrier comes")
	link.A.Remove("10.9.0.1/24")
	await("an address goes")
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	for range lines {
	}
}
