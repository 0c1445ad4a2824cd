package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// The tests in the files hostile*_test.go attack a running `cutout serve` the way an
// ill-meaning client would. docs/security.md lists them.

// A target is a running server and the means to ask it for everything.
type target struct {
	*program
	door.Admin
	state  string
	listen string
	udp    int
}

// startTarget starts a server on a state file of its own.
func startTarget(t *testing.T) *target {
	t.Helper()
	return startTargetOn(t, t.TempDir(), "127.0.0.1:0", 0)
}

func startTargetOn(t *testing.T, dir, listen string, udp int) *target {
	t.Helper()
	s := &target{state: filepath.Join(dir, "state.json")}
	s.program = start(t, dir, nil, "serve", "--json", "--sample", "--listen", listen, "--udp", strconv.Itoa(udp), "--state", s.state)
	var ready struct {
		URL, Listen string
		UDP         int
	}
	waitUntil(t, s.program, "the server is ready", func() bool { return json.Unmarshal([]byte(s.output()), &ready) == nil })
	keys, err := door.ReadKeys(s.state)
	if err != nil {
		t.Fatal(err)
	}
	s.Admin = door.Admin{URL: ready.URL, Keys: keys}
	s.listen, s.udp = ready.Listen, ready.UDP
	return s
}

func (s *target) session(t *testing.T, i door.Interaction) string {
	t.Helper()
	made, err := s.CreateSession(t.Context(), door.SessionRequest{Interaction: i})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

func (s *target) pass(t *testing.T, r door.PassRequest) door.Pass {
	t.Helper()
	p, err := s.CreatePass(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// as is the door as the holder of a pass sees it.
func as(p door.Pass) door.Admin { return door.Admin{URL: p.URL, Pass: p.Token} }

// invited makes an invite, and reads its link.
func invited(t *testing.T, a door.Admin, r door.InviteRequest) (door.LinkedInvite, netvideo.Link) {
	t.Helper()
	invite, err := a.CreateInvite(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	link, err := netvideo.ParseLink(invite.Link)
	if err != nil {
		t.Fatal(err)
	}
	return invite, link
}

// wantNo fails unless the door said no with one of these codes.
func wantNo(t *testing.T, what string, err error, codes ...door.Code) {
	t.Helper()
	var no *door.Error
	if !errors.As(err, &no) {
		t.Errorf("%s: %v, want the door's no", what, err)
		return
	}
	if no.Hint == "" {
		t.Errorf("%s: %s comes without a hint", what, no.Code)
	}
	for _, c := range codes {
		if no.Code == c {
			return
		}
	}
	t.Errorf("%s: the code is %s (%s), want %v", what, no.Code, no.Message, codes)
}

// An attacker speaks LiveKit's signalling by hand.
type attacker struct {
	t  *testing.T
	ws *websocket.Conn
}

// attack opens a signalling connection; the error is the door's no where it is one.
func attack(t *testing.T, base, token, query string) (*attacker, error) {
	t.Helper()
	d := websocket.Dialer{HandshakeTimeout: patience}
	u := "ws" + strings.TrimPrefix(base, "http") + "/rtc?protocol=15&sdk=go&auto_subscribe=0" + query
	ws, res, err := d.DialContext(t.Context(), u, http.Header{"Authorization": {"Bearer " + token}})
	if err == nil {
		t.Cleanup(func() { _ = ws.Close() })
		return &attacker{t, ws}, nil
	}
	if res != nil {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16))
		no := &door.Error{}
		if json.Unmarshal(body, no) == nil && no.Code != "" {
			return nil, no
		}
	}
	return nil, err
}

// join attacks and waits for LiveKit's first words.
func join(t *testing.T, p door.Pass) *attacker {
	t.Helper()
	c, err := attack(t, p.URL, p.Token, "")
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	c.await("the join", func(m *livekit.SignalResponse) bool { return m.GetJoin() != nil })
	return c
}

func (c *attacker) send(m *livekit.SignalRequest) {
	c.t.Helper()
	data, err := proto.Marshal(m)
	if err == nil {
		err = c.ws.WriteMessage(websocket.BinaryMessage, data)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// await reads until a message fits.
func (c *attacker) await(what string, fits func(*livekit.SignalResponse) bool) *livekit.SignalResponse {
	c.t.Helper()
	m, err := c.next(patience, fits)
	if err != nil {
		c.t.Fatalf("waited in vain for %s: %v", what, err)
	}
	return m
}

// next reads until a message fits, the connection ends or the time is over.
func (c *attacker) next(d time.Duration, fits func(*livekit.SignalResponse) bool) (*livekit.SignalResponse, error) {
	_ = c.ws.SetReadDeadline(time.Now().Add(d))
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return nil, err
		}
		m := &livekit.SignalResponse{}
		if err := proto.Unmarshal(data, m); err != nil {
			return nil, err
		}
		if fits(m) {
			return m, nil
		}
	}
}

// ended waits until the connection has ended.
func (c *attacker) ended() error {
	_, err := c.next(patience, func(*livekit.SignalResponse) bool { return false })
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return errors.New("it goes on")
	}
	return nil
}

// leave says goodbye for good.
func (c *attacker) leave() {
	c.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Leave{Leave: &livekit.LeaveRequest{Reason: livekit.DisconnectReason_CLIENT_INITIATED}}})
	if err := c.ended(); err != nil {
		c.t.Errorf("after leaving: %v", err)
	}
}

