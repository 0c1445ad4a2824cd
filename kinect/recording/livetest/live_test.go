// Package livetest records a virtual Kinect through the real driver, and plays what was
// recorded. It has tests alone.
package livetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/recording"
	"cutout/kinect/recording/packets"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

func TestMain(m *testing.M) {
	virtual.Main(func() int { return sourcetest.CheckLeaks(m.Run()) })
}

const (
	patience = 30 * time.Second
	// plenty is a queue that never drops.
	plenty = 10_000
)

func plugIn(t *testing.T) *virtual.Kinect {
	t.Helper()
	bus, err := virtual.Attach()
	if err != nil {
		t.Fatal(err)
	}
	bus.Reset()
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	k := bus.Kinects[0]
	k.SetPatience(5 * time.Second)
	return k
}

// tapped opens the Kinect with a recorder of packets at its tap.
func tapped(t *testing.T) (d *usb.Device, w *packets.Writer, name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), packets.FileName)
	c := virtual.Calibration()
	w, err := packets.Create(name, packets.Header{Serial: "virtual", Calibration: &c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if d, err = usb.Open(ctx, usb.Options{Queue: plenty, Tap: w.Add}); err != nil {
		t.Fatal(errors.Join(err, w.Close()))
	}
	return d, w, name
}

// take takes frames until n of depth have come, and notes them in the log.
func take(t *testing.T, s kinect.Source, n int, log *[]kinect.Image) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for n > 0 {
		img, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("%v; %+v", err, s.Status())
		}
		if img.Depth != nil {
			n--
		}
		*log = append(*log, img)
	}
}

// rest takes what comes until the end.
func rest(t *testing.T, s kinect.Source) (log []kinect.Image) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		img, err := s.Next(ctx)
		if errors.Is(err, io.EOF) {
			return log
		}
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, img)
	}
}

func finish(t *testing.T, d *usb.Device, w *packets.Writer) {
	t.Helper()
	if s := d.Status(); s.Depth.DroppedFrames+s.Video.DroppedFrames != 0 {
		t.Errorf("frames were dropped: %+v", s)
	}
	if err := errors.Join(d.Close(), w.Close()); err != nil {
		t.Error(err)
	}
}

func kind(img kinect.Image) int {
	if img.Depth != nil {
		return 0
	}
	return 1
}

// streams sorts images by stream. Two that are finished at the same time by two
// goroutines of the driver may be recorded in another order than they were given.
func streams(images []kinect.Image) (s [2][]kinect.Image) {
	for _, img := range images {
		s[kind(img)] = append(s[kind(img)], img)
	}
	return s
}

// stall is how long a player may be kept waiting before its time moves on.
const stall = time.Second

