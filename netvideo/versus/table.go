package versus

import (
	"fmt"
	"slices"
	"strings"
)

// Tables writes results as markdown: side by side without a fault, then every fault,
// ours beside Chromium's.
func Tables(results []Result) string {
	by := map[Row]Result{}
	for _, r := range results {
		by[r.Row] = r // the newest stays
	}
	return sideBySide(by) + beside(by) + mixed(by)
}

// sideBySide has a line for each pair.
func sideBySide(by map[Row]Result) string {
	var b strings.Builder
	b.WriteString("### Without faults\n\n" +
		"| | glass to glass, mean | p95 | uneven | join to first picture | CPU, publisher | CPU, subscriber | with drawing | frames/s | PSNR | load |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range Pairs() {
		r, ok := by[Row{Pair: p}]
		if !ok {
			continue
		}
		if r.Failed != "" {
			fmt.Fprintf(&b, "| %s | failed: %s |\n", p, r.Failed)
			continue
		}
		show := "–"
		if r.CPUShow > 0 {
			show = fmt.Sprintf("%.0f %%", r.CPUShow)
		}
		fmt.Fprintf(&b, "| %s | %.0f ms | %.0f ms | %.0f ms | %.0f ms | %.1f %% | %.1f %% | %s | %.1f | %.1f dB | %.1f |\n", p, r.Before.Mean, r.Before.P95, r.Before.Uneven, r.First,
			r.CPUPublish, r.CPUReceive, show, r.Before.FPS, r.Before.PSNR, r.Load)
	}
	return b.String() + "\n"
}

// A measure is a number to compare, and how.
type measure struct {
	name  string
	of    func(Result) float64
	form  string
	more  bool                 // is better
	apart float64              // the least difference that is one
	has   func(f Fault) bool   // it says something of such a fault
	known func(r Result) bool  // there is a number
	short func(a float64) bool // the number means "never"
}

func never(v float64) bool { return v < 0 }

func measures() []measure {
	during := func(f Fault) bool { return f.Cut == 0 }
	passes := func(f Fault) bool { return f.Passes() }
	return []measure{
		{name: "freezes", of: func(r Result) float64 { return float64(r.During.Freezes) }, form: "%.0f", apart: 1, has: during},
		{name: "frozen, s", of: func(r Result) float64 { return r.During.Frozen }, form: "%.1f", apart: 0.2, has: during},
		{name: "frames/s", of: func(r Result) float64 { return r.During.FPS }, form: "%.1f", more: true, apart: 0.5, has: during},
		{name: "PSNR, dB", of: func(r Result) float64 { return r.During.PSNR }, form: "%.1f", more: true, apart: 0.3, has: during,
			known: func(r Result) bool { return r.During.PSNR > 0 }},
		{name: "latency, ms", of: func(r Result) float64 { return r.During.Mean }, form: "%.0f", apart: 3, has: during,
			known: func(r Result) bool { return r.During.Mean > 0 }},
		{name: "p95, ms", of: func(r Result) float64 { return r.During.P95 }, form: "%.0f", apart: 5, has: during,
			known: func(r Result) bool { return r.During.P95 > 0 }},
		{name: "uneven, ms", of: func(r Result) float64 { return r.During.Uneven }, form: "%.0f", apart: 2, has: during,
			known: func(r Result) bool { return r.During.Uneven > 0 }},
		{name: "first picture again, s", of: func(r Result) float64 { return r.After.First }, form: "%.2f", apart: 0.1, has: func(f Fault) bool { return f.Cut > 0 }, short: never},
		{name: "steady again, s", of: func(r Result) float64 { return r.After.Steady }, form: "%.1f", apart: 0.2, has: passes, short: never},
		{name: "as good again, s", of: func(r Result) float64 { return r.After.Quality }, form: "%.1f", apart: 0.5, has: passes, short: never},
	}
}

