package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo/door"
)

// roomCommands are for a room's server, from a shell.
func roomCommands() []*cobra.Command {
	return []*cobra.Command{
		sessionCommand(), connectionsCommand(), streamsCommand(), kickCommand(), unpublishCommand(),
		muteCommand(), unmuteCommand(), handoverCommand(), banCommand(), auditCommand(),
	}
}

func sessionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Make, list and end sessions: the rooms of a server",
		Long: `A session is a room that stays until you end it. Its interaction says who shows to whom:

  many-to-many   everybody shows
  one-to-many    one connection shows at a time; invites let guests watch
  one-to-one     two people, and no third`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sessionCreateCommand(), sessionListCommand(), sessionEndCommand())
	return cmd
}

func sessionCreateCommand() *cobra.Command {
	var r door.SessionRequest
	var interaction string
	cmd := asking[door.Session]{
		sessionless: true,
		ask: func(ctx context.Context, a door.Admin, _ string, _ []string) (door.Session, error) {
			r.Interaction = door.Interaction(interaction)
			return a.CreateSession(ctx, r)
		},
		say: func(w *lines, s door.Session) {
			w.printf("session      %s\ninteraction  %s\n\nA link to it: cutout invite --session %s\n", s.ID, s.Interaction, s.ID)
		},
	}.command(&cobra.Command{
		Use:     "create",
		Short:   "Make a session",
		Long:    "Make a session. Needs the server's key.",
		Example: "  cutout session create --interaction one-to-many --data 'Friday show'",
	})
	cmd.Flags().StringVar(&r.ID, "id", "", "the session's `id`: up to 64 letters, digits, dashes and underscores (default: a random one)")
	cmd.Flags().StringVar(&interaction, "interaction", string(door.ManyToMany), "one-to-one, one-to-many or many-to-many")
	cmd.Flags().StringVar(&r.Data, "data", "", "anything of your own, up to 1000 bytes; everyone inside may read it")
	return cmd
}

func sessionListCommand() *cobra.Command {
	return asking[[]door.SessionView]{
		sessionless: true,
		ask: func(ctx context.Context, a door.Admin, _ string, _ []string) ([]door.SessionView, error) {
			return a.Sessions(ctx)
		},
		say: func(w *lines, list []door.SessionView) {
			for _, s := range list {
				w.printf("%-20s %-13s %s  %d inside  %q\n", s.ID, s.Interaction, s.Created.Local().Format(time.DateTime), s.Connections, s.Data)
			}
		},
	}.command(&cobra.Command{
		Use:     "list",
		Short:   "List the sessions, oldest first",
		Long:    "List the sessions, oldest first: all with the server's key, the own one with a pass.",
		Example: "  cutout session list --json",
	})
}

func sessionEndCommand() *cobra.Command {
	return asking[map[string]bool]{
		sessionless: true,
		ask: func(ctx context.Context, a door.Admin, _ string, args []string) (map[string]bool, error) {
			return map[string]bool{"ended": true}, a.EndSession(ctx, args[0])
		},
		say: func(w *lines, _ map[string]bool) { w.printf("The session has ended.\n") },
	}.command(&cobra.Command{
		Use:     "end ID",
		Short:   "Send everyone home and end a session for good",
		Long:    "Send everyone home and end a session for good: its passes and links are worth nothing any more.",
		Example: "  cutout session end friday",
		Args:    oneArg("session", "'cutout session list' shows them"),
	})
}

// since is a time of today as people say it.
func since(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%v ago", time.Since(t).Round(time.Second))
}
