package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// say sends bytes and reads the answers until the server hangs up or is silent.
func say(t *testing.T, base, bytes string) (answers []*http.Response) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	go func() { _, _ = io.WriteString(c, bytes) }() // the server may hang up in the middle
	in := bufio.NewReader(c)
	for len(answers) < 10 {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers
		}
		body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16))
		res.Body = io.NopCloser(strings.NewReader(string(body)))
		answers = append(answers, res)
		_ = c.SetDeadline(time.Now().Add(time.Second))
		if res.StatusCode == http.StatusSwitchingProtocols {
			return answers
		}
	}
	return answers
}

// A rawRequest is sent as it stands.
type rawRequest struct {
	bytes  string
	status string // of the first answer
}

// hostileRequests are such as no client sends, by what is wrong with them. The token and
// the invite's code are good.
func hostileRequests(token, code string) map[string]rawRequest {
	auth := "Host: door\r\nAuthorization: Bearer " + token + "\r\n"
	ws := auth + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	long := strings.Repeat("x", 100<<10)
	return map[string]rawRequest{
		"dot dot":                    {"GET /r/../api/sessions HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"dot dot behind rtc":         {"GET /rtc/../twirp/livekit.RoomService/ListRooms HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"encoded slash":              {"GET /rtc%2f..%2ftwirp HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"encoded dots":               {"GET /r/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"two slashes":                {"GET //api/pass HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"backslash":                  {"GET /r\\..\\api HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"zero byte":                  {"GET /r/%00 HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"line break":                 {"GET /r/a%0d%0aX:y HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"another host's address":     {"GET http://127.0.0.1:1/rtc HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"CONNECT":                    {"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"OPTIONS *":                  {"OPTIONS * HTTP/1.1\r\n" + auth + "\r\n", "400"},
		"a method of its own":        {"BREW /api/pass HTTP/1.1\r\n" + auth + "\r\n", "405"},
		"TRACE":                      {"TRACE / HTTP/1.1\r\n" + auth + "\r\n", "405"},
		"PUT a token":                {"PUT /api/token HTTP/1.1\r\n" + auth + "\r\n", "405"},
		"GET a redemption's path":    {"DELETE /r/" + code + " HTTP/1.1\r\n" + auth + "\r\n", "405"},
		"a form":                     {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nname=Eve", "415"},
		"plain text":                 {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", "415"},
		"UTF-7":                      {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Type: application/json; charset=utf-7\r\nContent-Length: 2\r\n\r\n{}", "415"},
		"GET with a body":            {"GET /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Length: 2\r\n\r\n{}", "400"},
		"two lengths":                {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"},
		"negative length":            {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Length: -1\r\n\r\n{}", "400"},
		"unknown transfer encoding":  {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Transfer-Encoding: xchunked\r\n\r\n{}", "501"},
		"bad chunks":                 {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "400"},
		"blank before the colon":     {"GET / HTTP/1.1\r\nHost : door\r\n\r\n", "400"},
		"no host":                    {"GET / HTTP/1.1\r\n\r\n", "400"},
		"two hosts":                  {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
		"a host that is none":        {"GET / HTTP/1.1\r\nHost: a/b\"onload=x\r\n\r\n", "400"},
		"HTTP/2 by upgrade":          {"GET /rtc HTTP/1.1\r\n" + auth + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "400"},
		"HTTP/2 with knowledge":      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
		"a WebSocket elsewhere":      {"GET /api/pass HTTP/1.1\r\n" + ws + "Sec-WebSocket-Version: 13\r\n\r\n", "200"},
		"a WebSocket that is none":   {"GET /rtc HTTP/1.1\r\n" + ws + "Sec-WebSocket-Version: 99\r\n\r\nGET /twirp HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
		"a WebSocket with a body":    {"GET /rtc HTTP/1.1\r\n" + ws + "Sec-WebSocket-Version: 13\r\nContent-Length: 40\r\n\r\nGET /twirp HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
		"headers of 100 KB":          {"GET / HTTP/1.1\r\nHost: door\r\nX: " + long + "\r\n\r\n", "431"},
		"an address of 100 KB":       {"GET /r/" + long + " HTTP/1.1\r\nHost: door\r\n\r\n", "431"},
		"a body of 100 KB":           {"POST /api/token HTTP/1.1\r\n" + auth + "Content-Type: application/json\r\nContent-Length: 102400\r\n\r\n" + long[:100<<10], "413"},
		"a redemption of 5 KB":       {"POST /r/" + code + " HTTP/1.1\r\n" + auth + "Content-Type: application/json\r\nContent-Length: 5120\r\n\r\n" + strings.Repeat(" ", 5120), "413"},
		"a body that was not needed": {"POST /r/nosuchinvite HTTP/1.1\r\n" + auth + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "404"},
		"not HTTP at all":            {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"},
	}
}

// checkNoes fails unless the first answer has the status, and all that refuse say why.
func checkNoes(t *testing.T, answers []*http.Response, status string) {
	t.Helper()
	for i, res := range answers {
		body, _ := io.ReadAll(res.Body)
		if got := fmt.Sprint(res.StatusCode); i == 0 && got != status || i > 0 && res.StatusCode < 400 {
			t.Errorf("answer %d is %s %s, want %s", i, got, body, status)
		}
		if res.Header.Get("Content-Type") == "application/json; charset=utf-8" && res.StatusCode >= 400 {
			var no door.Error
			if json.Unmarshal(body, &no) != nil || no.Code == "" || no.Message == "" || no.Hint == "" {
				t.Errorf("answer %d is no no: %s", i, body)
			}
		}
	}
}

// TestHostileHTTP: requests as no client sends them get a clear no, and nothing else.
func TestHostileHTTP(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	p := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher})
	invite, err := s.CreateInvite(t.Context(), door.InviteRequest{Session: id, Uses: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range hostileRequests(p.Token, invite.Code) {
		t.Run(name, func(t *testing.T) {
			answers := say(t, s.URL, c.bytes)
			if len(answers) == 0 {
				if name != "not HTTP at all" {
					t.Fatal("no answer")
				}
				return
			}
			checkNoes(t, answers, c.status)
		})
	}
	// Link previews redeem nothing, and neither did any of the above.
	for _, agent := range []string{"WhatsApp/2", "Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "TelegramBot", "Discordbot/2.0"} {
		for _, method := range []string{"GET", "HEAD"} {
			say(t, s.URL, method+" /r/"+invite.Code+" HTTP/1.1\r\nHost: door\r\nUser-Agent: "+agent+"\r\nConnection: close\r\n\r\n")
		}
	}
	list, err := s.Invites(t.Context(), id)
	if err != nil || len(list) != 1 || list[0].UsesLeft != 1 {
		t.Errorf("the invite is %+v, %v", list, err)
	}
}

// TestHostileNames: names, data and ids of any length and content do no harm.
func TestHostileNames(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	_, link := invited(t, s.Admin, door.InviteRequest{Session: id})
	for _, name := range []string{"", strings.Repeat("x", 3000), "\x00\x1b[31m\u202eEve\n", "<script>alert(1)</script>", "../../etc", strings.Repeat("👩‍👩‍👧‍👦", 60), "Ada#k7xm9q2ptw.abcd"} {
		p, err := door.Redeem(t.Context(), link, door.Who{Name: name})
		if err != nil {
			t.Errorf("%.20q: %v", name, err)
			continue
		}
		c, err := door.CheckPass(t.Context(), s.URL, p.Token)
		if err != nil || c.Name == "" || len([]rune(c.Name)) > door.MaxName || strings.ContainsAny(c.Name, "\x00\x1b\u202e\n") {
			t.Errorf("%.20q became %q, %v", name, c.Name, err)
		}
	}
	long := strings.Repeat("x", door.MaxData+1)
	_, err := s.CreatePass(t.Context(), door.PassRequest{Session: id, Role: netvideo.Publisher, Data: long})
	wantNo(t, "much data", err, door.CodeBadRequest)
	_, err = s.CreatePass(t.Context(), door.PassRequest{Session: id, Role: netvideo.Publisher, Data: strings.Repeat(long, 500)})
	wantNo(t, "512 KiB of data", err, door.CodeTooLong)
	_, err = s.CreateSession(t.Context(), door.SessionRequest{Data: long})
	wantNo(t, "much of a session's data", err, door.CodeBadRequest)
	_, err = s.Kick(t.Context(), id, door.KickRequest{Connection: strings.Repeat("x", 300)})
	wantNo(t, "a long id", err, door.CodeBadRequest)
	_, err = s.Mute(t.Context(), id, door.MuteRequest{Connection: "x", Media: []netvideo.Medium{"smell"}})
	wantNo(t, "no medium", err, door.CodeBadRequest)
	p := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber})
	for name, body := range map[string]string{"a long type": `{"type":"` + strings.Repeat("x", 129) + `"}`, "no base64": `{"type":"x","data":"?"}`, "much data": `{"type":"x","data":"` + strings.Repeat("AAAA", 3000) + `"}`} {
		if status, _ := post(t, s.URL+"/api/sessions/"+id+"/signal", p.Token, body); status != 400 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	acts, err := s.Audit(t.Context(), id, 100)
	if err != nil || len(acts) != 2 {
		t.Errorf("the audit is %+v, %v", acts, err)
	}
}

// TestSlowLoris: connections that say nothing, or little, are closed, and many of them
// from one address keep nobody else out.
func TestSlowLoris(t *testing.T) {
	s := startTarget(t)
	host := strings.TrimPrefix(s.URL, "http://")
	const many = 1200 // the door holds 1024 of one address
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: patience}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var conns []net.Conn
	for i := range many {
		c, err := from.DialContext(ctx, "tcp", host)
		if err != nil {
			t.Skipf("this machine gives no %d connections from 127.0.0.2: %v", many, err)
		}
		defer func() { _ = c.Close() }()
		part := []string{"", "GET / HTTP/1.1\r\nHost: door\r\nX: ", "POST /r/abcdefgh HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{"}[i%3]
		_, _ = io.WriteString(c, part)
		conns = append(conns, c)
	}
	at := time.Now()
	if status, _ := post(t, s.URL+"/r/abcdefgh", "", "{}"); status != http.StatusNotFound {
		t.Errorf("somebody else is answered %d", status)
	}
	t.Logf("with %d slow connections open, another address is answered in %v", many, time.Since(at).Round(time.Millisecond))
	var wg sync.WaitGroup
	slow := make(chan int, many)
	for i, c := range conns {
		wg.Go(func() {
			_ = c.SetReadDeadline(at.Add(60 * time.Second))
			if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
				slow <- i
			}
		})
	}
	wg.Wait()
	if n := len(slow); n > 0 {
		t.Errorf("%d of %d slow connections are still open after a minute", n, many)
	}
	t.Logf("all closed after %v", time.Since(at).Round(time.Second))
}
