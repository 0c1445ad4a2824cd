package uplink

import (
	"math/rand/v2"
	"time"
)

// A line is a made-up way to a made-up server, in made-up time: a queue of limited
// length that drains at a rate, a delay, and losses. Its server speaks as LiveKit's does.
type line struct {
	bps   func(time.Duration) float64
	loss  func(time.Duration) float64
	delay time.Duration
	queue time.Duration // the longest
	whim  time.Duration // up to this much more delay, as a busy machine has it

	rnd   *rand.Rand
	now   time.Duration
	free  time.Duration // when the queue is empty
	come  []arrival
	held  []Result
	told  time.Duration
	words []word
	got   float64 // bits that arrived
}

type arrival struct {
	seq  uint16
	at   time.Duration
	lost bool
	bits float64
	mark bool
}

type word struct {
	at time.Duration
	rs []Result
}

func (l *line) send(seq uint16, size int, mark bool) {
	a := arrival{seq: seq, bits: float64(size) * 8, mark: mark}
	l.free = max(l.free, l.now)
	if l.free-l.now > l.queue || l.rnd.Float64() < l.loss(l.now) {
		a.lost, a.at = true, l.free+l.delay
	} else {
		l.free += time.Duration(a.bits / l.bps(l.now) * 1e9)
		a.at = l.free + l.delay
		if l.whim > 0 {
			a.at += time.Duration(l.rnd.Float64() * float64(l.whim))
			if n := len(l.come); n > 0 {
				a.at = max(a.at, l.come[n-1].at) // in order
			}
		}
	}
	l.come = append(l.come, a)
}

// hear is what the server says by now.
func (l *line) hear() (all [][]Result) {
	for len(l.come) > 0 && l.come[0].at <= l.now {
		a := l.come[0]
		l.come = l.come[1:]
		l.held = append(l.held, Result{Seq: a.seq, Arrived: !a.lost, At: a.at})
		if a.lost {
			continue
		}
		l.got += a.bits
		if d := a.at - l.told; len(l.held) > 20 && (d > 100*time.Millisecond || a.mark && d > 50*time.Millisecond) {
			l.words = append(l.words, word{a.at + l.delay, l.held})
			l.held, l.told = nil, a.at
		}
	}
	for len(l.words) > 0 && l.words[0].at <= l.now {
		all = append(all, l.words[0].rs)
		l.words = l.words[1:]
	}
	return all
}

// A sim sends pictures over a line as an engine does. most is the highest bit rate of
// the pictures, share how much of what it may send the encoder does send.
type sim struct {
	*line
	est   *Estimator
	most  float64
	share float64
	seq   uint16
	wait  []int
	mark  []bool
	burst Burst
	n     int
	cred  float64
	begun time.Time
}

func newSim(l *line) *sim {
	l.rnd = rand.New(rand.NewPCG(1, 2))
	if l.loss == nil {
		l.loss = func(time.Duration) float64 { return 0 }
	}
	if l.queue == 0 {
		l.queue = 300 * time.Millisecond
	}
	begun := time.Unix(1e9, 0)
	return &sim{line: l, est: NewEstimator(begun), most: 700_000, share: 1, begun: begun}
}

func always(v float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return v }
}

func (s *sim) target() float64 {
	rate, _ := s.est.Rate()
	return min(rate*0.9, s.most)
}

// run goes on until end; each is called every 100 ms.
func (s *sim) run(end time.Duration, each func(at time.Duration, rate float64)) {
	const tick = time.Millisecond
	for ; s.now < end; s.now += tick {
		now := s.begun.Add(s.now)
		gap := 33 * tick
		if s.target() < worth30*1000 {
			gap *= 2 // as a Policy has it
		}
		if s.now%gap == 0 {
			s.picture(gap)
		}
		if s.now%(50*tick) == 0 {
			s.est.Tick(now)
		}
		if s.now%(100*tick) == 0 {
			rate, _ := s.est.Rate()
			if each != nil {
				each(s.now, rate)
			}
		}
		if s.burst.ID == 0 {
			if b, ok := s.est.Probe(now, s.most*1.25); ok {
				s.burst, s.n, s.cred = b, 0, 0
			}
		}
		s.out(now, tick)
		for _, rs := range s.hear() {
			s.est.Feedback(now, rs)
		}
	}
}

func (s *sim) picture(gap time.Duration) {
	for left := s.target() * s.share * gap.Seconds() / 8; left > 0; left -= 1200 {
		s.wait = append(s.wait, int(min(left, 1200))+60)
		s.mark = append(s.mark, left <= 1200)
	}
}

func (s *sim) out(now time.Time, tick time.Duration) {
	rate, _ := s.est.Rate()
	pace := rate * paceTimes
	if s.burst.ID != 0 {
		pace = s.burst.Rate
	}
	s.cred = min(s.cred+pace*tick.Seconds()/8, pace*paceBurst.Seconds()/8)
	for s.cred >= 0 {
		size, mark := 0, false
		switch {
		case len(s.wait) > 0:
			size, mark = s.wait[0], s.mark[0]
			s.wait, s.mark = s.wait[1:], s.mark[1:]
		case s.burst.ID != 0:
			size = min(max(s.burst.Bytes/max(probePackets-s.n, 1), emptyPacket+1), paddingMost+emptyPacket)
		default:
			return
		}
		s.est.Sent(s.seq, size, now, s.burst.ID)
		s.send(s.seq, size, mark)
		s.seq++
		s.cred -= float64(size)
		if s.burst.ID != 0 {
			s.n++
			if s.burst.Bytes -= size; s.burst.Bytes <= 0 && s.n >= probePackets {
				s.burst = Burst{}
			}
		}
	}
}
