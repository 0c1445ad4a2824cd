package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cutout/kinect"
	"cutout/kinect/sourcetest"
)

func mustOpen(t *testing.T, dir string, o Options) *Recording {
	t.Helper()
	r, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// A frame in short, for comparison.
type heard struct {
	kind  byte
	value uint16 // its first code or byte
	clock uint32
	at    time.Duration // since the first
}

func (h heard) String() string { return fmt.Sprintf("%c%d@%d+%v", h.kind, h.value, h.clock, h.at) }

// next takes a frame and says when it came.
func next(t *testing.T, r *Recording, start time.Time) (heard, error) {
	t.Helper()
	img, err := r.Next(context.Background())
	if err != nil {
		return heard{}, err
	}
	now := time.Now()
	if d := img.Depth; d != nil {
		if d.At.After(now) {
			t.Errorf("a frame came %v before its time", d.At.Sub(now))
		}
		return heard{depthFile, d.Codes[0], d.Clock, d.At.Sub(start)}, nil
	}
	return heard{videoFile, uint16(img.Video.Pixels[0]), img.Video.Clock, img.Video.At.Sub(start)}, nil
}

// play takes up to n frames, and checks that each comes at its time.
func play(t *testing.T, r *Recording, n int) []heard {
	t.Helper()
	start := time.Now()
	var list []heard
	for range n {
		h, err := next(t, r, start)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if now := time.Since(start); now != h.at {
			t.Errorf("%v came at %v", h, now)
		}
		list = append(list, h)
	}
	return list
}

func check(t *testing.T, got []heard, want ...heard) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("frames %v, want %v", got, want)
	}
}

func TestPlaysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTape(t).depth(0, 1000, 800).video(10*ms, 5000, 7)
		w.line(name('a', 11*ms, 5000)).line("").depth(500*ms, frame, 801).video(530*ms, 2*frame, 9)
		r := mustOpen(t, w.done(), Options{})
		check(t, play(t, r, 10),
			heard{depthFile, 800, 1000, 0}, heard{videoFile, 7, 5000, 10 * ms},
			heard{depthFile, 801, frame, 500 * ms}, heard{videoFile, 9, 2 * frame, 530 * ms})
		s := r.Status()
		want := kinect.Status{Kind: kinect.KindRecording, Serial: w.dir}
		want.Depth.Frames, want.Video.Frames = 2, 2
		if s != want {
			t.Errorf("status %+v, want %+v", s, want)
		}
	})
}

func TestLoops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The clock wraps within the recording, and the video's runs a little longer.
		w := newTape(t).depth(0, 1<<32-1000, 1).video(5*ms, 1<<32-500, 50).depth(100*ms, 6_000_000-1000, 2).video(105*ms, 6_000_100, 51)
		r := mustOpen(t, w.done(), Options{Loop: true})
		got := play(t, r, 9)
		// A round is the last frame's time and the mean of depth, 205 ms; of the
		// clock, 105 ms and 100 ms of video's span.
		ticks := uint32(205 * 60_000)
		want := []heard{}
		for round := range 3 {
			at, clock := time.Duration(round)*205*ms, uint32(round)*ticks
			want = append(want,
				heard{depthFile, 1, 1<<32 - 1000 + clock, at}, heard{videoFile, 50, 1<<32 - 500 + clock, at + 5*ms},
				heard{depthFile, 2, 6_000_000 - 1000 + clock, at + 100*ms}, heard{videoFile, 51, 6_000_100 + clock, at + 105*ms})
		}
		check(t, got, want[:9]...)
	})
}

func TestSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTape(t).depth(0, 1, 1).depth(time.Second, 60_000_001, 2)
		r := mustOpen(t, w.done(), Options{Speed: 4, Loop: true})
		check(t, play(t, r, 3), heard{depthFile, 1, 1, 0}, heard{depthFile, 2, 60_000_001, 250 * ms}, heard{depthFile, 1, 120_000_001, 500 * ms})
	})
	for _, speed := range []float64{-1, 0.001, 1000} {
		if _, err := Open(newTape(t).depth(0, 1, 1).done(), Options{Speed: speed}); err == nil || !strings.Contains(err.Error(), "speed") {
			t.Errorf("speed %g: %v", speed, err)
		}
	}
}

// TestHostClockSet: a gap backwards or of hours becomes a usual one.
func TestHostClockSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTape(t).depth(5*time.Hour, 1, 1).depth(time.Hour, 2, 2).depth(time.Hour+50*ms, 3, 3).depth(9*time.Hour, 4, 4).depth(9*time.Hour+ms, 5, 5)
		check(t, play(t, mustOpen(t, w.done(), Options{}), 10), heard{depthFile, 1, 1, 0}, heard{depthFile, 2, 2, usualGap},
			heard{depthFile, 3, 3, usualGap + 50*ms}, heard{depthFile, 4, 4, 2*usualGap + 50*ms}, heard{depthFile, 5, 5, 2*usualGap + 51*ms})
	})
}

