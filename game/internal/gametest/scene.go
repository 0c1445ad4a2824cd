package gametest

import (
	"image"
	"math"

	"cutout/game/world"
	"cutout/kinect"
)

// A Body is a made-up player before a made-up sensor.
type Body struct {
	Pose     kinect.Pose
	Distance float64 // mm
	Height   float64 // mm
	// Drop is how far the floor lies below the sensor, mm.
	Drop float64
}

// Standing is a grown player at a good distance.
func Standing(p kinect.Pose) Body { return Body{Pose: p, Distance: 2900, Height: 1750, Drop: 900} }

// Scene is what a tracker would see of b: depth with the sensor's steps, the mask,
// the silhouette, and a plain colour picture.
func (b Body) Scene() *kinect.Scene {
	f := &kinect.Frame{Seq: 1, Depth: make([]kinect.Millimetres, kinect.Width*kinect.Height), Registered: true}
	mask := &kinect.Mask{}
	s := b.Pose.Skeleton()
	for _, limb := range s.Limbs() {
		b.draw(f.Depth, mask, limb)
	}
	p := kinect.Person{ID: 1, Activity: kinect.Playing, Mask: mask, Distance: kinect.Millimetres(b.Distance), Silhouette: b.silhouette(mask)}
	p.Box = bounds(mask)
	x, y, _ := b.project(s.Head)
	p.Joints[kinect.Head] = kinect.Joint{X: int(x), Y: int(y), Depth: p.Distance, Confidence: 1}
	f.Colour = Plain(kinect.Width, kinect.Height, 140, 120, 150)
	return &kinect.Scene{Frame: f, People: []kinect.Person{p}}
}

// project maps a point of the body to a pixel and its distance.
func (b Body) project(p kinect.Point) (x, y, z float64) {
	mm := b.Height / kinect.Span
	z = b.Distance - float64(p.Z)*mm
	x = kinect.Width/2 + float64(p.X)*mm*kinect.FocalLength/b.Distance
	y = kinect.Height/2 + (b.Drop-float64(p.Y)*mm)*kinect.FocalLength/b.Distance
	return x, y, z
}

// draw rasterises one limb as a round capsule.
func (b Body) draw(depth []kinect.Millimetres, mask *kinect.Mask, l kinect.Limb) {
	ax, ay, az := b.project(l.From)
	bx, by, bz := b.project(l.To)
	px := b.Height / kinect.Span * kinect.FocalLength / b.Distance // pixels a unit
	r0, r1 := float64(l.FromRadius)*px, float64(l.ToRadius)*px
	r := math.Max(r0, r1)
	for y := int(math.Min(ay, by) - r); y <= int(math.Max(ay, by)+r)+1; y++ {
		for x := int(math.Min(ax, bx) - r); x <= int(math.Max(ax, bx)+r)+1; x++ {
			if uint(x) >= kinect.Width || uint(y) >= kinect.Height {
				continue
			}
			dx, dy, t := bx-ax, by-ay, 0.0
			ex, ey := float64(x)+0.5-ax, float64(y)+0.5-ay
			if n := dx*dx + dy*dy; n > 0 {
				t = math.Max(0, math.Min(1, (ex*dx+ey*dy)/n))
			}
			ex, ey = ex-dx*t, ey-dy*t
			thick := r0 + (r1-r0)*t
			d2 := ex*ex + ey*ey
			if d2 > thick*thick {
				continue
			}
			z := az + (bz-az)*t - math.Sqrt(thick*thick-d2)/kinect.FocalLength*b.Distance
			z -= math.Mod(z, z*z/348000) // the sensor's disparity steps
			i := y*kinect.Width + x
			if depth[i] == 0 || z < float64(depth[i]) {
				depth[i] = kinect.Millimetres(z)
			}
			mask.Set(x, y)
		}
	}
}

func (b Body) silhouette(mask *kinect.Mask) *kinect.Silhouette {
	s := &kinect.Silhouette{
		Distance: kinect.Millimetres(b.Distance), Height: kinect.Millimetres(b.Height), FloorDrop: int(b.Drop),
	}
	for y := range kinect.GridHeight {
		for x := range kinect.GridWidth {
			n := 0
			for k := range 16 {
				if mask.At(4*x+k&3, 4*y+k>>2) {
					n++
				}
			}
			if n >= 8 {
				s.Body.Set(x, y)
			}
		}
	}
	return s
}

func bounds(mask *kinect.Mask) image.Rectangle {
	var r image.Rectangle
	for y := range kinect.Height {
		for x := range kinect.Width {
			if mask.At(x, y) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

// Meet fills in what a world would say of b before a wall with that pose.
func (b Body) Meet(s *world.State, wall kinect.Pose, scene *kinect.Scene) {
	s.Pose = wall
	hole := world.HoleOf(wall)
	s.Hole = &hole
	p := scene.Player()
	s.Size = world.Calibration{Height: p.Silhouette.Height, FloorDrop: p.Silhouette.FloorDrop}
	own, hidden := world.Normalise(p.Silhouette, s.Size)
	spill := own.AndNot(&hole)
	s.Own, s.Hidden, s.Spill = &own, &hidden, &spill
	s.Fit, s.Fill, _ = world.Judge(&own, &hidden, &hole)
}

// Plain is a picture of one colour.
func Plain(w, h int, y, cb, cr uint8) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = y
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = cb, cr
	}
	return m
}
