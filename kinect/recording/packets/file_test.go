package packets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/kinect"
	"cutout/kinect/raw"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(childFile); name != "" {
		child(name)
	}
	goleak.VerifyTestMain(m)
}

// readAll takes a file apart.
func readAll(t testing.TB, file []byte) (*Reader, []raw.Read, error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	var reads []raw.Read
	for {
		read, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, reads, nil
		}
		if err != nil {
			return r, reads, err
		}
		reads = append(reads, clone(read))
	}
}

// small are reads of every kind there is, short.
func small() []raw.Read {
	at := time.UnixMicro(1_700_000_000_000_001)
	return []raw.Read{
		{Stream: raw.DepthStream, Started: true, At: at, Bytes: []byte("glued")},
		{Stream: raw.VideoStream, Video: kinect.VideoInfrared, At: at.Add(1), Bytes: []byte("abcdef"), Lengths: []int{0, 2, -1, 4, -18}},
		{Stream: raw.DepthStream, Depth: kinect.Depth10Bit, At: at.Add(-time.Hour)},
		{Stream: raw.VideoStream, Video: kinect.VideoInfraredSXGA, Started: true, At: at.Add(3 * time.Microsecond), Lengths: []int{}},
		{Stream: raw.DepthStream, At: time.UnixMicro(-5), Bytes: []byte("KPKB a marker inside"), Lengths: []int{20, 0, 0}},
		{Stream: raw.VideoStream, At: at, Bytes: bytes.Repeat([]byte("x"), 3000), Lengths: []int{1000, 2000}},
	}
}

func TestReadsComeBack(t *testing.T) {
	c := kinect.DefaultCalibration()
	c.Known, c.Register.AX, c.Padding.StartLines = true, -17, 4
	h := Header{Serial: "A00366902026050A", Model: "1414", Created: time.Unix(1_700_000_000, 0).UTC(), Calibration: &c}
	want := small()
	file, err := os.ReadFile(record(t, h, want...))
	if err != nil {
		t.Fatal(err)
	}
	r, got, err := readAll(t, file)
	if err != nil || len(got) != len(want) || r.Counts() != (Counts{}) {
		t.Fatalf("%d reads of %d, %+v: %v", len(got), len(want), r.Counts(), err)
	}
	for i := range want {
		if !same(got[i], want[i]) {
			t.Errorf("read %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	h.Version = Version
	if !reflect.DeepEqual(r.Header(), h) {
		t.Errorf("header %+v, want %+v", r.Header(), h)
	}
}

// TestBytes compares a file with one put together by hand from the documentation.
func TestBytes(t *testing.T) {
	le := binary.LittleEndian
	block := func(kind, stream, mode, flags byte, at int64, count int, body string) []byte {
		b := append([]byte("KPKB"), kind, stream, mode, flags)
		b = le.AppendUint64(b, uint64(at))
		b = le.AppendUint32(b, uint32(count))
		b = le.AppendUint32(b, uint32(len(body)))
		b = le.AppendUint32(b, crc32c(body))
		b = le.AppendUint32(b, crc32c(string(b)))
		return append(b, body...)
	}
	file := []byte("\x89KPK\r\n\x1a\n")
	file = append(file, block(1, 0, 0, 0, 1_700_000_000_000_000, 0, `{"version":1,"serial":"S","created":"2023-11-14T22:13:20Z"}`)...)
	file = append(file, block(3, 1, 0, 0, 3, 9, "")...)
	file = append(file, block(2, 1, byte(kinect.VideoUYVY), 3, -2, 3, "\x01\x00\xff\xff\x02\x00abc")...)
	file = append(file, block(4, 0, 0, 0, 8, 0, "\xff\xff\x33\x03\x02\x00\xf6\x04")...)
	file = append(file, block(77, 1, 2, 3, 4, 5, "from a later version")...)
	file = append(file, block(2, 0, 0, 0, 5, 0, "xyz")...)
	r, got, err := readAll(t, file)
	if err != nil || len(got) != 2 || r.Counts() != (Counts{Missing: 9}) {
		t.Fatalf("%+v, %+v, %v", got, r.Counts(), err)
	}
	for i, want := range []raw.Read{
		{Stream: raw.VideoStream, Video: kinect.VideoUYVY, Started: true, At: time.UnixMicro(-2), Bytes: []byte("abc"), Lengths: []int{1, -1, 2}},
		{Stream: raw.DepthStream, At: time.UnixMicro(5), Bytes: []byte("xyz")},
	} {
		if !same(got[i], want) {
			t.Errorf("read %d is %+v, want %+v", i, got[i], want)
		}
	}
	if s, ok := r.Attitude(); !ok || s != (raw.MotorState{X: -1, Y: 819, Z: 2, HalfDegrees: -10, Status: raw.MotorMoving}) {
		t.Errorf("attitude %+v, %v", s, ok)
	}
	// And ours is written so.
	created := time.Unix(1_700_000_000, 0).UTC()
	ours, err := os.ReadFile(record(t, Header{Serial: "S", Created: created}, got[0]))
	if err != nil {
		t.Fatal(err)
	}
	want := append(file[:8+32+59:8+32+59], block(2, 1, byte(kinect.VideoUYVY), 3, -2, 3, "\x01\x00\xff\xff\x02\x00abc")...)
	if !bytes.Equal(ours, want) {
		t.Errorf("written: %q\nwant     %q", ours, want)
	}
}

// crc32c is CRC-32C by its definition.
func crc32c(s string) uint32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc ^= uint32(s[i])
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78&-(crc&1)
		}
	}
	return ^crc
}

