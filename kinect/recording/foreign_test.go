package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// fakenectLibrary is where Debian's freenect keeps the library that plays recordings
// to programs made for libfreenect.
const fakenectLibrary = "/usr/lib/*/fakenect/libfreenect.so.0.5"

// foreign starts a program of libfreenect's on a recording, unmodified: the library is
// put in the way of the real one, as libfreenect's own fakenect script does.
func foreign(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	libraries, err := filepath.Glob(fakenectLibrary)
	if err != nil || len(libraries) == 0 {
		t.Skipf("there is no %s (Debian's freenect packages have it)", fakenectLibrary)
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, program, args[1:]...)
	c.Env = append(os.Environ(), "FAKENECT_PATH="+dir, "LD_LIBRARY_PATH="+filepath.Dir(libraries[0]))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	return c
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// recorded writes a recording of both streams with the sensor's attitude.
func recorded(t *testing.T, n int) (dir string, images []kinect.Image) {
	t.Helper()
	s := newSensor()
	s.start = time.Now().Add(-time.Hour)
	dir = t.TempDir()
	w, err := Create(dir, WriteOptions{Bayer: true, Calibration: calibration()})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		depth, video := s.depth(), s.bayer()
		images = append(images, depth, video)
		if err := errors.Join(w.Add(depth), w.Add(video), w.AddAttitude(depth.Depth.At, raw.MotorState{X: 1, Y: 819, Z: 2})); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, images
}

// TestFakenectRecordsIt plays our recording to libfreenect's own recorder and compares
// what that writes: every byte of every frame and its time by the sensor's clock, and
// how the sensor stood.
func TestFakenectRecordsIt(t *testing.T) {
	const n = 12
	dir, images := recorded(t, n)
	copied := filepath.Join(t.TempDir(), "copied")
	c := foreign(t, dir, "fakenect-record", copied)
	frames := func() (names []string) {
		text, _ := os.ReadFile(filepath.Join(copied, indexFile))
		for line := range strings.Lines(string(text)) {
			if name, whole := strings.CutSuffix(line, "\n"); whole && (name[0] == depthFile || name[0] == videoFile) {
				names = append(names, name)
			}
		}
		return names
	}
	eventually(t, "the recorder has every frame", func() bool { return len(frames()) >= len(images) })
	_ = c.Process.Signal(os.Interrupt)
	_ = c.Wait() // it has no other end
	names := frames()
	for i, img := range images {
		at, clock := about(img)
		kind, extension := byte(depthFile), "pgm"
		if img.Video != nil {
			kind, extension = videoFile, "ppm"
		}
		suffix := fmt.Sprintf("-%d.%s", clock, extension)
		k := slices.IndexFunc(names, func(name string) bool { return name[0] == kind && strings.HasSuffix(name, suffix) })
		if k < 0 {
			t.Errorf("frame %d of clock %d did not come through", i, clock)
			continue
		}
		ours, err := os.ReadFile(filepath.Join(dir, fileName(kind, at, clock)))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.ReadFile(filepath.Join(copied, names[k]))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours, theirs) {
			t.Errorf("frame %d of clock %d came through with other bytes", i, clock)
		}
	}
	checkStood(t, copied)
	// And what they wrote of it plays here.
	for i, img := range all(t, copied, nil) {
		if d := img.Depth; d != nil && !slices.ContainsFunc(images, func(w kinect.Image) bool {
			return w.Depth != nil && w.Depth.Clock == d.Clock && slices.Equal(w.Depth.Codes, d.Codes)
		}) {
			t.Errorf("frame %d of their copy, of clock %d, is none of ours", i, d.Clock)
		}
	}
}

// checkStood wants the attitude that recorded wrote among those of a recording.
func checkStood(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "a-*.dump"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := parseAttitude(text); err == nil && (s == raw.MotorState{X: 1, Y: 819, Z: 2}) {
			return
		}
	}
	t.Errorf("none of %d attitudes is ours", len(files))
}
