package server

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestReadyLines: a server's first line is where it is, each later one news, whatever
// pieces they come in; what is neither is dropped.
func TestReadyLines(t *testing.T) {
	text := `{"url":"http://127.0.0.1:1"}` + "\n" + `{"news":"one","advice":"do"}` + "\nnonsense\n" + `{"news":"two"}` + "\n"
	rapid.Check(t, func(t *rapid.T) {
		var news []News
		w := &readyLineWriter{ready: make(chan Ready, 1), news: func(n News) { news = append(news, n) }}
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			_, _ = w.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		if r := <-w.ready; r.URL != "http://127.0.0.1:1" || len(news) != 2 || news[0].News != "one" || news[0].Advice != "do" || news[1].News != "two" {
			t.Errorf("ready %+v, news %+v", r, news)
		}
	})
}

// muxFor starts a mux with a certificate of its own, before a TURN server that echoes.
func muxFor(t *testing.T) (m *tlsMux, dial func(alpn ...string) *tls.Conn) {
	t.Helper()
	cert := selfSigned(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1", turnALPN}}
	turn := newHandoff(l.Addr())
	go func() {
		for {
			c, err := turn.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	m = newTLSMux(l, conf, turn)
	t.Cleanup(func() { _ = m.Close(); _ = turn.Close() })
	return m, func(alpn ...string) *tls.Conn {
		t.Helper()
		c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: alpn})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		return c
	}
}

// TestMuxTellsTURNFromHTTP: by what the client asks for, or by its first byte.
func TestMuxTellsTURNFromHTTP(t *testing.T) {
	m, dial := muxFor(t)
	stun := "\x00\x01\x00\x00\x21\x12\xa4\x42123456789012"
	for _, alpn := range [][]string{nil, {turnALPN}} {
		c := dial(alpn...)
		_, _ = io.WriteString(c, stun)
		back := make([]byte, len(stun))
		if _, err := io.ReadFull(c, back); err != nil || string(back) != stun {
			t.Errorf("TURN, asked for %q: %q, %v", alpn, back, err)
		}
	}
	for _, alpn := range [][]string{nil, {"http/1.1"}, {"h2", "http/1.1"}} {
		c := dial(alpn...)
		_, _ = io.WriteString(c, "GET / HTTP/1.1\n")
		got, err := m.Accept()
		if err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(got).ReadString('\n')
		if err != nil || line != "GET / HTTP/1.1\n" {
			t.Errorf("HTTP, asked for %q: %q, %v", alpn, line, err)
		}
		if _, ok := got.(interface{ ConnectionState() tls.ConnectionState }); !ok {
			t.Errorf("HTTP, asked for %q: nobody can know that it is secured", alpn)
		}
		_ = got.Close()
	}
}

// TestMuxOutlivesSilence: those who say nothing keep nobody else out, and hold nothing
// when it closes.
func TestMuxOutlivesSilence(t *testing.T) {
	m, dial := muxFor(t)
	refused := 0
	for range maxEach + 8 {
		c, err := net.Dial("tcp", m.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err == io.EOF {
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("%d silent connections from one address were refused, want 8", refused)
	}
	_ = dial
	start := time.Now()
	_ = m.Close()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
}
