package framing

import (
	"encoding/binary"
	"image"

	"cutout/kinect"
)

const (
	halfWidth, halfHeight = kinect.Width / 2, kinect.Height / 2
	words, halfWords      = kinect.Width / 64, halfWidth / 64
)

// A composer makes pictures of a view: first what is behind, then the player.
type composer struct {
	size         image.Point
	luma, chroma *lens    // of the frame's grids
	grid, grid2  *lens    // of the coarse grid, for luma and for chroma
	plain        *sampler // for whole planes
	cut          *cutter  // for planes under a matte
	row          []uint8  // of the result
	backdrop     []uint8  // its planes, one behind the other
}

func newComposer(size image.Point, backdrop *image.YCbCr) *composer {
	c := &composer{
		size: size,
		luma: newLens(size.X, size.Y), chroma: newLens(size.X/2, size.Y/2),
		grid: newLens(size.X, size.Y), grid2: newLens(size.X/2, size.Y/2),
		backdrop: append(append(append([]uint8(nil), backdrop.Y...), backdrop.Cb...), backdrop.Cr...),
	}
	c.plain, c.cut = newSampler(c.luma), newCutter(c.luma)
	c.row = make([]uint8, len(c.luma.across))
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

// lay puts the matte's people over the picture, as the camera sees them.
func (c *composer) lay(out *image.YCbCr, v view, m *matte) {
	planes := m.planes()
	c.luma.aim(v, kinect.Width, kinect.Height)
	c.chroma.aim(v, halfWidth, halfHeight)
	c.layPlanes(c.luma, m.whole(), planes[:1], [2][]uint8{out.Y}, out.YStride)
	c.layPlanes(c.chroma, m.half(), planes[1:], [2][]uint8{out.Cb, out.Cr}, out.CStride)
}

// layPlanes lays one or two planes over as many.
func (c *composer) layPlanes(l *lens, a alpha, planes []plane, to [2][]uint8, stride int) {
	c.cut.begin(l)
	first, end := l.shown(a.spans)
	for y := first; y < end; y++ {
		row, part := c.cut.row(a, planes, y)
		for k := range planes {
			lay(to[k][y*stride:][:stride], row.values[k], row, part)
		}
	}
}

// lay puts the columns of part over a row.
func lay(to, values []uint8, row *strip, part span) {
	for b := part.from / 8; 8*b < part.to; b++ {
		x, kind := 8*b, row.kinds[b]
		if kind == clearKind {
			continue
		}
		if x+8 > len(to) { // the last ones, of a width that is no multiple of eight
			var last [8]uint8
			copy(last[:], to[x:])
			layEight(&last, (*[8]uint8)(row.opacity[x:]), (*[8]uint8)(values[x:]), kind)
			copy(to[x:], last[:])
			return
		}
		layEight((*[8]uint8)(to[x:]), (*[8]uint8)(row.opacity[x:]), (*[8]uint8)(values[x:]), kind)
	}
}

// layEight puts eight pixels that are not clear over others.
func layEight(to, opacity, values *[8]uint8, kind uint8) {
	if kind == solidKind {
		*to = *values
		return
	}
	switch binary.LittleEndian.Uint64(opacity[:]) {
	case 0:
		return
	case ^uint64(0):
		*to = *values
		return
	}
	for x := range 8 {
		under := (uint32(to[x])*(255-uint32(opacity[x]))*257 + 32768) >> 16
		to[x] = uint8(min(255, uint32(values[x])+under))
	}
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
		row, part := c.cut.row(a, nil, y)
		if part.to == 0 {
			continue
		}
		c.plain.row(p, y, all, c.row)
		mix(to[y*stride:][:stride], row, c.row, part)
	}
}

// mix puts values over the columns of part of a row, as opaque as the strip.
func mix(to []uint8, row *strip, values []uint8, part span) {
	for x := part.from; x < part.to; {
		end := min((x|7)+1, part.to)
		switch row.kinds[x/8] {
		case solidKind:
			copy(to[x:end], values[x:end])
		case mixedKind:
			for i := x; i < end; i++ {
				a := uint32(row.opacity[i])
				to[i] = uint8(((uint32(values[i])*a+uint32(to[i])*(255-a))*257 + 32768) >> 16)
			}
		}
		x = end
	}
}
