//go:build linux

package reconnect_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"cutout/netvideo"
)

// long reports whether all is to be shown, one after the other: make reconnect.
func long() bool { return os.Getenv("CUTOUT_RECONNECT") != "" }

func splitURL(raw string) (host, port string, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", "", err
	}
	return u.Hostname(), u.Port(), nil
}

func code(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// A cut is a way to lose the network.
type cut struct {
	name    string
	gap     time.Duration
	off, on func(n *home)
}

func cuts() []cut {
	down := func(n *home) { n.cables[0].A.Down() } // Ada's interface stays up and loses its carrier
	up := func(n *home) { n.cables[0].A.Up() }
	off := func(n *home) { n.cables[0].B.Down() }
	on := func(n *home) { n.cables[0].B.Up() }
	lose := func(n *home) { n.cables[0].Swallow(true) }
	find := func(n *home) { n.cables[0].Swallow(false) }
	away := func(n *home) { n.cables[0].B.Remove("10.9.1.2/24") }
	moved := func(n *home) { n.cables[0].B.Add("10.9.1.77/24") }
	all := []cut{
		{"swallowed for 5s", 5 * time.Second, lose, find},
		{"another address", 0, away, moved},
		{"the carrier for 5s", 5 * time.Second, down, up},
		{"the interface off for 5s", 5 * time.Second, off, on},
		{"another address after 5s", 5 * time.Second, away, moved},
		{"swallowed for 30s", 30 * time.Second, lose, find},
		{"the carrier for 30s", 30 * time.Second, down, up},
		{"the interface off for 30s", 30 * time.Second, off, on},
	}
	if !long() {
		return all[:3]
	}
	return all
}

// TestCuts takes the network away from Ada, and gives it back.
func TestCuts(t *testing.T) {
	for _, c := range cuts() {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			if !long() {
				t.Parallel()
			}
			c.show(t)
		})
	}
}

func (c cut) show(t *testing.T) {
	n := newHome(t)
	gone := time.Now()
	c.off(n)
	time.Sleep(c.gap)
	back := time.Now()
	c.on(n)
	told := "not at all"
	if c.gap > 0 {
		told = n.ada.after(gone, "Reconnecting", "").Round(time.Millisecond).String()
	}
	ada, bob := n.ada.seesAfter(back, n.bob), n.bob.seesAfter(back, n.ada)
	t.Logf("%s: told Ada after %s; after the network's return Ada saw Bob after %v and Bob saw Ada after %v",
		c.name, told, ada.Round(time.Millisecond), bob.Round(time.Millisecond))
	if c.gap > 0 {
		away := n.bob.after(gone, "ConnectionAway", "Ada")
		shown := n.bob.after(gone, string(netvideo.PublisherAway), "Ada")
		t.Logf("%s: Bob was told that Ada is away after %v, and her tile after %v", c.name, away.Round(time.Millisecond), shown.Round(time.Millisecond))
	}
	check(t, n.ada, n.bob)
	once(t, n.bob, "Ada")
	once(t, n.ada, "Bob")
}

// once checks that what was told of somebody makes sense: nobody came twice without
// having left, nor left twice.
func once(t *testing.T, f friend, who string) {
	t.Helper()
	here := map[string]bool{}
	for _, l := range f.all(func(l line) bool { return l.Who == who }) {
		thing, came := strings.CutSuffix(l.What, "Created")
		left := false
		if !came {
			thing, left = strings.CutSuffix(l.What, "Destroyed")
		}
		known, told := here[thing]
		switch {
		case came && known:
			t.Errorf("%s was told twice that %s's %s is there", f.name, who, thing)
		case left && told && !known:
			t.Errorf("%s was told twice that %s's %s is gone", f.name, who, thing)
		}
		if came || left {
			here[thing] = came
		}
	}
}
