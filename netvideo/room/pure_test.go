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
