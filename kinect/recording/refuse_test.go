package recording

import (
	"bytes"
	"errors"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

func TestRefused(t *testing.T) {
	w, err := Create(t.TempDir(), WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for what, img := range map[string]kinect.Image{
		"neither":  {},
		"both":     {Depth: &kinect.DepthFrame{Codes: make([]uint16, pixels)}, Video: &kinect.VideoFrame{}},
		"10 bit":   {Depth: &kinect.DepthFrame{Codes: make([]uint16, pixels), Mode: kinect.Depth10Bit}},
		"short":    {Depth: &kinect.DepthFrame{Codes: make([]uint16, 5)}},
		"infrared": {Video: &kinect.VideoFrame{Format: kinect.Infrared, Width: 640, Height: 488, Intensity: make([]uint16, 640*488)}},
		"large":    {Video: &kinect.VideoFrame{Width: 1280, Height: 1024, Pixels: make([]byte, 1280*1024)}},
	} {
		if err := w.Add(img); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", what, err)
		}
	}
	picture := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	if err := w.Add(kinect.Image{Video: &kinect.VideoFrame{Format: kinect.YCbCr, Picture: picture, At: time.Now()}}); err != nil {
		t.Error(err)
	}
	err = w.Close()
	if p := w.Progress(); !errors.Is(err, ErrIncomplete) || p.Dropped != 6 || p.Video != 1 || p.Depth != 0 {
		t.Errorf("%v; %+v", err, p)
	}
}

// TestSlowDisk gives more frames than wait: every one is saved or counted.
func TestSlowDisk(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	w, err := Create(dir, WriteOptions{Queue: 1})
	if err != nil {
		t.Fatal(err)
	}
	const given = 60
	img := s.depth()
	for i := range given {
		d := *img.Depth
		d.At, d.Clock = s.tick(i)
		if err := w.Add(kinect.Image{Depth: &d}); err != nil {
			t.Fatal(err)
		}
	}
	err = w.Close()
	p := w.Progress()
	if p.Depth+p.Dropped != given || p.Waiting != 0 || (p.Dropped > 0) != errors.Is(err, ErrIncomplete) {
		t.Errorf("%v; %+v", err, p)
	}
	if p.Dropped == 0 {
		t.Skip("this disk is faster than a copy of a pointer")
	}
	if played := all(t, dir, nil); len(played) != int(p.Depth) {
		t.Errorf("%d frames of %d", len(played), p.Depth)
	}
}

func TestProgress(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	w, err := Create(dir, WriteOptions{Calibration: calibration()})
	if err != nil {
		t.Fatal(err)
	}
	if p := w.Progress(); p.Depth+p.Video != 0 || p.Length != 0 || p.Free == 0 {
		t.Errorf("at first %+v", p)
	}
	for range 4 {
		if err := errors.Join(w.Add(s.depth()), w.Add(s.bayer())); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	p := w.Progress()
	const length = 3*33_369_250 + 11_667_003
	if p.Depth != 4 || p.Video != 4 || p.Dropped != 0 || p.Length != length {
		t.Errorf("at last %+v", p)
	}
	var bytes int64
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	if p.Bytes != bytes {
		t.Errorf("%d bytes are said to be written, and there are %d", p.Bytes, bytes)
	}
	if err := w.Add(s.depth()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Add after Close: %v", err)
	}
	if err := w.AddAttitude(time.Now(), raw.MotorState{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("AddAttitude after Close: %v", err)
	}
}

func TestCreateErrors(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	write(t, dir, WriteOptions{}, s.depth())
	before, err := os.ReadFile(filepath.Join(dir, indexFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, WriteOptions{}); err == nil || !strings.Contains(err.Error(), "recording already") || !strings.Contains(err.Error(), dir) {
		t.Errorf("into a recording: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, indexFile)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the index changed: %v", err)
	}
	if _, err := Create(filepath.Join(dir, indexFile), WriteOptions{}); err == nil {
		t.Error("a file was taken for a directory")
	}
	for _, c := range []kinect.Calibration{{Known: true}, {Known: true, ZeroPlane: kinect.ZeroPlane{EmitterDistance: float32(math.NaN())}}} {
		if _, err := Create(filepath.Join(dir, "strange"), WriteOptions{Calibration: c}); err == nil || !strings.Contains(err.Error(), "calibration") {
			t.Errorf("with the calibration %+v: %v", c, err)
		}
	}
	left := t.TempDir()
	if err := os.WriteFile(filepath.Join(left, deviceFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(left, WriteOptions{Calibration: calibration()}); err == nil {
		t.Error("another sensor's calibration was taken")
	}
	if _, err := os.Stat(filepath.Join(left, indexFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an index was left behind: %v", err)
	}
}

// TestSameFrameTwice: nothing that is saved is ever overwritten.
func TestSameFrameTwice(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	w, err := Create(dir, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	img := s.depth()
	if err := errors.Join(w.Add(img), w.Add(img)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "1 frames") {
		t.Errorf("Close: %v", err)
	}
	if played := all(t, dir, nil); len(played) != 1 {
		t.Errorf("%d frames", len(played))
	} else {
		checkPixels(t, 0, played[0], img, false)
	}
}
