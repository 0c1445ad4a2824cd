package room

import (
	"time"

	"cutout/netvideo/room/internal/uplink"

	lksdk "github.com/livekit/server-sdk-go/v2"
)

// overheadShare of what the way bears goes to what is around the pictures: IP, UDP, RTP
// and SRTP take 64 bytes or so of a packet of up to 1264.
const overheadShare = 0.1

// plan has the encoders work to what the way, the machine and those who look ask for.
// on are the tracks to send to, nil when nothing is to be sent; asked is set when
// somebody waits for a key frame.
func (c *camera) plan(now time.Time, next *shown) (on []*lksdk.LocalTrack, asked bool) {
	tracks, link, sid := c.track.live()
	if tracks == nil {
		return nil, false
	}
	way := link.up.State()
	s := uplink.Situation{Now: now, Watched: c.watched(link, sid), Homes: c.p.room.homes()}
	if way.Kbps > 0 {
		lost := min(way.Loss, 0.2) // and sent again
		s.Kbps = int(float64(way.Kbps) * (1 - overheadShare) * (1 - lost) * c.p.room.share(c, link))
	} else {
		c.p.room.share(c, link)
	}
	if c.straits.notice(now, c.pleas(), way.Loss < 0.02 && !c.limited()) {
		s.Homes = max(s.Homes, 2)
	}
	c.mu.Lock()
	want := c.want
	s.Width, s.Height = c.w, c.h
	if next != nil {
		s.Width, s.Height = next.img.Rect.Dx(), next.img.Rect.Dy()
	}
	_, _, s.EncodeTime = c.second.rates(now)
	c.mu.Unlock()
	c.policy.SetWanted(want)
	plan := c.policy.Plan(s)
	c.obey(plan)
	c.mu.Lock()
	c.st.EstimatedKbps, c.st.TargetKbps, c.st.TargetFPS, c.st.RTT = way.Kbps, plan.Kbps(), plan.FPS, way.RTT
	c.st.Limited = limitation(plan)
	c.mu.Unlock()
	if plan.Kbps() == 0 || way.Waiting > waitMost {
		return nil, false
	}
	for i, l := range c.layers {
		asked = asked || l.asked(now)
		l.resent(uint32(tracks[i].SSRC()), link.up)
	}
	return tracks, asked
}

// pleas is how many key frames were asked for.
func (c *camera) pleas() (n uint64) {
	for _, l := range c.layers {
		l.mu.Lock()
		n += l.said.plis
		l.mu.Unlock()
	}
	return n
}

// limited reports whether our own way bears less than is wanted.
func (c *camera) limited() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.st.Limited == LimitedByBandwidth
}

func limitation(p uplink.Plan) Limitation {
	switch {
	case p.CPU:
		return LimitedByCPU
	case p.Bandwidth:
		return LimitedByBandwidth
	}
	return NotLimited
}

// watched is how many layers somebody looks at. Who asks for a key frame of one looks at
// it, whatever was said before.
func (c *camera) watched(l *link, sid string) int {
	n := l.watches.layers(sid, qualities(len(c.layers)))
	for i, layer := range c.layers {
		if layer.wantKey.Load() && i >= n && n == 0 {
			n = i + 1
		}
	}
	return n
}

// obey tells the encoder what is new in a plan.
func (c *camera) obey(p uplink.Plan) {
	if c.fps.Swap(int64(p.FPS)) != int64(p.FPS) {
		_ = c.enc.SetFrameRate(p.FPS) // 1 to 240, as asked for
	}
	for i, step := range p.Layers {
		l := c.layers[i]
		l.mu.Lock()
		begins, changes := step.On && !l.on, step.On != l.on
		rate, scale := step.On && step.Kbps != l.kbps, step.On && step.Scale != l.now
		if l.on = step.On; step.On {
			l.kbps, l.now = step.Kbps, step.Scale
		}
		l.mu.Unlock()
		if changes {
			c.enc.SetWanted(i, step.On)
		}
		if rate {
			_ = c.enc.SetBitRate(i, step.Kbps)
		}
		if scale {
			_ = c.enc.SetScale(i, step.Scale)
		}
		if begins {
			l.wantKey.Store(true)
		}
	}
}

// resent looks after how much was sent again.
func (l *layer) resent(ssrc uint32, up *uplink.Uplink) {
	n := up.Counts(ssrc).Resent
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.from(ssrc)
	l.said.resent = int64(n)
}

// homes is how many others may look.
func (r *Room) homes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, c := range r.conns {
		if !c.Bot && c.Role.Subscribes() {
			n++
		}
	}
	return n
}

// share is the part of the way that is a camera's: as large as what it wants of what all
// want. The way is told how much that is.
func (r *Room) share(c *camera, l *link) float64 {
	var mine, all int
	r.mu.Lock()
	for _, p := range r.pubs {
		if p.video == nil {
			continue
		}
		p.video.mu.Lock()
		kbps := p.video.want.Kbps
		p.video.mu.Unlock()
		all += kbps
		if p.video == c {
			mine = kbps
		}
	}
	r.mu.Unlock()
	l.up.SetWanted(int(float64(all) * (1 + 2*overheadShare)))
	if all == 0 || mine == 0 {
		return 1
	}
	return float64(mine) / float64(all)
}

// stats adds the picture's counters.
func (c *camera) stats(s *PublisherStats) {
	now := time.Now()
	c.mu.Lock()
	name := s.Name
	*s = c.st
	s.Name = name
	s.FPS, s.Kbps, s.EncodeTime = c.second.rates(now)
	c.mu.Unlock()
	if s.Limited == "" {
		s.Limited = NotLimited
	}
	for _, l := range c.layers {
		l.mu.Lock()
		if l.on && l.w > 0 {
			st := LayerStats{Width: l.w, Height: l.h, TargetKbps: l.kbps}
			st.FPS, st.Kbps, _ = l.second.rates(now)
			s.Layers = append(s.Layers, st)
			s.LostShare = max(s.LostShare, l.said.share)
		}
		s.LostPackets += uint64(l.said.lostBefore + l.said.lost)
		s.Resent += uint64(l.said.resentBefore + l.said.resent)
		s.NACKs += l.said.nacks
		s.PLIs += l.said.plis
		l.mu.Unlock()
	}
}
