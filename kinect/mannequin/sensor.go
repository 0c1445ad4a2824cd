package mannequin

import (
	"math"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/puppet"
)

// What a sensor measures, in metres (kinect/raw: libfreenect users agree on half a
// metre; from code 1055 on its formula stops making sense).
const (
	nearest  = 0.5
	lastCode = 1054
	dazzled  = 1.1
	// blindColumns at the right of a depth picture never carry data.
	blindColumns = 8
)

// A lens is what all sensors have in common; it never changes once made.
type lens struct {
	grain        *puppet.Grain
	offset, gain float32 // code = offset + gain·near
	millimetres  [kinect.NoDisparity + 1]kinect.Millimetres
	// dx and dy say from how many pixels beside a reading on a body's edge comes:
	// matching blocks of the dot pattern makes outlines ragged in patches. patch is
	// what is peculiar to a place in the picture at all times, of deviation 1.
	dx, dy [fieldRows * kinect.Width]int8
	patch  [fieldRows * kinect.Width]float32
}

const fieldRows = 1024

// glass is the lens; made when it is first looked through.
var glass = sync.OnceValue(func() *lens {
	l := &lens{grain: puppet.NewGrain(1)}
	offset := puppet.Code(0)
	gain := puppet.Code(1) - offset
	l.offset, l.gain = float32(offset), float32(gain)
	for code := range lastCode + 1 {
		// Cut to whole millimetres, as kinect/raw has them.
		if mm := 1000 * gain / (float64(code) - offset); mm >= 1000*nearest {
			l.millimetres[code] = kinect.Millimetres(mm)
		}
	}
	d := newDice(1, 0x6c656e73)
	for i, v := range field(d, 3) {
		l.dx[i] = shift(v)
	}
	for i, v := range field(d, 3) {
		l.dy[i] = shift(v)
	}
	for i, v := range field(d, 3) {
		l.patch[i] = v
	}
	return l
})

// shift is how far an edge strays, in pixels, for a number of mean 0 and deviation 1.
func shift(v float32) int8 {
	return int8(math.Round(float64(max(-2, min(2, v)))))
}

// field is smooth noise of mean 0 and deviation 1, in patches of 2*reach+1 pixels.
func field(d dice, reach int) []float32 {
	n := fieldRows * kinect.Width
	raw := make([]float32, n)
	for i := range raw {
		raw[i] = float32(d.NormFloat64())
	}
	to := make([]float32, n)
	scale := 1 / float32(2*reach+1)
	for _, step := range [2]int{1, kinect.Width} {
		for i := range to {
			var sum float32
			for k := -reach; k <= reach; k++ {
				sum += raw[(i+k*step+n)%n]
			}
			to[i] = sum
		}
		raw, to = to, raw
	}
	for i := range raw {
		raw[i] *= scale
	}
	return raw
}

// A sensor is how one sensor looks at one room.
type sensor struct {
	seed uint64
	// weak is the share of light below which there is no reading; about 0.01.
	weak float32
	// dazzle is the patch above which nothing nearer than dazzled is read: there the
	// dots are too bright.
	dazzle float32
	// cut leaves nothing but people.
	cut bool
	// lossy is the share of frames of which some rows are lost.
	lossy float64
}

// fickleEdge is the patch above which outlines are others in each frame.
const fickleEdge = 0.5

// edgeLost is the patch above which edges have no readings.
const edgeLost = 0.9

// blur is the cell that a pixel's reading is of. The sensor matches blocks of its dot
// pattern, so that a reading near an edge is of what lies beside it: mostly of what is
// nearer, which grows a little and raggedly, sometimes of what is further away.
func (c *canvas) blur(x, y int, dx, dy int8) *cell {
	const w = kinect.Width
	own := &c.cells[y*w+x]
	if dx|dy == 0 {
		return own
	}
	u, v := x+int(dx), y+int(dy)
	if uint(u) >= w || uint(v) >= kinect.Height {
		return own
	}
	beside := &c.cells[v*w+u]
	if beside.near < own.near && dx < 1 {
		return own
	}
	return beside
}

// An exposure is what a sensor makes of one look.
type exposure struct {
	codes  []uint16
	parts  []Part
	owners []uint8 // 0 or 1 + the person's index, per pixel
	lost   kinect.Rows
}

