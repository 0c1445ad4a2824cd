package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

func inviteCommand() *cobra.Command {
	cmd := inviteCreateCommand("invite", `Make a link that gives whoever opens it with 'cutout join LINK' a pass of their own.
It may end after a time, after a number of uses, or when you revoke it. Opening it in a
browser uses nothing up.
`)
	cmd.Short = "Make an invite link; list, revoke and replace them"
	cmd.AddCommand(inviteCreateCommand("create", "Make a link, as 'cutout invite' does.\n"),
		inviteListCommand(), inviteRevokeCommand(), inviteReplaceCommand())
	return cmd
}

func inviteCreateCommand(use, long string) *cobra.Command {
	var f adminFlags
	var role, data string
	var expires time.Duration
	var uses int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: "Make an invite link",
		Long:  long + adminHelp,
		Example: `  cutout invite --session new                          # a room, and a link to it
  cutout invite --session S --role subscriber --uses 3 --expires 2h
  cutout invite list --session S
  cutout invite revoke k7xm9q2ptw4z
  cutout invite replace k7xm9q2ptw4z                   # the old link ends, a new one begins`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := door.InviteRequest{Role: netvideo.Role(role), Uses: uses, Data: data}
			var err error
			if r.Expires, err = seconds(expires, "--expires"); err != nil {
				return err
			}
			if role != "" && !r.Role.Valid() {
				return usage(fmt.Errorf("--role %q is not a role", role), rolesAdvice())
			}
			return makeInvite(cmd, f, r, asJSON)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&role, "role", "", "subscriber, publisherOnly, publisher or moderator (default: publisher, in a one-to-many session subscriber)")
	cmd.Flags().StringVar(&data, "data", "", "goes into every pass, up to 1000 bytes")
	cmd.Flags().DurationVar(&expires, "expires", door.DefaultLife, "how long the link is good")
	cmd.Flags().IntVar(&uses, "uses", 0, "how many passes it gives; 0 for any number")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return cmd
}

func makeInvite(cmd *cobra.Command, f adminFlags, r door.InviteRequest, asJSON bool) error {
	a, err := f.openSession(cmd.Context())
	if err != nil {
		return err
	}
	r.Session = f.session
	invite, err := a.CreateInvite(cmd.Context(), r)
	if err != nil {
		return adminError(err)
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), invite)
	}
	w := &lines{out: cmd.OutOrStdout()}
	w.printf("session  %s\nlink     %s\n         %s, %s\n", invite.Session, invite.Link, invite.Role, standing(invite.Invite, time.Now()))
	if strings.Contains(invite.Link, "//127.") || strings.Contains(invite.Link, "//localhost") {
		w.printf("         this machine only: friends need the server's address on your network, see --url\n")
	}
	return w.err
}

// standing says whether and how long an invite is good.
func standing(i door.Invite, now time.Time) string {
	switch {
	case i.Revoked:
		return "revoked"
	case !now.Before(i.Expires):
		return "expired"
	case i.Limited && i.UsesLeft == 0:
		return "used up"
	}
	s := "until " + i.Expires.Local().Format(time.DateTime)
	if i.Limited {
		s += fmt.Sprintf(", %d left", i.UsesLeft)
	}
	return s
}

func inviteListCommand() *cobra.Command {
	return asking[[]door.LinkedInvite]{
		ask: func(ctx context.Context, a door.Admin, session string, _ []string) ([]door.LinkedInvite, error) {
			return a.Invites(ctx, session)
		},
		say: func(w *lines, list []door.LinkedInvite) {
			for _, i := range list {
				w.printf("%s  %-13s %s\n", i.Link, i.Role, standing(i.Invite, time.Now()))
			}
		},
	}.command(&cobra.Command{
		Use:     "list",
		Short:   "List a session's invites, oldest first",
		Long:    "List a session's invites, oldest first; dead ones are shown for a week.",
		Example: "  cutout invite list --session S",
	})
}

func inviteRevokeCommand() *cobra.Command {
	return onInvite("revoke", func(ctx context.Context, a door.Admin, session, code string) (map[string]bool, error) {
		return map[string]bool{"revoked": true}, a.RevokeInvite(ctx, session, code)
	}, func(w *lines, _ map[string]bool) {
		w.printf("The invite is revoked.\n")
	}, "End an invite; passes it gave stay good", "End an invite now. Passes it gave stay good.")
}

func inviteReplaceCommand() *cobra.Command {
	return onInvite("replace", func(ctx context.Context, a door.Admin, session, code string) (door.LinkedInvite, error) {
		return a.ReplaceInvite(ctx, session, code)
	}, func(w *lines, i door.LinkedInvite) {
		w.printf("link     %s\n         %s, %s\n", i.Link, i.Role, standing(i.Invite, time.Now()))
	}, "End an invite and make a new link with the same terms",
		"End an invite and make a new link with the same terms, after a kick for example: who was\nthrown out may still hold the old one.")
}

// onInvite is a command about one invite, named by its code or its link.
func onInvite[T any](verb string, do func(context.Context, door.Admin, string, string) (T, error), say func(*lines, T), short, long string) *cobra.Command {
	return asking[T]{
		anySession: true,
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (T, error) {
			code, err := inviteCode(args[0])
			if err != nil {
				var none T
				return none, err
			}
			return do(ctx, a, session, code)
		},
		say: say,
	}.command(&cobra.Command{
		Use: verb + " CODE|LINK", Short: short, Long: long,
		Example: "  cutout invite " + verb + " k7xm9q2ptw4z",
		Args:    oneArg("invite", "give its code or its link"),
	})
}

// inviteCode reads a code, or the code of a link.
func inviteCode(arg string) (string, error) {
	if !strings.Contains(arg, "/") {
		return arg, nil
	}
	link, err := netvideo.ParseLink(arg)
	if err != nil {
		return "", usage(err, "give the invite's code or its link")
	}
	return link.Code, nil
}