func addTrack(cid string, kind livekit.TrackType, source livekit.TrackSource) *livekit.SignalRequest {
	return &livekit.SignalRequest{Message: &livekit.SignalRequest_AddTrack{AddTrack: &livekit.AddTrackRequest{Cid: cid, Type: kind, Source: source, Name: cid}}}
}

// refreshed is the token by which LiveKit renews a connection's own.
func refreshed(c *attacker) string {
	return c.await("a refreshed token", func(m *livekit.SignalResponse) bool { return m.GetRefreshToken() != "" }).GetRefreshToken()
}

func muteTrack(sid string, muted bool) *livekit.SignalRequest {
	return &livekit.SignalRequest{Message: &livekit.SignalRequest_Mute{Mute: &livekit.MuteTrackRequest{Sid: sid, Muted: muted}}}
}

func awaitPublished(c *attacker, cid string) *livekit.TrackInfo {
	return c.await("the track "+cid, func(m *livekit.SignalResponse) bool { return m.GetTrackPublished().GetCid() == cid }).GetTrackPublished().GetTrack()
}

// forge signs a token by hand.
func forge(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestHostileTokens: no token but a good one opens anything.
func TestHostileTokens(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	good := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Eve"}})
	secret := []byte(s.Keys.Secret)
	claims := func(session string, life time.Duration) jwt.MapClaims {
		return jwt.MapClaims{
			"iss": s.Keys.Key, "sub": "eve", "exp": time.Now().Add(life).Unix(), "metadata": `{"role":"moderator"}`,
			"video": map[string]any{"roomJoin": true, "room": session, "canPublish": true, "roomAdmin": true},
		}
	}
	parts := strings.Split(good.Token, ".")
	noEnd := claims(id, 0)
	delete(noEnd, "exp")
	other := claims(id, time.Hour)
	other["iss"] = "somebody"
	early := claims(id, time.Hour)
	early["nbf"] = time.Now().Add(10 * time.Minute).Unix()
	otherServer := startTarget(t)
	for name, token := range map[string]string{
		"none at all":            "",
		"not a token":            "hello",
		"edited":                 parts[0] + "." + strings.TrimRight(jwtPayload(t, claims(id, time.Hour)), "=") + "." + parts[2],
		"without its signature":  parts[0] + "." + parts[1] + ".",
		"alg none":               forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(id, time.Hour)),
		"HS512":                  forge(t, jwt.SigningMethodHS512, secret, claims(id, time.Hour)),
		"another secret":         forge(t, jwt.SigningMethodHS256, []byte(strings.Repeat("x", 40)), claims(id, time.Hour)),
		"another issuer":         forge(t, jwt.SigningMethodHS256, secret, other),
		"another server's key":   forge(t, jwt.SigningMethodHS256, []byte(otherServer.Keys.Secret), claims(id, time.Hour)),
		"expired 61 seconds ago": forge(t, jwt.SigningMethodHS256, secret, claims(id, -61*time.Second)),
		"expired a second ago":   forge(t, jwt.SigningMethodHS256, secret, claims(id, -time.Second)),
		"without an end":         forge(t, jwt.SigningMethodHS256, secret, noEnd),
		"not valid yet":          forge(t, jwt.SigningMethodHS256, secret, early),
		"for a room not here":    forge(t, jwt.SigningMethodHS256, secret, claims("elsewhere", time.Hour)),
		"60 KB of it":            strings.Repeat("x", 60<<10),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attack(t, s.URL, token, "")
			wantNo(t, "the WebSocket", err, door.CodeInvalid, door.CodeExpired, door.CodeWrongSession)
			_, err = attack(t, s.URL, "", "&access_token="+token[:min(len(token), 30<<10)])
			wantNo(t, "the WebSocket, in the address", err, door.CodeInvalid, door.CodeExpired, door.CodeWrongSession)
			_, err = door.CheckPass(t.Context(), s.URL, token)
			wantNo(t, "the pass", err, door.CodeInvalid, door.CodeExpired, door.CodeWrongSession)
			_, err = door.Admin{URL: s.URL, Pass: token}.Kick(t.Context(), id, door.KickRequest{Connection: good.Identity})
			wantNo(t, "a kick", err, door.CodeForbidden, door.CodeInvalid, door.CodeExpired, door.CodeWrongSession)
		})
	}
	join(t, good)
}

