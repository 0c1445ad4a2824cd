package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

func inviteCommand() *cobra.Command {
	var f adminFlags
	var role, data string
	var expires time.Duration
	var uses int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "invite",
		Short: "Make an invite link; list and revoke them",
		Long: `Make a link that gives whoever opens it with 'cutout join LINK' a pass of their own.
It may end after a time, after a number of uses, or when you revoke it. Opening it in a
browser uses nothing up.
` + adminHelp,
		Example: `  cutout invite --session new                          # a room, and a link to it
  cutout invite --session S --role subscriber --uses 3 --expires 2h
  cutout invite list --session S
  cutout invite revoke k7xm9q2ptw4z`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := door.InviteRequest{Role: netvideo.Role(role), Uses: uses, Data: data}
			var err error
			if r.Expires, err = seconds(expires, "--expires"); err != nil {
				return err
			}
			if role != "" && !r.Role.Valid() {
				return usage(fmt.Errorf("--role %q is not a role", role), "the roles are subscriber, publisher and moderator")
			}
			return makeInvite(cmd, f, r, asJSON)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&role, "role", "", "subscriber, publisher or moderator (default: publisher, in a one-to-many session subscriber)")
	cmd.Flags().StringVar(&data, "data", "", "goes into every pass, up to 1000 bytes")
	cmd.Flags().DurationVar(&expires, "expires", door.DefaultLife, "how long the link is good")
	cmd.Flags().IntVar(&uses, "uses", 0, "how many passes it gives; 0 for any number")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	cmd.AddCommand(inviteListCommand(), inviteRevokeCommand())
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
	var f adminFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List a session's invites, oldest first",
		Long:    "List a session's invites, oldest first; dead ones are shown for a week.\n" + adminHelp,
		Example: "  cutout invite list --session S",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := f.admin()
			if err != nil {
				return err
			}
			list, err := a.Invites(cmd.Context(), f.session)
			if err != nil {
				return adminError(err)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			w := &lines{out: cmd.OutOrStdout()}
			for _, i := range list {
				w.printf("%s  %-10s %s\n", i.Link, i.Role, standing(i.Invite, time.Now()))
			}
			return w.err
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return cmd
}

func inviteRevokeCommand() *cobra.Command {
	var f adminFlags
	cmd := &cobra.Command{
		Use:   "revoke CODE|LINK",
		Short: "End an invite; passes it gave stay good",
		Long: `End an invite now. Passes it gave stay good. A moderator's pass needs --session too.
` + adminHelp,
		Example: "  cutout invite revoke k7xm9q2ptw4z\n  cutout invite revoke http://192.168.1.20:7880/r/k7xm9q2ptw4z",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(fmt.Errorf("%s needs one invite", cmd.CommandPath()), "give its code or its link")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			code := args[0]
			if strings.Contains(code, "/") {
				link, err := netvideo.ParseLink(code)
				if err != nil {
					return usage(err, "give the invite's code or its link")
				}
				code = link.Code
				if !cmd.Flags().Changed("url") {
					f.url = link.Base
				}
			}
			a, err := f.admin()
			if err != nil {
				return err
			}
			if err := a.RevokeInvite(cmd.Context(), f.session, code); err != nil {
				return adminError(err)
			}
			w := &lines{out: cmd.OutOrStdout()}
			w.printf("The invite is revoked.\n")
			return w.err
		},
	}
	f.add(cmd.Flags())
	return cmd
}
