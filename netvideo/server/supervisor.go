package server

import (
	"context"
	"io"
	"time"
)

// Options say what Supervise starts.
type Options struct {
	// Exe is the program; empty means the one that is running.
	Exe string
	// Args are its arguments, asked for before every start: last is what the child said
	// that was ready last, so that the next one takes the same ports; zero at first.
	Args func(last Ready) []string
	// Env is added to this process's environment.
	Env []string
	// Stderr takes what the children say there; nil drops it. The last line is kept for
	// errors in any case.
	Stderr io.Writer
	// ReadyIn is how long a child may take to be ready. 0 means 20 s.
	ReadyIn time.Duration
	// GiveUp is how many children in a row may end young, before they were ready or
	// within two seconds after, until no other is started. 0 means 8.
	GiveUp int
}

// A Ready is the one line of JSON that a child prints to stdout once it serves.
type Ready struct {
	// URL is the door's, for clients on this machine and, when it can be, on this network.
	URL string `json:"url"`
	// Listen is the door's TCP address as it was opened, with the port; UDP is the port
	// for media. Asking for both again gives the same links after a restart.
	Listen string `json:"listen,omitempty"`
	UDP    int    `json:"udp,omitempty"`
	// Links to the door, the nearest reach last, without an invite.
	Addresses []Address `json:"addresses,omitempty"`
	// Session, Tokens and Invite are there when a sample was asked for.
	Session string            `json:"session,omitempty"`
	Tokens  map[string]string `json:"tokens,omitempty"`
	Invite  string            `json:"invite,omitempty"`
}

// An Address is a way to the door and how far it reaches.
type Address struct {
	URL   string `json:"url"`
	Reach string `json:"reach"` // "this machine", "this network"
}

// A Phase is what a supervised server is doing.
type Phase string

// The phases there are.
const (
	Running    Phase = "running"
	Restarting Phase = "restarting"
	Failed     Phase = "failed" // gave up: State.Err says why
	Closed     Phase = "closed"
)

// A State is a supervised server as it is now.
type State struct {
	Phase    Phase
	Ready    Ready // of the child that is, or was last, ready
	PID      int   // of the running child, else 0
	Restarts int   // how often a child was started after the first
	Err      error // why the last child ended, or why no other is started
}

// A Supervisor keeps a server alive in a child process. Its methods may be called from
// any goroutine.
type Supervisor struct{}

// Supervise starts a child and returns once it is ready; a first child that ends
// before is an error at once, with the last line it wrote to stderr. From then on
// children that end are replaced until ctx ends or Close is called. On Linux the child
// dies with this process, however that ends.
func Supervise(ctx context.Context, o Options) (*Supervisor, error) { return nil, nil }

// State is a snapshot.
func (s *Supervisor) State() State { return State{} }

// Changed gets a value after the state changed; several changes may be one value.
func (s *Supervisor) Changed() <-chan struct{} { return nil }

// Close ends the child, gently at first, and returns when it has ended.
func (s *Supervisor) Close() error { return nil }
