package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asProgram makes this test binary behave as cutout: with the race detector in it,
// and with children of the same kind.
const asProgram = "CUTOUT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	if os.Getenv(asPlainServer) != "" {
		if err := plainServer(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what should come soon: far more than it
// needs on a busy machine.
const patience = 90 * time.Second

// A program is a running cutout.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	events string
	mu     sync.Mutex
	out    bytes.Buffer
	done   chan struct{}
	err    error
}

// Write collects what it prints.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// start runs cutout in dir until the test ends; env is added to the environment.
func start(t *testing.T, dir string, env []string, args ...string) *program {
	t.Helper()
	return startBy(t, nil, dir, env, args...)
}

// startBy is start by way of another program, which is given cutout's name and arguments.
func startBy(t *testing.T, way []string, dir string, env []string, args ...string) *program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(way) > 0 {
		exe, args = way[0], append(append(way[1:len(way):len(way)], exe), args...)
	}
	p := &program{t: t, events: filepath.Join(dir, "events.jsonl"), done: make(chan struct{})}
	p.cmd = exec.Command(exe, args...)
	p.cmd.Dir = dir
	p.cmd.Env = append(append(os.Environ(), asProgram+"=1", "XDG_STATE_HOME="+dir), env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.interrupt()
		select {
		case <-p.done:
		case <-time.After(patience):
			_ = p.cmd.Process.Kill()
			t.Errorf("%v does not end when it is interrupted", args)
		}
		if t.Failed() {
			t.Logf("%v said:\n%s", args, p.output())
		}
		for _, race := range races(p.output()) {
			t.Errorf("%v has a data race:\n%s", args, race)
		}
	})
	return p
}

// races are the data races that output reports, without those of LiveKit's server alone
// (1.13.3 has one between muting a track and an offer).
func races(output string) (ours []string) {
	const border = "=================="
	for _, report := range strings.Split(output, border) {
		if strings.Contains(report, "WARNING: DATA RACE") && strings.Contains(report, "  cutout/") {
			ours = append(ours, report)
		}
	}
	return ours
}

func (p *program) interrupt() { _ = p.cmd.Process.Signal(syscall.SIGINT) }

// wait waits for the end and returns the exit code.
func (p *program) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(4 * patience):
		p.t.Fatalf("still running; it said:\n%s", p.output())
	}
	return exitCode(p.err)
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		return -1
	}
}

// event is one line of the events file.
type event map[string]any

func (e event) is(name string) bool { return e["event"] == name }

// readEvents reads the events so far.
func readEvents(t *testing.T, path string) []event {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []event
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return events // a line without its end is still being written
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v in %q", path, err, line)
		}
		events = append(events, e)
	}
}

// waitEvent waits for the nth event (from 1) that fits.
func (p *program) waitEvent(n int, what string, fits func(event) bool) event {
	p.t.Helper()
	for end := time.Now().Add(2 * patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		left := n
		for _, e := range readEvents(p.t, p.events) {
			if fits(e) {
				if left--; left == 0 {
					return e
				}
			}
		}
		select {
		case <-p.done:
			p.t.Fatalf("ended (%v) before %s; it said:\n%s", p.err, what, p.output())
		default:
		}
	}
	p.t.Fatalf("waited in vain for %s; it said:\n%s", what, p.output())
	return nil
}

// waitNamed waits for the first event of that name.
func (p *program) waitNamed(name string) event {
	p.t.Helper()
	return p.waitEvent(1, name, func(e event) bool { return e.is(name) })
}

// runOnce runs cutout in this process, as for commands which end by themselves.
func runOnce(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code = run(ctx, args, &o, &e)
	return code, o.String(), e.String()
}
