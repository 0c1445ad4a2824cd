package body_test

import (
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/mannequin"
)

// A showing is what a tracker made of a play.
type showing struct {
	frames, visible, found, strangers, swaps int
	overlap                                  float64
	matched                                  int
	low                                      int // masks under 0.9
	activities                               map[int]map[kinect.Activity]int
}

// watch tracks every shot of a play from one on, and holds each person found to the
// truth that overlaps it most.
func watch(t *testing.T, kind mannequin.Kind, seed uint64, from, to int) showing {
	t.Helper()
	play := mannequin.NewPlay(kind, seed)
	tr := body.NewTracker()
	s := showing{activities: map[int]map[kinect.Activity]int{}}
	who := map[int]int{}                             // of the tracker's IDs
	for i := from; i < min(to, play.Len()); i += 2 { // 15 frames a second: half the time
		shot := play.Shot(i)
		tr.SetUp(shot.Up)
		scene := tr.Update(shot.Frame)
		check(t, scene)
		s.frames++
		seen := map[int]bool{}
		for k := range shot.People {
			if shot.People[k].Mask.Count() > 4000 {
				s.visible++
			}
		}
		for k := range scene.People {
			p := &scene.People[k]
			best, at := 0.0, -1
			for j := range shot.People {
				if o := overlap(p.Mask, &shot.People[j].Mask, kinect.Height); o > best {
					best, at = o, j
				}
			}
			if at < 0 || best < 0.2 {
				s.strangers++
				continue
			}
			id := shot.People[at].ID
			if shot.People[at].Mask.Count() > 4000 && !seen[id] {
				s.found++
				s.overlap += best
				s.matched++
				if best < 0.9 {
					s.low++
				}
			}
			seen[id] = true
			if s.activities[id] == nil {
				s.activities[id] = map[kinect.Activity]int{}
			}
			s.activities[id][p.Activity]++
			if best < 0.6 {
				continue // two in one mask: nobody's identity
			}
			if before, ok := who[p.ID]; ok && before != id {
				s.swaps++
			}
			who[p.ID] = id
		}
	}
	return s
}

// TestPlays: made-up people who cross, sit, walk by and crowd keep their identities,
// and are found.
func TestPlays(t *testing.T) {
	for _, c := range []struct {
		kind     mannequin.Kind
		from, to int
		found    float64 // of those in sight, at least
		overlap  float64 // mean, at least
	}{
		{mannequin.Dance, 0, 20, 0.95, 0.80},
		{mannequin.Cross, 0, 75, 0.92, 0.88},
		{mannequin.CrossTouching, 0, 75, 0.75, 0.75},
		{mannequin.Party, 0, 20, 0.75, 0.80},
		{mannequin.Walkby, 0, 40, 0.85, 0.88},
	} {
		var all showing
		for seed := range uint64(2) {
			s := watch(t, c.kind, seed, c.from, c.to)
			t.Logf("%v %d: %+v", c.kind, seed, s)
			all.visible, all.found, all.swaps = all.visible+s.visible, all.found+s.found, all.swaps+s.swaps
			all.overlap, all.matched, all.strangers = all.overlap+s.overlap, all.matched+s.matched, all.strangers+s.strangers
		}
		if all.swaps > 0 {
			t.Errorf("%v: %d identities swapped", c.kind, all.swaps)
		}
		if share := float64(all.found) / float64(all.visible); share < c.found {
			t.Errorf("%v: %d of %d found", c.kind, all.found, all.visible)
		}
		if mean := all.overlap / float64(max(1, all.matched)); mean < c.overlap {
			t.Errorf("%v: overlap %.3f", c.kind, mean)
		}
		if all.strangers*20 > all.visible {
			t.Errorf("%v: %d strangers", c.kind, all.strangers)
		}
	}
}
