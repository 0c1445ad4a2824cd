package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// dial opens a signalling connection as LiveKit's clients do, with the query added.
func dial(t testing.TB, base, token, query string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	return websocket.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/rtc?protocol=15&sdk=go"+query, &websocket.DialOptions{HTTPHeader: h})
}

// join dials and returns what LiveKit says to a newcomer.
func join(t testing.TB, base, token, query string) (*websocket.Conn, *livekit.JoinResponse) {
	t.Helper()
	c, _, err := dial(t, base, token, query)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(1 << 20)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, data, err := c.Read(ctx)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	var r livekit.SignalResponse
	if err := proto.Unmarshal(data, &r); err != nil || r.GetJoin() == nil {
		t.Fatalf("LiveKit's first words are %v, %v; want a join", &r, err)
	}
	return c, r.GetJoin()
}

// refused dials and returns the door's no.
func refused(t testing.TB, base, token, query string, wantStatus int, code door.Code) {
	t.Helper()
	c, res, err := dial(t, base, token, query)
	if err == nil {
		_ = c.CloseNow()
		t.Errorf("let in, want the code %s", code)
		return
	}
	if res == nil {
		t.Errorf("no answer: %v", err)
		return
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	wantNo(t, res.StatusCode, string(body), wantStatus, code)
}

// serveAgain starts a server on the state file, and restarts it on its ports.
func serveAgain(t testing.TB, state string) *server.Supervisor {
	t.Helper()
	o := childOptions("serve")
	o.Args = func(last server.Ready) []string {
		if last.Listen == "" {
			return []string{"127.0.0.1:0", "0", state}
		}
		return []string{last.Listen, strconv.Itoa(last.UDP), state}
	}
	return start(t, o)
}

// host is a live server and the means to ask it for everything.
func host(t testing.TB) (*server.Supervisor, door.Admin) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state.json")
	s := serveAgain(t, state)
	keys, err := door.ReadKeys(state)
	if err != nil {
		t.Fatal(err)
	}
	return s, door.Admin{URL: s.State().Ready.URL, Keys: keys}
}

