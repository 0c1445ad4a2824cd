package accuracy

import (
	"context"
	"fmt"
	"image"
	"math"

	"cutout/kinect"
)

// What others reach on 29 frames of these two sets (29 heads, 57 visible hands matched to
// the nearest mark).
const (
	forestHeads    = "28 of 29 (body-part forest)"
	forestHeadsFar = "29 of 29 (body-part forest)"
	forestHands    = "56 of 57 (body-part forest); 37 of 57 (Skeltrack)"
	forestHandsFar = "56 of 57 (body-part forest); 44 of 57 (Skeltrack)"
	forestMedian   = "22-30 mm (body-part forest); 64-89 mm (Skeltrack)"
)

// realTally is what was measured on real frames. A joint that was not found is infinitely
// far away.
type realTally struct {
	heads     []float64 // mm
	hands     []float64 // mm, each from the hand of its own side
	eitherOne []float64 // mm, from whichever hand is nearer
	ious      []float64
	edges     []float64 // px
	people    map[string]*counted
	worst     worst
}

// counted is in how many frames the number of people was right.
type counted struct{ right, of int }

func (r *Report) measureReal(ctx context.Context, o Options) error {
	pictures, err := Load(o.Data)
	if err != nil {
		return err
	}
	t := &realTally{people: map[string]*counted{}, worst: worst{limit: o.Worst}}
	for i, p := range pictures {
		if ctx.Err() != nil {
			return nil
		}
		o.Progress("real frames", i, len(pictures))
		t.judge(p, o.NewTracker().Update(p.Frame))
	}
	o.Progress("real frames", len(pictures), len(pictures))
	r.addReal(t)
	return nil
}

// judge compares what a fresh tracker found in a picture with what is marked.
func (t *realTally) judge(p Picture, s *kinect.Scene) {
	if p.People >= 0 {
		c := t.people[countKind(p)]
		if c == nil {
			c = &counted{}
			t.people[countKind(p)] = c
		}
		c.of++
		if len(s.People) == p.People {
			c.right++
		} else {
			t.worst.add("real-count", p.title(), 1e6+math.Abs(float64(len(s.People)-p.People)), func() *image.RGBA { return drawReal(p, s) })
		}
	}
	partner := pair(len(p.Bodies), len(s.People), math.Inf(1), func(i, j int) float64 { return unlike(p.Bodies[i], &s.People[j]) })
	for i, b := range p.Bodies {
		var found kinect.Person
		if k := partner[i]; k >= 0 {
			found = s.People[k]
		}
		t.judgeBody(p, s, b, &found)
		if i == 0 && p.Mask != nil {
			t.judgeMask(p, s, &found)
		}
	}
}

func (p Picture) title() string { return p.Set + "-" + p.Name }

func countKind(p Picture) string {
	switch {
	case p.People == 0:
		return "nobody found in empty scenes"
	case p.People == 1:
		return "one person found where there is one"
	}
	return fmt.Sprintf("%d people found where there are %d", p.People, p.People)
}

func (t *realTally) judgeBody(p Picture, s *kinect.Scene, b Body, found *kinect.Person) {
	draw := func() *image.RGBA { return drawReal(p, s) }
	if b.Head != nil {
		d := offMark(p.Frame, *b.Head, found.Joints[kinect.Head], found.Distance)
		t.heads = append(t.heads, d)
		t.worst.add("real-head", p.title(), d, draw)
	}
	for _, h := range []struct {
		at         *image.Point
		own, other kinect.JointName
	}{{b.Left, kinect.LeftHand, kinect.RightHand}, {b.Right, kinect.RightHand, kinect.LeftHand}} {
		if h.at == nil {
			continue
		}
		own := offMark(p.Frame, *h.at, found.Joints[h.own], found.Distance)
		other := offMark(p.Frame, *h.at, found.Joints[h.other], found.Distance)
		t.hands = append(t.hands, own)
		t.eitherOne = append(t.eitherOne, min(own, other))
		t.worst.add("real-hand", p.title(), own, draw)
	}
}

func (t *realTally) judgeMask(p Picture, s *kinect.Scene, found *kinect.Person) {
	mask := found.Mask
	if mask == nil {
		mask = &kinect.Mask{}
	}
	iou := overlap(mask, p.Mask, p.MaskEnd)
	edge := boundaryError(mask, p.Mask, p.MaskEnd)
	if math.IsNaN(edge) {
		edge = math.Inf(1)
	}
	t.ious, t.edges = append(t.ious, iou), append(t.edges, edge)
	t.worst.add("real-mask", p.title(), 1-iou, func() *image.RGBA { return drawReal(p, s) })
}

