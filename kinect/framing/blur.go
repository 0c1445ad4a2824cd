package framing

import (
	"encoding/binary"
	"image"
	"math"

	"cutout/kinect"
)

// A blur shows the room beyond recognition: eight by eight pixels become one, and
// those are averaged three times over what lies up to five of them away, which is
// nearly a Gaussian with a standard deviation of 44 pixels. The players' own pixels
// have no say in it, else a glow in their colours would surround them.
//
// Two sums are kept in each number, of 32 bits: those of six passes of eleven 8-bit
// values stay below 1<<29.
type blur struct {
	luma   mosaic // and above that the weight
	chroma mosaic // Cb, and above that Cr
	spare  mosaic
	out    [3][mosaicWide * mosaicHigh]uint8
}

type mosaic [mosaicWide * mosaicHigh]uint64

const (
	tile                   = 8 // pixels
	mosaicWide, mosaicHigh = kinect.Width / tile, kinect.Height / tile
	blurTiles              = 5
)

// picture blurs p around the matte's people, a tile a pixel; the planes hold until the
// next call.
func (b *blur) picture(p *image.YCbCr, m *matte, somebody bool) [3]plane {
	b.measure(p, m, somebody)
	for _, c := range [...]*mosaic{&b.luma, &b.chroma} {
		for range 3 {
			c.sumAcross(&b.spare)
			b.spare.sumDown(c)
		}
	}
	for i, l := range b.luma {
		y, w, cb, cr := l&math.MaxUint32, l>>32, b.chroma[i]&math.MaxUint32, b.chroma[i]>>32
		if w == 0 { // deep in the body, where nothing of it is seen
			b.out[0][i], b.out[1][i], b.out[2][i] = 16, 128, 128
			continue
		}
		const shift = 40 // a mean is less than 1<<8
		share := 1<<shift/w + 1
		b.out[0][i], b.out[1][i], b.out[2][i] = uint8(y*share>>shift), uint8(cb*share>>shift), uint8(cr*share>>shift)
	}
	return [3]plane{{b.out[0][:], mosaicWide, mosaicWide}, {b.out[1][:], mosaicWide, mosaicWide}, {b.out[2][:], mosaicWide, mosaicWide}}
}

// measure averages each tile, and weighs it 1, or 0 when the players are in it or
// beside it.
func (b *blur) measure(p *image.YCbCr, m *matte, somebody bool) {
	for v := range mosaicHigh {
		for u := range mosaicWide {
			at, c := p.YOffset(p.Rect.Min.X+u*tile, p.Rect.Min.Y+v*tile), p.COffset(p.Rect.Min.X+u*tile, p.Rect.Min.Y+v*tile)
			i := v*mosaicWide + u
			b.luma[i], b.chroma[i] = 0, 0
			if somebody && m.near(u, v) {
				continue
			}
			b.luma[i] = 1<<32 | tileMean(p.Y[at:], p.YStride, tile)
			b.chroma[i] = tileMean(p.Cb[c:], p.CStride, tile/2) | tileMean(p.Cr[c:], p.CStride, tile/2)<<32
		}
	}
}

// near says whether a tile may hold some of the players.
func (m *matte) near(u, v int) bool {
	var in uint64
	for y := v * tile; y < (v+1)*tile; y++ {
		in |= m.wide[y*words+u*tile/64]
	}
	return in>>(u*tile%64)&0xff != 0
}

// tileMean is the mean of n rows of n pixels; n is 4 or 8.
func tileMean(pix []uint8, stride, n int) uint64 {
	var sum uint64 // in four lanes of 16 bits
	for y := range n {
		if n == 8 {
			w := binary.LittleEndian.Uint64(pix[y*stride:])
			sum += w&lanes + w>>8&lanes
		} else {
			w := uint64(binary.LittleEndian.Uint32(pix[y*stride:]))
			sum += w&lanes + w>>8&lanes
		}
	}
	total := sum * 0x0001_0001_0001_0001 >> 48
	return (total + uint64(n*n/2)) / uint64(n*n)
}

// sumAcross sums eleven neighbours in each row, beyond whose ends nothing counts.
func (from *mosaic) sumAcross(to *mosaic) {
	for y := range mosaicHigh {
		in, out := from[y*mosaicWide:][:mosaicWide], to[y*mosaicWide:][:mosaicWide]
		var sum uint64
		for _, v := range in[:blurTiles] {
			sum += v
		}
		for x := range out {
			if x+blurTiles < len(in) {
				sum += in[x+blurTiles]
			}
			if x > blurTiles {
				sum -= in[x-blurTiles-1]
			}
			out[x] = sum
		}
	}
}

// sumDown sums eleven neighbours in each column.
func (from *mosaic) sumDown(to *mosaic) {
	row := func(y int) *[mosaicWide]uint64 { return (*[mosaicWide]uint64)(from[y*mosaicWide:]) }
	var sum [mosaicWide]uint64
	for y := range blurTiles {
		for x, v := range row(y) {
			sum[x] += v
		}
	}
	for y := range mosaicHigh {
		if y+blurTiles < mosaicHigh {
			for x, v := range row(y + blurTiles) {
				sum[x] += v
			}
		}
		if y > blurTiles {
			for x, v := range row(y - blurTiles - 1) {
				sum[x] -= v
			}
		}
		copy(to[y*mosaicWide:], sum[:])
	}
}
