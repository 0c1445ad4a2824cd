package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

const whomAdvice = "give a connection's id or its name; 'cutout connections' shows who is there"

// whom finds the connection that is meant: an id, or a name that one of those inside has.
func whom(ctx context.Context, a door.Admin, session, arg string) (string, error) {
	list, err := a.Connections(ctx, session)
	if err != nil {
		return "", err
	}
	var named []string
	for _, c := range list {
		if c.ID == arg {
			return arg, nil
		}
		if strings.EqualFold(c.Name, arg) {
			named = append(named, c.ID)
		}
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		return "", usage(fmt.Errorf("%d connections are called %q", len(named), arg), "give the id of the one you mean: "+strings.Join(named, ", "))
	case strings.Contains(arg, "#"):
		return arg, nil // it has left, or is about to come
	}
	return "", hint(fmt.Errorf("%w: %q", netvideo.ErrNoSuchConnection, arg), whomAdvice)
}

// sayDone says whom an act reached.
func sayDone(w *lines, did string, d door.Done) {
	if len(d.Connections) == 0 {
		w.printf("%s: nobody who is inside\n", did)
	} else {
		w.printf("%s: %s\n", did, strings.Join(d.Connections, ", "))
	}
	if !d.Durable {
		w.printf("The server could not write this down (is its disk full?): it holds until the server ends.\n")
	}
}

func kickCommand() *cobra.Command {
	var r door.KickRequest
	cmd := asking[door.Done]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (done door.Done, err error) {
			if r.Connection, err = whom(ctx, a, session, args[0]); err != nil {
				return done, err
			}
			return a.Kick(ctx, session, r)
		},
		say: func(w *lines, d door.Done) {
			sayDone(w, "kicked", d)
			switch {
			case r.ReplaceLinks:
				for _, l := range d.Links {
					w.printf("new link  %s   (%s, %s)\n", l.Link, l.Role, standing(l.Invite, time.Now()))
				}
			case len(d.Links) > 0:
				w.printf("%d links are still open; they could come back by one as somebody new.\nEnd them and make new ones: cutout kick %s --replace-links\n", len(d.Links), r.Connection)
			}
		},
	}.command(&cobra.Command{
		Use:   "kick CONNECTION",
		Short: "Throw somebody out for good",
		Long: `Throw a connection out, and its siblings. It sticks: none of their passes, nor the tokens
that LiveKit refreshed for them, opens the door again. Links they made are revoked; a link
that somebody else made lets them in as somebody new, so --replace-links ends the
session's open links and makes new ones for you to hand out.`,
		Example: "  cutout kick Ada\n  cutout kick ada#k7xm9q2ptw --replace-links --json",
		Args:    oneArg("connection", whomAdvice),
	})
	cmd.Flags().BoolVar(&r.ReplaceLinks, "replace-links", false, "end the open links and make new ones")
	return cmd
}

func unpublishCommand() *cobra.Command {
	return asking[door.Done]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (door.Done, error) {
			if _, _, ok := netvideo.SplitStreamID(args[0]); ok {
				return a.Unpublish(ctx, session, door.UnpublishRequest{Stream: args[0]})
			}
			id, err := whom(ctx, a, session, args[0])
			if err != nil {
				return door.Done{}, err
			}
			return a.Unpublish(ctx, session, door.UnpublishRequest{Connection: id})
		},
		say: func(w *lines, d door.Done) { sayDone(w, "unpublished", d) },
	}.command(&cobra.Command{
		Use:     "unpublish CONNECTION|STREAM",
		Short:   "End a stream, or all of somebody's",
		Long:    "End one stream, or all of a connection's. They may publish again.",
		Example: "  cutout unpublish Ada\n  cutout unpublish ada#k7xm9q2ptw/camera",
		Args:    oneArg("connection or stream", "'cutout streams' shows them"),
	})
}

// muteFlags are what mute and unmute share.
type muteFlags struct {
	all   bool
	media []string
}

