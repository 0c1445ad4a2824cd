package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
	"cutout/netvideo/server"
)

// play runs the window with a room of its own behind it.
func play(ctx context.Context, o playOptions, out io.Writer) error {
	a := &app{seat: o.seat, out: out, walls: o.walls, seed: o.seed, friends: max(o.bots, o.friends), demo: o.bots > 0}
	if !o.solo && !door.HasNetwork() {
		fmt.Fprintln(out, "There is no network here, so there is no room: playing solo, without bots.")
		o.solo = true
	}
	if a.solo = o.solo; a.solo {
		a.friends = 0
		return a.run(ctx, func(ctx context.Context, a *app) error {
			a.log.event("solo", nil)
			<-ctx.Done()
			return nil
		})
	}
	return a.run(ctx, func(ctx context.Context, a *app) error {
		host := a.host
		if o.server != "" {
			host = a.hostElsewhere
		}
		if err := host(ctx, o); err != nil && ctx.Err() == nil {
			a.trouble("room", fmt.Errorf("no room for friends: %w", err), "Play on alone, or restart Cutout to try again.")
		}
		<-ctx.Done()
		return nil
	})
}

// trouble puts a line on the screen and into the log, and lets the game go on.
func (a *app) trouble(about string, err error, advice string) {
	a.notices.set(about, err.Error(), advice)
	a.log.event("trouble", map[string]any{"about": about, "error": err.Error()})
}

// host keeps a room until ctx ends: it starts the server, joins, and invites bots.
func (a *app) host(ctx context.Context, o playOptions) error {
	dir, err := os.MkdirTemp("", "cutout-room-")
	if err != nil {
		return fmt.Errorf("make a folder for the room: %w", err)
	}
	defer os.RemoveAll(dir)
	state := filepath.Join(dir, "state.json")
	supervisor, err := server.Supervise(ctx, server.Options{
		Exe:  selfPath(),
		Args: serveArgs(freeListen(o.listen), state, o.mapping),
		News: func(n server.News) { a.tellNews(n) },
	})
	if err != nil {
		return err
	}
	defer supervisor.Close()
	ready := supervisor.State().Ready
	keys, err := door.ReadKeys(state)
	if err != nil {
		return err
	}
	pass, link, err := openRoom(ctx, door.Admin{URL: ready.URL, Keys: keys}, o.name)
	if err != nil {
		return err
	}
	a.tellLink(ready, link)

	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { a.watchServer(ctx, supervisor, link) })
	// Should this machine move to another network, its own way in stays.
	for _, way := range ready.Addresses {
		if way.Reach == door.ThisMachine {
			pass.Doors = append(pass.Doors, way.URL)
		}
	}
	return a.call.join(ctx, room.Options{URL: pass.URL, Doors: pass.Doors, Token: pass.Token}, func(r *room.Room) {
		wg.Go(func() { a.publish(ctx, r) })
		if o.bots > 0 {
			wg.Go(func() { a.runBotsBeside(ctx, o.bots, link) })
		}
	})
}

