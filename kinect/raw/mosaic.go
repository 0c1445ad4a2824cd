package raw

import (
	"encoding/binary"
	"image"
)

// A mosaic develops Bayer pictures. The missing colours of each pixel are the means of
// its neighbours (bilinear), luma is taken of every pixel and chroma of the mean of each
// square of four. To the luma comes a sixteenth of how far the pixel is from the mean
// of the nearest of its own colour, which takes back some of the blur: details are
// light far more often than colour. (Stripes of strong opposite colours are the
// exception, see BenchmarkDemosaicQuality.)
//
// Eight pixels are worked on at a time in a 64-bit word: as bytes while means are made,
// then even and odd columns apart in four lanes of 16 bits, whose sums never reach the
// next lane.
type mosaic struct {
	lines [4]line
	made  bands
}

// maxWords is a row of the widest picture, 1280 pixels.
const maxWords = 1280 / 8

// A line is a row of the mosaic, and for each pixel the means of those one column and
// two columns to the left and right. Beyond the edges the picture is mirrored, so that
// colours keep their places.
type line [maxWords]struct{ own, sides, outer uint64 }

// bands are two rows of luma and one of each chroma.
type bands struct {
	luma   [maxWords][2]uint64
	chroma [maxWords][2]uint32
}

// developable tells whether develop can do a size.
func developable(w, h int) bool {
	return w >= 8 && w <= 8*maxWords && w%8 == 0 && h >= 2 && h%2 == 0
}

// develop makes a picture of BT.601 limited range from w times h GRBG bytes.
func (m *mosaic) develop(dst *image.YCbCr, bayer []byte, w, h int) {
	row := func(y int) []byte { return bayer[y*w:][:w] }
	above, first, second, below := &m.lines[0], &m.lines[1], &m.lines[2], &m.lines[3]
	above.read(row(1))
	first.read(row(0))
	for y := 0; y < h; y += 2 {
		next := y + 2
		if next == h {
			next = h - 2
		}
		second.read(row(y + 1))
		below.read(row(next))
		m.made.develop(above, first, second, below, w/8)
		m.made.write(
			dst.Y[y*dst.YStride:][:w], dst.Y[(y+1)*dst.YStride:][:w],
			dst.Cb[y/2*dst.CStride:][:w/2], dst.Cr[y/2*dst.CStride:][:w/2],
		)
		above, first, second, below = second, below, above, first
	}
}

func (l *line) read(row []byte) {
	words := min(len(row)/8, maxWords)
	here := binary.LittleEndian.Uint64(row)
	before := uint64(row[1])<<8 | uint64(row[2]) // pixels -1 and -2
	for i := 0; i < words-1; i++ {
		next := binary.LittleEndian.Uint64(row[8*i+8:])
		l[i].own = here
		l[i].sides = meanUp(here<<8|before>>8, here>>8|next<<56)
		l[i].outer = meanUp(here<<16|before, here>>16|next<<48)
		here, before = next, here>>48
	}
	last := &l[words-1]
	after := here >> 48 & 0xff // pixel w-2
	last.own = here
	last.sides = meanUp(here<<8|before>>8, here>>8|after<<56)
	last.outer = meanUp(here<<16|before, here>>16|after<<48|here>>40<<56)
}

// write puts the bands into the picture's planes.
func (b *bands) write(y0, y1, cb, cr []byte) {
	for i := range b.luma[:len(y0)/8] {
		binary.LittleEndian.PutUint64(y0[8*i:], b.luma[i][0])
		binary.LittleEndian.PutUint64(y1[8*i:], b.luma[i][1])
		binary.LittleEndian.PutUint32(cb[4*i:], b.chroma[i][0])
		binary.LittleEndian.PutUint32(cr[4*i:], b.chroma[i][1])
	}
}

const (
	// low7 are the lower seven bits of each byte.
	low7 = 0x7f7f7f7f7f7f7f7f
	// low8 are the lower eight bits of each lane of 16, ones the lowest.
	low8 = 0x00ff00ff00ff00ff
	ones = 0x0001000100010001

	// BT.601 limited range in 1/256: luma 66R+129G+25B+16, Cb 112B-74G-38R+128, Cr
	// 112R-94G-18B+128, all rounded.
	black  = (16*256 + 128) * ones
	middle = (128*256 + 128) * ones
	// sharp is the weight of a pixel beyond the mean of its own colour. No larger
	// one keeps every sum between 0 and 65535: 16*256 - sharp*255 is the least.
	sharp = 16
)

// meanUp and meanDown are the means of bytes, rounded up and down: one after the other
// has no bias.
func meanUp(a, b uint64) uint64   { return (a | b) - (a^b)>>1&low7 }
func meanDown(a, b uint64) uint64 { return a&b + (a^b)>>1&low7 }

// develop does two rows, G R G R and B G B G, with those around them.
func (m *bands) develop(above, first, second, below *line, words int) {
	for i := 0; i < words && i < maxWords; i++ {
		own, next := first[i].own, second[i].own

		// Even columns are green with red beside and blue above and below, odd ones
		// red with blue at the corners.
		beside := first[i].sides
		upright := meanUp(above[i].own, next)
		corners := meanDown(above[i].sides, second[i].sides)
		cross := meanDown(beside, upright)
		r0, g0, b0 := beside&low8, own&low8, upright&low8
		r1, g1, b1 := own>>8&low8, cross>>8&low8, corners>>8&low8
		even := 66*r0 + (129+sharp)*g0 + 25*b0 - sharp*(corners&low8) + black
		odd := (66+sharp)*r1 + 129*g1 + 25*b1 - sharp*(first[i].outer>>8&low8) + black
		m.luma[i][0] = even>>8&low8 | odd&^low8
		r, g, b := r0+r1, g0+g1, b0+b1

		// Even columns are blue with red at the corners, odd ones green with blue
		// beside and red above and below.
		beside = second[i].sides
		upright = meanUp(own, below[i].own)
		corners = meanDown(first[i].sides, below[i].sides)
		cross = meanDown(beside, upright)
		r0, g0, b0 = corners&low8, cross&low8, next&low8
		r1, g1, b1 = upright>>8&low8, next>>8&low8, beside>>8&low8
		even = 66*r0 + 129*g0 + (25+sharp)*b0 - sharp*(second[i].outer&low8) + black
		odd = 66*r1 + (129+sharp)*g1 + 25*b1 - sharp*(corners>>8&low8) + black
		m.luma[i][1] = even>>8&low8 | odd&^low8

		// Twice the means of the square.
		r, g, b = halve(r+r0+r1), halve(g+g0+g1), halve(b+b0+b1)
		m.chroma[i][0] = gather((middle + 56*b - 37*g - 19*r) >> 8 & low8)
		m.chroma[i][1] = gather((middle + 56*r - 47*g - 9*b) >> 8 & low8)
	}
}

// halve is half of lanes of sums of four bytes.
func halve(sum uint64) uint64 { return (sum + ones) >> 1 & 0x01ff01ff01ff01ff }

// gather packs four lanes of 8 bits.
func gather(v uint64) uint32 {
	v |= v >> 8
	return uint32(v&0xffff) | uint32(v>>16)&0xffff0000
}