// beside has a line for each fault, with every number as "ours / Chromium's" and who is
// ahead.
func beside(by map[Row]Result) string {
	var b strings.Builder
	for _, up := range []bool{true, false} {
		side := "the subscriber's downlink"
		if up {
			side = "the publisher's uplink"
		}
		for _, cuts := range []bool{false, true} {
			lines := ""
			columns := slices.DeleteFunc(measures(), func(m measure) bool { return !m.has(Fault{Cut: 1}) == cuts })
			for _, f := range faults(up) {
				ours, okA := by[Row{Pairs()[0], f}]
				theirs, okB := by[Row{Pairs()[1], f}]
				if (f.Cut > 0) == cuts && okA && okB {
					lines += besideLine(f, ours, theirs, columns)
				}
			}
			if lines == "" {
				continue
			}
			what := "Faults"
			if cuts {
				what = "Cuts"
			}
			fmt.Fprintf(&b, "### %s on %s, ours / Chromium's\n\n|", what, side)
			for _, m := range columns {
				b.WriteString(" | " + m.name)
			}
			b.WriteString(" | ahead | behind |\n|" + strings.Repeat("---|", len(columns)+3) + "\n" + lines + "\n")
		}
	}
	return b.String()
}

func besideLine(f Fault, ours, theirs Result, columns []measure) string {
	_, name, _ := strings.Cut(f.String(), ": ")
	line := "| " + name
	if ours.Failed != "" || theirs.Failed != "" {
		return line + fmt.Sprintf(" | failed: ours %q, Chromium's %q |\n", ours.Failed, theirs.Failed)
	}
	var ahead, behind []string
	for _, m := range columns {
		if !m.has(f) {
			line += " | "
			continue
		}
		line += " | " + m.text(ours) + " / " + m.text(theirs)
		switch d := m.ahead(ours, theirs); {
		case d > 0:
			ahead = append(ahead, m.label())
		case d < 0:
			behind = append(behind, m.label())
		}
	}
	return line + " | " + strings.Join(ahead, ", ") + " | " + strings.Join(behind, ", ") + " |\n"
}

// label is the name without its unit.
func (m measure) label() string { name, _, _ := strings.Cut(m.name, ","); return name }

func (m measure) text(r Result) string {
	v := m.of(r)
	switch {
	case m.known != nil && !m.known(r):
		return "–"
	case m.short != nil && m.short(v):
		return "never"
	}
	return fmt.Sprintf(m.form, v)
}

// ahead is positive when the first is better by something that counts, negative when
// the second is.
func (m measure) ahead(a, b Result) int {
	if m.known != nil && (!m.known(a) || !m.known(b)) {
		return 0
	}
	x, y := m.of(a), m.of(b)
	if m.short != nil {
		switch {
		case m.short(x) && m.short(y):
			return 0
		case m.short(x):
			return -1
		case m.short(y):
			return 1
		}
	}
	d := y - x
	if m.more {
		d = -d
	}
	// A tenth is what two runs of the same differ by.
	least := max(m.apart, 0.1*min(max(x, -x), max(y, -y)))
	if m.name == "PSNR, dB" {
		least = m.apart
	}
	switch {
	case d >= least:
		return 1
	case d <= -least:
		return -1
	}
	return 0
}

// mixed has a line for each fault and pair of one of each.
func mixed(by map[Row]Result) string {
	var b strings.Builder
	for _, up := range []bool{true, false} {
		for _, f := range faults(up) {
			for _, p := range Pairs() {
				r, ok := by[Row{p, f}]
				if p.From == p.To || !ok || r.Failed != "" {
					continue
				}
				fmt.Fprintf(&b, "| %s | %s", f, p)
				for _, m := range measures() {
					if !m.has(f) {
						b.WriteString(" | ")
						continue
					}
					b.WriteString(" | " + m.text(r))
				}
				b.WriteString(" |\n")
			}
		}
	}
	if b.Len() == 0 {
		return ""
	}
	head := "### One of each\n\n| |"
	for _, m := range measures() {
		head += " | " + m.name
	}
	return head + " |\n|" + strings.Repeat("---|", len(measures())+2) + "\n" + b.String() + "\n"
}
