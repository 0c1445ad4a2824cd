package door

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cutout/netvideo"
)

// about is whom a request is about, and what of it is worth an entry in the audit.
func (r KickRequest) about() (whom, what string) {
	if r.ReplaceLinks {
		return r.Connection, "links replaced"
	}
	return r.Connection, ""
}

func (r UnpublishRequest) about() (whom, what string) {
	if r.Stream != "" {
		return r.Connection, r.Stream
	}
	return r.Connection, ""
}

func (r MuteRequest) about() (whom, what string) {
	words := mediaWords(r.Media)
	if r.Lock {
		words += " locked"
	}
	if r.OnJoin {
		words += " on join"
	}
	return oneOrAll(r.Connection, r.All), words
}

func (r UnmuteRequest) about() (whom, what string) {
	return oneOrAll(r.Connection, r.All), mediaWords(r.Media)
}

func (r HandoverRequest) about() (whom, what string) {
	if r.Keep {
		return r.Connection, "kept"
	}
	return r.Connection, ""
}

func oneOrAll(connection string, all bool) string {
	if all {
		return "all"
	}
	return connection
}

func mediaWords(list []netvideo.Medium) string {
	if len(list) == 0 {
		return string(netvideo.Audio)
	}
	var words []string
	for _, m := range list[:min(len(list), 2)] {
		words = append(words, string(m))
	}
	return strings.Join(words, " ")
}

// actOf answers POST /api/sessions/ID/ACT: it finds out who asks, whether they may and
// how often they have, does it, and writes it to the audit before it answers.
func actOf[R any](d *Door, name string, do func(context.Context, asker, R) (Done, error), about func(R) (whom, what string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q R
		err := readAPI(w, r, &q)
		a := asker{session: r.PathValue("session")}
		if err == nil {
			a.claims, err = d.authorise(r, a.session)
		}
		if err == nil && !a.claims.Admin {
			if wait := d.acts.take(key(a.claims)); wait > 0 {
				writeWait(w, wait, "acts of moderation with this pass")
				return
			}
		}
		var done Done
		if err == nil {
			// Half an act would be worse than a client that does not wait for the answer.
			done, err = do(context.WithoutCancel(r.Context()), a, q)
		}
		whom, what := about(q)
		if !d.note(Act{Session: a.session, Who: d.whoAsks(r, a), Act: name, Whom: whom, What: what}, err) {
			done.Durable = false
		}
		if err != nil {
			writeError(w, err)
			return
		}
		for i, link := range done.Links {
			done.Links[i] = linked(r, link.Invite)
		}
		writeJSON(w, http.StatusOK, done)
	}
}

// whoAsks is the asker's id for the audit; a refused one's too, if its pass was signed
// here.
func (d *Door) whoAsks(r *http.Request, a asker) string {
	if a.claims.Admin || a.claims.Identity != "" {
		return a.id()
	}
	if c, err := d.store.verify(passToken(r)); err == nil && c.Identity != "" {
		return c.Identity
	}
	return "nobody"
}

// note writes an act to the audit, and reports whether it is on the disk. Refusals are
// written as long as they are few.
func (d *Door) note(act Act, err error) (durable bool) {
	const most = 300
	act.At, act.Result = d.store.now(), "done"
	act.Whom, act.What = clip(act.Whom, most), clip(act.What, 2*most)
	act.Session, act.Who = clip(act.Session, most), clip(act.Who, most)
	if err != nil {
		act.Result = string(CodeInternal)
		var no *Error
		if errors.As(err, &no) {
			act.Result = string(no.Code)
		}
		if d.refusals.take(struct{}{}) > 0 {
			return true
		}
	}
	return d.store.audit.add(act)
}