// TestCutEverywhere cuts a file at each byte: what is whole before the cut plays.
func TestCutEverywhere(t *testing.T) {
	want := small()
	file, err := os.ReadFile(record(t, Header{}, want...))
	if err != nil {
		t.Fatal(err)
	}
	ends := blockEnds(t, file)
	for n := range file {
		_, got, err := readAll(t, file[:n])
		whole := -1 // the header is a block as well
		atEnd := false
		for _, end := range ends {
			if end <= n {
				whole++
				atEnd = end == n
			}
		}
		if whole < 0 {
			if err == nil {
				t.Fatalf("cut at %d, within the header, it opens", n)
			}
			continue
		}
		if len(got) != whole {
			t.Fatalf("cut at %d, %d of %d reads come", n, len(got), whole)
		}
		for i := range got {
			if !same(got[i], want[i]) {
				t.Fatalf("cut at %d, read %d is another", n, i)
			}
		}
		if cut := errors.Is(err, ErrCut); cut == atEnd {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

// blockEnds finds where the blocks of a whole file end.
func blockEnds(t testing.TB, file []byte) (ends []int) {
	t.Helper()
	for at := len(magic); at < len(file); {
		h, ok := parseHead((*[headBytes]byte)(file[at:]))
		if !ok {
			t.Fatalf("no block at %d", at)
		}
		at += headBytes + int(h.body)
		ends = append(ends, at)
	}
	return ends
}

// TestDamagedEverywhere alters each byte: it costs the block that it lies in and no
// other, and nothing wrong is ever read.
func TestDamagedEverywhere(t *testing.T) {
	want := small()
	file, err := os.ReadFile(record(t, Header{}, want...))
	if err != nil {
		t.Fatal(err)
	}
	header := blockEnds(t, file)[0]
	for at := range file {
		damaged := bytes.Clone(file)
		damaged[at] ^= 1 << (at % 8)
		r, got, err := readAll(t, damaged)
		if at < header {
			if err == nil {
				t.Fatalf("byte %d, of the header, is damaged, and nobody says so", at)
			}
			continue
		}
		if err != nil && !errors.Is(err, ErrCut) || len(got) != len(want)-1 || err == nil && r.Counts().Damaged == 0 {
			t.Fatalf("with byte %d damaged, %d of %d reads come, %+v: %v", at, len(got), len(want), r.Counts(), err)
		}
		k := 0
		for _, g := range got {
			for !same(g, want[k]) {
				if k++; k == len(want) {
					t.Fatalf("with byte %d damaged, something is read that was not written: %+v", at, g)
				}
			}
			k++
		}
	}
}

// TestBytesMissing takes a stretch out of the middle of a file.
func TestBytesMissing(t *testing.T) {
	reads := newSim().frame(raw.DepthStream, 0, 0, 0)
	file, err := os.ReadFile(record(t, Header{}, reads...))
	if err != nil {
		t.Fatal(err)
	}
	ends := blockEnds(t, file)
	cut := append(bytes.Clone(file[:ends[3]+100]), file[ends[4]+70:]...)
	r, got, err := readAll(t, cut)
	if err != nil || len(got) < len(reads)-3 || r.Counts().Damaged == 0 {
		t.Errorf("%d of %d reads, %+v: %v", len(got), len(reads), r.Counts(), err)
	}
}

func TestNotAFile(t *testing.T) {
	head := func(body string) []byte {
		return appendBlock([]byte(magic), head{kind: kindHeader}, func(b []byte) []byte { return append(b, body...) })
	}
	for what, file := range map[string][]byte{
		"no packets of a Kinect": []byte("P5 640 480 65535\n"),
		"no packets ":            nil,
		"header is damaged":      []byte(magic),
		"is damaged":             appendRead([]byte(magic), small()[0]),
		"no JSON":                head("[]"),
		"version is 2":           head(`{"version":2}`),
		"version is 0":           head(`{}`),
		"emitter":                head(`{"version":1,"calibration":{}}`),
		"constant shift":         head(`{"version":1,"calibration":{"ConstShift":-1,"ZeroPlane":{"EmitterDistance":7.5,"ColourDistance":2.4,"ReferenceDistance":120,"ReferencePixel":0.1}}}`),
		"damaged":                head(`{"version":1,"serial":"` + strings.Repeat("x", maxHeader) + `"}`),
	} {
		if _, _, err := readAll(t, file); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(what)) {
			t.Errorf("want an error with %q, got %v", what, err)
		}
	}
}

// failing fails after what it has.
type failing struct{ io.Reader }

var errBroken = errors.New("the disk is broken")

func (f failing) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		err = errBroken
	}
	return n, err
}

func TestReadingFails(t *testing.T) {
	file, err := os.ReadFile(record(t, Header{}, small()...))
	if err != nil {
		t.Fatal(err)
	}
	for n := range file {
		r, err := NewReader(failing{bytes.NewReader(file[:n])})
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, errBroken) {
			t.Fatalf("a disk that breaks after %d bytes: %v", n, err)
		}
	}
}

func TestCreateErrors(t *testing.T) {
	name := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(name, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(name, Header{}); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("over a file: %v", err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "precious" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := Create(name+"2", Header{Serial: strings.Repeat("x", maxHeader)}); err == nil || !strings.Contains(err.Error(), "header") {
		t.Errorf("a long header: %v", err)
	}
}