// TestPacketsWithLosses plays what a bad cable sent: the very frames that the driver
// gave, with their losses, and as far apart to the microsecond.
func TestPacketsWithLosses(t *testing.T) {
	k := plugIn(t)
	for _, s := range []virtual.Stream{virtual.Depth, virtual.Video} {
		for _, f := range []virtual.Fault{virtual.Drop, virtual.Half, virtual.Short, virtual.PacketError, virtual.Alter} {
			k.FaultRate(s, f, 0.0007)
		}
	}
	d, w, name := tapped(t)
	var live []kinect.Image
	take(t, d, 60, &live)
	status := d.Status()
	finish(t, d, w)

	p, err := packets.Open(name, packets.Options{Queue: plenty})
	if err != nil {
		t.Fatal(err)
	}
	frames, played := streams(live), streams(rest(t, p))
	harmed := 0
	zero, _, _ := sourcetest.About(live[0])
	first := slices.IndexFunc(played[kind(live[0])], func(img kinect.Image) bool { return sourcetest.Equal(img, live[0]) })
	if first != 0 {
		t.Fatal("the first frame is not played first")
	}
	began, _, _ := sourcetest.About(played[kind(live[0])][0])
	for k := range frames {
		late := time.Duration(0) // by how much a machine that stood still has moved the player's time
		for i, want := range frames[k] {
			if i >= len(played[k]) || !sourcetest.Equal(played[k][i], want) {
				t.Fatalf("frame %d of stream %d is another than the driver gave", i, k)
			}
			recorded, _, q := sourcetest.About(want)
			at, _, _ := sourcetest.About(played[k][i])
			off := at.Sub(began) - recorded.Sub(zero) - late
			if off > stall {
				late, off = late+off, 0
			}
			if off.Abs() > 2*time.Microsecond {
				t.Errorf("frame %d of stream %d is %v off", i, k, off)
			}
			if !q.Whole() {
				harmed++
			}
		}
	}
	if harmed == 0 {
		t.Error("nothing was harmed")
	}
	s := p.Status()
	if s.Depth.LostPackets < status.Depth.LostPackets || s.Video.LostPackets < status.Video.LostPackets || s.Trouble != nil || p.Calibration() != virtual.Calibration() {
		t.Errorf("played: %+v; live: %+v", s, status)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d frames, %d of them harmed, %d + %d packets lost; %+v", len(live), harmed, s.Depth.LostPackets, s.Video.LostPackets, w.Progress())
}

// TestPacketsOfRestarts switches modes and pulls the plug while recording: the frames
// that were given are all played, in order.
func TestPacketsOfRestarts(t *testing.T) {
	k := plugIn(t)
	d, w, name := tapped(t)
	var live []kinect.Image
	take(t, d, 10, &live)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := d.SetModes(ctx, kinect.Depth10Bit, kinect.VideoInfrared); err != nil {
		t.Fatal(err)
	}
	take(t, d, 10, &live)
	k.Unplug(virtual.Proto)
	time.Sleep(300 * time.Millisecond)
	k.Plug()
	take(t, d, 25, &live)
	finish(t, d, w)

	p, err := packets.Open(name, packets.Options{Queue: plenty})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	frames, played := streams(live), streams(rest(t, p))
	for k := range frames {
		at := 0
		for i, want := range frames[k] {
			for at < len(played[k]) && !sourcetest.Equal(played[k][at], want) {
				at++
			}
			if at == len(played[k]) {
				t.Fatalf("frame %d of %d of stream %d is not played, or too early", i, len(frames[k]), k)
			}
		}
	}
	if s := p.Status(); s.Restarts < 4 {
		t.Errorf("both streams were started anew twice; %+v", s)
	}
}

// TestPacketsConform: a recording of packets is a good source.
func TestPacketsConform(t *testing.T) {
	plugIn(t)
	d, w, name := tapped(t)
	var live []kinect.Image
	take(t, d, 15, &live)
	finish(t, d, w)
	for what, o := range map[string]packets.Options{"once": {}, "looped": {Loop: true}} {
		t.Run(what, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) kinect.Source {
				p, err := packets.Open(name, o)
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
}

// playsWhatWasSent fails unless every image is one that the Kinect sent, bit for bit.
func playsWhatWasSent(t *testing.T, k *virtual.Kinect, played []kinect.Image) {
	t.Helper()
	events := map[uint32]virtual.Event{}
	for _, s := range []virtual.Stream{virtual.Depth, virtual.Video} {
		sent, err := k.Frames(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range sent {
			events[e.Clock] = e
		}
	}
	for i, img := range played {
		_, clock, _ := sourcetest.About(img)
		e, ok := events[clock]
		switch {
		case !ok:
			t.Fatalf("frame %d, of clock %d, was never sent", i, clock)
		case img.Depth != nil && !slices.Equal(img.Depth.Codes, virtual.Depth11Bit.Unpack(virtual.RandomFrame(k.Seed(), e.Mode, e.Source))):
			t.Fatalf("frame %d has other codes than were sent", i)
		case img.Video != nil && !bytes.Equal(img.Video.Pixels, virtual.RandomFrame(k.Seed(), e.Mode, e.Source)):
			t.Fatalf("frame %d has other pixels than were sent", i)
		}
	}
}

// TestFakenect records a directory from the driver: what is played is what the sensor
// sent, and how it stood.
func TestFakenect(t *testing.T) {
	k := plugIn(t)
	k.Accelerate(-40, 815, 60)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := usb.Open(ctx, usb.Options{Queue: plenty})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w, err := recording.Create(dir, recording.WriteOptions{Bayer: true, Calibration: d.Calibration()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddAttitude(time.Now(), raw.MotorState{X: -40, Y: 815, Z: 60}); err != nil {
		t.Fatal(err)
	}
	var live []kinect.Image
	take(t, d, 45, &live)
	for _, img := range live {
		if err := w.Add(img); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}

	r, err := recording.Open(dir, recording.Options{Speed: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	played := rest(t, r)
	if len(played)+int(r.Status().Depth.DroppedFrames+r.Status().Video.DroppedFrames) != len(live) || len(played) < len(live)/2 {
		t.Errorf("%d frames of %d; %+v", len(played), len(live), r.Status())
	}
	playsWhatWasSent(t, k, played)
	if a, ok := r.Attitude(); !ok || a.X != -40 || a.Y != 815 || r.Calibration() != virtual.Calibration() {
		t.Errorf("it stood %+v, %v; %+v", a, ok, r.Calibration())
	}
}