func clip(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// noted writes down an act that is no actOf.
func (d *Door) noted(r *http.Request, by Claims, act Act, err error) bool {
	act.Who = d.whoAsks(r, asker{claims: by})
	return d.note(act, err)
}

// listConnections answers GET /api/sessions/ID/connections.
func (d *Door) listConnections(w http.ResponseWriter, r *http.Request) {
	d.listPresent(w, r, func(session string, all []participant) any {
		list := []Present{}
		for _, p := range all {
			c := p.claims(session)
			c.Role = d.store.roleNow(c)
			held := d.store.muting(session).held(family(c.Identity), c.Role)
			list = append(list, Present{Connection: p.connection(c.Role), Held: held.list()})
		}
		slices.SortStableFunc(list, func(a, b Present) int { return a.Joined.Compare(b.Joined) })
		return list
	})
}

// listStreams answers GET /api/sessions/ID/streams.
func (d *Door) listStreams(w http.ResponseWriter, r *http.Request) {
	d.listPresent(w, r, func(session string, all []participant) any {
		list := []netvideo.Stream{}
		for _, p := range all {
			c := p.claims(session)
			c.Role = d.store.roleNow(c)
			held := d.store.muting(session).held(family(c.Identity), c.Role)
			list = append(list, p.streams(p.connection(c.Role), held)...)
		}
		slices.SortStableFunc(list, func(a, b netvideo.Stream) int { return a.Created.Compare(b.Created) })
		return list
	})
}

func (d *Door) listPresent(w http.ResponseWriter, r *http.Request, list func(string, []participant) any) {
	session := r.PathValue("session")
	_, err := d.authorise(r, session)
	var all []participant
	if err == nil {
		all, err = d.liveKit.participants(r.Context(), session)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, list(session, all))
}

// streams are the participant's, in the order of their first tracks.
func (p participant) streams(c netvideo.Connection, held media) []netvideo.Stream {
	var list []netvideo.Stream
	for _, t := range p.Tracks {
		if t.medium() == noMedia {
			continue
		}
		id := netvideo.StreamID(p.Identity, t.Stream)
		i := slices.IndexFunc(list, func(s netvideo.Stream) bool { return s.ID == id })
		if i < 0 {
			i = len(list)
			list = append(list, netvideo.Stream{ID: id, Connection: c, Name: t.Name, Created: c.Joined})
		}
		s := &list[i]
		by := netvideo.NotMuted
		switch {
		case t.Muted && held&t.medium() != 0:
			by = netvideo.ByModerator
		case t.Muted:
			by = netvideo.ByPublisher
		}
		if t.medium() == video {
			s.Name, s.Width, s.Height, s.HasVideo, s.VideoMuted = t.Name, t.Width, t.Height, !t.Muted, by
		} else {
			s.HasAudio, s.AudioMuted = !t.Muted, by
		}
	}
	return list
}

// listBans answers GET /api/sessions/ID/bans.
func (d *Door) listBans(w http.ResponseWriter, r *http.Request) {
	session := r.PathValue("session")
	if _, err := d.authorise(r, session); err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, d.store.Bans(session))
}

// liftBan answers DELETE /api/sessions/ID/bans/ID.
func (d *Door) liftBan(w http.ResponseWriter, r *http.Request) {
	session, id := r.PathValue("session"), r.PathValue("id")
	by, err := d.authorise(r, session)
	if err == nil {
		err = d.store.LiftBan(session, id)
	}
	durable := d.noted(r, by, Act{Session: session, Act: "liftBan", Whom: id}, err)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"lifted": true, "durable": durable})
}

// showAudit answers GET /api/sessions/ID/audit.
func (d *Door) showAudit(w http.ResponseWriter, r *http.Request) {
	session := r.PathValue("session")
	_, err := d.authorise(r, session)
	limit := 100
	if q := r.URL.Query().Get("limit"); err == nil && q != "" {
		if limit, err = strconv.Atoi(q); err != nil || limit < 1 || limit > MaxAudit {
			err = refuse(CodeBadRequest, fmt.Sprintf("limit must be 1 to %d", MaxAudit))
		}
	}
	var acts []Act
	if err == nil {
		acts, err = d.store.Audit(session, limit)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, acts)
}

// Audit is the newest acts of a session, newest first, at most limit.
func (s *Store) Audit(session string, limit int) ([]Act, error) { return s.audit.read(session, limit) }

// relaySignal answers POST /api/sessions/ID/signal.
func (d *Door) relaySignal(w http.ResponseWriter, r *http.Request) {
	var q signalRequest
	err := readAPI(w, r, &q)
	var c Claims
	if err == nil {
		c, err = d.store.Check(passToken(r))
	}
	if err == nil && c.Session != r.PathValue("session") {
		err = refuse(CodeWrongSession, "the pass is for another session")
	}
	if err == nil {
		if wait := d.relays.take(key(c)); wait > 0 {
			writeWait(w, wait, "signals with this pass")
			return
		}
		err = d.relay(r.Context(), c, q)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (d *Door) relay(ctx context.Context, c Claims, q signalRequest) error {
	data, err := base64.StdEncoding.DecodeString(q.Data)
	if err != nil {
		return refuse(CodeBadRequest, "data is not base64")
	}
	s := netvideo.Signal{Type: q.Type, Data: data, To: q.To, Lossy: q.Lossy}
	if err := s.Check(); err != nil {
		return refuse(CodeBadRequest, err.Error())
	}
	err = d.liveKit.send(ctx, c.Session, netvideo.RelayTopic(s.Type, c.Identity), data, s.To, s.Lossy)
	if errors.Is(err, errAbsent) {
		return refuse(CodeNoConnection, "nobody is in the session")
	}
	return err
}
