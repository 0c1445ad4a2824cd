package puppet

import (
	"image"
	"math/rand/v2"

	"cutout/kinect"
)

// A Shot is one moment as the sensor sees it.
type Shot struct {
	// Codes are kinect.Width*kinect.Height disparity codes on the colour's grid.
	Codes []uint16
	// Picture is 4:2:0, BT.601 limited range.
	Picture *image.YCbCr
	// Truth are the pixels in which the body is really seen.
	Truth *kinect.Mask
}

// Render draws a figure in a room. The same arguments give the same shot.
func Render(f Figure, room *Room, seed uint64) Shot {
	r := newRenderer(room)
	r.stand(&f, postureOf(f.Pose))
	return Shot{Codes: r.depth(seed), Picture: r.colour(), Truth: r.truth()}
}

// A renderer draws one figure after the other in a room. One goroutine.
type renderer struct {
	room    *Room
	raster  *raster
	dresser dresser
	feet    [2]vec
	line    [kinect.Width]uint16
	axes    []float32 // how far away the ends of the limbs are
}

func newRenderer(room *Room) *renderer {
	return &renderer{
		room: room, raster: newRaster(), dresser: dresser{shine: room.shine},
	}
}

// chestHalf is half a chest's width in units of kinect.Span: from its middle over
// the shoulder to the arm's outside.
const chestHalf = 1550

// stand puts a figure into the room, in a posture that is finer than its Pose.
func (r *renderer) stand(f *Figure, p posture) {
	r.raster.clear()
	unit := float64(f.Height) / kinect.Span
	place := func(q kinect.Point) vec {
		return vec{float64(f.Side) + float64(q.X)*unit, float64(q.Y) * unit, float64(f.Distance) - float64(q.Z)*unit}
	}
	s := p.skeleton()
	d := &r.dresser
	d.outfit, d.head = newOutfit(f.Look), newHeadView(f.Look, f.Face)
	d.parts, r.axes = d.parts[:0], r.axes[:0]
	for i, l := range s.Limbs() {
		d.parts = append(d.parts, l.Part)
		if c, ok := newCapsule(i, place(l.From), place(l.To), float64(l.FromRadius)*unit, float64(l.ToRadius)*unit); ok {
			r.raster.add(&c)
			r.axes = append(r.axes, c.za, c.za+c.dz)
			if l.Part == kinect.PartHead {
				d.head.place(float64(c.ax), float64(c.ay), float64(c.ra), float64(s.Head.X-s.Neck.X), float64(s.Neck.Y-s.Head.Y))
			}
		}
	}
	chest := s.LeftShoulder
	chest.X, chest.Y, chest.Z = (chest.X+s.RightShoulder.X)/2, (chest.Y+s.RightShoulder.Y)/2, (chest.Z+s.RightShoulder.Z)/2
	d.measure(place(chest), place(s.Pelvis), chestHalf*unit)
	r.feet = [2]vec{place(s.LeftAnkle), place(s.RightAnkle)}
	r.hide()
}

// hide takes away what furniture stands in front of.
func (r *renderer) hide() {
	const w = kinect.Width
	var back float32
	for _, z := range r.axes {
		back = max(back, z)
	}
	behind := r.room.table[int(min(back, nowhere))]
	for y := r.raster.top; y < r.raster.bottom; y++ {
		if behind <= r.room.front[y] {
			continue // nothing in this row is nearer than the body
		}
		for x := r.raster.spans[y].lo; x < r.raster.spans[y].hi; x++ {
			c := &r.raster.cells[y*w+x]
			if c.limb != 0 && r.code(c) > r.room.solid[y*w+x] {
				*c = cell{}
			}
		}
	}
}

func (r *renderer) code(c *cell) uint16 {
	return r.room.table[int(max(0, min(c.z+0.5, nowhere)))]
}

// depth is what the sensor makes of the figure's and the room's distances.
func (r *renderer) depth(seed uint64) []uint16 {
	const w = kinect.Width
	codes := make([]uint16, w*kinect.Height)
	for y := range kinect.Height {
		copy(codes[y*w:(y+1)*w], r.room.row(y, seed))
	}
	random := rand.New(rand.NewPCG(seed, 0x6e6f6973))
	grain := r.room.grain[random.IntN((noiseRows-kinect.Height)*w):]
	for y := r.raster.top; y < r.raster.bottom; y++ {
		s := r.raster.spans[y]
		if s.lo == s.hi {
			continue
		}
		from := max(0, s.lo-shadowReach)
		row := r.line[:s.hi-from]
		copy(row, r.room.codes[y*w+from:])
		r.enter(row, from, y)
		develop(codes[y*w+from:y*w+s.hi], row, grain[y*w+from:])
	}
	return codes
}

// shadowReach is how many pixels left of a body its shadow can end: an eighth of
// the codes between the nearest and the furthest reading.
const shadowReach = 80

// enter puts the figure's part of row y into the room's, which begins at column
// from, with the shadow that the figure throws.
func (r *renderer) enter(row []uint16, from, y int) {
	s := r.raster.spans[y]
	cells := r.raster.cells[y*kinect.Width+s.lo : y*kinect.Width+s.hi]
	body := row[s.lo-from:]
	for i := range cells {
		c := &cells[i]
		if c.limb == 0 || c.cover < 128 {
			continue
		}
		code := r.code(c)
		if c.rim {
			code |= marginal
		}
		body[i] = code
	}
	shade(row)
	for x := max(s.lo, kinect.Width-blindColumns); x < s.hi; x++ {
		row[x-from] = kinect.NoDisparity
	}
}

// colour is the picture of the figure in the room.
func (r *renderer) colour() *image.YCbCr {
	room := r.room.picture
	to := image.NewYCbCr(room.Rect, room.SubsampleRatio)
	copy(to.Y, room.Y)
	copy(to.Cb, room.Cb)
	copy(to.Cr, room.Cr)
	for _, foot := range r.feet {
		ground(to, foot, 260)
	}
	r.dresser.lay(r.raster, to)
	return to
}

// truth is where the body is seen.
func (r *renderer) truth() *kinect.Mask {
	m := new(kinect.Mask)
	for y := r.raster.top; y < r.raster.bottom; y++ {
		for x := r.raster.spans[y].lo; x < r.raster.spans[y].hi; x++ {
			if c := &r.raster.cells[y*kinect.Width+x]; c.limb != 0 && c.cover >= 128 {
				m.Set(x, y)
			}
		}
	}
	return m
}
