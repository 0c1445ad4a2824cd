package gesture

import "cutout/kinect"

// Where things are on a body, in shares of its height (see ofHeight).
const (
	// The shoulders lie this far below the head's centre and beside the neck; the hips
	// this far below the shoulders.
	shoulderBelow, shoulderBeside, hipBelow = 0.117, 0.115, 0.288
	// The mouth lies this far below and before the head's centre.
	mouthBelow, mouthBefore = 0.042, 0.045
	// headTop is how far the head reaches above its centre.
	headTop = 0.075
)

// A stance is how somebody stands in this frame, for the gestures to look at.
type stance struct {
	ok         bool // there is a head, or shoulders: nothing else counts without
	size, arm  float64
	up         vec
	right      vec // the person's own, level
	front      vec // where the chest looks, level
	facing     vec // towards the sensor, level
	aside      vec // to the right of somebody who faces the sensor, level
	head       vec
	headSeen   bool
	sure       bool // the head or both shoulders are found surely
	headSpeed  vec
	middle     vec    // between the shoulders
	shoulder   [2]vec // left, right
	hand       [2]limbEnd
	elbow      [2]limbEnd
	outAtTop   [2]bool // the arm leaves the picture at its top
	hipsHeight float64 // of the hips above the middle, negative
}

// A limbEnd is a hand or an elbow.
type limbEnd struct {
	ok        bool
	measured  bool // in this frame
	sure      bool // found surely, now or just before
	at, speed vec
}

// stance looks at the filtered joints.
func (p *Person) stance(of *kinect.Person, up vec, dt float64) (s stance) {
	var measured kinect.Millimetres
	if of.Silhouette != nil {
		measured = of.Silhouette.Height
	}
	s.size = p.bones.size(measured)
	s.arm = p.bones.arm(s.size)
	s.up = upwards(up)
	s.facing = vec{Z: -1}.plus(s.up.Z, s.up).unit(vec{Z: -1})
	s.aside = s.facing.cross(s.up)
	for i := range 2 {
		s.hand[i] = p.end(kinect.LeftHand + kinect.JointName(i))
		s.elbow[i] = p.end(kinect.LeftElbow + kinect.JointName(i))
	}
	p.place(&s)
	if s.ok {
		p.leaveAtTop(of, &s, dt)
	}
	return s
}

func (p *Person) end(name kinect.JointName) limbEnd {
	f := &p.filters[name]
	return limbEnd{ok: f.known, measured: f.known && f.missed == 0, sure: f.sure(), at: f.at, speed: f.speed}
}

// place finds the shoulders, or where they should be below the head.
func (p *Person) place(s *stance) {
	head, neck := &p.filters[kinect.Head], &p.filters[kinect.Neck]
	l, r := &p.filters[kinect.LeftShoulder], &p.filters[kinect.RightShoulder]
	if !head.known && !(l.known && r.known) {
		return
	}
	s.ok = true
	s.sure = head.sure() || l.sure() && r.sure()
	s.right = s.aside
	if l.known && r.known {
		across := r.at.minus(l.at)
		across = across.plus(-across.dot(s.up), s.up)
		if across.length() > shoulderBeside*s.size {
			s.right = across.unit(s.aside)
		}
	}
	s.front = s.up.cross(s.right)
	switch {
	case l.known && r.known:
		s.middle = l.at.plus(0.5, r.at.minus(l.at))
	case neck.known:
		s.middle = neck.at.plus(-0.026*s.size, s.up)
	default:
		s.middle = head.at.plus(-shoulderBelow*s.size, s.up)
	}
	s.head, s.headSeen = s.middle.plus(shoulderBelow*s.size, s.up), head.known
	if head.known {
		s.head, s.headSpeed = head.at, head.speed
	}
	for i, f := range [2]*filter{l, r} {
		s.shoulder[i] = s.middle.plus(float64(2*i-1)*shoulderBeside*s.size, s.right)
		if f.known {
			s.shoulder[i] = f.at
		}
	}
	s.hipsHeight = -hipBelow * s.size
	if l, r := &p.filters[kinect.LeftHip], &p.filters[kinect.RightHip]; l.known && r.known {
		s.hipsHeight = (l.at.plus(0.5, r.at.minus(l.at))).minus(s.middle).dot(s.up)
	}
}

const (
	// topEdge and topNear are how many pixels from the top the body is cut off, and a
	// hand was seen last before it left.
	topEdge, topNear = 3, 40
	// After so many seconds an arm is no longer taken to be out at the top if the head is
	// cut off too, and nothing shows the arm.
	topTime = 3.0
)

// leaveAtTop finds which arms leave the picture at its top: a hand went out there and
// the body is still cut off, or an elbow shows that a hand not surely found must be out.
func (p *Person) leaveAtTop(of *kinect.Person, s *stance, dt float64) {
	cut := !of.Box.Empty() && of.Box.Min.Y <= topEdge
	c := kinect.DefaultCalibration()
	_, crown, _, ok := c.Pixel(kinect.Place(s.head.plus(headTop*s.size, s.up)))
	headCut := !ok || crown <= topEdge
	for i := range 2 {
		h, e := s.hand[i], s.elbow[i]
		switch {
		case h.measured || !cut:
			p.top[i] = 0
			if !cut || !h.measured || !h.sure {
				break
			}
			_, y, _, ok := c.Pixel(kinect.Place(h.at.plus(period, h.speed)))
			if ok && y < topNear && s.height(h.at) > 0 {
				p.top[i] = 1e-9 // may leave now
			}
		case p.top[i] > 0:
			if p.top[i] += dt; p.top[i] > topTime && headCut {
				p.top[i] = 0
			}
		}
		s.outAtTop[i] = p.top[i] > 1e-6
		if !h.sure && cut && e.sure && s.height(e.at) > 0 {
			_, y, _, ok := c.Pixel(kinect.Place(e.at.plus(s.arm/2, s.up)))
			s.outAtTop[i] = s.outAtTop[i] || ok && y < 0
		}
	}
}

// height is how far a place lies above the middle of the shoulders, in the person's
// heights; side how far to the person's right of it, before how far in front.
func (s *stance) height(at vec) float64 { return at.minus(s.middle).dot(s.up) / s.size }
func (s *stance) side(at vec) float64   { return at.minus(s.middle).dot(s.right) / s.size }
func (s *stance) before(at vec) float64 { return at.minus(s.middle).dot(s.front) / s.size }
