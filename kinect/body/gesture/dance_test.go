package gesture_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"

	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

// all are the gestures in the order of their bits.
func all() []kinect.Gestures {
	return []kinect.Gestures{
		kinect.HandsUp, kinect.TPose, kinect.ArmsCrossed, kinect.HandOverMouth, kinect.Wave, kinect.SwipeLeft, kinect.SwipeRight,
	}
}

const (
	hour = 30000 * 3600 / 1001 // frames
	// grace is for how many frames after the truth a gesture may still begin, or last.
	grace = 8
)

// A tally counts for one gesture over a dance: how often it began, in how much of that
// the truth has nothing like it, how many of those in a move that looks like it, how many
// frames it went on after the truth had ended.
type tally struct{ began, alarms, alike, overstay, truth int }

// dance dances an hour with thirty people of all sizes, two minutes each.
func dance(few bool) (count [7]tally) {
	const people = 30
	for k := range uint64(people) {
		d, w := newDancer(k), newWatcher(k, few)
		w.aim(&d.figure)
		var p gesture.Person
		var before kinect.Gestures
		since := [7]int{}
		for i := range hour / people {
			d.step(seconds(i))
			truth := d.joints()
			seen := w.see(&truth, d.height)
			p.Update(&seen, clock(i), w.up())
			for n, g := range all() {
				c := &count[n]
				since[n]++
				if g < kinect.Wave && truly(g, &d.figure, &truth, false) {
					since[n] = 0
					c.truth++
				}
				if g >= kinect.Wave {
					since[n] = grace + 1 // nobody waves or swipes on purpose
				}
				if !seen.Gestures.Has(g) {
					continue
				}
				if since[n] > grace {
					c.overstay++
				}
				if !before.Has(g) {
					c.began++
					if since[n] > grace {
						c.alarms++
						if d.looks.Has(g) {
							c.alike++
						}
					}
				}
			}
			before = seen.Gestures
		}
	}
	return count
}

// TestHourOfDancing counts false alarms: a gesture that is told though no pose like it was
// held, or no move of the kind made on purpose. The dancers do reach up, stretch out and
// pass their faces; the truth there is loose. They also sway an arm overhead and push
// air aside, which nobody meant as a wave or a swipe, so those count.
func TestHourOfDancing(t *testing.T) {
	// Most, and most outside of moves that look like it, on these seeds.
	limit := map[bool][7][2]int{
		false: {{2, 2}, {2, 2}, {2, 2}, {2, 2}, {75, 10}, {30, 5}, {30, 5}},
		true:  {{2, 2}, {2, 2}, {8, 8}, {2, 2}, {75, 10}, {30, 5}, {30, 5}},
	}
	for _, few := range []bool{false, true} {
		count := dance(few)
		out := tabwriter.NewWriter(os.Stderr, 0, 4, 2, ' ', 0)
		fmt.Fprintf(out, "an hour of dancing, only head and hands: %v\n\tbegan\tfalse alarms\tof these in moves that look like it\tframes too long\tframes in truth\n", few)
		for n, g := range all() {
			c := count[n]
			fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\n", g.Names()[0], c.began, c.alarms, c.alike, c.overstay, c.truth)
			if most := limit[few][n]; c.alarms > most[0] || c.alarms-c.alike > most[1] {
				t.Errorf("%s: %d false alarms an hour, only head and hands: %v", g.Names()[0], c.alarms, few)
			}
		}
		out.Flush()
	}
}
