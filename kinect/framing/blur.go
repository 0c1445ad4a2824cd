package framing

import (
	"encoding/binary"
	"image"

	"cutout/kinect"
)

// A blur shows the room beyond recognition: eight by eight pixels become one, and
// those are averaged three times over what lies up to five of them away, which is
// nearly a Gaussian with a standard deviation of 44 pixels. The players' own pixels
// have no say in it, else a glow in their colours would surround them.
type blur struct {
	weight, y, cb, cr [mosaicWide * mosaicHigh]int32
	spare             [mosaicWide * mosaicHigh]int32
	out               [3][mosaicWide * mosaicHigh]uint8
}

const (
	tile                   = 8 // pixels
	mosaicWide, mosaicHigh = kinect.Width / tile, kinect.Height / tile
	blurTiles              = 5
)

// picture blurs p around the matte's people, a tile a pixel; the planes hold until the
// next call.
func (b *blur) picture(p *image.YCbCr, m *matte, somebody bool) [3]plane {
	b.measure(p, m, somebody)
	for _, c := range [...]*[mosaicWide * mosaicHigh]int32{&b.weight, &b.y, &b.cb, &b.cr} {
		for range 3 {
			for y := range mosaicHigh {
				sumLine(c[:], b.spare[:], y*mosaicWide, 1, mosaicWide)
			}
			for x := range mosaicWide {
				sumLine(b.spare[:], c[:], x, mosaicWide, mosaicHigh)
			}
		}
	}
	for i, w := range b.weight {
		if w == 0 { // deep in the body, where nothing of it is seen
			b.out[0][i], b.out[1][i], b.out[2][i] = 16, 128, 128
			continue
		}
		b.out[0][i], b.out[1][i], b.out[2][i] = uint8(b.y[i]/w), uint8(b.cb[i]/w), uint8(b.cr[i]/w)
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
			b.weight[i], b.y[i], b.cb[i], b.cr[i] = 0, 0, 0, 0
			if somebody && m.near(u, v) {
				continue
			}
			b.weight[i] = 1
			b.y[i] = int32(tileMean(p.Y[at:], p.YStride, tile))
			b.cb[i] = int32(tileMean(p.Cb[c:], p.CStride, tile/2))
			b.cr[i] = int32(tileMean(p.Cr[c:], p.CStride, tile/2))
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
func tileMean(pix []uint8, stride, n int) uint32 {
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
	total := uint32(sum&0xffff) + uint32(sum>>16&0xffff) + uint32(sum>>32&0xffff) + uint32(sum>>48)
	return (total + uint32(n*n/2)) / uint32(n*n)
}

// sumLine sums eleven neighbours along a line, beyond whose ends nothing counts. Six
// sums of eleven 8-bit values stay below 1<<29.
func sumLine(from, to []int32, at, stride, length int) {
	var sum int32
	for k := range min(blurTiles, length) {
		sum += from[at+k*stride]
	}
	for k := range length {
		if k+blurTiles < length {
			sum += from[at+(k+blurTiles)*stride]
		}
		if k > blurTiles {
			sum -= from[at+(k-blurTiles-1)*stride]
		}
		to[at+k*stride] = sum
	}
}
