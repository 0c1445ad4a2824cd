package door

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"cutout/netvideo"
)

// fuzzDoor is a door before nothing, with a session, a pass of every role and an invite.
func fuzzDoor(t testing.TB) (d *Door, s *Store, session, code string, tokens []string) {
	t.Helper()
	s, err := OpenStore("", Keys{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.CreateSession(SessionRequest{ID: "friday"})
	if err != nil {
		t.Fatal(err)
	}
	invite, err := s.CreateInvite(InviteRequest{Session: made.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range netvideo.Roles() {
		p, err := s.Mint(PassRequest{Session: made.ID, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, p.Token)
	}
	admin, err := adminToken(s.keys)
	if err != nil {
		t.Fatal(err)
	}
	d, err = New(Config{Store: s, LiveKit: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	return d, s, made.ID, invite.Code, append(tokens, admin, "")
}

// FuzzRequest: whatever is asked, by whomever, the door answers with a status of its
// own making and JSON or its page, and only who may has changed anything.
func FuzzRequest(f *testing.F) {
	for _, r := range []string{
		"GET /healthz ", "GET / ", "GET /r/CODE ", "POST /r/CODE {\"name\":\"Ada\"}", "GET /rtc ", "GET /rtc/v1?join_request=AA== ",
		"GET /api/pass ", "POST /api/pass ", "DELETE /api/pass/friday/ada%23x ", "POST /api/token {\"session\":\"friday\",\"role\":\"publisher\",\"once\":true}",
		"POST /api/invites {\"session\":\"friday\",\"uses\":3}", "GET /api/invites?session=friday ", "DELETE /api/invites/CODE?session=friday ",
		"POST /api/invites/CODE/replace?session=friday ", "POST /api/sessions {\"session\":\"x\"}", "GET /api/sessions ", "GET /api/sessions/friday ",
		"DELETE /api/sessions/friday ", "GET /api/sessions/friday/audit?limit=5 ", "GET /api/sessions/friday/bans ",
		"POST /api/sessions/friday/kick {\"connection\":\"ada#abcdefghjk\"}", "POST /api/sessions/friday/mute {\"all\":true,\"lock\":true,\"media\":[\"video\"]}",
		"POST /api/sessions/friday/unmute {\"all\":true}", "POST /api/sessions/friday/handover {\"connection\":\"x\"}", "POST /api/sessions/friday/unpublish {\"stream\":\"x/y\"}",
		"POST /api/sessions/friday/signal {\"type\":\"vote\",\"data\":\"AAAA\"}", "GET //r/../api/pass ", "OPTIONS * ", "GET /r/%2e%2e/x ", "PUT /api/token {}",
	} {
		method, rest, _ := strings.Cut(r, " ")
		target, body, _ := strings.Cut(rest, " ")
		for who := range 6 {
			f.Add(method, target, body, "application/json", uint8(who))
		}
	}
	d, s, _, code, tokens := fuzzDoor(f)
	f.Fuzz(func(t *testing.T, method, target, body, contentType string, who uint8) {
		token := tokens[int(who)%len(tokens)]
		raw := method + " " + strings.ReplaceAll(target, "CODE", code) + " HTTP/1.1\r\nHost: door\r\nContent-Type: " + contentType + "\r\n"
		if token != "" {
			raw += "Authorization: Bearer " + token + "\r\n"
		}
		raw += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		r.RemoteAddr = "192.0.2.7:4000"
		before := essence(s)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		checkAnswer(t, w)
		moderates := int(who)%len(tokens) == 3 || int(who)%len(tokens) == 4 // a moderator, or the key
		if after := essence(s); after != before && !moderates {
			t.Fatalf("%s %s %q as %d changed the state from %s to %s", method, target, body, who, before, after)
		}
		if essence(s) != before || d.requests.wait(network(remote(r))) > 0 || d.tries.wait(network(remote(r))) > 0 {
			d, s, _, code, tokens = fuzzDoor(t)
		}
	})
}

// essence is what only moderators and the key may change: all but how often passes and
// invites were used.
func essence(s *Store) string {
	st := *s.book.read()
	st.Siblings, st.Used = nil, nil
	data, err := json.Marshal(st)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// checkAnswer fails unless the answer is one that docs/protocol.md knows.
func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.Bytes()
	if w.Code < 300 || w.Code == http.StatusSwitchingProtocols {
		return
	}
	if w.Code < 400 {
		if w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect || w.Code == http.StatusPermanentRedirect {
			return
		}
		t.Fatalf("status %d", w.Code)
	}
	if w.Code == http.StatusBadGateway && w.Header().Get("Content-Type") == "text/plain; charset=utf-8" {
		return
	}
	var no Error
	if len(body) > 0 && (json.Unmarshal(body, &no) != nil || no.Code == "" || no.Message == "" || no.Code.kind().status != w.Code) {
		t.Fatalf("status %d with %q", w.Code, body)
	}
	if no.Code == CodeInternal {
		t.Fatalf("a fault of ours: %s", body)
	}
}

// FuzzToken: no token but one that was signed here opens anything, and reading one never
// panics.
func FuzzToken(f *testing.F) {
	_, s, session, _, tokens := fuzzDoor(f)
	genuine := map[string]bool{}
	for _, token := range tokens {
		f.Add(token)
		genuine[token] = true
		if parts := strings.Split(token, "."); len(parts) == 3 {
			f.Add(parts[0] + "." + parts[1] + ".")
			f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".")
			f.Add(parts[0] + "." + parts[1][1:] + "." + parts[2])
		}
	}
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := s.Check(token)
		if err == nil && !genuine[token] {
			// The signature's last character has bits that mean nothing.
			if i := strings.LastIndexByte(token, '.'); i < 0 || !genuineBut(genuine, token[:i]) {
				t.Fatalf("%q opened %s as %s", token, session, c.Identity)
			}
		}
	})
}

func genuineBut(genuine map[string]bool, signed string) bool {
	for token := range genuine {
		if strings.HasPrefix(token, signed+".") {
			return true
		}
	}
	return false
}

// FuzzInvite: whatever is asked for, an invite is within its limits or none, and gives a
// pass that opens the session it is for.
func FuzzInvite(f *testing.F) {
	for _, body := range []string{
		`{"session":"friday"}`, `{"session":"friday","role":"subscriber","uses":2,"expires":60,"data":"x"}`, `{"session":"friday","expires":-1}`,
		`{"session":"friday","uses":9999999999}`, `{"session":"friday","expires":9223372036854775807}`, `{"session":"FRIDAY"}`, `{}`, `[]`, `{"role":5}`,
	} {
		f.Add([]byte(body), "CODE")
	}
	f.Add([]byte(`{"session":"friday"}`), "../x")
	_, s, session, _, _ := fuzzDoor(f)
	f.Fuzz(func(t *testing.T, body []byte, code string) {
		if _, err := s.Redeem(code, Who{}); err == nil && s.book.read().Invites[code].Code != code {
			t.Fatalf("%q was redeemed", code)
		}
		var r InviteRequest
		if parseObject(body, &r) != nil {
			return
		}
		i, err := s.CreateInvite(r)
		if err != nil {
			return
		}
		if life := i.Expires.Sub(i.Created); life < time.Second || life > MaxLife || i.UsesLeft < 0 || len(i.Data) > MaxData || !i.Role.Valid() {
			t.Fatalf("%s made %+v", body, i)
		}
		pass, err := s.Redeem(i.Code, Who{})
		if err != nil {
			t.Fatalf("%s made %+v, which gives %v", body, i, err)
		}
		if c, err := s.Check(pass.Token); err != nil || c.Session != session || c.Role != i.Role {
			t.Fatalf("%s: the pass is %+v, %v", body, c, err)
		}
	})
}

// FuzzState: a damaged state file is an error, never a panic, and what is read is whole.
func FuzzState(f *testing.F) {
	_, s, _, _, _ := fuzzDoor(f)
	data, err := json.Marshal(s.book.read())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte(`{"version":1,"revoked":{"s/ada#abcdefghjk":"2030-01-01T00:00:00Z"},"mutings":{"s":{"all":["audio"],"held":{"x":["video","no"]}}}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := parseState(data)
		if err != nil {
			return
		}
		st.prune(time.Now())
		again, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseState(again); err != nil {
			t.Fatalf("%s came back as %s: %v", data, again, err)
		}
	})
}

// FuzzSignalling: under a lock no message gets through that would add an open track of
// the locked medium, or open one.
func FuzzSignalling(f *testing.F) {
	add := func(kind, muted uint64) []byte {
		b := protowire.AppendTag(nil, addTrackCid, protowire.BytesType)
		b = protowire.AppendString(b, "cid")
		b = protowire.AppendVarint(protowire.AppendTag(b, addTrackType, protowire.VarintType), kind)
		b = protowire.AppendVarint(protowire.AppendTag(b, addTrackMuted, protowire.VarintType), muted)
		return protowire.AppendBytes(protowire.AppendTag(nil, requestAddTrack, protowire.BytesType), b)
	}
	f.Add(add(0, 0), uint8(1))
	f.Add(add(1, 0), uint8(2))
	f.Add(append(add(1, 0), add(0, 0)...), uint8(2))
	f.Add(add(1<<32, 0), uint8(1))
	mute := protowire.AppendString(protowire.AppendTag(nil, muteSid, protowire.BytesType), "TR_AMx")
	f.Add(protowire.AppendBytes(protowire.AppendTag(nil, requestMute, protowire.BytesType), mute), uint8(3))
	f.Add([]byte{0x70, 0x01}, uint8(1))
	f.Fuzz(func(t *testing.T, message []byte, held uint8) {
		r := rule{held: media(held) & (audio | video)}
		_, _, _ = published(message)
		_, _, _ = r.joinRequest(base64.URLEncoding.EncodeToString(message))
		v, err := r.judge(message)
		if err != nil || v.message == nil {
			return
		}
		// Judged again, what passed needs no more changes.
		again, err := r.judge(v.message)
		if err != nil || !bytes.Equal(again.message, v.message) {
			t.Fatalf("%x passed as %x, then as %x, %v", message, v.message, again.message, err)
		}
		checkLock(t, r, v.message)
	})
}

// checkLock reads a message the way a protobuf decoder would: the last value counts.
func checkLock(t *testing.T, r rule, message []byte) {
	t.Helper()
	err := eachField(message, func(f field) {
		if f.kind != protowire.BytesType || f.number != requestAddTrack {
			return
		}
		kind, muted := audio, false
		_ = eachField(f.bytes, func(f field) {
			if f.kind == protowire.VarintType && f.number == addTrackType {
				kind = map[int32]media{0: audio, 1: video}[int32(f.varint)]
			}
			if f.kind == protowire.VarintType && f.number == addTrackMuted {
				muted = f.varint != 0
			}
		})
		if kind&r.held != 0 && !muted {
			t.Errorf("%x opens a locked medium", message)
		}
	})
	if err != nil {
		t.Errorf("%x is not a message: %v", message, err)
	}
}

// FuzzAudit: whatever a crash or another program left in the file, what was added since
// is read back.
func FuzzAudit(f *testing.F) {
	f.Add([]byte("{\"at\":\"2026-11-23T18:00:00Z\",\"who\":\"key\",\"act\":\"kick\",\"result\":\"done\"}\n{\"at\""))
	f.Add([]byte("\x00\xff\n\n"))
	f.Fuzz(func(t *testing.T, before []byte) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path+".audit", before, 0o600); err != nil {
			t.Fatal(err)
		}
		a := openAudit(path)
		act := Act{At: time.Now().UTC(), Session: "friday", Who: "key", Act: "kick", Whom: "ada", Result: "done"}
		if !a.add(act) {
			t.Fatal("not written")
		}
		acts, err := a.read("friday", 1)
		if err != nil || len(acts) != 1 || acts[0].Act != "kick" || acts[0].Whom != "ada" {
			t.Fatalf("after %q: %+v, %v", before, acts, err)
		}
	})
}
