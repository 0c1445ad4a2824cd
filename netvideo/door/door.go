package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

// Config says what a door stands before.
type Config struct {
	// Store is what the door knows. The caller closes it after the door.
	Store *Store
	// LiveKit is the server behind the door: http://127.0.0.1:PORT.
	LiveKit string
	// LocalOnly turns away everyone who does not come from this machine or its own
	// network, whatever address the door listens on.
	LocalOnly bool
	// Outside, when set, says where the internet reaches this machine's media now.
	Outside func() Outside
	// URL is where clients reach this door, for those of a door that is gone; of use
	// with a shared store alone.
	URL string
	// Ways, when set, are the addresses of this door now; passes list them, so that who
	// came by one that is gone comes back by another.
	Ways func() []Address
}

// A Door answers HTTP. Its methods may be called from any goroutine.
type Door struct {
	store     *Store
	liveKit   *liveKit
	transport *http.Transport
	requests  *limiter[netip.Prefix]
	tries     *limiter[netip.Prefix] // redemptions
	acts      *limiter[string]       // of moderation, by session/identity
	relays    *limiter[string]       // signals, by session/identity
	refusals  *limiter[struct{}]     // written to the audit
	visits    *visits
	routes    *routes
	page      page
	localOnly bool
	outside   func() Outside
	ways      func() []Address
	share     *sharing       // of a shared store
	running   sync.WaitGroup // what requests leave behind
}

// New makes a door; Serve opens it.
func New(cfg Config) (*Door, error) {
	behind, err := url.Parse(cfg.LiveKit)
	if err != nil || behind.Scheme != "http" || behind.Host == "" {
		return nil, fmt.Errorf("make a door: %q is not the address of a LiveKit server", cfg.LiveKit)
	}
	// No proxy from the environment: LiveKit is on this machine.
	transport := &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 30 * time.Second}
	now := cfg.Store.now
	d := &Door{
		store: cfg.Store, localOnly: cfg.LocalOnly, transport: transport,
		liveKit:  &liveKit{base: behind, transport: transport, store: cfg.Store},
		requests: newLimiter[netip.Prefix](now, requestBurst, requestRate),
		tries:    newLimiter[netip.Prefix](now, redeemBurst, redeemRate),
		acts:     newLimiter[string](now, actBurst, actRate),
		relays:   newLimiter[string](now, relayBurst, relayRate),
		refusals: newLimiter[struct{}](now, refusalBurst, refusalRate),
		visits:   newVisits(cfg.Store),
		page:     newPage(),
	}
	if d.outside, d.ways = cfg.Outside, cfg.Ways; d.outside == nil {
		d.outside = func() Outside { return Outside{} }
	}
	if cfg.Store.book.shared != nil {
		d.share = &sharing{id: newCode(12), url: cfg.URL, store: cfg.Store}
	}
	d.routes = d.newRoutes()
	return d, nil
}