func (f *muteFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.all, "all", false, "everyone")
	cmd.Flags().StringSliceVar(&f.media, "media", []string{"audio"}, "audio, video or both, with a comma between")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 || f.all == (len(args) == 1) {
			return usage(fmt.Errorf("%s needs one connection, or --all", cmd.CommandPath()), whomAdvice)
		}
		for _, m := range f.media {
			if m != string(netvideo.Audio) && m != string(netvideo.Video) {
				return usage(fmt.Errorf("--media %q is none", m), "the media are audio and video")
			}
		}
		return nil
	}
}

func (f *muteFlags) list() []netvideo.Medium {
	var list []netvideo.Medium
	for _, m := range f.media {
		list = append(list, netvideo.Medium(m))
	}
	return list
}

func muteCommand() *cobra.Command {
	var f muteFlags
	var r door.MuteRequest
	cmd := &cobra.Command{
		Use:   "mute CONNECTION | mute --all",
		Short: "Mute one, or all; hold them muted; mute those who come",
		Long: `Mute somebody's sound or picture. They may unmute themselves, unless --lock: then only a
moderator's 'cutout unmute' lets them. --all means everyone but moderators, you and
--except; with --lock those who come later are held muted too, and with --on-join those
who come later start muted.`,
		Example: "  cutout mute Ada --lock\n  cutout mute --all --except Ada --on-join\n  cutout mute Ada --media audio,video",
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&r.Lock, "lock", false, "they cannot undo it")
	cmd.Flags().BoolVar(&r.OnJoin, "on-join", false, "with --all: those who come later start muted")
	cmd.Flags().StringSliceVar(&r.Except, "except", nil, "with --all: these `connections` not, by id or name")
	return asking[door.Done]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (done door.Done, err error) {
			r.All, r.Media = f.all, f.list()
			if !r.All && (r.OnJoin || len(r.Except) > 0) {
				return done, usage(errors.New("--on-join and --except go with --all"), "see --help")
			}
			if !r.All {
				if r.Connection, err = whom(ctx, a, session, args[0]); err != nil {
					return done, err
				}
			}
			for i, name := range r.Except {
				if r.Except[i], err = whom(ctx, a, session, name); err != nil {
					return done, err
				}
			}
			return a.Mute(ctx, session, r)
		},
		say: func(w *lines, d door.Done) { sayDone(w, "muted", d) },
	}.command(cmd)
}

func unmuteCommand() *cobra.Command {
	var f muteFlags
	cmd := &cobra.Command{
		Use:     "unmute CONNECTION | unmute --all",
		Short:   "Let the muted unmute themselves",
		Long:    "Lift a lock. Nobody's microphone is opened by this: the muted do that themselves. --all\nalso ends what was set for those who come later.",
		Example: "  cutout unmute Ada\n  cutout unmute --all --media audio,video",
	}
	f.add(cmd)
	return asking[door.Done]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (done door.Done, err error) {
			r := door.UnmuteRequest{All: f.all, Media: f.list()}
			if !r.All {
				if r.Connection, err = whom(ctx, a, session, args[0]); err != nil {
					return done, err
				}
			}
			return a.Unmute(ctx, session, r)
		},
		say: func(w *lines, d door.Done) { sayDone(w, "may unmute", d) },
	}.command(cmd)
}

func handoverCommand() *cobra.Command {
	var r door.HandoverRequest
	cmd := asking[door.Done]{
		ask: func(ctx context.Context, a door.Admin, session string, args []string) (done door.Done, err error) {
			if r.Connection, err = whom(ctx, a, session, args[0]); err != nil {
				return done, err
			}
			return a.Handover(ctx, session, r)
		},
		say: func(w *lines, d door.Done) { sayDone(w, "roles changed", d) },
	}.command(&cobra.Command{
		Use:     "handover CONNECTION",
		Short:   "Make somebody a moderator, in your place",
		Long:    "Make a connection a moderator. You become a publisher, unless --keep, or unless you ask with\nthe server's key.",
		Example: "  cutout handover Ada\n  cutout handover Ada --keep",
		Args:    oneArg("connection", whomAdvice),
	})
	cmd.Flags().BoolVar(&r.Keep, "keep", false, "stay a moderator yourself")
	return cmd
}
