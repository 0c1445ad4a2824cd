//go:build linux

package recording

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/kinect"
)

// The variables that make a child of this test program record: into which directory,
// and how large its files may become.
const (
	childDir   = "RECORDING_TEST_DIR"
	childLimit = "RECORDING_TEST_LIMIT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	goleak.VerifyTestMain(m)
}

// child records until it is killed or the disk is full, and says how far it came.
func child(dir string) {
	if os.Getenv(childLimit) != "" {
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 700_000, Max: 700_000}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	w, err := Create(dir, WriteOptions{Bayer: true, Calibration: calibration(), Queue: 4})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	s := newSensor()
	depth, bayer := s.depth(), s.bayer()
	for i := 1; ; i++ {
		d, v := *depth.Depth, *bayer.Video
		d.At, d.Clock = s.tick(i)
		v.At, v.Clock = s.tick(i)
		if err := errors.Join(w.Add(kinect.Image{Depth: &d}), w.Add(kinect.Image{Video: &v})); err != nil {
			fmt.Println(err)
			os.Exit(0)
		}
		for w.Progress().Waiting > 1 {
			time.Sleep(time.Millisecond)
		}
		p := w.Progress()
		fmt.Println(p.Depth + p.Video)
	}
}

func startChild(t *testing.T, dir string, env ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(append(os.Environ(), childDir+"="+dir), env...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// sound wants every line of an index to name a whole frame, and at least n of them.
func sound(t *testing.T, dir string, n int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, indexFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		t.Errorf("the index ends in %q", text[max(0, len(text)-40):])
	}
	if lines := strings.Count(string(text), "\n"); lines < n {
		t.Errorf("the index has %d lines, and %d frames were said to be saved", lines, n)
	}
	r := mustOpen(t, dir, Options{})
	for _, e := range r.entries {
		if _, err := r.loader.load(e); err != nil {
			t.Errorf("the index names a frame that is not whole: %v", err)
		}
	}
}

// TestKilled kills a program that records, which could not have known.
func TestKilled(t *testing.T) {
	for round := range 4 {
		dir := filepath.Join(t.TempDir(), "killed")
		c, out := startChild(t, dir)
		n := 0
		for lines := 0; lines < 10+round && out.Scan(); lines++ {
			if _, err := fmt.Sscan(out.Text(), &n); err != nil {
				t.Fatal(out.Text())
			}
		}
		time.Sleep(time.Duration(round) * 700 * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		sound(t, dir, max(n, 1))
	}
}

// TestLimit records where files may have 700 kB: depth fits, and pictures don't.
func TestLimit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "limited")
	c, out := startChild(t, dir, childLimit+"=1")
	said := ""
	for out.Scan() {
		said = out.Text()
	}
	if err := c.Wait(); err != nil || !strings.Contains(said, "file too large; 1 frames") {
		t.Errorf("%v: it said %q", err, said)
	}
	sound(t, dir, 1)
	if left, _ := filepath.Glob(filepath.Join(dir, "[rb]-*")); len(left) != 0 {
		t.Errorf("parts of a picture were left behind: %v", left)
	}
}

// TestFullDisk fills disks of several sizes.
func TestFullDisk(t *testing.T) {
	for _, size := range []int{700 << 10, 3 << 20, 3<<20 + 4096, 8 << 20} {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
			t.Skipf("no small disk can be made (only root may): %v", err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		s := newSensor()
		w, err := Create(dir, WriteOptions{Bayer: true, Queue: 100})
		if err != nil {
			t.Fatal(err)
		}
		const given = 40
		for range given / 2 {
			if err := errors.Join(w.Add(s.depth()), w.Add(s.bayer())); err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
		}
		err = w.Close()
		p := w.Progress()
		saved := p.Depth + p.Video
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), fmt.Sprintf("%d frames", saved)) {
			t.Errorf("Close: %v", err)
		}
		if saved == 0 || saved+p.Dropped != given || p.Free < 0 || p.Free > int64(size) {
			t.Errorf("of %d frames %+v", given, p)
		}
		sound(t, dir, int(saved))
		if played := all(t, dir, nil); len(played) != int(saved) {
			t.Errorf("%d frames play, and %d are said to be saved", len(played), saved)
		}
	}
}

// TestFullIndex: there is room for a frame, but none for its name.
func TestFullIndex(t *testing.T) {
	s, dir := newSensor(), t.TempDir()
	w, err := Create(dir, WriteOptions{Bayer: true})
	if err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	w.index.Close()
	w.index = full // run touches it with the first frame only
	if err := w.Add(s.bayer()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, syscall.ENOSPC) || w.Progress().Dropped != 1 {
		t.Errorf("%v; %+v", err, w.Progress())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*-*")); len(left) != 0 {
		t.Errorf("frames without a name were left: %v", left)
	}
}