func (d *Door) newRoutes() *routes {
	t := newRoutes()
	t.add("GET /healthz", d.health)
	t.add("GET /{$}", d.home)
	t.add("GET /r/{code}", d.invitePage)
	t.add("GET /r/{code}/{$}", d.invitePage) // as some paste it
	t.add("POST /r/{code}", d.redeem)
	for _, path := range []string{"/rtc", "/rtc/v1", "/rtc/validate", "/rtc/v1/validate"} {
		t.add("GET "+path, d.signal)
	}
	t.add("GET /api/pass", d.showPass)
	t.add("POST /api/pass", d.sibling)
	t.add("DELETE /api/pass/{session}/{identity}", d.revokePass)
	t.add("POST /api/token", d.createToken)
	t.add("POST /api/invites", d.createInvite)
	t.add("GET /api/invites", d.listInvites)
	t.add("DELETE /api/invites/{code}", d.revokeInvite)
	t.add("POST /api/invites/{code}/replace", d.replaceInvite)
	t.add("POST /api/sessions", d.createSession)
	t.add("GET /api/sessions", d.listSessions)
	t.add("GET /api/sessions/{session}", d.showSession)
	t.add("DELETE /api/sessions/{session}", d.deleteSession)
	t.add("GET /api/sessions/{session}/connections", d.listConnections)
	t.add("GET /api/sessions/{session}/streams", d.listStreams)
	t.add("GET /api/sessions/{session}/bans", d.listBans)
	t.add("DELETE /api/sessions/{session}/bans/{id}", d.liftBan)
	t.add("GET /api/sessions/{session}/audit", d.showAudit)
	t.add("POST /api/sessions/{session}/kick", actOf(d, "kick", d.kick, KickRequest.about))
	t.add("POST /api/sessions/{session}/unpublish", actOf(d, "unpublish", d.unpublish, UnpublishRequest.about))
	t.add("POST /api/sessions/{session}/mute", actOf(d, "mute", d.mute, MuteRequest.about))
	t.add("POST /api/sessions/{session}/unmute", actOf(d, "unmute", d.unmute, UnmuteRequest.about))
	t.add("POST /api/sessions/{session}/handover", actOf(d, "handover", d.handover, HandoverRequest.about))
	t.add("POST /api/sessions/{session}/signal", d.relaySignal)
	return t
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if d.localOnly && !onOurNetwork(remote(r)) {
		writeError(w, refuse(CodeNotFromHere, "this server only answers its own network"))
		return
	}
	if no := checkRequest(r); no != nil {
		w.Header().Set("Connection", "close") // what else it sent is not looked at
		writeError(w, no)
		return
	}
	if wait := d.requests.take(network(remote(r))); wait > 0 && !d.showsKey(r) {
		writeWait(w, wait, "requests from this address")
		return
	}
	if err := d.answersFor(r); err != nil {
		writeError(w, err)
		return
	}
	d.routes.mux.ServeHTTP(w, r)
}

// showsKey reports whether a request comes from who holds the key.
func (d *Door) showsKey(r *http.Request) bool {
	c, err := d.store.verify(passToken(r))
	return err == nil && c.Admin
}

// Serve answers what comes in through l until ctx ends, then closes l and every
// connection, and returns nil when all have ended.
func (d *Door) Serve(ctx context.Context, l net.Listener) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := &http.Server{
		Handler: d, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true,
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    log.New(io.Discard, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(newGate(l)) }()
	d.running.Go(func() { d.catchUp(requests) })
	if d.share != nil {
		d.running.Go(func() { d.share.run(requests, d.visits.places) })
	}
	var err error
	select {
	case err = <-ended:
		err = fmt.Errorf("serve the door: %w", err)
	case <-ctx.Done():
	}
	cut() // the WebSockets: Shutdown does not know them
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if srv.Shutdown(last) != nil {
		_ = srv.Close()
	}
	d.running.Wait()
	d.transport.CloseIdleConnections()
	if err == nil {
		<-ended
	}
	return err
}

// catchUp writes down, as soon as the disk lets it, what holds in memory only.
func (d *Door) catchUp(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.store.book.catchUp()
			d.store.audit.flush()
		}
	}
}

// remote is the address the request comes from; zero when it is not known.
func remote(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr()
}

// publicURL is the door's address as the client called it.
func publicURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// health says whether a join would find LiveKit.
func (d *Door) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := d.liveKit.reach(ctx); err != nil {
		writeError(w, err)
		return
	}
	status := "ok"
	if d.store.book.behind.Load() {
		status = "diskFull" // joins go on; what is new holds in memory only
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": status})
}

// readBody reads a request of at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, refuse(CodeTooLong, fmt.Sprintf("the request is longer than %d bytes", limit))
	case err != nil:
		return nil, refuse(CodeBadRequest, "the request ended early")
	}
	return body, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails when the client has gone
}

// writeError answers with the door's no. What is not one is ours to know.
func writeError(w http.ResponseWriter, err error) {
	var no *Error
	if !errors.As(err, &no) {
		no = refuse(CodeInternal, "the server failed at what it was asked to do")
	}
	writeJSON(w, no.Code.kind().status, no)
}
