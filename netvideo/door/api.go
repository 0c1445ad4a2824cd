package door

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"cutout/netvideo"
)

const maxAPIBody = 16 << 10

// redeem answers POST /r/CODE.
func (d *Door) redeem(w http.ResponseWriter, r *http.Request) {
	from := network(remote(r))
	if wait := d.tries.wait(from); wait > 0 {
		writeWait(w, wait, "tries")
		return
	}
	pass, err := d.redeemBody(w, r)
	cost := 1.0
	if err != nil {
		cost = failureCosts
	}
	d.tries.charge(from, cost)
	if err != nil {
		writeError(w, err)
		return
	}
	pass.URL, pass.Doors = publicURL(r), d.doors(r)
	writeJSON(w, http.StatusOK, pass)
}

func (d *Door) redeemBody(w http.ResponseWriter, r *http.Request) (Pass, error) {
	body, err := readBody(w, r, maxRedeemBody)
	if err != nil {
		return Pass{}, err
	}
	who, err := parseWho(body)
	if err != nil {
		return Pass{}, err
	}
	return d.store.Redeem(r.PathValue("code"), who)
}

// showPass answers GET /api/pass: whose pass is this, and is it good?
func (d *Door) showPass(w http.ResponseWriter, r *http.Request) {
	c, err := d.store.Check(passToken(r))
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, c)
}

// authorise lets through the holder of the key, and moderators of the session.
func (d *Door) authorise(r *http.Request, session string) (Claims, error) {
	token := passToken(r)
	if token == "" {
		return Claims{}, refuse(CodeForbidden, "this needs the server's key or a moderator's pass")
	}
	c, err := d.store.verify(token)
	if err != nil {
		return Claims{}, err
	}
	if c.Admin {
		return c, nil
	}
	if c, err = d.store.Check(token); err != nil {
		return Claims{}, err
	}
	switch {
	case c.Role != netvideo.Moderator:
		return Claims{}, refuse(CodeForbidden, "this needs the server's key or a moderator's pass")
	case c.Session != session:
		return Claims{}, refuse(CodeWrongSession, "the moderator's pass is for another session")
	}
	return c, nil
}

// authoriseKey lets through the holder of the key alone.
func (d *Door) authoriseKey(r *http.Request) error {
	c, err := d.store.verify(passToken(r))
	if err == nil && !c.Admin {
		err = refuse(CodeForbidden, "only the server's key makes sessions")
	}
	return err
}

// readAPI reads the request's JSON into v.
func readAPI(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r, maxAPIBody)
	if err != nil {
		return err
	}
	return parseObject(body, v)
}

// createSession answers POST /api/sessions.
func (d *Door) createSession(w http.ResponseWriter, r *http.Request) {
	var req SessionRequest
	err := readAPI(w, r, &req)
	if err == nil {
		err = d.authoriseKey(r)
	}
	var session Session
	if err == nil {
		session, err = d.store.CreateSession(req)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, session)
}

// createToken answers POST /api/token.
func (d *Door) createToken(w http.ResponseWriter, r *http.Request) {
	var req PassRequest
	err := readAPI(w, r, &req)
	var by Claims
	if err == nil {
		by, err = d.authorise(r, req.Session)
	}
	if err == nil && !by.Admin {
		req.by = append(slices.Clone(by.by), family(by.Identity))
	}
	var pass Pass
	if err == nil {
		pass, err = d.store.Mint(req)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	pass.URL, pass.Doors = publicURL(r), d.doors(r)
	writeJSON(w, http.StatusCreated, pass)
}

// A LinkedInvite is an invite with the link to it.
type LinkedInvite struct {
	Invite
	Link string `json:"link"`
}

func linked(r *http.Request, i Invite) LinkedInvite {
	return LinkedInvite{i, netvideo.Link{Base: publicURL(r), Code: i.Code}.String()}
}

// createInvite answers POST /api/invites.
func (d *Door) createInvite(w http.ResponseWriter, r *http.Request) {
	var req InviteRequest
	err := readAPI(w, r, &req)
	var by Claims
	if err == nil {
		by, err = d.authorise(r, req.Session)
	}
	if err == nil && !by.Admin {
		req.by = family(by.Identity)
		if req.Role == netvideo.Moderator {
			// One who was thrown out could come back through it with all powers.
			err = refuse(CodeForbidden, "only the server's key makes invites for moderators")
		}
	}
	var invite Invite
	if err == nil {
		invite, err = d.store.CreateInvite(req)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, linked(r, invite))
}

// listInvites answers GET /api/invites?session=ID.
func (d *Door) listInvites(w http.ResponseWriter, r *http.Request) {
	session := r.URL.Query().Get("session")
	if _, err := d.authorise(r, session); err != nil {
		writeError(w, err)
		return
	}
	if _, ok := d.store.Session(session); !ok {
		writeError(w, refuseSession())
		return
	}
	list := []LinkedInvite{}
	for _, i := range d.store.Invites(session) {
		list = append(list, linked(r, i))
	}
	writeJSON(w, http.StatusOK, list)
}

// revokeInvite answers DELETE /api/invites/CODE. Moderators name their session with
// ?session=ID; the key need not.
func (d *Door) revokeInvite(w http.ResponseWriter, r *http.Request) {
	session, code := r.URL.Query().Get("session"), r.PathValue("code")
	by, err := d.authorise(r, session)
	var durable bool
	if err == nil {
		durable, err = d.store.RevokeInvite(session, code)
	}
	durable = d.noted(r, by, Act{Session: session, Act: "revokeInvite", Whom: code}, err) && durable
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"revoked": true, "durable": durable})
}

