package room

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
)

// patience is for machines with much else to do.
const patience = 2 * time.Minute

func join(t testing.TB, s *testServer, tok string) *Room {
	t.Helper()
	r, err := Join(context.Background(), Options{URL: s.url, Token: tok, JoinTimeout: patience, RejoinFor: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// await returns the first event of type E that ok accepts; all events before it are
// passed over.
func await[E netvideo.Event](t testing.TB, r *Room, ok func(E) bool) E {
	t.Helper()
	var zero E
	late := time.After(patience)
	for {
		select {
		case ev, open := <-r.Events():
			if !open {
				t.Fatalf("the events ended before a %T came", zero)
			}
			if e, is := ev.(E); is && (ok == nil || ok(e)) {
				return e
			}
		case <-late:
			t.Fatalf("no %T came", zero)
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// numbered draws n as twelve black or white squares, which survive compression.
func numbered(n, w, h int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	side := w / 12
	for y := range h {
		for x := range w {
			v := uint8(100 + (x+y)%40)
			if bit := x / side; y < side && bit < 12 {
				v = 16 + uint8(n>>bit&1)*219
			}
			img.Y[y*img.YStride+x] = v
		}
	}
	return img
}

func number(img *image.YCbCr) int {
	side := img.Rect.Dx() / 12
	n := 0
	for bit := range 12 {
		if img.Y[side/2*img.YStride+bit*side+side/2] > 128 {
			n |= 1 << bit
		}
	}
	return n
}

// show shows numbered pictures 30 times a second until the test or stop ends.
func show(t testing.TB, p *Publisher, w, h int) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for n := 0; ; n = (n + 1) % 4096 {
			select {
			case <-done:
				return
			case <-tick.C:
				p.Show(numbered(n, w, h), time.Now())
			}
		}
	})
	var once sync.Once
	stop = func() {
		once.Do(func() { close(done) })
		wg.Wait()
	}
	t.Cleanup(stop)
	return stop
}

func publish(t testing.TB, r *Room, name string) *Publisher {
	t.Helper()
	p, err := r.Publish(context.Background(), PublishOptions{Name: name, Width: 320, Height: 240, Kbps: 500})
	if err != nil {
		t.Fatal(err)
	}
	show(t, p, 320, 240)
	return p
}

// pictures collects the numbers and capture times of n new pictures of a stream.
func pictures(t testing.TB, r *Room, n int) (numbers []int, pics []*netvideo.Picture) {
	t.Helper()
	var last uint64
	eventually(t, fmt.Sprintf("%d pictures", n), func() bool {
		for _, v := range r.Streams() {
			if v.Picture != nil && v.Picture.Seq != last {
				last = v.Picture.Seq
				numbers, pics = append(numbers, number(v.Picture.Image)), append(pics, v.Picture)
			}
		}
		return len(pics) >= n
	})
	return numbers, pics
}

// inOrder checks that pictures go forward in every way, and returns the mean time
// from capture to decoded.
func inOrder(t *testing.T, numbers []int, pics []*netvideo.Picture) time.Duration {
	t.Helper()
	var total time.Duration
	for i, pic := range pics {
		if i > 0 {
			if step := (numbers[i] - numbers[i-1] + 4096) % 4096; step == 0 || step > 2000 {
				t.Errorf("picture %d after %d", numbers[i], numbers[i-1])
			}
			if !pic.Captured.After(pics[i-1].Captured) || pic.Seq <= pics[i-1].Seq {
				t.Errorf("picture %d: captured %v, seq %d; the one before %v, %d",
					i, pic.Captured, pic.Seq, pics[i-1].Captured, pics[i-1].Seq)
			}
		}
		took := pic.Decoded.Sub(pic.Captured)
		if took <= 0 || took > patience {
			t.Errorf("picture %d took %v", i, took)
		}
		total += took
	}
	return total / time.Duration(len(pics))
}

// toldAtTheStart fails unless bob's first event lists ada and her stream.
func toldAtTheStart(t *testing.T, bob, ada *Room) {
	t.Helper()
	first := (<-bob.Events()).(netvideo.SessionConnected)
	if len(first.Connections) == 0 || first.Connections[0].ID != ada.Self().ID || first.Connections[0].Data != "of Ada" {
		t.Errorf("connections at the start: %+v", first.Connections)
	}
	if len(first.Streams) != 1 || first.Streams[0].Name != "Ada's Kinect" || first.Streams[0].Width != 320 ||
		!first.Streams[0].HasVideo || first.Streams[0].Connection.Name != "Ada" {
		t.Errorf("streams at the start: %+v", first.Streams)
	}
}

// leaveInTurn ends the stream, ada's connection and bob's, and bob is told of each.
func leaveInTurn(t *testing.T, p *Publisher, ada, bob *Room) {
	t.Helper()
	if err := p.Unpublish(); err != nil {
		t.Error(err)
	}
	gone := await[netvideo.StreamDestroyed](t, bob, nil)
	if gone.Stream.Name != "Ada's Kinect" || gone.Reason != netvideo.ClientDisconnected {
		t.Errorf("%+v", gone)
	}
	ada.Close()
	if left := await(t, bob, func(e netvideo.ConnectionDestroyed) bool { return e.Connection.Name != "Early" }); left.Connection.Name != "Ada" || left.Reason != netvideo.ClientDisconnected {
		t.Errorf("%+v", left)
	}
	bob.Close()
	if last := await[netvideo.Disconnected](t, bob, nil); last.Reason != netvideo.ClientDisconnected {
		t.Errorf("%+v", last)
	}
	if _, open := <-bob.Events(); open {
		t.Error("an event after Disconnected")
	}
}

func TestPicturesArrive(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "pictures", "Ada", netvideo.Publisher))
	if c := ada.Self(); c.Name != "Ada" || c.Data != "of Ada" || c.Role != netvideo.Publisher || !c.Native || c.Joined.IsZero() {
		t.Errorf("Self is %+v", c)
	}
	early := join(t, s, token(t, "pictures", "Early", netvideo.Subscriber))
	p := publish(t, ada, "Ada's Kinect")
	pictures(t, early, 1) // the server lists a stream when its media comes
	early.Close()

	begun := time.Now()
	bob := join(t, s, token(t, "pictures", "Bob", netvideo.Subscriber))
	joined := time.Since(begun)
	toldAtTheStart(t, bob, ada)
	pictures(t, bob, 1)
	t.Logf("joined after %v, first picture after %v", joined, time.Since(begun))

	numbers, pics := pictures(t, bob, 60)
	mean := inOrder(t, numbers, pics)
	v := bob.Streams()[0]
	t.Logf("capture to decoded %v on average; %+v", mean, v.Stats)
	if v.Stats.FPS < 5 || v.Stats.Kbps <= 0 || v.Stats.Latency <= 0 {
		t.Errorf("stats %+v", v.Stats)
	}
	ada.SetClockOffset("nobody", time.Hour)
	bob.SetClockOffset(ada.Self().ID, time.Hour)
	eventually(t, "the clock offset in the latency", func() bool { return bob.Streams()[0].Stats.Latency > time.Minute })
	st := ada.Stats().Published[0]
	t.Logf("publisher %+v", st)
	// Whoever comes while nothing new is shown gets the newest picture once more.
	if st.Encoded == 0 || st.Encoded > st.Shown+st.KeyFrames {
		t.Errorf("publisher %+v", st)
	}

	leaveInTurn(t, p, ada, bob)
}

func TestLateStreamsAreTold(t *testing.T) {
	s := startServer(t)
	bob := join(t, s, token(t, "late", "Bob", netvideo.Publisher))
	if first := (<-bob.Events()).(netvideo.SessionConnected); len(first.Connections)+len(first.Streams) != 0 {
		t.Errorf("%+v", first)
	}
	ada := join(t, s, token(t, "late", "Ada", netvideo.Publisher))
	publish(t, ada, "cam")
	if came := (<-bob.Events()).(netvideo.ConnectionCreated); came.Connection.ID != ada.Self().ID {
		t.Errorf("%+v", came)
	}
	if began := (<-bob.Events()).(netvideo.StreamCreated); began.Stream.Connection.ID != ada.Self().ID {
		t.Errorf("%+v", began)
	}
	begun := time.Now()
	pictures(t, bob, 1)
	t.Logf("first picture %v after StreamCreated", time.Since(begun))
}

func TestSubscriberIsRefusedAtOnce(t *testing.T) {
	s := startServer(t)
	r := join(t, s, token(t, "roles", "Watcher", netvideo.Subscriber))
	begun := time.Now()
	if p, err := r.Publish(context.Background(), PublishOptions{Name: "x"}); !errors.Is(err, netvideo.ErrRole) || p != nil {
		t.Errorf("publishing: %v", err)
	}
	if err := r.Signal(context.Background(), netvideo.Signal{Type: "x"}); !errors.Is(err, netvideo.ErrRole) {
		t.Errorf("signalling: %v", err)
	}
	if took := time.Since(begun); took > 5*time.Second { // the SDK says it after 10 s
		t.Errorf("it took %v to be refused", took)
	}
}

func TestTokens(t *testing.T) {
	s := startServer(t)
	good := token(t, "right", "Ada", netvideo.Publisher)
	parts := strings.Split(good, ".")
	other := strings.Split(token(t, "other", "Ada", netvideo.Moderator), ".")
	for name, c := range map[string]struct {
		o    Options
		want error
	}{
		"expired":          {Options{Token: expired(t, good)}, netvideo.ErrTokenExpired},
		"edited":           {Options{Token: parts[0] + "." + other[1] + "." + parts[2]}, netvideo.ErrTokenInvalid},
		"unsigned":         {Options{Token: parts[0] + "." + parts[1] + "."}, netvideo.ErrTokenInvalid},
		"garbage":          {Options{Token: "garbage"}, netvideo.ErrTokenInvalid},
		"another session":  {Options{Token: good, Session: "left"}, netvideo.ErrWrongSession},
		"nobody's address": {Options{Token: good, URL: "http://127.0.0.1:1"}, netvideo.ErrUnreachable},
	} {
		if c.o.URL == "" {
			c.o.URL = s.url
		}
		c.o.JoinTimeout = patience
		begun := time.Now()
		r, err := Join(context.Background(), c.o)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if r != nil {
			r.Close()
		}
		t.Logf("%s: %v (%v)", name, err, time.Since(begun).Round(time.Millisecond))
	}
	for _, bad := range []string{"", "ftp://x", "127.0.0.1:7880", "http://"} {
		if _, err := Join(context.Background(), Options{URL: bad, Token: good}); err == nil {
			t.Errorf("%q was taken for an address", bad)
		}
	}
}

func TestSignals(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "signals", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "signals", "Bob", netvideo.Publisher))
	cyd := join(t, s, token(t, "signals", "Cyd", netvideo.Subscriber))
	const n = 300
	ctx := context.Background()
	for i := range n {
		if err := ada.Signal(ctx, netvideo.Signal{Type: "count", Data: []byte(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []*Room{bob, cyd} {
		for i := range n {
			got := await[netvideo.SignalReceived](t, r, nil).Signal
			if string(got.Data) != fmt.Sprint(i) || got.Type != "count" || got.From != ada.Self().ID {
				t.Fatalf("signal %d: %q from %q", i, got.Data, got.From)
			}
		}
	}
	if err := bob.Signal(ctx, netvideo.Signal{Type: "secret", Data: []byte("psst"), To: ada.Self().ID}); err != nil {
		t.Fatal(err)
	}
	if err := bob.Signal(ctx, netvideo.Signal{Type: "open"}); err != nil {
		t.Fatal(err)
	}
	if got := await[netvideo.SignalReceived](t, ada, nil).Signal; got.Type != "secret" || string(got.Data) != "psst" {
		t.Errorf("%+v", got)
	}
	if got := await[netvideo.SignalReceived](t, cyd, nil).Signal; got.Type != "open" {
		t.Errorf("Cyd, who was not meant, got %+v", got)
	}
	// Lossy ones may be lost; repeated, they come.
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				_ = ada.Signal(ctx, netvideo.Signal{Type: "pose", Data: []byte{byte(i)}, Lossy: true})
			}
		}
	})
	await(t, bob, func(e netvideo.SignalReceived) bool { return e.Signal.Type == "pose" })
	close(done)
	wg.Wait()
	for _, bad := range []netvideo.Signal{{}, {Type: strings.Repeat("x", 129)}, {Type: "x", Data: make([]byte, 8193)}} {
		if ada.Signal(ctx, bad) == nil {
			t.Errorf("a signal of type %.9q with %d bytes was taken", bad.Type, len(bad.Data))
		}
	}
}

// Who comes while a publisher shows nothing new sees its newest picture all the same.
func TestStillPictureIsSeenByWhoComesLater(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "still", "Ada", netvideo.Publisher))
	p, err := ada.Publish(context.Background(), PublishOptions{Width: 320, Height: 240})
	if err != nil {
		t.Fatal(err)
	}
	p.Show(numbered(1234, 320, 240), time.Now())
	eventually(t, "the picture to leave", func() bool { return p.Stats().Encoded == 1 })
	bob := join(t, s, token(t, "still", "Bob", netvideo.Subscriber))
	numbers, _ := pictures(t, bob, 1)
	if numbers[0] != 1234 {
		t.Errorf("picture %d came", numbers[0])
	}
}
