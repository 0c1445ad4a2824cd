package uplink

import (
	"math"
	"time"
)

// usage is what the packets' delay says of the way they took.
type usage int

const (
	normal usage = iota
	over         // packets queue up more and more
	under        // a queue drains
)

// The numbers of the delay-based part are those of draft-ietf-rmcat-gcc-02, section 5,
// and of its implementation in WebRTC (trendline_estimator.cc) where the draft's Kalman
// filter was replaced by a line through the newest delays.
const (
	groupSpan     = 5 * time.Millisecond // packets sent within it are one group
	trendLength   = 20                   // groups a line is laid through
	trendSmooth   = 0.9
	trendGain     = 4.0
	trendMaxCount = 60
	thresholdInit = 12.5 // ms
	thresholdMin  = 6.0
	thresholdMax  = 600.0
	thresholdUp   = 0.0087
	thresholdDown = 0.039
	overuseFor    = 10.0 // ms
)

// A group is packets that were sent in one go.
type group struct {
	firstSent, sent time.Duration
	arrived         time.Duration
	any             bool
}

// A trend is the way delay goes: up when more is sent than gets through.
type trend struct {
	now, before group
	groups      int
	begun       time.Duration // the first arrival
	sum, smooth float64       // of delay, ms
	at, delay   []float64     // the newest groups: arrival and smoothed delay, ms

	threshold float64
	changed   time.Duration // when threshold was
	overFor   float64       // ms
	overs     int
	last      float64
	usage     usage
}

func newTrend() trend { return trend{threshold: thresholdInit} }

// packet adds one that arrived; in the order they were sent.
func (t *trend) packet(sent, arrived time.Duration) {
	g := &t.now
	switch {
	case !g.any:
		*g = group{firstSent: sent, sent: sent, arrived: arrived, any: true}
	case sent-g.firstSent <= groupSpan:
		g.sent, g.arrived = max(g.sent, sent), max(g.arrived, arrived)
	default:
		if t.before.any {
			t.step(g.sent-t.before.sent, g.arrived-t.before.arrived, g.arrived)
		}
		t.before = *g
		*g = group{firstSent: sent, sent: sent, arrived: arrived, any: true}
	}
}

// step takes the next group: how long after the one before it was sent, and came.
func (t *trend) step(sent, arrived, at time.Duration) {
	if arrived < -time.Second || arrived > 3*time.Second { // a clock was set, or a cut
		*t = trend{now: t.now, threshold: t.threshold}
		return
	}
	if t.groups == 0 {
		t.begun = at
	}
	t.groups++
	t.sum += ms(arrived - sent)
	t.smooth = trendSmooth*t.smooth + (1-trendSmooth)*t.sum
	t.at = append(t.at, ms(at-t.begun))
	t.delay = append(t.delay, t.smooth)
	if len(t.at) > trendLength {
		t.at, t.delay = t.at[1:], t.delay[1:]
	}
	if len(t.at) == trendLength {
		t.detect(slope(t.at, t.delay), ms(max(sent, 0)), at)
	}
}

// detect compares the line's slope with the threshold, and moves that.
func (t *trend) detect(slope, step float64, at time.Duration) {
	v := slope * float64(min(t.groups, trendMaxCount)) * trendGain
	switch {
	case v > t.threshold:
		t.overFor += step
		t.overs++
		if t.overFor > overuseFor && t.overs > 1 && slope >= t.last {
			t.usage = over
			t.overFor, t.overs = 0, 0
		}
	case v < -t.threshold:
		t.usage, t.overFor, t.overs = under, 0, 0
	default:
		t.usage, t.overFor, t.overs = normal, 0, 0
	}
	t.last = slope
	size := math.Abs(v)
	if size <= t.threshold+15 {
		k := thresholdUp
		if size < t.threshold {
			k = thresholdDown
		}
		dt := min(ms(at-t.changed), 100)
		t.threshold = min(max(t.threshold+k*(size-t.threshold)*max(dt, 0), thresholdMin), thresholdMax)
	}
	t.changed = at
}

// slope of the line that lies closest to the points.
func slope(x, y []float64) float64 {
	var mx, my float64
	for i := range x {
		mx += x[i]
		my += y[i]
	}
	mx /= float64(len(x))
	my /= float64(len(x))
	var num, den float64
	for i := range x {
		num += (x[i] - mx) * (y[i] - my)
		den += (x[i] - mx) * (x[i] - mx)
	}
	if den == 0 {
		return 0
	}
	return num / den
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
