package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

func tokenCommand() *cobra.Command {
	var f adminFlags
	var role, name, data string
	var expires time.Duration
	var once, asJSON bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make a token: a signed pass into a session",
		Long: `Make a token for one connection to a session. Its role, name and data are signed and
cannot be changed by who holds it.

  subscriber     watches; publishes nothing, and signals through the door only
  publisherOnly  shows a stream and signals; receives nothing
  publisher      watches, shows and signals
  moderator      also kicks, mutes and makes passes for the session

It opens the door until it expires, or once: --once makes a token for one connection,
which may come back when its network broke, and is worth nothing to whoever copies it.
` + adminHelp,
		Example: `  cutout token --session new --role moderator --name Ada
  cutout token --url http://192.168.1.20:7880 --session S --role publisher --name Ada --expires 1h --json
  cutout token --session S --role publisherOnly --name Stage --once
  cutout token revoke ada#k7xm9q2ptw --session S`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := door.PassRequest{Role: netvideo.Role(role), Data: data, Who: door.Who{Name: name}, Once: once}
			var err error
			if r.Expires, err = seconds(expires, "--expires"); err != nil {
				return err
			}
			if !r.Role.Valid() {
				return usage(fmt.Errorf("--role %q is not a role", role), rolesAdvice())
			}
			return makeToken(cmd, f, r, asJSON)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&role, "role", string(netvideo.Publisher), "subscriber, publisherOnly, publisher or moderator")
	cmd.Flags().StringVar(&name, "name", "", "what the others see")
	cmd.Flags().StringVar(&data, "data", "", "anything of your own the others can read, up to 1000 bytes")
	cmd.Flags().DurationVar(&expires, "expires", door.DefaultLife, "how long it opens the door")
	cmd.Flags().BoolVar(&once, "once", false, "for one connection only")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	cmd.AddCommand(tokenRevokeCommand())
	return cmd
}

func rolesAdvice() string { return "the roles are " + netvideo.RoleNames() }

func tokenRevokeCommand() *cobra.Command {
	return asking[map[string]bool]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (map[string]bool, error) {
			return map[string]bool{"revoked": true}, a.RevokePass(ctx, session, args[0])
		},
		say: func(w *lines, _ map[string]bool) { w.printf("The pass is revoked.\n") },
	}.command(&cobra.Command{
		Use:     "revoke IDENTITY",
		Short:   "Revoke a pass, in use or not",
		Long:    "Revoke a pass by the identity that was printed when it was made: it and its siblings open\nthe door no more, and who is in by them is cut off. 'cutout ban lift' takes it back.",
		Example: "  cutout token revoke ada#k7xm9q2ptw --session S",
		Args:    oneArg("pass", "give its identity, as in ada#k7xm9q2ptw"),
	})
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
