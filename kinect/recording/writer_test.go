package recording

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// sensor makes up the images of a Kinect whose every pixel is noise.
type sensor struct {
	random *rand.Rand
	start  time.Time
	frames [2]int
}

func newSensor() *sensor {
	return &sensor{random: rand.New(rand.NewPCG(3, 5)), start: time.Unix(1_700_000_000, 123_456_789)}
}

// tick is the time of frame n on both clocks; the sensor's wraps soon.
func (s *sensor) tick(n int) (time.Time, uint32) {
	d := time.Duration(n) * 33_369_250 * time.Nanosecond
	return s.start.Add(d), 1<<32 - 4_000_000 + uint32(n)*2_002_155
}

func (s *sensor) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return b
}

func (s *sensor) depth() kinect.Image {
	at, clock := s.tick(s.frames[0])
	s.frames[0]++
	codes := make([]uint16, pixels)
	for i := range codes {
		codes[i] = uint16(s.random.Uint32()) & kinect.NoDisparity
	}
	return kinect.Image{Depth: &kinect.DepthFrame{Codes: codes, Clock: clock, At: at}}
}

func (s *sensor) bayer() kinect.Image {
	at, clock := s.tick(s.frames[1])
	s.frames[1]++
	return kinect.Image{Video: &kinect.VideoFrame{
		Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height,
		Pixels: s.bytes(pixels), Clock: clock + 700_000, At: at.Add(11_667_003 * time.Nanosecond),
	}}
}

func (s *sensor) rgb() kinect.Image {
	img := s.bayer()
	img.Video.Format, img.Video.Pixels = kinect.RGB, s.bytes(raw.RGBBytes)
	return img
}

// calibration has another number in every field, so that none can be mistaken.
func calibration() kinect.Calibration {
	return kinect.Calibration{
		Known: true, ConstShift: 201,
		ZeroPlane: kinect.ZeroPlane{EmitterDistance: 7.4, ColourDistance: 2.3, ReferenceDistance: 121, ReferencePixel: 0.1041},
		Padding:   kinect.Padding{StartLines: 1, EndLines: 2, CroppingLines: 3},
		Register: kinect.Registration{
			DXCenter: 2048330528, AX: 1, BX: -2, CX: 3, DX: 4, DXStart: 5, AY: 6, BY: 7, CY: 8, DY: 9, DYStart: 10,
			DXBetaStart: 11, DYBetaStart: 12, RolloutBlank: 13, RolloutSize: 14, DXBetaInc: 15, DYBetaInc: 16,
			DXDXStart: 17, DXDYStart: 18, DYDXStart: 19, DYDYStart: 20, DXDXDXStart: 21, DYDXDXStart: 22, DXDXDYStart: 23,
			DYDXDYStart: 24, BackComp1: 25, DYDYDXStart: 26, BackComp2: 27, DYDYDYStart: -1 << 31,
		},
	}
}

