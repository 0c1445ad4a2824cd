//go:build linux

package reconnect_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
)

// A client is somebody in the room: it shows a picture thirty times a second, says a
// number to everybody fifty times a second, and prints what it sees and hears.
type clientOptions struct {
	Link, Name string
	Doors      []string // beside those of the pass
}

// A line is what a client prints about something that happened.
type line struct {
	T    int64  // Unix nanoseconds
	What string // an event's name, "picture", "noPicture", "said", "heard", "list", "wrong"
	Who  string // the name of the connection it is about
	Why  string
	N    int
	List []string // names of the connections and streams there are
}

type speaker struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (s *speaker) say(l line) {
	if l.T == 0 {
		l.T = time.Now().UnixNano()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.enc.Encode(l)
}

func client(ctx context.Context, arg string) error {
	var o clientOptions
	if err := json.Unmarshal([]byte(arg), &o); err != nil {
		return err
	}
	link, err := netvideo.ParseLink(o.Link)
	if err != nil {
		return err
	}
	pass, err := door.Redeem(ctx, link, door.Who{Name: o.Name, Native: true})
	if err != nil {
		return err
	}
	var logger *slog.Logger
	if os.Getenv("CUTOUT_STORY") != "" {
		logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	r, err := room.Join(ctx, room.Options{URL: pass.URL, Logger: logger, Doors: append(o.Doors, pass.Doors...), Token: pass.Token,
		JoinTimeout: 10 * time.Second, RejoinFor: patience})
	if err != nil {
		return err
	}
	out := &speaker{enc: json.NewEncoder(os.Stdout)}
	out.say(line{What: "joined", Who: o.Name, List: pass.Doors})
	var wg sync.WaitGroup
	wg.Go(func() { follow(r, out) })
	wg.Go(func() { look(ctx, r, out) })
	p, err := r.Publish(ctx, room.PublishOptions{Name: "camera", Width: 320, Height: 240, Kbps: 400})
	if err != nil {
		return err
	}
	wg.Go(func() { show(ctx, p) })
	wg.Go(func() { talk(ctx, r, out) })
	<-ctx.Done()
	_ = r.Close()
	wg.Wait()
	return nil
}

// show shows a picture that moves.
func show(ctx context.Context, p *room.Publisher) {
	img := image.NewYCbCr(image.Rect(0, 0, 320, 240), image.YCbCrSubsampleRatio420)
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			next := *img
			next.Y = make([]byte, len(img.Y))
			for i := range next.Y {
				next.Y[i] = byte(60 + (i/img.YStride+i%img.YStride+4*n)%128)
			}
			p.Show(&next, now)
		}
	}
}

// look prints every new picture, and why there is none.
func look(ctx context.Context, r *room.Room, out *speaker) {
	seqs, whys := map[string]uint64{}, map[string]netvideo.NoPicture{}
	for ctx.Err() == nil {
		for _, v := range r.Streams() {
			who := v.Stream.Connection.Name
			if v.Picture != nil && v.Picture.Seq != seqs[v.Stream.ID] {
				seqs[v.Stream.ID] = v.Picture.Seq
				out.say(line{T: v.Picture.Decoded.UnixNano(), What: "picture", Who: who})
			}
			if why, known := whys[v.Stream.ID]; !known || why != v.NoPicture {
				whys[v.Stream.ID] = v.NoPicture
				out.say(line{What: "noPicture", Who: who, Why: string(v.NoPicture)})
			}
		}
		time.Sleep(4 * time.Millisecond)
	}
}

// talk says one number after the other until it is told to hush, and lists who is there
// when it is asked.
func talk(ctx context.Context, r *room.Room, out *speaker) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	said := 0
	for {
		select {
		case <-ctx.Done():
			return
		case order := <-orders:
			switch order {
			case "hush":
				tick.Stop()
				out.say(line{What: "said", N: said})
			case "list":
				out.say(line{What: "list", List: present(r), N: r.Stats().UnackedSignals + r.Stats().QueuedSignals})
			}
		case <-tick.C:
			err := r.Signal(ctx, netvideo.Signal{Type: "n", Data: binary.BigEndian.AppendUint32(nil, uint32(said))})
			if err == nil {
				said++
			} else if !errors.Is(err, netvideo.ErrQueueFull) && ctx.Err() == nil {
				out.say(line{What: "wrong", Why: err.Error()})
			}
		}
	}
}

func present(r *room.Room) []string {
	list := []string{}
	for _, c := range r.Connections() {
		list = append(list, c.Name)
	}
	for _, s := range r.Streams() {
		list = append(list, s.Stream.Connection.Name+"'s "+s.Stream.Name)
	}
	return list
}

// follow prints the room's events, and checks that the numbers of each of the others
// come once and in order.
func follow(r *room.Room, out *speaker) {
	names, next := map[string]string{}, map[string]int{}
	for e := range r.Events() {
		l := line{What: strings.TrimPrefix(fmt.Sprintf("%T", e), "netvideo.")}
		switch e := e.(type) {
		case netvideo.SessionConnected:
			for _, c := range e.Connections {
				names[c.ID] = c.Name
			}
		case netvideo.SignalReceived:
			n := int(binary.BigEndian.Uint32(e.Signal.Data))
			from := e.Signal.From
			if _, known := next[from]; known && n != next[from] {
				out.say(line{What: "wrong", Who: names[from], Why: fmt.Sprintf("number %d came after %d", n, next[from]-1)})
			}
			next[from] = n + 1
			l = line{What: "heard", Who: names[from], N: n}
		case netvideo.ConnectionCreated:
			names[e.Connection.ID], l.Who = e.Connection.Name, e.Connection.Name
		case netvideo.ConnectionDestroyed:
			l.Who, l.Why = e.Connection.Name, string(e.Reason)
		case netvideo.ConnectionAway:
			l.Who = e.Connection.Name
		case netvideo.ConnectionBack:
			l.Who = e.Connection.Name
		case netvideo.StreamCreated:
			l.Who = e.Stream.Connection.Name
		case netvideo.StreamDestroyed:
			l.Who, l.Why = e.Stream.Connection.Name, string(e.Reason)
		case netvideo.Reconnecting:
			l.Why = e.Cause
		case netvideo.Disconnected:
			l.Why = string(e.Reason)
		}
		out.say(l)
	}
}
