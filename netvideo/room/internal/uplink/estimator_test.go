package uplink

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// between is v from one time to another, and w else.
func between(from, to time.Duration, v, w float64) func(time.Duration) float64 {
	return func(at time.Duration) float64 {
		if at >= from && at < to {
			return v
		}
		return w
	}
}

const wide = 50e6

// span is what an estimate was from one time to another.
type span struct{ least, most, mean float64 }

func (s *sim) during(from, to time.Duration) (sp span, queue time.Duration) {
	s.run(from, nil)
	sp.least = maxRate
	n := 0.0
	s.run(to, func(_ time.Duration, rate float64) {
		sp.least, sp.most = min(sp.least, rate), max(sp.most, rate)
		sp.mean += rate
		n++
		queue = max(queue, s.free-s.now)
	})
	sp.mean /= n
	return sp, queue
}

func TestWideWaysAreFoundAtOnce(t *testing.T) {
	for name, l := range map[string]*line{
		"a quiet one":     {bps: always(wide), delay: time.Millisecond},
		"a busy machine":  {bps: always(wide), delay: time.Millisecond, whim: 30 * time.Millisecond},
		"another country": {bps: always(wide), delay: 150 * time.Millisecond},
		"one that loses":  {bps: always(wide), delay: 25 * time.Millisecond, loss: always(0.05)},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := newSim(l).during(3*time.Second, 30*time.Second)
			if got.least < 750e3 { // what 700 kbit/s of pictures take
				t.Errorf("%.0f to %.0f kbit/s", got.least/1e3, got.most/1e3)
			}
		})
	}
}

// A thin way is kept nearly full, and no more: packets wait on it for less than its
// queue is long.
func TestThinWaysAreKeptTo(t *testing.T) {
	for name, l := range map[string]*line{
		"300":         {bps: always(300e3), delay: 25 * time.Millisecond},
		"300 far":     {bps: always(300e3), delay: 150 * time.Millisecond},
		"300 long":    {bps: always(300e3), delay: 25 * time.Millisecond, queue: 2 * time.Second},
		"300, busy":   {bps: always(300e3), delay: 25 * time.Millisecond, whim: 20 * time.Millisecond},
		"120":         {bps: always(120e3), delay: 25 * time.Millisecond},
		"a policeman": {bps: always(300e3), delay: 25 * time.Millisecond, queue: 80 * time.Millisecond}, // of two packets
	} {
		t.Run(name, func(t *testing.T) {
			s := newSim(l)
			got, queue := s.during(6*time.Second, 40*time.Second)
			bps := l.bps(0)
			t.Logf("%.0f to %.0f, mean %.0f kbit/s; queue up to %v", got.least/1e3, got.most/1e3, got.mean/1e3, queue)
			if got.mean < 0.7*bps || got.mean > 1.15*bps || got.most > 1.5*bps {
				t.Error("that is not what there is")
			}
			if queue > 320*time.Millisecond {
				t.Error("packets wait too long")
			}
		})
	}
}

// What a way loses whatever is sent is no reason to send less.
func TestLossesThatSendingLessDoesNotMend(t *testing.T) {
	for seed := range uint64(12) {
		s := newSim(&line{bps: always(wide), delay: 25 * time.Millisecond, loss: always(0.2)})
		s.rnd = rand.New(rand.NewPCG(seed, 2))
		if got, _ := s.during(8*time.Second, 40*time.Second); got.least < 700e3 {
			t.Errorf("%.0f to %.0f kbit/s at 20 %% of losses", got.least/1e3, got.most/1e3)
		}
	}
}

