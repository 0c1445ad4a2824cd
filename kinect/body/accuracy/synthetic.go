package accuracy

import (
	"context"
	"fmt"
	"image"
	"math"
	"sync"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

// A job is one sequence to go through.
type job struct {
	kind  mannequin.Kind
	seed  uint64
	tally *tally
}

// jobs are the sequences of a run, those of the longest kinds mixed among the others.
func jobs(o Options) []*job {
	var all []*job
	for k := range mannequin.Kind(mannequin.KindCount) {
		for i := range o.Synthetic[k] {
			all = append(all, &job{kind: k, seed: o.Seed<<32 + uint64(k)<<16 + uint64(i)})
		}
	}
	return all
}

// measureSynthetic goes through the sequences, several at a time. What is measured does
// not depend on how many.
func (r *Report) measureSynthetic(ctx context.Context, o Options) {
	all := jobs(o)
	if len(all) == 0 {
		return
	}
	var (
		mu        sync.Mutex
		next, did int
		workers   sync.WaitGroup
	)
	take := func() *job {
		mu.Lock()
		defer mu.Unlock()
		if next == len(all) || ctx.Err() != nil {
			return nil
		}
		next++
		return all[next-1]
	}
	for range o.Workers {
		workers.Go(func() {
			for j := take(); j != nil; j = take() {
				j.tally = watch(ctx, o.NewPlay(j.kind, j.seed), j, o)
				mu.Lock()
				did++
				o.Progress("made-up sequences", did, len(all))
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return
	}
	sum := newTally(o)
	for _, j := range all {
		sum.merge(j.tally)
	}
	r.addSynthetic(sum)
	if o.Why {
		r.addLosses(sum)
	}
}

// upright is a Tracker that can be told which way is up.
type upright interface{ SetUp(up kinect.Place) }

// watch goes through one sequence with a new tracker.
func watch(ctx context.Context, play mannequin.Play, j *job, o Options) *tally {
	t := newTally(o)
	tracker := o.NewTracker()
	v := &viewing{tally: t, kind: j.kind, name: fmt.Sprintf("%v-%d", j.kind, j.seed&0xffff), people: map[int]*story{}}
	for i := range play.Len() {
		if ctx.Err() != nil {
			return t
		}
		shot := play.Shot(i)
		if u, ok := tracker.(upright); ok && i == 0 {
			u.SetUp(shot.Up)
		}
		v.judge(i, shot, tracker.Update(shot.Frame))
	}
	v.finish()
	return t
}

const (
	// plain is how many pixels of a body must be seen, with its head, for it to be
	// found; less than hint, and it need not be.
	plain, hint = 1500, 250
	// alike is the least overlap of a found mask with a true one of the same person.
	alike = 0.2
	// settled is when a second has gone by: activity is told by what people do.
	settled = 30
)

// A viewing is one sequence as it goes by.
type viewing struct {
	tally  *tally
	kind   mannequin.Kind
	name   string
	people map[int]*story // by the truth's ID
	// The frame before, found and true.
	before      *kinect.Scene
	truthBefore *mannequin.Shot
}

// A story is what is known of a true person in the frames so far.
type story struct {
	found    []sighting
	gestures [gestureCount]timeline
	hand     [3][]float64 // found less true, mm, of the hand that is held out
}

// A sighting is that a person was found in a frame, as whom.
type sighting struct{ frame, id int }

// judge compares a frame with the truth.
func (v *viewing) judge(i int, shot *mannequin.Shot, s *kinect.Scene) {
	t := v.tally
	t.frames++
	people := shot.People
	partner := pair(len(people), len(s.People), 1-alike, func(a, b int) float64 {
		if s.People[b].Mask == nil {
			return 1
		}
		return 1 - overlap(&people[a].Mask, s.People[b].Mask, kinect.Height)
	})
	must, may := 0, 0
	for k := range people {
		truth := &people[k]
		seen := truth.Mask.Count()
		if seen >= hint {
			may++
		}
		var found *kinect.Person
		if p := partner[k]; p >= 0 {
			found = &s.People[p]
		}
		if seen >= plain && truth.Joints[kinect.Head].Sight == kinect.Seen {
			must++
			v.judgePerson(i, shot, s, truth, found)
		}
		v.follow(i, truth, found)
	}
	v.before = s
	v.truthBefore = shot
	if n := len(s.People); n < must || n > may {
		t.miscounted++
		bad := math.Max(float64(must-n), float64(n-may))
		t.worst.add("made-up-count", v.title(i), bad, func() *image.RGBA { return drawShot(shot, s) })
	}
}

func (v *viewing) title(i int) string { return fmt.Sprintf("%s-%04d", v.name, i) }

// judgePerson measures somebody who is plainly seen; found is nil when nobody was found.
func (v *viewing) judgePerson(i int, shot *mannequin.Shot, s *kinect.Scene, truth *mannequin.Truth, found *kinect.Person) {
	t := v.tally
	if t.losses != nil {
		v.ask(shot, s, truth, found)
	}
	if found == nil {
		found = &kinect.Person{Mask: &kinect.Mask{}}
		t.missed++
	}
	t.bodies++
	draw := func() *image.RGBA { return drawShot(shot, s) }
	iou := overlap(found.Mask, &truth.Mask, kinect.Height)
	t.ious = append(t.ious, iou)
	t.worst.add("made-up-mask", v.name, 1-iou, draw)
	for n := range kinect.JointName(kinect.JointCount) {
		if truth.Joints[n].Sight != kinect.Seen {
			continue
		}
		d := apart(found.Joints[n], truth.Joints[n])
		t.joints[n] = append(t.joints[n], float32(d))
		if n == kinect.LeftHand || n == kinect.RightHand {
			mirror := kinect.LeftHand + kinect.RightHand - n
			t.eitherOne = append(t.eitherOne, float32(min(d, apart(found.Joints[mirror], truth.Joints[n]))))
			t.worst.add("made-up-hand", v.name, d, draw)
		}
	}
	if i < settled {
		return
	}
	want, known := v.activity(truth)
	if known {
		t.activities[want].of++
		if found.Activity == want {
			t.activities[want].right++
		}
	}
}

// apart is how many millimetres lie between a found joint and the true one; infinite
// when it was not found.
func apart(found, truth kinect.Joint) float64 {
	if found.Confidence <= 0 {
		return math.Inf(1)
	}
	place := found.Place
	if place == (kinect.Place{}) {
		place = kinect.DefaultCalibration().Place(float64(found.X), float64(found.Y), found.Depth)
	}
	d := difference(place, truth.Place)
	return math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
}

// difference is a less b in millimetres.
func difference(a, b kinect.Place) [3]float64 {
	return [3]float64{1000 * (a.X - b.X), 1000 * (a.Y - b.Y), 1000 * (a.Z - b.Z)}
}

// activity is what somebody is there for, where the kind of sequence says so: the first
// plays; the second sits or walks by.
func (v *viewing) activity(truth *mannequin.Truth) (a kinect.Activity, known bool) {
	second := truth.ID != 1
	switch v.kind {
	case mannequin.Cross, mannequin.CrossTouching, mannequin.Party:
		return 0, false
	case mannequin.Sofa:
		if second {
			return kinect.Sitting, true
		}
	case mannequin.Walkby:
		if second {
			return kinect.Passing, true
		}
	}
	return kinect.Playing, true
}

// follow notes as whom somebody was found, and what they did.
func (v *viewing) follow(i int, truth *mannequin.Truth, found *kinect.Person) {
	p := v.people[truth.ID]
	if p == nil {
		p = &story{}
		v.people[truth.ID] = p
	}
	var made kinect.Gestures
	if found != nil {
		p.found = append(p.found, sighting{i, found.ID})
		made = found.Gestures
	}
	excused := poses(truth) &^ truth.Gestures
	for g := range p.gestures {
		p.gestures[g].add(i, truth.Gestures>>g&1 != 0, made&^excused>>g&1 != 0)
	}
	if v.kind != mannequin.Stillness || i < settled || found == nil {
		return
	}
	hand := kinect.LeftHand
	if truth.Joints[kinect.RightHand].Place.Z < truth.Joints[kinect.LeftHand].Place.Z {
		hand = kinect.RightHand
	}
	if j := found.Joints[hand]; j.Confidence > 0 {
		place := j.Place
		if place == (kinect.Place{}) {
			place = kinect.DefaultCalibration().Place(float64(j.X), float64(j.Y), j.Depth)
		}
		for axis, d := range difference(place, truth.Joints[hand].Place) {
			p.hand[axis] = append(p.hand[axis], d)
		}
	}
}

// finish judges what can be told at the end alone.
func (v *viewing) finish() {
	t := v.tally
	for _, p := range v.people {
		for g := range p.gestures {
			t.gestures[g].add(p.gestures[g].judge(momentary(g)), v.kind == mannequin.Dance)
		}
		if len(p.hand[0]) > settled {
			t.shaking = append(t.shaking, math.Sqrt(variance(p.hand[0])+variance(p.hand[1])+variance(p.hand[2])))
		}
	}
	if v.kind == mannequin.Dance {
		t.danced += t.frames
	}
	if v.kind == mannequin.Cross || v.kind == mannequin.CrossTouching {
		c := &t.crossings[v.kind]
		c.of++
		switch swapped, renamed := v.identities(); {
		case swapped:
			c.swapped++
		case renamed:
			c.renamed++
		}
	}
}

// sure is for how many sightings in a row somebody must go by another's name for it to
// be a swap, and not two bodies in each other's outline.
const sure = 10

// identities says whether somebody went by the name that another had first, or ended
// with a name that nobody had at first.
func (v *viewing) identities() (swapped, renamed bool) {
	first := map[int]int{} // by found ID, whose it was
	for truth, p := range v.people {
		if len(p.found) > 0 {
			first[p.found[0].id] = truth
		}
	}
	for truth, p := range v.people {
		row := 0
		for _, s := range p.found {
			if whose, known := first[s.id]; known && whose != truth {
				row++
			} else {
				row = 0
			}
			swapped = swapped || row >= sure
		}
		if len(p.found) > 0 && p.found[len(p.found)-1].id != p.found[0].id {
			renamed = true
		}
	}
	return swapped, renamed
}

func variance(values []float64) float64 {
	m, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	return sum / float64(len(values))
}
