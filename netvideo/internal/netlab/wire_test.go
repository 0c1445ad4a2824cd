//go:build linux

package netlab

import (
	"errors"
	"net"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// wire is two machines with a slow cable, and a socket on each.
func wire(t *testing.T) (w *Wire, a, b *net.UDPConn) {
	t.Helper()
	lab := New(t)
	w = lab.Wire(lab.Host("a"), "eth", lab.Host("b"), "eth")
	w.A.Add("10.9.1.1/24")
	w.B.Add("10.9.1.2/24")
	listen := func(e End) (c *net.UDPConn) {
		t.Helper()
		err := e.Do(func() (err error) { c, err = net.ListenUDP("udp4", &net.UDPAddr{Port: 7}); return err })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	return w, listen(w.A), listen(w.B)
}

// ways sends n datagrams from a to b, some at a time, and returns how long each took
// that came, in the order they came.
func ways(t *testing.T, a, b *net.UDPConn, n int) (took []time.Duration) {
	t.Helper()
	sent := make([]time.Time, n)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range n {
			sent[i] = time.Now()
			_, _ = a.WriteToUDP([]byte{byte(i >> 8), byte(i)}, &net.UDPAddr{IP: net.IPv4(10, 9, 1, 2), Port: 7})
			time.Sleep(2 * time.Millisecond)
		}
	}()
	type arrival struct {
		i  int
		at time.Time
	}
	var came []arrival
	buf := make([]byte, 100)
	for len(came) < n {
		_ = b.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := b.Read(buf); err != nil {
			break
		}
		came = append(came, arrival{int(buf[0])<<8 | int(buf[1]), time.Now()})
	}
	<-done
	if !slices.IsSortedFunc(came, func(x, y arrival) int { return x.i - y.i }) {
		t.Error("packets overtook each other")
	}
	for _, c := range came {
		took = append(took, c.at.Sub(sent[c.i]))
	}
	return took
}

func TestWireDelays(t *testing.T) {
	w, a, b := wire(t)
	quick := ways(t, a, b, 100)
	if len(quick) != 100 {
		t.Fatalf("%d of 100 came", len(quick))
	}
	const delay = 200 * time.Millisecond
	w.AtoB.Delay(delay, 0)
	slow := ways(t, a, b, 100)
	if len(slow) != 100 {
		t.Fatalf("%d of 100 came", len(slow))
	}
	// No packet is sooner than asked; that the median is not much later is the weaker
	// half, as the machine may be busy.
	if least := slices.Min(slow); least < delay {
		t.Errorf("the soonest took %v, want %v at least", least, delay)
	}
	slices.Sort(slow)
	slices.Sort(quick)
	if m := slow[50] - quick[50]; m > 2*delay {
		t.Errorf("%v were added in the median, want %v", m, delay)
	}
	if back := leastWay(t, b, a); back > delay {
		t.Errorf("the way back takes %v, and nothing was asked for it", back)
	}
}

// leastWay is the least time of twenty from b to a.
func leastWay(t *testing.T, b, a *net.UDPConn) time.Duration {
	t.Helper()
	least := time.Hour
	buf := make([]byte, 10)
	for range 20 {
		begun := time.Now()
		_, _ = b.WriteToUDP([]byte("hi"), &net.UDPAddr{IP: net.IPv4(10, 9, 1, 1), Port: 7})
		_ = a.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := a.Read(buf); err != nil {
			t.Fatal(err)
		}
		least = min(least, time.Since(begun))
	}
	return least
}

func TestWireIsACable(t *testing.T) {
	w, a, b := wire(t)
	w.B.Loss(50)
	if n := len(ways(t, a, b, 200)); n < 60 || n > 140 {
		t.Errorf("half is lost, and %d of 200 came", n)
	}
	w.B.Loss(0)
	w.B.Down()
	if n := len(ways(t, a, b, 3)); n != 0 {
		t.Errorf("the cable is out, and %d came", n)
	}
	w.B.Up()
	for end := time.Now().Add(patience); len(ways(t, a, b, 3)) != 3; {
		if time.Now().After(end) {
			t.Fatal("nothing comes through")
		}
	}
	if _, err := exec.LookPath("tc"); err != nil {
		t.Skip("this test needs tc")
	}
	w.A.Rate(100) // 200 ms hold 2.5 datagrams of 1000 bytes, and the burst three more
	for range 50 {
		_, _ = a.WriteToUDP(make([]byte, 1000), &net.UDPAddr{IP: net.IPv4(10, 9, 1, 2), Port: 7})
	}
	came := 0
	_ = b.SetReadDeadline(time.Now().Add(time.Second))
	for {
		if _, err := b.Read(make([]byte, 1500)); err != nil {
			var late net.Error
			if !errors.As(err, &late) || !late.Timeout() {
				t.Fatal(err)
			}
			break
		}
		came++
	}
	if came == 0 || came > 20 {
		t.Errorf("%d of 50 datagrams came through a cable for a few", came)
	}
}

// TestPace asks the clock nothing: the delays are as they were asked for.
func TestPace(t *testing.T) {
	var p Pace
	start := time.Unix(1000, 0)
	if got := p.Due(start); !got.Equal(start) {
		t.Errorf("without a delay a packet is due %v later", got.Sub(start))
	}
	p.Set(100*time.Millisecond, 40*time.Millisecond)
	var sum time.Duration
	least, most := time.Hour, time.Duration(0)
	const n = 2000
	for i := range n { // a second apart, so that none waits for another
		now := start.Add(time.Duration(i+1) * time.Second)
		took := p.Due(now).Sub(now)
		sum, least, most = sum+took, min(least, took), max(most, took)
	}
	if least < 60*time.Millisecond || least > 65*time.Millisecond || most > 140*time.Millisecond || most < 135*time.Millisecond {
		t.Errorf("delays are %v to %v, want 60 to 140 ms", least, most)
	}
	if mean := sum / n; mean < 97*time.Millisecond || mean > 103*time.Millisecond {
		t.Errorf("the mean is %v, want 100 ms", mean)
	}
	last := time.Time{}
	for i := range n { // a millisecond apart they would overtake
		due := p.Due(start.Add(time.Hour + time.Duration(i)*time.Millisecond))
		if due.Before(last) {
			t.Fatal("a packet overtakes another")
		}
		last = due
	}
}
