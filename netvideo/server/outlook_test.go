package server_test

import (
	"strings"
	"testing"
	"time"

	"cutout/netvideo/server"
)

// TestNobodyCame: who supervises a server hears that nobody off this machine has reached
// its door. Those on this machine are nobody.
func TestNobodyCame(t *testing.T) {
	news := make(chan server.News, 10)
	o := childOptions("lonely")
	o.News = func(n server.News) { news <- n }
	s := start(t, o)
	if got := status(t, s.State().Ready.URL+"/healthz"); got != 200 {
		t.Errorf("healthz: %d", got)
	}
	select {
	case n := <-news:
		if !strings.Contains(n.News, "nobody off this machine") || n.Advice == "" {
			t.Errorf("news %+v", n)
		}
	case <-time.After(time.Minute):
		t.Error("no word that nobody came")
	}
}
