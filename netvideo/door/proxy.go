package door

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"cutout/netvideo"
)

// newProxy lets requests through to LiveKit with exactly the token that was checked:
// LiveKit would take one from the header and from the query, so the query's is removed.
// So is "publish", which changes the identity that the token names.
func newProxy(behind *url.URL, t http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(behind)
			p.SetXForwarded()
			q := p.Out.URL.Query()
			q.Del("access_token")
			q.Del("publish")
			p.Out.URL.RawQuery = q.Encode()
			p.Out.Header.Set("Authorization", "Bearer "+passToken(p.In))
		},
		Transport: t,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			writeError(w, refuse(CodeUnavailable, "the room's server does not answer"))
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// passToken is the token a request shows: the header's, else the query's, as LiveKit's
// clients send them.
func passToken(r *http.Request) string {
	if h := r.Header.Get("Authorization"); h != "" {
		token, _ := strings.CutPrefix(h, "Bearer ")
		return token
	}
	return r.URL.Query().Get("access_token")
}

// signal lets LiveKit's clients through when their pass is good.
func (d *Door) signal(w http.ResponseWriter, r *http.Request) {
	d.proxied.Add(1)
	defer d.proxied.Done()
	// As LiveKit's own: pages from elsewhere may ask, the token decides.
	w.Header().Set("Access-Control-Allow-Origin", "*")
	c, err := d.store.Check(passToken(r))
	if err != nil {
		writeError(w, err)
		return
	}
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		session, _ := d.store.Session(c.Session)
		leave, err := d.present.enter(session, c)
		if err != nil {
			writeError(w, err)
			return
		}
		defer leave()
	}
	w.Header().Del("Access-Control-Allow-Origin") // LiveKit sets it itself
	d.proxy.ServeHTTP(w, r)
}

// reachLiveKit returns nil when LiveKit answers, whatever it says.
func (d *Door) reachLiveKit(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://livekit/", nil)
	if err != nil {
		return fmt.Errorf("ask LiveKit: %w", err)
	}
	out := req.Clone(ctx)
	d.proxy.Rewrite(&httputil.ProxyRequest{In: req, Out: out})
	res, err := d.transport.RoundTrip(out)
	if err != nil {
		return fmt.Errorf("ask LiveKit: %w", err)
	}
	return res.Body.Close()
}

// presence counts who has a signalling connection, for interactions with few places.
type presence struct {
	mu       sync.Mutex
	sessions map[string]map[string]int // session -> identity -> connections
}

// enter takes a place; leave gives it back. A connection that reconnects while its old
// socket still lingers has its place already.
func (p *presence) enter(s Session, c Claims) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sessions == nil {
		p.sessions = map[string]map[string]int{}
	}
	here := p.sessions[s.ID]
	if counted(s.Interaction, c.Role) && here[c.Identity] == 0 && len(here) >= places(s.Interaction) {
		return nil, refuse(CodeFull, fmt.Sprintf("this session is %s and has no place left", s.Interaction))
	}
	if !counted(s.Interaction, c.Role) {
		return func() {}, nil
	}
	if here == nil {
		here = map[string]int{}
		p.sessions[s.ID] = here
	}
	here[c.Identity]++
	return func() { p.leave(s.ID, c.Identity) }, nil
}

func (p *presence) leave(session, identity string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	here := p.sessions[session]
	if here[identity]--; here[identity] <= 0 {
		delete(here, identity)
	}
	if len(here) == 0 {
		delete(p.sessions, session)
	}
}

// counted reports whether the role takes one of the interaction's places.
func counted(i Interaction, role netvideo.Role) bool {
	return i == OneToOne || i == OneToMany && role.Publishes()
}

// places is how many of those there are.
func places(i Interaction) int {
	if i == OneToOne {
		return 2
	}
	return 1
}
