package door

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cutout/netvideo"
)

// A KickRequest asks to throw a connection out for good.
type KickRequest struct {
	// Connection is its id.
	Connection string `json:"connection"`
	// ReplaceLinks revokes the session's open invites and makes new ones with the same
	// terms, for the kicked may still hold a link.
	ReplaceLinks bool `json:"replaceLinks,omitempty"`
}

// An UnpublishRequest asks to end a stream, or all of a connection's.
type UnpublishRequest struct {
	Stream     string `json:"stream,omitempty"`
	Connection string `json:"connection,omitempty"`
}

// A MuteRequest asks to mute one connection, or all.
type MuteRequest struct {
	Connection string `json:"connection,omitempty"`
	// All means everyone but moderators, the asker and Except.
	All    bool     `json:"all,omitempty"`
	Except []string `json:"except,omitempty"`
	// Media is what to mute; none means the sound.
	Media []netvideo.Medium `json:"media,omitempty"`
	// Lock holds them muted until a moderator unmutes; with All those who come later, too.
	Lock bool `json:"lock,omitempty"`
	// OnJoin, with All, starts those who come later muted.
	OnJoin bool `json:"onJoin,omitempty"`
}

// An UnmuteRequest lifts locks. It opens nobody's microphone.
type UnmuteRequest struct {
	Connection string            `json:"connection,omitempty"`
	All        bool              `json:"all,omitempty"`
	Media      []netvideo.Medium `json:"media,omitempty"`
}

// A HandoverRequest asks to make a connection a moderator.
type HandoverRequest struct {
	Connection string `json:"connection"`
	// Keep lets the asker stay one.
	Keep bool `json:"keep,omitempty"`
}

// Done is what came of an act of moderation.
type Done struct {
	// Connections are those that it reached, by id.
	Connections []string `json:"done"`
	// Durable is false when the act could not be written to the disk: it holds until
	// the server ends.
	Durable bool `json:"durable"`
	// Links are, after a kick, the session's open invites, or the new ones that
	// replaced them.
	Links []LinkedInvite `json:"links,omitempty"`
}

