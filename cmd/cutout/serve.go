package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// serveFlags is what the command line of serve says.
type serveFlags struct {
	listen, state, log string
	udp, tcp, turn     int
	mapping, stun      string
	external           string
	certificate        server.Certificate
	redis              string
	sample, json       bool
	untilEOF           bool
}

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a room server: rooms, invite links and the door in front, no window",
		Long: `Run a room server until Ctrl-C. Friends join its rooms with invite links.

It opens a TCP port, for links and signalling, a UDP port, for pictures and sound, and
a second TCP port, for pictures and sound where UDP does not get through. It asks the
router to open them too, and says how far its links reach. What it must not forget (its key, sessions, invites) is in one file that is
whole after every crash; links and tokens stay good when the server is started again.

'cutout play' starts one by itself: you need this only for rooms that outlive a game,
or to try the library. --sample makes a session, a token for each role and an invite,
and answers this machine and its own network only.

On a public machine --domain NAME gets a certificate for that name (from Let's Encrypt,
whose terms you accept by it), serves everything on port 443, relays for friends whose
network lets nothing else through (TURN), and prints a link with a moderator's rights:
the host joins by it like anyone. Let TCP 443 and 7881 and UDP 7882 and 3478 in.

With --redis several servers share their sessions, invites, bans and rooms.

The key is made at the first start. LIVEKIT_API_KEY and LIVEKIT_API_SECRET (at least 32
bytes) are used instead when they are set.`,
		Example: `  cutout serve --sample                           # everything to try it with
  cutout serve                                    # then, from another shell:
  cutout invite --session new                     # a room and a link to it
  cutout serve --listen :9000 --udp 9001          # other ports
  cutout serve --domain play.example.org          # on a machine on the internet
  cutout serve --tls-cert cert.pem --tls-key key.pem
  cutout serve --redis 10.0.0.5:6379              # one of several
  cutout serve --sample --json | jq -r .invite    # for scripts: one line, once it is ready`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd, f)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.listen, "listen", server.DefaultListen, "TCP `address` for links and signalling, HOST:PORT; port 0 takes a free one")
	fs.IntVar(&f.udp, "udp", server.DefaultUDP, "UDP `port` for pictures and sound; 0 takes a free one, as does the default when it is taken")
	fs.IntVar(&f.tcp, "tcp", server.DefaultTCP, "TCP `port` for pictures and sound where UDP does not get through; 0 takes a free one, as does the default when it is taken")
	fs.StringVar(&f.mapping, "map", "auto", "ask the router to open the ports: auto or off")
	fs.StringVar(&f.stun, "stun", "", "ask the STUN server at `HOST:PORT` whether the internet sees the router's address")
	fs.StringVar(&f.external, "external", "", "this machine's IPv4 `ADDRESS` on the internet, where none of its interfaces has it")
	fs.StringVar(&f.certificate.Cert, "tls-cert", "", "speak HTTPS with the certificate in this PEM `file`, read again when it changes")
	fs.StringVar(&f.certificate.Key, "tls-key", "", "the certificate's key, a PEM `file`")
	fs.StringVar(&f.certificate.Domain, "domain", "", "speak HTTPS with a certificate that is got for this `NAME`; listens on :443 unless told otherwise")
	fs.StringVar(&f.certificate.Directory, "acme", "", "get it from the ACME server with this directory `URL` (default: Let's Encrypt)")
	fs.IntVar(&f.turn, "turn-udp", server.DefaultTURN, "with --domain, UDP `port` for TURN; 0 opens none")
	fs.StringVar(&f.redis, "redis", "", "share everything with the servers that use the Redis at `HOST:PORT`; its password is REDIS_PASSWORD")
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
	if f.certificate.Domain != "" && !cmd.Flags().Changed("listen") {
		f.listen = ":443"
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
	out := &serverVoice{out: cmd.OutOrStdout(), news: cmd.ErrOrStderr(), json: f.json}
	cfg := f.config(cmd, keys)
	cfg.Ready, cfg.News = out.ready, out.tell
	for {
		if err = server.Serve(ctx, cfg); !errors.Is(err, server.ErrMoved) {
			break
		}
		if f.untilEOF {
			return err // who supervises starts a fresh process
		}
		out.tell(server.News{News: err.Error() + "; starting again with it"})
	}
	if err != nil {
		return serveError(err, f)
	}
	return out.err
}

