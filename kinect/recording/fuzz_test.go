package recording

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzIndex(f *testing.F) {
	for _, s := range []string{
		"d-1700000000.000000-1000000.pgm\nr-1700000000.010000-1000100.ppm\na-1700000000.011000-1000100.dump\n",
		"d-1.5-4294967295.pgm\r\n\r\nd-0-0.pgm", "d-1.0-1.pgm\nd-17", "../d-1.0-1.pgm\n", "d-..-1.pgm\n",
		"d-9999999999.999999999-1.pgm\nd-0.1-1.pgm\n", "", "\x00\xff\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, attitudes, err := parseIndex(strings.NewReader(string(b)))
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an empty error")
			}
			return
		}
		last := entry{}
		for i, e := range entries {
			if !filepath.IsLocal(e.name) || filepath.Base(e.name) != e.name || !strings.Contains(string(b), e.name) {
				t.Fatalf("name %q", e.name)
			}
			if e.kind != depthFile && e.kind != videoFile || e.at < 0 || i > 0 && (e.at < last.at-overtaken || e.at-last.at > maxGap) {
				t.Fatalf("entry %+v after %+v", e, last)
			}
			last = e
		}
		for _, a := range attitudes {
			if a.kind != attitudeFile || a.at < 0 || a.at > last.at+maxGap && len(entries) > 0 {
				t.Fatalf("attitude %+v", a)
			}
		}
		if r := measure(entries); r.length <= 0 || r.ticks == 0 && r.length < maxGap {
			t.Fatalf("round %+v", r)
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("P5 640 480 65535\n"), true)
	f.Add([]byte("P6 640 480 255\n\x01\x02"), false)
	f.Add([]byte("P5 640 480 65535 7\n"), true)
	f.Add([]byte("P5  640\t480 065535\n"), true)
	f.Add([]byte{}, false)
	whole := [2]string{string(depthBytes(900)), string(videoBytes(3))}
	f.Fuzz(func(t *testing.T, head []byte, depth bool) {
		form, rest := videoFormat(), whole[1][15:]
		if depth {
			form, rest = depthFormat(), whole[0][17:]
		}
		for _, b := range [][]byte{head, append(append([]byte(nil), head...), rest...)} {
			payload, err := parseFile(b, form)
			if err != nil {
				continue
			}
			if len(payload) != form.payload || len(b)-len(payload) > maxHeader {
				t.Fatalf("%d bytes of payload from %d", len(payload), len(b))
			}
			if codes, err := parseDepth(payload[:min(len(payload), 2*pixels)]); depth && err == nil && len(codes) != pixels {
				t.Fatalf("%d codes", len(codes))
			}
		}
	})
}

func FuzzDevice(f *testing.F) {
	f.Add([]byte(deviceText))
	f.Add([]byte(`{"reg_info":{"zero_plane_info":{}},"const_shift":1e400}`))
	f.Add([]byte(`{"reg_info":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseDevice(b)
		if err == nil && (!c.Known || !(c.ZeroPlane.ReferencePixel > 0) || c.ConstShift < 0) {
			t.Fatalf("%+v", c)
		}
	})
}

func FuzzLosses(f *testing.F) {
	for _, s := range []string{
		"d-1.0-1.pgm 2 5-8 9-480\n", "d-1.0-1.pgm 0\nr-1.0-2.ppm 65535 0-1\n", "x 1\n", "x 1 5-5\n", "x -1 1-2", "x 1 1-2 2-3\n", strings.Repeat("y", maxLossLine), "\x00\xff \n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		losses, err := parseLosses(strings.NewReader(string(b)))
		if err != nil {
			t.Fatalf("reading from memory: %v", err)
		}
		for name, q := range losses {
			end := -1
			for _, r := range q.Lost {
				if r.From <= end || r.To <= r.From || r.To > 480 {
					t.Fatalf("%q lacks %v", name, q.Lost)
				}
				end = r.To
			}
			again, q2, ok := parseLoss(strings.TrimSuffix(formatLoss(name, q), "\n"))
			if !ok || again != name || q2.LostPackets != q.LostPackets || !slices.Equal(q.Lost, q2.Lost) {
				t.Fatalf("%q %+v became %q %+v", name, q, again, q2)
			}
		}
	})
}

// FuzzName writes names and reads them back.
func FuzzName(f *testing.F) {
	f.Add(int64(1_700_000_000_123_456), uint32(7), byte(0))
	f.Add(int64(-1), uint32(1<<32-1), byte(1))
	f.Add(int64(maxWall/1000), uint32(0), byte(2))
	f.Fuzz(func(t *testing.T, us int64, clock uint32, kind byte) {
		k := []byte{depthFile, videoFile, attitudeFile}[kind%3]
		if us > int64(maxWall/1000) {
			return
		}
		name := fileName(k, time.UnixMicro(us), clock)
		e, wall, err := parseName([]byte(name))
		if err != nil || e.kind != k || e.clock != clock || wall != time.Duration(max(0, us))*time.Microsecond {
			t.Fatalf("%q is %+v at %v: %v", name, e, wall, err)
		}
	})
}
