package versus

import (
	"math"
	"slices"
	"time"
)

// An Arrival is one picture that was handed to the subscriber's program.
type Arrival struct {
	At       time.Time // when the program had it
	Captured time.Time // when it was shown to the publisher, read off the picture; zero when unreadable
	Frame    int       // of the clip, read off the picture
	W, H     int
	PSNR     float64 // dB; 0 where it was not compared
}

// A Summary is how well pictures arrived during some time.
type Summary struct {
	Seconds    float64
	FPS        float64 // pictures a second
	Freezes    int
	Frozen     float64 // seconds of them
	Mean, P95  float64 // from glass to glass, ms
	Uneven     float64 // how much later or sooner a picture is than the one before it, root mean square, ms
	PSNR       float64 // of the pictures compared, mean, dB
	Height     float64 // of the pictures, mean
	Unreadable int     // pictures whose time code was destroyed
}

// freezeWindow and freezeSlack define a freeze as freezeCount of the W3C's webrtc-stats
// does: a gap between pictures of at least three times the mean of the last thirty gaps,
// and of 150 ms more than it.
const (
	freezeWindow = 30
	freezeSlack  = 150 * time.Millisecond
)

// Summarise looks at the pictures that arrived from one moment to another. What arrived
// before tells what gap is usual; the last gap lasts until the end at least.
func Summarise(all []Arrival, from, to time.Time) Summary {
	s := Summary{Seconds: to.Sub(from).Seconds()}
	var took []time.Duration
	var psnr, height float64
	compared, n := 0, 0
	for _, a := range all {
		if a.At.Before(from) || !a.At.Before(to) {
			continue
		}
		n++
		height += float64(a.H)
		if a.PSNR > 0 {
			psnr += a.PSNR
			compared++
		}
		if a.Captured.IsZero() {
			s.Unreadable++
		} else {
			took = append(took, a.At.Sub(a.Captured))
		}
	}
	s.FPS = float64(n) / s.Seconds
	s.Freezes, s.Frozen = freezes(all, from, to)
	if compared > 0 {
		s.PSNR = psnr / float64(compared)
	}
	if n > 0 {
		s.Height = height / float64(n)
	}
	if len(took) > 0 {
		s.Uneven = uneven(took)
		slices.Sort(took)
		sum := time.Duration(0)
		for _, d := range took {
			sum += d
		}
		s.Mean = millis(sum / time.Duration(len(took)))
		s.P95 = millis(took[(len(took)-1)*95/100])
	}
	return s
}

// uneven says how much motion stutters: evenly late pictures move as they were filmed.
func uneven(took []time.Duration) float64 {
	sum := 0.0
	for i := 1; i < len(took); i++ {
		d := millis(took[i] - took[i-1])
		sum += d * d
	}
	return math.Sqrt(sum / float64(max(1, len(took)-1)))
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// freezes counts the freezes that end between from and to, or last then.
func freezes(all []Arrival, from, to time.Time) (count int, seconds float64) {
	var gaps []time.Duration
	sum := time.Duration(0)
	frozen := func(gap time.Duration) bool {
		if len(gaps) == 0 {
			return false
		}
		mean := sum / time.Duration(len(gaps))
		return gap >= max(3*mean, mean+freezeSlack)
	}
	last := time.Time{}
	for _, a := range all {
		if !a.At.Before(to) {
			break
		}
		if !last.IsZero() {
			gap := a.At.Sub(last)
			if !a.At.Before(from) && frozen(gap) {
				count++
				seconds += a.At.Sub(later(last, from)).Seconds()
			}
			gaps = append(gaps, gap)
			sum += gap
			if len(gaps) > freezeWindow {
				sum -= gaps[0]
				gaps = gaps[1:]
			}
		}
		last = a.At
	}
	if !last.IsZero() && frozen(to.Sub(last)) {
		count++
		seconds += to.Sub(later(last, from)).Seconds()
	}
	return count, seconds
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A Recovery is how soon pictures were well again, in seconds; negative when they were
// not as long as anybody looked.
type Recovery struct {
	// First is until the first picture that was shown after the fault's end.
	First float64
	// Steady is until the first second that has nine tenths of the pictures there
	// were before, none later than a quarter of a second after what was usual.
	Steady float64
	// Quality is until pictures are compared that are at most 1 dB worse than before,
	// three of them in a row.
	Quality float64
}

// Recover looks at what came after a fault's end, beside what came before it.
func Recover(all []Arrival, before Summary, end time.Time) Recovery {
	r := Recovery{First: -1, Steady: -1, Quality: -1}
	var after []Arrival
	for _, a := range all {
		if !a.At.Before(end) {
			after = append(after, a)
		}
	}
	good := 0
	for i, a := range after {
		at := a.At.Sub(end).Seconds()
		if r.First < 0 && a.Captured.After(end) {
			r.First = at
		}
		if r.Steady < 0 && r.First >= 0 && steady(after[i:], before) {
			r.Steady = at
		}
		if a.PSNR > 0 && r.Quality < 0 {
			good++
			if a.PSNR < before.PSNR-1 {
				good = 0
			}
			if good == 3 {
				r.Quality = at
			}
		}
	}
	return r
}

// steady reports whether the second that begins with the first picture is as before.
func steady(rest []Arrival, before Summary) bool {
	n := 0
	end := rest[0].At.Add(time.Second)
	limit := before.Mean + 250
	for _, a := range rest {
		if !a.At.Before(end) {
			return float64(n) >= 0.9*before.FPS
		}
		if a.Captured.IsZero() || millis(a.At.Sub(a.Captured)) > limit {
			return false
		}
		n++
	}
	return false // less than a second was seen
}
