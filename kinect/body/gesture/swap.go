package gesture

import (
	"math"

	"cutout/kinect"
)

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
// for a moment. One who is really the other way round is believed after a while, or at
// once when the forearms say so.
func (p *Person) untangle(raw *[kinect.JointCount]found, dt float64) {
	for i, pair := range sides() {
		l, r := &p.filters[pair[0]], &p.filters[pair[1]]
		a, b := &raw[pair[0]], &raw[pair[1]]
		wrong := exchanged(l, r, a, b, dt)
		if pair[0] == kinect.LeftHand {
			if sure, crossed := p.byForearms(a, b, dt); sure {
				if wrong != crossed && l.known && r.known {
					*l, *r = *r, *l
				}
				if crossed {
					*a, *b = *b, *a
				}
				p.against[i] = 0
				continue
			}
		}
		if !wrong {
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

// byForearms judges two hands by the elbows: whether they tell, and whether the hands
// are exchanged, because only then are the forearms as long as they should be.
func (p *Person) byForearms(a, b *found, dt float64) (sure, crossed bool) {
	l, r := &p.filters[kinect.LeftElbow], &p.filters[kinect.RightElbow]
	if !a.ok || !b.ok || !l.known || !r.known || p.bones.count[forearm] < enough {
		return false, false
	}
	long := p.bones.length[forearm]
	straight := math.Abs(l.off(a, dt)-long) + math.Abs(r.off(b, dt)-long)
	across := math.Abs(l.off(b, dt)-long) + math.Abs(r.off(a, dt)-long)
	return math.Abs(straight-across) > long/2, across < straight
}

// exchanged reports whether a fits where r was expected and b where l was. Of a side
// that was not there before nothing is expected.
func exchanged(l, r *filter, a, b *found, dt float64) bool {
	al, ar, bl, br := l.off(a, dt), r.off(a, dt), l.off(b, dt), r.off(b, dt)
	switch {
	case l.known && r.known && a.ok && b.ok:
		return ar+bl+swapMargin < al+br
	case l.known && r.known:
		return a.ok && ar+swapMarginOne < al || b.ok && bl+swapMarginOne < br
	case r.known && a.ok && b.ok:
		return ar+swapMargin < br
	case l.known && a.ok && b.ok:
		return bl+swapMargin < al
	case r.known:
		return a.ok && ar < swapMarginOne
	case l.known:
		return b.ok && bl < swapMarginOne
	}
	return false
}

// off is how far a joint lies from where it was expected, m.
func (f *filter) off(j *found, dt float64) float64 { return j.at.minus(f.expected(dt)).length() }
