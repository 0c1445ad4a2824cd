package packets

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/sourcetest"
)

func mustOpen(t *testing.T, name string, o Options) *Player {
	t.Helper()
	p, err := Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// about is when an image came, and what its sensor's clock said.
// session is a few frames of both streams; some of the reads are glued, and some
// packets lost.
func session(s *sim) (reads []raw.Read) {
	for i := range 5 {
		at := time.Duration(i) * 33 * ms
		var lost []int
		if i == 2 {
			lost = []int{17, 100}
		}
		depth := s.frame(raw.DepthStream, 0, 0, at, lost...)
		video := glued(s.frame(raw.VideoStream, 0, 0, at+9*ms))
		reads = append(reads, depth...)
		reads = append(reads, video...)
	}
	slices.SortStableFunc(reads, func(a, b raw.Read) int { return a.At.Compare(b.At) })
	reads[0].Started = true
	return reads
}

// TestPlays plays a session: the frames that a receiver makes of the same reads, each
// at its time.
func TestPlays(t *testing.T) {
	for _, speed := range []float64{0, 4, 0.5} {
		reads := session(newSim())
		name := record(t, Header{}, reads...)
		want := frames(reads...)
		synctest.Test(t, func(t *testing.T) {
			p := mustOpen(t, name, Options{Speed: speed})
			if speed == 0 {
				speed = 1
			}
			start := time.Now()
			for i, w := range want {
				img, err := p.Next(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				at, _, _ := sourcetest.About(img)
				recorded, _, _ := sourcetest.About(w)
				due := time.Duration(float64(recorded.Sub(reads[0].At)) / speed)
				if !sourcetest.Equal(img, w) || time.Since(start) != due || at.Sub(start) != due {
					t.Errorf("frame %d came at %v, says %v, and was due at %v", i, time.Since(start), at.Sub(start), due)
				}
			}
			if _, err := p.Next(context.Background()); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			s := p.Status()
			if s.Live || s.Trouble != nil || s.Kind != kinect.KindRecording || s.Serial != name || s.Depth.Frames != 5 || s.Video.Frames != 5 ||
				s.Depth.LostPackets != 2 || s.Depth.RepairedFrames != 1 || s.Depth.DroppedFrames+s.Video.DroppedFrames+s.Video.LostPackets+s.Restarts != 0 {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// TestPatient: a reader that takes a second for each frame gets them all, and one that
// takes no time need not wait.
func TestPatient(t *testing.T) {
	reads := session(newSim())
	name := record(t, Header{}, reads...)
	want := frames(reads...)
	for _, slow := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := mustOpen(t, name, Options{Patient: true})
			start := time.Now()
			for i, w := range want {
				img, err := p.Next(context.Background())
				if err != nil || !sourcetest.Equal(img, w) || time.Since(start) != time.Duration(i)*slow {
					t.Fatalf("frame %d of %d after %v: %v", i, len(want), time.Since(start), err)
				}
				time.Sleep(slow)
			}
			if _, err := p.Next(context.Background()); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			if s := p.Status(); s.Depth.DroppedFrames+s.Video.DroppedFrames != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestLoops: clock and time go on growing, and frames stay the same.
func TestLoops(t *testing.T) {
	reads := session(newSim())
	want := frames(reads...)
	name := record(t, Header{}, reads...)
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{Loop: true})
		var clocks [2]uint32
		var before time.Time
		for i := range 4 * len(want) {
			img, err := p.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			at, clock, _ := sourcetest.About(img)
			k := 0
			if img.Video != nil {
				k = 1
			}
			if i > 1 && int32(clock-clocks[k]) <= 0 || at.Before(before) || time.Since(at) != 0 {
				t.Fatalf("frame %d of clock %d follows %d; at %v, %v ago", i, clock, clocks[k], at, time.Since(at))
			}
			if gap := at.Sub(before); i > 0 && gap > 60*ms {
				t.Errorf("a gap of %v before frame %d", gap, i)
			}
			clocks[k], before = clock, at
			ticks := clock
			w := want[i%len(want)]
			_, recorded, _ := sourcetest.About(w)
			ticks -= recorded
			if d := img.Depth; d != nil {
				d.Clock -= ticks
			} else {
				img.Video.Clock -= ticks
			}
			if !sourcetest.Equal(img, w) {
				t.Fatalf("frame %d is another in round %d", i%len(want), i/len(want))
			}
		}
		if s := p.Status(); s.Restarts != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// TestModes changes the modes in the middle.
func TestModes(t *testing.T) {
	s := newSim()
	var reads []raw.Read
	at := time.Duration(0)
	add := func(r []raw.Read) {
		r[0].Started = true
		reads = append(reads, r...)
		at += 40 * ms
	}
	for _, d := range []kinect.DepthMode{kinect.Depth10Bit, kinect.Depth11Bit, kinect.Depth10Bit} {
		add(s.frame(raw.DepthStream, d, 0, at))
	}
	for v := kinect.VideoBayer; v < kinect.VideoOff; v++ {
		add(s.frame(raw.VideoStream, 0, v, at))
	}
	want := frames(reads...)
	name := record(t, Header{}, reads...)
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{})
		for i, w := range want {
			img, err := p.Next(context.Background())
			if err != nil || !sourcetest.Equal(img, w) {
				t.Fatalf("frame %d: %v", i, err)
			}
		}
		if s := p.Status(); len(want) != 8 || s.Restarts != 6 {
			t.Errorf("%d frames, %+v", len(want), s)
		}
	})
}

// TestSlowReader: frames go while nobody takes them, and are counted.
func TestSlowReader(t *testing.T) {
	reads := session(newSim())
	want := frames(reads...)
	name := record(t, Header{}, reads...)
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{Queue: 1})
		if img, err := p.Next(context.Background()); err != nil || !sourcetest.Equal(img, want[0]) {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, w := range want[len(want)-2:] {
			if img, err := p.Next(context.Background()); err != nil || !sourcetest.Equal(img, w) {
				t.Fatal(err)
			}
		}
		if _, err := p.Next(context.Background()); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if s := p.Status(); s.Depth.DroppedFrames != 3 || s.Video.DroppedFrames != 4 {
			t.Errorf("%+v", s)
		}
	})
}

// TestSlowMachine: a machine that was away for a while goes on from there, and does
// not hurry.
func TestSlowMachine(t *testing.T) {
	s := &sensor{player: &Player{options: Options{Speed: 1}}, start: time.Now().Add(-time.Minute)}
	now := time.Now()
	if due, err := s.wait(t.Context(), time.Unix(5, 0)); err != nil || due.Before(now) {
		t.Errorf("due %v ago, %v", now.Sub(due), err)
	}
	if due, err := s.wait(t.Context(), time.Unix(5, 1000)); err != nil || time.Since(due) > time.Minute/2 {
		t.Errorf("due %v ago, %v", time.Since(due), err)
	}
}

// TestHostClockSet: a gap of hours, forwards or backwards, becomes a usual one.
func TestHostClockSet(t *testing.T) {
	s := newSim()
	var reads []raw.Read
	for i, jump := range []time.Duration{0, 5 * time.Hour, -7 * time.Hour} {
		reads = append(reads, s.frame(raw.DepthStream, 0, 0, time.Duration(i)*33*ms+jump)...)
	}
	name := record(t, Header{}, reads...)
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{})
		start := time.Now()
		for range 3 {
			if _, err := p.Next(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 3*28*ms+2*usualGap {
			t.Errorf("three frames took %v", d)
		}
	})
}

// TestCutFile plays up to the cut, round after round.
func TestCutFile(t *testing.T) {
	reads := session(newSim())
	name := record(t, Header{}, reads...)
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, info.Size()*3/4); err != nil {
		t.Fatal(err)
	}
	want := frames(reads...)
	for _, loop := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := mustOpen(t, name, Options{Loop: loop})
			n := 0
			for range 2 * len(want) {
				img, err := p.Next(context.Background())
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if n < 6 && !sourcetest.Equal(img, want[n]) {
					t.Errorf("frame %d is another", n)
				}
				n++
			}
			s := p.Status()
			if !errors.Is(s.Trouble, ErrCut) || loop != (n == 2*len(want)) || n < len(want)/2 {
				t.Errorf("%d frames of %d; %+v", n, len(want), s)
			}
		})
	}
}

// TestDamagedFile: a damaged block is a read less, and counted.
func TestDamagedFile(t *testing.T) {
	reads := session(newSim())
	name := record(t, Header{}, reads...)
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file[blockEnds(t, file)[20]+500] ^= 4
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{})
		n := 0
		for {
			if _, err := p.Next(context.Background()); err != nil {
				break
			}
			n++
		}
		if s := p.Status(); p.Counts() != (Counts{Damaged: 1}) || n < 9 || s.Depth.LostPackets+s.Video.LostPackets < 3 {
			t.Errorf("%d frames, %+v, %+v", n, p.Counts(), s)
		}
	})
}

// TestFileGoes: the file becomes something else while it plays.
func TestFileGoes(t *testing.T) {
	name := record(t, Header{}, session(newSim())...)
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{Loop: true})
		if _, err := p.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, 3); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := p.Next(context.Background()); errors.Is(err, io.EOF) {
				break
			}
		}
		if s := p.Status(); s.Live || s.Trouble == nil {
			t.Errorf("%+v", s)
		}
	})
}
