package uplink

import "time"

// The loss-based part: draft-ietf-rmcat-gcc-02, section 6.
const (
	lossHold  = 0.02 // more lost than this: the estimate does not grow
	lossCut   = 0.10 // more than this: it shrinks by half of what is lost
	lossEvery = 300 * time.Millisecond
	// lossSpan and lossCount: the share lost is that of the packets of the newest
	// second, or of more when there are fewer.
	lossSpan  = time.Second
	lossCount = 30
	// lossLessens: if after a cut to lossTrial of the rate not even this share less is
	// lost and no queue stands, the way loses whatever is sent, and sending less helps
	// nobody.
	lossLessens = 0.8
	lossTrial   = 0.75
)

type tally struct {
	at        time.Duration
	got, lost int
}

// losses are what of the newest packets was lost.
type losses struct {
	tallies  []tally
	share    float64
	lastCut  time.Duration
	inherent float64 // lost however little is sent
	// When cutting began: rate and share.
	fromRate, fromShare float64
}

func (l *losses) add(at time.Duration, got, lost int) {
	l.tallies = append(l.tallies, tally{at, got, lost})
	var n, bad, from int
	for i := len(l.tallies) - 1; i >= 0; i-- {
		if t := l.tallies[i]; at-t.at > lossSpan && n >= lossCount {
			from = i + 1
			break
		}
		n += l.tallies[i].got + l.tallies[i].lost
		bad += l.tallies[i].lost
	}
	l.tallies = l.tallies[from:]
	l.share = float64(bad) / float64(max(n, lossCount/2))
	if l.share < lossCut/2 {
		l.fromRate, l.inherent = 0, min(l.inherent, l.share)
	}
}

// spared: a probe got through that was far more than is sent, and of it a share was lost.
// When that is no more than of what is sent, it is not for the rate that packets are lost.
func (l *losses) spared(lost float64) {
	if lost <= l.share+lossHold {
		l.inherent, l.fromRate = max(l.inherent, l.share), 0
	}
}

// cut is the rate to go down to; ok is false when there is no need. queue is how long
// packets wait.
func (l *losses) cut(at time.Duration, rate, acked float64, queue time.Duration) (_ float64, ok bool) {
	excess := l.share - l.inherent
	if excess <= lossCut || at-l.lastCut < lossEvery {
		return 0, false
	}
	switch {
	case l.fromRate == 0:
		l.fromRate, l.fromShare = rate, l.share
	case rate < lossTrial*l.fromRate && l.share > lossLessens*l.fromShare && queue <= queueReal:
		l.inherent, l.fromRate = l.share, 0
		return 0, false
	case rate < lossTrial*l.fromRate:
		l.fromRate, l.fromShare = rate, l.share
	}
	l.lastCut = at
	// What gets through is never too much, unless little is sent.
	to := rate * (1 - 0.5*excess)
	if acked < rate {
		to = max(to, min(acked, rate*0.95))
	}
	return to, true
}
