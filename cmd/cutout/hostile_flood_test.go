package main

import (
	"context"
	"image"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"google.golang.org/protobuf/proto"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
)

// A pair is two people who see each other while others are up to no good.
type pair struct {
	t        *testing.T
	watching *room.Room
}

func startPair(t *testing.T, s *target) *pair {
	t.Helper()
	if !door.HasNetwork() {
		t.Skip("media need a network interface beside the loopback")
	}
	id := s.session(t, door.OneToOne)
	enter := func(name string) *room.Room {
		p := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: name}})
		r, err := room.Join(t.Context(), room.Options{URL: p.URL, Token: p.Token, JoinTimeout: patience})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		return r
	}
	ada, bob := enter("Ada"), enter("Bob")
	pub, err := ada.Publish(t.Context(), room.PublishOptions{Width: 320, Height: 240, FPS: 30, Kbps: 300})
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-stopped })
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for n := 0; ; n++ {
			img := image.NewYCbCr(image.Rect(0, 0, 320, 240), image.YCbCrSubsampleRatio420)
			for i := range img.Y {
				img.Y[i] = byte(i + 3*n)
			}
			select {
			case <-stop:
				return
			case at := <-tick.C:
				pub.Show(img, at)
			}
		}
	}()
	p := &pair{t: t, watching: bob}
	waitUntil(t, s.program, "Bob sees Ada", func() bool { return p.seen() > 0 })
	return p
}

// seen counts Bob's pictures of Ada.
func (p *pair) seen() uint64 {
	for _, v := range p.watching.Streams() {
		if v.Picture != nil {
			return v.Picture.Seq
		}
	}
	return 0
}

// fps is how many pictures come a second, over a while.
func (p *pair) fps(d time.Duration) float64 {
	before, at := p.seen(), time.Now()
	time.Sleep(d)
	return float64(p.seen()-before) / time.Since(at).Seconds()
}

// TestFloodsAreNotNoticed: while others flood the server, a pair in another session
// keeps its pictures.
func TestFloodsAreNotNoticed(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	couple := startPair(t, s)
	const span = 4 * time.Second
	for _, f := range []struct {
		name  string
		flood func(ctx context.Context, t *testing.T, s *target, id string, sent *atomic.Int64)
	}{
		{"signalling", floodSignalling}, {"HTTP", floodHTTP}, {"data", floodData}, {"joins", floodJoins},
	} {
		t.Run(f.name, func(t *testing.T) {
			before := couple.fps(span)
			ctx, cancel := context.WithCancel(t.Context())
			var sent atomic.Int64
			var wg sync.WaitGroup
			wg.Go(func() { f.flood(ctx, t, s, id, &sent) })
			during := couple.fps(span)
			cancel()
			wg.Wait()
			t.Logf("%.1f pictures a second before, %.1f during; %d sent", before, during, sent.Load())
			// The flood is made on the processors that encode and decode the pictures.
			if during < before/2 || sent.Load() == 0 {
				t.Errorf("%.1f pictures a second before, %.1f during", before, during)
			}
			if _, err := s.Sessions(t.Context()); err != nil {
				t.Errorf("after it the server answers %v", err)
			}
		})
	}
}

// floodSignalling sends messages as fast as the server takes them.
func floodSignalling(ctx context.Context, t *testing.T, s *target, id string, sent *atomic.Int64) {
	message, err := proto.Marshal(&livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{PingReq: &livekit.Ping{Timestamp: 1}}})
	if err != nil {
		t.Error(err)
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for range 4 {
		c := join(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}))
		wg.Go(func() {
			_, _ = c.next(patience, func(*livekit.SignalResponse) bool { return ctx.Err() != nil })
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				_ = c.ws.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
				if c.ws.WriteMessage(websocket.BinaryMessage, message) != nil {
					break
				}
				sent.Add(1)
			}
			_ = c.ws.Close()
		})
	}
}

// floodHTTP asks for everything, with bad tokens, from two addresses.
func floodHTTP(ctx context.Context, _ *testing.T, s *target, id string, sent *atomic.Int64) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range 4 {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%2))}}
		transport := &http.Transport{DialContext: d.DialContext, DisableKeepAlives: i >= 2}
		client := http.Client{Transport: transport, Timeout: 5 * time.Second}
		wg.Go(func() {
			defer transport.CloseIdleConnections()
			for n := 0; ctx.Err() == nil; n++ {
				path := []string{"/r/abcdefgh", "/api/token", "/api/sessions/" + id + "/kick"}[n%3]
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+path, strings.NewReader(`{"connection":"x"}`))
				if err != nil {
					return
				}
				req.Header.Set("Authorization", "Bearer "+strings.Repeat("x", 2000))
				res, err := client.Do(req)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				sent.Add(1)
			}
		})
	}
}

// floodData sends signals to a session of its own as fast as LiveKit's SDK does.
func floodData(ctx context.Context, t *testing.T, s *target, id string, sent *atomic.Int64) {
	r := sdkJoin(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}), lksdk.NewRoomCallback())
	sdkJoin(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber}), lksdk.NewRoomCallback())
	data := make([]byte, 1000)
	for ctx.Err() == nil {
		if r.LocalParticipant.PublishDataPacket(lksdk.UserData(data), lksdk.WithDataPublishReliable(false), lksdk.WithDataPublishTopic("x")) != nil {
			return
		}
		if sent.Add(1)%100 == 0 {
			time.Sleep(10 * time.Millisecond) // 80 Mbit/s: the SDK would fill this process's memory
		}
	}
}

// floodJoins joins and vanishes without a word.
func floodJoins(ctx context.Context, t *testing.T, s *target, id string, sent *atomic.Int64) {
	pass := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher})
	d := websocket.Dialer{HandshakeTimeout: 5 * time.Second}
	for ctx.Err() == nil {
		ws, res, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(s.URL, "http")+"/rtc?protocol=15", http.Header{"Authorization": {"Bearer " + pass.Token}})
		if res != nil {
			sent.Add(1)
		}
		if err == nil {
			_ = ws.NetConn().Close()
		}
	}
}
