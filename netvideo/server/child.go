package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// A child is one process of a supervised server.
type child struct {
	cmd   *exec.Cmd
	out   *readyLineWriter
	err   *lastLines
	ended chan struct{}
	exit  error // once ended is closed
}

const (
	gentle       = 5 * time.Second // from asking a child to end to ending it
	maxReadyLine = 64 << 10
	maxErrLine   = 1 << 10
)

// startChild starts a process; it must be called from the thread that outlives it.
func startChild(o Options, last Ready) (*child, error) {
	c := &child{
		cmd:   exec.Command(o.Exe, o.Args(last)...),
		out:   &readyLineWriter{ready: make(chan Ready, 1), news: o.News},
		err:   &lastLines{next: o.Stderr},
		ended: make(chan struct{}),
	}
	c.cmd.Env = append(os.Environ(), o.Env...)
	c.cmd.Stdout, c.cmd.Stderr = c.out, c.err
	c.cmd.WaitDelay = time.Second // for pipes that a grandchild might hold
	c.cmd.SysProcAttr = ownGroup()
	// Never written to: it ends with this process, and that is the message.
	if _, err := c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("connect the server's stdin: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.exit = c.cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// stop ends the process and returns when it has ended.
func (c *child) stop() {
	askToEnd(c.cmd.Process)
	limit := time.NewTimer(gentle)
	defer limit.Stop()
	select {
	case <-c.ended:
	case <-limit.C:
		kill(c.cmd.Process)
		<-c.ended
	}
}

// reason says why the process ended, in its own last words if there are any.
func (c *child) reason() error {
	<-c.ended
	how := "it ended by itself"
	if c.exit != nil {
		how = "it ended: " + c.exit.Error()
	}
	if words := c.err.last(); words != "" {
		return fmt.Errorf("%s (%s)", words, how)
	}
	return errors.New(how)
}

// A readyLineWriter finds the first line, which is a Ready; those after it are News.
type readyLineWriter struct {
	ready chan Ready
	news  func(News)
	line  []byte
	done  bool // with the first line
}

func (w *readyLineWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		head, tail, whole := bytes.Cut(rest, []byte("\n"))
		rest = tail
		if len(w.line) <= maxReadyLine {
			w.line = append(w.line, head...)
		}
		if whole || !w.done && len(w.line) > maxReadyLine {
			w.take()
		}
	}
	return len(p), nil
}

// take reads the line that is complete.
func (w *readyLineWriter) take() {
	line, first := w.line, !w.done
	w.line, w.done = nil, true
	if first {
		if r, err := parseReady(line); err == nil {
			w.ready <- r
		}
		return
	}
	var n News
	if w.news != nil && len(line) <= maxReadyLine && json.Unmarshal(line, &n) == nil && n.News != "" {
		w.news(n)
	}
}

func parseReady(line []byte) (Ready, error) {
	var r Ready
	if err := json.Unmarshal(line, &r); err != nil {
		return Ready{}, fmt.Errorf("read the server's ready line: %w", err)
	}
	if r.URL == "" {
		return Ready{}, errors.New("read the server's ready line: it has no url")
	}
	return r, nil
}

// lastLines passes on what is written and keeps the last line that is not advice.
type lastLines struct {
	next io.Writer

	mu      sync.Mutex
	current []byte
	kept    string
}

func (w *lastLines) Write(p []byte) (int, error) {
	if w.next != nil {
		_, _ = w.next.Write(p) // a broken log must not break the server
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range p {
		if b == '\n' {
			w.keep()
			w.current = w.current[:0]
		} else if len(w.current) < maxErrLine {
			w.current = append(w.current, b)
		}
	}
	return len(p), nil
}

func (w *lastLines) keep() {
	line := strings.TrimSpace(string(w.current))
	if line != "" && !strings.HasPrefix(line, "hint:") {
		w.kept = strings.TrimPrefix(line, "cutout: ")
	}
}

func (w *lastLines) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept
}
