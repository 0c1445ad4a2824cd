package virtual_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/recording"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb/virtual"
)

// shared is the bus of the tests that run programs: building it takes seconds.
var shared struct {
	once sync.Once
	bus  *virtual.Bus
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.bus != nil {
		if err := errors.Join(shared.bus.Close(), os.RemoveAll(shared.dir)); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			code = max(1, code)
		}
	}
	os.Exit(sourcetest.CheckLeaks(code))
}

const patience = time.Minute

// frames is how many whole frames of each stream a foreign program is shown.
const frames = 75

// show runs a program of libfreenect's on a bus of its own until the device has
// sent it enough, and interrupts it, which is how these programs are ended.
func show(t *testing.T, args ...string) (k *virtual.Kinect, output string) {
	t.Helper()
	program, err := exec.LookPath(args[0])
	if err != nil {
		t.Skipf("%v (Debian's freenect package has it)", err)
	}
	bus, k := plug(t, virtual.Model1414)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, program, args[1:]...)
	command.Env = append(os.Environ(), bus.Env()...)
	var out, errs bytes.Buffer // apart: the program's buffers tear lines
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	err = enough(ctx, k)
	_ = command.Process.Signal(os.Interrupt)
	if waitErr := command.Wait(); waitErr != nil {
		t.Errorf("%s: %v", program, waitErr)
	}
	if err != nil {
		t.Fatalf("%v; %s said:\n%s%s", err, program, errs.Bytes(), out.Bytes())
	}
	return k, errs.String() + out.String()
}

func enough(ctx context.Context, k *virtual.Kinect) error {
	for _, s := range []virtual.Stream{virtual.Depth, virtual.Video} {
		n := 0
		if _, err := k.Wait(ctx, func(e virtual.Event) bool {
			if e.Event == "frame" && e.Stream == s.String() && e.Part == "whole" {
				n++
			}
			return n > 0 && e.Source == frames
		}); err != nil {
			return errors.Join(errors.New("too few "+s.String()+" frames were sent"), err)
		}
	}
	return nil
}

// sent are the whole frames of a stream in the log; none may have been late.
func sent(t *testing.T, k *virtual.Kinect, s virtual.Stream) []virtual.Event {
	t.Helper()
	events, err := k.Frames(s)
	if err != nil {
		t.Fatal(err)
	}
	events = slices.DeleteFunc(events, func(e virtual.Event) bool { return e.Part != "whole" })
	for _, e := range events {
		if e.Harmed() != 0 {
			t.Errorf("%s frame %d did not leave the device whole: %+v", s, e.Source, e)
		}
	}
	return events
}

// checkClocks wants the received clocks to be the device's, in order, without a gap.
func checkClocks(t *testing.T, s virtual.Stream, received []uint32, sent []virtual.Event) {
	t.Helper()
	if len(received) < frames/2 {
		t.Fatalf("only %d %s frames were received", len(received), s)
	}
	// libfreenect says that it received the frame which it began in the middle of, too.
	first := slices.IndexFunc(sent, func(e virtual.Event) bool { return slices.Contains(received, e.Clock) })
	start := slices.Index(received, sent[max(first, 0)].Clock)
	if first < 0 || start > 1 {
		t.Fatalf("%s: the first frames received are not those sent", s)
	}
	for i, clock := range received[start:] {
		if first+i >= len(sent) || sent[first+i].Clock != clock {
			t.Fatalf("%s frame %d of %d has clock %d, which does not follow", s, i, len(received), clock)
		}
	}
}

var (
	received = regexp.MustCompile(`Received (depth|video) frame at (-?\d+)`)
	trouble  = regexp.MustCompile(`(?i).*(lost|invalid|expected|error|inconsistent).*`)
)

// TestCamtest streams both streams through libfreenect.
func TestCamtest(t *testing.T) {
	k, output := show(t, "freenect-camtest")
	if line := trouble.FindString(output); line != "" {
		t.Errorf("libfreenect complains: %s", line)
	}
	clocks := map[string][]uint32{}
	for _, m := range received.FindAllStringSubmatch(output, -1) {
		n, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		clocks[m[1]] = append(clocks[m[1]], uint32(n))
	}
	for _, s := range []virtual.Stream{virtual.Depth, virtual.Video} {
		checkClocks(t, s, clocks[s.String()], sent(t, k, s))
	}
}

// TestRecordAndReplay records the virtual Kinect with libfreenect's recorder and
// plays what it wrote with ours: the codes are those that were sent.
func TestRecordAndReplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recorded")
	k, output := show(t, "fakenect-record", dir)
	if line := trouble.FindString(output); line != "" {
		t.Errorf("libfreenect complains: %s", line)
	}
	depth, video := sent(t, k, virtual.Depth), sent(t, k, virtual.Video)

	played, videoClocks, status := replay(t, dir)
	if len(played) < 10 || len(videoClocks) < 10 {
		t.Fatalf("only %d depth and %d video frames were played; %+v", len(played), len(videoClocks), status)
	}
	var clocks []uint32
	for _, f := range played {
		clocks = append(clocks, f.Clock)
		checkCodes(t, k, f, depth)
	}
	if status.Depth.DroppedFrames == 0 && status.Video.DroppedFrames == 0 {
		checkClocks(t, virtual.Depth, clocks, depth)
		checkClocks(t, virtual.Video, videoClocks, video)
	}
	t.Logf("%d depth and %d video frames recorded and played; %+v", len(clocks), len(videoClocks), status)
}

// replay plays a directory, slower when this machine can't keep up with it.
func replay(t *testing.T, dir string) (depth []*kinect.DepthFrame, video []uint32, status kinect.Status) {
	t.Helper()
	for _, speed := range []float64{1, 1. / 4, 1. / 16} {
		r, err := recording.Open(dir, recording.Options{Speed: speed})
		if err != nil {
			t.Fatal(err)
		}
		depth, video = play(t, r)
		status = r.Status()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if len(depth) >= frames/2 && len(video) >= frames/2 {
			break
		}
	}
	return depth, video, status
}

// play reads a source to its end.
func play(t *testing.T, s kinect.Source) (depth []*kinect.DepthFrame, video []uint32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		img, err := s.Next(ctx)
		if errors.Is(err, io.EOF) {
			return depth, video
		}
		if err != nil {
			t.Fatal(err)
		}
		if img.Video != nil {
			video = append(video, img.Video.Clock)
		} else {
			depth = append(depth, img.Depth)
		}
	}
}

// checkCodes compares a played frame with what the device sent at its time.
func checkCodes(t *testing.T, k *virtual.Kinect, f *kinect.DepthFrame, sent []virtual.Event) {
	t.Helper()
	i := slices.IndexFunc(sent, func(e virtual.Event) bool { return e.Clock == f.Clock })
	if i < 0 {
		return // the one that libfreenect began in the middle of
	}
	if !slices.Equal(f.Codes, virtual.Depth11Bit.Unpack(virtual.RandomFrame(k.Seed(), sent[i].Mode, sent[i].Source))) {
		t.Fatalf("the frame of clock %d was played with other codes than were sent", f.Clock)
	}
}
