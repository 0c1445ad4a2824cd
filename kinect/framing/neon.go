package framing

import (
	"encoding/binary"
	"image"

	"cutout/kinect"
)

// A neon draws a mask as a glowing shape: a bright rim, a dim inside, and light
// around it. Everything follows from how much body there is around a place.
type neon struct {
	cover, spare [gridWidth * gridHeight]uint16
	light        [gridWidth * gridHeight]uint8 // cover, cut to 255
	rows         [gridHeight]span              // of the cells that are lit
	wide, lit    span                          // columns of cells, and of the result
	body         [hues][256][3]uint8           // tint by height in the box and cover
	glow         [hues][256][4]uint8           // opacity and multiplied tint outside the mask
}

const (
	hues = 32
	// blurCells is the radius of the light around the shape in cells of four pixels.
	blurCells = 3
)

func newNeon() *neon {
	n := &neon{}
	for h := range hues {
		rim := magenta.mix(cyan, float32(h)/(hues-1))
		for c := range 256 {
			at := float32(c) / 255
			deep := max(0, min(1, (at-0.45)/0.5))
			t := tint{235, 250, 255}.mix(rim, min(1, deep*5)).mix(violet.mix(rim, 0.12).times(0.8), min(1, deep*1.2))
			n.body[h][c][0], n.body[h][c][1], n.body[h][c][2] = t.ycc()
			a := min(1, at*1.7)
			a *= a * 0.8
			y, cb, cr := rim.ycc()
			of := func(v uint8) uint8 { return uint8(float32(v)*a + 0.5) }
			n.glow[h][c] = [4]uint8{uint8(255*a + 0.5), of(y), of(cb), of(cr)}
		}
	}
	return n
}

// shine lays the glowing matte over a picture.
func (n *neon) shine(c *composer, out *image.YCbCr, v view, m *matte) {
	n.measure(&m.seen, m.used)
	c.luma.aim(v, kinect.Width, kinect.Height)
	c.chroma.aim(v, halfWidth, halfHeight)
	c.grid.aim(v, gridWidth, gridHeight)
	c.grid2.aim(v, gridWidth, gridHeight)
	cover := plane{n.light[:], gridWidth, gridWidth}
	top, tall := float32(m.used.top+2*reach), float32(max(1, m.used.bottom-m.used.top-4*reach))
	hue := func(y, height int) int {
		at := v.y + v.height()*((float32(y)+0.5)/float32(height)-0.5)
		return max(0, min(hues-1, int((at-top)*hues/tall)))
	}
	whole, half := m.whole(), m.half()
	n.begin(c, c.luma, c.grid)
	first, end := c.grid.shown(n.rows[:])
	for y := first; y < end; y++ {
		h := hue(y, c.size.Y)
		row, part := n.row(c, whole, cover, y)
		n.paint(out.Y[y*out.YStride:][:n.lit.to], row, part, c.row, h)
	}
	n.begin(c, c.chroma, c.grid2)
	first, end = c.grid2.shown(n.rows[:])
	for y := first; y < end; y++ {
		h := hue(y, c.size.Y/2)
		row, part := n.row(c, half, cover, y)
		n.tint(out.Cb[y*out.CStride:][:n.lit.to], out.Cr[y*out.CStride:][:n.lit.to], row, part, c.row, h)
	}
}

func (n *neon) begin(c *composer, l, grid *lens) {
	c.cut.begin(l)
	c.plain.lens = grid
	c.plain.reset()
	n.lit = grid.show(n.wide)
}

// row draws a row of opacity, in the span it returns, and a row of light.
func (n *neon) row(c *composer, a alpha, cover plane, y int) (*strip, span) {
	row, part := c.cut.row(a, nil, y)
	part = span{max(part.from, n.lit.from), min(part.to, n.lit.to)} // the light reaches further
	if part.from >= part.to {
		part = span{n.lit.from, n.lit.from}
	}
	c.plain.row(cover, y, n.lit, c.row)
	return row, part
}

// paint draws a row of luma: light behind the body, by how much body is around.
func (n *neon) paint(out []uint8, row *strip, part span, cover []uint8, hue int) {
	body, glow := &n.body[hue], &n.glow[hue]
	for x := n.lit.from; x < len(out); {
		end := min((x|7)+1, len(out))
		kind := kindAt(row, part, x, end)
		if kind == clearKind && dark(cover[x&^7:]) {
			x = end
			continue
		}
		for ; x < end; x++ {
			c := cover[x]
			lit := uint32(body[c][0])
			if kind != solidKind {
				g := &glow[c]
				under := uint32(g[1]) + share(uint32(out[x]), 255-uint32(g[0]))
				a := opacityAt(row, part, x, kind)
				lit = min(255, share(lit, a)+share(under, 255-a))
			}
			out[x] = uint8(lit)
		}
	}
}