// unlike is how far a found person is from a marked one, pixels: between the heads; of
// somebody without one, from the marked point that the box lies best around.
func unlike(b Body, p *kinect.Person) float64 {
	if h := p.Joints[kinect.Head]; b.Head != nil && h.Confidence > 0 {
		return math.Hypot(float64(h.X-b.Head.X), float64(h.Y-b.Head.Y))
	}
	middle := p.Box.Min.Add(p.Box.Max).Div(2)
	for _, at := range []*image.Point{b.Head, b.Left, b.Right} {
		if at != nil {
			return kinect.Width + math.Hypot(float64(middle.X-at.X), float64(middle.Y-at.Y))
		}
	}
	return math.Inf(1)
}

// offMark is how many millimetres a joint lies beside a mark; infinite when the joint is
// not known. otherwise is the distance to go by where the sensor has no reading.
func offMark(f *kinect.Frame, at image.Point, j kinect.Joint, otherwise kinect.Millimetres) float64 {
	if j.Confidence <= 0 {
		return math.Inf(1)
	}
	mm := around(f, at)
	if mm == kinect.NoReading {
		mm = otherwise
	}
	return math.Hypot(float64(j.X-at.X), float64(j.Y-at.Y)) * float64(mm) / kinect.FocalLength
}

// markGood is how far a mark may be off, pixels.
const markGood = 8

// around is how far away the thing is that a mark is on: as the mark may have slipped off
// it, the nearer quarter of the readings around.
func around(f *kinect.Frame, at image.Point) kinect.Millimetres {
	var readings []float64
	for y := max(0, at.Y-markGood); y <= min(kinect.Height-1, at.Y+markGood); y++ {
		for x := max(0, at.X-markGood); x <= min(kinect.Width-1, at.X+markGood); x++ {
			if mm := f.Depth[y*kinect.Width+x]; mm != kinect.NoReading {
				readings = append(readings, float64(mm))
			}
		}
	}
	if len(readings) == 0 {
		return kinect.NoReading
	}
	return kinect.Millimetres(quantile(readings, 0.25))
}

// addReal writes the rows.
func (r *Report) addReal(t *realTally) {
	if len(t.heads)+len(t.people) == 0 {
		return
	}
	heads, hands := len(t.heads), len(t.hands)
	r.add(Row{
		Section: "real frames", What: "heads within 100 mm", Value: Number(within(t.heads, 100)), Of: heads,
		Target: least(float64(heads - 1)), Peer: forestHeads,
	})
	r.add(Row{What: "heads within 150 mm", Value: Number(within(t.heads, 150)), Of: heads, Target: least(float64(heads)), Peer: forestHeadsFar})
	r.add(Row{
		What: "hands within 100 mm, left and right correct", Value: Number(within(t.hands, 100)), Of: hands,
		Target: least(math.Ceil(0.97 * float64(hands))),
	})
	r.add(Row{What: "hands within 150 mm, left and right correct", Value: Number(within(t.hands, 150)), Of: hands})
	r.add(Row{What: "hands within 100 mm of either", Value: Number(within(t.eitherOne, 100)), Of: hands, Peer: forestHands})
	r.add(Row{What: "hands within 150 mm of either", Value: Number(within(t.eitherOne, 150)), Of: hands, Peer: forestHandsFar})
	r.add(Row{What: "hands, median error", Value: Number(median(t.hands)), Unit: "mm", Target: most(40), Peer: forestMedian})
	if len(t.ious) > 0 {
		r.add(Row{What: "mask, mean overlap (IoU) above the bed", Value: Number(mean(t.ious)), Target: least(0.92)})
		r.add(Row{What: "mask, least overlap (IoU)", Value: Number(quantile(t.ious, 0))})
		r.add(Row{What: "mask, median distance of outlines", Value: Number(median(t.edges)), Unit: "px", Target: most(2)})
	}
	for _, n := range []int{0, 1, 2, 5} {
		kind := countKind(Picture{People: n})
		if c := t.people[kind]; c != nil {
			row := Row{What: kind, Value: Number(c.right), Of: c.of, Target: least(float64(c.of))}
			if n == 1 {
				row.Target = nil
			}
			r.add(row)
		}
	}
	r.Worst = append(r.Worst, t.worst.pictures()...)
}
