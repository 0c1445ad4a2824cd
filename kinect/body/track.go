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
	// lost is for how many frames' time the player is waited for.
	lost = 20
	// longest is for how many frames' time what was seen where still says something.
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
	frames   int // in which it was found
	place    place
	vx, vz   float32 // mm a frame
	look     look
	axis     spot
	distance int32
	head     spot
	gestures gesture.Person
	stature  stature
	stay     stay
	past     past
	body     kinect.Grid
}

// A place in the room, mm: to the right of the axis, and away from the sensor.
type place struct{ x, z int32 }

// begin makes a track for somebody new: its index, or -1 when there are too many. Who
// has been away longest makes room.
func (t *Tracker) begin() int8 {
	slot, longest := -1, lost
	for i := range t.tracks {
		k := &t.tracks[i]
		if k.id == 0 {
			slot = i
			break
		}
		if k.missed > longest {
			slot, longest = i, k.missed
		}
	}
	if slot < 0 {
		return -1
	}
	t.lastID++
	t.tracks[slot] = track{id: t.lastID, missed: 1}
	return int8(slot)
}

// tracked reports whether somebody is followed, in sight or not.
func (t *Tracker) tracked(id int) bool {
	for i := range t.tracks {
		if k := &t.tracks[i]; k.id == id && id != 0 {
			return k.missed <= lost
		}
	}
	return false
}

// age counts the time since the last frame, and forgets those who have not been seen
// for too long. Every track is missed until it is found.
func (t *Tracker) age(clock uint32) {
	t.periods = max(1, min((int(int32(clock-t.clock))+period/2)/period, absent+1))
	t.clock = clock
	for i := range t.tracks {
		if k := &t.tracks[i]; k.id != 0 {
			if k.missed += t.periods; k.missed > absent {
				k.id = 0
			}
		}
	}
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
	mask := t.refine(depth, &tr.past)
	s := t.silhouette(mask, &tr.body)
	tr.body = s.Body
	height, drop := tr.stature.measure(t)
	s.Distance, s.Height, s.FloorDrop = kinect.Millimetres(tr.distance), kinect.Millimetres(height), drop
	p := kinect.Person{
		ID: tr.id, Box: boundsOf(mask, (f.box.top-1)*cell, (f.box.down+2)*cell),
		Mask: mask, Silhouette: s, Distance: s.Distance,
		Room: t.roomOf(tr.distance, height),
	}
	t.attend(tr)
	p.Facing = tr.stay.facing
	e := tr.gestures.Expect(t.clock)
	p.Joints = t.findJoints(&e)
	tr.gestures.Update(&p, t.clock, t.up)
	return p
}
