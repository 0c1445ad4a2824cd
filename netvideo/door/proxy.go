package door

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
)

// passToken is the token a request shows: the header's, else the query's, as LiveKit's
// clients send them.
func passToken(r *http.Request) string {
	if h := r.Header.Get("Authorization"); h != "" {
		token, _ := strings.CutPrefix(h, "Bearer ")
		return token
	}
	return r.URL.Query().Get("access_token")
}

// signal lets LiveKit's clients through when their pass is good. The door reads their
// messages and makes a connection of its own to LiveKit: no byte of the client's request
// gets there but what is said here.
func (d *Door) signal(w http.ResponseWriter, r *http.Request) {
	d.running.Add(1)
	defer d.running.Done()
	// As LiveKit's own: pages from elsewhere may ask, the token decides.
	w.Header().Set("Access-Control-Allow-Origin", "*")
	token := passToken(r)
	c, err := d.store.Check(token)
	var ask *http.Request
	v := newVisit(d, c)
	if err == nil {
		ask, err = d.behind(r, v, token)
	}
	switch {
	case err != nil:
		writeError(w, err)
	case strings.HasSuffix(r.URL.Path, "/validate"):
		d.validate(w, ask)
	case !websocket.IsWebSocketUpgrade(r):
		writeError(w, refuse(CodeBadRequest, "this is for WebSockets"))
	default:
		d.visit(w, r, v, ask)
	}
}

// behind is the request as LiveKit is to see it: with exactly the pass that was checked.
// LiveKit would take one from the query too, so that is removed. So is "publish", which
// changes the identity that the token names.
func (d *Door) behind(r *http.Request, v *visit, token string) (*http.Request, error) {
	q := r.URL.Query()
	q.Del("access_token")
	q.Del("publish")
	if join := q.Get("join_request"); join != "" {
		plain, cids, err := v.rule().joinRequest(join)
		if err != nil {
			return nil, refuse(CodeBadRequest, err.Error())
		}
		q.Set("join_request", plain)
		for _, cid := range cids {
			v.began[cid] = true
		}
	}
	inner, err := d.store.inner(v.claims, token)
	if err != nil {
		return nil, err
	}
	u := d.liveKit.base.JoinPath(r.URL.Path)
	u.RawQuery = q.Encode()
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask LiveKit: %w", err)
	}
	ask.Header.Set("Authorization", "Bearer "+inner)
	ask.Header.Set("User-Agent", r.UserAgent())
	if a := remote(r); a.IsValid() {
		ask.Header.Set("X-Forwarded-For", a.WithZone("").String())
	}
	return ask, nil
}

// validate asks LiveKit whether it would let this pass in.
func (d *Door) validate(w http.ResponseWriter, ask *http.Request) {
	ctx, cancel := context.WithTimeout(ask.Context(), askTime)
	defer cancel()
	res, err := d.transport.RoundTrip(ask.WithContext(ctx))
	if err != nil {
		writeError(w, unavailable(err))
		return
	}
	defer func() { _ = res.Body.Close() }()
	relay(w, res)
}

// relay hands on LiveKit's answer, if it is short.
func relay(w http.ResponseWriter, res *http.Response) {
	const most = 4 << 10
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(res.StatusCode)
	_, _ = io.CopyN(w, res.Body, most) // fails when the client has gone, or the answer is shorter
}

// visit takes the client in and stays with it.
func (d *Door) visit(w http.ResponseWriter, r *http.Request, v *visit, ask *http.Request) {
	session, _ := d.store.Session(v.claims.Session)
	if err := d.visits.enter(session, v); err != nil {
		writeError(w, err)
		return
	}
	defer d.visits.leave(v)
	ctx := r.Context()
	if err := d.enterShared(ctx, session, v.claims); err != nil {
		writeError(w, err)
		return
	}
	dialer := websocket.Dialer{HandshakeTimeout: askTime}
	to, res, err := dialer.DialContext(ctx, wsURL(ask.URL), ask.Header)
	if err != nil {
		if res != nil && res.StatusCode != http.StatusSwitchingProtocols {
			relay(w, res)
			return
		}
		writeError(w, unavailable(err))
		return
	}
	v.to = to
	from, err := upgrade(w, r)
	if err != nil {
		_ = to.Close()
		return
	}
	v.mu.Lock()
	v.from = from
	v.mu.Unlock()
	// Whatever was decided while it came in holds.
	if _, err := d.store.checkClaims(v.claims); err != nil {
		v.cut()
	}
	v.run(ctx)
}

func wsURL(u *url.URL) string {
	w := *u
	w.Scheme = "ws"
	return w.String()
}
