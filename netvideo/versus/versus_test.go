//go:build linux

package versus

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	versus  = flag.Bool("versus", false, "run the bench: every row that its file lacks")
	quick   = flag.Bool("quick", false, "a few rows, shorter: ten minutes")
	rows    = flag.String("rows", "", "only rows whose name fits this regular expression, like 'uplink: 5 % loss'")
	seconds = flag.Float64("seconds", 15, "how long a fault lasts, or a row without faults is measured")
	file    = flag.String("results", "versus.jsonl", "keeps the results, a line for each row")
	again   = flag.Bool("again", false, "measure rows too that the file has already")
	page    = flag.String("page", "", "a page whose tables are written anew, between its two marks")
	list    = flag.Bool("list", false, "list the rows, and measure nothing")
)

// Limits of what both clients may send, and in how many sizes.
const (
	benchKbps = 700
	// Without faults one size, so that the processor time is that of one stream; with
	// faults two, as both clients have it when nobody asks for anything else.
	plainLayers, faultLayers = 1, 2
)

// A timing is how long the parts of a row last.
type timing struct {
	warm   time.Duration // until estimates of the bandwidth have grown
	before time.Duration // measured without a fault
	fault  time.Duration
	after  time.Duration // looked at after a fault that passes
	joins  int           // to the first picture, without faults
}

func (r Row) timing() timing {
	t := timing{warm: 7 * time.Second, before: 5 * time.Second, fault: time.Duration(*seconds * float64(time.Second)), after: 15 * time.Second, joins: 7}
	if *quick {
		t.warm, t.fault, t.joins = 5*time.Second, min(t.fault, 12*time.Second), 5
	}
	switch f := r.Fault; {
	case f.Cut > 0:
		t.fault, t.after = f.Cut, 15*time.Second+f.Cut/3
	case f.Kbps > 0:
		t.after = 20 * time.Second
	case f.Some():
		t.after = 0
	}
	return t
}

// TestVersus is the bench. It leaves nothing behind when it is interrupted.
func TestVersus(t *testing.T) {
	if *list {
		chosen := choose(t)
		for _, r := range chosen {
			fmt.Println(r.Name())
		}
		return
	}
	needBrowser(t)
	chosen := choose(t)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	results, err := readResults(*file)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, ctx)
	for i, r := range chosen {
		if !*again && slices.ContainsFunc(results, func(old Result) bool { return old.Row == r && old.Failed == "" }) {
			continue
		}
		if ctx.Err() != nil {
			t.Fatal("interrupted; the next run goes on from here")
		}
		res := b.row(r)
		fmt.Printf("%3d/%d  %s\n", i+1, len(chosen), line(res))
		if ctx.Err() != nil {
			continue // it says nothing
		}
		results = append(results, res)
		if err := keep(*file, res); err != nil {
			t.Fatal(err)
		}
	}
	tables := Tables(results)
	fmt.Println("\n" + tables)
	if *page != "" {
		if err := rewrite(*page, head(results)+tables); err != nil {
			t.Fatal(err)
		}
	}
}

func choose(t *testing.T) []Row {
	t.Helper()
	all := Rows()
	if *quick {
		all = QuickRows()
	}
	fits, err := regexp.Compile(*rows)
	if err != nil {
		t.Fatalf("-rows: %v", err)
	}
	all = slices.DeleteFunc(all, func(r Row) bool { return !fits.MatchString(r.Name()) })
	if len(all) == 0 {
		t.Fatalf("no row's name fits %q; -list lists them", *rows)
	}
	return all
}

// row measures a row; what goes wrong in it is its result.
func (b *bench) row(r Row) (res Result) {
	b.t.Run(r.Name(), func(t *testing.T) {
		one := *b
		one.t = t
		res = Result{Row: r, Name: r.Name(), When: time.Now().UTC().Truncate(time.Second), Commit: commit(), Failed: "interrupted"}
		defer b.heal()
		m := one.meet(r.Pair)
		defer m.end()
		if r.Fault.Some() {
			m.faulty(r, &res)
		} else {
			m.plain(r, &res)
		}
		res.Load, res.Failed = load(), ""
	})
	if res.Failed != "" {
		res.Failed = "see the log"
	}
	return res
}

// measured reads the time code of every picture, and compares six of thirty.
var measured = Measurement{Arrivals: true, Compare: 5}

