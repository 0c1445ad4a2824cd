package jitter

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// A network is what happens to a stream of 30 pictures a second on its way.
type network struct {
	delay  time.Duration
	jitter func(r *rand.Rand, n int) time.Duration
	loss   float64 // share lost for good
	drift  float64 // how much faster the sender's clock runs
	first  uint32
}

// An outcome is how the pictures were handed on.
type outcome struct {
	mean, p95 time.Duration // from sent to handed on, less the network's delay
	uneven    time.Duration // standard deviation of the time between two, less what was lost
	raw       time.Duration // the same without a buffer
	late      float64       // share that came after they were due by more than 5 ms
	delay     time.Duration // Delay at the end
	worst     time.Duration // longest wait for something that had come
}

// send plays seconds of a stream through a network and a Playout. What is late is handed
// on at once.
func send(w network, seconds int) outcome {
	r := rand.New(rand.NewPCG(1, uint64(seconds)))
	p := New(90_000, 95, 4*ms, 500*ms)
	epoch := time.Unix(1000, 0)
	type picture struct {
		sent, came time.Duration
		stamp      uint32
	}
	var all []picture
	for n := range seconds * 30 {
		sent := time.Duration(n) * time.Second / 30
		if r.Float64() < w.loss {
			continue
		}
		came := sent + w.delay
		if w.jitter != nil {
			came += w.jitter(r, n)
		}
		all = append(all, picture{sent, came, w.first + uint32(float64(sent)*(1+w.drift)*90_000/1e9)})
	}
	slices.SortStableFunc(all, func(a, b picture) int { return int(a.came - b.came) })
	var o outcome
	var took, gaps, rawGaps []float64
	var last, lastSent, lastCame time.Duration
	late := 0
	warm := time.Duration(seconds) * time.Second / 4
	for i, pic := range all {
		now := epoch.Add(pic.came)
		due := p.Arrive(pic.stamp, now)
		shown := max(due.Sub(epoch), pic.came)
		o.worst = max(o.worst, shown-pic.came)
		if pic.sent > warm {
			if pic.came-due.Sub(epoch) > 5*ms {
				late++
			}
			took = append(took, float64(shown-pic.sent-w.delay))
			if i > 0 && pic.sent > lastSent {
				gaps = append(gaps, float64(shown-last-(pic.sent-lastSent)))
				rawGaps = append(rawGaps, float64(pic.came-lastCame-(pic.sent-lastSent)))
			}
		}
		last, lastSent, lastCame = shown, pic.sent, pic.came
	}
	sum := 0.0
	for _, t := range took {
		sum += t
	}
	o.mean = time.Duration(sum / float64(len(took)))
	slices.Sort(took)
	o.p95 = time.Duration(took[len(took)*95/100])
	o.uneven, o.raw = deviation(gaps), deviation(rawGaps)
	o.late = float64(late) / float64(len(took))
	o.delay = p.Delay()
	return o
}

func deviation(v []float64) time.Duration {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return time.Duration(math.Sqrt(sum / float64(len(v))))
}

func uniform(most time.Duration) func(*rand.Rand, int) time.Duration {
	return func(r *rand.Rand, _ int) time.Duration { return time.Duration(r.Int64N(int64(most))) }
}

func TestDelayIsWhatTheNetworkAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		network
		least, most time.Duration // of Delay
		uneven      time.Duration
		late        float64
	}{
		"a wire":               {network{}, 0, 0, ms, 0},
		"a LAN":                {network{delay: ms, jitter: uniform(3 * ms)}, 0, 5 * ms, 3 * ms, 0},
		"Wi-Fi":                {network{delay: 3 * ms, jitter: uniform(15 * ms)}, 5 * ms, 15 * ms, 5 * ms, 0.01},
		"bad Wi-Fi":            {network{delay: 5 * ms, jitter: uniform(60 * ms)}, 40 * ms, 60 * ms, 8 * ms, 0.05},
		"far away":             {network{delay: 150 * ms, jitter: uniform(20 * ms)}, 10 * ms, 20 * ms, 6 * ms, 0.02},
		"losses":               {network{delay: 20 * ms, jitter: uniform(10 * ms), loss: 0.2}, 0, 10 * ms, 5 * ms, 0.01},
		"sent again":           {network{delay: 20 * ms, jitter: again(0.15, 50*ms)}, 40 * ms, 50 * ms, 6 * ms, 0.02},
		"a spike now and then": {network{delay: 5 * ms, jitter: again(0.005, 300*ms)}, 0, 5 * ms, 45 * ms, 0.02},
		"a fast clock":         {network{delay: 5 * ms, jitter: uniform(5 * ms), drift: 300e-6}, 0, 8 * ms, 4 * ms, 0.01},
		"a slow clock":         {network{delay: 5 * ms, jitter: uniform(5 * ms), drift: -300e-6}, 0, 8 * ms, 4 * ms, 0.01},
		"the clock's end":      {network{jitter: uniform(10 * ms), first: math.MaxUint32 - 90_000}, 0, 10 * ms, 5 * ms, 0.01},
		"out of order":         {network{jitter: uniform(80 * ms)}, 50 * ms, 80 * ms, 10 * ms, 0.05},
	} {
		o := send(c.network, 40)
		t.Logf("%-21s delay %v, mean %v, p95 %v, uneven by %v (%v without), %.1f %% late", name, o.delay.Round(ms/10),
			o.mean.Round(ms/10), o.p95.Round(ms/10), o.uneven.Round(ms/10), o.raw.Round(ms/10), o.late*100)
		if o.delay < c.least || o.delay > c.most || o.uneven > c.uneven || o.late > c.late {
			t.Errorf("%s: %+v", name, o)
		}
		if o.uneven > o.raw+ms/10 {
			t.Errorf("%s: less even with the buffer (%v) than without (%v)", name, o.uneven, o.raw)
		}
		if o.worst > 500*ms {
			t.Errorf("%s: held for %v", name, o.worst)
		}
	}
}

// again delays a share by a fixed time, as those packets are that are asked for again.
func again(share float64, by time.Duration) func(*rand.Rand, int) time.Duration {
	return func(r *rand.Rand, _ int) time.Duration {
		if r.Float64() < share {
			return by
		}
		return 0
	}
}

// The delay follows a network that gets worse within a second, and comes back down.
func TestDelayFollows(t *testing.T) {
	p := New(90_000, 95, 4*ms, 500*ms)
	r := rand.New(rand.NewPCG(3, 4))
	begun := time.Unix(0, 0)
	var worse, calm time.Duration
	for n := range 30 * 30 {
		sent := time.Duration(n) * time.Second / 30
		most := 2 * ms
		if s := sent.Seconds(); s > 10 && s < 20 {
			most = 100 * ms
		}
		p.Arrive(uint32(n*3000), begun.Add(sent+uniform(most)(r, n)))
		switch sent {
		case 11 * time.Second:
			worse = p.Delay()
		case 27 * time.Second:
			calm = p.Delay()
		}
	}
	if worse < 60*ms || calm > 5*ms {
		t.Errorf("a second after it got worse %v, 7 s after it got better %v", worse, calm)
	}
}

// A stall, after which all comes at once, leaves nothing waiting for the next one.
func TestOneStallIsNoJitter(t *testing.T) {
	p := New(90_000, 95, 4*ms, 500*ms)
	begun := time.Unix(0, 0)
	for n := range 300 {
		at := begun.Add(time.Duration(n) * time.Second / 30)
		came := at
		if n >= 150 && n < 162 { // 400 ms
			came = begun.Add(time.Duration(162) * time.Second / 30)
		}
		due := p.Arrive(uint32(n*3000), came)
		if hold := due.Sub(came); hold > 5*ms {
			t.Fatalf("picture %d is held for %v", n, hold)
		}
	}
}

