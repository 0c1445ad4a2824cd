package door_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// newDoor opens a door before nothing: what it answers itself needs no LiveKit.
func newDoor(t testing.TB, s *door.Store) (url string) {
	t.Helper()
	return openDoor(t, door.Config{Store: s, LiveKit: "http://127.0.0.1:1"})
}

func openDoor(t testing.TB, cfg door.Config) (url string) {
	t.Helper()
	d, err := door.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + l.Addr().String()
}

// ask sends a request and returns status, headers and body.
func ask(t testing.TB, method, url, token, body string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(data)
}

// wantNo fails unless the answer is the door's no with this code and status.
func wantNo(t testing.TB, status int, body string, wantStatus int, code door.Code) {
	t.Helper()
	var no door.Error
	if err := json.Unmarshal([]byte(body), &no); err != nil || no.Code != code || no.Message == "" || status != wantStatus {
		t.Errorf("got %d %s, want %d with the code %s", status, body, wantStatus, code)
	}
}

func TestGetNeverRedeems(t *testing.T) {
	s := open(t, "")
	i := invite(t, s, door.InviteRequest{Session: session(t, s, door.ManyToMany), Uses: 1})
	d := newDoor(t, s)
	var pages []string
	for _, method := range []string{http.MethodGet, http.MethodGet, http.MethodHead} {
		status, h, body := ask(t, method, d+"/r/"+i.Code, "", "")
		if status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", method, status, h)
		}
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", method, csp)
		}
		if method == http.MethodGet {
			pages = append(pages, body)
			if !strings.Contains(body, "cutout join "+d+"/r/"+i.Code) {
				t.Errorf("the page does not say how to join: %s", body)
			}
		}
	}
	// A stranger learns nothing from the page about which codes are good.
	if _, _, other := ask(t, http.MethodGet, d+"/r/nosuchinvite", "", ""); strings.ReplaceAll(other, "nosuchinvite", i.Code) != pages[0] {
		t.Error("a bad code's page is another one")
	}
	if got := s.Invites(i.Session)[0].UsesLeft; got != 1 {
		t.Errorf("%d uses left after looking, want 1", got)
	}
	pass, err := door.Redeem(t.Context(), netvideo.Link{Base: d, Code: i.Code}, door.Who{Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if pass.URL != d || pass.Session != i.Session {
		t.Errorf("the pass is %+v", pass)
	}
	_, err = door.Redeem(t.Context(), netvideo.Link{Base: d, Code: i.Code}, door.Who{})
	wantCode(t, err, door.CodeInviteUsedUp, netvideo.ErrNoSuchInvite)
}

func TestPageIsNotAnOpenMirror(t *testing.T) {
	d := newDoor(t, open(t, ""))
	for _, path := range []string{"/r/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/r/abc", "/r/", "/nowhere", "/twirp/livekit.RoomService/ListRooms", "/rtc/v2", "/agent", "/whip"} {
		status, _, body := ask(t, http.MethodGet, d+path, "", "")
		if status != http.StatusNotFound && status != http.StatusBadRequest || strings.Contains(body, "<script") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestRedeemOverHTTPRefuses(t *testing.T) {
	s := open(t, "")
	i := invite(t, s, door.InviteRequest{Session: session(t, s, door.ManyToMany), Uses: 1})
	d := newDoor(t, s)
	for _, body := range []string{`{"name":`, `[1]`, `"Ada"`, `{"name":5}`} {
		status, _, got := ask(t, http.MethodPost, d+"/r/"+i.Code, "", body)
		wantNo(t, status, got, http.StatusBadRequest, door.CodeBadRequest)
	}
	status, _, got := ask(t, http.MethodPost, d+"/r/"+i.Code, "", strings.Repeat(" ", 5000)+"{}")
	wantNo(t, status, got, http.StatusRequestEntityTooLarge, door.CodeTooLong)
	if got := s.Invites(i.Session)[0].UsesLeft; got != 1 {
		t.Errorf("%d uses left after bad requests, want 1", got)
	}
	status, _, got = ask(t, http.MethodPost, d+"/r/nosuchinvite", "", `{}`)
	wantNo(t, status, got, http.StatusNotFound, door.CodeUnknownInvite)
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := open(t, "")
	now := time.Now()
	s.SetClock(func() time.Time { return now })
	i := invite(t, s, door.InviteRequest{Session: session(t, s, door.ManyToMany)})
	d := newDoor(t, s)
	guesses := 0
	for ; guesses < 100; guesses++ {
		if status, _, _ := ask(t, http.MethodPost, d+"/r/nosuchinvite", "", `{}`); status == http.StatusTooManyRequests {
			break
		}
	}
	if guesses < 5 || guesses > 20 {
		t.Errorf("%d guesses before the door stops listening", guesses)
	}
	status, h, got := ask(t, http.MethodPost, d+"/r/"+i.Code, "", `{}`)
	wantNo(t, status, got, http.StatusTooManyRequests, door.CodeTooManyTries)
	if h.Get("Retry-After") == "" {
		t.Error("it does not say when to come back")
	}
	now = now.Add(time.Minute)
	for n := range 40 { // a household that joins together
		if _, err := door.Redeem(t.Context(), netvideo.Link{Base: d, Code: i.Code}, door.Who{}); err != nil {
			t.Fatalf("pass %d: %v", n, err)
		}
	}
}

// TestWhoMayAskForWhat goes through every request that needs a right, with every pass.
func TestWhoMayAskForWhat(t *testing.T) {
	s := open(t, "")
	here, there := session(t, s, door.ManyToMany), session(t, s, door.ManyToMany)
	d := newDoor(t, s)
	admin, err := door.AdminToken(s.Keys())
	if err != nil {
		t.Fatal(err)
	}
	mint := func(id string, role netvideo.Role) string {
		p, err := s.Mint(door.PassRequest{Session: id, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		return p.Token
	}
	passes := map[string]string{
		"nobody": "", "key": admin, "moderator": mint(here, netvideo.Moderator), "publisher": mint(here, netvideo.Publisher),
		"subscriber": mint(here, netvideo.Subscriber), "stranger": mint(there, netvideo.Moderator),
	}
	code := func() string { return invite(t, s, door.InviteRequest{Session: here}).Code }
	for _, c := range []struct {
		method, path, body string
		allowed            []string
	}{
		{"POST", "/api/sessions", `{}`, []string{"key"}},
		{"POST", "/api/token", `{"session":"` + here + `","role":"publisher","name":"Bo"}`, []string{"key", "moderator"}},
		{"POST", "/api/invites", `{"session":"` + here + `"}`, []string{"key", "moderator"}},
		{"POST", "/api/invites", `{"session":"` + here + `","role":"moderator"}`, []string{"key"}},
		{"GET", "/api/invites?session=" + here, "", []string{"key", "moderator"}},
		{"DELETE", "/api/invites/CODE?session=" + here, "", []string{"key", "moderator"}},
		{"DELETE", "/api/invites/CODE", "", []string{"key"}},
		{"DELETE", "/api/pass/" + here + "/eve%23x", "", []string{"key", "moderator"}},
	} {
		for who, token := range passes {
			status, _, body := ask(t, c.method, d+strings.Replace(c.path, "CODE", code(), 1), token, c.body)
			may := strings.Contains(strings.Join(c.allowed, " "), who)
			if may != (status < 300) || !may && status != 401 && status != 403 {
				t.Errorf("%s %s %s as %s: %d %s", c.method, c.path, c.body, who, status, body)
			}
		}
	}
}

func TestAdminClient(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.json"))
	d := newDoor(t, s)
	a := door.Admin{URL: d + "/", Keys: s.Keys()}
	made, err := a.CreateSession(t.Context(), door.SessionRequest{Interaction: door.OneToMany})
	if err != nil {
		t.Fatal(err)
	}
	i, err := a.CreateInvite(t.Context(), door.InviteRequest{Session: made.ID, Uses: 3})
	if err != nil {
		t.Fatal(err)
	}
	link, err := netvideo.ParseLink(i.Link)
	if err != nil || link.Base != d || i.Role != netvideo.Subscriber {
		t.Errorf("invite %+v, %v", i, err)
	}
	if pass, err := door.Redeem(t.Context(), link, door.Who{Name: "Bo", Bot: true}); err != nil || pass.Role != netvideo.Subscriber {
		t.Errorf("pass %+v, %v", pass, err)
	}
	list, err := a.Invites(t.Context(), made.ID)
	if err != nil || len(list) != 1 || list[0].UsesLeft != 2 {
		t.Errorf("invites %+v, %v", list, err)
	}
	if err := a.RevokeInvite(t.Context(), "", i.Code); err != nil {
		t.Error(err)
	}
	_, err = door.Redeem(t.Context(), link, door.Who{})
	wantCode(t, err, door.CodeInviteRevoked, netvideo.ErrRevoked)
	wantCode(t, a.RevokeInvite(t.Context(), "", "nosuchinvite"), door.CodeUnknownInvite, netvideo.ErrNoSuchInvite)
	pass := mustPass(t, a, made.ID, netvideo.Publisher)
	if err := a.RevokePass(t.Context(), made.ID, pass.Identity); err != nil {
		t.Error(err)
	}
	_, err = door.CheckPass(t.Context(), "ws"+strings.TrimPrefix(d, "http"), pass.Token)
	wantCode(t, err, door.CodeRevoked, netvideo.ErrRevoked)
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + l.Addr().String()
	_ = l.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	chatty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome") }))
	defer chatty.Close()
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer empty.Close()
	for name, base := range map[string]string{"nobody": dead, "another server": other.URL, "a web page": chatty.URL, "an empty object": empty.URL} {
		_, err := door.Redeem(t.Context(), netvideo.Link{Base: base, Code: "abcdefgh"}, door.Who{})
		if err == nil || !strings.Contains(err.Error(), netvideo.ErrUnreachable.Error()) {
			t.Errorf("%s: %v, want ErrUnreachable", name, err)
		}
	}
}

// TestLocalOnly: who comes from outside gets nothing, whatever he holds.
func TestLocalOnly(t *testing.T) {
	s := open(t, "")
	d, err := door.New(door.Config{Store: s, LiveKit: "http://127.0.0.1:1", LocalOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for from, ok := range map[string]bool{
		"127.0.0.1:4000": true, "[::1]:4000": true, "192.168.1.9:4000": true, "[fe80::2%eth0]:4000": true, "[::ffff:10.0.0.1]:4000": true, "192.0.2.9:4000": true,
		"8.8.8.8:4000": false, "[2606:4700:4700::1111]:4000": false, "": false, "nonsense": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if (w.Code == http.StatusOK) != ok {
			t.Errorf("from %q: %d", from, w.Code)
		}
	}
}
