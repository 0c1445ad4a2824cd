package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

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
	fs.StringVar(&f.url, "url", "http://127.0.0.1:7880", "the server's `address`")
	fs.StringVar(&f.session, "session", "", "the session's `id`, or new for a new one")
	fs.StringVar(&f.interaction, "interaction", "", "of a new session: one-to-one, one-to-many or many-to-many")
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
		return a, usage(errors.New("--session is missing"), "give the session's id, or --session new")
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

// adminError adds what to do about it.
func adminError(err error) error {
	var no *door.Error
	switch {
	case errors.Is(err, netvideo.ErrUnreachable):
		return hint(err, "is the server running there, and is --url right?")
	case errors.Is(err, netvideo.ErrWrongSession):
		return hint(err, "--session new makes one; a moderator's pass works for its own session only")
	case errors.Is(err, netvideo.ErrTokenInvalid):
		return hint(err, "the key or pass belongs to another server")
	case errors.Is(err, netvideo.ErrTokenExpired), errors.Is(err, netvideo.ErrRevoked):
		return hint(err, "ask for a new moderator's pass, or use the server's key")
	case errors.Is(err, netvideo.ErrNoSuchInvite):
		return hint(err, "'cutout invite list --session ID' shows the codes")
	case errors.As(err, &no) && no.Code == door.CodeBadRequest:
		return usage(err, "see --help")
	}
	return hint(err, "see --help for who may ask for what")
}

func tokenCommand() *cobra.Command {
	var f adminFlags
	var role, name, data string
	var expires time.Duration
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make a token: a signed pass into a session",
		Long: `Make a token for one connection to a session. Its role, name and data are signed and
cannot be changed by who holds it.

  subscriber   watches; publishes nothing, signals included
  publisher    also shows a stream and signals
  moderator    also decides who else may
` + adminHelp,
		Example: `  cutout token --session new --role moderator --name Ada
  cutout token --url http://192.168.1.20:7880 --session S --role publisher --name Ada --expires 1h --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := door.PassRequest{Role: netvideo.Role(role), Data: data, Who: door.Who{Name: name}}
			var err error
			if r.Expires, err = seconds(expires, "--expires"); err != nil {
				return err
			}
			if !r.Role.Valid() {
				return usage(fmt.Errorf("--role %q is not a role", role), "the roles are subscriber, publisher and moderator")
			}
			return makeToken(cmd, f, r, asJSON)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&role, "role", string(netvideo.Publisher), "subscriber, publisher or moderator")
	cmd.Flags().StringVar(&name, "name", "", "what the others see")
	cmd.Flags().StringVar(&data, "data", "", "anything of your own the others can read, up to 1000 bytes")
	cmd.Flags().DurationVar(&expires, "expires", door.DefaultLife, "how long it opens the door")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return cmd
}

func makeToken(cmd *cobra.Command, f adminFlags, r door.PassRequest, asJSON bool) error {
	a, err := f.openSession(cmd.Context())
	if err != nil {
		return err
	}
	r.Session = f.session
	pass, err := a.CreatePass(cmd.Context(), r)
	if err != nil {
		return adminError(err)
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), pass)
	}
	w := &lines{out: cmd.OutOrStdout()}
	w.printf("session  %s\nrole     %s, until %s\ntoken    %s\n\nJoin with: cutout join --server %s --token TOKEN\n",
		pass.Session, pass.Role, pass.Expires.Local().Format(time.DateTime), pass.Token, pass.URL)
	return w.err
}