// replaceInvite answers POST /api/invites/CODE/replace, with the session as above.
func (d *Door) replaceInvite(w http.ResponseWriter, r *http.Request) {
	session, code := r.URL.Query().Get("session"), r.PathValue("code")
	by, err := d.authorise(r, session)
	var next Invite
	if err == nil {
		next, err = d.store.ReplaceInvite(session, code, asker{claims: by}.family())
	}
	d.noted(r, by, Act{Session: session, Act: "replaceInvite", Whom: code}, err)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, linked(r, next))
}

// revokePass answers DELETE /api/pass/SESSION/IDENTITY.
func (d *Door) revokePass(w http.ResponseWriter, r *http.Request) {
	a := asker{session: r.PathValue("session")}
	identity := r.PathValue("identity")
	var err error
	a.claims, err = d.authorise(r, a.session)
	var done Done
	if err == nil {
		done, err = d.kick(context.WithoutCancel(r.Context()), a, KickRequest{Connection: identity})
	}
	durable := d.noted(r, a.claims, Act{Session: a.session, Act: "revokePass", Whom: identity}, err) && done.Durable
	var no *Error
	if errors.As(err, &no) && no.Code == CodeUnavailable {
		err = nil // the pass is revoked all the same
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"revoked": true, "durable": durable})
}

// sibling answers POST /api/pass.
func (d *Door) sibling(w http.ResponseWriter, r *http.Request) {
	c, err := d.store.Check(passToken(r))
	var pass Pass
	if err == nil {
		pass, err = d.store.Sibling(c)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	pass.URL, pass.Doors = publicURL(r), d.doors(r)
	writeJSON(w, http.StatusCreated, pass)
}

// listSessions answers GET /api/sessions.
func (d *Door) listSessions(w http.ResponseWriter, r *http.Request) {
	c, err := d.store.verify(passToken(r))
	own := c.Session
	if err == nil && !c.Admin {
		_, err = d.authorise(r, own)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	list := []SessionView{}
	for _, s := range d.store.Sessions() {
		if c.Admin || s.ID == own {
			list = append(list, SessionView{s, d.visits.count(s.ID)})
		}
	}
	writeJSON(w, http.StatusOK, list)
}

// showSession answers GET /api/sessions/ID, to every pass of it.
func (d *Door) showSession(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("session")
	c, err := d.store.verify(passToken(r))
	if err == nil && !c.Admin {
		if c, err = d.store.checkClaims(c); err == nil && c.Session != id {
			err = refuse(CodeWrongSession, "the pass is for another session")
		}
	}
	session, ok := d.store.Session(id)
	if err == nil && !ok {
		err = refuseSession()
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, SessionView{session, d.visits.count(id)})
}

// deleteSession answers DELETE /api/sessions/ID.
func (d *Door) deleteSession(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("session")
	by, err := d.authorise(r, id)
	var durable bool
	if err == nil {
		durable, err = d.endSession(context.WithoutCancel(r.Context()), id)
	}
	durable = d.noted(r, by, Act{Session: id, Act: "endSession"}, err) && durable
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"ended": true, "durable": durable})
}