// config is what the flags ask of the server.
func (f serveFlags) config(cmd *cobra.Command, keys door.Keys) server.ServeConfig {
	c := f.certificate
	if c.Domain != "" && f.state != "" {
		c.Cache = filepath.Join(filepath.Dir(f.state), "certificates")
	}
	external, _ := netip.ParseAddr(f.external) // checked
	return server.ServeConfig{
		Listen: f.listen, State: f.state, Keys: keys, Sample: f.sample, LogLevel: f.log,
		UDP: f.udp, AnyUDP: !cmd.Flags().Changed("udp"), TCP: f.tcp, AnyTCP: !cmd.Flags().Changed("tcp"),
		Map: f.mapping == "auto" && !f.certificate.Some() && f.redis == "", STUN: f.stun, External: external,
		Certificate: c, TURN: f.turn, Host: c.Domain != "",
		Redis: server.Redis{Address: f.redis, Password: os.Getenv("REDIS_PASSWORD")},
	}
}

// A serverVoice prints what a server says: to be read by people, or by programs.
type serverVoice struct {
	out, news io.Writer
	json      bool
	err       error // of the ready line
}

func (v *serverVoice) ready(r server.Ready) { v.err = printReady(v.out, r, v.json) }

func (v *serverVoice) tell(n server.News) {
	if v.json {
		_ = printJSON(v.out, n) // nobody listens any more: the server goes on
		return
	}
	fmt.Fprintln(v.news, "note:", n.News)
	for _, a := range n.Addresses {
		fmt.Fprintf(v.news, "  %-32s %s\n", a.URL, a.Reach)
	}
	if n.Advice != "" {
		fmt.Fprintln(v.news, "hint:", n.Advice)
	}
}

func (f serveFlags) check() error {
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return usage(fmt.Errorf("--listen %q is not HOST:PORT", f.listen), "for example --listen :7880 or --listen 127.0.0.1:7880")
	}
	if f.udp < 0 || f.udp > 65535 {
		return usage(fmt.Errorf("--udp %d is not a port", f.udp), "ports go from 1 to 65535; 0 takes a free one")
	}
	if err := f.checkReach(); err != nil {
		return err
	}
	switch f.log {
	case "", "debug", "info", "warn", "error":
		return nil
	}
	return usage(fmt.Errorf("--log %q is not a level", f.log), "the levels are debug, info, warn and error")
}

func (f serveFlags) checkReach() error {
	for name, port := range map[string]int{"--tcp": f.tcp, "--turn-udp": f.turn} {
		if port < 0 || port > 65535 {
			return usage(fmt.Errorf("%s %d is not a port", name, port), "ports go from 1 to 65535; 0 takes a free one, or none for --turn-udp")
		}
	}
	if f.mapping != "auto" && f.mapping != "off" {
		return usage(fmt.Errorf("--map %q is neither auto nor off", f.mapping), "auto asks the router to open the ports, off leaves it alone")
	}
	if a, err := netip.ParseAddr(f.external); f.external != "" && (err != nil || !a.Is4()) {
		return usage(fmt.Errorf("--external %q is not an IPv4 address", f.external), "for example --external 203.0.113.7")
	}
	for name, address := range map[string]string{"--stun": f.stun, "--redis": f.redis} {
		if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
			return usage(fmt.Errorf("%s %q is not HOST:PORT", name, address), "see 'cutout serve --help'")
		}
	}
	c := f.certificate
	switch {
	case (c.Cert == "") != (c.Key == ""):
		return usage(errors.New("--tls-cert and --tls-key belong together"), "give both files")
	case c.Cert != "" && c.Domain != "":
		return usage(errors.New("--domain gets a certificate of its own"), "leave --tls-cert and --tls-key out, or --domain")
	case c.Directory != "" && c.Domain == "":
		return usage(errors.New("--acme needs a --domain"), "cutout serve --domain NAME")
	case c.Domain != "" && (net.ParseIP(c.Domain) != nil || !strings.Contains(c.Domain, ".") || strings.ContainsAny(c.Domain, "/: ")):
		return usage(fmt.Errorf("--domain %q is not a name", c.Domain), "a name that leads to this machine, for example play.example.org")
	}
	return nil
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
	case errors.Is(err, server.ErrRedis):
		return hint(err, "is a Redis running there, and does it let this machine in?")
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
	if r.Limit != "" {
		w.printf("\n%s.\n%s.\n", capital(r.Limit), capital(r.Advice))
	}
	if r.Moderator != "" {
		w.printf("\nfor you     %s   (a moderator's rights: keep it)\nfor friends %s\n\nJoin with: cutout join LINK\nCtrl-C ends the server.\n", r.Moderator, r.Invite)
		return w.err
	}
	if r.Session == "" {
		w.printf("\nMake a room and a link to it: cutout invite --session new\nCtrl-C ends the server.\n")
		return w.err
	}
	w.printf("\nsession       %s\ninvite        %s   (%s)\n", r.Session, r.Invite, r.Addresses[0].Reach)
	for _, role := range netvideo.Roles() {
		w.printf("%-13s %s\n", role, r.Tokens[role])
	}
	w.printf("\nJoin with: cutout join %s\nCtrl-C ends the server.\n", r.Invite)
	return w.err
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
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
