package room

import (
	"context"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// Moderation is carried out by the door, which checks our pass and writes down who did
// what. netvideo.ErrRole is the answer, at once, to those who are no moderators;
// ErrUnreachable where no door stands before the server.

// admin is the door as a moderator asks it.
func (r *Room) admin() (door.Admin, error) {
	if r.Self().Role != netvideo.Moderator {
		return door.Admin{}, netvideo.ErrRole
	}
	return door.Admin{URL: r.base, Pass: r.o.Token}, nil
}

// Kick throws a connection out: it is cut off, and neither its pass nor another of the
// same person lets anybody in again. Whoever still holds an open link can come back
// as somebody new; with replaceLinks the session's links are replaced, and the answer
// names the new ones.
func (r *Room) Kick(ctx context.Context, connectionID string, replaceLinks bool) ([]door.LinkedInvite, error) {
	a, err := r.admin()
	if err != nil {
		return nil, err
	}
	done, err := a.Kick(ctx, r.Session(), door.KickRequest{Connection: connectionID, ReplaceLinks: replaceLinks})
	return done.Links, err
}

// ForceUnpublish ends a stream; its publisher may publish again.
func (r *Room) ForceUnpublish(ctx context.Context, streamID string) error {
	a, err := r.admin()
	if err == nil {
		_, err = a.Unpublish(ctx, r.Session(), door.UnpublishRequest{Stream: streamID})
	}
	return err
}

// Mute mutes media of a connection, the sound when none is named. Locked, it cannot
// unmute them itself.
func (r *Room) Mute(ctx context.Context, connectionID string, lock bool, media ...netvideo.Medium) error {
	a, err := r.admin()
	if err == nil {
		_, err = a.Mute(ctx, r.Session(), door.MuteRequest{Connection: connectionID, Lock: lock, Media: media})
	}
	return err
}

// MuteAll says how everyone is muted.
type MuteAll struct {
	// Except are connections that are not; moderators never are.
	Except []string
	// Lock holds them muted, those too who come later; with OnJoin those who come later
	// start muted.
	Lock, OnJoin bool
	// Media is what to mute; none means the sound.
	Media []netvideo.Medium
}

// MuteAll mutes everyone.
func (r *Room) MuteAll(ctx context.Context, m MuteAll) error {
	a, err := r.admin()
	if err == nil {
		_, err = a.Mute(ctx, r.Session(), door.MuteRequest{All: true, Except: m.Except, Lock: m.Lock, OnJoin: m.OnJoin, Media: m.Media})
	}
	return err
}

// Unmute lifts the locks on a connection, or on everyone when connectionID is empty. It
// opens nobody's microphone: they do that.
func (r *Room) Unmute(ctx context.Context, connectionID string, media ...netvideo.Medium) error {
	a, err := r.admin()
	if err == nil {
		_, err = a.Unmute(ctx, r.Session(), door.UnmuteRequest{Connection: connectionID, All: connectionID == "", Media: media})
	}
	return err
}

// HandOver makes a connection a moderator. We become a publisher, unless we keep it.
func (r *Room) HandOver(ctx context.Context, connectionID string, keep bool) error {
	a, err := r.admin()
	if err == nil {
		_, err = a.Handover(ctx, r.Session(), door.HandoverRequest{Connection: connectionID, Keep: keep})
	}
	return err
}
