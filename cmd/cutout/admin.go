package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// adminFlags say which server, which session, and by what right.
type adminFlags struct {
	url, session, interaction string
	state, pass               string
}

// newSession is the --session that asks for one.
const newSession = "new"

func (f *adminFlags) add(fs *pflag.FlagSet) {
	f.addServer(fs)
	fs.StringVar(&f.session, "session", "", "the session's `id`, or new for a new one (default: the pass's own)")
	fs.StringVar(&f.interaction, "interaction", "", "of a new session: one-to-one, one-to-many or many-to-many")
}

// addServer adds the flags that say which server, and by what right.
func (f *adminFlags) addServer(fs *pflag.FlagSet) {
	fs.StringVar(&f.url, "url", "http://127.0.0.1:7880", "the server's `address`")
	fs.StringVar(&f.state, "state", "", "read the key from the server's state `file` (default: the one of a server on this machine)")
	fs.StringVar(&f.pass, "pass", "", "a moderator's `token` instead of the key; better in the environment as CUTOUT_PASS")
}

const adminHelp = `
You show the door that you may ask for this in one of these ways, looked for in this
order: --pass or CUTOUT_PASS (a moderator's token), LIVEKIT_API_KEY and
LIVEKIT_API_SECRET, the state file of a server on this machine.`

// admin finds out by what right we ask.
func (f *adminFlags) admin() (door.Admin, error) {
	u, err := url.Parse(f.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return door.Admin{}, usage(fmt.Errorf("--url %q is not a server's address", f.url), "it looks like http://192.168.1.20:7880")
	}
	a := door.Admin{URL: f.url, Pass: f.pass}
	if a.Pass == "" {
		a.Pass = os.Getenv("CUTOUT_PASS")
	}
	if a.Pass != "" {
		return a, nil
	}
	if a.Keys, err = door.KeysFromEnv(); err != nil {
		return door.Admin{}, usage(err, "set both LIVEKIT_API_KEY and LIVEKIT_API_SECRET (32 bytes or more), or neither")
	}
	if a.Keys != (door.Keys{}) {
		return a, nil
	}
	state := f.state
	if state == "" {
		state = defaultState(u.Host)
	}
	if a.Keys, err = door.ReadKeys(state); err != nil {
		return door.Admin{}, hint(fmt.Errorf("there is no key and no pass: %w", err),
			"run this where the server runs, or set LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or CUTOUT_PASS to a moderator's token")
	}
	return a, nil
}

// openSession finds out by what right we ask, and makes the session when a new one is
// asked for.
func (f *adminFlags) openSession(ctx context.Context) (door.Admin, error) {
	a, err := f.admin()
	switch {
	case err != nil:
		return a, err
	case f.session == "":
		return a, f.ownSession(ctx, a)
	case f.session != newSession && f.interaction != "":
		return a, usage(errors.New("--interaction is chosen when a session is made"), "use it with --session new")
	case f.session != newSession:
		return a, nil
	}
	s, err := a.CreateSession(ctx, door.SessionRequest{Interaction: door.Interaction(f.interaction)})
	if err != nil {
		return a, adminError(err)
	}
	f.session = s.ID
	return a, nil
}

// ownSession fills in the session of the pass we ask with.
func (f *adminFlags) ownSession(ctx context.Context, a door.Admin) error {
	if a.Pass == "" {
		return usage(errors.New("--session is missing"), "'cutout session list' shows them")
	}
	c, err := door.CheckPass(ctx, a.URL, a.Pass)
	if err != nil {
		return adminError(err)
	}
	f.session = c.Session
	return nil
}

// An asking is a command that asks a door for something and prints the answer.
type asking[T any] struct {
	// sessionless commands have no --session; anySession ones need none with the key.
	sessionless, anySession bool
	ask                     func(ctx context.Context, a door.Admin, session string, args []string) (T, error)
	say                     func(w *lines, answer T)
}

// command makes the asking cmd's, with the flags that all such commands have.
func (q asking[T]) command(cmd *cobra.Command) *cobra.Command {
	var f adminFlags
	var asJSON bool
	cmd.Long += "\n" + adminHelp
	if cmd.Args == nil {
		cmd.Args = noArgs
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if link, err := netvideo.ParseLink(strings.Join(args, "")); err == nil && !cmd.Flags().Changed("url") {
			f.url = link.Base
		}
		a, err := f.admin()
		if err == nil && !q.sessionless && f.session == "" && (!q.anySession || a.Pass != "") {
			err = f.ownSession(cmd.Context(), a)
		}
		if err != nil {
			return err
		}
		answer, err := q.ask(cmd.Context(), a, f.session, args)
		if err != nil {
			return adminError(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), answer)
		}
		w := &lines{out: cmd.OutOrStdout()}
		q.say(w, answer)
		return w.err
	}
	f.addServer(cmd.Flags())
	if !q.sessionless {
		cmd.Flags().StringVar(&f.session, "session", "", "the session's `id` (default: the pass's own)")
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return cmd
}

// oneArg wants exactly one argument, called what.
func oneArg(what, advice string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("%s needs one %s", cmd.CommandPath(), what), advice)
		}
		return nil
	}
}

// adminError adds what to do about it.
func adminError(err error) error {
	var no *door.Error
	var said *hintError
	switch {
	case errors.As(err, &said):
		return err
	case errors.Is(err, netvideo.ErrUnreachable):
		return hint(err, "is the server running there, and is --url right?")
	case errors.Is(err, netvideo.ErrWrongSession):
		return hint(err, "'cutout session create' makes one; a moderator's pass works for its own session only")
	case errors.Is(err, netvideo.ErrTokenInvalid):
		return hint(err, "the key or pass belongs to another server")
	case errors.Is(err, netvideo.ErrTokenExpired), errors.Is(err, netvideo.ErrRevoked):
		return hint(err, "ask for a new moderator's pass, or use the server's key")
	case errors.Is(err, netvideo.ErrNoSuchInvite):
		return hint(err, "'cutout invite list --session ID' shows the codes")
	case errors.Is(err, netvideo.ErrNoSuchConnection):
		return hint(err, "'cutout connections' shows who is there")
	case errors.Is(err, netvideo.ErrNoSuchStream):
		return hint(err, "'cutout streams' shows what there is")
	case errors.As(err, &no) && no.Code == door.CodeBadRequest:
		return usage(err, "see --help")
	case errors.As(err, &no) && no.Hint != "":
		return hint(err, "%s", no.Hint)
	}
	return hint(err, "see --help for who may ask for what")
}
