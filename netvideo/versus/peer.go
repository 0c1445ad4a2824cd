package versus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"time"
)

// A Kind is what a child process is.
type Kind string

// The kinds there are.
const (
	Us       Kind = "us"       // a client: netvideo/room
	Chromium Kind = "chromium" // a client: Chromium with livekit-client
	Server   Kind = "server"   // the room's server
)

// Env names the environment variable that tells a child its Kind; DirEnv names the one
// with a directory of its own.
const (
	Env    = "CUTOUT_VERSUS"
	DirEnv = "CUTOUT_VERSUS_DIR"
)

// callTime bounds what a client may take for one call; the longest is a join.
const callTime = 30 * time.Second

// A JoinArgs says where to join, and what as.
type JoinArgs struct {
	URL, Token string
	// Publish shows the clip; else what somebody else shows is received.
	Publish bool
	// Kbps is the most the pictures take together, and Layers how many sizes they have,
	// the largest 640x480, each half as wide as the one before; 1 or 2.
	Kbps, Layers int
}

// A Measurement says what is done with pictures that arrive. The zero value is nothing
// but receiving and decoding them.
type Measurement struct {
	// Arrivals notes each picture and reads its time code; each Compare-th is compared
	// with the clip, none when 0.
	Arrivals bool
	Compare  int
	// Show draws them, where the client can.
	Show bool
}

// Stats is what a client says of itself, by names of webrtc-stats where there is one.
type Stats map[string]float64

// A client is one end of the comparison.
type client interface {
	// join returns when it began, once the room is joined.
	join(ctx context.Context, a JoinArgs) (begun time.Time, err error)
	leave(ctx context.Context) error
	measure(ctx context.Context, m Measurement) error
	// take returns the arrivals since the last time, in order.
	take() []Arrival
	// cpu is the processor time so far of all that the client consists of.
	cpu() (time.Duration, error)
	stats(ctx context.Context) (Stats, error)
	close() error
}

// Nothing is an argument or answer without content.
type Nothing struct{}

// Peer is what a client's process serves, by net/rpc.
type Peer struct{ c client }

func call(f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	return f(ctx)
}

// Join joins a room and answers when that began.
func (p *Peer) Join(a JoinArgs, begun *time.Time) error {
	return call(func(ctx context.Context) (err error) { *begun, err = p.c.join(ctx, a); return err })
}

// Leave leaves it.
func (p *Peer) Leave(Nothing, *Nothing) error { return call(p.c.leave) }

// Measure says what is done with pictures from now on.
func (p *Peer) Measure(m Measurement, _ *Nothing) error {
	return call(func(ctx context.Context) error { return p.c.measure(ctx, m) })
}

// Take answers with the arrivals since the last time.
func (p *Peer) Take(_ Nothing, all *[]Arrival) error { *all = p.c.take(); return nil }

// CPU answers with the client's processor time so far.
func (p *Peer) CPU(_ Nothing, used *time.Duration) (err error) { *used, err = p.c.cpu(); return err }

// Stats answers with what the client says of itself.
func (p *Peer) Stats(_ Nothing, s *Stats) error {
	return call(func(ctx context.Context) (err error) { *s, err = p.c.stats(ctx); return err })
}

// pipe is both ways to the parent.
type pipe struct {
	io.Reader
	io.Writer
}

func (pipe) Close() error { return nil }

// Serve is what a child process does until its parent closes in: it answers calls.
// dir is a directory that it may fill.
func Serve(kind Kind, dir string, in io.Reader, out io.Writer) error {
	s := rpc.NewServer()
	var end func() error
	switch kind {
	case Us, Chromium:
		c, err := newClient(kind, dir)
		if err != nil {
			return err
		}
		end = c.close
		if err := s.Register(&Peer{c}); err != nil {
			return errors.Join(err, end())
		}
	case Server:
		h := new(Host)
		end = h.close
		if err := s.Register(h); err != nil {
			return err
		}
	default:
		return fmt.Errorf("no kind of child is called %q", kind)
	}
	s.ServeConn(pipe{in, out})
	return end()
}

func newClient(kind Kind, dir string) (client, error) {
	if kind == Us {
		return newUs(), nil
	}
	return newChromium(dir)
}
