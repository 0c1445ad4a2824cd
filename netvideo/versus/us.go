package versus

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room"
)

// glance is how often what arrived is looked at while it is measured, and rest while it
// is not: as often as a game draws.
const (
	glance = 4 * time.Millisecond
	rest   = time.Second / 60
)

// us is our own client.
type us struct {
	clip *Clip

	mu       sync.Mutex
	room     *room.Room
	pub      *room.Publisher
	cancel   context.CancelFunc // of what runs while joined
	running  sync.WaitGroup
	m        Measurement
	arrivals []Arrival
}

func newUs() *us { return &us{clip: NewClip()} }

func (u *us) join(ctx context.Context, a JoinArgs) (time.Time, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.room != nil {
		return time.Time{}, errors.New("joined already")
	}
	begun := time.Now()
	r, err := room.Join(ctx, room.Options{URL: a.URL, Token: a.Token})
	if err != nil {
		return begun, err
	}
	var p *room.Publisher
	if a.Publish {
		p, err = r.Publish(ctx, room.PublishOptions{Name: "clip", Width: Width, Height: Height, FPS: FPS, Kbps: a.Kbps, Layers: a.Layers})
		if err != nil {
			return begun, errors.Join(err, r.Close())
		}
	}
	run, cancel := context.WithCancel(context.Background())
	u.room, u.pub, u.cancel = r, p, cancel
	if p != nil {
		u.running.Go(func() { u.show(run, p) })
	} else {
		u.running.Go(func() { u.watch(run, r) })
	}
	return begun, nil
}

// show shows the clip, over and over.
func (u *us) show(ctx context.Context, p *room.Publisher) {
	begun := time.Now()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(begun.Add(time.Duration(i) * time.Second / FPS))):
		}
		now := time.Now()
		p.Show(u.clip.Picture(i%Frames, now), now)
	}
}

// watch looks at what is there to be drawn, as a game does.
func (u *us) watch(ctx context.Context, r *room.Room) {
	var last uint64
	before := time.Now()
	n := 0
	for every := rest; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		u.mu.Lock()
		m := u.m
		u.mu.Unlock()
		every = rest
		if m.Arrivals {
			every = glance
		}
		now := time.Now()
		for _, v := range r.Streams() {
			if v.Picture == nil || v.Picture.Seq == last {
				continue
			}
			last = v.Picture.Seq
			if m.Arrivals {
				n++
				a := u.look(v.Picture, later(v.Picture.Decoded, before), m.Compare > 0 && n%m.Compare == 0)
				u.mu.Lock()
				u.arrivals = append(u.arrivals, a)
				u.mu.Unlock()
			}
		}
		before = now
	}
}

func (u *us) look(p *netvideo.Picture, at time.Time, compare bool) Arrival {
	img := p.Image
	return u.clip.arrival(img.Y, img.YStride, img.Rect.Dx(), img.Rect.Dy(), at, compare)
}

// arrival reads a picture's luma; without compare its first rows are enough.
func (c *Clip) arrival(luma []byte, stride, w, h int, at time.Time, compare bool) Arrival {
	a := Arrival{At: at, W: w, H: h}
	frame, captured, ok := readCode(luma, stride, w, h, at)
	if !ok {
		return a
	}
	a.Frame, a.Captured = frame, captured
	if compare {
		a.PSNR = c.psnr(frame, luma, stride, w, h)
	}
	return a
}

func (u *us) leave(context.Context) error {
	u.mu.Lock()
	r, cancel := u.room, u.cancel
	u.room, u.pub, u.cancel = nil, nil, nil
	u.mu.Unlock()
	if r == nil {
		return nil
	}
	cancel()
	u.running.Wait()
	return r.Close()
}

func (u *us) measure(_ context.Context, m Measurement) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.m = m
	return nil
}

func (u *us) take() []Arrival {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.arrivals
	u.arrivals = nil
	return all
}

func (u *us) cpu() (time.Duration, error) { return treeCPU(os.Getpid()) }

func (u *us) close() error { return u.leave(context.Background()) }

func (u *us) stats(context.Context) (Stats, error) {
	u.mu.Lock()
	r, p := u.room, u.pub
	u.mu.Unlock()
	s := Stats{}
	if r == nil {
		return s, nil
	}
	s["rejoins"] = float64(r.Stats().Rejoins)
	if p != nil {
		publisherStats(s, p.Stats())
	}
	for _, v := range r.Streams() {
		streamStats(s, v.Stats)
	}
	return s, nil
}

func publisherStats(s Stats, p room.PublisherStats) {
	s["framesEncoded"] = float64(p.Encoded)
	s["keyFramesEncoded"] = float64(p.KeyFrames)
	s["framesPerSecond"] = p.FPS
	s["kbps"] = p.Kbps
	s["targetKbps"] = float64(p.TargetKbps)
	s["availableKbps"] = float64(p.EstimatedKbps)
	s["encodeMs"] = millis(p.EncodeTime)
	s["nackCount"] = float64(p.NACKs)
	s["pliCount"] = float64(p.PLIs)
	s["retransmitted"] = float64(p.Resent)
	if n := len(p.Layers); n > 0 {
		s["frameHeight"] = float64(p.Layers[n-1].Height)
	}
}

func streamStats(s Stats, v netvideo.StreamStats) {
	s["framesPerSecond"] = v.FPS
	s["kbps"] = v.Kbps
	s["packetsLost"] = float64(v.LostPackets)
	s["recovered"] = float64(v.Recovered)
	s["late"] = float64(v.LatePictures)
	s["skipped"] = float64(v.Skipped)
	s["jitterBufferMs"] = millis(v.JitterDelay)
	s["decodeMs"] = millis(v.DecodeTime)
	s["pliCount"] = float64(v.KeyFrameRequests)
	s["repairs"] = float64(v.Repairs)
	s["rttMs"] = millis(v.RoundTrip)
}
