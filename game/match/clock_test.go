package match

import (
	"math/rand"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestClockFollows: whatever the offset, drift, latency and jitter, the clock is soon
// within half the jitter of the host's, stays there, and does not jump again.
func TestClockFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		latency := time.Duration(rapid.IntRange(0, 300).Draw(t, "latency")) * time.Millisecond
		jitter := time.Duration(rapid.IntRange(1, 100).Draw(t, "jitter")) * time.Millisecond
		drift := float64(rapid.IntRange(-300, 300).Draw(t, "drift")) * 1e-6
		offset := time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "offset"))
		host := func(now time.Duration) time.Duration {
			return offset + now + time.Duration(float64(now)*drift)
		}
		way := func() time.Duration { return latency + time.Duration(rng.Int63n(int64(jitter))) }

		var c clock
		jumps := 0
		before := time.Duration(0)
		var sent, answered, theirs time.Duration
		for now := time.Duration(0); now < 2*time.Minute; now += 16 * time.Millisecond {
			switch {
			case sent == 0 && now > answered+time.Second || now == 0:
				sent = now
				arrives := now + way()
				theirs, answered = host(arrives), arrives+way()
			case sent != 0 && now >= answered:
				c.asked(answered, sent, theirs)
				sent = 0
			}
			if jump := c.follow(now); jump != 0 {
				jumps++
				before = c.shared(now)
			}
			if shared := c.shared(now); c.synced && shared < before {
				t.Fatalf("at %v the clock went back by %v", now, before-shared)
			} else {
				before = shared
			}
			off := (c.shared(now) - host(now)).Abs()
			// Half the jitter for the asymmetry, and 12 s of drift between samples.
			if now > 20*time.Second && off > jitter/2+5*time.Millisecond {
				t.Fatalf("after %v the clock is %v off", now, off)
			}
		}
		if jumps != 1 {
			t.Fatalf("the clock jumped %d times", jumps)
		}
	})
}

func TestTicksOf(t *testing.T) {
	for d, want := range map[time.Duration]int64{
		0: 0, time.Second: 60, -1: -1, -time.Second: -60, 16666666: 0, 16666667: 1,
		1000 * time.Hour: 1000 * 3600 * 60,
	} {
		if got := ticksOf(d); got != want {
			t.Errorf("ticksOf(%v) = %d, want %d", d, got, want)
		}
	}
}
