package wire

import "time"

const (
	// A LiveKit server sends a packet again three times at most, and not within 100 ms of
	// the last time while it has not measured the round trip, or two of these
	// (livekit-server 1.13.3, sequencer.go): asked for earlier, it says nothing. So a
	// packet is asked for up to maxTries times, and waited for until the third repetition
	// can have come: leastUseful. A key frame instead takes up to half a second, since a
	// server hands on one request in that time.
	maxTries    = 30
	leastUseful = 240 * time.Millisecond
	// maxAsked is how many packets are asked for at once.
	maxAsked = 128
	// patience beyond a round trip before a packet is asked for again.
	patience = 10 * time.Millisecond
	// firstRTT is taken for the round trip before it is known.
	firstRTT = 60 * time.Millisecond
	// tailPause is how long a frame's next packet may take before it counts as missing:
	// packets of one frame leave together, and nothing comes after the last one that
	// would tell of the gap.
	tailPause = 12 * time.Millisecond
)

// A tail is a frame whose end has not come.
type tail struct {
	since time.Time // its newest packet; zero when there is none
	asked time.Time
	tries uint8
}

// Missing reports whether packets, or the end of a frame, have not come.
func (a *Assembler) Missing() bool { return a.held > 0 || !a.tail.since.IsZero() }

// Ask appends the numbers of the packets to ask the sender for now: at once when one is
// found missing, and again whenever the answer should have come.
func (a *Assembler) Ask(seqs []uint16, now time.Time) []uint16 {
	again := a.again()
	if t := &a.tail; !t.since.IsZero() && now.Sub(t.since) >= tailPause && t.tries < maxTries &&
		(t.tries == 0 || now.Sub(t.asked) >= again) {
		t.asked, t.tries = now, t.tries+1
		a.counts.Asked++
		seqs = append(seqs, a.highest+1)
	}
	if a.held == 0 {
		return seqs
	}
	for seq := a.next; seq != a.highest && len(seqs) < maxAsked; seq++ {
		s := &a.ring[seq%reorderPackets]
		if s.here || s.tries >= maxTries || s.tries > 0 && now.Sub(s.asked) < again {
			continue
		}
		s.asked, s.tries = now, s.tries+1
		a.counts.Asked++
		seqs = append(seqs, seq)
	}
	return seqs
}

func (a *Assembler) again() time.Duration {
	if a.rtt == 0 {
		return firstRTT + patience
	}
	return a.rtt + a.rtt/4 + patience
}

// measure learns the round trip from a packet that was asked for. Of one that was asked
// for several times nobody knows which question was answered; it will do for a start.
func (a *Assembler) measure(s *slot, now time.Time) {
	if s.tries == 1 {
		a.SetRTT(now.Sub(s.asked))
	} else if a.rtt == 0 {
		a.SetRTT(now.Sub(s.since))
	}
}

// SetRTT tells of a measured round trip to the server.
func (a *Assembler) SetRTT(rtt time.Duration) {
	switch {
	case rtt <= 0 || rtt > 5*time.Second:
	case a.rtt == 0:
		a.rtt = rtt
	default:
		a.rtt += (rtt - a.rtt) / 4
	}
}

// RTT is the round trip to the server; 0 unknown.
func (a *Assembler) RTT() time.Duration { return a.rtt }

// Useful is how long a missing packet is worth waiting for: three round trips with what
// was lost on the way, or as long as a key frame would take instead.
func (a *Assembler) Useful() time.Duration {
	if a.rtt == 0 {
		return 400 * time.Millisecond
	}
	return min(max(3*a.again(), leastUseful), time.Second)
}
