package usb_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/sourcetest"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// forged is a frame of a mode that is full of packet headers: those which may come next,
// and others.
func forged(m virtual.Mode, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, uint64(m)))
	layout := raw.LayoutOfVideo(kinect.VideoMode(m))
	if m.Stream() == virtual.Depth {
		layout = raw.LayoutOfDepth(kinect.DepthMode(m - virtual.Depth11Bit))
	}
	frame := make([]byte, m.FrameBytes())
	seq := byte(rng.Uint32())
	for at := 0; at+raw.HeaderBytes <= len(frame); at += raw.HeaderBytes + rng.IntN(30) {
		if rng.IntN(4) == 0 {
			seq = byte(rng.Uint32())
		}
		seq++
		layout.PutHeader(frame[at:], []int{0, 1, layout.Packets() - 1}[rng.IntN(3)], seq, rng.Uint32())
	}
	return frame
}

// forge makes the Kinect send forged frames in some modes.
func forge(t *testing.T, k *virtual.Kinect, modes ...virtual.Mode) pattern {
	t.Helper()
	p := pattern{}
	for _, m := range modes {
		for i := range uint64(3) {
			p[m] = append(p[m], forged(m, i))
		}
		if err := k.Loop(m, p[m]); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// TestChaos loses, halves, cuts, fails and alters packets all at once, in every mode, of
// random pictures and of pictures full of headers. No frame may differ from what was
// sent but where it says so, and frames must keep coming.
func TestChaos(t *testing.T) {
	for _, p := range [][2]int{
		{int(kinect.Depth11Bit), int(kinect.VideoBayer)}, {int(kinect.Depth10Bit), int(kinect.VideoUYVY)},
		{int(kinect.Depth11Bit), int(kinect.VideoInfrared)}, {int(kinect.Depth10Bit), int(kinect.VideoBayerSXGA)},
		{int(kinect.DepthOff), int(kinect.VideoInfraredSXGA)},
	} {
		depth, video := kinect.DepthMode(p[0]), kinect.VideoMode(p[1])
		for _, kind := range []string{"Random", "Forged"} {
			if kind == "Forged" && depth == kinect.Depth10Bit {
				continue
			}
			t.Run(depth.String()+"+"+video.String()+kind, func(t *testing.T) {
				k, _ := plugIn(t)
				var sent pattern
				if kind == "Forged" {
					sent = forge(t, k, virtual.VideoMode(video))
					if depth != kinect.DepthOff {
						sent[virtual.DepthMode(depth)] = forge(t, k, virtual.DepthMode(depth))[virtual.DepthMode(depth)]
					}
				}
				chaos(t, k, sent, openDevice(t, usb.Options{Depth: depth, Video: video, Queue: 10}))
			})
		}
	}
}

func chaos(t *testing.T, k *virtual.Kinect, sent pattern, d *usb.Device) {
	for _, s := range []virtual.Stream{virtual.Depth, virtual.Video} {
		for _, f := range []virtual.Fault{virtual.Drop, virtual.Half, virtual.Short, virtual.PacketError, virtual.Alter} {
			k.FaultRate(s, f, 0.0005)
		}
	}
	harmed, whole := 0, 0
	for i := 0; i < 200 && (harmed < 5 || whole < 1); i++ {
		img := next(t, d, func(kinect.Image) bool { return true })
		checkImage(t, k, sent, img)
		if _, _, q, _, _ := look(img); q.Whole() {
			whole++
		} else {
			harmed++
		}
	}
	t.Logf("%d whole and %d repaired frames, all right; %+v", whole, harmed, d.Status())
	if harmed == 0 || whole == 0 {
		t.Error("both are wanted")
	}
}

// TestCompleteOnly: only whole frames come, and the others are counted.
func TestCompleteOnly(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{Queue: 50, CompleteOnly: true})
	k.FaultRate(virtual.Depth, virtual.Drop, 0.004)
	k.FaultRate(virtual.Video, virtual.Drop, 0.004)
	for d.Status().Depth.RepairedFrames < 3 || d.Status().Video.RepairedFrames < 3 {
		img := next(t, d, func(kinect.Image) bool { return true })
		if _, _, q, _, _ := look(img); !q.Whole() {
			t.Fatalf("a frame came that lacks something: %+v", q)
		}
	}
	if s := d.Status(); s.Depth.DroppedFrames < s.Depth.RepairedFrames {
		t.Errorf("%+v", s.Depth)
	}
}

// TestSoak streams both streams for some seconds, or for $CUTOUT_SOAK, while every
// processor is busy with something else: random pictures, and pictures full of headers.
// Every frame must be there, in order, every bit of it. For the longer run the virtual
// Kinect has no patience: what this process is late for is lost.
func TestSoak(t *testing.T) {
	length, patient := 3*time.Second, true
	if v := os.Getenv("CUTOUT_SOAK"); v != "" {
		var err error
		if length, err = time.ParseDuration(v); err != nil {
			t.Fatalf("CUTOUT_SOAK: %v", err)
		}
		patient = false
	}
	for _, kind := range []string{"Random", "Forged"} {
		t.Run(kind, func(t *testing.T) {
			k, _ := plugIn(t)
			k.SetClock(0xffffffff - 3*kinect.ClockHz) // it wraps
			if !patient {
				k.SetPatience(0)
			}
			var sent pattern
			if kind == "Forged" {
				sent = forge(t, k, virtual.Depth11Bit, virtual.Bayer)
			}
			hog(t)
			soak(t, k, sent, openDevice(t, usb.Options{Queue: 300}), length)
		})
	}
}

// hog keeps every processor busy until the test ends.
func hog(t *testing.T) {
	for range runtime.NumCPU() {
		c := exec.Command("sh", "-c", "while :; do :; done")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Process.Kill()
			_ = c.Wait() // it was killed
		})
	}
}

func soak(t *testing.T, k *virtual.Kinect, sent pattern, d *usb.Device, length time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), length+2*patience)
	defer cancel()
	var clocks, sources [2]uint32
	var n [2]int
	for end := time.Now().Add(length); time.Now().Before(end); {
		img, err := d.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_, clock, q := sourcetest.About(img)
		stream := virtual.Video
		if img.Depth != nil {
			stream = virtual.Depth
		}
		if n[stream] == 0 {
			sources[stream] = checkImage(t, k, sent, img).Source
		} else if ticks := clock - clocks[stream]; ticks != [2]uint32{1997580, 2002155}[stream] {
			t.Fatalf("%s frame %d comes %d ticks after the one before", stream, n[stream], ticks)
		}
		clocks[stream] = clock
		mode := [2]virtual.Mode{virtual.Bayer, virtual.Depth11Bit}[stream]
		want := sent.frame(k, virtual.Event{Mode: mode, Source: sources[stream] + uint32(n[stream])})
		same := img.Video != nil && bytes.Equal(img.Video.Pixels, want) || img.Depth != nil && slices.Equal(img.Depth.Codes, mode.Unpack(want))
		if !q.Whole() || !same {
			t.Fatalf("%s frame %d is not what was sent; it lacks %+v", stream, n[stream], q)
		}
		n[stream]++
	}
	s := d.Status()
	if s.Depth.LostPackets+s.Video.LostPackets+s.Depth.DroppedFrames+s.Video.DroppedFrames+s.Restarts != 0 {
		t.Errorf("something was lost: %+v", s)
	}
	t.Logf("%d depth and %d video frames; the clock stood still for %v (engine late) and %v (we late)",
		n[virtual.Depth], n[virtual.Video], k.Paused(), k.Waited())
}
