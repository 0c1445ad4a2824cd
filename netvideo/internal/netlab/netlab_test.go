//go:build linux

package netlab

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

const patience = 20 * time.Second

// pair is two machines with a cable; echo is what A's UDP port 7 says back.
func pair(t *testing.T) (*Link, net.Conn) {
	t.Helper()
	lab := New(t)
	l := lab.Connect(lab.Host("a"), "eth", lab.Host("b"), "eth")
	l.A.Add("10.9.0.1/24")
	l.B.Add("10.9.0.2/24")
	var server net.PacketConn
	if err := l.A.Do(func() (err error) { server, err = net.ListenPacket("udp4", ":7"); return }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(b)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				_, _ = server.WriteTo(b[:n], from)
			}
		}
	}()
	var client net.Conn
	if err := l.B.Do(func() (err error) { client, err = net.Dial("udp4", "10.9.0.1:7"); return }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return l, client
}

// echoes sends n datagrams and counts the answers.
func echoes(t *testing.T, c net.Conn, n int) (came int) {
	t.Helper()
	b := make([]byte, 1500)
	for range n {
		_, _ = c.Write([]byte("hello"))
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := c.Read(b); err == nil {
			came++
		}
	}
	return came
}

// comesBack waits until the cable carries again.
func comesBack(t *testing.T, c net.Conn) {
	t.Helper()
	for end := time.Now().Add(patience); echoes(t, c, 1) == 0; {
		if time.Now().After(end) {
			t.Fatal("nothing comes through")
		}
	}
}

func TestCutAndSwallow(t *testing.T) {
	l, c := pair(t)
	comesBack(t, c)
	for name, cut := range map[string]struct{ off, on func() }{
		"this end down":  {l.B.Down, l.B.Up},
		"that end down":  {l.A.Down, l.A.Up},
		"all is dropped": {func() { l.Swallow(true) }, func() { l.Swallow(false) }},
	} {
		cut.off()
		if n := echoes(t, c, 3); n != 0 {
			t.Errorf("%s: %d answers", name, n)
		}
		cut.on()
		comesBack(t, c)
	}
}

func TestLossAndRate(t *testing.T) {
	l, c := pair(t)
	comesBack(t, c)
	l.A.Loss(50)
	if n := echoes(t, c, 60); n < 10 || n > 50 {
		t.Errorf("half is lost, and %d of 60 came", n)
	}
	l.A.LossOf("tcp dport 80", 100)
	if n := echoes(t, c, 20); n < 15 { // a busy machine's answers may be late
		t.Errorf("something else is lost, and %d of 20 came", n)
	}
	l.A.Loss(0)
	if _, err := exec.LookPath("tc"); err != nil {
		t.Skip("this test needs tc")
	}
	l.B.Rate(800) // 20 datagrams of 1000 bytes wait, and a few are let through at once
	payload, answer := make([]byte, 1000), make([]byte, 1500)
	for range 100 {
		_, _ = c.Write(payload)
	}
	came := 0
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	for _, err := c.Read(answer); err == nil; _, err = c.Read(answer) {
		came++
	}
	if came == 0 || came > 40 {
		t.Errorf("%d of 100 datagrams came through a cable for 20 and a few", came)
	}
	l.B.Rate(0)
	comesBack(t, c)
}

func TestMachine(t *testing.T) {
	lab := New(t)
	h := lab.Host("a")
	h.File("hosts", []byte("10.9.9.9 here.example.org\n"))
	if out := h.Run("getent", "hosts", "here.example.org"); len(out) == 0 {
		t.Error("the machine's own hosts are not known")
	}
	if list := h.Addresses(); len(list) != 0 {
		t.Errorf("a machine without a cable has %v", list)
	}
	err := h.Do(func() error {
		var d net.Dialer
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := d.DialContext(ctx, "tcp", "10.9.9.9:80")
		return err
	})
	if !errors.Is(err, syscall.ENETUNREACH) {
		t.Errorf("dialling from a machine without a cable: %v", err)
	}
}
