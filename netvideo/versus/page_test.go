package versus

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The marks between which a page's tables are.
const (
	beginMark = "<!-- measured: make versus writes from here -->\n"
	endMark   = "<!-- to here -->\n"
)

// rewrite puts tables into a page, between its marks.
func rewrite(path, tables string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), beginMark)
	_, behind, ends := strings.Cut(rest, endMark)
	if !ok || !ends {
		return fmt.Errorf("%s lacks the marks between which tables go", path)
	}
	return os.WriteFile(path, []byte(before+beginMark+"\n"+tables+endMark+behind), 0o644)
}

// head says when, where and with what the results came to be.
func head(all []Result) string {
	first, last := time.Time{}, time.Time{}
	var commits []string
	least, most := 1e9, 0.0
	for _, r := range all {
		if first.IsZero() || r.When.Before(first) {
			first = r.When
		}
		last = later(last, r.When)
		if !slices.Contains(commits, r.Commit) {
			commits = append(commits, r.Commit)
		}
		least, most = min(least, r.Load), max(most, r.Load)
	}
	version := "Chromium"
	if path, err := FindChromium(); err == nil {
		if out, err := exec.Command(path, "--version").Output(); err == nil {
			version = strings.TrimSpace(string(out))
		}
	}
	return fmt.Sprintf("Measured from %s to %s on %d cores of %s, load %.1f to %.1f, at %s, with %s and %s %s.\n\n",
		first.Format("2006-01-02 15:04"), last.Format("15:04"), runtime.NumCPU(), processor(), least, most,
		strings.Join(commits, ", "), version, livekitPackage, livekitVersion)
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown processor"
}

func TestRewriteKeepsTheRest(t *testing.T) {
	path := t.TempDir() + "/page.md"
	if err := os.WriteFile(path, []byte("a\n"+beginMark+"old\n"+endMark+"b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := rewrite(path, "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if want := "a\n" + beginMark + "\nnew\n" + endMark + "b\n"; err != nil || string(got) != want {
		t.Errorf("%v: %q, want %q", err, got, want)
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if rewrite(path, "new\n") == nil {
		t.Error("a page without marks was written")
	}
}

func TestTables(t *testing.T) {
	up := Fault{Up: true, Loss: 5}
	ours := Result{Row: Row{Pairs()[0], up}, During: Summary{FPS: 29, Freezes: 1, PSNR: 34, Mean: 50, P95: 90, Uneven: 3}}
	theirs := Result{Row: Row{Pairs()[1], up}, During: Summary{FPS: 10, Freezes: 5, PSNR: 36, Mean: 52, P95: 90, Uneven: 12}}
	cut := Fault{Cut: 5 * time.Second}
	back := Result{Row: Row{Pairs()[0], cut}, After: Recovery{First: 0.5, Steady: 1, Quality: 2}}
	lost := Result{Row: Row{Pairs()[1], cut}, After: Recovery{First: -1, Steady: -1, Quality: -1}}
	got := Tables([]Result{ours, theirs, back, lost, {Row: Row{Pair: Pairs()[0]}, First: 123}})
	for _, want := range []string{
		"| 5 % loss | 1 / 5 | 0.0 / 0.0 | 29.0 / 10.0 | 34.0 / 36.0 | 50 / 52 | 90 / 90 | 3 / 12 | freezes, frames/s, uneven | PSNR |",
		"| cut of 5 s | 0.50 / never | 1.0 / never | 2.0 / never | first picture again, steady again, as good again |  |",
		"| us → us | 0 ms | 0 ms | 0 ms | 123 ms |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the tables lack %q:\n%s", want, got)
		}
	}
}

func TestRows(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Rows() {
		if names[r.Name()] {
			t.Errorf("two rows are called %s", r.Name())
		}
		names[r.Name()] = true
	}
	for _, r := range QuickRows() {
		if !names[r.Name()] {
			t.Errorf("%s is among the quick rows alone", r.Name())
		}
	}
	if n := len(names); n < 48 {
		t.Errorf("%d rows", n)
	}
}
