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

// truth is what is true of a figure that was drawn, but for its mask.
func truth(c *canvas, f *figure, k *skeleton) Truth {
	t := Truth{Height: f.height}
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
		t.Joints[n] = sight(c, f, at[n], &limbs[n])
	}
	return t
}

// sight is a joint at a place.
func sight(c *canvas, f *figure, at vec, l *limb) kinect.Joint {
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
		return k.owner == f.owner && (k.part == l.parts[0] || k.part == l.parts[1] || k.part == l.parts[2]) && k.part != NoPart
	}
	if c.cells[j.Y*kinect.Width+j.X].owner != f.owner {
		return j
	}
	r := max(2, int(l.radius*f.height*s))
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
