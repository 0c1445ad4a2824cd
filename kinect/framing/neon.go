package framing

import (
	"image"

	"cutout/kinect"
)

// A neon draws a mask as a glowing shape: a bright rim, a dim inside, and light
// around it. Everything follows from how much body there is around a place.
type neon struct {
	cover, spare [gridWidth * gridHeight]uint16
	body         [hues][256][3]uint8 // tint by height in the box and cover
	glow         [hues][256][4]uint8 // opacity and multiplied tint outside the mask
	upper, lower [kinect.Width]uint8 // cover of two rows of pixels
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

// shine fills the layer with the glowing mask.
func (n *neon) shine(l *layer, mask *kinect.Mask, box image.Rectangle) {
	const reach = (2*blurCells + 1) * cell
	l.clear(box.Inset(-reach))
	n.measure(mask, l.box)
	var upper, lower matte
	for y := l.box.Min.Y; y < l.box.Max.Y; y += 2 {
		hue := max(0, min(hues-1, (y-box.Min.Y)*hues/max(1, box.Dy())))
		upper.row(mask, y)
		lower.row(mask, y+1)
		n.row(&n.upper, y, l.box)
		n.row(&n.lower, y+1, l.box)
		l.spans[y] = n.paint(l.luma[y*kinect.Width:(y+1)*kinect.Width], &upper, &n.upper, hue, l.box)
		l.spans[y+1] = n.paint(l.luma[(y+1)*kinect.Width:(y+2)*kinect.Width], &lower, &n.lower, hue, l.box)
		n.tintRow(l, &upper, &lower, y, hue)
	}
}

// paint makes a row of luma, and returns where it is not clear.
func (n *neon) paint(out []uint64, m *matte, cover *[kinect.Width]uint8, hue int, box image.Rectangle) span {
	var s span
	body, glow := &n.body[hue], &n.glow[hue]
	for x := box.Min.X; x < box.Max.X; x++ {
		c := cover[x]
		if c == 0 {
			continue // far from any body
		}
		if s.to == 0 {
			s.from = x
		}
		s.to = x + 1
		switch a := opacity[m.at(x)]; a {
		case 255:
			out[x] = 255<<16 | uint64(body[c][0])
		case 0:
			out[x] = uint64(glow[c][0])<<16 | uint64(glow[c][1])
		default:
			g := &glow[c]
			out[x] = (a+times(g[0], 255-a))<<16 | (times(body[c][0], a) + times(g[1], 255-a))
		}
	}
	return s
}

// tintRow makes a row of chroma.
func (n *neon) tintRow(l *layer, upper, lower *matte, y, hue int) {
	out := l.chroma[y/2*halfWidth : (y/2+1)*halfWidth]
	wide := l.chromaSpan(y / 2)
	for x := wide.from; x < wide.to; x++ {
		c := n.upper[2*x]
		b, g := &n.body[hue][c], &n.glow[hue][c]
		a := (opacity[upper.at(2*x)] + opacity[upper.at(2*x+1)] + opacity[lower.at(2*x)] + opacity[lower.at(2*x+1)] + 2) / 4
		out[x] = (a+times(g[0], 255-a))<<32 |
			(times(b[1], a)+times(g[2], 255-a))<<16 |
			(times(b[2], a) + times(g[3], 255-a))
	}
}

// measure counts the mask's pixels in each cell and blurs them twice.
func (n *neon) measure(mask *kinect.Mask, box image.Rectangle) {
	n.cover = [gridWidth * gridHeight]uint16{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := n.cover[y/cell*gridWidth : (y/cell+1)*gridWidth]
		for x := box.Min.X / cell; x < (box.Max.X+cell-1)/cell; x++ {
			row[x] += counts[mask[y*words+x*cell/64]>>(x*cell%64)&0xf]
		}
	}
	x0, y0 := box.Min.X/cell, box.Min.Y/cell
	w, h := (box.Max.X+cell-1)/cell-x0, (box.Max.Y+cell-1)/cell-y0
	for range 2 {
		for y := y0; y < y0+h; y++ {
			blurLine(n.cover[:], n.spare[:], y*gridWidth+x0, 1, w)
		}
		for x := x0; x < x0+w; x++ {
			blurLine(n.spare[:], n.cover[:], y0*gridWidth+x, gridWidth, h)
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

// row is the cover of a row of pixels, drawn softly from the cells.
func (n *neon) row(out *[kinect.Width]uint8, y int, box image.Rectangle) {
	v, f := between(y, cell, 0, gridHeight)
	a := n.cover[v*gridWidth : (v+1)*gridWidth]
	b := n.cover[min(v+1, gridHeight-1)*gridWidth:]
	mixed := func(c int) int { return min(255*8, int(a[c])*(8-f)+int(b[c])*f) }
	first := box.Min.X / cell
	left := mixed(max(0, first-1))
	for c := first; c*cell < box.Max.X; c++ {
		here, right := mixed(c), mixed(min(c+1, gridWidth-1))
		spread(out[c*cell:(c+1)*cell], left, here, right)
		left = here
	}
}
