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

func banCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ban",
		Short: "List who is turned away, and lift bans",
		Long:  "A kick leaves a ban: the passes of the one who was kicked open the door no more.",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(banListCommand(), banLiftCommand())
	return cmd
}

func banListCommand() *cobra.Command {
	return asking[[]door.Ban]{
		ask: func(ctx context.Context, a door.Admin, session string, _ []string) ([]door.Ban, error) {
			return a.Bans(ctx, session)
		},
		say: func(w *lines, list []door.Ban) {
			for _, b := range list {
				w.printf("%-28s %-20s by %s, %s\n", b.ID, b.Name, b.By, since(b.At))
			}
		},
	}.command(&cobra.Command{
		Use:     "list",
		Short:   "List who is turned away, oldest first",
		Long:    "List who is turned away, oldest first.",
		Example: "  cutout ban list --session S",
	})
}

func banLiftCommand() *cobra.Command {
	return asking[map[string]bool]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (map[string]bool, error) {
			return map[string]bool{"lifted": true}, a.LiftBan(ctx, session, args[0])
		},
		say: func(w *lines, _ map[string]bool) { w.printf("The ban is lifted.\n") },
	}.command(&cobra.Command{
		Use:     "lift ID",
		Short:   "Let the passes in again that a ban turns away",
		Long:    "Let the passes in again that a ban turns away.",
		Example: "  cutout ban lift ada#k7xm9q2ptw --session S",
		Args:    oneArg("ban", "'cutout ban list' shows them"),
	})
}

func auditCommand() *cobra.Command {
	limit := 100
	cmd := asking[[]door.Act]{
		ask: func(ctx context.Context, a door.Admin, session string, _ []string) ([]door.Act, error) {
			if limit < 1 || limit > door.MaxAudit {
				return nil, usage(fmt.Errorf("--limit %d is out of range", limit), fmt.Sprintf("from 1 to %d", door.MaxAudit))
			}
			return a.Audit(ctx, session, limit)
		},
		say: func(w *lines, acts []door.Act) {
			for _, act := range acts {
				w.printf("%s  %-28s %-13s %-28s %s  %s\n", act.At.Local().Format(time.DateTime), act.Who, act.Act, act.Whom, act.Result, act.What)
			}
		},
	}.command(&cobra.Command{
		Use:     "audit",
		Short:   "Show who moderated whom, and when",
		Long:    "Show what was done in a session, newest first: who, what, to whom, and what came of it.\nRefused acts are there too.",
		Example: "  cutout audit --session S --limit 20\n  cutout audit --json",
	})
	cmd.Flags().IntVar(&limit, "limit", limit, "at most so many")
	return cmd
}

func connectionsCommand() *cobra.Command {
	return asking[[]door.Present]{
		ask: func(ctx context.Context, a door.Admin, session string, _ []string) ([]door.Present, error) {
			return a.Connections(ctx, session)
		},
		say: func(w *lines, list []door.Present) {
			for _, c := range list {
				w.printf("%-28s %-20s %-13s since %s%s\n", c.ID, c.Name, c.Role, since(c.Joined), heldWords(c.Held))
			}
		},
	}.command(&cobra.Command{
		Use:     "connections",
		Short:   "List who is in a session",
		Long:    "List who is in a session, oldest first.",
		Example: "  cutout connections --session S --json",
	})
}

func heldWords(held []netvideo.Medium) string {
	if len(held) == 0 {
		return ""
	}
	words := make([]string, 0, len(held))
	for _, m := range held {
		words = append(words, string(m))
	}
	return ", held muted: " + strings.Join(words, " and ")
}

func streamsCommand() *cobra.Command {
	return asking[[]netvideo.Stream]{
		ask: func(ctx context.Context, a door.Admin, session string, _ []string) ([]netvideo.Stream, error) {
			return a.Streams(ctx, session)
		},
		say: func(w *lines, list []netvideo.Stream) {
			for _, s := range list {
				w.printf("%-36s %-20s video %-3s audio %-3s %dx%d\n", s.ID, s.Connection.Name, onOff(s.HasVideo, s.VideoMuted), onOff(s.HasAudio, s.AudioMuted), s.Width, s.Height)
			}
		},
	}.command(&cobra.Command{
		Use:     "streams",
		Short:   "List what is shown in a session",
		Long:    "List what is shown in a session: picture and sound of each publisher, and who muted them.",
		Example: "  cutout streams --session S --json",
	})
}

func onOff(has bool, by netvideo.Muted) string {
	switch {
	case has:
		return "on"
	case by != netvideo.NotMuted:
		return "muted by " + string(by)
	}
	return "none"
}
