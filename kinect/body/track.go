package body

import (
	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

const (
	// maxPeople are tracked at once, as many as the Kinect's own software sees.
	maxPeople = 6
	// How much a figure must look like head and shoulders to be taken for a person,
	// and to go on being one.
	newScore, keptScore = 0.89, 0.76
	// Somebody new is taken up to this distance, mm, and followed a little further.
	newFurthest = 4150
	// stride is how far, mm, people get from one frame to the next at most; lost is
	// for how many frames they are waited for.
	strideLength, lost = 450, 20
	// longest is for how many frames' time people may have moved between two frames
	// and still be taken for the same.
	longest = 3
	// period is a depth frame's time in ticks of the sensor's clock.
	period = 2_002_155
	// Somebody who comes nearer than the player by ahead mm takes over after passing
	// frames: those who walk through the picture do not.
	ahead, passing = 300, 30
)

// A track is what is known about a person from the frames before.
type track struct {
	id       int // 0: not in use
	missed   int
	place    place
	distance int32
	head     spot
	gestures gesture.Person
	stature  stature
	past     past
	body     kinect.Grid
}

// A place in the room, mm: to the right of the axis, and away from the sensor.
type place struct{ x, z int32 }

func (p *part) place() place {
	z := p.mean()
	return place{x: int32((float32(p.left+p.right)/2 - centreX) * float32(z) / focal), z: z}
}

// follow is the track that is nearest to a place, or nil.
func (t *Tracker) follow(p place) *track {
	var best *track
	near := int32(strideLength * min(t.periods, longest))
	for i := range t.tracks {
		k := &t.tracks[i]
		if k.id == 0 || k.missed == 0 {
			continue
		}
		if d := length(max(p.x-k.place.x, k.place.x-p.x), max(p.z-k.place.z, k.place.z-p.z)); d < near {
			best, near = k, d
		}
	}
	return best
}

// begin makes a track for somebody new; nil when there are too many.
func (t *Tracker) begin() *track {
	for i := range t.tracks {
		if k := &t.tracks[i]; k.id == 0 {
			t.lastID++
			*k = track{id: t.lastID}
			return k
		}
	}
	return nil
}

// tracked reports whether somebody is followed, in sight or not.
func (t *Tracker) tracked(id int) bool {
	for i := range t.tracks {
		if t.tracks[i].id == id && id != 0 {
			return true
		}
	}
	return false
}

// age counts the time since the last frame, and forgets those who have not been seen
// for too long. Every track is missed until it is found.
func (t *Tracker) age(clock uint32) {
	t.periods = max(1, min((int(int32(clock-t.clock))+period/2)/period, lost+1))
	t.clock = clock
	for i := range t.tracks {
		if k := &t.tracks[i]; k.id != 0 {
			if k.missed += t.periods; k.missed > lost {
				k.id = 0 // and if it was the player, somebody else may be
			}
		}
	}
}

// person looks whether part k carries a head, and draws the person.
func (t *Tracker) person(k int, depth []kinect.Millimetres) (kinect.Person, bool) {
	f := &t.figure
	p := t.parts.list[k].place()
	tr := t.follow(p)
	if tr == nil && p.z > newFurthest {
		return kinect.Person{}, false
	}
	t.gather(k)
	var before spot
	if tr != nil {
		before = tr.head
	}
	f.findHead(&t.grid, before)
	need := float32(newScore)
	if tr != nil {
		need = keptScore
	}
	if f.head.score < need || tr == nil && !t.headIsFree() {
		return kinect.Person{}, false
	}
	if tr == nil {
		if tr = t.begin(); tr == nil {
			return kinect.Person{}, false
		}
		tr.distance = f.distance
	}
	tr.place, tr.head = p, f.head
	return t.describe(tr, depth), true
}

// describe fills a Person from the figure.
func (t *Tracker) describe(tr *track, depth []kinect.Millimetres) kinect.Person {
	f := &t.figure
	tr.missed = 0
	if d := f.distance - tr.distance; d > 120 || d < -120 {
		tr.distance = f.distance
	} else {
		tr.distance += d / 3
	}
	left, right := t.findHands()
	mask := t.refine(depth, &tr.past)
	s := t.silhouette(mask, &tr.body)
	tr.body = s.Body
	height, drop := tr.stature.measure(t)
	s.Distance, s.Height, s.FloorDrop = kinect.Millimetres(tr.distance), kinect.Millimetres(height), drop
	p := kinect.Person{
		ID: tr.id, Box: boundsOf(mask, (f.box.top-1)*cell, (f.box.down+2)*cell),
		Mask: mask, Silhouette: s, Distance: s.Distance,
	}
	p.Joints[kinect.Head], p.Joints[kinect.LeftHand], p.Joints[kinect.RightHand] = f.head.joint(), left.joint(), right.joint()
	tr.gestures.Update(&p, t.clock, t.up)
	return p
}

// joint is the spot in pixels.
func (s spot) joint() kinect.Joint {
	if s.score <= 0 {
		return kinect.Joint{}
	}
	return kinect.Joint{
		X: int(s.x*cell + cell/2), Y: int(s.y*cell + cell/2),
		Depth: kinect.Millimetres(s.z), Confidence: min(1, s.score), Sight: kinect.Seen,
	}
}
