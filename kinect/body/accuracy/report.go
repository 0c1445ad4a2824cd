package accuracy

import (
	"fmt"
	"image"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
)

// A Report is what was measured.
type Report struct {
	Seed uint64 `json:"seed"`
	Rows []Row  `json:"rows"`
	// Worst are pictures of the frames that went worst.
	Worst []Worst `json:"-"`
}

// A Row is one figure.
type Row struct {
	// Section is what it was measured on: "real frames", "made-up people", "pace".
	Section string `json:"section"`
	What    string `json:"what"`
	Value   Number `json:"value"`
	// Unit is "mm", "px", "%", "ms", or empty for counts and ratios.
	Unit string `json:"unit,omitempty"`
	// Of, when not 0, is of how many Value is a count.
	Of int `json:"of,omitempty"`
	// Target is what the figure is to be; nil when nobody said.
	Target *Target `json:"target,omitempty"`
	// Met says whether it is; true without a Target.
	Met bool `json:"met"`
	// Peer is what another's program reaches on frames like these.
	Peer string `json:"peer,omitempty"`
	// Note says more about the figure.
	Note string `json:"note,omitempty"`
}

// A Number is a figure; in JSON it is null when it is not finite: nothing was found that
// could be measured.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return strconv.AppendFloat(nil, v, 'g', 6, 64), nil
	}
	return []byte("null"), nil
}

// A Target is a bound.
type Target struct {
	Value float64 `json:"value"`
	// Least says that figures must not be below Value; otherwise not above.
	Least bool `json:"least,omitempty"`
}

func least(v float64) *Target { return &Target{v, true} }
func most(v float64) *Target  { return &Target{v, false} }

// met is false for what is not a number.
func (t *Target) met(v float64) bool {
	return t == nil || t.Least && v >= t.Value || !t.Least && v <= t.Value
}

// add appends a row; the section is the one before's when empty.
func (r *Report) add(row Row) {
	if row.Section == "" && len(r.Rows) > 0 {
		row.Section = r.Rows[len(r.Rows)-1].Section
	}
	row.Met = row.Target.met(float64(row.Value))
	r.Rows = append(r.Rows, row)
}

// Missed counts the targets that are not met.
func (r *Report) Missed() int {
	n := 0
	for _, row := range r.Rows {
		if !row.Met {
			n++
		}
	}
	return n
}

// figure is a value as it is printed.
func (row Row) figure(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "none"
	case row.Of > 0 || row.Unit == "" && v == math.Trunc(v):
	case row.Unit == "mm":
		text = fmt.Sprintf("%.0f", v)
		if v < 10 {
			text = fmt.Sprintf("%.1f", v)
		}
	case row.Unit == "%" || row.Unit == "px" || row.Unit == "KiB":
		text = fmt.Sprintf("%.1f", v)
	case row.Unit == "ms":
		text = fmt.Sprintf("%.2f", v)
		if v < 0.1 {
			text = fmt.Sprintf("%.3f", v)
		}
	default:
		text = fmt.Sprintf("%.3f", v)
	}
	if row.Unit != "" {
		text += " " + row.Unit
	}
	return text
}

// WriteText writes the table.
func (r *Report) WriteText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	section := ""
	for _, row := range r.Rows {
		if row.Section != section {
			if section != "" {
				fmt.Fprintln(table)
			}
			section = row.Section
			fmt.Fprintf(table, "%s\t\ttarget\t\tothers, notes\n", section)
		}
		value, target, verdict := row.figure(float64(row.Value)), "", ""
		if row.Of > 0 {
			value += fmt.Sprintf(" of %d", row.Of)
		}
		if t := row.Target; t != nil {
			target, verdict = map[bool]string{true: "at least ", false: "at most "}[t.Least]+row.figure(t.Value), "yes"
			if !row.Met {
				verdict = "NO"
			}
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", row.What, value, target, verdict, row.Peer+row.Note)
	}
	return table.Flush()
}

// A Worst is a frame that went wrong: its depth in grey, with the truth in green and
// what was found in red.
type Worst struct {
	// Name is fit for a file's: "real-hands-kinect_rf_frames-01407".
	Name    string
	Picture *image.RGBA
}
