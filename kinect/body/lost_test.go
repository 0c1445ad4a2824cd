package body_test

import (
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
)

// TestLostRows: a band without readings across somebody's trunk is bridged in the first
// frame, and wherever it is the mask stays whole.
func TestLostRows(t *testing.T) {
	for _, from := range []int{120, 200, 262, 331} {
		f, truth := posed(room(), poses[0].pose, 2600, 1)
		to := from + 24
		clear(f.Depth[from*kinect.Width : to*kinect.Width])
		f.Quality = kinect.Quality{LostPackets: 12, Lost: []kinect.Rows{{From: from, To: to}}}
		people := body.NewTracker().Update(f).People
		if len(people) != 1 {
			t.Errorf("rows from %d: %d people", from, len(people))
			continue
		}
		own, both, all := 0, 0, 0
		for y := from; y < to; y++ {
			for x := range kinect.Width {
				is, found := truth.At(x, y), people[0].Mask.At(x, y)
				if is {
					own++
				}
				if is && found {
					both++
				}
				if is || found {
					all++
				}
			}
		}
		t.Logf("rows from %d: %d pixels of body, %d found, %d either; in all %.3f", from, own, both, all, overlap(people[0].Mask, truth, kinect.Height))
		if own > 0 && both*10 < all*8 {
			t.Errorf("rows from %d: %d of %d pixels", from, both, all)
		}
	}
}

// TestFeet: of feet on the floor, more than half is in the mask.
func TestFeet(t *testing.T) {
	for _, mm := range []int{2400, 2900, 3500} {
		f, truth := posed(room(), poses[0].pose, mm, 1)
		p := body.NewTracker().Update(f).Player()
		if p == nil {
			t.Fatalf("at %d: nobody", mm)
		}
		box := bounds(truth)
		rows := int(110 * kinect.FocalLength / float64(mm)) // from the ankles down
		own, found := 0, 0
		for y := box.Max.Y - rows; y < box.Max.Y; y++ {
			for x := range kinect.Width {
				if truth.At(x, y) {
					own++
					if p.Mask.At(x, y) {
						found++
					}
				}
			}
		}
		t.Logf("at %d: %d of %d pixels", mm, found, own)
		if box.Max.Y < kinect.Height && found*2 < own {
			t.Errorf("at %d: %d of %d pixels of the feet", mm, found, own)
		}
	}
}
