package accuracy

import (
	"context"
	"math"
	"reflect"
	"runtime"
	"slices"
	"time"

	"cutout/kinect"
	"cutout/kinect/framing"
	"cutout/kinect/mannequin"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

const (
	// pacedFrames are timed, in pacedRounds.
	pacedFrames, pacedRounds = 90, 5
	// crowded is how many sequences are looked through for one with six people.
	crowded = 24
)

// measurePace times the tracker frame by frame on this goroutine alone.
func (r *Report) measurePace(ctx context.Context, o Options) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	o.Progress("time per frame", 0, 3)
	copying := timeCopy()
	r.add(Row{Section: "pace, one core", What: "copying a frame's depth (for comparison), median", Value: Number(median(copying)), Unit: "ms"})
	one := frames(ctx, mannequin.NewPlay(mannequin.Dance, o.Seed<<32))
	r.addPace("one person", one, o, 3, 5)
	o.Progress("time per frame", 1, 3)
	six := frames(ctx, crowd(o.Seed))
	r.addPace("six people", six, o, 8, 0)
	o.Progress("time per frame", 2, 3)
	if ctx.Err() == nil {
		r.addFraming(o)
	}
	o.Progress("time per frame", 3, 3)
}

// crowd is a sequence with six people, or as many as there are.
func crowd(seed uint64) mannequin.Play {
	var best mannequin.Play
	most := 0
	for i := range uint64(crowded) {
		play := mannequin.NewPlay(mannequin.Party, seed<<32+i)
		if n := len(play.Shot(0).People); n > most {
			best, most = play, n
		}
		if most == 6 {
			break
		}
	}
	return best
}

// frames are the first of a sequence, drawn beforehand.
func frames(ctx context.Context, play mannequin.Play) []*kinect.Frame {
	var all []*kinect.Frame
	for i := range min(play.Len(), pacedFrames) {
		if ctx.Err() != nil {
			return nil
		}
		all = append(all, play.Shot(i).Frame)
	}
	return all
}

// timeCopy times the copying of depth, ms: what no tracker can be faster than.
func timeCopy() []float64 {
	from, to := make([]kinect.Millimetres, kinect.Width*kinect.Height), make([]kinect.Millimetres, kinect.Width*kinect.Height)
	for i := range from {
		from[i] = kinect.Millimetres(i)
	}
	return timed(200, func(int) { copy(to, from) })
}

// timed is how long each of n calls takes, ms: the shortest of a few rounds, for what
// other programs take of the core is not ours.
func timed(n int, f func(i int)) []float64 {
	took := slices.Repeat([]float64{math.Inf(1)}, n)
	for range pacedRounds {
		for i := range took {
			start := time.Now()
			f(i)
			took[i] = min(took[i], float64(time.Since(start))/float64(time.Millisecond))
		}
	}
	return took
}

// addPace writes how long frames take; typical and slow are the targets for the median
// and for 95 %, 0 being none.
func (r *Report) addPace(who string, frames []*kinect.Frame, o Options, typical, slow float64) {
	if len(frames) == 0 {
		return
	}
	tracker := o.NewTracker()
	for _, f := range frames {
		tracker.Update(f)
	}
	runtime.GC()
	took := timed(len(frames), func(i int) { tracker.Update(frames[i]) })
	r.add(Row{What: who + ", median", Value: Number(median(took)), Unit: "ms", Target: most(typical)})
	row := Row{What: who + ", 95 % within", Value: Number(quantile(took, 0.95)), Unit: "ms"}
	if slow > 0 {
		row.Target = most(slow)
	}
	r.add(row)
	allocations, bytes, scenes := allocated(tracker, frames)
	r.add(Row{What: who + ", allocations a frame", Value: Number(math.Round(allocations))})
	r.add(Row{What: who + ", allocated a frame", Value: Number(bytes / 1024), Unit: "KiB"})
	r.add(Row{What: who + ", of these the scenes themselves", Value: Number(scenes / 1024), Unit: "KiB"})
}

// allocated is what a frame allocates on average, and what of that are the scenes.
func allocated(tracker Tracker, frames []*kinect.Frame) (allocations, bytes, scenes float64) {
	size := func(v any) float64 { return float64(reflect.TypeOf(v).Size()) }
	perScene := size(kinect.Scene{})
	perPerson := size(kinect.Person{}) + size(kinect.Mask{}) + size(kinect.Silhouette{})
	people := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, f := range frames {
		people += len(tracker.Update(f).People)
	}
	runtime.ReadMemStats(&after)
	n := float64(len(frames))
	return float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n, perScene + perPerson*float64(people)/n
}

// addFraming times the cutting out of a puppet that moves, for it has colour.
func (r *Report) addFraming(o Options) {
	const scenes = 20
	room, tracker := puppet.NewRoom(o.Seed), o.NewTracker()
	developer := raw.NewDeveloper(kinect.DefaultCalibration())
	var all []*kinect.Scene
	for i := range scenes {
		swing := int16(6 * i)
		shot := puppet.Render(puppet.Figure{
			Pose: kinect.Pose{LeftShoulder: swing, RightShoulder: 90 - swing/2, Lean: swing / 10}, Height: 1700, Distance: 2600, Look: puppet.NewLook(o.Seed),
		}, room, o.Seed+uint64(i))
		f := &kinect.Frame{Seq: uint64(i + 1), Clock: uint32(i+1) * kinect.ClockHz / 30, Colour: shot.Picture, Registered: true}
		f.Depth = make([]kinect.Millimetres, len(shot.Codes))
		developer.Millimetres(f.Depth, shot.Codes)
		all = append(all, tracker.Update(f))
	}
	framer := framing.NewFramer(framing.Options{Share: framing.Cutout, Background: framing.Key})
	for _, s := range all {
		framer.Render(s)
	}
	took := timed(scenes, func(i int) { framer.Render(all[i]) })
	r.add(Row{What: "framing with keyed background, median", Value: Number(median(took)), Unit: "ms", Target: most(1.5)})
	r.add(Row{What: "framing with keyed background, 95 % within", Value: Number(quantile(took, 0.95)), Unit: "ms"})
}