func TestSqueezedAndFreed(t *testing.T) {
	const from, to = 10 * time.Second, 30 * time.Second
	for name, l := range map[string]*line{
		"rate":            {},
		"rate and losses": {loss: between(from, to, 0.1, 0)},
		"busy":            {whim: 20 * time.Millisecond, loss: between(from, to, 0.05, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			l.bps, l.delay = between(from, to, 300e3, wide), 25*time.Millisecond
			s := newSim(l)
			before, _ := s.during(5*time.Second, from)
			kept, queue := time.Duration(0), time.Duration(0)
			s.run(from+3*time.Second, func(at time.Duration, rate float64) {
				queue = max(queue, s.free-s.now)
				if kept == 0 && rate < 400e3 {
					kept = at - from
				}
			})
			t.Logf("noticed after %v, queue %v", kept, queue)
			if kept == 0 || kept > time.Second { // of made-up time
				t.Error("it was noticed too late")
			}
			thin, _ := s.during(from+3*time.Second, to)
			t.Logf("before %.0f, then %.0f to %.0f, mean %.0f", before.least/1e3, thin.least/1e3, thin.most/1e3, thin.mean/1e3)
			if before.least < 750e3 || thin.most > 450e3 || thin.mean < 160e3 {
				t.Error("that is not what there was")
			}
			back := time.Duration(0)
			s.run(to+20*time.Second, func(at time.Duration, rate float64) {
				if back == 0 && rate > 780e3 {
					back = at - to
				}
			})
			t.Logf("all is back %v after the way was free", back)
			if back == 0 || back > 3500*time.Millisecond { // of made-up time
				t.Error("it took too long")
			}
		})
	}
}

// An answer that is late while packets are not takes nothing for long: the rate is what it
// was when the answer is there.
func TestLateAnswers(t *testing.T) {
	s := newSim(&line{bps: always(wide), delay: 25 * time.Millisecond})
	s.run(10*time.Second, nil)
	before, _ := s.est.Rate()
	for to := s.now + 400*time.Millisecond; s.now < to; s.now += 10 * time.Millisecond {
		s.est.Sent(s.seq, 1200, s.begun.Add(s.now), 0)
		s.send(s.seq, 1200, true)
		s.seq++
		s.est.Tick(s.begun.Add(s.now))
	}
	late, _ := s.est.Rate()
	for _, rs := range s.hear() {
		s.est.Feedback(s.begun.Add(s.now), rs)
	}
	after, _ := s.est.Rate()
	t.Logf("%.0f, then %.0f, then %.0f kbit/s", before/1e3, late/1e3, after/1e3)
	if late > 0.9*before || late < 0.3*before || after < before {
		t.Error("late answers were taken wrongly")
	}
}

// In a cut the estimate goes down to half and no further, and is back soon after.
func TestCut(t *testing.T) {
	const from, to = 10 * time.Second, 15 * time.Second
	s := newSim(&line{bps: always(wide), delay: 25 * time.Millisecond, loss: between(from, to, 1, 0)})
	cut, _ := s.during(from, to)
	after, _ := s.during(to+4*time.Second, to+10*time.Second)
	t.Logf("%.0f kbit/s at least in a cut, %.0f after", cut.least/1e3, after.least/1e3)
	if cut.least < 400e3 || after.least < 750e3 {
		t.Error("it was forgotten what the way bears")
	}
}

// A way that becomes longer, as when a phone's network changes its mast, is no queue.
func TestAWayBecomesLonger(t *testing.T) {
	for name, more := range map[string]time.Duration{"by 60 ms": 60 * time.Millisecond, "by 150 ms": 150 * time.Millisecond,
		"by 300 ms": 300 * time.Millisecond, "by 600 ms": 600 * time.Millisecond} {
		for seed := range uint64(4) {
			s := newSim(&line{bps: always(wide), delay: 25 * time.Millisecond, whim: time.Duration(seed) * 5 * time.Millisecond})
			s.rnd = rand.New(rand.NewPCG(seed, 2))
			s.run(10*time.Second, nil)
			s.line.delay += more
			least, back := 1e9, time.Duration(0)
			s.run(25*time.Second, func(at time.Duration, rate float64) {
				least = min(least, rate)
				if rate < 750e3 {
					back = at - 10*time.Second
				}
			})
			t.Logf("%s: %.0f kbit/s at least, all is back after %v", name, least/1e3, back)
			if back > 4*time.Second+6*more { // of made-up time
				t.Errorf("%s: it took %v to believe it", name, back)
			}
		}
	}
}

