// Package conformance runs libfreenect (C) on a virtual Kinect, so that tests can
// compare what it makes of frames, and what it costs, with what the packages here do.
// Test support: it needs a C compiler and the headers of libfreenect.
package conformance

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cutout/kinect/usb/virtual"
)

// ErrNoFreenect says that this machine can't build a program of libfreenect's: no C
// compiler, or no headers. Tests skip.
var ErrNoFreenect = errors.New("libfreenect can't be built against here (Debian's packages gcc, pkg-config and libfreenect-dev)")

//go:embed csrc/consumer.c
var consumer []byte

// DepthFormat and VideoFormat are what a consumer asks of libfreenect, numbered as in
// libfreenect.h.
type (
	DepthFormat int
	VideoFormat int
)

// The formats of depth: codes, a uint16 each; as they travel; millimetres on the grid
// of RGB, and on their own.
const (
	Depth11Bit DepthFormat = iota
	Depth10Bit
	Depth11BitPacked
	Depth10BitPacked
	DepthRegistered
	DepthMM

	NoDepth DepthFormat = -1
)

// The formats of video: three bytes a pixel from Bayer; Bayer; infrared in a byte, in
// a uint16, and as it travels; three bytes a pixel from UYVY; UYVY.
const (
	RGB VideoFormat = iota
	Bayer
	IR8
	IR10
	IR10Packed
	YUVRGB
	UYVY

	NoVideo VideoFormat = -1
)

// Formats is how a consumer opens the sensor. The zero value takes codes and RGB.
type Formats struct {
	Depth DepthFormat
	Video VideoFormat
	// SXGA asks for 1280x1024 instead of 640x480.
	SXGA bool
	// Mirror sets the mirror registers of depth and colour once both streams run.
	Mirror bool
}

// Camtest is what a program takes that wants a coloured cloud of points: registered
// millimetres and RGB.
var Camtest = Formats{Depth: DepthRegistered, Video: RGB}

// Usage is what a consumer cost.
type Usage struct {
	// CPU is the processor time of its process, user and system, without that of the
	// virtual Kinect's engine inside it.
	CPU time.Duration
	// DepthFrames and VideoFrames are how many came.
	DepthFrames, VideoFrames int
}

// Freenect runs libfreenect on a bus for a while, taking both streams in the formats
// of Camtest and doing nothing with them, and says what that cost. No other program
// may use the bus meanwhile. It fails with ErrNoFreenect where that can't be built.
func Freenect(ctx context.Context, bus *virtual.Bus, d time.Duration) (Usage, error) {
	c, err := Build()
	if err != nil {
		return Usage{}, err
	}
	defer c.Close()
	return c.Run(ctx, bus, Camtest, d)
}

// A Consumer is a compiled program of libfreenect's.
type Consumer struct{ dir string }

// Build compiles the program; the caller closes it.
func Build() (*Consumer, error) {
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "libfreenect").Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFreenect, err)
	}
	dir, err := os.MkdirTemp("", "freenect-")
	if err != nil {
		return nil, err
	}
	c := &Consumer{dir: dir}
	source := filepath.Join(dir, "consumer.c")
	if err := os.WriteFile(source, consumer, 0o644); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	args := append([]string{"-O2", "-Wall", "-Wextra", "-o", c.path(), source}, strings.Fields(string(flags))...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w\n%s", ErrNoFreenect, err, out), c.Close())
	}
	return c, nil
}

func (c *Consumer) path() string { return filepath.Join(c.dir, "consumer") }

// Close removes the program.
func (c *Consumer) Close() error { return os.RemoveAll(c.dir) }

// Run takes frames for a while.
func (c *Consumer) Run(ctx context.Context, bus *virtual.Bus, f Formats, d time.Duration) (Usage, error) {
	u, _, err := c.run(ctx, bus, f, math.MaxInt32, d, "")
	return u, err
}

// A Frame is one that libfreenect handed out.
type Frame struct {
	// Clock is the sensor's time; the log of the Kinect says which frame that was.
	Clock  uint32
	Pixels []byte
}

// Take takes the first n frames of each stream that libfreenect hands out, the one
// it began in the middle of included, if it hands that out.
func (c *Consumer) Take(ctx context.Context, bus *virtual.Bus, f Formats, n int) (depth, video []Frame, err error) {
	dir, err := os.MkdirTemp(c.dir, "frames-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	_, out, err := c.run(ctx, bus, f, n, time.Hour, dir)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(out) {
		var kind rune
		var clock uint32
		if n, _ := fmt.Sscanf(line, "%c %d\n", &kind, &clock); n != 2 || kind == 'e' {
			continue
		}
		to := &depth
		if kind == 'v' {
			to = &video
		}
		pixels, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%c-%d", kind, len(*to))))
		if err != nil {
			return nil, nil, err
		}
		*to = append(*to, Frame{Clock: clock, Pixels: pixels})
	}
	return depth, video, nil
}

func (c *Consumer) run(ctx context.Context, bus *virtual.Bus, f Formats, n int, d time.Duration, dir string) (Usage, string, error) {
	resolution := 1
	if f.SXGA {
		resolution = 2
	}
	mirror := 0
	if f.Mirror {
		mirror = 1
	}
	args := []string{
		strconv.Itoa(int(f.Depth)), strconv.Itoa(int(f.Video)), strconv.Itoa(resolution), strconv.Itoa(mirror),
		strconv.Itoa(n), strconv.FormatFloat(d.Seconds(), 'f', 3, 64),
	}
	if dir != "" {
		args = append(args, dir)
	}
	command := exec.CommandContext(ctx, c.path(), args...)
	command.Env = append(os.Environ(), bus.Env()...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return Usage{}, "", fmt.Errorf("run libfreenect: %w\n%s", err, errs.Bytes())
	}
	var u Usage
	at := strings.LastIndex(out.String(), "end ")
	if _, err := fmt.Sscanf(out.String()[max(at, 0):], "end %d %d", &u.DepthFrames, &u.VideoFrames); err != nil {
		return Usage{}, "", fmt.Errorf("libfreenect's program ended with %q: %w", out.String(), err)
	}
	u.CPU = command.ProcessState.UserTime() + command.ProcessState.SystemTime() - bus.EngineTime()
	return u, out.String(), nil
}
