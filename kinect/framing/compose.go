package framing

import (
	"encoding/binary"
	"image"

	"cutout/kinect"
)

const (
	halfWidth, halfHeight = kinect.Width / 2, kinect.Height / 2
	words                 = kinect.Width / 64
)

// A composer makes pictures of a view: first what is behind, then the player.
type composer struct {
	size         image.Point
	luma, chroma *lens      // of the frame's grids
	grid, grid2  *lens      // of the coarse grid, for luma and for chroma
	plain        *sampler   // for whole planes
	cut          *cutter    // for planes under a matte
	row          [3][]uint8 // of the result
	backdrop     []uint8    // its planes, one behind the other
}

func newComposer(size image.Point, backdrop *image.YCbCr) *composer {
	c := &composer{
		size: size,
		luma: newLens(size.X, size.Y), chroma: newLens(size.X/2, size.Y/2),
		grid: newLens(size.X, size.Y), grid2: newLens(size.X/2, size.Y/2),
		backdrop: append(append(append([]uint8(nil), backdrop.Y...), backdrop.Cb...), backdrop.Cr...),
	}
	c.plain, c.cut = newSampler(c.luma), newCutter(c.luma)
	for i := range c.row {
		c.row[i] = make([]uint8, (size.X+7)&^7)
	}
	return c
}

// over is a 4:2:0 picture with its corner at the origin in pix.
func over(r image.Rectangle, pix []uint8) *image.YCbCr {
	w, h := r.Dx(), r.Dy()
	n, q := w*h, w*h/4
	return &image.YCbCr{
		Y: pix[:n:n], Cb: pix[n : n+q : n+q], Cr: pix[n+q : n+2*q : n+2*q],
		YStride: w, CStride: w / 2, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, w, h),
	}
}

// behind is a new picture of the backdrop.
func (c *composer) behind() *image.YCbCr {
	return over(image.Rectangle{Max: c.size}, append([]uint8(nil), c.backdrop...))
}

// through is a new picture of the part v of a whole one, given as planes 4:3.
func (c *composer) through(v view, planes [3]plane) *image.YCbCr {
	out := image.NewYCbCr(image.Rectangle{Max: c.size}, image.YCbCrSubsampleRatio420)
	c.luma.aim(v, planes[0].width, planes[0].width*3/4)
	c.show(c.luma, planes[0], out.Y, out.YStride)
	c.chroma.aim(v, planes[1].width, planes[1].width*3/4)
	c.show(c.chroma, planes[1], out.Cb, out.CStride)
	c.show(c.chroma, planes[2], out.Cr, out.CStride)
	return out
}

// show fills a plane of the result.
func (c *composer) show(l *lens, p plane, to []uint8, stride int) {
	c.plain.lens = l
	c.plain.reset()
	for y := range l.down {
		c.plain.row(p, y, span{0, stride}, to[y*stride:][:stride])
	}
}

// lay puts the matte's people over the picture, in the colours of planes of the
// frame's size.
func (c *composer) lay(out *image.YCbCr, v view, m *matte, planes [3]plane) {
	c.luma.aim(v, kinect.Width, kinect.Height)
	c.chroma.aim(v, halfWidth, halfHeight)
	c.layPlane(out.Y, out.YStride, c.luma, m.whole(), planes[0])
	half := m.half()
	c.layPlane(out.Cb, out.CStride, c.chroma, half, planes[1])
	c.layPlane(out.Cr, out.CStride, c.chroma, half, planes[2])
}

func (c *composer) layPlane(to []uint8, stride int, l *lens, a alpha, p plane) {
	c.cut.begin(l)
	first, end := l.shown(a.spans)
	for y := first; y < end; y++ {
		part := c.cut.row(a, p, y, c.row[0], c.row[1])
		if part.to != 0 {
			layRow(to[y*stride:][:part.to], c.row[0], c.row[1], part.from)
		}
	}
}

// layRow lays multiplied values over a row from column from on.
func layRow(to, opacity, values []uint8, from int) {
	x := from
	for x < len(to) {
		if x&7 == 0 && x+8 <= len(to) && layEight(to[x:], opacity[x:], values[x:]) {
			x += 8
			continue
		}
		if a := uint32(opacity[x]); a == 255 {
			to[x] = values[x]
		} else if a != 0 {
			to[x] = uint8(min(255, uint32(values[x])+(uint32(to[x])*(255-a)*257+32768)>>16))
		}
		x++
	}
}

// layEight lays eight values over as many pixels if all of them are clear, or all
// opaque; it reports false, and does nothing, where they have to be mixed.
func layEight(to, opacity, values []uint8) bool {
	switch binary.LittleEndian.Uint64(opacity) {
	case 0:
		return true
	case ^uint64(0):
		copy(to[:8], values[:8])
		return true
	}
	return false
}

// emboss puts the matte's people over the picture, in colours of the coarse grid.
func (c *composer) emboss(out *image.YCbCr, v view, m *matte, planes [3]plane) {
	c.luma.aim(v, kinect.Width, kinect.Height)
	c.chroma.aim(v, halfWidth, halfHeight)
	c.grid.aim(v, gridWidth, gridHeight)
	c.grid2.aim(v, gridWidth, gridHeight)
	c.embossPlane(out.Y, out.YStride, c.luma, m.whole(), c.grid, planes[0])
	half := m.half()
	c.embossPlane(out.Cb, out.CStride, c.chroma, half, c.grid2, planes[1])
	c.embossPlane(out.Cr, out.CStride, c.chroma, half, c.grid2, planes[2])
}

func (c *composer) embossPlane(to []uint8, stride int, l *lens, a alpha, g *lens, p plane) {
	c.cut.begin(l)
	c.plain.lens = g
	c.plain.reset()
	var all span
	for _, s := range a.spans {
		all = all.union(s)
	}
	all = l.show(all)
	first, end := l.shown(a.spans)
	for y := first; y < end; y++ {
		part := c.cut.row(a, plane{}, y, c.row[0], nil)
		if part.to == 0 {
			continue
		}
		c.plain.row(p, y, all, c.row[2])
		mixRow(to[y*stride:][:part.to], c.row[0], c.row[2], part.from)
	}
}

// mixRow mixes values over a row from column from on.
func mixRow(to, opacity, values []uint8, from int) {
	x := from
	for x < len(to) {
		if x&7 == 0 && x+8 <= len(to) && layEight(to[x:], opacity[x:], values[x:]) {
			x += 8
			continue
		}
		a := uint32(opacity[x])
		to[x] = uint8(((uint32(values[x])*a+uint32(to[x])*(255-a))*257 + 32768) >> 16)
		x++
	}
}
