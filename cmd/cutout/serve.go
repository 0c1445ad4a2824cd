package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// serveFlags is what the command line of serve says.
type serveFlags struct {
	listen, state, log string
	udp                int
	sample, json       bool
	untilEOF           bool
}

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a room server: rooms, invite links and the door in front, no window",
		Long: `Run a room server until Ctrl-C. Friends join its rooms with invite links.

It opens one TCP port, for links and signalling, and one UDP port, for pictures and
sound. What it must not forget (its key, sessions, invites) is in one file that is
whole after every crash; links and tokens stay good when the server is started again.

'cutout play' starts one by itself: you need this only for rooms that outlive a game,
or to try the library. --sample makes a session, a token for each role and an invite,
and answers this machine and its own network only.

The key is made at the first start. LIVEKIT_API_KEY and LIVEKIT_API_SECRET (at least 32
bytes) are used instead when they are set.`,
		Example: `  cutout serve --sample                           # everything to try it with
  cutout serve                                    # then, from another shell:
  cutout invite --session new                     # a room and a link to it
  cutout serve --listen :9000 --udp 9001          # other ports
  cutout serve --sample --json | jq -r .invite    # for scripts: one line, once it is ready`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd, f)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.listen, "listen", server.DefaultListen, "TCP `address` for links and signalling, HOST:PORT; port 0 takes a free one")
	fs.IntVar(&f.udp, "udp", server.DefaultUDP, "UDP `port` for pictures and sound; 0 takes a free one, as does the default when it is taken")
	fs.StringVar(&f.state, "state", "", "the `file` to remember keys, sessions and invites in (default: one per port in your state folder)")
	fs.BoolVar(&f.sample, "sample", false, "make a session, tokens and an invite to try")
	fs.BoolVar(&f.json, "json", false, "print one line of JSON once joins are accepted, and nothing else")
	fs.StringVar(&f.log, "log", "", "let the LiveKit server write to stderr: debug, info, warn or error")
	fs.BoolVar(&f.untilEOF, "until-eof", false, "end when stdin ends")
	_ = fs.MarkHidden("until-eof") // for the supervisor; fails only for an unknown flag
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no argument, but got %q", cmd.CommandPath(), args[0]), "see '"+cmd.CommandPath()+" --help'")
	}
	return nil
}

func serve(cmd *cobra.Command, f serveFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	keys, err := door.KeysFromEnv()
	if err != nil {
		return usage(err, "set both LIVEKIT_API_KEY and LIVEKIT_API_SECRET (32 bytes or more), or neither")
	}
	if f.state == "" {
		f.state = defaultState(f.listen)
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	if f.untilEOF {
		go func() {
			defer cancel()
			_, _ = io.Copy(io.Discard, cmd.InOrStdin()) // its end is the message; so is its failure
		}()
	}
	var printing error
	err = server.Serve(ctx, server.ServeConfig{
		Listen: f.listen, UDP: f.udp, AnyUDP: !cmd.Flags().Changed("udp"), State: f.state, Keys: keys,
		Sample: f.sample, LogLevel: f.log,
		Ready: func(r server.Ready) {
			if printing = printReady(cmd.OutOrStdout(), r, f.json); printing != nil {
				cancel()
			}
		},
	})
	if err != nil {
		return serveError(err, f)
	}
	return printing
}

func (f serveFlags) check() error {
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return usage(fmt.Errorf("--listen %q is not HOST:PORT", f.listen), "for example --listen :7880 or --listen 127.0.0.1:7880")
	}
	if f.udp < 0 || f.udp > 65535 {
		return usage(fmt.Errorf("--udp %d is not a port", f.udp), "ports go from 1 to 65535; 0 takes a free one")
	}
	switch f.log {
	case "", "debug", "info", "warn", "error":
		return nil
	}
	return usage(fmt.Errorf("--log %q is not a level", f.log), "the levels are debug, info, warn and error")
}

// serveError adds what to do about it.
func serveError(err error, f serveFlags) error {
	switch {
	case errors.Is(err, server.ErrPortTaken):
		return hint(err, "is another room server running? Choose other ports with --listen HOST:PORT and --udp PORT")
	case errors.Is(err, door.ErrStateInUse):
		return hint(err, "end the other server, or give this one a file of its own with --state FILE")
	case errors.Is(err, server.ErrSampleOutside):
		return hint(err, "use --listen 127.0.0.1:7880, or leave out --sample and make tokens with 'cutout token'")
	case errors.Is(err, os.ErrPermission):
		return hint(err, "ports below 1024 need more rights; a file can be chosen with --state FILE (now %s)", f.state)
	}
	return hint(err, "see 'cutout serve --help', and --log info for what the server says")
}

// defaultState is the state file of the server on this address; none when the port is
// to be chosen, or there is no home: such a server is for once.
func defaultState(listen string) string {
	_, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return ""
	}
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "cutout", "server-"+port+".json")
}

func printReady(out io.Writer, r server.Ready, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	w := &lines{out: out}
	w.printf("The room server is ready.\n\n")
	for _, a := range r.Addresses {
		w.printf("  %-32s %s\n", a.URL, a.Reach)
	}
	if r.Session == "" {
		w.printf("\nMake a room and a link to it: cutout invite --session new\nCtrl-C ends the server.\n")
		return w.err
	}
	w.printf("\nsession     %s\ninvite      %s   (%s)\n", r.Session, r.Invite, r.Addresses[0].Reach)
	for _, role := range []netvideo.Role{netvideo.Subscriber, netvideo.Publisher, netvideo.Moderator} {
		w.printf("%-11s %s\n", role, r.Tokens[role])
	}
	w.printf("\nJoin with: cutout join %s\nCtrl-C ends the server.\n", r.Invite)
	return w.err
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	return nil
}

// lines prints until the first error and keeps that.
type lines struct {
	out io.Writer
	err error
}

func (l *lines) printf(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.out, format, args...)
	}
}

// seconds is a flag's duration as the door takes it.
func seconds(d time.Duration, flag string) (int64, error) {
	if d < time.Second || d > door.MaxLife {
		return 0, usage(fmt.Errorf("%s %v is out of range", flag, d), fmt.Sprintf("from 1s to %dh", int(door.MaxLife.Hours())))
	}
	return int64(d / time.Second), nil
}
