package versus

import (
	"fmt"
	"time"
)

// A Fault is what befalls the way, on the publisher's side of the server (Up) or on the
// subscriber's, in the pictures' direction, and for a cut in both.
type Fault struct {
	Up     bool          `json:"up"`
	Loss   float64       `json:"loss,omitempty"` // percent of all packets
	Delay  time.Duration `json:"delay,omitempty"`
	Jitter time.Duration `json:"jitter,omitempty"` // more or less than Delay
	Kbps   int           `json:"kbps,omitempty"`   // all that gets through
	Cut    time.Duration `json:"cut,omitempty"`
}

// Some reports whether it is a fault at all.
func (f Fault) Some() bool {
	f.Up = false
	return f != Fault{}
}

// Passes reports whether it is a fault that is looked at after its end, too.
func (f Fault) Passes() bool { return f.Cut > 0 || f.Kbps > 0 }

// String is like "uplink: 5 % loss".
func (f Fault) String() string {
	side := "downlink"
	if f.Up {
		side = "uplink"
	}
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	switch {
	case f.Loss > 0:
		return fmt.Sprintf("%s: %g %% loss", side, f.Loss)
	case f.Jitter > 0:
		return fmt.Sprintf("%s: %d ± %d ms", side, ms(f.Delay), ms(f.Jitter))
	case f.Delay > 0:
		return fmt.Sprintf("%s: %d ms", side, ms(f.Delay))
	case f.Kbps > 0:
		return fmt.Sprintf("%s: %d kbit/s", side, f.Kbps)
	case f.Cut > 0:
		return fmt.Sprintf("%s: cut of %g s", side, f.Cut.Seconds())
	}
	return "no fault"
}

// A Row is one measurement: who, and what befalls them.
type Row struct {
	Pair  Pair
	Fault Fault
}

// Name is like "us → us, uplink: 5 % loss".
func (r Row) Name() string { return r.Pair.String() + ", " + r.Fault.String() }

// faults are those of one side.
func faults(up bool) []Fault {
	return []Fault{
		{Up: up, Loss: 1}, {Up: up, Loss: 5}, {Up: up, Loss: 10}, {Up: up, Loss: 20},
		{Up: up, Delay: 50 * time.Millisecond}, {Up: up, Delay: 150 * time.Millisecond}, {Up: up, Delay: 300 * time.Millisecond},
		{Up: up, Delay: 50 * time.Millisecond, Jitter: 40 * time.Millisecond},
		{Up: up, Kbps: 300},
		{Up: up, Cut: 5 * time.Second}, {Up: up, Cut: 30 * time.Second},
	}
}

// Rows are all there are: every pair without a fault; every fault for us alone and for
// Chromium alone, one after the other; and some of the faults for both mixed pairs,
// which tell whose end it is.
func Rows() []Row {
	var rows []Row
	for _, p := range Pairs() {
		rows = append(rows, Row{Pair: p})
	}
	for _, up := range []bool{true, false} {
		for _, f := range faults(up) {
			rows = append(rows, Row{Pairs()[0], f}, Row{Pairs()[1], f})
			if f.Loss == 5 || f.Kbps > 0 {
				rows = append(rows, Row{Pairs()[2], f}, Row{Pairs()[3], f})
			}
		}
	}
	return rows
}

// QuickRows are a few of Rows, of every kind one.
func QuickRows() []Row {
	var rows []Row
	for _, r := range Rows() {
		f := r.Fault
		alone := r.Pair.From == r.Pair.To
		if !f.Some() || alone && (f.Loss == 5 || f.Up && (f.Delay == 150*time.Millisecond || f.Jitter > 0 || f.Kbps > 0 || f.Cut == 5*time.Second)) {
			rows = append(rows, r)
		}
	}
	return rows
}

// A Result is what came of a row. CPU is in percent of one core.
type Result struct {
	Row    Row
	Name   string
	When   time.Time
	Commit string  `json:",omitempty"` // of the source
	Load   float64 // processes that wanted to run, before and meanwhile

	First  float64   // ms from joining to the first picture; the median of
	Firsts []float64 // these
	Before Summary   // without a fault
	During Summary   // with it
	After  Recovery  // of a fault that passes

	CPUPublish, CPUReceive, CPUShow, CPUServer float64 // CPUShow: received and drawn
	Publisher, Subscriber                      Stats
	Failed                                     string `json:",omitempty"` // why there is nothing
}
