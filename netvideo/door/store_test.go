package door_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// open opens a store that is closed with the test; an empty path is one in memory.
func open(t testing.TB, path string) *door.Store {
	t.Helper()
	s, err := door.OpenStore(path, door.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// session makes a session in s.
func session(t testing.TB, s *door.Store, i door.Interaction) string {
	t.Helper()
	made, err := s.CreateSession(door.SessionRequest{Interaction: i})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

func invite(t testing.TB, s *door.Store, r door.InviteRequest) door.Invite {
	t.Helper()
	i, err := s.CreateInvite(r)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// wantCode fails unless err is the door's no with this code, unwrapping to target.
func wantCode(t testing.TB, err error, code door.Code, target error) {
	t.Helper()
	var no *door.Error
	if !errors.As(err, &no) || no.Code != code {
		t.Errorf("got %v, want the code %s", err, code)
		return
	}
	if target != nil && !errors.Is(err, target) {
		t.Errorf("%v is not %v", err, target)
	}
}

func TestRedeem(t *testing.T) {
	s := open(t, "")
	id := session(t, s, door.ManyToMany)
	i := invite(t, s, door.InviteRequest{Session: id, Role: netvideo.Publisher, Data: "team red"})
	a, err := s.Redeem(i.Code, door.Who{Name: "  Ada\tLovelace\x00 ", Native: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Redeem(i.Code, door.Who{Name: "Ada Lovelace"})
	if err != nil {
		t.Fatal(err)
	}
	if a.Identity == b.Identity || !strings.HasPrefix(a.Identity, "ada-lovelace#") {
		t.Errorf("identities %q and %q: want two different ones that begin with the name", a.Identity, b.Identity)
	}
	if a.Session != id || a.Role != netvideo.Publisher {
		t.Errorf("the pass is for %s as %s", a.Session, a.Role)
	}
	c, err := s.Check(a.Token)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "Ada Lovelace" || c.Identity != a.Identity || c.Role != netvideo.Publisher || !c.Expires.Equal(a.Expires) {
		t.Errorf("the token says %+v, the pass %+v", c, a)
	}
}

func TestRedeemRefuses(t *testing.T) {
	s := open(t, "")
	now := time.Now()
	s.SetClock(func() time.Time { return now })
	id := session(t, s, door.ManyToMany)

	_, err := s.Redeem("nosuchinvite", door.Who{})
	wantCode(t, err, door.CodeUnknownInvite, netvideo.ErrNoSuchInvite)

	once := invite(t, s, door.InviteRequest{Session: id, Uses: 1})
	if _, err := s.Redeem(once.Code, door.Who{}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Redeem(once.Code, door.Who{})
	wantCode(t, err, door.CodeInviteUsedUp, netvideo.ErrNoSuchInvite)

	gone := invite(t, s, door.InviteRequest{Session: id})
	if _, err := s.RevokeInvite("", gone.Code); err != nil {
		t.Fatal(err)
	}
	_, err = s.Redeem(gone.Code, door.Who{})
	wantCode(t, err, door.CodeInviteRevoked, netvideo.ErrRevoked)

	brief := invite(t, s, door.InviteRequest{Session: id, Expires: 60})
	now = now.Add(59 * time.Second)
	if _, err := s.Redeem(brief.Code, door.Who{}); err != nil {
		t.Errorf("a second before it expires: %v", err)
	}
	now = now.Add(time.Second)
	_, err = s.Redeem(brief.Code, door.Who{})
	wantCode(t, err, door.CodeInviteExpired, netvideo.ErrNoSuchInvite)
}

// TestLastUseGoesOnce: many at once, as many passes as uses.
func TestLastUseGoesOnce(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.json"))
	const uses, tries = 3, 24
	i := invite(t, s, door.InviteRequest{Session: session(t, s, door.ManyToMany), Uses: uses})
	var wg sync.WaitGroup
	var mu sync.Mutex
	passes := 0
	for range tries {
		wg.Go(func() {
			if _, err := s.Redeem(i.Code, door.Who{}); err == nil {
				mu.Lock()
				passes++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if passes != uses {
		t.Errorf("%d passes for %d uses", passes, uses)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	s := open(t, "")
	id := session(t, s, door.ManyToMany)
	for name, r := range map[string]door.InviteRequest{
		"too long a life":   {Session: id, Expires: int64(door.MaxLife/time.Second) + 1},
		"overflowing life":  {Session: id, Expires: 1 << 62},
		"negative life":     {Session: id, Expires: -1},
		"negative uses":     {Session: id, Uses: -1},
		"a role of its own": {Session: id, Role: "owner"},
		"much data":         {Session: id, Data: strings.Repeat("x", door.MaxData+1)},
	} {
		if _, err := s.CreateInvite(r); err == nil {
			t.Errorf("an invite with %s is made", name)
		} else {
			wantCode(t, err, door.CodeBadRequest, nil)
		}
	}
	_, err := s.CreateInvite(door.InviteRequest{Session: "elsewhere"})
	wantCode(t, err, door.CodeWrongSession, netvideo.ErrWrongSession)
	_, err = s.Mint(door.PassRequest{Session: "elsewhere", Role: netvideo.Publisher})
	wantCode(t, err, door.CodeWrongSession, netvideo.ErrWrongSession)
	_, err = s.Mint(door.PassRequest{Session: id})
	wantCode(t, err, door.CodeBadRequest, nil)
	_, err = s.CreateSession(door.SessionRequest{ID: "a/b"})
	wantCode(t, err, door.CodeBadRequest, nil)
	_, err = s.CreateSession(door.SessionRequest{ID: "ok", Interaction: "some-to-some"})
	wantCode(t, err, door.CodeBadRequest, nil)
	_, err = s.CreateSession(door.SessionRequest{ID: id})
	wantCode(t, err, door.CodeBadRequest, nil)
}

func TestGuestRoles(t *testing.T) {
	s := open(t, "")
	for i, want := range map[door.Interaction]netvideo.Role{
		door.OneToOne: netvideo.Publisher, door.OneToMany: netvideo.Subscriber, door.ManyToMany: netvideo.Publisher,
	} {
		if got := invite(t, s, door.InviteRequest{Session: session(t, s, i)}).Role; got != want {
			t.Errorf("a %s session's invites give %s, want %s", i, got, want)
		}
	}
}

func TestStateOutlivesTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "state.json")
	s := open(t, path)
	id := session(t, s, door.ManyToMany)
	i := invite(t, s, door.InviteRequest{Session: id, Uses: 2})
	pass, err := s.Redeem(i.Code, door.Who{Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Mint(door.PassRequest{Session: id, Role: netvideo.Moderator})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RevokePass(id, other.Identity); err != nil {
		t.Fatal(err)
	}
	if _, err := door.OpenStore(path, door.Keys{}); !errors.Is(err, door.ErrStateInUse) {
		t.Errorf("a second opening: %v, want ErrStateInUse", err)
	}
	keys, err := door.ReadKeys(path)
	if err != nil || keys != s.Keys() {
		t.Errorf("ReadKeys = %v, %v", keys, err)
	}
	_ = s.Close()
	again := open(t, path)
	if again.Keys() != s.Keys() {
		t.Error("the keys are other ones")
	}
	if _, err := again.Check(pass.Token); err != nil {
		t.Errorf("a pass from before: %v", err)
	}
	_, err = again.Check(other.Token)
	wantCode(t, err, door.CodeRevoked, netvideo.ErrRevoked)
	if diff := cmp.Diff(s.Invites(id), again.Invites(id)); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v: it holds the secret", info.Mode(), err)
	}
}

func TestBadStateIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	for name, content := range map[string]string{
		"empty": "", "cut short": `{"version": 1, "key": "CU`, "not ours": "hello", "from the future": `{"version": 99}`,
		"weak": `{"version": 1, "key": "k", "secret": "short"}`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := door.OpenStore(path, door.Keys{}); err == nil {
			t.Errorf("%s: opened", name)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, []byte(content)) {
			t.Errorf("%s: the file is now %q, %v", name, got, err)
		}
	}
}

// TestFailedWriteChangesNothing: a folder that takes no file stands for a full disk.
func TestFailedWriteChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "state.json")
	s := open(t, path)
	id := session(t, s, door.ManyToMany)
	i := invite(t, s, door.InviteRequest{Session: id, Uses: 1})
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Redeem(i.Code, door.Who{}); err == nil {
		t.Fatal("a pass was given though its use could not be written")
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Redeem(i.Code, door.Who{}); err != nil {
		t.Errorf("the use was lost: %v", err)
	}
}

func TestKeysFromEnv(t *testing.T) {
	good := strings.Repeat("s", 32)
	for _, c := range []struct {
		key, secret string
		ok          bool
	}{{"", "", true}, {"key", good, true}, {"key", "", false}, {"", good, false}, {"key", good[1:], false}} {
		t.Setenv("LIVEKIT_API_KEY", c.key)
		t.Setenv("LIVEKIT_API_SECRET", c.secret)
		if k, err := door.KeysFromEnv(); (err == nil) != c.ok {
			t.Errorf("key %q, secret of %d bytes: %v, %v", c.key, len(c.secret), k, err)
		}
	}
}

func TestGivenKeysStayOutOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	keys := door.Keys{Key: "mykey", Secret: strings.Repeat("s", 32)}
	s, err := door.OpenStore(path, keys)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	session(t, s, door.ManyToMany)
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte(keys.Secret)) {
		t.Errorf("the file holds the secret: %s, %v", data, err)
	}
	if _, err := door.ReadKeys(path); err == nil {
		t.Error("ReadKeys finds keys that are not there")
	}
}

func TestSampleStaysTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	s := open(t, path)
	a, err := s.Sample()
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s = open(t, path)
	b, err := s.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if a.Session != b.Session || a.Invite != b.Invite {
		t.Errorf("first %+v, then %+v", a, b)
	}
	for role, pass := range a.Passes {
		if c, err := s.Check(pass.Token); err != nil || c.Role != role {
			t.Errorf("the first %s token: %+v, %v", role, c, err)
		}
	}
	now := time.Now().Add(door.DefaultLife)
	s.SetClock(func() time.Time { return now })
	c, err := s.Sample()
	if err != nil || c.Session != a.Session || c.Invite == a.Invite {
		t.Errorf("a day later %+v, %v: want a new invite to the same session", c, err)
	}
}

// FuzzParseWho: whatever a stranger posts, the answer is a who or the door's no.
func FuzzParseWho(f *testing.F) {
	for _, s := range []string{`{"name":"Ada","native":true,"bot":false}`, ``, `{}`, `null`, `[]`, `{"name":1}`, `{"name":"\ud800"}`, `{"name":"a"}{"name":"b"}`, `{"future":{"a":[1]}}`} {
		f.Add([]byte(s))
	}
	s := open(f, "")
	i := invite(f, s, door.InviteRequest{Session: session(f, s, door.ManyToMany)})
	f.Fuzz(func(t *testing.T, body []byte) {
		who, err := door.ParseWho(body)
		if err != nil {
			wantCode(t, err, door.CodeBadRequest, nil)
			return
		}
		pass, err := s.Redeem(i.Code, who)
		if err != nil {
			t.Fatalf("%+v: %v", who, err)
		}
		c, err := s.Check(pass.Token)
		if err != nil {
			t.Fatalf("%+v: %v", who, err)
		}
		if n := len([]rune(c.Name)); n < 1 || n > door.MaxName {
			t.Errorf("the name %q has %d characters", c.Name, n)
		}
	})
}