// TestDamagedFrames damages files in every way: each costs its frame only.
func TestDamagedFrames(t *testing.T) {
	whole := depthBytes(5)
	for what, content := range map[string][]byte{
		"missing":            nil,
		"no header":          {},
		"cut short":          whole[:len(whole)-1],
		"longer":             append(bytes.Clone(whole), 0),
		"header is":          append([]byte("P5 320 240 65535\n"), whole[17:]...),
		"header is \"P6 640": append([]byte("P6 640 480 65535\n"), whole[17:]...),
		"instead of \"P5":    append([]byte("P5\n640 480\n65535\n"), whole[17:]...),
		"no header ":         bytes.Repeat([]byte{'P'}, 1000),
		"11 bits":            depthBytes(0x0500 << 3),
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTape(t).depth(0, 1, 1).line(name(depthFile, 10*ms, 2)).depth(20*ms, 3, 3)
			if content != nil {
				w.file(name(depthFile, 10*ms, 2), content)
			}
			r := mustOpen(t, w.done(), Options{Loop: true})
			start := time.Now()
			if h, err := next(t, r, start); err != nil || h.value != 1 {
				t.Fatal(h, err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 15*ms)
			defer cancel()
			if _, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%s: %v", what, err)
			}
			if s := r.Status(); !s.Live || s.Trouble == nil || !strings.Contains(s.Trouble.Error(), strings.TrimSpace(what)) ||
				!strings.Contains(s.Trouble.Error(), name(depthFile, 10*ms, 2)) {
				t.Errorf("want trouble with %q, got %v", what, s.Trouble)
			}
			for _, want := range []heard{{depthFile, 3, 3, 20 * ms}, {depthFile, 1, 1 + 30*60_000, 30 * ms}, {depthFile, 3, 3 + 30*60_000, 50 * ms}} {
				if h, err := next(t, r, start); err != nil || h != want {
					t.Errorf("%s: %v, %v; want %v", what, h, err, want)
				}
			}
			if s := r.Status(); s.Trouble != nil || r.Damaged() != 1 || s.Depth.DroppedFrames != 1 {
				t.Errorf("%s: %d damaged, status %+v", what, r.Damaged(), s)
			}
		})
	}
}

// TestFewOddValues: a speck is no reading, not a lost frame.
func TestFewOddValues(t *testing.T) {
	b := depthBytes(700)
	b[17+1] = 0xff
	w := newTape(t)
	w.file(name(depthFile, 0, 1), b)
	r := mustOpen(t, w.line(name(depthFile, 0, 1)).done(), Options{})
	img, err := r.Next(context.Background())
	if err != nil || img.Depth.Codes[0] != kinect.NoDisparity || img.Depth.Codes[1] != 700 {
		t.Errorf("%v", err)
	}
}

// TestAllGone: the files vanish while it plays.
func TestAllGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTape(t).depth(0, 1, 1).depth(20*ms, 3, 3)
		r := mustOpen(t, w.done(), Options{Loop: true})
		for _, n := range w.index {
			if err := os.Remove(filepath.Join(w.dir, n)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Next(context.Background()); !errors.Is(err, io.EOF) {
			t.Errorf("Next: %v", err)
		}
		if s := r.Status(); s.Live || s.Trouble == nil {
			t.Errorf("status %+v", s)
		}
	})
}