// A Ban turns passes away: a connection's and those of its siblings.
type Ban struct {
	ID   string    `json:"id"`
	Name string    `json:"name,omitempty"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	// Until is when the last pass that it turns away has expired.
	Until time.Time `json:"until"`
}

// An Act is one line of the audit.
type Act struct {
	At      time.Time `json:"at"`
	Session string    `json:"session,omitempty"`
	Who     string    `json:"who"` // a connection's id, or "key"
	Act     string    `json:"act"`
	Whom    string    `json:"whom,omitempty"`
	What    string    `json:"what,omitempty"`
	// Result is "done", or the code of the door's no.
	Result string `json:"result"`
}

// Present is a connection as a moderator sees it.
type Present struct {
	netvideo.Connection
	// Held is what a moderator holds muted.
	Held []netvideo.Medium `json:"held,omitempty"`
}

// SessionView is a session and how many are inside.
type SessionView struct {
	Session
	Connections int `json:"connections"`
}

// Sessions lists all sessions with the keys, the own one with a pass, oldest first.
func (a Admin) Sessions(ctx context.Context) ([]SessionView, error) {
	var list []SessionView
	if err := a.call(ctx, http.MethodGet, "/api/sessions", nil, &list); err != nil {
		return nil, fmt.Errorf("list the sessions: %w", err)
	}
	return list, nil
}

// Session is one session, as every pass of it may see it.
func (a Admin) Session(ctx context.Context, id string) (SessionView, error) {
	var s SessionView
	if err := a.call(ctx, http.MethodGet, sessionPath(id, ""), nil, &s); err != nil {
		return SessionView{}, fmt.Errorf("look at the session: %w", err)
	}
	return s, nil
}

// EndSession sends everyone home and ends the session for good.
func (a Admin) EndSession(ctx context.Context, id string) error {
	if err := a.call(ctx, http.MethodDelete, sessionPath(id, ""), nil, nil); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// ReplaceInvite revokes an invite and makes one with the same terms.
func (a Admin) ReplaceInvite(ctx context.Context, session, code string) (LinkedInvite, error) {
	var i LinkedInvite
	path := "/api/invites/" + url.PathEscape(code) + "/replace?session=" + url.QueryEscape(session)
	if err := a.call(ctx, http.MethodPost, path, nil, &i); err != nil {
		return LinkedInvite{}, fmt.Errorf("replace the invite: %w", err)
	}
	return i, nil
}

// Connections lists who is in the session, oldest first.
func (a Admin) Connections(ctx context.Context, session string) ([]Present, error) {
	var list []Present
	if err := a.call(ctx, http.MethodGet, sessionPath(session, "/connections"), nil, &list); err != nil {
		return nil, fmt.Errorf("list the connections: %w", err)
	}
	return list, nil
}

// Streams lists what is shown in the session, oldest first.
func (a Admin) Streams(ctx context.Context, session string) ([]netvideo.Stream, error) {
	var list []netvideo.Stream
	if err := a.call(ctx, http.MethodGet, sessionPath(session, "/streams"), nil, &list); err != nil {
		return nil, fmt.Errorf("list the streams: %w", err)
	}
	return list, nil
}

// Kick throws a connection and its siblings out: they are cut off, and none of their
// passes lets anybody in again.
func (a Admin) Kick(ctx context.Context, session string, r KickRequest) (Done, error) {
	return a.moderate(ctx, session, "kick", r)
}

// Unpublish ends a stream, or all of a connection's. It may publish again.
func (a Admin) Unpublish(ctx context.Context, session string, r UnpublishRequest) (Done, error) {
	return a.moderate(ctx, session, "unpublish", r)
}

// Mute mutes one connection, or all.
func (a Admin) Mute(ctx context.Context, session string, r MuteRequest) (Done, error) {
	return a.moderate(ctx, session, "mute", r)
}

// Unmute lifts locks.
func (a Admin) Unmute(ctx context.Context, session string, r UnmuteRequest) (Done, error) {
	return a.moderate(ctx, session, "unmute", r)
}

// Handover makes a connection a moderator.
func (a Admin) Handover(ctx context.Context, session string, r HandoverRequest) (Done, error) {
	return a.moderate(ctx, session, "handover", r)
}

func (a Admin) moderate(ctx context.Context, session, act string, body any) (Done, error) {
	var done Done
	if err := a.call(ctx, http.MethodPost, sessionPath(session, "/"+act), body, &done); err != nil {
		return Done{}, fmt.Errorf("%s: %w", act, err)
	}
	return done, nil
}

// Bans lists whom the session turns away, oldest first.
func (a Admin) Bans(ctx context.Context, session string) ([]Ban, error) {
	var list []Ban
	if err := a.call(ctx, http.MethodGet, sessionPath(session, "/bans"), nil, &list); err != nil {
		return nil, fmt.Errorf("list the bans: %w", err)
	}
	return list, nil
}

// LiftBan lets the passes in again that a ban turns away.
func (a Admin) LiftBan(ctx context.Context, session, id string) error {
	if err := a.call(ctx, http.MethodDelete, sessionPath(session, "/bans/"+url.PathEscape(id)), nil, nil); err != nil {
		return fmt.Errorf("lift the ban: %w", err)
	}
	return nil
}

// Audit lists what was done in the session, newest first, at most limit acts.
func (a Admin) Audit(ctx context.Context, session string, limit int) ([]Act, error) {
	var list []Act
	path := sessionPath(session, "/audit?limit="+strconv.Itoa(limit))
	if err := a.call(ctx, http.MethodGet, path, nil, &list); err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return list, nil
}

// Signal sends a signal in the pass holder's name, whatever its role: a subscriber's
// vote, reaction or acknowledgement.
func (p Pass) Signal(ctx context.Context, s netvideo.Signal) error {
	if err := s.Check(); err != nil {
		return fmt.Errorf("signal through the door: %w", err)
	}
	body := signalRequest{Type: s.Type, Data: base64.StdEncoding.EncodeToString(s.Data), To: s.To, Lossy: s.Lossy}
	a := Admin{URL: p.URL, Pass: p.Token}
	if err := a.call(ctx, http.MethodPost, sessionPath(p.Session, "/signal"), body, nil); err != nil {
		return fmt.Errorf("signal through the door: %w", err)
	}
	return nil
}

// Sibling makes a pass for a second connection of the same person.
func (p Pass) Sibling(ctx context.Context) (Pass, error) {
	var sibling Pass
	if err := (Admin{URL: p.URL, Pass: p.Token}).call(ctx, http.MethodPost, "/api/pass", nil, &sibling); err != nil {
		return Pass{}, fmt.Errorf("make a sibling of the pass: %w", err)
	}
	return sibling, nil
}

type signalRequest struct {
	Type  string `json:"type"`
	Data  string `json:"data,omitempty"` // base64
	To    string `json:"to,omitempty"`
	Lossy bool   `json:"lossy,omitempty"`
}

func sessionPath(session, rest string) string {
	return "/api/sessions/" + url.PathEscape(session) + rest
}