// A stream that sends little proves little, and is not held down by it.
func TestLittleIsSent(t *testing.T) {
	s := newSim(&line{bps: always(wide), delay: time.Millisecond, whim: 30 * time.Millisecond})
	s.share = 0.1
	got, _ := s.during(5*time.Second, 40*time.Second)
	if got.least < 600e3 {
		t.Errorf("%.0f kbit/s", got.least/1e3)
	}
}

func TestReader(t *testing.T) {
	var r Reader
	fb := func(ref uint32, base uint16) *rtcp.TransportLayerCC {
		return &rtcp.TransportLayerCC{
			BaseSequenceNumber: base, PacketStatusCount: 3, ReferenceTime: ref,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.StatusVectorChunk{SymbolSize: rtcp.TypeTCCSymbolSizeTwoBit,
				SymbolList: []uint16{rtcp.TypeTCCPacketReceivedSmallDelta, rtcp.TypeTCCPacketNotReceived, rtcp.TypeTCCPacketReceivedLargeDelta, 0, 0, 0, 0}}},
			RecvDeltas: []*rtcp.RecvDelta{{Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 1000}, {Type: rtcp.TypeTCCPacketReceivedLargeDelta, Delta: -500}},
		}
	}
	for i, c := range []struct {
		ref  uint32
		base uint16
		at   time.Duration
	}{{0xffffff, 65535, 0}, {0, 2, 64 * time.Millisecond}, {0xfffffe, 5, -64 * time.Millisecond}} {
		got := r.Read(fb(c.ref, c.base))
		want := []Result{{c.base, true, c.at + time.Millisecond}, {c.base + 1, false, 0}, {c.base + 2, true, c.at + time.Millisecond/2}}
		for k := range want {
			if len(got) != 3 || got[k] != want[k] {
				t.Fatalf("packet %d: %v, not %v", i, got, want)
			}
		}
	}
	short := fb(0, 0)
	short.RecvDeltas = short.RecvDeltas[:1]
	few := fb(0, 0)
	few.PacketStatusCount = 300
	for name, bad := range map[string]*rtcp.TransportLayerCC{"too few times": short, "too few packets": few, "nothing": {}} {
		if got := new(Reader).Read(bad); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzFeedback gives an estimator that has sent some whatever a server may say.
func FuzzFeedback(f *testing.F) {
	seed := rtcp.TransportLayerCC{
		Header:     rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback},
		SenderSSRC: 1, MediaSSRC: 2, BaseSequenceNumber: 0, PacketStatusCount: 4, ReferenceTime: 7,
		PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{Type: rtcp.TypeTCCRunLengthChunk,
			PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 4}},
		RecvDeltas: []*rtcp.RecvDelta{{Type: 1, Delta: 250}, {Type: 1, Delta: 500}, {Type: 1, Delta: 250}, {Type: 1, Delta: 63750}},
	}
	seed.Header.Length = seed.Len()/4 - 1
	raw, err := seed.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, uint16(40))
	f.Add(raw[:len(raw)-3], uint16(1))
	lost := append([]byte(nil), raw...)
	lost[16] &= 0x1f // a run of lost ones
	f.Add(lost, uint16(5000))
	f.Fuzz(func(t *testing.T, raw []byte, sent uint16) {
		var fb rtcp.TransportLayerCC
		if fb.Unmarshal(raw) != nil {
			return
		}
		begun := time.Unix(1e9, 0)
		e := NewEstimator(begun)
		for i := range sent {
			e.Sent(i, 1200, begun.Add(time.Duration(i)*time.Millisecond), int(i%3))
		}
		var r Reader
		now := begun.Add(time.Minute)
		for range 3 {
			e.Feedback(now, r.Read(&fb))
			e.Tick(now)
			e.Probe(now, 1e6)
			rate, _ := e.Rate()
			if !(rate >= minRate && rate <= maxRate) || !(e.Loss() >= 0 && e.Loss() <= 1) || e.RTT() < 0 || e.Queue() < 0 {
				t.Fatalf("%v bit/s, %v lost, %v there and back, %v waiting", rate, e.Loss(), e.RTT(), e.Queue())
			}
			now = now.Add(time.Second)
			fb.ReferenceTime = fb.ReferenceTime*3 + 1
		}
	})
}