// A way that becomes longer, and a sender's clock that leaps, do not leave media waiting.
func TestAnotherWayAndAnotherClock(t *testing.T) {
	p := New(90_000, 95, 4*ms, 500*ms)
	now := time.Unix(0, 0)
	stamp := uint32(5)
	step := func(n int, extra time.Duration) (hold time.Duration) {
		for range n {
			now, stamp = now.Add(time.Second/30), stamp+3000
			hold = p.Arrive(stamp, now.Add(extra)).Sub(now.Add(extra))
		}
		return hold
	}
	step(100, 0)
	if hold := step(30, 200*ms); hold > 5*ms {
		t.Errorf("after a second on a longer way media wait %v", hold)
	}
	if hold := step(300, 200*ms); hold > 5*ms || p.Delay() > 5*ms {
		t.Errorf("after ten seconds on a longer way media wait %v, delay %v", hold, p.Delay())
	}
	if hold := step(300, 0); hold > 5*ms {
		t.Errorf("back on the short way media wait %v", hold)
	}
	for _, leap := range []uint32{1 << 31, 1 << 28, 3 << 30, 900_000} {
		stamp += leap
		if hold := step(1, 0); hold > 500*ms || hold < -500*ms {
			t.Errorf("at a leap of %d the due time is %v off", leap, hold)
		}
		if hold := step(60, 0); hold > 5*ms || hold < -5*ms {
			t.Errorf("after a leap of %d the due time is %v off", leap, hold)
		}
	}
}

func TestHold(t *testing.T) {
	p := New(48_000, 95, 0, 500*ms)
	now := time.Unix(0, 0)
	run := func() time.Duration {
		var hold time.Duration
		for n := range uint32(500) {
			now = now.Add(20 * ms)
			hold = p.Arrive(uint32(now.UnixMilli())*48+n*0, now).Sub(now)
		}
		return hold
	}
	if hold := run(); hold != 0 {
		t.Errorf("held %v", hold)
	}
	p.Hold(80 * ms)
	if hold := run(); hold != 80*ms || p.Delay() != 80*ms {
		t.Errorf("held %v, delay %v", hold, p.Delay())
	}
	p.Hold(0)
	if hold := run(); hold > ms {
		t.Errorf("still held %v", hold)
	}
	p.Hold(time.Hour)
	if run(); p.Delay() != 500*ms {
		t.Errorf("held %v", p.Delay())
	}
	p.Reset()
	if p.Delay() != 0 {
		t.Error("a delay of nothing")
	}
}

// FuzzPlayout: whatever stamps come when, nothing is held longer than allowed.
func FuzzPlayout(f *testing.F) {
	f.Add([]byte{0, 0, 11, 184, 33, 0, 0, 23, 112, 33})
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0, 0, 255, 127, 0, 0, 0, 1, 128, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		p := New(90_000, 95, 4*ms, 300*ms)
		now := time.Unix(50, 0)
		for ; len(script) >= 5; script = script[5:] {
			stamp := uint32(script[0])<<24 | uint32(script[1])<<16 | uint32(script[2])<<8 | uint32(script[3])
			now = now.Add(time.Duration(script[4]) * ms)
			due := p.Arrive(stamp, now)
			if hold := due.Sub(now); hold > 300*ms {
				t.Fatalf("held for %v", hold)
			}
			if d := p.Delay(); d < 0 || d > 300*ms {
				t.Fatalf("a delay of %v", d)
			}
		}
	})
}

func BenchmarkArrive(b *testing.B) {
	p := New(90_000, 95, 4*ms, 500*ms)
	now := time.Unix(0, 0)
	n := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		p.Arrive(n*3000, now.Add(time.Duration(n)*33*ms+time.Duration(n%7)*ms))
	}
}
