package room

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/wire"
)

func TestRefusals(t *testing.T) {
	tok := token(t, "x", "Ada", netvideo.Publisher)
	for _, c := range []struct {
		status int
		body   string
		want   error
	}{
		{200, "success", nil},
		{401, "invalid token: …, error: token is expired (exp)", netvideo.ErrTokenExpired},
		{401, "invalid token", netvideo.ErrTokenInvalid},
		{401, `{"code":"expired","error":"the token has expired"}`, netvideo.ErrTokenExpired},
		{401, `{"code":"invalid","error":"…"}`, netvideo.ErrTokenInvalid},
		{403, `{"code":"revoked","error":"…"}`, netvideo.ErrRevoked},
		{403, `{"code":"wrongSession","error":"…"}`, netvideo.ErrWrongSession},
		{404, "requested room does not exist", netvideo.ErrWrongSession},
		{502, `{"code":"unavailable","error":"…"}`, netvideo.ErrUnreachable},
		{500, "", netvideo.ErrUnreachable},
	} {
		err := refusal(c.status, c.body, tok)
		if !errors.Is(err, c.want) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
		if c.want != nil && lasting(err) == (c.want == netvideo.ErrUnreachable) {
			t.Errorf("%v: lasting %v", err, lasting(err))
		}
	}
	if err := refusal(http.StatusUnauthorized, "", expired(t, tok)); !errors.Is(err, netvideo.ErrTokenExpired) {
		t.Errorf("%v", err)
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"http://h:1/":       "http://h:1",
		"ws://h:1":          "http://h:1",
		"wss://h/door/?x#y": "https://h/door",
		" https://h ":       "https://h",
	} {
		if got, err := baseURL(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestPumpLetsGoOnlyWhenAbandoned(t *testing.T) {
	m := newMailbox[int]()
	out, done, abandoned := make(chan int, 2), make(chan struct{}), make(chan struct{})
	for i := range 1000 {
		m.put(i)
	}
	ended := make(chan struct{})
	go func() { pump(m, out, done, abandoned); close(ended) }()
	close(done)
	for i := range 500 {
		if got := <-out; got != i {
			t.Fatalf("%d came as %d", i, got)
		}
	}
	close(abandoned)
	<-ended
	n := 500
	for got := range out {
		if got != n {
			t.Fatalf("%d came as %d", n, got)
		}
		n++
	}
	if n > 510 {
		t.Errorf("%d were kept for nobody", n-500)
	}
}

func TestWindow(t *testing.T) {
	var w window
	at := time.Unix(50, 0)
	for i := range 90 {
		w.add(sample{at: at.Add(time.Duration(i) * time.Second / 30), bytes: 1000, took: time.Duration(i) * time.Millisecond, timed: true})
	}
	fps, kbps, took := w.rates(at.Add(89 * time.Second / 30))
	if fps < 29 || fps > 31 || kbps < 230 || kbps > 250 || took < 70*time.Millisecond || took > 80*time.Millisecond {
		t.Errorf("%v fps, %v kbit/s, %v", fps, kbps, took)
	}
	if fps, _, _ = w.rates(at.Add(time.Minute)); fps != 0 {
		t.Errorf("%v fps a minute later", fps)
	}
}

const offlineEnv = "CUTOUT_ROOM_TEST_OFFLINE"

// Without a network Join says so, at once. The test runs itself where there is none.
func TestJoinWithoutNetwork(t *testing.T) {
	o := Options{URL: "http://127.0.0.1:1", Token: token(t, "x", "Ada", netvideo.Publisher)}
	if os.Getenv(offlineEnv) != "" {
		_, err := Join(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "no network") {
			t.Fatalf("joining without a network: %v", err)
		}
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestJoinWithoutNetwork$")
	cmd.Env = append(os.Environ(), offlineEnv+"=1")
	if !offline(cmd) {
		t.Skip("a process without a network cannot be made here")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		if cmd.ProcessState == nil {
			t.Skipf("a process without a network cannot be made here: %v", err)
		}
		t.Fatalf("%v\n%s", err, out)
	}
}

func emptyOutbox() *outbox {
	return newRoom(Options{}.withDefaults(), "http://127.0.0.1:1", wire.Claims{}).outbox
}

// Of lossy signals that wait the newest of each type and receiver is kept, and not too
// many of them.
func TestLossyOutboxIsBounded(t *testing.T) {
	o := emptyOutbox()
	for i := range 100 {
		for _, s := range []netvideo.Signal{{Type: "pose"}, {Type: "pose", To: "ada"}, {Type: "mask"}} {
			s.Data, s.Lossy = []byte{byte(i)}, true
			if _, err := o.put(s, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(o.lossy) != 3 {
		t.Errorf("%d lossy signals wait", len(o.lossy))
	}
	for _, s := range o.lossy {
		if s.Data[0] != 99 {
			t.Errorf("an old %s is kept", s.Type)
		}
	}
	for i := range 10 * maxLossy {
		_, _ = o.put(netvideo.Signal{Type: strings.Repeat("x", 1+i%100), To: string(rune('a' + i%7)), Lossy: true}, false)
	}
	if len(o.lossy) > maxLossy {
		t.Errorf("%d lossy signals wait", len(o.lossy))
	}
}

// Reliable signals are refused when too many wait, and given up for who never answers.
func TestOutboxIsBounded(t *testing.T) {
	o := emptyOutbox()
	o.came(netvideo.Connection{ID: "ada", Native: true, Role: netvideo.Publisher})
	o.came(netvideo.Connection{ID: "web", Role: netvideo.Publisher}) // a browser
	var first *outgoing
	for i := range 2 * maxQueued {
		out, err := o.put(netvideo.Signal{Type: "n"}, i == 0)
		if i == 0 {
			first = out
		}
		if (err != nil) != (i >= maxQueued) || err != nil && !errors.Is(err, netvideo.ErrQueueFull) {
			t.Fatalf("signal %d: %v", i, err)
		}
	}
	if o.unacked != maxQueued || len(o.peers["ada"].unacked) != maxQueued || len(o.peers["web"].unacked) != 0 {
		t.Errorf("%d wait, %d for her", o.unacked, len(o.peers["ada"].unacked))
	}
	o.reliable = nil // sent
	for range 10 {
		if _, err := o.put(netvideo.Signal{Type: "n"}, false); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(o.peers["ada"].unacked); n != maxQueued || o.unacked != maxQueued {
		t.Errorf("%d wait for her, %d in all", n, o.unacked)
	}
	<-first.done // it was given up
	if first.reached {
		t.Error("nobody had it")
	}
	o.acked("ada", wire.Ack{Run: o.run + 1, Next: 1 << 60}) // another life's
	if o.unacked != maxQueued {
		t.Error("a stranger's acknowledgement counts")
	}
	o.acked("ada", wire.Ack{Run: o.run, Next: 1 << 60})
	if o.unacked != 0 || len(o.peers["ada"].unacked) != 0 {
		t.Errorf("%d wait when all is acknowledged", o.unacked)
	}
	_, _ = o.put(netvideo.Signal{Type: "n"}, false)
	o.left("ada", netvideo.ForceDisconnected)
	if o.unacked != 0 {
		t.Error("who was thrown out is waited for")
	}
}
