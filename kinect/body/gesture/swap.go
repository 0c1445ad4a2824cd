package gesture

import "cutout/kinect"

const (
	// Left and right are taken for exchanged when that fits what was expected better by
	// this much, m: over both joints, or over the only one that was found.
	swapMargin, swapMarginOne = 0.10, 0.15
	// After insisting this many seconds, the exchanged side is believed.
	insist = 0.4
)

// sides are the joints that there are two of, left and right.
func sides() [6][2]kinect.JointName {
	return [6][2]kinect.JointName{
		{kinect.LeftShoulder, kinect.RightShoulder}, {kinect.LeftElbow, kinect.RightElbow},
		{kinect.LeftHand, kinect.RightHand}, {kinect.LeftHip, kinect.RightHip},
		{kinect.LeftKnee, kinect.RightKnee}, {kinect.LeftFoot, kinect.RightFoot},
	}
}

// untangle gives the left its left and the right its right where they were exchanged
// for a moment. One who is really the other way round is believed after a while.
func (p *Person) untangle(raw *[kinect.JointCount]found, dt float64) {
	for i, pair := range sides() {
		l, r := &p.filters[pair[0]], &p.filters[pair[1]]
		a, b := &raw[pair[0]], &raw[pair[1]]
		if !l.known || !r.known || !exchanged(l.expected(dt), r.expected(dt), a, b) {
			p.against[i] = max(0, p.against[i]-dt)
			continue
		}
		if p.against[i] += dt; p.against[i] > insist {
			*l, *r = *r, *l
			p.against[i] = 0
			continue
		}
		*a, *b = *b, *a
	}
}

// exchanged reports whether a fits where r was expected and b where l was.
func exchanged(l, r vec, a, b *found) bool {
	switch {
	case a.ok && b.ok:
		return a.at.minus(r).length()+b.at.minus(l).length()+swapMargin < a.at.minus(l).length()+b.at.minus(r).length()
	case a.ok:
		return a.at.minus(r).length()+swapMarginOne < a.at.minus(l).length()
	case b.ok:
		return b.at.minus(l).length()+swapMarginOne < b.at.minus(r).length()
	}
	return false
}
