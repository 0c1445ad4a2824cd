package room

import (
	"context"
	"testing"
	"time"

	"cutout/netvideo"

	"github.com/pion/interceptor"
)

// joinThrough joins by a way that loses what it is told to.
func joinThrough(t *testing.T, s *testServer, session string) (*Room, *leak) {
	t.Helper()
	leak := newLeak()
	r, err := Join(context.Background(), Options{URL: s.url, Token: token(t, session, "Bob", netvideo.Subscriber),
		JoinTimeout: patience, RejoinFor: patience, between: []interceptor.Factory{leak}})
	must(t, err)
	t.Cleanup(func() { r.Close() })
	return r, leak
}

// All media cease to come while the connection stands: what can be asked for is asked
// for, and then the room is left and joined again, which brings them back.
func TestNothingComesThoughTheConnectionStands(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "deaf", "Ada", netvideo.Publisher))
	bob, leak := joinThrough(t, s, "deaf")
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 320, Height: 240, Kbps: 300})
	show(t, p, 320, 240)
	speak(t, p, 440)
	listen(t, bob)
	why(t, bob, netvideo.PictureLive)
	leak.open(1)
	since := time.Now()
	first := map[netvideo.Medium]time.Duration{}
	var steps []netvideo.Repair
	await(t, bob, func(e netvideo.StreamTroubled) bool {
		if _, known := first[e.Medium]; !known {
			first[e.Medium] = time.Since(since)
		}
		steps = append(steps, e.Repair)
		return e.Repair == netvideo.RepairRejoin
	})
	await[netvideo.Reconnecting](t, bob, nil)
	leak.open(0)
	await[netvideo.Reconnected](t, bob, nil)
	back := time.Now()
	sees(t, bob, back, ada)
	t.Logf("noticed after %v, then %v; the picture is back %v after the room", first, steps, time.Since(back).Round(time.Millisecond))
	if steps[0] == netvideo.RepairRejoin || bob.Stats().Rejoins != 1 {
		t.Errorf("%v, %d rejoins", steps, bob.Stats().Rejoins)
	}
	eventually(t, "sound", func() bool { v := bob.Streams(); return len(v) == 1 && v[0].Stats.AudioKbps > 0 })
}

// A microphone that dies is noticed, asked for anew and then left alone, since the picture
// comes; it is heard again as soon as it speaks.
func TestSilentMicrophone(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "silent", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "silent", "Bob", netvideo.Subscriber))
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 320, Height: 240, Kbps: 300})
	show(t, p, 320, 240)
	stop := speak(t, p, 440)
	listen(t, bob)
	why(t, bob, netvideo.PictureLive)
	eventually(t, "sound", func() bool { v := bob.Streams(); return len(v) == 1 && v[0].Stats.AudioKbps > 0 })
	stop()
	since := time.Now()
	troubled(t, bob, netvideo.Audio, netvideo.TroubleSilent, netvideo.RepairResubscribe)
	noticed := time.Since(since)
	await(t, bob, func(e netvideo.StreamTroubled) bool {
		return e.Medium == netvideo.Audio && e.Repair == netvideo.RepairNone
	})
	if n := bob.Stats().Rejoins; n != 0 {
		t.Errorf("%d rejoins", n)
	}
	speak(t, p, 440)
	e := await(t, bob, func(e netvideo.StreamMended) bool { return e.Medium == netvideo.Audio })
	t.Logf("noticed after %v; mended %v later", noticed.Round(time.Millisecond), e.After.Round(time.Millisecond))
}
