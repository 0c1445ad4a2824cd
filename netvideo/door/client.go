package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cutout/netvideo"
)

const (
	clientTimeout = 10 * time.Second
	maxAnswer     = 1 << 20
)

// Redeem exchanges an invite link for a pass at its door. Errors are, or unwrap to,
// netvideo.ErrNoSuchInvite (unknown, expired or used up), ErrRevoked, and
// ErrUnreachable when nobody or somebody else answers there.
func Redeem(ctx context.Context, link netvideo.Link, who Who) (Pass, error) {
	var pass Pass
	err := call(ctx, request{method: http.MethodPost, url: link.String(), body: who}, &pass)
	if err == nil && (pass.Token == "" || pass.URL == "") {
		err = fmt.Errorf("%w: what answers at %s is not a room's server", netvideo.ErrUnreachable, link.Base)
	}
	if err != nil {
		return Pass{}, fmt.Errorf("redeem %s: %w", link, err)
	}
	return pass, nil
}

// CheckPass asks the door at base whether a token is good there, and whose it is. Errors
// unwrap to netvideo.ErrTokenExpired, ErrTokenInvalid, ErrWrongSession, ErrRevoked or
// ErrUnreachable. A LiveKit server without a door answers ErrUnreachable.
func CheckPass(ctx context.Context, base, token string) (Claims, error) {
	var c Claims
	if err := call(ctx, request{method: http.MethodGet, url: httpBase(base) + "/api/pass", token: token}, &c); err != nil {
		return Claims{}, fmt.Errorf("check the pass: %w", err)
	}
	return c, nil
}

// An Admin asks a door for what it does not give to everybody, with the server's keys
// or with a moderator's pass.
type Admin struct {
	// URL is the door's.
	URL string
	// Keys, when set, sign a token for every request.
	Keys Keys
	// Pass is a moderator's token, used when Keys are zero.
	Pass string
}

// CreateSession makes a session; see Store.CreateSession. Needs the keys.
func (a Admin) CreateSession(ctx context.Context, r SessionRequest) (Session, error) {
	var s Session
	err := a.call(ctx, http.MethodPost, "/api/sessions", r, &s)
	if err != nil {
		return Session{}, fmt.Errorf("make a session: %w", err)
	}
	return s, nil
}

// CreatePass makes a pass.
func (a Admin) CreatePass(ctx context.Context, r PassRequest) (Pass, error) {
	var p Pass
	if err := a.call(ctx, http.MethodPost, "/api/token", r, &p); err != nil {
		return Pass{}, fmt.Errorf("make a token: %w", err)
	}
	return p, nil
}

// CreateInvite makes an invite.
func (a Admin) CreateInvite(ctx context.Context, r InviteRequest) (LinkedInvite, error) {
	var i LinkedInvite
	if err := a.call(ctx, http.MethodPost, "/api/invites", r, &i); err != nil {
		return LinkedInvite{}, fmt.Errorf("make an invite: %w", err)
	}
	return i, nil
}

// Invites lists a session's invites, oldest first.
func (a Admin) Invites(ctx context.Context, session string) ([]LinkedInvite, error) {
	var list []LinkedInvite
	if err := a.call(ctx, http.MethodGet, "/api/invites?session="+url.QueryEscape(session), nil, &list); err != nil {
		return nil, fmt.Errorf("list the invites: %w", err)
	}
	return list, nil
}

// RevokeInvite ends an invite. A moderator's pass needs the session too.
func (a Admin) RevokeInvite(ctx context.Context, session, code string) error {
	path := "/api/invites/" + url.PathEscape(code) + "?session=" + url.QueryEscape(session)
	if err := a.call(ctx, http.MethodDelete, path, nil, nil); err != nil {
		return fmt.Errorf("revoke the invite: %w", err)
	}
	return nil
}

// RevokePass turns a connection's pass away from now on. It does not end the connection.
func (a Admin) RevokePass(ctx context.Context, session, identity string) error {
	path := "/api/pass/" + url.PathEscape(session) + "/" + url.PathEscape(identity)
	if err := a.call(ctx, http.MethodDelete, path, nil, nil); err != nil {
		return fmt.Errorf("revoke the pass: %w", err)
	}
	return nil
}

func (a Admin) call(ctx context.Context, method, path string, body, answer any) error {
	token := a.Pass
	if a.Keys != (Keys{}) {
		var err error
		if token, err = adminToken(a.Keys); err != nil {
			return fmt.Errorf("sign: %w", err)
		}
	}
	return call(ctx, request{method: method, url: httpBase(a.URL) + path, token: token, body: body}, answer)
}

// httpBase is the address of a room in the scheme that HTTP clients know.
func httpBase(base string) string {
	base = strings.TrimSuffix(base, "/")
	if rest, ok := strings.CutPrefix(base, "ws"); ok && (strings.HasPrefix(rest, "://") || strings.HasPrefix(rest, "s://")) {
		return "http" + rest
	}
	return base
}

type request struct {
	method, url, token string
	body               any
}

// call asks once and reads the answer, the door's or its no.
func call(ctx context.Context, q request, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	var body []byte
	if q.body != nil {
		var err error
		if body, err = json.Marshal(q.body); err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", netvideo.ErrUnreachable, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+q.token)
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		var why *url.Error
		if errors.As(err, &why) {
			err = why.Err // without the URL: callers name it
		}
		return fmt.Errorf("%w: %w", netvideo.ErrUnreachable, err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", netvideo.ErrUnreachable, err)
	}
	return readAnswer(res.StatusCode, data, answer)
}

// readAnswer reads what a door said, or finds out that it was none.
func readAnswer(status int, data []byte, answer any) error {
	if status < 200 || status > 299 {
		var no Error
		if json.Unmarshal(data, &no) == nil && no.Code != "" && no.Message != "" {
			return &no
		}
		return fmt.Errorf("%w: what answers there is not a room's server (HTTP status %d)", netvideo.ErrUnreachable, status)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("%w: what answers there is not a room's server", netvideo.ErrUnreachable)
	}
	return nil
}