func newSession(t testing.TB, a door.Admin, i door.Interaction) string {
	t.Helper()
	s, err := a.CreateSession(t.Context(), door.SessionRequest{Interaction: i})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

func TestRolesReachLiveKit(t *testing.T) {
	_, a := host(t)
	id := newSession(t, a, door.ManyToMany)
	for role, publishes := range map[netvideo.Role]bool{netvideo.Subscriber: false, netvideo.Publisher: true, netvideo.Moderator: true} {
		pass := mustPass(t, a, id, role)
		_, j := join(t, pass.URL, pass.Token, "")
		p := j.GetParticipant()
		if p.GetIdentity() != pass.Identity || j.GetRoom().GetName() != id || !strings.Contains(p.GetMetadata(), `"role":"`+string(role)+`"`) {
			t.Errorf("%s joined %s as %v", role, j.GetRoom().GetName(), p)
		}
		may := p.GetPermission()
		if may.GetCanPublish() != publishes || may.GetCanPublishData() != publishes || !may.GetCanSubscribe() || may.GetCanUpdateMetadata() || may.GetHidden() {
			t.Errorf("%s may %v", role, may)
		}
	}
}

func TestDoorRefusesAtTheWebSocket(t *testing.T) {
	_, a := host(t)
	id := newSession(t, a, door.ManyToMany)
	good := mustPass(t, a, id, netvideo.Publisher)

	// The door and LiveKit must look at the same token, and at what it says alone.
	_, j := join(t, good.URL, "", "&access_token="+good.Token)
	if got := j.GetParticipant().GetIdentity(); got != good.Identity {
		t.Errorf("joined as %q, want %q", got, good.Identity)
	}
	_, j = join(t, good.URL, good.Token, "&access_token=hello&publish=spare")
	if got := j.GetParticipant().GetIdentity(); got != good.Identity {
		t.Errorf("joined as %q, want %q", got, good.Identity)
	}
	refused(t, good.URL, "hello", "&access_token="+good.Token, http.StatusUnauthorized, door.CodeInvalid)

	if err := a.RevokePass(t.Context(), id, good.Identity); err != nil {
		t.Fatal(err)
	}
	refused(t, good.URL, good.Token, "", http.StatusForbidden, door.CodeRevoked)

	watcher := mustPass(t, a, id, netvideo.Subscriber)
	if got := status(t, good.URL+"/rtc/validate?access_token="+watcher.Token); got != http.StatusOK {
		t.Errorf("validate: status %d", got)
	}
	if got := status(t, good.URL+"/healthz"); got != http.StatusOK {
		t.Errorf("healthz: status %d", got)
	}
}

// TestForgedTokensAtTheWebSocket: what the door's own tests try, where it counts.
func TestForgedTokensAtTheWebSocket(t *testing.T) {
	_, a := host(t)
	id := newSession(t, a, door.ManyToMany)
	good := strings.Split(mustPass(t, a, id, netvideo.Subscriber).Token, ".")
	sign := func(m jwt.SigningMethod, key any, session string, d time.Duration) string {
		token, err := jwt.NewWithClaims(m, jwt.MapClaims{
			"iss": a.Keys.Key, "sub": "eve", "exp": time.Now().Add(d).Unix(), "video": map[string]any{"roomJoin": true, "room": session},
		}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	secret := []byte(a.Keys.Secret)
	for name, bad := range map[string]struct {
		token  string
		status int
		code   door.Code
	}{
		"none at all":            {"", http.StatusUnauthorized, door.CodeInvalid},
		"edited":                 {good[0] + "." + strings.Replace(good[1], "a", "b", 1) + "." + good[2], http.StatusUnauthorized, door.CodeInvalid},
		"alg none":               {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, id, time.Hour), http.StatusUnauthorized, door.CodeInvalid},
		"another secret":         {sign(jwt.SigningMethodHS256, []byte(strings.Repeat("x", 40)), id, time.Hour), http.StatusUnauthorized, door.CodeInvalid},
		"expired a second ago":   {sign(jwt.SigningMethodHS256, secret, id, -time.Second), http.StatusUnauthorized, door.CodeExpired},
		"expired 61 seconds ago": {sign(jwt.SigningMethodHS256, secret, id, -61*time.Second), http.StatusUnauthorized, door.CodeExpired},
		"wrong session":          {sign(jwt.SigningMethodHS256, secret, "elsewhere", time.Hour), http.StatusForbidden, door.CodeWrongSession},
	} {
		t.Run(name, func(t *testing.T) { refused(t, a.URL, bad.token, "", bad.status, bad.code) })
	}
}

func TestInteractionsHaveTheirPlaces(t *testing.T) {
	_, a := host(t)
	pair := newSession(t, a, door.OneToOne)
	first, second, third := mustPass(t, a, pair, netvideo.Publisher), mustPass(t, a, pair, netvideo.Subscriber), mustPass(t, a, pair, netvideo.Publisher)
	c, _ := join(t, a.URL, first.Token, "")
	join(t, a.URL, second.Token, "")
	refused(t, a.URL, third.Token, "", http.StatusConflict, door.CodeFull)
	join(t, a.URL, second.Token, "") // who reconnects while the old socket lingers
	_ = c.Close(websocket.StatusNormalClosure, "")
	joinSoon(t, a.URL, third.Token)

	show := newSession(t, a, door.OneToMany)
	join(t, a.URL, mustPass(t, a, show, netvideo.Moderator).Token, "")
	refused(t, a.URL, mustPass(t, a, show, netvideo.Publisher).Token, "", http.StatusConflict, door.CodeFull)
	for range 3 {
		join(t, a.URL, mustPass(t, a, show, netvideo.Subscriber).Token, "")
	}
}

// joinSoon joins as soon as the door has noticed that somebody left.
func joinSoon(t testing.TB, base, token string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		c, _, err := dial(t, base, token, "")
		if err == nil {
			_ = c.CloseNow()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still not let in: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestKillLosesNothing kills the server with SIGKILL: keys, sessions, passes, invites and
// the uses they have left are there again, on the same ports.
func TestKillLosesNothing(t *testing.T) {
	s, a := host(t)
	id := newSession(t, a, door.ManyToMany)
	i, err := a.CreateInvite(t.Context(), door.InviteRequest{Session: id, Uses: 3})
	if err != nil {
		t.Fatal(err)
	}
	link, err := netvideo.ParseLink(i.Link)
	if err != nil {
		t.Fatal(err)
	}
	pass, err := door.Redeem(t.Context(), link, door.Who{Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	join(t, pass.URL, pass.Token, "")
	for round := range 2 {
		before := s.State()
		if _, err := door.Redeem(t.Context(), link, door.Who{}); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		after := awaitRestart(t, s, before)
		if after.Ready.URL != before.Ready.URL || after.Ready.UDP != before.Ready.UDP {
			t.Fatalf("round %d: it was at %+v, is at %+v", round, before.Ready, after.Ready)
		}
		_, j := join(t, pass.URL, pass.Token, "")
		if got := j.GetParticipant().GetIdentity(); got != pass.Identity {
			t.Errorf("round %d: back as %q, want %q", round, got, pass.Identity)
		}
	}
	_, err = door.Redeem(t.Context(), link, door.Who{})
	if !errors.Is(err, netvideo.ErrNoSuchInvite) {
		t.Errorf("after the last use: %v", err)
	}
}

func awaitRestart(t testing.TB, s *server.Supervisor, before server.State) server.State {
	t.Helper()
	return await(t, s, "restarted", func(st server.State) bool { return st.Phase == server.Running && st.PID != before.PID })
}

// BenchmarkJoin is from dialling to LiveKit's first words, through the door.
func BenchmarkJoin(b *testing.B) {
	_, a := host(b)
	id := newSession(b, a, door.ManyToMany)
	for b.Loop() {
		b.StopTimer()
		p := mustPass(b, a, id, netvideo.Publisher)
		b.StartTimer()
		c, _ := join(b, a.URL, p.Token, "")
		b.StopTimer()
		_ = c.Close(websocket.StatusNormalClosure, "")
		b.StartTimer()
	}
}

// wantNo fails unless the answer is the door's no with this code and status.
func wantNo(t testing.TB, status int, body string, wantStatus int, code door.Code) {
	t.Helper()
	var no door.Error
	if err := json.Unmarshal([]byte(body), &no); err != nil || no.Code != code || status != wantStatus {
		t.Errorf("got %d %s, want %d with the code %s", status, body, wantStatus, code)
	}
}

func mustPass(t testing.TB, a door.Admin, session string, role netvideo.Role) door.Pass {
	t.Helper()
	p, err := a.CreatePass(t.Context(), door.PassRequest{Session: session, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
