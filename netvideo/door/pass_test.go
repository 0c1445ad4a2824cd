package door_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// claims are a token's as they are written, signature unseen.
func claims(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is not a JWT", token)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestGrants: every permission is written out, for a grant with none allows everything.
func TestGrants(t *testing.T) {
	s := open(t, "")
	id := session(t, s, door.ManyToMany)
	for role, publishes := range map[netvideo.Role]bool{netvideo.Subscriber: false, netvideo.Publisher: true, netvideo.Moderator: true} {
		pass, err := s.Mint(door.PassRequest{Session: id, Role: role, Who: door.Who{Name: "Ada", Native: true}, Data: "x"})
		if err != nil {
			t.Fatal(err)
		}
		c := claims(t, pass.Token)
		want := map[string]any{
			"roomJoin": true, "room": id, "canSubscribe": true,
			"canPublish": publishes, "canPublishData": publishes,
			"canUpdateOwnMetadata": false, "canSubscribeMetrics": false, "canManageAgentSession": false,
			"roomCreate": false, "roomList": false, "roomRecord": false, "roomAdmin": false,
			"ingressAdmin": false, "hidden": false, "recorder": false, "agent": false,
		}
		got := c["video"].(map[string]any)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %v, want %v", role, k, got[k], v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: the grant is %v, want nothing besides %v", role, got, want)
		}
		v, ok := netvideo.ParseVouched(c["metadata"].(string))
		if !ok || v.Role != role || v.Data != "x" || !v.Native || v.Bot || v.Joined == 0 {
			t.Errorf("%s: metadata %v", role, c["metadata"])
		}
		if c["exp"] == nil || c["name"] != "Ada" || c["sub"] != pass.Identity {
			t.Errorf("%s: claims %v", role, c)
		}
	}
}

// edited is a token that says that it may publish, under the signature it had.
func edited(t testing.TB, token string) string {
	t.Helper()
	c := claims(t, token)
	c["video"].(map[string]any)["canPublish"] = true
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + parts[2]
}

// forged are tokens that must not open anything, by what is wrong with them.
func forged(t testing.TB, s *door.Store, id string) map[string]struct {
	token string
	code  door.Code
} {
	t.Helper()
	type bad = struct {
		token string
		code  door.Code
	}
	pass, err := s.Mint(door.PassRequest{Session: id, Role: netvideo.Subscriber})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(pass.Token, ".")
	k := s.Keys()
	raw := func(m jwt.SigningMethod, key any, c jwt.MapClaims) string {
		tok, err := jwt.NewWithClaims(m, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	sign := func(secret, session string, d time.Duration) string {
		return raw(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{
			"iss": k.Key, "sub": "eve", "exp": time.Now().Add(d).Unix(),
			"video": map[string]any{"roomJoin": true, "room": session, "canPublish": true},
		})
	}
	own := func(exp time.Duration) jwt.MapClaims {
		return jwt.MapClaims{"iss": k.Key, "sub": "eve", "exp": time.Now().Add(exp).Unix(), "video": map[string]any{"roomJoin": true, "room": id}}
	}
	endless := own(0)
	delete(endless, "exp")
	admin, err := door.AdminToken(k)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]bad{
		"none at all":              {"", door.CodeInvalid},
		"not a token":              {"hello", door.CodeInvalid},
		"edited":                   {edited(t, pass.Token), door.CodeInvalid},
		"without its signature":    {parts[0] + "." + parts[1] + ".", door.CodeInvalid},
		"alg none":                 {raw(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, own(time.Hour)), door.CodeInvalid},
		"HS512":                    {raw(jwt.SigningMethodHS512, []byte(k.Secret), own(time.Hour)), door.CodeInvalid},
		"signed by somebody else":  {sign(strings.Repeat("x", 40), id, time.Hour), door.CodeInvalid},
		"expired a second ago":     {raw(jwt.SigningMethodHS256, []byte(k.Secret), own(-time.Second)), door.CodeExpired},
		"expired 61 seconds ago":   {raw(jwt.SigningMethodHS256, []byte(k.Secret), own(-61*time.Second)), door.CodeExpired},
		"without an end":           {raw(jwt.SigningMethodHS256, []byte(k.Secret), endless), door.CodeInvalid},
		"for a session not here":   {sign(k.Secret, "elsewhere", time.Hour), door.CodeWrongSession},
		"for no session":           {sign(k.Secret, "", time.Hour), door.CodeWrongSession},
		"the key's own":            {admin, door.CodeInvalid},
		"a megabyte of dots":       {strings.Repeat(".", 1<<20), door.CodeInvalid},
		"of another key's issuing": {raw(jwt.SigningMethodHS256, []byte(k.Secret), jwt.MapClaims{"iss": "other", "sub": "eve", "exp": time.Now().Add(time.Hour).Unix(), "video": map[string]any{"roomJoin": true, "room": id}}), door.CodeInvalid},
	}
}

func TestCheckRefuses(t *testing.T) {
	s := open(t, "")
	id := session(t, s, door.ManyToMany)
	for name, bad := range forged(t, s, id) {
		t.Run(name, func(t *testing.T) {
			_, err := s.Check(bad.token)
			wantCode(t, err, bad.code, nil)
		})
	}
}

func TestRevokedPassAndWhatItMade(t *testing.T) {
	s := open(t, "")
	id := session(t, s, door.ManyToMany)
	d := newDoor(t, s)
	root, err := s.Mint(door.PassRequest{Session: id, Role: netvideo.Moderator})
	if err != nil {
		t.Fatal(err)
	}
	child := mustPass(t, door.Admin{URL: d, Pass: root.Token}, id, netvideo.Moderator)
	grandchild := mustPass(t, door.Admin{URL: d, Pass: child.Token}, id, netvideo.Publisher)
	if _, err := door.CheckPass(t.Context(), d, grandchild.Token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RevokePass(id, root.Identity); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"itself": root.Token, "what it made": child.Token, "what that made": grandchild.Token} {
		_, err := door.CheckPass(t.Context(), d, token)
		t.Log(name)
		wantCode(t, err, door.CodeRevoked, netvideo.ErrRevoked)
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
