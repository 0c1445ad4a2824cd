//go:build linux

package versus

import (
	"context"
	"testing"
	"time"
)

// needBrowser skips unless the bench is asked for, and there are a browser and a client
// for it.
func needBrowser(t testing.TB) {
	t.Helper()
	if !*versus {
		t.Skip("this test drives a real browser: make versus")
	}
	if _, err := FindChromium(); err != nil {
		t.Skipf("this test needs Chromium: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := FetchLiveKit(ctx); err != nil {
		t.Skipf("this test needs livekit-client: %v", err)
	}
}

// TestEachWay sends the clip from and to a real Chromium through a real server, and
// looks at the pixels.
func TestEachWay(t *testing.T) {
	needBrowser(t)
	b := newBench(t, t.Context())
	for _, pair := range []Pair{{Us, Chromium}, {Chromium, Us}} {
		t.Run(pair.String(), func(t *testing.T) {
			one := *b
			one.t = t
			m := one.meet(pair)
			defer m.end()
			m.sub.measure(Measurement{Arrivals: true, Compare: 2})
			m.join(m.pub, 700, 1)
			m.first(m.join(m.sub, 0, 0))
			m.wellSeen(5)
		})
	}
}

// wellSeen waits for so many pictures that look like the clip.
func (m *meeting) wellSeen(n int) {
	m.b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); m.pass(200 * time.Millisecond) {
		m.take()
		good := 0
		for _, a := range m.all {
			if a.PSNR > 27 && a.W == Width && a.H == Height && a.At.After(a.Captured.Add(-5*time.Millisecond)) {
				good++
			}
		}
		if good >= n {
			return
		}
	}
	m.b.t.Errorf("of %d pictures too few look like the clip: %+v", len(m.all), m.all[max(0, len(m.all)-5):])
}
