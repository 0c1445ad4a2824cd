package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
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
	// Stderr takes what the children write there; nil drops it.
	Stderr io.Writer
	// News, when set, takes what a child that runs has to say. It must not block.
	News func(News)
	// ReadyIn is how long a child may take to be ready. 0 means 20 s.
	ReadyIn time.Duration
	// GiveUp is how many children in a row may end young, before they were ready or
	// within two seconds after, until no other is started. 0 means 8.
	GiveUp int
}

// A Ready is the one line of JSON that a server prints to stdout once it accepts joins.
type Ready struct {
	// URL is the door's for this machine and its network; with a domain, for everybody.
	URL string `json:"url"`
	// Session, Tokens and Invite, a link, are there when a sample was asked for.
	Session string                   `json:"session,omitempty"`
	Tokens  map[netvideo.Role]string `json:"tokens,omitempty"`
	Invite  string                   `json:"invite,omitempty"`
	// Moderator is the host's own link, and Invite the friends', where one session is all
	// that the server is for.
	Moderator string `json:"moderator,omitempty"`
	// Listen is the door's TCP address as it came to be, with the port, and UDP the port
	// for media. Asking for both again keeps every link and token good.
	Listen string `json:"listen,omitempty"`
	UDP    int    `json:"udp,omitempty"`
	// TCP is the port for media where UDP does not get through.
	TCP int `json:"tcp,omitempty"`
	// Addresses are all ways to the door, the one that reaches farthest first. Limit says
	// why none reaches the internet, and Advice what to do about it; empty when one does,
	// and when nobody was asked.
	Addresses []door.Address `json:"addresses,omitempty"`
	Limit     string         `json:"limit,omitempty"`
	Advice    string         `json:"advice,omitempty"`
}

// A Phase is what a supervised server is doing.
type Phase string

// The phases there are.
const (
	Running    Phase = "running"
	Restarting Phase = "restarting"
	Failed     Phase = "failed" // given up: State.Err says why
	Closed     Phase = "closed"
)

// A State is a supervised server as it is now.
type State struct {
	Phase    Phase
	Ready    Ready // of the child that is, or was last, ready
	PID      int   // of the child while it runs, else 0
	Restarts int   // how many children were started after the first
	Err      error // why the last child ended, or why there is no other
}

// A Supervisor keeps a server alive in a child process. Its methods may be called from
// any goroutine.
type Supervisor struct {
	o       Options
	cancel  context.CancelFunc
	done    chan struct{}
	changed chan struct{}

	mu    sync.Mutex
	state State
}

const (
	defaultReadyIn = 20 * time.Second
	defaultGiveUp  = 8
	young          = 2 * time.Second
	firstPause     = 100 * time.Millisecond // the first restart after a long life has none
	longestPause   = 2 * time.Second
)

// Supervise starts a child and returns once it is ready; a first child that ends before
// that is an error at once. From then on children that end are replaced, until ctx ends
// or Close is called. The child has its own process group, and its stdin ends with this
// process; on Linux it is killed then, too.
func Supervise(ctx context.Context, o Options) (*Supervisor, error) {
	if o.ReadyIn <= 0 {
		o.ReadyIn = defaultReadyIn
	}
	if o.GiveUp <= 0 {
		o.GiveUp = defaultGiveUp
	}
	if o.Exe == "" {
		exe, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("start the room's server: %w", err)
		}
		o.Exe = exe
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Supervisor{o: o, cancel: cancel, done: make(chan struct{}), changed: make(chan struct{}, 1)}
	first := make(chan error, 1)
	go s.run(ctx, first)
	if err := <-first; err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("start the room's server: %w", err)
	}
	return s, nil
}

// State is a snapshot.
func (s *Supervisor) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Changed receives after the state changed; several changes may come as one.
func (s *Supervisor) Changed() <-chan struct{} { return s.changed }

// Close ends the child, gently at first, and returns when it has ended.
func (s *Supervisor) Close() error {
	s.cancel()
	<-s.done
	return nil
}

func (s *Supervisor) update(f func(*State)) {
	s.mu.Lock()
	f(&s.state)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// run starts children, one after the other. It keeps its thread: on Linux a child's
// death signal is tied to the thread that started it, not to the process.
func (s *Supervisor) run(ctx context.Context, first chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	failures := 0
	for starts := 0; ; starts++ {
		lived, err := s.runChild(ctx, starts, first)
		if ctx.Err() != nil {
			s.update(func(st *State) { st.Phase, st.PID = Closed, 0 })
			return
		}
		if failures++; lived >= young {
			failures = 0
		}
		if starts == 0 && lived == 0 || failures >= s.o.GiveUp {
			s.update(func(st *State) {
				st.Phase, st.PID = Failed, 0
				st.Err = fmt.Errorf("the room's server ended %d times in a row right after its start: %w", failures, err)
			})
			return
		}
		s.update(func(st *State) { st.Phase, st.PID, st.Err = Restarting, 0, err })
		if !sleep(ctx, pause(failures)) {
			s.update(func(st *State) { st.Phase = Closed })
			return
		}
		s.update(func(st *State) { st.Restarts++ })
	}
}

// pause is how long to wait before the next child when the last few failed young.
func pause(failures int) time.Duration {
	if failures <= 1 {
		return 0
	}
	return min(firstPause<<min(failures-2, 10), longestPause)
}

// sleep reports whether it was slept through.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// runChild runs one child to its end, and says how long it was ready: 0 when never. The
// very first one's fate goes to first.
func (s *Supervisor) runChild(ctx context.Context, starts int, first chan<- error) (lived time.Duration, err error) {
	o := s.o
	o.News = s.hear
	c, err := startChild(o, s.State().Ready)
	if err == nil {
		err = s.awaitReady(ctx, c)
	}
	if starts == 0 {
		first <- err
	}
	if err != nil {
		return 0, err
	}
	since := time.Now()
	select {
	case <-ctx.Done():
		c.stop()
	case <-c.ended:
	}
	return max(time.Since(since), 1), c.reason()
}

// hear takes what a child says after it was ready.
func (s *Supervisor) hear(n News) {
	if len(n.Addresses) > 0 {
		s.update(func(st *State) { st.Ready.Addresses = n.Addresses })
	}
	if s.o.News != nil {
		s.o.News(n)
	}
}

// awaitReady returns nil when the child is ready; else it has ended.
func (s *Supervisor) awaitReady(ctx context.Context, c *child) error {
	limit := time.NewTimer(s.o.ReadyIn)
	defer limit.Stop()
	select {
	case r := <-c.out.ready:
		s.update(func(st *State) { st.Phase, st.Ready, st.PID = Running, r, c.cmd.Process.Pid })
		return nil
	case <-c.ended:
		return c.reason()
	case <-limit.C:
		c.stop()
		return fmt.Errorf("it was not ready after %v", s.o.ReadyIn)
	case <-ctx.Done():
		c.stop()
		return errors.New("it was stopped before it was ready")
	}
}
