package versus

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// Host is what the server's process serves, by net/rpc.
type Host struct {
	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan error
	admin  door.Admin
}

// Start opens the room's server on an address, HOST:PORT, with its state in a file.
func (h *Host) Start(a HostArgs, _ *Nothing) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cancel != nil {
		return errors.New("the server runs already")
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan server.Ready, 1), make(chan error, 1)
	go func() {
		done <- server.Serve(ctx, server.ServeConfig{
			Listen: a.Listen, AnyUDP: true, AnyTCP: true, State: a.State, IPs: a.IPs,
			Ready: func(r server.Ready) { ready <- r },
		})
	}()
	h.cancel, h.done = cancel, done
	select {
	case err := <-done:
		h.cancel = nil
		cancel()
		return fmt.Errorf("start the room's server: %w", err)
	case <-ready:
	}
	keys, err := door.ReadKeys(a.State)
	h.admin = door.Admin{URL: "http://" + a.Listen, Keys: keys}
	return err
}

// HostArgs says where the server is.
type HostArgs struct {
	Listen string
	State  string
	IPs    []netip.Addr
}

// Session makes a session and answers with its name.
func (h *Host) Session(_ Nothing, id *string) error {
	return call(func(ctx context.Context) error {
		s, err := h.admin.CreateSession(ctx, door.SessionRequest{})
		*id = s.ID
		return err
	})
}

// PassArgs says what a pass is for, and by which address its holder reaches the server.
type PassArgs struct {
	Session string
	Role    netvideo.Role
	Listen  string
}

// Pass makes a fresh pass.
func (h *Host) Pass(a PassArgs, p *door.Pass) error {
	return call(func(ctx context.Context) (err error) {
		*p, err = h.admin.CreatePass(ctx, door.PassRequest{Session: a.Session, Role: a.Role, Who: door.Who{Name: string(a.Role)}})
		p.URL = "http://" + a.Listen
		return err
	})
}

// CPU answers with the server's processor time so far.
func (h *Host) CPU(_ Nothing, used *time.Duration) (err error) {
	*used, err = treeCPU(os.Getpid())
	return err
}

func (h *Host) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cancel == nil {
		return nil
	}
	h.cancel()
	return <-h.done
}
