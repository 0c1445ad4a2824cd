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
	"net/http/httputil"
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
}

// A Door answers HTTP. Its methods may be called from any goroutine.
type Door struct {
	store     *Store
	proxy     *httputil.ReverseProxy
	transport *http.Transport
	tries     *limiter
	present   presence
	mux       *http.ServeMux
	page      page
	localOnly bool
	proxied   sync.WaitGroup
}

// New makes a door; Serve opens it.
func New(cfg Config) (*Door, error) {
	behind, err := url.Parse(cfg.LiveKit)
	if err != nil || behind.Scheme != "http" || behind.Host == "" {
		return nil, fmt.Errorf("make a door: %q is not the address of a LiveKit server", cfg.LiveKit)
	}
	d := &Door{
		store: cfg.Store, localOnly: cfg.LocalOnly, tries: newLimiter(cfg.Store.now),
		// No proxy from the environment: LiveKit is on this machine.
		transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 30 * time.Second},
		mux:       http.NewServeMux(),
		page:      newPage(),
	}
	d.proxy = newProxy(behind, d.transport)
	d.mux.HandleFunc("GET /healthz", d.health)
	d.mux.HandleFunc("GET /{$}", d.home)
	d.mux.HandleFunc("GET /r/{code}", d.invitePage)
	d.mux.HandleFunc("POST /r/{code}", d.redeem)
	for _, path := range []string{"/rtc", "/rtc/v1", "/rtc/validate", "/rtc/v1/validate"} {
		d.mux.HandleFunc("GET "+path, d.signal)
	}
	d.mux.HandleFunc("GET /api/pass", d.showPass)
	d.mux.HandleFunc("DELETE /api/pass/{session}/{identity}", d.revokePass)
	d.mux.HandleFunc("POST /api/sessions", d.createSession)
	d.mux.HandleFunc("POST /api/token", d.createToken)
	d.mux.HandleFunc("POST /api/invites", d.createInvite)
	d.mux.HandleFunc("GET /api/invites", d.listInvites)
	d.mux.HandleFunc("DELETE /api/invites/{code}", d.revokeInvite)
	d.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, refuse(CodeNotFound, "there is nothing here"))
	})
	return d, nil
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if d.localOnly && !onOurNetwork(remote(r)) {
		writeError(w, refuse(CodeNotFromHere, "this server only answers its own network"))
		return
	}
	d.mux.ServeHTTP(w, r)
}

// Serve answers what comes in through l until ctx ends, then closes l and every
// connection, and returns nil when all have ended.
func (d *Door) Serve(ctx context.Context, l net.Listener) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := &http.Server{
		Handler: d, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    log.New(io.Discard, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
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
	d.proxied.Wait()
	d.transport.CloseIdleConnections()
	if err == nil {
		<-ended
	}
	return err
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
	if err := d.reachLiveKit(ctx); err != nil {
		writeError(w, refuse(CodeUnavailable, "the room's server does not answer"))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readBody reads a request of at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, refuse(CodeBadRequest, fmt.Sprintf("the request is longer than %d bytes", limit))
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
		no = refuse(CodeInternal, "the server could not keep what it was asked to; its disk may be full")
	}
	writeJSON(w, no.status(), no)
}