// write records images and closes; each must be taken.
func write(t testing.TB, dir string, o WriteOptions, images ...kinect.Image) {
	t.Helper()
	o.Queue = max(o.Queue, len(images))
	w, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range images {
		if err := w.Add(img); err != nil {
			t.Error(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// all plays a directory once, by a clock that takes no time.
func all(t *testing.T, dir string, each func(*Recording, kinect.Image)) (images []kinect.Image) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := mustOpen(t, dir, Options{})
		for {
			img, err := r.Next(context.Background())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if each != nil {
				each(r, img)
			}
			images = append(images, img)
		}
		if s := r.Status(); s.Depth.DroppedFrames+s.Video.DroppedFrames+r.Damaged() != 0 {
			t.Errorf("%d damaged, %+v", r.Damaged(), s)
		}
	})
	return images
}

// about is when an image was taken and what it is made of.
func about(img kinect.Image) (at time.Time, clock uint32) {
	if d := img.Depth; d != nil {
		return d.At, d.Clock
	}
	return img.Video.At, img.Video.Clock
}

// TestWriteAndPlay plays what was written: every pixel and every time, to the
// microsecond.
func TestWriteAndPlay(t *testing.T) {
	for what, bayer := range map[string]bool{"rgb": false, "bayer": true} {
		t.Run(what, func(t *testing.T) {
			s := newSensor()
			var images []kinect.Image
			for range 4 {
				images = append(images, s.depth(), s.bayer())
			}
			images = append(images, s.rgb())
			// Two streams' frames may come in the wrong order by a little.
			images[4], images[5] = images[5], images[4]
			dir := filepath.Join(t.TempDir(), "new", "folder")
			write(t, dir, WriteOptions{Bayer: bayer, Calibration: calibration()}, images...)
			played := all(t, dir, nil)
			if len(played) != len(images) {
				t.Fatalf("%d of %d frames", len(played), len(images))
			}
			zero, _ := about(images[0])
			zero = zero.Truncate(time.Microsecond)
			began, _ := about(played[0])
			for i, img := range played {
				at, clock := about(img)
				wantAt, wantClock := about(images[i])
				if clock != wantClock || at.Sub(began) != wantAt.Truncate(time.Microsecond).Sub(zero) {
					t.Errorf("frame %d is of %v and %d, want %v and %d", i, at.Sub(began), clock, wantAt.Sub(zero), wantClock)
				}
				checkPixels(t, i, img, images[i], bayer)
			}
			if r := mustOpen(t, dir, Options{}); r.Calibration() != calibration() {
				t.Errorf("calibration %+v", r.Calibration())
			}
		})
	}
}

func checkPixels(t *testing.T, i int, got, want kinect.Image, bayer bool) {
	t.Helper()
	if want.Depth != nil {
		if got.Depth == nil || !slices.Equal(got.Depth.Codes, want.Depth.Codes) {
			t.Errorf("frame %d has other codes", i)
		}
		return
	}
	format, pixels := want.Video.Format, want.Video.Pixels
	if format == kinect.BayerGRBG && !bayer {
		format, pixels = kinect.RGB, make([]byte, raw.RGBBytes)
		if err := raw.RGB(pixels, want.Video); err != nil {
			t.Fatal(err)
		}
	}
	if got.Video == nil || got.Video.Format != format || !bytes.Equal(got.Video.Pixels, pixels) {
		t.Errorf("frame %d has other pixels", i)
	}
}

// TestLosses: what a frame lacks is told again when it is played.
func TestLosses(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	images := []kinect.Image{s.depth(), s.bayer(), s.depth(), s.bayer()}
	images[1].Video.Quality = kinect.Quality{LostPackets: 3, Lost: []kinect.Rows{{From: 0, To: 4}, {From: 478, To: 480}}}
	images[2].Depth.Quality = kinect.Quality{Lost: []kinect.Rows{{From: 7, To: 8}}}
	write(t, dir, WriteOptions{Bayer: true}, images...)
	file, err := os.OpenFile(filepath.Join(dir, lossesFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("and a line that a full disk c"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	var status kinect.Status
	for i, img := range all(t, dir, func(r *Recording, _ kinect.Image) { status = r.Status() }) {
		if got, want := quality(img), quality(images[i]); got.LostPackets != want.LostPackets || !slices.Equal(got.Lost, want.Lost) {
			t.Errorf("frame %d lacks %+v, want %+v", i, got, want)
		}
	}
	if status.Depth.RepairedFrames != 1 || status.Video.RepairedFrames != 1 || status.Video.LostPackets != 3 || status.Depth.LostPackets != 0 {
		t.Errorf("%+v", status)
	}
	mkdir(&tape{t: t, dir: dir}, "sub")
	if err := errors.Join(os.Remove(filepath.Join(dir, lossesFile)), os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, lossesFile))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), lossesFile) {
		t.Errorf("a directory for a file: %v", err)
	}
}

// TestDamagedMosaic: the picture beside it is played instead.
func TestDamagedMosaic(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	images := []kinect.Image{s.depth(), s.bayer(), s.bayer()}
	write(t, dir, WriteOptions{Bayer: true}, images...)
	names, err := filepath.Glob(filepath.Join(dir, "b-*"))
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	if err := os.Truncate(names[0], 5); err != nil {
		t.Fatal(err)
	}
	played := all(t, dir, nil)
	checkPixels(t, 1, played[1], images[1], false)
	checkPixels(t, 2, played[2], images[2], true)
}

// TestFiles looks at the bytes (KINECT: libfreenect fakenect/record.c).
func TestFiles(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	images := []kinect.Image{s.depth(), s.bayer()}
	write(t, dir, WriteOptions{Bayer: true}, images...)
	d, r, b := "d-1700000000.123456-4290967296.pgm", "r-1700000000.135123-4291667296.ppm", "b-1700000000.135123-4291667296.pgm"
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := read(indexFile); got != d+"\n"+r+"\n" {
		t.Errorf("the index is %q", got)
	}
	if got := read(d); len(got) != 614_417 || got[:17] != "P5 640 480 65535\n" || got[17] != byte(images[0].Depth.Codes[0]) || got[18] != byte(images[0].Depth.Codes[0]>>8) {
		t.Errorf("depth begins %q and has %d bytes", got[:20], len(got))
	}
	if got := read(r); len(got) != 921_615 || got[:15] != "P6 640 480 255\n" {
		t.Errorf("colour begins %q and has %d bytes", got[:20], len(got))
	}
	if got := read(b); got != "P5 640 480 255\n"+string(images[1].Video.Pixels) {
		t.Errorf("the mosaic begins %q and has %d bytes", got[:20], len(got))
	}
	if _, err := os.Stat(filepath.Join(dir, deviceFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a calibration, though nothing is known: %v", err)
	}
}

func TestAttitude(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	w, err := Create(dir, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var want []raw.MotorState
	for i := range 12 { // 400 ms
		img := s.depth()
		if err := w.Add(img); err != nil {
			t.Fatal(err)
		}
		state := raw.MotorState{X: int16(-i), Y: 819, Z: int16(i), HalfDegrees: -20, Status: raw.MotorMoving}
		for range 5 {
			if err := w.AddAttitude(img.Depth.At, state); err != nil {
				t.Fatal(err)
			}
		}
		if i%3 != 0 {
			state = want[i-1] // three frames later 100 ms have gone
		}
		want = append(want, state)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "a-*.dump"))
	if len(names) != 4 {
		t.Errorf("attitudes %v; want ten a second", names)
	}
	i := 0
	all(t, dir, func(r *Recording, _ kinect.Image) {
		if got, ok := r.Attitude(); !ok || got != want[i] {
			t.Errorf("at frame %d it stood %+v, %v; want %+v", i, got, ok, want[i])
		}
		i++
	})
	if err := os.WriteFile(names[0], []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := mustOpen(t, dir, Options{})
	if _, err := r.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Attitude(); ok {
		t.Errorf("a damaged file says %+v", got)
	}
}
