package match

import "time"

// clock is the shared one: what this machine's shows, plus an offset that follows
// the host's. While we host, or are alone, the offset rests: what we show is right.
type clock struct {
	offset  time.Duration
	synced  bool // the offset is a host's, or ours to say
	samples []sample
	at      time.Duration // of the last follow, by this machine's clock
}

// sample is one look at the host's clock. The smaller its cost, the less it can be
// wrong: the round trip, when asked; when told, how late it seems to have come.
type sample struct {
	offset, cost, at time.Duration
}

const (
	clockSamples = 10
	clockAge     = 20 * time.Second // older looks say more about drift than about time
	clockSlew    = 10               // the offset moves by a tenth of the time that passes
	clockStep    = time.Second      // further off than this it jumps
)

// shared is the shared clock at this machine's time now.
func (c *clock) shared(now time.Duration) time.Duration { return now + c.offset }

// asked adds the answer to a question sent at sent: the host showed theirs.
func (c *clock) asked(now, sent, theirs time.Duration) {
	trip := now - sent
	c.add(sample{offset: theirs + trip/2 - now, cost: trip, at: now})
}

// told adds the host's clock as it came without being asked for.
func (c *clock) told(now, theirs time.Duration) {
	c.add(sample{offset: theirs - now, cost: now - theirs, at: now})
}

func (c *clock) add(s sample) {
	if len(c.samples) == clockSamples {
		c.samples = append(c.samples[:0], c.samples[1:]...)
	}
	c.samples = append(c.samples, s)
}

// best is the sample to trust.
func (c *clock) best(now time.Duration) (sample, bool) {
	var best sample
	found := false
	for _, s := range c.samples {
		if now-s.at <= clockAge && (!found || s.cost <= best.cost) {
			best, found = s, true
		}
	}
	return best, found
}

// follow moves the offset towards the host's, and returns by how much it jumped: at
// the first sample, and when it is far off.
func (c *clock) follow(now time.Duration) (jump time.Duration) {
	passed := now - c.at
	c.at = now
	best, ok := c.best(now)
	if !ok {
		return 0
	}
	off := best.offset - c.offset
	if !c.synced || off > clockStep || off < -clockStep {
		c.synced = true
		c.offset += off
		return off
	}
	most := max(0, passed/clockSlew)
	c.offset += max(-most, min(most, off))
	return 0
}

// lead makes this clock the one that is right.
func (c *clock) lead() { c.samples, c.synced = nil, true }

// lost forgets the host that was followed. The offset stays, and is trusted on if
// keep is set.
func (c *clock) lost(keep bool) { c.samples, c.synced = nil, keep }
