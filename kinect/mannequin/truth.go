package mannequin

import (
	"math"

	"cutout/kinect"
)

// A limb is what must be visible around a joint for the joint to count as seen.
type limb struct {
	parts  [3]Part
	radius float64 // heights of a body
}

var limbs = [kinect.JointCount]limb{
	kinect.Head:          {[3]Part{Head}, 0.05},
	kinect.Neck:          {[3]Part{Neck, LeftUpperTorso, RightUpperTorso}, 0.035},
	kinect.LeftShoulder:  {[3]Part{LeftShoulder, LeftUpperArm}, 0.035},
	kinect.RightShoulder: {[3]Part{RightShoulder, RightUpperArm}, 0.035},
	kinect.LeftElbow:     {[3]Part{LeftUpperArm, LeftForearm}, 0.03},
	kinect.RightElbow:    {[3]Part{RightUpperArm, RightForearm}, 0.03},
	kinect.LeftHand:      {[3]Part{LeftHand}, 0.03},
	kinect.RightHand:     {[3]Part{RightHand}, 0.03},
	kinect.LeftHip:       {[3]Part{LeftLowerTorso, LeftThigh}, 0.04},
	kinect.RightHip:      {[3]Part{RightLowerTorso, RightThigh}, 0.04},
	kinect.LeftKnee:      {[3]Part{LeftThigh, LeftShin}, 0.035},
	kinect.RightKnee:     {[3]Part{RightThigh, RightShin}, 0.035},
	kinect.LeftFoot:      {[3]Part{LeftFoot}, 0.03},
	kinect.RightFoot:     {[3]Part{RightFoot}, 0.03},
}

// truth is what is true of a body that was drawn, but for its mask.
func truth(c *canvas, f *build, owner uint8, k *skeleton) Truth {
	t := Truth{Height: f.height, Gestures: f.held(k)}
	at := [kinect.JointCount]vec{
		kinect.Head: k.head.at, kinect.Neck: k.neck,
	}
	for s := range 2 {
		n := kinect.JointName(s)
		at[kinect.LeftShoulder+n] = k.shoulder[s]
		at[kinect.LeftElbow+n] = k.elbow[s]
		at[kinect.LeftHand+n] = k.hand[s].place(vec{y: 0.42 * f.hand})
		at[kinect.LeftHip+n] = k.hip[s]
		at[kinect.LeftKnee+n] = k.knee[s]
		at[kinect.LeftFoot+n] = k.foot[s].place(vec{y: -0.45 * f.ankle, z: 0.3 * f.foot})
	}
	for n := range at {
		t.Joints[n] = sight(c, owner, f.height, at[n], &limbs[n])
	}
	return t
}

// sight is a joint at a place.
func sight(c *canvas, owner uint8, height float64, at vec, l *limb) kinect.Joint {
	p := c.eye.see(at)
	j := kinect.Joint{Place: p, Confidence: 1, Sight: kinect.OutOfView}
	if p.Z < 0.05 {
		return j // beside or behind the sensor there is no pixel
	}
	s := kinect.FocalLength / p.Z
	u, v := kinect.Width/2+p.X*s, kinect.Height/2+p.Y*s
	j.X, j.Y, j.Depth = int(math.Round(u)), int(math.Round(v)), kinect.Millimetres(math.Round(p.Z*1000))
	if uint(j.X) >= kinect.Width || uint(j.Y) >= kinect.Height {
		return j
	}
	j.Sight = kinect.Hidden
	own := func(x, y int) bool {
		k := &c.cells[y*kinect.Width+x]
		return k.owner == owner && (k.part == l.parts[0] || k.part == l.parts[1] || k.part == l.parts[2]) && k.part != NoPart
	}
	if c.cells[j.Y*kinect.Width+j.X].owner != owner {
		return j
	}
	r := max(2, int(l.radius*height*s))
	seen, all := 0, 0
	for y := j.Y - r; y <= j.Y+r; y++ {
		for x := j.X - r; x <= j.X+r; x++ {
			if (x-j.X)*(x-j.X)+(y-j.Y)*(y-j.Y) > r*r {
				continue
			}
			all++
			if uint(x) < kinect.Width && uint(y) < kinect.Height && own(x, y) {
				seen++
			}
		}
	}
	if seen*4 >= all {
		j.Sight = kinect.Seen
	}
	return j
}

// held is the gestures that a body holds, strictly: both hands over the shoulders;
// both arms straight and level, out to the sides; the forearms crossing before the
// chest; a hand before the mouth.
func (b *build) held(k *skeleton) (g kinect.Gestures) {
	var hand [2]vec
	level := true
	for s := range 2 {
		hand[s] = k.hand[s].place(vec{y: 0.42 * b.hand})
		arm, fore := k.elbow[s].minus(k.shoulder[s]).unit(), k.wrist[s].minus(k.elbow[s]).unit()
		out := k.chest.x.times(outwards(s))
		const slant = 25 * degree
		level = level && arm.dot(fore) > math.Cos(30*degree) &&
			math.Abs(arm.y) < math.Sin(slant) && math.Abs(fore.y) < math.Sin(slant) &&
			arm.dot(out) > math.Cos(35*degree) && fore.dot(out) > math.Cos(45*degree)
	}
	over := func(s int) bool { return hand[s].y > k.shoulder[s].y+0.05*b.height }
	if over(left) && over(right) {
		g |= kinect.HandsUp
	}
	if level {
		g |= kinect.TPose
	}
	if b.crossed(k) {
		g |= kinect.ArmsCrossed
	}
	mouth := k.head.place(vec{y: -0.5 * b.head.y, z: b.head.z})
	for s := range 2 {
		q := k.head.local(hand[s])
		if hand[s].minus(mouth).len() < 0.1 && q.z > 0.6*b.head.z && math.Abs(q.x) < 0.05 {
			g |= kinect.HandOverMouth
		}
	}
	return g
}

// crossed says whether the forearms make a cross before the chest, seen from its
// front.
func (b *build) crossed(k *skeleton) bool {
	var e, w [2]vec
	for s := range 2 {
		e[s], w[s] = k.chest.local(k.elbow[s]), k.chest.local(k.hand[s].place(vec{y: 0.42 * b.hand}))
		if w[s].y > 0.1*b.torso || w[s].y < -0.9*b.torso || w[s].z < 0.03 {
			return false
		}
	}
	turn := func(a, b, c vec) float64 { return (b.x-a.x)*(c.y-a.y) - (b.y-a.y)*(c.x-a.x) }
	return turn(e[0], w[0], e[1])*turn(e[0], w[0], w[1]) < 0 && turn(e[1], w[1], e[0])*turn(e[1], w[1], w[0]) < 0
}