func jwtPayload(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	return strings.Split(forge(t, jwt.SigningMethodHS256, []byte("x"), claims), ".")[1]
}

// TestHostileRoles: who may not gets nothing, by HTTP, by signalling or by LiveKit's own
// interface.
func TestHostileRoles(t *testing.T) {
	s := startTarget(t)
	id, elsewhere := s.session(t, door.ManyToMany), s.session(t, door.ManyToMany)
	victim := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Ada"}})
	ada := join(t, victim)
	for name, p := range map[string]door.Pass{
		"subscriber":            s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber}),
		"publisher":             s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}),
		"publisherOnly":         s.pass(t, door.PassRequest{Session: id, Role: netvideo.PublisherOnly}),
		"a moderator elsewhere": s.pass(t, door.PassRequest{Session: elsewhere, Role: netvideo.Moderator}),
	} {
		t.Run(name, func(t *testing.T) { tryEverything(t.Context(), t, as(p), id, victim) })
	}
	// LiveKit's own interface is not behind the door, for any token.
	for _, path := range []string{"/twirp/livekit.RoomService/ListRooms", "/twirp/livekit.RoomService/RemoveParticipant", "/agent", "/whip", "/rtc/../twirp/livekit.RoomService/ListRooms", "/debug/pprof/", "/metrics"} {
		if status, _ := post(t, s.URL+path, victim.Token, "{}"); status < 400 {
			t.Errorf("POST %s: status %d", path, status)
		}
	}
	if _, err := door.CheckPass(t.Context(), s.URL, victim.Token); err != nil {
		t.Errorf("the victim's pass: %v", err)
	}
	ada.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{PingReq: &livekit.Ping{Timestamp: 1}}})
	ada.await("an answer", func(m *livekit.SignalResponse) bool { return m.GetPongResp() != nil })
}

func tryEverything(ctx context.Context, t *testing.T, a door.Admin, id string, victim door.Pass) {
	t.Helper()
	whom := victim.Identity
	tries := map[string]func() error{
		"kick":        func() error { _, err := a.Kick(ctx, id, door.KickRequest{Connection: whom}); return err },
		"mute":        func() error { _, err := a.Mute(ctx, id, door.MuteRequest{Connection: whom}); return err },
		"mute all":    func() error { _, err := a.Mute(ctx, id, door.MuteRequest{All: true, Lock: true}); return err },
		"unmute":      func() error { _, err := a.Unmute(ctx, id, door.UnmuteRequest{All: true}); return err },
		"unpublish":   func() error { _, err := a.Unpublish(ctx, id, door.UnpublishRequest{Connection: whom}); return err },
		"handover":    func() error { _, err := a.Handover(ctx, id, door.HandoverRequest{Connection: whom}); return err },
		"bans":        func() error { _, err := a.Bans(ctx, id); return err },
		"lift a ban":  func() error { return a.LiftBan(ctx, id, whom) },
		"audit":       func() error { _, err := a.Audit(ctx, id, 10); return err },
		"connections": func() error { _, err := a.Connections(ctx, id); return err },
		"streams":     func() error { _, err := a.Streams(ctx, id); return err },
		"revoke":      func() error { return a.RevokePass(ctx, id, whom) },
		"end":         func() error { return a.EndSession(ctx, id) },
		"make a token": func() error {
			_, err := a.CreatePass(ctx, door.PassRequest{Session: id, Role: netvideo.Moderator})
			return err
		},
		"invite":  func() error { _, err := a.CreateInvite(ctx, door.InviteRequest{Session: id}); return err },
		"invites": func() error { _, err := a.Invites(ctx, id); return err },
		"session": func() error { _, err := a.CreateSession(ctx, door.SessionRequest{}); return err },
	}
	for what, try := range tries {
		wantNo(t, what, try(), door.CodeForbidden, door.CodeWrongSession)
	}
}

// post sends a body and returns status and answer.
func post(t *testing.T, url, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}
