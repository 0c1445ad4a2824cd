package versus

import (
	"image"
	"math"
	"math/rand/v2"
	"time"
)

// What the clip is: as large and fast as a Kinect's colour, four seconds, the last
// picture followed by the first.
const (
	Width  = 640
	Height = 480
	FPS    = 30
	Frames = 120
)

// A Clip is a person who sways and waves in a furnished room, seen by a camera that
// makes noise. It is computed, and the same everywhere.
type Clip struct {
	frames [Frames]*image.YCbCr // without time code
}

// NewClip computes the clip: 55 MB, some tenths of a second.
func NewClip() *Clip {
	room := furnish()
	noise := newGrain()
	c := new(Clip)
	for i := range c.frames {
		img := image.NewYCbCr(image.Rect(0, 0, Width, Height), image.YCbCrSubsampleRatio420)
		copy(img.Y, room.Y)
		copy(img.Cb, room.Cb)
		copy(img.Cr, room.Cr)
		dance(img, 2*math.Pi*float64(i)/Frames)
		noise.on(img.Y, 0)
		noise.on(img.Cb, 1)
		noise.on(img.Cr, 1)
		c.frames[i] = img
	}
	return c
}

// Picture is a copy of a frame, counted around the clip's end, with its time code.
func (c *Clip) Picture(frame int, at time.Time) *image.YCbCr {
	frame %= Frames
	from := c.frames[frame]
	img := *from
	img.Y = append([]byte(nil), from.Y...)
	burn(&img, frame, at)
	return &img
}

// furnish is the room: a wall in uneven light, a window, a shelf with books, a floor.
func furnish() *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, Width, Height), image.YCbCrSubsampleRatio420)
	rng := rand.New(rand.NewPCG(1, 2))
	for y := range Height {
		for x := range Width {
			v := 120 + 40*math.Sin(float64(x)/210) - float64(y)/12 + 5*math.Sin(float64(x*3+y*5)/9)
			set(img, x, y, v, 118, 138)
		}
	}
	box := func(x0, y0, x1, y1 int, v, cb, cr float64) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				set(img, x, y, v+3*rng.Float64(), cb, cr)
			}
		}
	}
	box(40, 60, 190, 220, 205, 140, 120) // window
	for x := 40; x <= 190; x += 50 {
		box(x, 60, min(x+6, 190), 220, 70, 125, 132)
	}
	for row := range 3 { // shelf
		y := 90 + 80*row
		box(460, y+62, 620, y+70, 60, 118, 140)
		for x := 464; x < 610; {
			w := 8 + rng.IntN(14)
			box(x, y+rng.IntN(18), x+w-1, y+62, 40+120*rng.Float64(), 90+80*rng.Float64(), 90+80*rng.Float64())
			x += w
		}
	}
	for y := 400; y < Height; y++ { // boards
		for x := range Width {
			v := 85 + 12*math.Sin(float64(y*y)/900) + 6*rng.Float64()
			if (x+3*(y-400))%90 < 2 {
				v = 50
			}
			set(img, x, y, v, 115, 142)
		}
	}
	return img
}

// set colours a pixel, and with those of even place the chroma of four.
func set(img *image.YCbCr, x, y int, v, cb, cr float64) {
	img.Y[y*img.YStride+x] = clamp(v)
	if x%2 == 0 && y%2 == 0 {
		img.Cb[y/2*img.CStride+x/2] = clamp(cb)
		img.Cr[y/2*img.CStride+x/2] = clamp(cr)
	}
}

func clamp(v float64) byte { return byte(min(max(v, 16), 235)) }

// A limb is a thick line with a colour; a head is a short one.
type limb struct {
	x0, y0, x1, y1, r float64
	v, cb, cr         float64
}

// dance draws the person at a phase of its one movement.
func dance(img *image.YCbCr, phase float64) {
	x := 320 + 70*math.Sin(phase)
	y := 190 + 8*math.Sin(2*phase)
	up, down := 0.9*math.Sin(2*phase), 0.5*math.Sin(3*phase)
	hand := func(side, lift float64) (float64, float64) {
		a := 0.6 + lift
		return x + side*(55+70*math.Cos(a)), y + 40 - 90*math.Sin(a)
	}
	lx, ly := hand(-1, up)
	rx, ry := hand(1, down)
	for _, l := range []limb{
		{x - 25, y + 190, x - 35 + 10*math.Sin(phase), 460, 22, 55, 140, 120}, // legs
		{x + 25, y + 190, x + 35 + 10*math.Sin(phase), 460, 22, 55, 140, 120},
		{x, y + 50, x, y + 170, 55, 140, 100, 170}, // body
		{x - 50, y + 40, lx, ly, 17, 135, 102, 168},
		{x + 50, y + 40, rx, ry, 17, 135, 102, 168},
		{lx, ly, lx, ly, 19, 165, 110, 155},
		{rx, ry, rx, ry, 19, 165, 110, 155},
		{x, y - 55, x, y - 35, 40, 170, 110, 155},         // head
		{x, y - 80, x, y - 72, 34, 45, 122, 134},          // hair
		{x - 14, y - 45, x - 14, y - 45, 5, 40, 128, 128}, // eyes
		{x + 14, y - 45, x + 14, y - 45, 5, 40, 128, 128},
	} {
		l.draw(img)
	}
}

func (l limb) draw(img *image.YCbCr) {
	dx, dy := l.x1-l.x0, l.y1-l.y0
	long := max(dx*dx+dy*dy, 1e-9)
	y0, y1 := int(min(l.y0, l.y1)-l.r), int(max(l.y0, l.y1)+l.r)
	x0, x1 := int(min(l.x0, l.x1)-l.r), int(max(l.x0, l.x1)+l.r)
	for y := max(y0, 0); y <= min(y1, Height-1); y++ {
		for x := max(x0, 0); x <= min(x1, Width-1); x++ {
			px, py := float64(x)-l.x0, float64(y)-l.y0
			t := min(max((px*dx+py*dy)/long, 0), 1)
			d := math.Hypot(px-t*dx, py-t*dy)
			if d > l.r {
				continue
			}
			// Round, lit from the left, in woven cloth.
			v := l.v*(1.05-0.45*d*d/(l.r*l.r)) - 12*(px-t*dx)/l.r + 4*math.Sin(float64(x+2*y)/2)
			set(img, x, y, v, l.cb, l.cr)
		}
	}
}

// grain is a sensor's noise, as differences to add.
type grain struct {
	table [1 << 16]int8
	rng   *rand.Rand
}

// newGrain makes noise of 2.5 levels, what small cameras have in a room.
func newGrain() *grain {
	g := &grain{rng: rand.New(rand.NewPCG(3, 4))}
	for i := range g.table {
		g.table[i] = int8(math.Round(2.5 * g.rng.NormFloat64()))
	}
	return g
}

// on adds noise to a plane, halved so often.
func (g *grain) on(plane []byte, halved uint) {
	const run = 320
	for len(plane) > 0 {
		n := min(run, len(plane))
		from := g.table[g.rng.IntN(len(g.table)-run):]
		for i, v := range plane[:n] {
			plane[i] = byte(min(max(int(v)+int(from[i]>>halved), 16), 235))
		}
		plane = plane[n:]
	}
}