func TestCalibration(t *testing.T) {
	w := newTape(t).depth(0, 1, 1)
	if c := mustOpen(t, w.done(), Options{}).Calibration(); c != kinect.DefaultCalibration() {
		t.Errorf("without device.json: %+v", c)
	}
	w.file(deviceFile, []byte(deviceText))
	c := mustOpen(t, w.dir, Options{}).Calibration()
	want := kinect.DefaultCalibration()
	want.Known = true
	want.Padding = kinect.Padding{StartLines: 1, EndLines: 2, CroppingLines: 3}
	want.Register = c.Register
	if c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	if r := c.Register; r.AX != 1964 || r.DXStart != 6161 || r.DYStart != 6434 || r.DXBetaStart != 10062 || r.DYBetaInc != 136 ||
		r.DXDYStart != 890 || r.DYDXStart != 763 || r.DXDXDYStart != 134216989 || r.DYDXDXStart != 134217093 || r.DYDYDYStart != 134214659 {
		t.Errorf("registration %+v", r)
	}
	for what, text := range map[string]string{
		"no calibration":          "not json",
		"lacks":                   `{"const_shift": 200}`,
		"emitter distance":        strings.Replace(deviceText, "7.5", "0", 1),
		"outside 0..65535":        strings.Replace(deviceText, ": 200", ": -1", 1),
		"no calibration: ":        strings.Replace(deviceText, "1964", "1e300", 1),
		"usual constants): it is": strings.Repeat(" ", maxDevice+1),
	} {
		w.file(deviceFile, []byte(text))
		if _, err := Open(w.dir, Options{}); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), deviceFile) {
			t.Errorf("want an error with %q, got %v", what, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	good := name(depthFile, 0, 1)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "frame"), depthBytes(1), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, build := range map[string]func(w *tape) string{
		"no such directory":       func(w *tape) string { return filepath.Join(w.dir, "nowhere") },
		"not a directory":         func(w *tape) string { w.file("f", nil); return filepath.Join(w.dir, "f") },
		"INDEX.txt: the file is":  func(w *tape) string { return w.dir },
		"names no depth frame":    func(w *tape) string { w.file(indexFile, nil); return w.dir },
		"line 2: \"garbage\"":     func(w *tape) string { return w.depth(0, 1, 1).line("garbage").line(good).done() },
		"line 1: \"../../etc":     func(w *tape) string { return w.line("../../etc/passwd").done() },
		"leads out":               func(w *tape) string { return w.line("d-1.0-1.pgm/../x").done() },
		"leads out of":            func(w *tape) string { return w.line(`d-1.0\1.pgm`).done() },
		"does not end in":         func(w *tape) string { return w.line("d-1.5-7.ppm").done() },
		"not in seconds":          func(w *tape) string { return w.line("d-x-7.pgm").done() },
		"not in ticks":            func(w *tape) string { return w.line("d-1.0-99999999999.pgm").done() },
		"is no file's name":       func(w *tape) string { return w.line(strings.Repeat("d", 300)).done() },
		"no depth frame can be":   func(w *tape) string { return w.line(good).done() },
		"names no depth":          func(w *tape) string { return w.video(0, 1, 1).done() },
		"not a file":              func(w *tape) string { mkdir(w, indexFile); return w.dir },
		"read: " + good + ": it ": func(w *tape) string { mkdir(w, good); return w.line(good).done() },
		"looking for it": func(w *tape) string {
			if err := os.Symlink(filepath.Join(outside, "frame"), filepath.Join(w.dir, good)); err != nil {
				w.t.Skip(err)
			}
			return w.line(good).done()
		},
	} {
		dir := build(newTape(t))
		r, err := Open(dir, Options{})
		if err == nil {
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), dir) {
			t.Errorf("want an error with %q, got %v", what, err)
		}
	}
}

func mkdir(w *tape, name string) {
	if err := os.Mkdir(filepath.Join(w.dir, name), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// TestIndexCutShort: the last line may lack its end, as after a crash.
func TestIndexCutShort(t *testing.T) {
	w := newTape(t).depth(0, 1, 1).depth(5*ms, 2, 2)
	w.file(indexFile, []byte(w.index[0]+"\r\n"+w.index[1]+"\n"+name(depthFile, 9*ms, 4)[:9]))
	synctest.Test(t, func(t *testing.T) {
		check(t, play(t, mustOpen(t, w.dir, Options{}), 5), heard{depthFile, 1, 1, 0}, heard{depthFile, 2, 2, 5 * ms})
	})
}

func TestConformance(t *testing.T) {
	w := newTape(t)
	for i := range 6 {
		at := time.Duration(i) * 20 * ms
		w.depth(at, 1<<32-3*frame+uint32(i)*frame, uint16(i)).video(at+3*ms, 1<<32-3*frame+uint32(i)*frame+5, byte(i))
	}
	dir := w.done()
	for what, o := range map[string]Options{"once": {}, "looped": {Loop: true}, "fast": {Loop: true, Speed: 5}} {
		t.Run(what, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) kinect.Source { return mustOpen(t, dir, o) })
		})
	}
}

// TestRealRecording plays frames of a real sensor.
func TestRealRecording(t *testing.T) {
	data := os.Getenv("CUTOUT_DATA")
	dir := filepath.Join(data, "kinect_rf_fakenect")
	if _, err := os.Stat(dir); data == "" || err != nil {
		t.Skip("CUTOUT_DATA names no directory with kinect_rf_fakenect")
	}
	synctest.Test(t, func(t *testing.T) {
		got := play(t, mustOpen(t, dir, Options{Loop: true}), 19)
		if len(got) != 19 {
			t.Fatalf("%d frames", len(got))
		}
		for i, h := range got {
			if h.kind != depthFile || h.at != time.Duration(i)*500*ms || h.clock != 1_000_000+uint32(i)*30_000_000 {
				t.Errorf("frame %d is %v", i, h)
			}
		}
	})
	t.Run("conformance", func(t *testing.T) {
		sourcetest.Run(t, func(t *testing.T) kinect.Source { return mustOpen(t, dir, Options{Loop: true, Speed: 20}) })
	})
}
