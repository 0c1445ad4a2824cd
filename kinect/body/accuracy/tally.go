package accuracy

import (
	"fmt"
	"image"
	"math"
	"slices"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

// A tally is what was measured on made-up people.
type tally struct {
	frames, miscounted int
	bodies, missed     int
	joints             [kinect.JointCount][]float32 // mm; infinite when not found
	eitherOne          []float32                    // mm, hands from whichever hand is nearer
	ious               []float64
	crossings          [mannequin.KindCount]crossings
	gestures           [gestureCount]gestureTally
	danced             int       // frames
	shaking            []float64 // mm, of each still hand
	activities         [kinect.Sitting + 1]counted
	losses             *[mannequin.KindCount]losses // nil when nobody asks why
	worst              worst
}

// crossings count how people came out of them.
type crossings struct{ of, swapped, renamed int }

// A gestureTally counts one gesture, and its alarms in dances apart.
type gestureTally struct {
	verdict
	inDances int
}

func (g *gestureTally) add(v verdict, dance bool) {
	g.made += v.made
	g.found += v.found
	g.alarms += v.alarms
	g.delays = append(g.delays, v.delays...)
	if dance {
		g.inDances += v.alarms
	}
}

func newTally(o Options) *tally {
	t := &tally{worst: worst{limit: o.Worst}}
	if o.Why {
		t.losses = new([mannequin.KindCount]losses)
	}
	return t
}

// merge adds what another measured.
func (t *tally) merge(o *tally) {
	t.frames += o.frames
	t.miscounted += o.miscounted
	t.bodies += o.bodies
	t.missed += o.missed
	t.danced += o.danced
	for i := range t.joints {
		t.joints[i] = append(t.joints[i], o.joints[i]...)
	}
	t.eitherOne = append(t.eitherOne, o.eitherOne...)
	t.ious = append(t.ious, o.ious...)
	t.shaking = append(t.shaking, o.shaking...)
	for i, c := range o.crossings {
		t.crossings[i].of += c.of
		t.crossings[i].swapped += c.swapped
		t.crossings[i].renamed += c.renamed
	}
	for i, g := range o.gestures {
		t.gestures[i].add(g.verdict, false)
		t.gestures[i].inDances += g.inDances
	}
	for i, a := range o.activities {
		t.activities[i].right += a.right
		t.activities[i].of += a.of
	}
	if t.losses != nil {
		for i := range t.losses {
			t.losses[i].merge(&o.losses[i])
		}
	}
	t.worst.merge(&o.worst)
}

func wide(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// addSynthetic writes the rows.
func (r *Report) addSynthetic(t *tally) {
	var all []float64
	for _, j := range t.joints {
		all = append(all, wide(j)...)
	}
	r.add(Row{Section: "made-up people", What: "frames", Value: Number(t.frames)})
	r.add(Row{What: "people found who are plainly seen", Value: Number(percent(t.bodies-t.missed, t.bodies)), Unit: "%"})
	r.add(Row{What: "frames with the right number of people", Value: Number(percent(t.frames-t.miscounted, t.frames)), Unit: "%"})
	r.add(Row{What: "mask, mean overlap (IoU)", Value: Number(mean(t.ious)), Target: least(0.97)})
	r.add(Row{What: "mask, overlap that 95 % have", Value: Number(quantile(t.ious, 0.05))})
	r.add(Row{What: "joints, median error", Value: Number(median(all)), Unit: "mm", Target: most(30)})
	for n := range kinect.JointName(kinect.JointCount) {
		r.addJoint(n.String(), wide(t.joints[n]))
	}
	hands := slices.Concat(wide(t.joints[kinect.LeftHand]), wide(t.joints[kinect.RightHand]))
	r.add(Row{
		What: "hands within 100 mm, left and right correct", Value: Number(percent(within(hands, 100), len(hands))), Unit: "%", Target: least(97),
	})
	r.add(Row{What: "hands within 100 mm of either", Value: Number(percent(within(wide(t.eitherOne), 100), len(hands))), Unit: "%"})
	if len(t.shaking) > 0 {
		r.add(Row{What: "a still hand, standard deviation", Value: Number(median(t.shaking)), Unit: "mm", Target: most(5)})
	}
	r.addCrossings("with a gap", t.crossings[mannequin.Cross], 0)
	r.addCrossings("touching", t.crossings[mannequin.CrossTouching], 0.05)
	r.addActivities(t)
	r.addGestures(t)
	r.Worst = append(r.Worst, t.worst.pictures()...)
}

func (r *Report) addJoint(name string, errors []float64) {
	if len(errors) == 0 {
		return
	}
	found := within(errors, math.MaxFloat64)
	note := fmt.Sprintf("95 %% within %s, %.1f %% found", Row{Unit: "mm"}.figure(quantile(errors, 0.95)), percent(found, len(errors)))
	r.add(Row{What: "  " + name + ", median error", Value: Number(median(errors)), Unit: "mm", Note: note})
}

// addCrossings writes how many identities were swapped; the share is how many may be.
func (r *Report) addCrossings(how string, c crossings, share float64) {
	if c.of == 0 {
		return
	}
	allowed := max(0, math.Ceil(share*float64(c.of))-1) // under 5 in 100
	r.add(Row{What: "identities swapped, crossings " + how, Value: Number(c.swapped), Of: c.of, Target: most(allowed)})
	r.add(Row{What: "somebody taken for new, crossings " + how, Value: Number(c.renamed), Of: c.of})
}

func (r *Report) addActivities(t *tally) {
	for a, name := range []string{"bystander", "playing", "passing", "sitting"} {
		if c := t.activities[a]; c.of > 0 {
			r.add(Row{What: "known for what they do: " + name, Value: Number(percent(c.right, c.of)), Unit: "%"})
		}
	}
}

const framesPerHour = 3600 * 30

func (r *Report) addGestures(t *tally) {
	for g, name := range (kinect.Gestures(1)<<gestureCount - 1).Names() {
		v := t.gestures[g]
		if v.made+v.alarms == 0 {
			continue
		}
		note := fmt.Sprintf("%d false alarms", v.alarms)
		if len(v.delays) > 0 {
			note = fmt.Sprintf("%s; found after %.0f ms (median)", note, median(v.delays)*1000/30)
		}
		if t.danced > 0 {
			note = fmt.Sprintf("%s; %.1f an hour of dancing", note, float64(v.inDances)*framesPerHour/float64(t.danced))
		}
		r.add(Row{What: "gestures found: " + name, Value: Number(v.found), Of: v.made, Note: note})
	}
}

// drawShot draws a made-up frame: the truth in green, what was found in red.
func drawShot(shot *mannequin.Shot, scene *kinect.Scene) *image.RGBA {
	s := newSheet(shot.Frame)
	for i := range shot.People {
		s.outline(&shot.People[i].Mask, trueColour)
	}
	s.people(scene)
	for i := range shot.People {
		for n, j := range shot.People[i].Joints {
			if j.Sight == kinect.Seen {
				s.ring(j.X, j.Y, trueColour)
			}
			if kinect.JointName(n) == kinect.LeftHand && j.Sight == kinect.Seen {
				s.underline(j.X, j.Y, trueColour)
			}
		}
	}
	return s.RGBA
}
