package raw

import (
	"encoding/binary"
	"image"

	"cutout/kinect"
)

// A mosaic develops Bayer pictures. The missing colours of each pixel are the means
// of its neighbours (bilinear), luma is taken of every pixel and chroma of the mean
// of each square of four. Eight bytes are worked on at a time: four even and four odd
// columns in 16-bit lanes of a 64-bit word, whose sums never reach the next lane.
type mosaic struct {
	// padded is the picture with a row more above and below and eight bytes more on
	// each side, mirrored so that the colours keep their places.
	padded [paddedStride * (kinect.Height + 2)]byte
}

const (
	paddedSide   = 8
	paddedStride = kinect.Width + 2*paddedSide
)

func newMosaic() *mosaic { return new(mosaic) }

// pad copies the picture into m.padded.
func (m *mosaic) pad(bayer []byte) {
	for y := -1; y <= kinect.Height; y++ {
		from := y
		switch y {
		case -1:
			from = 1
		case kinect.Height:
			from = kinect.Height - 2
		}
		row := m.padded[(y+1)*paddedStride:][:paddedStride]
		copy(row[paddedSide:], bayer[from*kinect.Width:][:kinect.Width])
		row[paddedSide-1] = row[paddedSide+1]
		row[paddedSide+kinect.Width] = row[paddedSide+kinect.Width-2]
	}
}

// develop makes a picture of BT.601 limited range from GRBG bytes.
func (m *mosaic) develop(dst *image.YCbCr, bayer []byte) {
	m.pad(bayer)
	for y := 0; y < kinect.Height; y += 2 {
		at := y * paddedStride // the row above
		developRows(
			dst.Y[y*dst.YStride:][:kinect.Width], dst.Y[(y+1)*dst.YStride:][:kinect.Width],
			dst.Cb[y/2*dst.CStride:][:kinect.Width/2], dst.Cr[y/2*dst.CStride:][:kinect.Width/2],
			m.padded[at:][:4*paddedStride],
		)
	}
}

// Lanes of 16 bits.
const (
	low8  = 0x00ff00ff00ff00ff
	ones  = 0x0001000100010001
	round = 128 * ones
	// black is luma 16 of limited range, in whole steps of luma.
	black = 16 * ones

	// BT.601 limited range in 1/256: luma 66R+129G+25B, Cb 112B-74G-38R, Cr
	// 112R-94G-18B. 128.5 in chroma keeps the differences positive and rounds.
	middle = (128*256 + 128) * ones
)

// mean2 and mean4 are rounded means of lanes of 8 bits.
func mean2(a, b uint64) uint64 { return (a + b + ones) >> 1 & low8 }

func mean4(a, b, c, d uint64) uint64 { return (a + b + c + d + 2*ones) >> 2 & low8 }

func luma(r, g, b uint64) uint64 {
	return (66*r+129*g+25*b+round)>>8&low8 + black
}

// developRows develops two rows of luma and one of each chroma from four rows of
// padded mosaic: the row above, G R G R, B G B G, the row below.
func developRows(y0, y1, cb, cr, rows []byte) {
	above := rows[0*paddedStride:][:paddedStride]
	first := rows[1*paddedStride:][:paddedStride]
	second := rows[2*paddedStride:][:paddedStride]
	below := rows[3*paddedStride:][:paddedStride]
	load := binary.LittleEndian.Uint64
	for x := 0; x < kinect.Width; x += 8 {
		p := x + paddedSide
		// Names: row (a above, f first, s second, b below), then column
		// (l left of the pair, 0 and 1 in the pair, r right of it).
		va, vf, vs, vb := load(above[p:p+8]), load(first[p:p+8]), load(second[p:p+8]), load(below[p:p+8])
		a0, a1 := va&low8, va>>8&low8
		f0, f1 := vf&low8, vf>>8&low8
		s0, s1 := vs&low8, vs>>8&low8
		b0, b1 := vb&low8, vb>>8&low8
		ar := load(above[p+1:p+9]) >> 8 & low8
		fl, fr := load(first[p-1:p+7])&low8, load(first[p+1:p+9])>>8&low8
		sl, sr := load(second[p-1:p+7])&low8, load(second[p+1:p+9])>>8&low8
		bl := load(below[p-1:p+7]) & low8

		even := luma(mean2(fl, f1), f0, mean2(a0, s0))
		odd := luma(f1, mean4(f0, fr, a1, s1), mean4(a0, ar, s0, sr))
		binary.LittleEndian.PutUint64(y0[x:x+8], even|odd<<8)

		even = luma(mean4(fl, f1, bl, b1), mean4(sl, s1, f0, b0), s0)
		odd = luma(mean2(f1, b1), s1, mean2(s0, sr))
		binary.LittleEndian.PutUint64(y1[x:x+8], even|odd<<8)

		r := (9*f1 + 3*(fl+b1) + bl + 8*ones) >> 4 & low8
		g := (6*(f0+s1) + fr + a1 + sl + b0 + 8*ones) >> 4 & low8
		b := (9*s0 + 3*(a0+sr) + ar + 8*ones) >> 4 & low8
		u := (middle + 112*b - 74*g - 38*r) >> 8 & low8
		v := (middle + 112*r - 94*g - 18*b) >> 8 & low8
		binary.LittleEndian.PutUint32(cb[x/2:x/2+4], gather(u))
		binary.LittleEndian.PutUint32(cr[x/2:x/2+4], gather(v))
	}
}

// gather packs four lanes of 8 bits.
func gather(v uint64) uint32 {
	v |= v >> 8
	return uint32(v&0xffff) | uint32(v>>16)&0xffff0000
}