// expose looks at what a canvas shows, in frame i.
func (s *sensor) expose(c *canvas, i int) *exposure {
	l := glass()
	const w, h = kinect.Width, kinect.Height
	e := &exposure{codes: make([]uint16, w*h), parts: make([]Part, w*h), owners: make([]uint8, w*h)}
	noise, still := newDice(s.seed, uint64(i)+0x65787000), newDice(s.seed, 0x7374696c6c)
	offset := func(d dice) int { return d.IntN((fieldRows - h) * w) }
	patch, fixed := l.patch[offset(still):], offset(still)
	fickle, moving := l.patch[offset(noise):], offset(noise)
	for y := range h {
		row := e.codes[y*w : (y+1)*w]
		for x := range row {
			at := y*w + x
			from := fixed
			if fickle[at] > fickleEdge {
				from = moving
			}
			k := c.blur(x, y, l.dx[from+at], l.dy[from+at])
			e.owners[at], e.parts[at] = k.owner, k.part
			row[x] = l.code(k, patch[at], s)
			if row[x]&puppet.Marginal == 0 && patch[at] > edgeLost && s.edge(c, x, y) {
				row[x] |= puppet.Marginal
			}
		}
		puppet.Shade(row)
		for x := w - blindColumns; x < w; x++ {
			row[x] = kinect.NoDisparity
		}
	}
	if s.cut {
		s.cutOut(c, e)
	}
	l.grain.Develop(e.codes, noise.Uint64())
	s.drop(noise, e)
	return e
}

// drop loses a packet or more in some frames: some rows have no readings then.
func (s *sensor) drop(d dice, e *exposure) {
	if !d.chance(s.lossy) {
		return
	}
	from := d.IntN(kinect.Height)
	e.lost = kinect.Rows{From: from, To: min(kinect.Height, from+1+d.IntN(30))}
	for i := e.lost.From * kinect.Width; i < e.lost.To*kinect.Width; i++ {
		e.codes[i] = kinect.NoDisparity
	}
}

// frame is the exposure in millimetres, as frame i of a sequence.
func (e *exposure) frame(i int) *kinect.Frame {
	l := glass()
	clock := uint32(i) * frameTicks
	f := &kinect.Frame{
		Seq: uint64(i) + 1, Clock: clock, Depth: make([]kinect.Millimetres, len(e.codes)),
		At: time.Unix(0, 0).UTC().Add(time.Duration(i) * frameTicks * time.Second / kinect.ClockHz),
	}
	for i, code := range e.codes {
		f.Depth[i] = l.millimetres[code&kinect.NoDisparity]
	}
	if e.lost.To > e.lost.From {
		// A packet holds 1748 bytes of a row's 880.
		f.Quality = kinect.Quality{LostPackets: (e.lost.To - e.lost.From + 1) / 2, Lost: []kinect.Rows{e.lost}}
	}
	return f
}

// bias is how far readings stray for good, in codes per deviation of a patch: with it,
// three neighbours in a row bend as often by none, one and two codes as in a real
// recording of a room (0.54, 0.38, 0.07).
const bias = 0.15

// code is what a cell reads as.
func (l *lens) code(k *cell, patch float32, s *sensor) uint16 {
	if k.near == 0 || k.near > 1/nearest || k.near > 1/dazzled && patch > s.dazzle {
		return kinect.NoDisparity
	}
	v := l.offset + l.gain*k.near + 0.5 + bias*patch
	if v >= lastCode+1 {
		return kinect.NoDisparity
	}
	code := uint16(v)
	switch light := float32(k.echo) * (1.0 / 255) * k.near * k.near; {
	case light < s.weak*max(0.3, 1+0.6*patch):
		return kinect.NoDisparity
	case light < 1.3*s.weak:
		code |= puppet.Marginal
	}
	return code
}

// edge says whether a pixel lies beside a step in depth.
func (s *sensor) edge(c *canvas, x, y int) bool {
	const w = kinect.Width
	if x < 1 || x >= w-1 || y < 1 || y >= kinect.Height-1 {
		return false
	}
	i := y*w + x
	n := c.cells[i].near
	// Eight codes are a step: slopes have less in a pixel.
	const step = 8.0 / 345
	return abs32(c.cells[i-1].near-n) > step || abs32(c.cells[i+1].near-n) > step ||
		abs32(c.cells[i-w].near-n) > step || abs32(c.cells[i+w].near-n) > step
}

func abs32(v float32) float32 { return max(v, -v) }

// cutOut keeps only what people's cells and those beside them read.
func (s *sensor) cutOut(c *canvas, e *exposure) {
	var far float32
	for i := range c.cells {
		if k := &c.cells[i]; k.owner != 0 && (far == 0 || k.near < far) {
			far = k.near
		}
	}
	l := glass()
	limit := uint16(l.offset + l.gain*far + 2)
	for i := range e.codes {
		if e.owners[i] == 0 || e.codes[i]&^puppet.Marginal > limit {
			e.codes[i] = kinect.NoDisparity
		}
	}
}

// frameTicks is the sensor's time between two depth frames, from a real log
// (libfreenect issue 533).
const frameTicks = 2002155
