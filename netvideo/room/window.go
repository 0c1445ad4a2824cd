package room

import "time"

// A sample is one picture that was sent or came.
type sample struct {
	at    time.Time
	bytes int
	took  time.Duration
	timed bool // took means something
}

// A window holds the samples of about the last second.
type window struct{ samples []sample }

const windowLength = time.Second

func (w *window) add(s sample) {
	w.prune(s.at)
	w.samples = append(w.samples, s)
}

func (w *window) prune(now time.Time) {
	n := 0
	for n < len(w.samples) && now.Sub(w.samples[n].at) > windowLength {
		n++
	}
	if n > 0 {
		w.samples = append(w.samples[:0], w.samples[n:]...)
	}
}

// rates are samples a second, kbit/s and the mean time taken.
func (w *window) rates(now time.Time) (perSecond, kbps float64, took time.Duration) {
	w.prune(now)
	var bytes, timed int
	var sum time.Duration
	for _, s := range w.samples {
		bytes += s.bytes
		if s.timed {
			sum += s.took
			timed++
		}
	}
	if timed > 0 {
		took = sum / time.Duration(timed)
	}
	return float64(len(w.samples)) / windowLength.Seconds(),
		float64(bytes) * 8 / 1000 / windowLength.Seconds(), took
}
