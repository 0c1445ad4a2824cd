package door_test

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
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

// host is a live server and the means to ask it for everything.
func host(t testing.TB) (*server.Supervisor, door.Admin) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state.json")
	s := serve(t, state)
	keys, err := door.ReadKeys(state)
	if err != nil {
		t.Fatal(err)
	}
	return s, door.Admin{URL: s.State().Ready.URL, Keys: keys}
}

func newSession(t testing.TB, a door.Admin, i door.Interaction) string {
	t.Helper()
	s, err := a.CreateSession(t.Context(), "", i)
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

	local := open(t, "")
	for name, bad := range forged(t, local, session(t, local, door.ManyToMany)) {
		if len(bad.token) < 4096 && name != "expired a second ago" { // signed by another server here: all the same
			refused(t, good.URL, bad.token, "", http.StatusUnauthorized, door.CodeInvalid)
		}
	}
	if err := a.RevokePass(t.Context(), id, good.Identity); err != nil {
		t.Fatal(err)
	}
	refused(t, good.URL, good.Token, "", http.StatusForbidden, door.CodeRevoked)

	status, _, body := ask(t, http.MethodGet, good.URL+"/rtc/validate", mustPass(t, a, id, netvideo.Subscriber).Token, "")
	if status != http.StatusOK {
		t.Errorf("validate: %d %s", status, body)
	}
	if status, _, body := ask(t, http.MethodGet, good.URL+"/healthz", "", ""); status != http.StatusOK {
		t.Errorf("healthz: %d %s", status, body)
	}
}

// TestForgedTokensAtTheWebSocket uses the server's own key for what is to be refused.
func TestForgedTokensAtTheWebSocket(t *testing.T) {
	_, a := host(t)
	id := newSession(t, a, door.ManyToMany)
	twin, err := door.OpenStore("", a.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := twin.CreateSession(id, ""); err != nil {
		t.Fatal(err)
	}
	for name, bad := range forged(t, twin, id) {
		if len(bad.token) > 4096 {
			continue // no HTTP header is that long
		}
		t.Run(name, func(t *testing.T) {
			want := http.StatusUnauthorized
			if bad.code == door.CodeWrongSession {
				want = http.StatusForbidden
			}
			refused(t, a.URL, bad.token, "", want, bad.code)
		})
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
	wantCode(t, err, door.CodeInviteUsedUp, netvideo.ErrNoSuchInvite)
}

func awaitRestart(t testing.TB, s *server.Supervisor, before server.State) server.State {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		now := s.State()
		if now.Phase == server.Running && now.PID != before.PID {
			return now
		}
		if now.Phase == server.Failed {
			t.Fatalf("the server is given up: %v", now.Err)
		}
		select {
		case <-s.Changed():
		case <-limit:
			t.Fatalf("not restarted after a minute: %+v", now)
		}
	}
}
