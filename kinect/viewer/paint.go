package viewer

import (
	"image"
	"math"

	"cutout/kinect"
)

// The ends of the colours for distances: the nearest that a Kinect sees, and where
// it can hardly tell distances any more.
const nearest, furthest = 500, 8000

// stops are the colours of distances, in metres, warm for near. Between them colours
// run on a logarithmic scale: a Kinect's own steps grow with the distance, too.
var stops = []struct {
	metres  float64
	r, g, b float64
}{
	{0.5, 255, 245, 235},
	{0.8, 255, 74, 110},
	{1.2, 255, 140, 50},
	{1.7, 250, 222, 80},
	{2.4, 60, 226, 140},
	{3.3, 40, 176, 255},
	{4.8, 104, 92, 246},
	{8.0, 70, 26, 120},
}

// nothing is the colour of a pixel without a reading, lost that of one whose packet
// never came.
var nothing, lost = [3]byte{10, 10, 20}, [3]byte{120, 0, 40}

// A palette has the colour of every distance that a Kinect can tell.
type palette [10_001][3]byte

func newPalette() *palette {
	p := new(palette)
	p[0] = nothing
	for mm := 1; mm < len(p); mm++ {
		p[mm] = distanceColour(float64(mm) / 1000)
	}
	return p
}

func distanceColour(metres float64) [3]byte {
	metres = min(max(metres, stops[0].metres), stops[len(stops)-1].metres)
	i := 1
	for metres > stops[i].metres {
		i++
	}
	a, b := stops[i-1], stops[i]
	t := math.Log(metres/a.metres) / math.Log(b.metres/a.metres)
	mix := func(x, y float64) byte { return byte(x + (y-x)*t + 0.5) }
	return [3]byte{mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b)}
}

// at is the colour of a distance.
func (p *palette) at(mm kinect.Millimetres) [3]byte {
	return p[min(int(mm), len(p)-1)]
}

// depth paints distances in dst, RGBA, lit from the upper left so that shapes stand
// out, and the rows that were lost.
func (p *palette) depth(dst []byte, mm []kinect.Millimetres, rows []kinect.Rows) {
	const w, h = kinect.Width, kinect.Height
	for y := range h {
		row := mm[y*w:][:w]
		up := mm[max(y-2, 0)*w:][:w]
		out := dst[4*y*w:][:4*w]
		for x, z := range row {
			c := p.at(z)
			light := lighting(z, row[max(x-2, 0)], up[x])
			o := out[4*x:][:4]
			o[0], o[1], o[2], o[3] = lit(c[0], light), lit(c[1], light), lit(c[2], light), 255
		}
	}
	for _, r := range rows {
		markLost(dst, mm, r)
	}
}

// lighting is how bright a pixel is, 256 being its plain colour, by its distance and
// those of two neighbours. Steps as small as the sensor's own resolution, 2.9 µm
// times the square of the distance in mm, are no slopes.
func lighting(z, left, up kinect.Millimetres) int {
	if z == 0 || left == 0 || up == 0 {
		return 256
	}
	const flat, steep = 70, 88
	d := (int(left) - int(z)) + (int(up) - int(z))
	step := int(z)*int(z)/345_000 + 1
	d = d * 24 / step
	if d > -flat && d < flat {
		return 256 + d/4
	}
	return 256 + min(max(d/4, -steep), steep/2)
}

func lit(c byte, light int) byte { return byte(min(int(c)*light>>8, 255)) }

// markLost paints pixels without a reading in rows that lack packets.
func markLost(dst []byte, mm []kinect.Millimetres, r kinect.Rows) {
	from, to := max(r.From, 0)*kinect.Width, min(r.To, kinect.Height)*kinect.Width
	for i := from; i < to; i++ {
		if mm[i] == 0 && (i+i/kinect.Width)%6 < 3 {
			copy(dst[4*i:], lost[:])
		}
	}
}

// overlay paints depth over the colour picture: the hue of the distance, the light
// of the picture, so that edges of both can be compared.
func (p *palette) overlay(dst []byte, mm []kinect.Millimetres, picture *image.YCbCr) {
	for y := range kinect.Height {
		luma := picture.Y[y*picture.YStride:][:kinect.Width]
		for x, l := range luma {
			i := y*kinect.Width + x
			o := dst[4*i:][:4]
			light := 60 + int(l)*240>>8
			if mm[i] == 0 {
				g := byte(min(max(int(l)-16, 0)/2, 255))
				o[0], o[1], o[2], o[3] = g, g, g, 255
				continue
			}
			c := p.at(mm[i])
			o[0], o[1], o[2], o[3] = lit(c[0], light), lit(c[1], light), lit(c[2], light), 255
		}
	}
}

// colour paints a BT.601 picture of limited range.
func colour(dst []byte, picture *image.YCbCr) {
	b := picture.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			l := 298 * (int(picture.Y[picture.YOffset(b.Min.X+x, b.Min.Y+y)]) - 16)
			c := picture.COffset(b.Min.X+x, b.Min.Y+y)
			cb, cr := int(picture.Cb[c])-128, int(picture.Cr[c])-128
			o := dst[4*(y*b.Dx()+x):][:4]
			o[0] = limited((l + 409*cr + 128) >> 8)
			o[1] = limited((l - 100*cb - 208*cr + 128) >> 8)
			o[2] = limited((l + 516*cb + 128) >> 8)
			o[3] = 255
		}
	}
}

func limited(v int) byte { return byte(min(max(v, 0), 255)) }

// A curve brings out the dark parts of infrared, most of which is dark.
type curve [1024]byte

func newCurve() *curve {
	c := new(curve)
	for i := range c {
		c[i] = byte(255*math.Sqrt(float64(i)/float64(len(c)-1)) + 0.5)
	}
	return c
}

// infrared paints intensities of 10 bits.
func (c *curve) infrared(dst []byte, intensity []uint16) {
	for i, v := range intensity {
		g := c[min(int(v), len(c)-1)]
		o := dst[4*i:][:4]
		o[0], o[1], o[2], o[3] = g, g, g, 255
	}
}
