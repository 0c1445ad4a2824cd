package door

import (
	"crypto/tls"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of HTTP.
const (
	maxHeader    = 64 << 10
	headerTime   = 10 * time.Second
	requestTime  = 15 * time.Second
	answerTime   = 30 * time.Second
	idleTime     = 2 * time.Minute
	maxConns     = 8192
	maxConnsEach = 1024 // from one address
)

// checkRequest turns away what no client of ours sends: every request has one plain
// reading, here and wherever it might be passed on to.
func checkRequest(r *http.Request) *Error {
	p := r.URL.Path
	switch {
	case r.URL.Host != "" || r.URL.Scheme != "" || r.URL.Opaque != "" || r.URL.User != nil:
		return refuse(CodeBadRequest, "the request must name a path, not a whole address")
	case !strings.HasPrefix(p, "/"):
		return refuse(CodeBadRequest, "the request names no path")
	case r.URL.RawPath != "" || path.Clean(p) != p && path.Clean(p)+"/" != p:
		return refuse(CodeBadRequest, "the path is not in its plainest form")
	case !utf8.ValidString(p) || strings.ContainsRune(p, '\\') || strings.IndexFunc(p, unicode.IsControl) >= 0:
		return refuse(CodeBadRequest, "the path is not plain text")
	case !plainHost(r.Host):
		return refuse(CodeBadRequest, "the Host header is not a host")
	case len(r.TransferEncoding) > 0 && r.ContentLength > 0:
		return refuse(CodeBadRequest, "the request says two lengths of its body")
	}
	return checkBody(r)
}

// checkBody: only those methods have one that need one, and then it is JSON.
func checkBody(r *http.Request) *Error {
	if r.ContentLength == 0 {
		return nil
	}
	if r.Method != http.MethodPost {
		return refuse(CodeBadRequest, "this request has no body")
	}
	switch kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case r.Header.Get("Content-Type") == "":
		return nil // from a shell, say
	case err != nil || kind != "application/json":
		return refuse(CodeWrongType, "the body must be JSON")
	case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return refuse(CodeWrongType, "the body must be in UTF-8")
	}
	return nil
}

// plainHost reports whether a Host header is HOST or HOST:PORT.
func plainHost(host string) bool {
	return host != "" && len(host) <= 255 && strings.IndexFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_:[]%", r))
	}) < 0
}

// routes are what the door answers; a known path by another method is told so.
type routes struct {
	mux     *http.ServeMux
	methods map[string][]string
}

func newRoutes() *routes {
	t := &routes{mux: http.NewServeMux(), methods: map[string][]string{}}
	t.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, refuse(CodeNotFound, "there is nothing here"))
	})
	return t
}

// add registers METHOD PATH.
func (t *routes) add(pattern string, h http.HandlerFunc) {
	method, p, _ := strings.Cut(pattern, " ")
	t.mux.HandleFunc(pattern, h)
	if t.methods[p] == nil {
		t.mux.HandleFunc(p, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(t.methods[p], ", "))
			writeError(w, refuse(CodeWrongMethod, "this path has no such method"))
		})
	}
	t.methods[p] = append(t.methods[p], method)
	if method == http.MethodGet {
		t.methods[p] = append(t.methods[p], http.MethodHead)
	}
	slices.Sort(t.methods[p])
}

// writeWait says to come back later.
func writeWait(w http.ResponseWriter, wait time.Duration, what string) {
	s := int(wait.Seconds()) + 1
	w.Header().Set("Retry-After", strconv.Itoa(s))
	writeError(w, refuse(CodeTooManyTries, fmt.Sprintf("too many %s; the next one may come in %d s", what, s)))
}

// A gate is a listener that holds a bounded number of connections, in all and from one
// address. Those beyond are closed at once.
type gate struct {
	net.Listener

	mu   sync.Mutex
	all  int
	each map[netip.Prefix]int
}

func newGate(l net.Listener) *gate {
	return &gate{Listener: l, each: map[netip.Prefix]int{}}
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		var from netip.Prefix
		if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
			from = network(a.AddrPort().Addr())
		}
		g.mu.Lock()
		room := g.all < maxConns && g.each[from] < maxConnsEach
		if room {
			g.all++
			g.each[from]++
		}
		g.mu.Unlock()
		if room {
			gated := &gatedConn{Conn: c, leave: sync.OnceFunc(func() { g.left(from) })}
			if s, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok {
				return securedConn{gated, s.ConnectionState}, nil
			}
			return gated, nil
		}
		_ = c.Close()
	}
}

func (g *gate) left(from netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.each[from]--; g.each[from] <= 0 {
		delete(g.each, from)
	}
}

type gatedConn struct {
	net.Conn
	leave func()
}

// A securedConn tells the HTTP server that it came by TLS.
type securedConn struct {
	*gatedConn
	state func() tls.ConnectionState
}

func (c securedConn) ConnectionState() tls.ConnectionState { return c.state() }

func (c *gatedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// CloseWrite says that nothing more will come, and lets the other side finish.
func (c *gatedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