// selfPath is this program. A packed program is started by a launcher, which says
// where it is.
func selfPath() string {
	if launcher := os.Getenv("CUTOUT_EXE"); launcher != "" {
		return launcher
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// tellLink says how friends come in, when that is news: link, which works on this
// network, by the way that reaches farthest, and how far that is.
func (a *app) tellLink(ready server.Ready, link string) {
	l, err := netvideo.ParseLink(link)
	if err != nil || len(ready.Addresses) == 0 {
		return
	}
	far, near := ready.Addresses[0], door.Address{URL: ready.URL}
	best, here := near.Invite(l.Code), near.Invite(l.Code)
	if far.Reach == door.TheInternet {
		best = far.Invite(l.Code)
	}
	if told := a.link.Swap(&best); told != nil && *told == best {
		return
	}
	reach := string(far.Reach)
	if far.Reach != door.TheInternet {
		reach += " only"
	}
	a.log.event("invite", map[string]any{"link": best, "reach": reach})
	fmt.Fprintf(a.out, "Friends join with: cutout join %s\n  or by opening the link (%s)\n", best, reach)
	if best != here {
		fmt.Fprintf(a.out, "  on this network, if that fails: %s\n", here)
	}
	if ready.Limit != "" {
		fmt.Fprintf(a.out, "  %s.\n  %s.\n", capital(ready.Limit), capital(ready.Advice))
	}
}

// tellNews passes on what the room's server has to say.
func (a *app) tellNews(n server.News) {
	a.log.event("server", map[string]any{"phase": server.Running, "news": n.News})
	fmt.Fprintln(a.out, "note:", n.News)
	if n.Advice != "" {
		fmt.Fprintln(a.out, "hint:", n.Advice)
	}
}

// serveArgs are the server's arguments: afterwards the same ports as at first.
func serveArgs(listen, state, mapping string) func(server.Ready) []string {
	return func(last server.Ready) []string {
		args := []string{"serve", "--json", "--until-eof", "--state", state, "--map", mapping}
		if last.Listen != "" {
			return append(args, "--listen", last.Listen, "--udp", strconv.Itoa(last.UDP), "--tcp", strconv.Itoa(last.TCP))
		}
		return append(args, "--listen", listen)
	}
}

// freeListen is the address that was asked for, or one with a free port when
// somebody has it.
func freeListen(address string) string {
	l, err := net.Listen("tcp", address)
	if err == nil {
		_ = l.Close()
		return address
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil || !errors.Is(err, syscall.EADDRINUSE) {
		return address // the server will say what is wrong with it
	}
	return net.JoinHostPort(host, "0")
}

// openRoom makes a session, a moderator's pass for the one at home, and a link for
// everybody else.
func openRoom(ctx context.Context, admin door.Admin, name string) (door.Pass, string, error) {
	return openRoomIn(ctx, admin, "", name)
}

// openRoomIn is openRoom for a session that has a name, and may be there already.
func openRoomIn(ctx context.Context, admin door.Admin, session, name string) (door.Pass, string, error) {
	ask := door.PassRequest{Session: session, Role: netvideo.Moderator, Who: door.Who{Name: name, Native: true}}
	pass, err := door.Pass{}, netvideo.ErrWrongSession
	if session != "" {
		pass, err = admin.CreatePass(ctx, ask)
	}
	if errors.Is(err, netvideo.ErrWrongSession) {
		made, no := admin.CreateSession(ctx, door.SessionRequest{ID: session, Interaction: door.ManyToMany})
		if no != nil {
			return door.Pass{}, "", no
		}
		ask.Session = made.ID
		pass, err = admin.CreatePass(ctx, ask)
	}
	if err != nil {
		return door.Pass{}, "", err
	}
	invite, err := admin.CreateInvite(ctx, door.InviteRequest{Session: ask.Session, Role: netvideo.Publisher})
	return pass, invite.Link, err
}

// watchServer follows the room's server until ctx ends.
func (a *app) watchServer(ctx context.Context, s *server.Supervisor, link string) {
	for told := 0; ; {
		state := s.State()
		if state.Phase != server.Running || state.PID != told {
			a.tellServer(state)
			told = state.PID
		}
		if state.Phase == server.Running {
			a.tellLink(state.Ready, link)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.Changed():
		}
	}
}

// tellServer says that the room's server is away, or back.
func (a *app) tellServer(state server.State) {
	fields := map[string]any{"phase": state.Phase, "restarts": state.Restarts, "pid": state.PID}
	if state.Err != nil {
		fields["error"] = state.Err.Error()
	}
	a.log.event("server", fields)
	switch state.Phase {
	case server.Running:
		a.notices.set("server", "", "")
	case server.Restarting:
		a.notices.set("server", "The room's server ended and is started again", "Play on: everybody comes back by themselves.")
	case server.Failed:
		a.notices.set("server", "The room's server can not be kept running", "Play on alone, or restart Cutout.")
	}
}

// runBotsBeside runs the bots in a process of their own, so that they take nothing
// from the game but processor time.
func (a *app) runBotsBeside(ctx context.Context, n int, link string) {
	bots := exec.CommandContext(ctx, selfPath(), "bot", strconv.Itoa(n), "--room", link)
	bots.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	bots.Cancel = func() error { return bots.Process.Signal(syscall.SIGTERM) }
	bots.WaitDelay = 3 * time.Second
	last := &lastLine{}
	bots.Stderr = last
	if err := bots.Run(); err != nil && ctx.Err() == nil {
		a.trouble("bots", fmt.Errorf("the bots have gone: %w (%s)", err, last), "Play on without them, or restart Cutout.")
	}
}

// joinLink joins the room of an invite.
func joinLink(ctx context.Context, s seat, link string, out io.Writer) error {
	l, err := parseLink(link)
	if err != nil {
		return err
	}
	pass, err := redeem(ctx, l, door.Who{Name: s.name, Native: true})
	if err != nil {
		return err
	}
	return joinPass(ctx, s, l.String(), room.Options{URL: pass.URL, Doors: pass.Doors, Token: pass.Token}, out)
}

// joinServer joins any LiveKit server by a token.
func joinServer(ctx context.Context, s seat, url, token string, out io.Writer) error {
	return joinPass(ctx, s, "", room.Options{URL: url, Token: token}, out)
}

// joinPass runs the window in a friend's room. What is wrong with the pass is found
// out before a window opens.
func joinPass(ctx context.Context, s seat, link string, o room.Options, out io.Writer) error {
	a := &app{seat: s, out: out}
	if s.shots != "" {
		a.friends = 1
	}
	return a.run(ctx, func(ctx context.Context, a *app) error {
		if link != "" {
			a.link.Store(&link)
		}
		var wg sync.WaitGroup
		defer wg.Wait()
		err := a.call.join(ctx, o, func(r *room.Room) {
			wg.Go(func() { a.publish(ctx, r) })
		})
		if err != nil && ctx.Err() == nil {
			a.window.Quit()
			return adviseJoin(err)
		}
		<-ctx.Done()
		return nil
	})
}

// parseLink reads an invite link from the command line.
func parseLink(link string) (netvideo.Link, error) {
	l, err := netvideo.ParseLink(link)
	if err != nil {
		return l, usage(err, "a link looks like http://192.168.1.20:7880/r/k7m2pq9x4w")
	}
	return l, nil
}

// redeem exchanges an invite for a pass.
func redeem(ctx context.Context, l netvideo.Link, who door.Who) (door.Pass, error) {
	pass, err := door.Redeem(ctx, l, who)
	if err != nil {
		return pass, adviseJoin(err)
	}
	return pass, nil
}

// adviseJoin adds what to do when a room can not be entered.
func adviseJoin(err error) error {
	for _, known := range []struct {
		err    error
		advice string
	}{
		{netvideo.ErrNoSuchInvite, "ask your friend for a new link"},
		{netvideo.ErrRevoked, "ask your friend for a new link"},
		{netvideo.ErrTokenExpired, "ask for a new token, or join by a link"},
		{netvideo.ErrTokenInvalid, "copy the whole token, or join by a link"},
		{netvideo.ErrWrongSession, "the token belongs to another server: check --server"},
		{netvideo.ErrRole, "ask for a token with the role publisher"},
		{netvideo.ErrUnreachable, "is your friend's Cutout still running, and are you on the same network?"},
	} {
		if errors.Is(err, known.err) {
			return hint(err, "%s", known.advice)
		}
	}
	return err
}

// A lastLine keeps the end of what a process said.
type lastLine struct {
	mu  sync.Mutex
	end []byte
}

func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const enough = 400
	l.end = append(l.end, p...)
	if len(l.end) > enough {
		l.end = l.end[len(l.end)-enough:]
	}
	return len(p), nil
}

func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.end)
}