// plain is a row without faults: joins, processor time without measuring anything else,
// and then the pictures.
func (m *meeting) plain(r Row, res *Result) {
	t := r.timing()
	m.join(m.pub, benchKbps, plainLayers)
	m.pass(2 * time.Second)
	m.sub.measure(measured)
	for range t.joins {
		begun := m.join(m.sub, 0, 0)
		res.Firsts = append(res.Firsts, millis(m.first(begun).At.Sub(begun)))
		m.sub.must("Peer.Leave", Nothing{}, nil)
		m.all = nil
		m.pass(300 * time.Millisecond)
	}
	slices.Sort(res.Firsts)
	res.First = res.Firsts[len(res.Firsts)/2]
	m.sub.measure(Measurement{})
	m.join(m.sub, 0, 0)
	m.pass(t.warm)
	res.CPUPublish, res.CPUReceive, res.CPUServer = m.cpu(t.fault)
	if r.Pair.To == Chromium {
		m.sub.measure(Measurement{Show: true})
		m.pass(time.Second)
		_, res.CPUShow, _ = m.cpu(t.fault / 2)
	}
	m.sub.measure(measured)
	m.pass(time.Second)
	begun := time.Now()
	m.pass(t.fault)
	m.take()
	res.Before = Summarise(m.all, begun, begun.Add(t.fault))
	res.Publisher, res.Subscriber = m.pub.stats(), m.sub.stats()
}

// cpu is what each uses during some time, in percent of a core.
func (m *meeting) cpu(d time.Duration) (pub, sub, server float64) {
	m.b.t.Helper()
	all := []*child{m.pub, m.sub, m.b.server}
	used := make([]float64, len(all))
	begun := make([]time.Time, len(all))
	for i, c := range all {
		used[i], begun[i] = -c.cpu().Seconds(), time.Now()
	}
	m.pass(d)
	for i, c := range all {
		used[i] = (used[i] + c.cpu().Seconds()) / time.Since(begun[i]).Seconds() * 100
	}
	return used[0], used[1], used[2]
}

// faulty is a row with a fault: some seconds without it, with it, and after it.
func (m *meeting) faulty(r Row, res *Result) {
	t := r.timing()
	m.join(m.pub, benchKbps, faultLayers)
	m.sub.measure(measured)
	begun := m.join(m.sub, 0, 0)
	res.First = millis(m.first(begun).At.Sub(begun))
	m.pass(t.warm)
	from := time.Now()
	m.pass(t.before)
	hit := time.Now()
	m.b.strike(r.Fault)
	m.pass(t.fault)
	res.Publisher, res.Subscriber = m.pub.stats(), m.sub.stats()
	healed := time.Now()
	if t.after > 0 {
		m.b.heal()
		healed = time.Now()
		m.pass(t.after)
	}
	m.take()
	res.Before = Summarise(m.all, from, hit)
	res.During = Summarise(m.all, hit, healed)
	if t.after > 0 {
		res.After = Recover(m.all, res.Before, healed)
	}
}

// strike brings a fault.
func (b *bench) strike(f Fault) {
	from, to, lane := b.down.B, b.down.A, b.down.BtoA
	client := b.down.A
	if f.Up {
		from, to, lane = b.up.A, b.up.B, b.up.AtoB
		client = b.up.A
	}
	switch {
	case f.Loss > 0:
		to.Loss(f.Loss)
	case f.Delay > 0:
		lane.Delay(f.Delay, f.Jitter)
	case f.Kbps > 0:
		from.Rate(f.Kbps)
	case f.Cut > 0:
		client.Down()
	}
}

// heal ends every fault.
func (b *bench) heal() {
	for _, w := range []struct {
		end  func(float64)
		rate func(int)
	}{{b.up.B.Loss, b.up.A.Rate}, {b.down.A.Loss, b.down.B.Rate}} {
		w.end(0)
		w.rate(0)
	}
	b.up.AtoB.Delay(0, 0)
	b.down.BtoA.Delay(0, 0)
	b.up.A.Up()
	b.down.A.Up()
}

// line is a row's result for somebody who watches.
func line(r Result) string {
	s := fmt.Sprintf("%s  load %.1f", r.Name, r.Load)
	if r.Failed != "" {
		return s + "  FAILED: " + r.Failed
	}
	show := func(name string, m Summary) {
		s += fmt.Sprintf("\n       %s: %.1f frames/s, %.0f ms, p95 %.0f, uneven %.0f, %d freezes %.1f s, %.1f dB, %.0f lines", name, m.FPS, m.Mean, m.P95, m.Uneven, m.Freezes, m.Frozen, m.PSNR, m.Height)
	}
	show("before", r.Before)
	if r.Row.Fault.Some() {
		show("during", r.During)
	} else {
		s += fmt.Sprintf("\n       first picture %.0f ms %.0f; CPU publisher %.1f %%, subscriber %.1f %% (drawn %.1f %%), server %.1f %%", r.First, r.Firsts, r.CPUPublish, r.CPUReceive, r.CPUShow, r.CPUServer)
	}
	if r.Row.Fault.Passes() {
		s += fmt.Sprintf("\n       after: first %.2f s, steady %.2f s, as good %.2f s", r.After.First, r.After.Steady, r.After.Quality)
	}
	return s + fmt.Sprintf("\n       publisher %v\n       subscriber %v", r.Publisher, r.Subscriber)
}

func readResults(path string) (all []Result, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var r Result
		if json.Unmarshal(s.Bytes(), &r) == nil { // a line may have been cut off
			all = append(all, r)
		}
	}
	return all, s.Err()
}

func keep(path string, r Result) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
