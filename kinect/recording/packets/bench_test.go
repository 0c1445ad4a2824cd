package packets

import (
	"bytes"
	"compress/flate"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cutout/kinect/raw"
)

// second is what both streams send in one: 30 frames each, 22 MB.
func second() (reads []raw.Read, size int64) {
	s := newSim()
	for i := range 30 {
		at := time.Duration(i) * 33 * ms
		reads = append(reads, s.frame(raw.DepthStream, 0, 0, at)...)
		reads = append(reads, s.frame(raw.VideoStream, 0, 0, at+9*ms)...)
	}
	for _, r := range reads {
		size += int64(readBlockBytes(r))
	}
	return reads, size
}

// BenchmarkWrite records seconds as fast as the disk takes them, beside the same bytes
// written by os.WriteFile. s/s is how many seconds of both streams it records in one.
func BenchmarkWrite(b *testing.B) {
	reads, size := second()
	b.Run("packets", func(b *testing.B) {
		b.SetBytes(size)
		w, err := Create(filepath.Join(b.TempDir(), FileName), Header{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			for _, r := range reads {
				w.Add(r)
			}
			for w.Progress().Waiting > chunks*chunkBytes/2 {
				time.Sleep(ms)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "s/s")
	})
	b.Run("WriteFile", func(b *testing.B) {
		b.SetBytes(size)
		data := bytes.Repeat([]byte{7}, int(size))
		name := filepath.Join(b.TempDir(), "plain")
		for b.Loop() {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkAdd is what the tap costs the goroutine that reads from the sensor, for a
// whole second of reads, beside copying the same bytes.
func BenchmarkAdd(b *testing.B) {
	reads, size := second()
	b.Run("tap", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		name := filepath.Join(b.TempDir(), FileName)
		w, err := Create(name, Header{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			for _, r := range reads {
				w.Add(r)
			}
			b.StopTimer()
			for w.Progress().Waiting > chunkBytes {
				time.Sleep(ms)
			}
			b.StartTimer()
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(size)
		to := make([]byte, size)
		for b.Loop() {
			rest := to
			for _, r := range reads {
				rest = rest[copy(rest, r.Bytes):]
			}
		}
	})
}

// BenchmarkRead takes a second apart and puts its frames together.
func BenchmarkRead(b *testing.B) {
	reads, size := second()
	name := record(b, Header{}, reads...)
	file, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		if _, got, err := readAll(b, file); err != nil || len(got) != len(reads) {
			b.Fatal(err)
		}
	}
}

// BenchmarkDeflate is what compressing would save and cost: real depth, packed as it
// travels, through DEFLATE at its fastest. of-size is what is left.
func BenchmarkDeflate(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("CUTOUT_DATA"), "kinect_rf_fakenect", "d-*.pgm"))
	if os.Getenv("CUTOUT_DATA") == "" || len(files) == 0 {
		b.Skip("CUTOUT_DATA names no directory with kinect_rf_fakenect")
	}
	var depth []byte
	for _, name := range files[:min(len(files), 5)] {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		codes := file[bytes.IndexByte(file, '\n')+1:]
		bits, n := uint32(0), 0
		for ; len(codes) >= 2; codes = codes[2:] {
			bits = bits<<11 | uint32(codes[0]) | uint32(codes[1])<<8
			for n += 11; n >= 8; n -= 8 {
				depth = append(depth, byte(bits>>(n-8)))
			}
		}
	}
	b.SetBytes(int64(len(depth)))
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		w, err := flate.NewWriter(&out, flate.BestSpeed)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(depth); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(out.Len())/float64(len(depth)), "of-size")
}