// tint draws a row of chroma.
func (n *neon) tint(cb, cr []uint8, row *strip, part span, cover []uint8, hue int) {
	body, glow := &n.body[hue], &n.glow[hue]
	cr = cr[:len(cb)]
	for x := n.lit.from; x < len(cb); {
		end := min((x|7)+1, len(cb))
		kind := kindAt(row, part, x, end)
		if kind == clearKind && dark(cover[x&^7:]) {
			x = end
			continue
		}
		for ; x < end; x++ {
			c := cover[x]
			b, g := &body[c], &glow[c]
			blue, red := uint32(b[1]), uint32(b[2])
			if kind != solidKind {
				a, clearer := opacityAt(row, part, x, kind), 255-uint32(g[0])
				blue = min(255, share(blue, a)+share(uint32(g[2])+share(uint32(cb[x]), clearer), 255-a))
				red = min(255, share(red, a)+share(uint32(g[3])+share(uint32(cr[x]), clearer), 255-a))
			}
			cb[x], cr[x] = uint8(blue), uint8(red)
		}
	}
}

// kindAt is the kind of columns x to end, which are up to eight of a strip that is
// drawn in part.
func kindAt(row *strip, part span, x, end int) uint8 {
	switch {
	case end <= part.from || x >= part.to:
		return clearKind
	case x >= part.from && end <= part.to:
		return row.kinds[x/8]
	}
	return mixedKind
}

// opacityAt is the opacity of column x in columns of a kind that is not solid.
func opacityAt(row *strip, part span, x int, kind uint8) uint32 {
	if kind == clearKind || x < part.from || x >= part.to {
		return 0
	}
	switch row.kinds[x/8] {
	case clearKind:
		return 0
	case solidKind:
		return 255
	}
	return uint32(row.opacity[x])
}

// dark says that no light falls on eight columns.
func dark(cover []uint8) bool { return binary.LittleEndian.Uint64(cover) == 0 }

// share is a/255 of v.
func share(v, a uint32) uint32 { return (v*a*257 + 32768) >> 16 }

// measure counts the mask's pixels in each cell and blurs them twice.
func (n *neon) measure(mask *kinect.Mask, used region) {
	const far = 2*blurCells + 1
	n.cover, n.light, n.rows = [gridWidth * gridHeight]uint16{}, [gridWidth * gridHeight]uint8{}, [gridHeight]span{}
	for y := used.top; y < used.bottom; y++ {
		row := n.cover[y/cell*gridWidth : (y/cell+1)*gridWidth]
		for k := used.left; k < used.right; k++ {
			w := mask[y*words+k]
			for x := k * 64 / cell; w != 0; x, w = x+1, w>>cell {
				row[x] += counts[w&0xf]
			}
		}
	}
	x0, y0 := max(0, used.left*64/cell-far), max(0, used.top/cell-far)
	w := min(gridWidth, used.right*64/cell+far) - x0
	h := min(gridHeight, (used.bottom+cell-1)/cell+far) - y0
	for range 2 {
		for y := y0; y < y0+h; y++ {
			blurLine(n.cover[:], n.spare[:], y*gridWidth+x0, 1, w)
		}
		for x := x0; x < x0+w; x++ {
			blurLine(n.spare[:], n.cover[:], y0*gridWidth+x, gridWidth, h)
		}
	}
	n.wide = span{x0, x0 + w}
	for y := y0; y < y0+h; y++ {
		n.rows[y] = n.wide
		for i := y*gridWidth + x0; i < y*gridWidth+x0+w; i++ {
			n.light[i] = uint8(min(255, n.cover[i]))
		}
	}
}

// counts is how many 255ths of a cell four pixels are, by their bits.
var counts = [16]uint16{0, 16, 16, 32, 16, 32, 32, 48, 16, 32, 32, 48, 32, 48, 48, 64}

// blurLine averages along a line; its ends go on beyond it.
func blurLine(from, to []uint16, at, stride, length int) {
	const n = 2*blurCells + 1
	get := func(k int) int { return int(from[at+max(0, min(length-1, k))*stride]) }
	sum := 0
	for k := -blurCells; k <= blurCells; k++ {
		sum += get(k)
	}
	for k := range length {
		to[at+k*stride] = uint16((sum + n/2) / n)
		sum += get(k+blurCells+1) - get(k-blurCells)
	}
}
