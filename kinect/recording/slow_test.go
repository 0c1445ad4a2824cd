package recording

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowReader leaves frames out for a reader that comes too late, and never
// plays them faster to catch up.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTape(t)
		for i := range 10 {
			w.depth(time.Duration(i)*100*ms, uint32(i), uint16(i)).video(time.Duration(i)*100*ms+ms, uint32(i), byte(i))
		}
		r := mustOpen(t, w.done(), Options{})
		start := time.Now()
		if h, err := next(t, r, start); err != nil || h.value != 0 {
			t.Fatal(h, err)
		}
		time.Sleep(550 * ms)
		var got []heard
		for range 3 {
			h, err := next(t, r, start)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, h)
		}
		check(t, got, heard{depthFile, 5, 5, 500 * ms}, heard{videoFile, 5, 5, 501 * ms}, heard{depthFile, 6, 6, 600 * ms})
		if s := r.Status(); s.Depth.DroppedFrames != 4 || s.Video.DroppedFrames != 5 || s.Depth.Frames != 7 || s.Video.Frames != 6 {
			t.Errorf("status %+v", s)
		}
	})
}

// TestPatient: a reader that takes a second for each frame gets them all, and one that
// takes no time need not wait.
func TestPatient(t *testing.T) {
	for _, slow := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := newTape(t)
			for i := range 5 {
				w.depth(time.Duration(i)*33*ms, uint32(i)*frame, uint16(800+i))
			}
			r := mustOpen(t, w.done(), Options{Patient: true})
			start := time.Now()
			for i := range 5 {
				img, err := r.Next(context.Background())
				if err != nil || img.Depth.Codes[0] != uint16(800+i) || time.Since(start) != time.Duration(i)*slow {
					t.Fatalf("frame %d after %v: %+v, %v", i, time.Since(start), img, err)
				}
				time.Sleep(slow)
			}
			if s := r.Status(); s.Depth.DroppedFrames != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestSlowReaderOfLoop sleeps over more than a whole round.
func TestSlowReaderOfLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTape(t).depth(0, 0, 0).depth(100*ms, 1, 1).depth(200*ms, 2, 2)
		r := mustOpen(t, w.done(), Options{Loop: true})
		start := time.Now()
		if _, err := next(t, r, start); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1650 * ms)
		h, err := next(t, r, start)
		if err != nil || h.value != 16%3 || h.at != 1600*ms {
			t.Errorf("%v, %v", h, err)
		}
		if s := r.Status(); s.Depth.DroppedFrames != 15 {
			t.Errorf("%d dropped", s.Depth.DroppedFrames)
		}
	})
}
